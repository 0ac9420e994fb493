package diagnose_test

import (
	"slices"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// TestFaultsOfApplications is TestFaultsOfThePracticeTenant for an application
// that signs in itself, on each road.
func TestFaultsOfApplications(t *testing.T) {
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tenant.Close(); err != nil {
			t.Error(err)
		}
	}()
	p := newPractised(t, tenant)
	mailRoad, ews, graph := p.application(t, "imap", "smtp"), p.application(t, "ews"), p.application(t, "graph")
	for _, c := range []struct {
		fault practice.Fault
		conn  store.Connection
		want  []string
	}{
		{"", mailRoad, nil},
		{"", ews, nil},
		{"", graph, nil},
		{practice.FaultSecretWrong, graph, []string{"secret-wrong"}},
		{practice.FaultAppConsentMissing, mailRoad, []string{"token-missing-role"}},
		{practice.FaultAppConsentMissing, ews, []string{"token-missing-role"}},
		{practice.FaultAppConsentMissing, graph, []string{"token-missing-role"}},
		{practice.FaultAppFewerRoles, graph, []string{"token-missing-role"}},
		{practice.FaultWrongAudience, ews, []string{"token-wrong-audience"}},
		{practice.FaultAppObjectID, mailRoad, []string{"imap-app-mailbox-access", "smtp-auth-failed"}},
		{practice.FaultAppOutside, mailRoad, []string{"imap-app-mailbox-access", "smtp-auth-failed"}},
		{practice.FaultAppOutside, ews, []string{"ews-access-denied"}},
		{practice.FaultAppOutside, graph, []string{"access-policy-blocked"}},
		{practice.FaultNoMailbox, ews, []string{"ews-mailbox-missing"}},
		{practice.FaultNoMailbox, graph, []string{"ews-mailbox-missing"}},
		{practice.FaultEWSOff, ews, []string{"ews-disabled"}},
		{practice.FaultThrottledMail, ews, []string{"server-busy"}},
		{practice.FaultThrottledMail, graph, []string{"server-busy"}},
		{practice.FaultSendAsDenied, ews, []string{"send-as-denied"}},
		{practice.FaultSendAsDenied, graph, []string{"send-as-denied"}},
		{practice.FaultBounce, ews, []string{"message-rejected"}},
		{practice.FaultBounce, graph, []string{"message-rejected"}},
		{practice.FaultHangUp, graph, []string{"connection-lost"}},
		{practice.FaultGarbage, ews, []string{"tls-not-spoken"}},
		{practice.FaultCertificateName, ews, []string{"tls-name-mismatch"}},
		{practice.FaultCertificateExpired, graph, []string{"tls-expired"}},
		{practice.FaultCertificateUntrusted, graph, []string{"tls-untrusted"}},
	} {
		t.Run(string(c.fault)+" "+c.conn.Name, func(t *testing.T) {
			tenant.Heal()
			if c.fault != "" {
				tenant.Break(c.fault)
			}
			result, findings := p.bench(t).Test(t.Context(), c.conn, nil)
			var got []string
			for _, f := range findings {
				got = append(got, f.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) || result.OK() != (c.want == nil) {
				t.Errorf("got %v, want %v; passed: %v", got, c.want, result.OK())
				for _, f := range findings {
					t.Logf("%s: %s", f.ID, f.Server)
				}
			}
			for _, f := range findings {
				if (f.ID == "access-policy-blocked" || f.ID == "server-busy") && f.TraceID == "" {
					t.Errorf("%s has no request ID: %s", f.ID, f.Server)
				}
			}
		})
	}
}

// application saves a connection of the tenant's application.
func (p practised) application(t *testing.T, protocols ...string) store.Connection {
	t.Helper()
	v, bench := p.tenant.Values(), p.bench(t)
	c := store.Connection{
		ID: store.NewID(), Name: protocols[0], Product: "other", Mode: wizard.ModeAppOnly, Cloud: p.tenant.Cloud().ID,
		Audience: oauth.AudienceSingle, TenantID: v.TenantID, ClientID: v.AppClientID, Platform: wizard.PlatformWeb,
		Mailbox: store.Mailbox{Address: v.Address}, Protocols: protocols,
		ServicePrincipalID: v.ServicePrincipalID, Created: time.Now(),
	}
	if err := bench.PutSecret(t.Context(), c.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	if err := bench.Store.Put(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}
