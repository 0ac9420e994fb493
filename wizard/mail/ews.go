package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"postkey/oauth"
)

// EWS is a session with Exchange Web Services for one mailbox, in which the
// application signs in itself and acts as the mailbox: every request carries
// ExchangeImpersonation and X-AnchorMailbox (Microsoft Learn: Authenticate an
// EWS application by using OAuth). Its methods are called in the order in which
// they stand, by one goroutine at a time.
type EWS struct{ web }

// DialEWS connects to the server of address, such as
// https://outlook.office365.com/EWS/Exchange.asmx, through the proxy of the
// environment. The token goes out once TLS is up.
func DialEWS(ctx context.Context, address, mailbox string, token oauth.Secret, opts Options) (*EWS, error) {
	e, err := NewEWS(address, mailbox, token, opts)
	if err != nil {
		return nil, err
	}
	if err := e.connect(ctx, func(ctx context.Context) error {
		_, err := e.Open(ctx)
		return err
	}); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// NewEWS makes a session that connects with its first request, for whoever
// needs no more than Open and Close.
func NewEWS(address, mailbox string, token oauth.Secret, opts Options) (*EWS, error) {
	w, err := newWeb("EWS", address, mailbox, token, opts)
	if err != nil {
		return nil, err
	}
	if err := checkAddress(mailbox); err != nil {
		return nil, fmt.Errorf("EWS: %w", err) // it becomes a header
	}
	return &EWS{w}, nil
}

// call carries out one operation on one thing and gives its answer to read.
func (e *EWS) call(ctx context.Context, during string, limit time.Duration, operation any, read func(ewsResponse) error) error {
	body, err := buildSOAP(e.mailbox, operation)
	if err != nil {
		return fmt.Errorf("EWS: %s: %w", during, err)
	}
	q := webRequest{
		during: during, method: http.MethodPost, address: e.base.String(), body: body, limit: limit,
		once: during == "CreateItem",
		header: map[string]string{
			"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "X-AnchorMailbox": e.mailbox,
		},
	}
	return e.ask(ctx, q, func(a webAnswer) error {
		got, err := e.response(during, a)
		if err != nil {
			return err
		}
		return read(got)
	})
}

// response takes the one response message out of an answer; a fault, a refusal
// and an HTTP error without SOAP come back as *WebError.
func (e *EWS) response(during string, a webAnswer) (ewsResponse, error) {
	reply, err := readSOAP(a.body)
	switch {
	case err != nil && a.status != http.StatusOK:
		return ewsResponse{}, e.refuse(during, a, "", "")
	case err != nil:
		return ewsResponse{}, fmt.Errorf("EWS: %s: %w: %w", during, ErrNotMailServer, err)
	case reply.Body.Fault != nil:
		return ewsResponse{}, e.fault(during, a, *reply.Body.Fault)
	}
	for _, response := range reply.Body.Response {
		if response.XMLName.Local != during+"Response" || len(response.Messages.List) == 0 {
			continue
		}
		got := response.Messages.List[0]
		if a.status == http.StatusOK && got.Class != "Error" && got.Code == "NoError" {
			return got, nil
		}
		refusal := e.refuse(during, a, got.Code, got.Text)
		refusal.RetryAfter = max(refusal.RetryAfter, backOff(got.Values))
		return ewsResponse{}, refusal
	}
	if a.status != http.StatusOK {
		return ewsResponse{}, e.refuse(during, a, "", "")
	}
	return ewsResponse{}, fmt.Errorf("EWS: %s: the answer says nothing about it: %w", during, ErrNotMailServer)
}

func (e *EWS) fault(during string, a webAnswer, f soapFault) error {
	code := f.Detail.ResponseCode
	if code == "" { // such as a:ErrorServerBusy
		code = f.Code[strings.LastIndexByte(f.Code, ':')+1:]
	}
	message := f.Detail.Message
	if message == "" {
		message = f.Text
	}
	refusal := e.refuse(during, a, code, message)
	refusal.RetryAfter = max(refusal.RetryAfter, backOff(f.Detail.Values))
	return refusal
}

// Open returns the number of messages in the inbox (GetFolder).
func (e *EWS) Open(ctx context.Context) (messages int, err error) {
	operation := ewsGetFolder{
		Shape:  ewsShape{Base: "IdOnly", Fields: []ewsField{{"folder:TotalCount"}}},
		Folder: ewsFolderID{"inbox"},
	}
	err = e.call(ctx, "GetFolder", 0, operation, func(got ewsResponse) error {
		folders := got.Folder.Any
		if len(folders) == 0 || folders[0].ID.ID == "" || folders[0].Total == nil || *folders[0].Total < 0 {
			return fmt.Errorf("EWS: GetFolder: the answer names no folder: %w", ErrNotMailServer)
		}
		messages = *folders[0].Total
		return nil
	})
	return messages, err
}

// Send submits a message with the subject and the text of m to m.To; the
// mailbox is the sender (CreateItem with SendAndSaveCopy). When it returns nil
// the server has taken the message over and keeps a copy in Sent Items.
func (e *EWS) Send(ctx context.Context, m Message) error {
	if err := checkAddress(m.To); err != nil {
		return fmt.Errorf("EWS: CreateItem: %w", err)
	}
	operation := ewsCreateItem{Disposition: "SendAndSaveCopy", Folder: ewsFolderID{"sentitems"}}
	operation.Message.Class = "IPM.Note"
	operation.Message.Subject = m.Subject
	operation.Message.Body.Type, operation.Message.Body.Text = "Text", m.Text
	operation.Message.To = m.To
	return e.call(ctx, "CreateItem", e.opts.Submit, operation, func(ewsResponse) error { return nil })
}

// Await waits until m is in the inbox (FindItem). A delivery report about m
// ends the wait with *BounceError. How long to wait is the caller's.
func (e *EWS) Await(ctx context.Context, m Message) (Item, error) {
	return e.await(ctx, e.folder, m)
}

// folder lists a distinguished folder, newest message first.
func (e *EWS) folder(name string) folderView {
	return folderView{
		page: func(ctx context.Context, n int) (list []webMessage, more bool, err error) {
			operation := ewsFindItem{Traversal: "Shallow", Folder: ewsFolderID{name}}
			operation.Shape = ewsShape{Base: "IdOnly", Fields: []ewsField{
				{"item:Subject"}, {"item:ItemClass"}, {"message:From"}, {"message:InternetMessageId"},
			}}
			operation.View.Max, operation.View.Offset, operation.View.Base = webPage, n*webPage, "Beginning"
			operation.Sort.Order, operation.Sort.Field = "Descending", ewsField{"item:DateTimeReceived"}
			err = e.call(ctx, "FindItem", 0, operation, func(got ewsResponse) error {
				for _, item := range got.Root.Items.Any {
					list = append(list, webMessage{Item{item.ID.ID}, item.header()})
				}
				more = !got.Root.Last && len(list) > 0
				return nil
			})
			return list, more, err
		},
		mime: func(ctx context.Context, item Item) (text string, err error) {
			operation := ewsGetItem{Shape: ewsShape{Base: "IdOnly", MIME: true}, Item: ewsItemID{item.id}}
			err = e.call(ctx, "GetItem", 0, operation, func(got ewsResponse) error {
				if len(got.Items.Any) == 0 {
					return nil
				}
				data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(got.Items.Any[0].MIME), ""))
				if err != nil {
					return fmt.Errorf("EWS: GetItem: %w: %w", ErrNotMailServer, err)
				}
				text = string(data[:min(len(data), maxReportBytes)])
				return nil
			})
			return text, err
		},
	}
}

// header puts what EWS tells of an item into the fields that tell a message
// from a report about it. The class says what a MIME header would (Microsoft
// Learn: Item types and message classes).
func (i ewsItem) header() header {
	h := header{"subject": i.Subject, "message-id": i.MessageID, "from": i.From}
	switch class := strings.ToUpper(i.Class); {
	case strings.HasPrefix(class, "REPORT.") && strings.HasSuffix(class, ".NDR"):
		h["content-type"] = "multipart/report"
	case strings.HasPrefix(class, "IPM.NOTE.RULES.OOFTEMPLATE"), strings.HasPrefix(class, "REPORT."):
		h["auto-submitted"] = "auto-replied"
	}
	return h
}

// Delete deletes the message that Await found, and the copy of m in Sent Items
// (DeleteItem).
func (e *EWS) Delete(ctx context.Context, found Item, m Message) error {
	if err := e.remove(ctx, found); err != nil {
		return err
	}
	sent, err := copies(ctx, e.folder("sentitems"), m)
	for _, item := range sent {
		err = errors.Join(err, e.remove(ctx, item))
	}
	return err
}

// remove deletes one message for good; that it is gone already is no failure.
func (e *EWS) remove(ctx context.Context, item Item) error {
	operation := ewsDeleteItem{Type: "HardDelete", Item: ewsItemID{item.id}}
	err := e.call(ctx, "DeleteItem", 0, operation, func(ewsResponse) error { return nil })
	var refusal *WebError
	if errors.As(err, &refusal) && refusal.gone() {
		return nil
	}
	return err
}
