package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
)

const (
	trip = 50 * time.Millisecond // one round trip of the link
	most = 200                   // connections
	few  = 20
)

// world is the practice tenant behind the link, with a mailbox for each connection.
type world struct {
	order order // without connections
	conns []store.Connection
}

func newWorld(t testing.TB) *world {
	t.Helper()
	var addresses []string
	for i := range most {
		addresses = append(addresses, fmt.Sprintf("queue%03d@contoso.example", i))
	}
	tenant, err := practice.Start(practice.Options{MoreShared: addresses})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Close() })
	cloud := tenant.Cloud()
	for _, server := range []*string{&cloud.IMAP, &cloud.POP, &cloud.SMTP} {
		r, err := newRelay(*server, trip)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.close)
		*server = r.address()
	}
	w := &world{order: order{Cloud: cloud, Roots: tenant.RootsPEM(), Refresh: signIn(t, tenant)}}
	v := tenant.Values()
	for i, address := range addresses {
		w.conns = append(w.conns, store.Connection{
			ID: store.NewID(), Name: fmt.Sprint("Queue ", i), Product: "xcally", Mode: wizard.ModeDelegated, Cloud: cloud.ID,
			Audience: oauth.AudienceSingle, TenantID: v.TenantID, ClientID: v.DesktopClientID, Platform: wizard.PlatformDesktop,
			Mailbox:   store.Mailbox{Address: address, Delegate: v.Delegate},
			Protocols: []string{wizard.ProtocolIMAP, wizard.ProtocolSMTP},
		})
	}
	return w
}

// signIn returns a refresh token of the tenant.
func signIn(t testing.TB, tenant *practice.Tenant) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	v := tenant.Values()
	session, err := oauth.SignIn{
		Registration: oauth.Registration{
			Cloud: tenant.Cloud(), Audience: oauth.AudienceSingle, TenantID: v.TenantID, ClientID: v.DesktopClientID,
		},
		Scopes: []string{
			"openid", "profile", "email", "offline_access", practice.MailResource + "/IMAP.AccessAsUser.All",
			practice.MailResource + "/POP.AccessAsUser.All", practice.MailResource + "/SMTP.Send",
		},
		Client: oauth.NewClient(nil),
	}.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := tenant.Browse(ctx, session.URL(), v.Delegate); err != nil {
		t.Fatal(err)
	}
	done, err := session.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return done.Token.Refresh.Reveal()
}

// test measures one test over the protocols with the token cached.
func (w *world) test(t testing.TB, protocols ...string) outcome {
	t.Helper()
	c := w.conns[0]
	c.Protocols = protocols
	o := w.order
	o.Only, o.Connections = true, []store.Connection{c}
	return o.run(t)
}

// testAll measures the test of the first n connections, 16 at a time.
func (w *world) testAll(t testing.TB, n int) outcome {
	t.Helper()
	o := w.order
	o.Connections = w.conns[:n]
	return o.run(t)
}

// BenchmarkTest counts the round trips of one test from a cached token to
// "accepted" and to "inbox open", and compares all legs with the longest alone.
func BenchmarkTest(b *testing.B) {
	w := newWorld(b)
	var smtp, imap, pop, together time.Duration
	n := 0
	for b.Loop() {
		n++
		whole := w.test(b, wizard.ProtocolIMAP, wizard.ProtocolPOP, wizard.ProtocolSMTP)
		alone := []time.Duration{
			w.test(b, wizard.ProtocolSMTP).Reached[check.SMTP],
			w.test(b, wizard.ProtocolIMAP).Reached[check.IMAP],
			w.test(b, wizard.ProtocolPOP).Reached[check.POP],
		}
		smtp, imap, pop = smtp+alone[0], imap+alone[1], pop+alone[2]
		all := max(whole.Reached[check.SMTP], whole.Reached[check.IMAP], whole.Reached[check.POP])
		together += all * 1000 / max(alone[0], alone[1], alone[2])
	}
	trips := func(d time.Duration) float64 { return float64(d) / float64(n) / float64(trip) }
	b.ReportMetric(trips(smtp), "SMTP-trips")
	b.ReportMetric(trips(imap), "IMAP-trips")
	b.ReportMetric(trips(pop), "POP-trips")
	b.ReportMetric(float64(together)/float64(n)/1000, "whole/longest")
}

// BenchmarkTestAll compares 200 tests, 16 at a time, with the ideal schedule:
// as many rounds as are needed of what one test alone takes. Each begins
// without a token; the sign-in service is not behind the link.
func BenchmarkTestAll(b *testing.B) {
	w := newWorld(b)
	var ratio, flat float64
	n := 0
	for b.Loop() {
		n++
		alone := w.testAll(b, 1)
		small, large := w.testAll(b, few), w.testAll(b, most)
		rounds := (most + wizard.AtOnce - 1) / wizard.AtOnce
		ratio += float64(large.Took) / float64(alone.Took*time.Duration(rounds))
		flat += float64(large.Peak) / float64(small.Peak)
		b.Logf("one %v, %d %v and %d MiB, %d %v and %d MiB", alone.Took, few, small.Took, small.Peak>>20, most, large.Took, large.Peak>>20)
	}
	b.ReportMetric(ratio/float64(n), "took/ideal")
	b.ReportMetric(flat/float64(n), "memory-200/20")
}

// TestRelayIsLate: a greeting needs two round trips, an answer one more, and
// nothing is lost on the way.
func TestRelayIsLate(t *testing.T) {
	server, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		conn, err := server.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "hello")
		_, _ = io.Copy(conn, conn)
	}()
	defer server.Close()
	r, err := newRelay(server.Addr().String(), trip)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	begun := time.Now()
	conn, err := net.Dial("tcp", r.address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i, word := range []string{"hello", "first", "again"} {
		if i > 0 {
			_, _ = io.WriteString(conn, word)
		}
		got := make([]byte, len(word))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != word {
			t.Fatalf("got %q, %v, want %q", got, err, word)
		}
		if took, least := time.Since(begun), time.Duration(i+2)*trip; took < least {
			t.Errorf("%q came after %v, within less than %v", word, took, least)
		}
	}
}
