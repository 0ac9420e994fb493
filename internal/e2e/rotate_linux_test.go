package e2e

import (
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/internal/e2e/keyring"
	"postkey/internal/e2e/program"
	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
)

// TestRotateByKeyboard updates the client secret of a connection in the real
// window with the keyboard alone, on a real keyring, and then puts a certificate
// in its place. After each the sign-in service no longer takes what was used
// before, and the connection works.
func TestRotateByKeyboard(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	home := t.TempDir()
	tenant, err := practice.Start(practice.Options{AuthorityTLS: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	v := tenant.Values()
	roots := filepath.Join(home, "roots.pem")
	if err := os.WriteFile(roots, tenant.RootsPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	d := desktop.Start(t, 1100, 800)
	browser, opened := program.Browser(t)
	env := append(d.Env(home), keyring.Start(t, home)...)
	env = append(env, browser, "SSL_CERT_FILE="+roots, "FYNE_THEME=light", "GORACE=halt_on_error=1 exitcode=66")
	w := &walk{t: t, ctx: ctx, dir: filepath.Join(home, "data"), shots: os.Getenv("POSTKEY_SHOTS")}

	values := filepath.Join(home, "values.json")
	if err := os.WriteFile(values, []byte(endingSoon(tenant)), 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		select {
		case address := <-opened:
			if _, err := tenant.Browse(ctx, address, v.Address); err != nil {
				t.Errorf("the browser: %v", err)
			}
		case <-ctx.Done():
		}
	}()
	connected := program.Run(ctx, t, append(env, "POSTKEY_CLIENT_SECRET="+v.ClientSecret.Reveal()), "connect", "--import", values, "--data", w.dir, "--json")
	passed(t, "connect", connected)

	cmd := w.start(env)
	w.window = d.WindowOf(ctx, cmd.Process.Pid)

	made := tenant.AddSecret(time.Now().AddDate(0, 12, 0), 0)
	w.picture("15-rotate-home")
	w.leadsTo("guided", "Tab", "Tab", "Return") // from New connection past Details to Update
	w.typed(made.Value.Reveal())
	w.key("Return") // goes on to the date
	w.typed(store.DateOf(made.Ends).String())
	w.picture("16-rotate-new")
	w.key("Return") // proves it
	w.await("rotated")
	w.await("shown", "page=rotated")
	w.picture("17-rotate-done")
	if !tenant.RemoveSecret(v.SecretID) {
		t.Fatal("the practice tenant has no first secret")
	}
	w.leadsTo("home", "ctrl+Return")
	works(ctx, t, env, w.dir, "the new secret")

	w.key("Tab", "Tab", "Tab", "Return", "Down", "Down", "Return") // past Details and Test: the menu, Update client secret
	w.await("shown", "page=guided")
	w.key("shift+Tab", "Down")    // back to the kind: Certificate
	w.key("Tab", "Tab", "Return") // past the life: Make a certificate
	w.await("shown", "page=certificate")
	w.key("Tab", "Tab", "Tab", "Return") // past both Copy: Save .cer file
	w.key("Return")                      // under the name that is proposed
	w.picture("18-rotate-certificate")
	if err := tenant.AddCertificate(savedCertificate(ctx, t, home)); err != nil {
		t.Fatal(err)
	}
	w.key("ctrl+Return")
	w.await("rotated")
	w.await("shown", "page=rotated")
	if !tenant.RemoveSecret(made.KeyID) {
		t.Fatal("the practice tenant has no second secret")
	}
	w.leadsTo("home", "ctrl+Return")
	works(ctx, t, env, w.dir, "the certificate")
	w.picture("19-rotate-home")

	w.close()
	for _, secret := range []oauth.Secret{v.ClientSecret, made.Value} {
		holdsNoSecretFiles(t, w.dir, secret.Reveal())
		holdsNoSecret(t, "the program's output", []byte(w.said.String()), secret.Reveal())
	}
	holdsNoSecretFiles(t, w.dir, "PRIVATE KEY")
}

// works tests the connection in a process of its own, which has nothing but the
// data folder and the keyring.
func works(ctx context.Context, t *testing.T, env []string, dir, with string) {
	t.Helper()
	passed(t, "check with "+with, program.Run(ctx, t, env, "check", "--data", dir, "--json"))
}

// endingSoon is a values file whose client secret ends in a week, so that Home
// offers to update it.
func endingSoon(tenant *practice.Tenant) string {
	v, cloud := tenant.Values(), tenant.Cloud()
	return fmt.Sprintf(`{"version": 1, "connections": [{
  "name": "Support inbox", "product": "xcally", "mode": "delegated", "cloud": "custom",
  "endpoints": {"authority": %q, "imap": %q, "pop": %q, "smtp": %q, "mail_resource": %q},
  "audience": "single", "tenant_id": %q, "client_id": %q, "platform": "web",
  "redirect_host": %q, "secret_expires": %q,
  "mailbox": {"name": "Support", "key": "SUPPT", "address": %q},
  "protocols": ["imap", "smtp", "pop"]}]}`,
		cloud.Authority, cloud.IMAP, cloud.POP, cloud.SMTP, cloud.MailResource,
		v.TenantID, v.ClientID, v.RedirectHost, store.DateOf(time.Now().AddDate(0, 0, 7)).String(), v.Address)
}

// savedCertificate waits for the .cer file under home and returns its DER; a
// private key must not be in it.
func savedCertificate(ctx context.Context, t *testing.T, home string) []byte {
	t.Helper()
	for {
		for _, dir := range []string{home, filepath.Join(home, "*")} {
			paths, _ := filepath.Glob(filepath.Join(dir, "*.cer"))
			if len(paths) == 0 {
				continue
			}
			data, err := os.ReadFile(paths[0])
			block, rest := pem.Decode(data)
			if err != nil || block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
				t.Fatalf("%s is no certificate alone: %v", paths[0], err)
			}
			return block.Bytes
		}
		select {
		case <-ctx.Done():
			t.Fatal("no .cer file was saved")
		case <-time.After(50 * time.Millisecond):
		}
	}
}
