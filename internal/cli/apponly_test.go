package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// appTenant is the practice tenant with an application that signs in itself.
type appTenant struct {
	*practice.Tenant
	protocols []string
	spoil     func(*wizard.Draft)
}

func (t appTenant) Drafts() ([]*wizard.Draft, []oauth.Secret) {
	v := t.Values()
	d := wizard.NewDraft(time.Now())
	d.Name, d.Product, d.Cloud, d.TenantID, d.ClientID = "Fax", "imagicle", t.Cloud().ID, v.TenantID, v.AppClientID
	d.SetMode(wizard.ModeAppOnly)
	d.SetRoad(t.protocols, false)
	d.SecretExpires, d.ServicePrincipalID = v.SecretExpires, v.ServicePrincipalID
	d.Mailbox.Address, d.Reach, d.Refuse = v.Address, v.Shared, v.Delegate
	if t.spoil != nil {
		t.spoil(d)
	}
	return []*wizard.Draft{d}, []oauth.Secret{v.ClientSecret}
}

// newAppRun is newRun with an application over the given protocols, in a tenant
// that broke has prepared.
func newAppRun(t *testing.T, broke func(*practice.Tenant), spoil func(*wizard.Draft), protocols ...string) *run {
	r := newRun(t)
	r.StartPractice = func() (Practice, error) {
		p, err := practice.Start(practice.Options{})
		if err != nil {
			return nil, err
		}
		if broke != nil {
			broke(p)
		}
		r.tenant = p
		return appTenant{p, protocols, spoil}, nil
	}
	r.OpenBrowser = nil // and nothing may need one
	return r
}

// appReport reads the one object of --json with the fence.
func (r *run) appReport(t *testing.T) (rep struct {
	Connections []struct {
		OK       bool
		Legs     []struct{ Leg string }
		Fence    []struct{ Mailbox, Leg, Want, Got, Server string }
		Findings []struct {
			ID       string
			Commands []string
		}
	}
},
) {
	t.Helper()
	if err := json.Unmarshal(r.out.Bytes(), &rep); err != nil || len(rep.Connections) != 1 {
		t.Fatalf("%v\n%s%s", err, r.out.String(), r.err.String())
	}
	return rep
}

var roads = map[string][]string{
	"IMAP and SMTP": {"imap", "pop", "smtp"}, "Graph": {"graph"}, "EWS": {"ews"}, "all": {"imap", "smtp", "graph", "ews"},
}

func TestCheckAppOnlyPasses(t *testing.T) {
	for name, protocols := range roads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newAppRun(t, nil, nil, protocols...)
			if status := r.Run(t.Context(), []string{"check", "--practice", "--json"}); status != ExitOK {
				t.Fatalf("exit status %d\n%s%s", status, r.out.String(), r.err.String())
			}
			c := r.appReport(t).Connections[0]
			if !c.OK || len(c.Legs) != len(protocols) || len(c.Findings) != 0 || len(c.Fence) != 3*len(protocols) {
				t.Fatalf("report: %+v", c)
			}
			for _, row := range c.Fence {
				if row.Got != row.Want || (row.Want == "refused") != (row.Mailbox == r.tenant.Values().Delegate) {
					t.Errorf("%+v", row)
				}
			}
		})
	}
}

// Each failure of an application ends in its finding.
func TestCheckAppOnlyNamesTheFinding(t *testing.T) {
	breaks := func(f practice.Fault) func(*practice.Tenant) { return func(p *practice.Tenant) { p.Break(f) } }
	mail, graph, ews := []string{"imap", "smtp"}, []string{"graph"}, []string{"ews"}
	for _, tc := range []struct {
		name      string
		broke     func(*practice.Tenant)
		protocols []string
		want      string
	}{
		{"the secret is wrong", breaks(practice.FaultSecretWrong), mail, "secret-wrong"},
		{"the secret has ended", breaks(practice.FaultSecretExpired), graph, "secret-expired"},
		{"no consent", breaks(practice.FaultAppConsentMissing), mail, "token-missing-role"},
		{"no consent, Graph", breaks(practice.FaultAppConsentMissing), graph, "token-missing-role"},
		{"no consent, EWS", breaks(practice.FaultAppConsentMissing), ews, "token-missing-role"},
		{"fewer roles", breaks(practice.FaultAppFewerRoles), graph, "token-missing-role"},
		{"disabled", breaks(practice.FaultAppDisabled), mail, "client-disabled"},
		{"the wrong Object ID", breaks(practice.FaultAppObjectID), []string{"imap"}, "imap-app-mailbox-access"},
		{"outside, IMAP", breaks(practice.FaultAppOutside), []string{"imap"}, "imap-app-mailbox-access"},
		{"outside, Graph", breaks(practice.FaultAppOutside), graph, "access-policy-blocked"},
		{"outside, EWS", breaks(practice.FaultAppOutside), ews, "ews-access-denied"},
		{"open, IMAP", breaks(practice.FaultAppFenceOpen), mail, "access-policy-open"},
		{"open, Graph", breaks(practice.FaultAppFenceOpen), graph, "access-policy-open"},
		{"open, EWS", breaks(practice.FaultAppFenceOpen), ews, "access-policy-open"},
		{"EWS is off", breaks(practice.FaultEWSOff), ews, "ews-disabled"},
		{"throttled, Graph", breaks(practice.FaultThrottledMail), graph, "server-busy"},
		{"throttled, EWS", breaks(practice.FaultThrottledMail), ews, "server-busy"},
		{"no mailbox, Graph", breaks(practice.FaultNoMailbox), graph, "ews-mailbox-missing"},
		{"no mailbox, EWS", breaks(practice.FaultNoMailbox), ews, "ews-mailbox-missing"},
		{"SMTP AUTH off", breaks(practice.FaultSMTPMailboxOff), mail, "smtp-auth-disabled-mailbox"},
		{"a further mailbox is shut", func(p *practice.Tenant) {
			p.SetFence(0, p.Values().Address)
		}, graph, "access-policy-blocked"},
		{"a further mailbox is shut, IMAP", func(p *practice.Tenant) {
			p.SetMailboxPermissions(0, p.Values().Address)
		}, []string{"imap"}, "imap-app-mailbox-access"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newAppRun(t, tc.broke, nil, tc.protocols...)
			if status := r.Run(t.Context(), []string{"--json", "check", "--practice"}); status != ExitFailed {
				t.Fatalf("exit status %d\n%s%s", status, r.out.String(), r.err.String())
			}
			c := r.appReport(t).Connections[0]
			if c.OK || len(c.Findings) == 0 || c.Findings[0].ID != tc.want {
				t.Fatalf("want %s: %+v\n%s", tc.want, c.Findings, r.out.String())
			}
			if tc.want == "access-policy-open" && len(c.Findings[0].Commands) == 0 {
				t.Error("no command closes it")
			}
		})
	}
}

// A mailbox that is open and should not be is named with what closes it.
func TestOpenMailboxIsNamed(t *testing.T) {
	r := newAppRun(t, func(p *practice.Tenant) { p.Break(practice.FaultAppFenceOpen) }, nil, "imap", "smtp")
	if status := r.Run(t.Context(), []string{"check", "--practice"}); status != ExitFailed {
		t.Fatalf("exit status %d\n%s", status, r.out.String())
	}
	v := r.tenant.Values()
	for _, words := range []string{
		"IMAP  " + v.Delegate + ": reachable, WRONG, wanted refused",
		"IMAP  " + v.Shared + ": reachable, as wanted",
		"access-policy-open",
		"Remove-MailboxPermission -Identity '" + v.Delegate + "' -User '" + v.ServicePrincipalID + "' -AccessRights FullAccess",
		"Remove-RecipientPermission -Identity '" + v.Delegate + "' -Trustee '" + v.ServicePrincipalID + "' -AccessRights SendAs",
	} {
		if !strings.Contains(r.out.String(), words) {
			t.Errorf("%q is not in\n%s", words, r.out.String())
		}
	}
}

// connect of a values file asks for no browser, and what it stores can be checked.
func TestConnectAppOnly(t *testing.T) {
	p, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	drafts, secrets := appTenant{p, []string{"imap", "smtp", "graph", "ews"}, nil}.Drafts()
	c, err := drafts[0].Connection()
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	if err := wizard.WriteValues(&file, []store.Connection{c}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "values.json")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRun(t)
	r.OpenBrowser = func(context.Context, string) error { t.Error("a browser was opened"); return nil }
	s, err := r.open(flags{data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.bench.Catalog.Add(p.Cloud())
	s.bench.Roots, s.bench.Vault = p.Roots(), store.NewMemory()
	read, err := s.readImport(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	con := connector{bench: s.bench, out: &r.out}
	rep, err := con.connect(t.Context(), read[0], secrets[0])
	if err != nil || !rep.OK || len(rep.Fence) != 12 {
		t.Fatalf("%+v, %v\n%s", rep, err, r.out.String())
	}
	if strings.Contains(r.out.String(), "browser") {
		t.Errorf("says %q", r.out.String())
	}
	stored, err := s.bench.Store.Connections(t.Context())
	if err != nil || len(stored) != 1 || stored[0].Account != nil || stored[0].LastTest == nil || !stored[0].LastTest.OK {
		t.Fatalf("stored %+v, %v", stored, err)
	}
	p.Break(practice.FaultAppFenceOpen)
	again := testAll(t.Context(), s.bench, stored)
	if again[0].OK || again[0].Findings[0].ID != "access-policy-open" {
		t.Errorf("%+v", again[0])
	}
	stored, _ = s.bench.Store.Connections(t.Context())
	if last := stored[0].LastTest; last.OK || last.Findings[0] != "access-policy-open" || last.LastOK.IsZero() {
		t.Errorf("recorded %+v", last)
	}
}
