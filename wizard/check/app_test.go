package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/mail"
)

const (
	ewsOK   = "ews token=ok connect=ok tls=ok auth=ok open=ok send=ok arrive=ok cleanup=ok"
	graphOK = "graph token=ok connect=ok tls=ok auth=ok open=ok send=ok arrive=ok cleanup=ok"
)

// appBench is a practice tenant and an application that signs in itself there.
type appBench struct {
	tenant *practice.Tenant
	cfg    Config
	tokens *oauth.TokenSource
	events []Event // not guarded: Events must come one at a time
}

func newAppBench(t *testing.T, protocols ...string) *appBench {
	t.Helper()
	tenant, err := practice.Start(practice.Options{MoreShared: []string{"sales@contoso.example"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tenant.Close(); err != nil {
			t.Error(err)
		}
	})
	v := tenant.Values()
	client := oauth.NewClient(tenant.Roots())
	t.Cleanup(client.CloseIdleConnections)
	b := &appBench{tenant: tenant, tokens: oauth.NewAppTokenSource(oauth.Registration{
		Cloud: tenant.Cloud(), Audience: oauth.AudienceSingle,
		TenantID: v.TenantID, ClientID: v.AppClientID, ClientSecret: v.ClientSecret,
	}, client, nil)}
	b.cfg = Config{
		Connection:   store.Connection{Mode: "app-only", Mailbox: store.Mailbox{Name: "Support", Address: v.Address}, Protocols: protocols},
		Cloud:        tenant.Cloud(),
		Token:        b.token,
		RootCAs:      tenant.Roots(),
		ArriveWithin: 20 * time.Second,
		Events:       func(e Event) { b.events = append(b.events, e) },
		mail:         mail.Options{Poll: 20 * time.Millisecond},
		popPoll:      20 * time.Millisecond,
	}
	return b
}

func (b *appBench) token(ctx context.Context, leg Leg) (oauth.Token, error) {
	scope := "https://outlook.office365.com/.default"
	if leg == Graph {
		scope = b.tenant.Cloud().Graph + "/.default"
	}
	return b.tokens.Token(ctx, []string{scope})
}

// left is how many messages there are in inbox and Sent Items.
func (b *appBench) left(t *testing.T, address string) int {
	t.Helper()
	n := len(b.tenant.Inbox(address))
	e, err := mail.NewGraph(b.cfg.Cloud.Graph, address, b.mustToken(t, Graph), mail.Options{RootCAs: b.cfg.RootCAs})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if count, err := e.Open(t.Context()); err != nil || count != n {
		t.Errorf("Graph counts %d messages, %v; there are %d", count, err, n)
	}
	return n + len(b.tenant.Sent(address))
}

func (b *appBench) mustToken(t *testing.T, leg Leg) oauth.Secret {
	t.Helper()
	token, err := b.token(t.Context(), leg)
	if err != nil {
		t.Fatal(err)
	}
	return token.Access
}

// TestAppOnly takes each road alone and all of them at once; nothing is left
// in the mailbox where a leg can delete.
func TestAppOnly(t *testing.T) {
	for _, c := range []struct{ protocols, want []string }{
		{[]string{"imap", "smtp"}, []string{imapOK, smtpOK}},
		{[]string{"pop", "smtp"}, []string{popOK, smtpOK}},
		{[]string{"ews"}, []string{ewsOK}},
		{[]string{"graph"}, []string{graphOK}},
		{[]string{"graph", "smtp", "ews", "imap", "pop"}, []string{imapOK, popLooks, smtpOK, ewsOK, graphOK}},
	} {
		t.Run(strings.Join(c.protocols, " "), func(t *testing.T) {
			b := newAppBench(t, c.protocols...)
			asked := map[Leg]int{}
			b.cfg.Token = func(ctx context.Context, leg Leg) (oauth.Token, error) {
				asked[leg]++ // not guarded: at most one leg asks each
				return b.token(ctx, leg)
			}
			if len(c.protocols) > 2 {
				b.cfg.Token = b.token
			}
			r := Run(t.Context(), b.cfg)
			wantStates(t, r, c.want...)
			if !r.OK() || r.MessageID == "" {
				t.Errorf("OK %v, message %q", r.OK(), r.MessageID)
			}
			if n := b.left(t, b.tenant.Values().Address); n != 0 {
				t.Errorf("%d messages are left", n)
			}
			for _, leg := range slices.Collect(maps.Keys(asked)) {
				if asked[leg] != 1 {
					t.Errorf("%s: the token was asked for %d times", leg, asked[leg])
				}
			}
			for _, l := range r.Legs {
				if l.Login != b.tenant.Values().Address || !strings.HasPrefix(l.Server, "localhost:") {
					t.Errorf("%s: %s at %s", l.Leg, l.Login, l.Server)
				}
				for _, h := range l.Hops {
					if h.Status == OK && h.Name != Token && h.Name != Auth && h.Took <= 0 {
						t.Errorf("%s %s took %v", l.Leg, h.Name, h.Took)
					}
				}
			}
		})
	}
}

// TestAppOnlyFailures makes each thing go wrong that the practice tenant knows
// for applications, on every road.
func TestAppOnlyFailures(t *testing.T) {
	const ok = "ok"
	for _, c := range []struct {
		name  string
		fault practice.Fault
		do    func(*practice.Tenant)
		// want is the hop that fails and the server's words, by leg.
		want map[Leg]string
	}{
		{name: "consent missing", fault: practice.FaultAppConsentMissing, want: map[Leg]string{
			IMAP: "auth NO AUTHENTICATE failed.", POP: "auth -ERR Authentication failure", SMTP: "auth 535 5.7.3",
			EWS: `auth 401 Unauthorized: 2000008;reason="The token contains no permissions`, Graph: "open 403 Forbidden ErrorAccessDenied: Access is denied.",
		}},
		{name: "wrong Object ID", fault: practice.FaultAppObjectID, want: map[Leg]string{
			IMAP: "auth NO AUTHENTICATE failed.", POP: "auth -ERR Authentication failure", SMTP: "auth 535 5.7.3", EWS: ok, Graph: ok,
		}},
		{name: "Object ID of the registration", do: func(t *practice.Tenant) { t.RegisterServicePrincipal(t.Values().AppObjectID) }, want: map[Leg]string{
			IMAP: "auth NO AUTHENTICATE failed.", POP: "auth -ERR", SMTP: "auth 535 5.7.3", EWS: ok, Graph: ok,
		}},
		{name: "no permission on the mailbox", do: func(t *practice.Tenant) { t.SetMailboxPermissions(0) }, want: map[Leg]string{
			IMAP: "open BAD User is authenticated but not connected.", POP: "auth -ERR", SMTP: "auth 535 5.7.3", EWS: ok, Graph: ok,
		}},
		{name: "outside the fence", fault: practice.FaultAppOutside, want: map[Leg]string{
			IMAP: "open BAD User is authenticated but not connected.", POP: "auth -ERR", SMTP: "auth 535 5.7.3",
			EWS:   "open 403 Forbidden ErrorAccessDenied: Access is denied.",
			Graph: "open 403 Forbidden ErrorAccessDenied: Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
		}},
		{name: "no mailbox", fault: practice.FaultNoMailbox, want: map[Leg]string{
			IMAP: "auth NO AUTHENTICATE failed.", POP: "auth -ERR", SMTP: "auth 535 5.7.3",
			EWS: "open 500 Internal Server Error ErrorNonExistentMailbox", Graph: "open 404 Not Found ErrorInvalidUser",
		}},
		{name: "EWS off", fault: practice.FaultEWSOff, want: map[Leg]string{
			IMAP: ok, POP: ok, SMTP: ok, EWS: "open 403 Forbidden", Graph: ok,
		}},
		{name: "throttled", fault: practice.FaultThrottledMail, want: map[Leg]string{
			IMAP: "auth BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds", POP: ok, SMTP: "auth 432 4.3.2",
			EWS: "auth 500 Internal Server Error ErrorServerBusy", Graph: "auth 429 Too Many Requests ApplicationThrottled",
		}},
		{name: "wrong audience", fault: practice.FaultWrongAudience, want: map[Leg]string{
			IMAP: "auth NO AUTHENTICATE failed.", POP: "auth -ERR", SMTP: "auth 535 5.7.3",
			EWS: `auth 401 Unauthorized: 2000003;reason="The audience claim value is invalid`, Graph: ok,
		}},
		{name: "send as denied", fault: practice.FaultSendAsDenied, want: map[Leg]string{
			IMAP: ok, POP: ok, SMTP: "send 554 5.2.252", EWS: "send 200 ErrorSendAsDenied", Graph: "send 403 Forbidden ErrorSendAsDenied",
		}},
		{name: "bounce", fault: practice.FaultBounce, want: map[Leg]string{
			IMAP: "arrive 5.7.520", POP: "arrive 5.7.520", SMTP: ok, EWS: "arrive 5.7.520", Graph: "arrive 5.7.520",
		}},
		{name: "certificate", fault: practice.FaultCertificateUntrusted, want: map[Leg]string{
			IMAP: "tls ", POP: "tls ", SMTP: "tls ", EWS: "tls ", Graph: "tls ",
		}},
		{name: "hang-up", fault: practice.FaultHangUp, want: map[Leg]string{
			IMAP: "open ", POP: "open ", SMTP: "send ", EWS: "auth ", Graph: "auth ",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newAppBench(t, "imap", "pop", "smtp", "ews", "graph")
			if c.fault != "" {
				b.tenant.Break(c.fault)
			}
			if c.do != nil {
				c.do(b.tenant)
			}
			for _, l := range Run(t.Context(), b.cfg).Legs {
				hop, failed := l.Failed()
				got := ok
				if failed {
					got = fmt.Sprintf("%s %s", hop.Name, hop.Server)
				}
				if want := c.want[l.Leg]; !strings.HasPrefix(got, want) || want == ok && failed {
					t.Errorf("%s: %s (%v), want %s", l.Leg, got, hop.Err, want)
				}
			}
		})
	}
}

// TestAppOnlySMTPRBAC: a token without roles is right where RBAC for
// Applications lets the application in, and the group bounds it.
func TestAppOnlySMTPRBAC(t *testing.T) {
	b := newAppBench(t, "smtp")
	b.tenant.GrantRoles()
	wantStates(t, Run(t.Context(), b.cfg), smtpNoAuth)
	b.tenant.SetSMTPRBAC(true)
	b.tenant.SetMailboxPermissions(0) // which RBAC does not look at
	wantStates(t, Run(t.Context(), b.cfg), smtpOK)
	b.tenant.SetFence(0, "sales@contoso.example")
	wantStates(t, Run(t.Context(), b.cfg), smtpNoAuth)
}

// TestAppOnlyNeverArrives: what is accepted and lost ends as ErrNotArrived.
func TestAppOnlyNeverArrives(t *testing.T) {
	b := newAppBench(t, "ews", "graph")
	b.tenant.Break(practice.FaultNeverArrives)
	b.cfg.ArriveWithin = 200 * time.Millisecond
	r := Run(t.Context(), b.cfg)
	for _, leg := range []Leg{EWS, Graph} {
		if h := hopOf(r, leg, Arrive); !errors.Is(h.Err, ErrNotArrived) {
			t.Errorf("%s: %+v", leg, h)
		}
	}
}

// TestAppOnlyCancel ends the test in each of its waits.
func TestAppOnlyCancel(t *testing.T) {
	for name, c := range map[string]struct{ fault practice.Fault }{
		"connection": {practice.FaultSilent}, "answer": {practice.FaultSlow}, "arrival": {practice.FaultNeverArrives},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAppBench(t, "ews", "graph")
			b.mustToken(t, EWS) // both are at hand
			b.mustToken(t, Graph)
			b.tenant.Break(c.fault)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan Result, 1)
			go func() { ended <- Run(ctx, b.cfg) }()
			time.Sleep(300 * time.Millisecond) // until it waits; sooner is right too
			cancel()
			var r Result
			select {
			case r = <-ended:
			case <-time.After(5 * time.Second):
				t.Fatal("still running")
			}
			for _, l := range r.Legs {
				for _, h := range l.Hops {
					if h.Status != OK && (h.Status != Skipped || !errors.Is(h.Err, context.Canceled)) {
						t.Errorf("%s %s: %s, %v", l.Leg, h.Name, h.Status, h.Err)
					}
				}
			}
		})
	}
}
