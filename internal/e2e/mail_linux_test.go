package e2e

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/mailserver"
	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/mail"
)

// TestMailServers sends through a real Postfix and receives from a real Dovecot.
func TestMailServers(t *testing.T) {
	tenant := startTenant(t)
	values := tenant.Values()
	servers := mailserver.Start(t, mailserver.Options{IntrospectionURL: tenant.IntrospectionURL(), Domain: values.Domain})
	token := robotToken(t, tenant)
	cloud := tenant.Cloud()
	cloud.IMAP, cloud.POP, cloud.SMTP = servers.IMAP, servers.POP, servers.SMTP
	run := func(t *testing.T, c store.Connection, access oauth.Secret) check.Result {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return check.Run(ctx, check.Config{
			Connection: c, Cloud: cloud, RootCAs: servers.Roots(), ArriveWithin: 30 * time.Second,
			Token: func(context.Context, check.Leg) (oauth.Token, error) {
				return oauth.Token{Access: access, Expires: token.Expires}, nil
			},
		})
	}
	all := []string{"imap", "pop", "smtp"}

	for _, protocols := range [][]string{all, {"pop", "smtp"}, {"imap", "smtp"}, {"imap"}, {"smtp"}} {
		t.Run("passes "+strings.Join(protocols, " "), func(t *testing.T) {
			result := run(t, connection(values, protocols), token.Access)
			if !result.OK() {
				report(t, result)
				t.Fatalf("the test failed; the servers say:\n%s", servers.Log())
			}
			mustHops(t, result, protocols)
			// What nobody receives stays; what was received has been deleted.
			if protocols[0] == "smtp" {
				mustHaveArrived(t, servers, values.Address, result.MessageID)
			} else if left, err := servers.Messages(values.Address); err != nil || len(left) != 0 {
				t.Errorf("%d messages are left, %v", len(left), err)
			}
		})
	}

	t.Run("refuses a forged token", func(t *testing.T) {
		text := []byte(token.Access.Reveal())
		text[len(text)-10] ^= 1 // within the signature
		mustRefuse(t, run(t, connection(values, all), oauth.NewSecret(string(text))))
	})
	t.Run("refuses another's token", func(t *testing.T) {
		c := connection(values, all)
		c.Mailbox.Address = values.Delegate
		mustRefuse(t, run(t, c, token.Access))
	})
	t.Run("refuses another's address as sender", func(t *testing.T) {
		c := connection(values, []string{"smtp"})
		c.Mailbox.Address, c.Mailbox.Delegate = values.Shared, values.Address
		hop, failed := run(t, c, token.Access).Legs[0].Failed()
		if !failed || hop.Name != check.Send || !strings.HasPrefix(hop.Server, "553 5.7.1") || !strings.Contains(hop.Server, "not owned by user") {
			t.Errorf("%q: %q, %v", hop.Name, hop.Server, hop.Err)
		}
	})
	t.Run("refuses an unknown authority", func(t *testing.T) {
		servers := *servers
		servers.RootsPEM = tenant.RootsPEM()
		result := check.Run(t.Context(), check.Config{
			Connection: connection(values, all), Cloud: cloud, RootCAs: servers.Roots(),
			Token: func(context.Context, check.Leg) (oauth.Token, error) { return token, nil },
		})
		for _, l := range result.Legs {
			if hop, failed := l.Failed(); !failed || hop.Name != check.TLS {
				t.Errorf("%s: %+v", l.Leg, hop)
			}
		}
	})
	if strings.Contains(servers.Log(), token.Access.Reveal()) {
		t.Error("the servers' log holds the token; this test must not print it")
	}
}

func connection(values practice.Values, protocols []string) store.Connection {
	return store.Connection{
		ID: "mail", Name: "Support", Product: "other", Mode: "delegated", Cloud: "practice", Audience: oauth.AudienceSingle,
		TenantID: values.TenantID, ClientID: values.ClientID, Platform: "web",
		Mailbox: store.Mailbox{Name: "Support", Address: values.Address}, Protocols: protocols,
	}
}

// mustHops wants each leg to have taken all hops that it can: only one leg
// deletes the message, and without SMTP nothing arrives.
func mustHops(t *testing.T, result check.Result, protocols []string) {
	t.Helper()
	sent := protocols[len(protocols)-1] == "smtp"
	removed := 0
	for _, l := range result.Legs {
		for _, h := range l.Hops {
			switch {
			case h.Name == check.Cleanup && h.Status == check.OK:
				removed++
			case h.Name == check.Cleanup:
			case h.Name == check.Arrive && !sent:
				if h.Status != check.Skipped {
					t.Errorf("%s arrive: %s", l.Leg, h.Status)
				}
			case h.Status != check.OK:
				t.Errorf("%s %s: %s", l.Leg, h.Name, h.Status)
			}
			if h.Name == check.TLS && h.Detail != "TLS 1.3" {
				t.Errorf("%s: %s", l.Leg, h.Detail)
			}
		}
	}
	want := 0
	if sent && len(protocols) > 1 {
		want = 1
	}
	if len(result.Legs) != len(protocols) || removed != want {
		t.Errorf("%d legs of %v, the message was deleted %d times, want %d", len(result.Legs), protocols, removed, want)
	}
}

// mustHaveArrived waits for the message of a test that only sends.
func mustHaveArrived(t *testing.T, servers *mailserver.Servers, address, id string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		messages, err := servers.Messages(address)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			if strings.Contains(m, "<"+id+">") {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("the message %s is not among %d", id, len(messages))
		}
	}
}

// mustRefuse wants each leg to end at the sign-in with the server's own words.
func mustRefuse(t *testing.T, result check.Result) {
	t.Helper()
	want := map[check.Leg]string{check.IMAP: "AUTHENTICATIONFAILED", check.POP: "[AUTH]", check.SMTP: "535 5.7.8"}
	for _, l := range result.Legs {
		hop, failed := l.Failed()
		var refusal *mail.ServerError
		switch {
		case !failed || hop.Name != check.Auth:
			t.Errorf("%s: ended at %q with %v", l.Leg, hop.Name, hop.Err)
		case !errors.As(hop.Err, &refusal) || !strings.Contains(hop.Server, want[l.Leg]) || !strings.Contains(hop.Server, `"status":"401"`):
			t.Errorf("%s: the server's words are %q", l.Leg, hop.Server)
		case l.Leg == check.SMTP && (refusal.Code != 535 || refusal.Enhanced != "5.7.8"):
			t.Errorf("smtp: reply %d %s", refusal.Code, refusal.Enhanced)
		}
	}
	if result.MessageID != "" {
		t.Error("a message was sent all the same")
	}
}

func report(t *testing.T, result check.Result) {
	t.Helper()
	for _, l := range result.Legs {
		for _, h := range l.Hops {
			t.Logf("%-4s %-8s %-8s %6.1f ms %s %s %v", l.Leg, h.Name, h.Status, float64(h.Took.Microseconds())/1000, h.Detail, h.Server, h.Err)
		}
	}
}
