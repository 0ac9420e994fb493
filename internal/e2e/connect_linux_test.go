package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postkey/internal/e2e/keyring"
	"postkey/internal/e2e/mailserver"
	"postkey/internal/e2e/program"
	"postkey/internal/practice"
	"postkey/store"
)

// printed is what --json prints.
type printed struct {
	Connections []struct {
		Name string
		OK   bool
		Legs []struct {
			Leg string
			OK  bool
		}
		Findings []struct{ ID, Title string }
	}
}

func readReport(t *testing.T, o program.Outcome) printed {
	t.Helper()
	var r printed
	if err := json.Unmarshal([]byte(o.Out), &r); err != nil {
		t.Fatalf("status %d, standard output is no JSON object: %v\n%s\n%s", o.Status, err, o.Out, o.Err)
	}
	return r
}

// TestConnectAndCheckWithRealServers runs the real program against Dovecot,
// Postfix and gnome-keyring, with a values file as an administrator would write
// it, and looks for secrets in all that it wrote and in the list of processes.
func TestConnectAndCheckWithRealServers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	home := t.TempDir()
	tenant, err := practice.Start(practice.Options{AuthorityTLS: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	v := tenant.Values()
	// The mail servers ask over plain http; the sign-in service speaks https here.
	target, err := url.Parse(tenant.Cloud().Authority)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: tenant.Roots()}}
	plain := httptest.NewServer(proxy)
	defer plain.Close()
	introspect := strings.Replace(tenant.IntrospectionURL(), tenant.Cloud().Authority, plain.URL, 1)

	mail := mailserver.Start(t, mailserver.Options{IntrospectionURL: introspect, Domain: v.Domain})
	roots := filepath.Join(home, "roots.pem")
	if err := os.WriteFile(roots, append(tenant.RootsPEM(), mail.RootsPEM...), 0o600); err != nil {
		t.Fatal(err)
	}
	browser, opened := program.Browser(t)
	env := append(keyring.Start(t, home), browser, "SSL_CERT_FILE="+roots, "LANG=en_US.UTF-8", "GORACE=halt_on_error=1 exitcode=66")
	data := filepath.Join(home, "data")
	values := filepath.Join(home, "values.json")
	if err := os.WriteFile(values, []byte(valuesFor(tenant, mail)), 0o600); err != nil {
		t.Fatal(err)
	}

	var seen sync.WaitGroup
	watching, stop := context.WithCancel(ctx)
	defer seen.Wait()
	defer stop()
	secret := v.ClientSecret.Reveal()
	seen.Go(func() { watchProcesses(watching, t, secret) })
	seen.Go(func() {
		for {
			select {
			case address := <-opened:
				if _, err := tenant.Browse(watching, address, v.Address); err != nil && watching.Err() == nil {
					t.Errorf("the browser: %v", err)
				}
			case <-watching.Done():
				return
			}
		}
	})

	connected := program.Run(ctx, t, append(env, "POSTKEY_CLIENT_SECRET="+secret), "connect", "--import", values, "--data", data, "--json", "--debug")
	passed(t, "connect", connected)
	if !strings.Contains(connected.Err, tenant.Cloud().Authority) {
		t.Errorf("the address to sign in at was not printed:\n%s", connected.Err)
	}
	checked := program.Run(ctx, t, env, "check", "Support inbox", "--data", data, "--json", "--debug")
	passed(t, "check", checked)

	again := program.Run(ctx, t, env, "check", "--data", data)
	if again.Status != 0 || !strings.Contains(again.Out, "Support inbox: works") {
		t.Errorf("check for people: status %d\n%s%s", again.Status, again.Out, again.Err)
	}

	// A second secret, which the tenant takes a moment to know.
	next := tenant.AddSecret(time.Now().AddDate(0, 6, 0), 2*time.Second)
	ends := store.DateOf(next.Ends)
	rotated := program.Run(ctx, t, append(env, "POSTKEY_CLIENT_SECRET="+next.Value.Reveal()), "rotate", "Support inbox", "--expires", ends.String(), "--data", data, "--json", "--debug")
	passed(t, "rotate", rotated)
	tenant.RemoveSecret(v.SecretID)
	after := program.Run(ctx, t, env, "check", "--data", data, "--json")
	passed(t, "check after the rotation", after)
	for days, want := range map[string]int{"30": 0, "200": 1} {
		expiry := program.Run(ctx, t, []string{"HOME=" + home}, "check", "--expiry", days, "--data", data) // as cron runs it: without a keyring
		if expiry.Status != want || !strings.Contains(expiry.Out, ends.String()) {
			t.Errorf("check --expiry %s: status %d\n%s%s", days, expiry.Status, expiry.Out, expiry.Err)
		}
	}

	tenant.Break(practice.FaultSignInRevoked)
	ended := program.Run(ctx, t, env, "check", "--data", data, "--json")
	if r := readReport(t, ended); ended.Status != 1 || len(r.Connections) != 1 || len(r.Connections[0].Findings) == 0 || r.Connections[0].Findings[0].ID != "sign-in-expired" {
		t.Errorf("after the sign-in was revoked: status %d\n%s", ended.Status, ended.Out)
	}

	for name, o := range map[string]program.Outcome{"connect": connected, "check": checked, "check for people": again, "rotate": rotated, "check of an ended sign-in": ended} {
		holdsNoSecret(t, name+"'s output", []byte(o.Out+o.Err), secret)
		holdsNoSecret(t, name+"'s output", []byte(o.Out+o.Err), next.Value.Reveal())
		if strings.Contains(o.Err, "DATA RACE") || strings.Contains(o.Err, "panic") {
			t.Errorf("%s: %s", name, o.Err)
		}
	}
	holdsNoSecretFiles(t, data, secret)
	holdsNoSecretFiles(t, data, next.Value.Reveal())
}

func passed(t *testing.T, what string, o program.Outcome) {
	t.Helper()
	r := readReport(t, o)
	if o.Status != 0 || len(r.Connections) != 1 || !r.Connections[0].OK || len(r.Connections[0].Legs) != 3 {
		t.Fatalf("%s: status %d\n%s\n%s", what, o.Status, o.Out, o.Err)
	}
	for _, l := range r.Connections[0].Legs {
		if !l.OK {
			t.Errorf("%s: %s failed", what, l.Leg)
		}
	}
}

func valuesFor(tenant *practice.Tenant, mail *mailserver.Servers) string {
	v := tenant.Values()
	return fmt.Sprintf(`{"version": 1, "connections": [{
  "name": "Support inbox", "product": "xcally", "mode": "delegated", "cloud": "custom",
  "endpoints": {"authority": %q, "imap": %q, "pop": %q, "smtp": %q, "mail_resource": %q},
  "audience": "single", "tenant_id": %q, "client_id": %q, "platform": "web",
  "redirect_host": %q, "secret_expires": %q,
  "mailbox": {"name": "Support", "key": "SUPPT", "list": "Customers", "address": %q},
  "protocols": ["imap", "smtp", "pop"]}]}`,
		tenant.Cloud().Authority, mail.IMAP, mail.POP, mail.SMTP, practice.MailResource,
		v.TenantID, v.ClientID, v.RedirectHost, v.SecretExpires, v.Address)
}

// watchProcesses looks at the arguments of all processes again and again.
func watchProcesses(ctx context.Context, t *testing.T, secret string) {
	for ctx.Err() == nil {
		out, err := exec.CommandContext(ctx, "ps", "-eo", "args", "-ww").Output()
		if err == nil && bytes.Contains(out, []byte(secret)) {
			t.Error("the list of processes shows the client secret")
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}
