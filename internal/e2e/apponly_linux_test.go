package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/keyring"
	"postkey/internal/e2e/program"
	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// TestConnectAndCheckApplications runs the real program with a values file of
// three applications that sign in themselves, over IMAP and SMTP, Graph and EWS,
// against the practice tenant as if it were Microsoft; the secret is in a real
// keyring. No browser may open.
func TestConnectAndCheckApplications(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	home := t.TempDir()
	tenant, err := practice.Start(practice.Options{AuthorityTLS: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	v := tenant.Values()
	roots, values, data := filepath.Join(home, "roots.pem"), filepath.Join(home, "values.json"), filepath.Join(home, "data")
	if err := os.WriteFile(roots, tenant.RootsPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(values)
	if err != nil {
		t.Fatal(err)
	}
	if err := wizard.WriteValues(file, applicationsOf(tenant)); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	browser, opened := program.Browser(t)
	env := append(keyring.Start(t, home), browser, "SSL_CERT_FILE="+roots, "LANG=en_US.UTF-8", "GORACE=halt_on_error=1 exitcode=66")
	secret := v.ClientSecret.Reveal()

	connected := program.Run(ctx, t, append(env, "POSTKEY_CLIENT_SECRET="+secret), "connect", "--import", values, "--data", data, "--json", "--debug")
	fences(t, "connect", connected, 0)
	checked := program.Run(ctx, t, env, "check", "--data", data, "--json", "--debug")
	fences(t, "check", checked, 0)

	tenant.Break(practice.FaultAppFenceOpen)
	open := program.Run(ctx, t, env, "check", "--data", data, "--json")
	for _, c := range fences(t, "check of an open fence", open, 1) {
		if len(c.Findings) == 0 || c.Findings[0].ID != "access-policy-open" {
			t.Errorf("%s: %+v", c.Name, c.Findings)
		}
	}
	tenant.Heal()
	tenant.Break(practice.FaultEWSOff)
	off := program.Run(ctx, t, env, "check", "EWS", "--data", data)
	if off.Status != 1 || !strings.Contains(off.Out, "[ews-disabled]") {
		t.Errorf("EWS switched off: status %d\n%s%s", off.Status, off.Out, off.Err)
	}
	select {
	case address := <-opened:
		t.Errorf("a browser was opened at %s", address)
	default:
	}
	for name, o := range map[string]program.Outcome{"connect": connected, "check": checked, "check of an open fence": open} {
		holdsNoSecret(t, name+"'s output", []byte(o.Out+o.Err), secret)
		if strings.Contains(o.Err, "DATA RACE") || strings.Contains(o.Err, "panic") {
			t.Errorf("%s: %s", name, o.Err)
		}
	}
	holdsNoSecretFiles(t, data, secret)
}

// applicationsOf is a connection over each road, by the endpoints of a custom cloud.
func applicationsOf(tenant *practice.Tenant) []store.Connection {
	v, cloud := tenant.Values(), tenant.Cloud()
	var all []store.Connection
	for _, road := range []struct {
		name      string
		protocols []string
	}{{"IMAP and SMTP", []string{"imap", "smtp"}}, {"Graph", []string{"graph"}}, {"EWS", []string{"ews"}}} {
		all = append(all, store.Connection{
			Name: road.name, Product: "imagicle", Mode: wizard.ModeAppOnly, Cloud: "custom",
			Endpoints: &store.Endpoints{
				Authority: cloud.Authority, IMAP: cloud.IMAP, POP: cloud.POP, SMTP: cloud.SMTP,
				EWS: cloud.EWS, Graph: cloud.Graph, MailResource: cloud.MailResource,
			},
			Audience: oauth.AudienceSingle, TenantID: v.TenantID, ClientID: v.AppClientID, Platform: wizard.PlatformWeb,
			Mailbox: store.Mailbox{Address: v.Address}, Protocols: road.protocols,
			ServicePrincipalID: v.ServicePrincipalID, Reach: []string{v.Shared}, Refuse: []string{v.Delegate},
		})
	}
	return all
}

type fencedConnection struct {
	Name     string
	OK       bool
	Fence    []struct{ Mailbox, Leg, Want, Got string }
	Findings []struct{ ID string }
}

// fences reads a report of the three applications, whose status is as given.
func fences(t *testing.T, what string, o program.Outcome, status int) []fencedConnection {
	t.Helper()
	var r struct{ Connections []fencedConnection }
	if err := json.Unmarshal([]byte(o.Out), &r); err != nil || o.Status != status || len(r.Connections) != 3 {
		t.Fatalf("%s: status %d, %v\n%s\n%s", what, o.Status, err, o.Out, o.Err)
	}
	for _, c := range r.Connections {
		if c.OK != (status == 0) || len(c.Fence) == 0 || len(c.Fence)%3 != 0 {
			t.Errorf("%s of %s: %+v", what, c.Name, c)
		}
	}
	return r.Connections
}
