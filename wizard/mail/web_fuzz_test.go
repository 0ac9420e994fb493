package mail

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzGraph: a session survives whatever a server answers, and shows no token.
func FuzzGraph(f *testing.F) {
	for _, seed := range []string{
		graphInbox, graphMail(graphMessage{ID: "1", Subject: "Postkey c0ffee"}),
		`{"value":[{"id":"1","from":null}],"@odata.nextLink":"https://g.example/next"}`,
		`{"error":{"code":"ErrorAccessDenied","message":"\u001b[2J` + token.Reveal() + `"}}`,
		`{"error":null}`, `{"value":null}`, "[]", "\xff",
	} {
		for _, status := range []int{200, 202, 204, 401, 403, 429, 500} {
			f.Add(status, seed)
		}
	}
	m := Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey c0ffee", From: login, To: login, Data: []byte("x")}
	f.Fuzz(func(t *testing.T, status int, body string) {
		g, err := NewGraph("https://g.example", login, token, Options{Patience: time.Nanosecond})
		if err != nil {
			t.Fatal(err)
		}
		g.transport.RegisterProtocol("https", played{status, body})
		n, err := g.Open(t.Context())
		if n < 0 {
			t.Errorf("%d messages", n)
		}
		errs := []error{err, g.Send(t.Context(), m)}
		item, err := g.look(t.Context(), g.folder("inbox"), m)
		errs = append(errs, err, g.Delete(t.Context(), item, m))
		for _, err := range errs {
			if err != nil && strings.Contains(err.Error(), token.Reveal()[:20]) {
				t.Errorf("a secret in %q", err)
			}
		}
	})
}

// played answers every request alike.
type played struct {
	status int
	body   string
}

func (p played) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.status < 100 || p.status > 999 {
		return nil, fmt.Errorf("malformed HTTP status code %d", p.status)
	}
	if r.URL.Host != "g.example" {
		return nil, errors.New("the token went elsewhere")
	}
	return &http.Response{
		StatusCode: p.status, Header: http.Header{"Retry-After": {"1"}}, ContentLength: -1,
		Body: io.NopCloser(strings.NewReader(p.body)), Request: r,
	}, nil
}

// FuzzEWS: a session survives whatever a server answers, and shows no token.
func FuzzEWS(f *testing.F) {
	for _, seed := range []string{
		soapOK("GetFolder", ewsInbox), soapOK("FindItem", ewsList(false, ewsMail("1", "Postkey c0ffee", "IPM.Note"))),
		soapOK("FindItem", ewsList(false, ewsMail("1", "x", "REPORT.IPM.Note.NDR"))),
		soapNo("CreateItem", "ErrorSendAsDenied", token.Reveal()), soapFaulty("ErrorServerBusy", "\x1b", ""),
		soapOK("DeleteItem", ""), "<a", "\xef\xbb\xbf" + soapOK("GetFolder", ewsInbox),
	} {
		for _, status := range []int{200, 401, 403, 500} {
			f.Add(status, seed)
		}
	}
	m := Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey c0ffee", From: login, To: login}
	f.Fuzz(func(t *testing.T, status int, body string) {
		e, err := NewEWS("https://g.example/EWS/Exchange.asmx", login, token, Options{Patience: time.Nanosecond})
		if err != nil {
			t.Fatal(err)
		}
		e.transport.RegisterProtocol("https", played{status, body})
		n, err := e.Open(t.Context())
		if n < 0 {
			t.Errorf("%d messages", n)
		}
		errs := []error{err, e.Send(t.Context(), m)}
		item, err := e.look(t.Context(), e.folder("inbox"), m)
		errs = append(errs, err, e.Delete(t.Context(), item, m))
		for _, err := range errs {
			if err != nil && strings.Contains(err.Error(), token.Reveal()[:20]) {
				t.Errorf("a secret in %q", err)
			}
		}
	})
}
