package mail

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"postkey/oauth"
)

// Graph is a session with Microsoft Graph for one mailbox, in which the
// application signs in itself (Microsoft Learn: Use the Outlook mail REST API).
// Its methods are called in the order in which they stand, by one goroutine at
// a time.
type Graph struct{ web }

// DialGraph connects to the server of base, such as https://graph.microsoft.com,
// through the proxy of the environment. The token goes out once TLS is up.
func DialGraph(ctx context.Context, base, mailbox string, token oauth.Secret, opts Options) (*Graph, error) {
	g, err := NewGraph(base, mailbox, token, opts)
	if err != nil {
		return nil, err
	}
	if err := g.connect(ctx, func(ctx context.Context) error {
		_, err := g.Open(ctx)
		return err
	}); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// NewGraph makes a session that connects with its first request, for whoever
// needs no more than Open and Close.
func NewGraph(base, mailbox string, token oauth.Secret, opts Options) (*Graph, error) {
	w, err := newWeb("Graph", base, mailbox, token, opts)
	if err != nil {
		return nil, err
	}
	return &Graph{w}, nil
}

// graphMessage is a message as far as it is asked for.
type graphMessage struct {
	ID        string `json:"id"`
	Subject   string `json:"subject"`
	MessageID string `json:"internetMessageId"`
	From      struct {
		EmailAddress struct {
			Address string `json:"address"`
		} `json:"emailAddress"`
	} `json:"from"`
}

// graphList is a page of messages.
type graphList struct {
	Value []graphMessage `json:"value"`
	Next  string         `json:"@odata.nextLink"`
}

// graphError is the error of Microsoft Learn: Microsoft Graph error responses
// and resource types.
type graphError struct {
	Error *struct {
		Code       string `json:"code"`
		Message    string `json:"message"`
		InnerError struct {
			RequestID string `json:"request-id"`
		} `json:"innerError"`
	} `json:"error"`
}

// at is the address of something in the mailbox.
func (g *Graph) at(query url.Values, parts ...string) string {
	path := g.base.String() + "/v1.0/users/" + url.PathEscape(g.mailbox)
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// get asks for JSON and reads it into out, which may be nil.
func (g *Graph) get(ctx context.Context, during, address string, out any) error {
	q := webRequest{during: during, method: http.MethodGet, address: address, header: map[string]string{"Accept": "application/json"}}
	return g.ask(ctx, q, func(a webAnswer) error {
		if a.status != http.StatusOK {
			return g.graphRefusal(during, a)
		}
		if err := json.Unmarshal(a.body, out); err != nil {
			return fmt.Errorf("Graph: %s: the answer is not that of Graph: %w: %w", during, ErrNotMailServer, err)
		}
		return nil
	})
}

// graphRefusal reads what the server says of a request that it did not carry out.
func (g *Graph) graphRefusal(during string, a webAnswer) error {
	var said graphError
	if json.Unmarshal(a.body, &said) != nil || said.Error == nil {
		return g.refuse(during, a, "", "")
	}
	e := g.refuse(during, a, said.Error.Code, said.Error.Message)
	if e.RequestID == "" {
		e.RequestID = g.fit(said.Error.InnerError.RequestID, 200)
	}
	return e
}

// Open returns the number of messages in the inbox.
func (g *Graph) Open(ctx context.Context) (messages int, err error) {
	var folder struct {
		ID    string `json:"id"`
		Total *int   `json:"totalItemCount"`
	}
	query := url.Values{"$select": {"id,totalItemCount"}}
	if err := g.get(ctx, "inbox", g.at(query, "mailFolders", "inbox"), &folder); err != nil {
		return 0, err
	}
	if folder.ID == "" || folder.Total == nil || *folder.Total < 0 {
		return 0, fmt.Errorf("Graph: inbox: the answer names no folder: %w", ErrNotMailServer)
	}
	return *folder.Total, nil
}

// Send submits m as it is (MIME); the mailbox is the sender. When it returns
// nil the server has taken the message over and keeps a copy in Sent Items.
func (g *Graph) Send(ctx context.Context, m Message) error {
	const during = "sendMail"
	q := webRequest{
		during: during, method: http.MethodPost, address: g.at(nil, during),
		header: map[string]string{"Content-Type": "text/plain"},
		body:   []byte(base64.StdEncoding.EncodeToString(m.Data)),
		limit:  g.opts.Submit,
		once:   true,
	}
	return g.ask(ctx, q, func(a webAnswer) error {
		if a.status != http.StatusAccepted {
			return g.graphRefusal(during, a)
		}
		return nil
	})
}

// Await waits until m is in the inbox. A delivery report about m ends the wait
// with *BounceError. How long to wait is the caller's.
func (g *Graph) Await(ctx context.Context, m Message) (Item, error) {
	return g.await(ctx, g.folder, m)
}

// folder lists a well-known folder, newest message first.
func (g *Graph) folder(name string) folderView {
	query := url.Values{
		"$select": {"id,subject,internetMessageId,from"}, "$orderby": {"receivedDateTime desc"},
		"$top": {fmt.Sprint(webPage)},
	}
	address := ""
	return folderView{
		page: func(ctx context.Context, n int) ([]webMessage, bool, error) {
			if n == 0 {
				address = g.at(query, "mailFolders", name, "messages")
			}
			var got graphList
			if err := g.get(ctx, "messages", address, &got); err != nil {
				return nil, false, err
			}
			list := make([]webMessage, 0, len(got.Value))
			for _, one := range got.Value {
				list = append(list, webMessage{Item{one.ID}, header{
					"subject": one.Subject, "message-id": one.MessageID, "from": one.From.EmailAddress.Address,
				}})
			}
			if got.Next == "" {
				return list, false, nil
			}
			var err error
			address, err = g.sameServer(got.Next)
			return list, err == nil, err
		},
		mime: func(ctx context.Context, item Item) (text string, err error) {
			q := webRequest{during: "message", method: http.MethodGet, address: g.at(nil, "messages", item.id, "$value")}
			err = g.ask(ctx, q, func(a webAnswer) error {
				if a.status != http.StatusOK {
					return g.graphRefusal("message", a)
				}
				text = string(a.body[:min(len(a.body), maxReportBytes)])
				return nil
			})
			return text, err
		},
	}
}

// sameServer refuses a link to the next page that leads elsewhere, for the
// token would go there.
func (g *Graph) sameServer(next string) (string, error) {
	u, err := url.Parse(next)
	if err == nil {
		u = g.base.ResolveReference(u)
	}
	if err != nil || u.Scheme != g.base.Scheme || !strings.EqualFold(u.Host, g.base.Host) || u.User != nil {
		return "", fmt.Errorf("Graph: messages: the next page %q is not on the same server: %w", words(next[:min(len(next), 200)]), ErrNotMailServer)
	}
	return u.String(), nil
}

// Delete deletes the message that Await found, and the copy of m in Sent Items.
func (g *Graph) Delete(ctx context.Context, found Item, m Message) error {
	if err := g.remove(ctx, found); err != nil {
		return err
	}
	sent, err := copies(ctx, g.folder("sentitems"), m)
	for _, item := range sent {
		err = errors.Join(err, g.remove(ctx, item))
	}
	return err
}

// remove deletes one message; that it is gone already is no failure.
func (g *Graph) remove(ctx context.Context, item Item) error {
	const during = "delete"
	q := webRequest{during: during, method: http.MethodDelete, address: g.at(nil, "messages", item.id)}
	return g.ask(ctx, q, func(a webAnswer) error {
		if a.status == http.StatusNoContent || a.status == http.StatusOK {
			return nil
		}
		err := g.graphRefusal(during, a)
		var refusal *WebError
		if errors.As(err, &refusal) && refusal.gone() {
			return nil
		}
		return err
	})
}
