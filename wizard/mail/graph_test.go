package mail

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"postkey/wizard/mail/mailtest"
)

// webTest is a server over HTTPS and how to reach it.
type webTest struct {
	base string
	opts Options
}

func newWebTest(t *testing.T, handler http.HandlerFunc) webTest {
	t.Helper()
	ca := mailtest.NewCA(t)
	base := mailtest.Web(t, ca, handler)
	return webTest{base, Options{RootCAs: ca.Pool, Poll: 5 * time.Millisecond}}
}

// graph opens a session up to the sign-in.
func (w webTest) graph(t *testing.T) *Graph {
	t.Helper()
	g, err := DialGraph(t.Context(), w.base, login, token, w.opts)
	if err == nil {
		t.Cleanup(g.Close)
		err = g.StartTLS(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if g.TLSVersion() != "TLS 1.3" {
		t.Errorf("TLS: %q", g.TLSVersion())
	}
	if err := g.Authenticate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return g
}

const graphInbox = `{"id":"AAinbox","totalItemCount":7}`

// say answers with JSON.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func graphMail(messages ...graphMessage) string {
	out, _ := json.Marshal(graphList{Value: messages})
	return string(out)
}

// TestGraphSendsAndDeletes: one message goes out, is found in the inbox and in
// Sent Items, and is deleted from both; others stay.
func TestGraphSendsAndDeletes(t *testing.T) {
	var (
		mu      sync.Mutex
		sent    []byte
		asked   int
		deleted []string
	)
	test := newWebTest(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+token.Reveal() || r.Header.Get("User-Agent") != "Postkey" {
			t.Errorf("headers: %v", r.Header)
		}
		base := "/v1.0/users/" + login
		switch path := r.URL.Path; {
		case r.Method == http.MethodGet && path == base+"/mailFolders/inbox":
			say(w, 200, graphInbox)
		case r.Method == http.MethodPost && path == base+"/sendMail":
			if r.Header.Get("Content-Type") != "text/plain" {
				t.Error(r.Header.Get("Content-Type"))
			}
			body, _ := io.ReadAll(r.Body)
			sent, _ = base64.StdEncoding.DecodeString(string(body))
			w.WriteHeader(http.StatusAccepted)
		case r.Method == http.MethodGet && strings.HasSuffix(path, "/messages"):
			h := parseHeader(splitLines(string(sent)))
			found := graphMessage{ID: "new/+= ", Subject: "Fwd-tagged: " + h["subject"], MessageID: "<changed@exchange>"}
			other := graphMessage{ID: "other", Subject: "Postkey test 0123456789ab"}
			switch asked++; {
			case strings.Contains(path, "sentitems"):
				found.ID = "copy"
				say(w, 200, graphMail(other, found))
			case asked < 3:
				say(w, 200, graphMail(other))
			default:
				say(w, 200, graphMail(found, other))
			}
		case r.Method == http.MethodDelete:
			deleted = append(deleted, strings.TrimPrefix(path, base+"/messages/"))
			w.WriteHeader(http.StatusNoContent)
		default:
			t.Errorf("%s %s", r.Method, r.URL)
		}
	})
	g := test.graph(t)
	if n, err := g.Open(t.Context()); n != 7 || err != nil {
		t.Fatal(n, err)
	}
	m := testMessage(t)
	if err := g.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if string(sent) != string(m.Data) {
		t.Errorf("sent %q", sent)
	}
	item, err := g.Await(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Delete(t.Context(), item, m); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(deleted, ","); got != "new/+= ,copy" {
		t.Errorf("deleted %q", got)
	}
}

func testMessage(t *testing.T) Message {
	t.Helper()
	m, err := Compose(Draft{From: login, To: login, Subject: "Postkey test", Text: "a < b & \"c\"\n]]>", Date: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestGraphPages: the next page is followed on the same server alone, and a
// message seen before is not asked for again.
func TestGraphPages(t *testing.T) {
	m := testMessage(t)
	next := ""
	var pages []string
	test := newWebTest(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/inbox"):
			say(w, 200, graphInbox)
		case r.URL.Query().Get("page") == "2":
			pages = append(pages, "2")
			say(w, 200, graphMail(graphMessage{ID: "b", Subject: m.Subject}))
		default:
			pages = append(pages, "1")
			out, _ := json.Marshal(graphList{Value: []graphMessage{{ID: "a"}}, Next: next})
			say(w, 200, string(out))
		}
	})
	next = test.base + "/v1.0/users/x/messages?page=2"
	g := test.graph(t)
	if item, err := g.Await(t.Context(), m); err != nil || item.id != "b" {
		t.Errorf("%+v, %v", item, err)
	}
	if strings.Join(pages, "") != "12" {
		t.Errorf("pages %v", pages)
	}
	for _, elsewhere := range []string{
		"https://attacker.example/v1.0/x", "http" + strings.TrimPrefix(test.base, "https") + "/x", "//attacker.example/x",
		strings.Replace(test.base, "https://", "https://a@", 1), "https://127.0.0.1:1/", ":",
	} {
		next = elsewhere
		g := test.graph(t)
		if _, err := g.Await(t.Context(), m); !errors.Is(err, ErrNotMailServer) || !strings.Contains(err.Error(), "not on the same server") {
			t.Errorf("%q: %v", elsewhere, err)
		}
	}
}

// TestGraphBounce: a delivery report about the message ends the wait with its
// words; one about another message does not, nor does one that is too large.
func TestGraphBounce(t *testing.T) {
	m := testMessage(t)
	report := func(about string) string {
		return strings.ReplaceAll("Content-Type: multipart/report; report-type=delivery-status\nSubject: Undeliverable\nIn-Reply-To: <"+
			about+">\n\nAction: failed\nStatus: 5.7.520\nDiagnostic-Code: smtp;550 5.7.520 Access denied\n", "\n", "\r\n")
	}
	test := newWebTest(t, func(w http.ResponseWriter, r *http.Request) {
		var list []graphMessage
		for _, id := range []string{"large", "gone", "other", "ours"} {
			one := graphMessage{ID: id, Subject: "Undeliverable"}
			one.From.EmailAddress.Address = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.example"
			list = append(list, one)
		}
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/inbox"):
			say(w, 200, graphInbox)
		case strings.HasSuffix(path, "/large/$value"):
			_, _ = w.Write(make([]byte, maxWebReply+1))
		case strings.HasSuffix(path, "/gone/$value"):
			say(w, 404, `{"error":{"code":"ErrorItemNotFound","message":"The specified object was not found in the store."}}`)
		case strings.HasSuffix(path, "/other/$value"):
			say(w, 200, report("another@contoso.example"))
		case strings.HasSuffix(path, "/ours/$value"):
			say(w, 200, report(m.ID))
		default:
			say(w, 200, graphMail(list...))
		}
	})
	_, err := test.graph(t).Await(t.Context(), m)
	var bounce *BounceError
	if !errors.As(err, &bounce) || bounce.Status != "5.7.520" || bounce.Text != "550 5.7.520 Access denied" {
		t.Errorf("%v", err)
	}
}

// TestGraphRefusals: status, code, words and request ID survive, and a token
// that was echoed does not.
func TestGraphRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		status       int
		header, body string
		auth         bool // refused at the sign-in already
		want         string
		missing      bool
	}{
		"fence": {
			403, "", `{"error":{"code":"ErrorAccessDenied","message":"Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.","innerError":{"request-id":"b3d1"}}}`, false,
			"Graph: inbox: 403 Forbidden ErrorAccessDenied: Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings. (request ID b3d1)", false,
		},
		"unknown user": {
			404, "", `{"error":{"code":"ErrorInvalidUser","message":"The requested user 'x' is invalid."}}`, false,
			"Graph: inbox: 404 Not Found ErrorInvalidUser: The requested user 'x' is invalid. (request ID h1)", true,
		},
		"on-premises": {
			404, "", `{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"REST API is not yet supported for this mailbox."}}`, false,
			"Graph: inbox: 404 Not Found MailboxNotEnabledForRESTAPI: REST API is not yet supported for this mailbox. (request ID h1)", true,
		},
		"token": {
			401, `Bearer error="invalid_token"`, `{"error":{"code":"InvalidAuthenticationToken","message":"Bad token ` + token.Reveal() + `"}}`, true,
			`Graph: inbox: 401 Unauthorized InvalidAuthenticationToken: Bad token [secret] Bearer error="invalid_token" (request ID h1)`, false,
		},
		"no JSON":  {502, "", "<html>gateway</html>", true, "Graph: inbox: 502 Bad Gateway (request ID h1)", false},
		"redirect": {302, "", "", false, "Graph: inbox: 302 Found (request ID h1)", false},
	} {
		t.Run(name, func(t *testing.T) {
			test := newWebTest(t, func(w http.ResponseWriter, _ *http.Request) {
				if !strings.Contains(c.body, "request-id") {
					w.Header().Set("request-id", "h1")
				}
				if c.header != "" {
					w.Header().Set("WWW-Authenticate", c.header)
				}
				w.Header().Set("Location", "https://attacker.example/")
				say(w, c.status, c.body)
			})
			g, err := DialGraph(t.Context(), test.base, login, token, test.opts)
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			if err := g.StartTLS(t.Context()); err != nil {
				t.Fatal(err)
			}
			err = g.Authenticate(t.Context())
			if (err != nil) != c.auth {
				t.Errorf("auth: %v", err)
			}
			if err == nil {
				_, err = g.Open(t.Context())
			}
			var refusal *WebError
			if !errors.As(err, &refusal) || refusal.Status != c.status || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if errors.Is(err, ErrNoMailbox) != c.missing {
				t.Errorf("missing: %v", !c.missing)
			}
		})
	}
}

// TestGraphWaits: Retry-After is honoured within the patience, and cancelling
// ends the wait at once.
func TestGraphWaits(t *testing.T) {
	var asked int
	wait := "1"
	handler := func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked > 1 && wait == "1" {
			say(w, 200, graphInbox)
			return
		}
		w.Header().Set("Retry-After", wait)
		say(w, 429, `{"error":{"code":"ApplicationThrottled","message":"Application is over its MailboxConcurrency limit."}}`)
	}
	open := func(ctx context.Context, test webTest) (time.Duration, error) {
		g, err := NewGraph(test.base, login, token, test.opts)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		begun := time.Now()
		_, err = g.Open(ctx)
		return time.Since(begun), err
	}
	t.Run("within", func(t *testing.T) {
		test := newWebTest(t, handler)
		if took, err := open(t.Context(), test); err != nil || took < time.Second || asked != 2 {
			t.Errorf("%v, %v, asked %d times", took, err, asked)
		}
	})
	t.Run("beyond", func(t *testing.T) {
		asked, wait = 0, "3600"
		_, err := open(t.Context(), newWebTest(t, handler))
		var refusal *WebError
		if !errors.As(err, &refusal) || !refusal.Later() || refusal.RetryAfter != time.Hour || asked != 1 {
			t.Errorf("%v, asked %d times", err, asked)
		}
	})
	t.Run("a date", func(t *testing.T) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		for value, want := range map[string]time.Duration{
			"Sun, 22 Nov 2026 12:00:30 GMT": 30 * time.Second, "Sun, 22 Nov 2026 11:00:00 GMT": 0,
			"-5": 0, "99999999999": 24 * time.Hour, "soon": 0, " 7 ": 7 * time.Second,
		} {
			if got := retryAfter(value, now); got != want {
				t.Errorf("%q: %v, want %v", value, got, want)
			}
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		asked, wait = 0, "30"
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		took, err := open(ctx, newWebTest(t, handler))
		if !errors.Is(err, context.Canceled) || took > 5*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// TestGraphSendsOnce: sending is tried again after throttling alone, for
// otherwise the message may have gone out.
func TestGraphSendsOnce(t *testing.T) {
	for status, times := range map[int]int{429: 2, 503: 1, 504: 1} {
		asked := 0
		test := newWebTest(t, func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked > 1 {
				w.WriteHeader(http.StatusAccepted)
				return
			}
			w.Header().Set("Retry-After", "1")
			say(w, status, "")
		})
		g, err := NewGraph(test.base, login, token, test.opts)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Send(t.Context(), testMessage(t)); asked != times || (err == nil) != (times == 2) {
			t.Errorf("%d: asked %d times, %v", status, asked, err)
		}
		g.Close()
	}
}

// TestGraphNonsense: what is not Graph is named as such.
func TestGraphNonsense(t *testing.T) {
	for _, body := range []string{"", "null", "{}", "[]", "hello", `{"id":"x"}`, `{"id":"x","totalItemCount":-1}`} {
		test := newWebTest(t, func(w http.ResponseWriter, _ *http.Request) { say(w, 200, body) })
		g, err := NewGraph(test.base, login, token, test.opts)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Open(t.Context()); !errors.Is(err, ErrNotMailServer) {
			t.Errorf("%q: %v", body, err)
		}
		g.Close()
	}
	for _, c := range []struct{ base, mailbox string }{
		{"http://graph.example", login},
		{"", login},
		{"https://", login},
		{"https://a@b", login},
		{"https://graph.example?x=1", login},
		{"https://graph.example", ""},
		{"https://graph.example", "a\r\n@b"},
	} {
		if _, err := NewGraph(c.base, c.mailbox, token, Options{}); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
