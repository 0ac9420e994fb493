package wizard_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard"
	"postkey/wizard/exchange"
	"postkey/wizard/scripts"
)

// keptFile is what somebody would keep or send.
type keptFile struct {
	name string
	data []byte
}

// TestFilesToKeepHoldNoSecret makes every mail, script and certificate file of a
// draft that has secrets of every kind, and looks for those in them.
func TestFilesToKeepHoldNoSecret(t *testing.T) {
	b := newBench(t, "")
	v := b.tenant.Values()
	user := b.NewDraft()
	user.Shared = true
	user.Mailbox.Address, user.Mailbox.Delegate, user.SecretExpires = v.Shared, v.Delegate, v.SecretExpires
	user.Name, user.TenantID, user.ClientID, user.RedirectHost = "Support", v.TenantID, v.ClientID, v.RedirectHost
	ok(t, b.PutSecret(t.Context(), user.ID, v.ClientSecret))
	b.OpenBrowser = nil
	session, err := b.SignIn(t.Context(), user, false)
	ok(t, err)
	defer session.Close()
	_, err = b.tenant.Browse(t.Context(), session.URL(), v.Delegate)
	ok(t, err)
	in, err := session.Wait(t.Context())
	ok(t, err)
	ok(t, b.SignedIn(t.Context(), user, in))
	ok(t, b.Verify(t.Context(), user)) // renews the refresh token

	app := b.application(t, "imap", "pop", "smtp", "graph", "ews")
	cert, err := oauth.NewCertificate(app.Name, time.Now(), 24*time.Hour)
	ok(t, err)
	ok(t, b.tenant.AddCertificate(cert.DER()))
	ok(t, b.AppToken(t.Context(), app))
	ok(t, b.PutCertificate(t.Context(), app.ID, cert))

	secrets := append([]oauth.Secret{in.Token.Access, in.Token.Refresh, cert.Secret()}, b.vault.given...)
	searched := spellings(t, secrets)
	kept := []keptFile{{"app.cer", cert.PEM()}, {"app.der.cer", cert.DER()}}
	for _, d := range []*wizard.Draft{user, app} {
		kept = append(kept, consentMails(t, b, d)...)
		kept = append(kept, scriptFiles(t, d)...)
	}
	setup, err := exchange.SetupOf(b.Catalog, connectionOf(t, app))
	ok(t, err)
	for _, s := range exchange.Scripts(setup) {
		for _, part := range []exchange.Part{exchange.Do, exchange.Undo, exchange.Verify} {
			kept = append(kept, keptFile{s.FileName(part), s.File(part)})
		}
	}
	if len(secrets) < 7 || len(kept) < 40 {
		t.Fatalf("%d secrets, %d files", len(secrets), len(kept))
	}
	for _, f := range kept {
		if len(f.data) < 30 {
			t.Errorf("%s: %q", f.name, f.data)
		}
		for secret, kind := range searched {
			if bytes.Contains(f.data, []byte(secret)) {
				t.Errorf("%s holds %s", f.name, kind)
			}
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// spellings are the forms in which the secrets could get out, with what each is,
// and what every token and private key has in it.
func spellings(t *testing.T, secrets []oauth.Secret) map[string]string {
	t.Helper()
	all := map[string]string{"eyJ": "the beginning of a token", "PRIVATE KEY": "a private key"}
	for i, s := range secrets {
		value, kind := s.Reveal(), fmt.Sprintf("secret %d", i)
		block, _ := pem.Decode([]byte(value[max(strings.Index(value, "-----BEGIN PRIVATE KEY"), 0):]))
		if block == nil {
			all[value], all[url.QueryEscape(value)] = kind, kind
			addBase64(all, []byte(value), kind)
			continue
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		ok(t, err)
		private := key.(*rsa.PrivateKey)
		for _, n := range append(private.Primes, private.D) {
			all[string(n.Bytes())], all[n.Text(16)] = "a number of a private key", "a number of a private key"
			addBase64(all, n.Bytes(), "a number of a private key")
		}
	}
	return all
}

// addBase64 adds a value as it looks within base64, wherever it begins in there.
func addBase64(all map[string]string, value []byte, kind string) {
	for before := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, before), value...))
		all[text[4:min(len(text)-4, 60)]] = kind + " in base64"
	}
}

// consentMails are the mails to an administrator in each language, as they are
// and as they are read.
func consentMails(t *testing.T, b *bench, d *wizard.Draft) (mails []keptFile) {
	t.Helper()
	for _, lang := range assets.Languages() {
		var raw bytes.Buffer
		ok(t, b.WriteConsentMail(&raw, d, func(m assets.Message) string { return assets.Text(lang, m) }))
		mails = append(mails, keptFile{lang + ".eml", bytes.Clone(raw.Bytes())})
		head, body := readMail(t, &raw)
		subject, err := head.Subject()
		ok(t, err)
		mails = append(mails, keptFile{lang + ".eml, read", []byte(subject + "\n" + body)})
	}
	return mails
}

// scriptFiles are the scripts of the registration and of one more secret.
func scriptFiles(t *testing.T, d *wizard.Draft) (files []keptFile) {
	t.Helper()
	registration := d.Script("Support", wizard.Context{Now: time.Now()})
	more := scripts.Rotation{ClientIDs: []string{d.ClientID}, TenantID: d.TenantID, SecretEnds: d.SecretExpires}
	old := []scripts.OldSecret{{ClientID: d.ClientID, KeyID: "0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22"}}
	for _, tool := range scripts.Tools() {
		for name, text := range map[string]func() (string, error){
			"register": func() (string, error) { return registration.Script(tool) },
			"verify":   func() (string, error) { return registration.Verify(tool, d.ClientID) },
			"undo":     func() (string, error) { return registration.Undo(tool, d.ClientID) },
			"add":      func() (string, error) { return more.Script(tool) },
			"list":     func() (string, error) { return more.List(tool) },
			"remove":   func() (string, error) { return more.Remove(tool, old) },
		} {
			script, err := text()
			ok(t, err)
			files = append(files, keptFile{name + tool.Ending(), tool.File(script)})
		}
	}
	return files
}
