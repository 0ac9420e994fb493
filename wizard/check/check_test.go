package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"go.uber.org/goleak"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/mail"
	"postkey/wizard/mail/mailtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	own      = "support@contoso.example"
	delegate = "andrea@contoso.example"
	access   = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.access"
)

// bench is a test under preparation.
type bench struct {
	cfg    Config
	office *mailtest.Office
	ca     *mailtest.CA
	asked  atomic.Int32 // how often the token was
	events []Event      // not guarded: Events must come one at a time
}

func newBench(t *testing.T, office *mailtest.Office, protocols ...string) *bench {
	t.Helper()
	ca := mailtest.NewCA(t)
	office.Address, office.Token = own, access
	b := &bench{office: office.Open(t, ca), ca: ca}
	now := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	b.cfg = Config{
		Connection: store.Connection{Mailbox: store.Mailbox{Name: "Support", Address: own}, Protocols: protocols},
		Cloud:      oauth.Cloud{IMAP: b.office.IMAP, POP: b.office.POP, SMTP: b.office.SMTP},
		Token: func(context.Context, Leg) (oauth.Token, error) {
			b.asked.Add(1)
			return oauth.Token{Access: oauth.NewSecret(access), Expires: now.Add(62*time.Minute + 30*time.Second)}, nil
		},
		RootCAs:      ca.Pool,
		ArriveWithin: 20 * time.Second,
		Events:       func(e Event) { b.events = append(b.events, e) },
		Now:          func() time.Time { return now },
		mail:         mail.Options{Poll: 20 * time.Millisecond},
		popPoll:      20 * time.Millisecond,
	}
	return b
}

// states is a result in one line a leg: "imap token=ok connect=ok …".
func states(r Result) []string {
	var out []string
	for _, l := range r.Legs {
		line := string(l.Leg)
		for _, h := range l.Hops {
			line += fmt.Sprintf(" %s=%s", h.Name, h.Status)
		}
		out = append(out, line)
	}
	return out
}

func wantStates(t *testing.T, r Result, want ...string) {
	t.Helper()
	if got := states(r); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		for _, l := range r.Legs {
			for _, h := range l.Hops {
				if h.Err != nil {
					t.Logf("%s %s: %v", l.Leg, h.Name, h.Err)
				}
			}
		}
	}
}

func hopOf(r Result, leg Leg, name HopName) Hop {
	for _, l := range r.Legs {
		for _, h := range l.Hops {
			if l.Leg == leg && h.Name == name {
				return h
			}
		}
	}
	return Hop{}
}

const (
	imapOK     = "imap token=ok connect=ok tls=ok auth=ok open=ok arrive=ok cleanup=ok"
	imapAlone  = "imap token=ok connect=ok tls=ok auth=ok open=ok arrive=skipped cleanup=skipped"
	popOK      = "pop token=ok connect=ok tls=ok auth=ok open=ok arrive=ok cleanup=ok"
	popLooks   = "pop token=ok connect=ok tls=ok auth=ok open=ok arrive=ok cleanup=skipped"
	popAlone   = "pop token=ok connect=ok tls=ok auth=ok open=ok arrive=skipped cleanup=skipped"
	smtpOK     = "smtp token=ok connect=ok tls=ok auth=ok send=ok"
	smtpNoAuth = "smtp token=ok connect=ok tls=ok auth=failed send=skipped"
)

func TestAllLegs(t *testing.T) {
	b := newBench(t, &mailtest.Office{}, "smtp", "pop", "imap")
	for range 3 {
		b.office.Arrive([]byte("Subject: old\r\n\r\nx\r\n"))
	}
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, imapOK, popLooks, smtpOK)
	if !r.OK() || r.MessageID == "" || r.Took <= 0 || !r.Started.Equal(b.cfg.Now()) {
		t.Errorf("result %+v", r)
	}
	if b.office.Count("INBOX") != 3 || slices.Contains(b.office.Log(), "POP DELE") {
		t.Errorf("%d messages left; log %q", b.office.Count("INBOX"), b.office.Log())
	}
	if b.asked.Load() != 1 {
		t.Errorf("the token was asked for %d times", b.asked.Load())
	}
	for leg, hops := range map[Leg]map[HopName]string{
		IMAP: {Token: "62 min left", TLS: "TLS 1.3", Open: "3 mails"}, POP: {Open: "3 mails"}, SMTP: {Token: "62 min left", Send: ""},
	} {
		for hop, want := range hops {
			got := hopOf(r, leg, hop).Detail
			// The message may be there before the inbox is opened.
			if got != want && !(hop == Open && got == "4 mails") {
				t.Errorf("%s %s: detail %q, want %q", leg, hop, got, want)
			}
		}
	}
	b.wantEvents(t, r)
}

// wantEvents checks that the events tell every hop's story in order, to the
// state that the result has.
func (b *bench) wantEvents(t *testing.T, r Result) {
	t.Helper()
	for _, l := range r.Legs {
		var told []string
		for _, e := range b.events {
			if e.Leg == l.Leg {
				told = append(told, fmt.Sprintf("%s=%s", e.Hop.Name, e.Hop.Status))
			}
		}
		var want []string
		for _, h := range l.Hops {
			if h.Status != Skipped || h.Took > 0 {
				want = append(want, fmt.Sprintf("%s=%s", h.Name, Running))
			}
			want = append(want, fmt.Sprintf("%s=%s", h.Name, h.Status))
		}
		if !slices.Equal(told, want) {
			t.Errorf("%s: told %q, want %q", l.Leg, told, want)
		}
	}
}

func TestSomeLegs(t *testing.T) {
	for name, c := range map[string]struct {
		protocols, want []string
		left, leftPOP   int
	}{
		"imap and smtp": {[]string{"imap", "smtp"}, []string{imapOK, smtpOK}, 0, 1},
		"pop and smtp":  {[]string{"pop", "smtp"}, []string{popOK, smtpOK}, 1, 0},
		"imap":          {[]string{"imap"}, []string{imapAlone}, 0, 0},
		"pop":           {[]string{"pop", "activesync"}, []string{popAlone}, 0, 0},
		"smtp":          {[]string{"smtp"}, []string{smtpOK}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, &mailtest.Office{}, c.protocols...)
			r := Run(t.Context(), b.cfg)
			wantStates(t, r, c.want...)
			if !r.OK() {
				t.Error("not OK")
			}
			if b.office.Count("INBOX") != c.left || b.office.CountPOP() != c.leftPOP {
				t.Errorf("left: %d, %d by POP", b.office.Count("INBOX"), b.office.CountPOP())
			}
			b.wantEvents(t, r)
		})
	}
	if Run(t.Context(), Config{}).OK() {
		t.Error("a test without legs passed")
	}
}

func TestPlanIsWhatRunTakes(t *testing.T) {
	b := newBench(t, &mailtest.Office{}, "smtp", "imap", "pop")
	b.cfg.Connection.Mailbox.Delegate = delegate
	plan := Plan(b.cfg.Connection, b.cfg.Cloud)
	b.cfg.Token = func(context.Context, Leg) (oauth.Token, error) { return oauth.Token{}, errors.New("no") }
	r := Run(t.Context(), b.cfg)
	if len(plan) != 3 || len(r.Legs) != 3 {
		t.Fatalf("%d and %d legs", len(plan), len(r.Legs))
	}
	for i, l := range plan {
		if l.Leg != r.Legs[i].Leg || l.Server != r.Legs[i].Server || l.Login != r.Legs[i].Login || l.OK() {
			t.Errorf("planned %+v, took %+v", l, r.Legs[i])
		}
		for k, h := range l.Hops {
			if h.Name != r.Legs[i].Hops[k].Name || h.Status != Waiting {
				t.Errorf("planned %+v, took %+v", h, r.Legs[i].Hops[k])
			}
		}
	}
	for leg, login := range map[int]string{0: own, 1: own, 2: delegate} {
		if plan[leg].Login != login {
			t.Errorf("%s signs in as %s", plan[leg].Leg, plan[leg].Login)
		}
	}
}

func TestTokenFails(t *testing.T) {
	b := newBench(t, &mailtest.Office{}, "imap", "pop", "smtp")
	refused := &oauth.Error{Kind: "invalid_grant"}
	b.cfg.Token = func(context.Context, Leg) (oauth.Token, error) {
		b.asked.Add(1)
		return oauth.Token{}, fmt.Errorf("refresh: %w", refused)
	}
	r := Run(t.Context(), b.cfg)
	for _, l := range r.Legs {
		h, failed := l.Failed()
		if !failed || h.Name != Token || !errors.Is(h.Err, refused) {
			t.Errorf("%s: %+v", l.Leg, h)
		}
	}
	if b.asked.Load() != 1 || len(b.office.Log()) != 0 || r.MessageID != "" {
		t.Errorf("asked %d times; log %q", b.asked.Load(), b.office.Log())
	}
	b.wantEvents(t, r)
}

func TestOneLegFails(t *testing.T) {
	no := func(string) bool { return false }
	t.Run("smtp", func(t *testing.T) {
		b := newBench(t, &mailtest.Office{MaySMTP: no}, "imap", "pop", "smtp")
		r := Run(t.Context(), b.cfg)
		wantStates(t, r, imapAlone, popAlone, smtpNoAuth)
		h := hopOf(r, SMTP, Auth)
		if want := "535 5.7.3 Authentication unsuccessful\n"; !strings.HasPrefix(h.Server, want) || !errors.As(h.Err, new(*mail.ServerError)) {
			t.Errorf("%+v", h)
		}
		if r.OK() || !r.Legs[0].OK() || r.MessageID != "" {
			t.Errorf("%+v", r)
		}
		b.wantEvents(t, r)
	})
	t.Run("imap and pop", func(t *testing.T) {
		b := newBench(t, &mailtest.Office{MayIMAP: no}, "imap", "pop", "smtp")
		wantStates(t, Run(t.Context(), b.cfg),
			"imap token=ok connect=ok tls=ok auth=failed open=skipped arrive=skipped cleanup=skipped",
			"pop token=ok connect=ok tls=ok auth=failed open=skipped arrive=skipped cleanup=skipped", smtpOK)
	})
	t.Run("imap", func(t *testing.T) {
		b := newBench(t, &mailtest.Office{}, "imap", "pop", "smtp")
		b.cfg.Cloud.IMAP = mailtest.Play(t, false, nil, "S: garbage")
		r := Run(t.Context(), b.cfg)
		wantStates(t, r, "imap token=ok connect=ok tls=failed auth=skipped open=skipped arrive=skipped cleanup=skipped", popOK, smtpOK)
		if h := hopOf(r, IMAP, TLS); !errors.Is(h.Err, mail.ErrNotTLS) {
			t.Errorf("%+v", h)
		}
		if b.office.CountPOP() != 0 {
			t.Error("POP left the message")
		}
	})
	t.Run("pop", func(t *testing.T) {
		b := newBench(t, &mailtest.Office{}, "imap", "pop", "smtp")
		b.cfg.Cloud.POP = "127.0.0.1:1"
		wantStates(t, Run(t.Context(), b.cfg), imapOK, "pop token=ok connect=failed tls=skipped auth=skipped open=skipped arrive=skipped cleanup=skipped", smtpOK)
	})
	t.Run("sender", func(t *testing.T) {
		b := newBench(t, &mailtest.Office{}, "imap", "smtp")
		b.cfg.Connection.Mailbox.Address = "nobody\r\n@x"
		r := Run(t.Context(), b.cfg)
		if h := hopOf(r, SMTP, Auth); h.Status != Failed || len(b.office.Log()) != 0 {
			t.Errorf("%+v; log %q", h, b.office.Log())
		}
	})
}

func TestNotArrived(t *testing.T) {
	b := newBench(t, &mailtest.Office{Deliver: func(*mailtest.Office, []byte) {}}, "imap", "pop", "smtp")
	b.cfg.ArriveWithin = 300 * time.Millisecond
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, "imap token=ok connect=ok tls=ok auth=ok open=ok arrive=failed cleanup=skipped",
		"pop token=ok connect=ok tls=ok auth=ok open=ok arrive=failed cleanup=skipped", smtpOK)
	for _, leg := range []Leg{IMAP, POP} {
		if h := hopOf(r, leg, Arrive); !errors.Is(h.Err, ErrNotArrived) {
			t.Errorf("%s: %v", leg, h.Err)
		}
	}
	if r.MessageID == "" {
		t.Error("no Message-ID of a message that was sent")
	}
}

func TestCleanupFails(t *testing.T) {
	b := newBench(t, &mailtest.Office{ReadOnly: true}, "imap", "pop", "smtp")
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, strings.Replace(imapOK, "cleanup=ok", "cleanup=failed", 1), popLooks, smtpOK)
	if h := hopOf(r, IMAP, Cleanup); h.Server != "NO [NOPERM] Permission denied" || r.OK() {
		t.Errorf("%+v", h)
	}
}

func TestFlaggedOnly(t *testing.T) {
	b := newBench(t, &mailtest.Office{Caps: []imap.Cap{imap.CapIMAP4rev1}}, "imap", "smtp")
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, imapOK, smtpOK)
	if h := hopOf(r, IMAP, Cleanup); h.Detail != "marked as deleted" {
		t.Errorf("%+v", h)
	}
}

func TestBounce(t *testing.T) {
	bounced := func(o *mailtest.Office, data []byte) {
		o.Arrive(append([]byte("From: postmaster@contoso.example\r\nSubject: Undeliverable\r\n\r\nStatus: 5.1.8\r\nDiagnostic-Code: smtp;550 5.1.8 Access denied\r\n\r\n"), data...))
	}
	b := newBench(t, &mailtest.Office{Deliver: bounced}, "imap", "pop", "smtp")
	r := Run(t.Context(), b.cfg)
	for _, leg := range []Leg{IMAP, POP} {
		h := hopOf(r, leg, Arrive)
		if !errors.As(h.Err, new(*mail.BounceError)) || h.Server != "5.1.8 550 5.1.8 Access denied" || h.Status != Failed {
			t.Errorf("%s: %+v", leg, h)
		}
	}
}

// TestIMAPWaitsForPOP: the message is not deleted before POP has seen it.
func TestIMAPWaitsForPOP(t *testing.T) {
	b := newBench(t, &mailtest.Office{}, "imap", "pop", "smtp")
	b.cfg.popPoll = 400 * time.Millisecond
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, imapOK, popLooks, smtpOK)
	order := func(leg Leg, hop HopName, status Status) int {
		return slices.IndexFunc(b.events, func(e Event) bool { return e.Leg == leg && e.Hop.Name == hop && e.Hop.Status == status })
	}
	if order(IMAP, Cleanup, Running) < order(POP, Arrive, OK) {
		t.Error("IMAP deleted before POP had seen the message")
	}
}

// What a record keeps of a hop can be shown in the user's language again.
func TestTextOfRecord(t *testing.T) {
	for detail, want := range map[string]string{"1 mail": "1 messaggio", "3 mails": "3 messaggi", "1,204 mails": "1.204 messaggi", "": "", "TLS 1.3": ""} {
		m := Text(Open, detail)
		if got := assets.Text("it", m); !m.IsZero() && got != want || m.IsZero() != (want == "") {
			t.Errorf("%q became %q, want %q", detail, got, want)
		}
		if detail != "TLS 1.3" && !m.IsZero() && m.String() != detail {
			t.Errorf("%q became %q in English", detail, m)
		}
	}
	if !Text(Token, "62 min left").IsZero() || !Text(TLS, "1 mail").IsZero() {
		t.Error("a hop without mails got some")
	}
}
