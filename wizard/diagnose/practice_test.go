package diagnose_test

import (
	"slices"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// TestFaultsOfThePracticeTenant breaks the practice tenant in each way that a
// test can meet at once, and expects the finding that belongs to it, first and
// through the same workbench as the window.
func TestFaultsOfThePracticeTenant(t *testing.T) {
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
	own, shared := p.connect(t, false), p.connect(t, true)
	for _, c := range []struct {
		fault practice.Fault
		conn  store.Connection
		want  []string
	}{
		{"", own, nil},
		{"", shared, nil},
		{practice.FaultSecretWrong, own, []string{"secret-wrong"}},
		{practice.FaultSecretExpired, own, []string{"secret-expired"}},
		{practice.FaultConsentMissing, own, []string{"consent-needed"}},
		{practice.FaultSignInExpired, own, []string{"sign-in-expired"}},
		{practice.FaultSignInRevoked, own, []string{"sign-in-expired"}},
		{practice.FaultThrottledSignIn, own, []string{"service-busy"}},
		{practice.FaultWrongAudience, own, []string{"token-wrong-audience"}},
		{practice.FaultWrongAudience, shared, []string{"token-wrong-audience"}},
		{practice.FaultFewerScopes, own, []string{"token-missing-scope"}},
		{practice.FaultSMTPTenantOff, shared, []string{"smtp-auth-disabled-tenant"}},
		{practice.FaultSMTPMailboxOff, own, []string{"smtp-auth-disabled-mailbox"}},
		{practice.FaultNotConnected, own, []string{"imap-not-connected"}},
		{practice.FaultSendAsDenied, shared, []string{"send-as-denied"}},
		{practice.FaultBounce, own, []string{"message-rejected"}},
		{practice.FaultThrottledMail, own, []string{"imap-throttled", "smtp-concurrency"}},
		{practice.FaultHangUp, own, []string{"connection-lost"}},
		{practice.FaultGarbage, own, []string{"not-a-mail-server", "tls-not-spoken"}},
		{practice.FaultNoSTARTTLS, own, []string{"starttls-missing"}},
		{practice.FaultNoXOAUTH2, own, []string{"xoauth2-missing"}},
		{practice.FaultCertificateName, own, []string{"tls-name-mismatch"}},
		{practice.FaultCertificateExpired, own, []string{"tls-expired"}},
		{practice.FaultCertificateUntrusted, own, []string{"tls-untrusted"}},
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
		})
	}
}

// practised is a data folder that is signed in to the practice tenant.
type practised struct {
	tenant *practice.Tenant
	dir    string
	vault  store.Vault
}

func newPractised(t *testing.T, tenant *practice.Tenant) practised {
	return practised{tenant, t.TempDir(), store.NewMemory()}
}

// bench is a new workbench, which has no access token left from before.
func (p practised) bench(t *testing.T) *wizard.Workbench {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	cat.Add(p.tenant.Cloud())
	kept, err := store.Open(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	return &wizard.Workbench{Catalog: cat, Store: kept, Vault: p.vault, Roots: p.tenant.Roots(), Practice: true}
}

// connect signs in with the tenant's robot and saves a connection.
func (p practised) connect(t *testing.T, shared bool) store.Connection {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, v, bench := t.Context(), p.tenant.Values(), p.bench(t)
	d := wizard.NewDraft(time.Now())
	d.Name, d.Cloud, d.TenantID, d.ClientID = "own", p.tenant.Cloud().ID, v.TenantID, v.ClientID
	d.RedirectHost, d.SecretExpires = v.RedirectHost, v.SecretExpires
	d.Protocols = []string{wizard.ProtocolIMAP, wizard.ProtocolPOP, wizard.ProtocolSMTP}
	d.Mailbox.Address = v.Address
	user := v.Address
	if shared {
		d.Name, d.Shared, d.Mailbox.Address, d.Mailbox.Delegate = "shared", true, v.Shared, v.Delegate
		user = v.Delegate
	}
	must(bench.PutSecret(ctx, d.ID, v.ClientSecret))
	session, err := bench.SignIn(ctx, d, false)
	must(err)
	defer session.Close()
	_, err = p.tenant.Browse(ctx, session.URL(), user)
	must(err)
	signedIn, err := session.Wait(ctx)
	must(err)
	must(bench.SignedIn(ctx, d, signedIn))
	c, err := bench.Save(ctx, d)
	must(err)
	return c
}
