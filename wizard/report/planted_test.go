package report_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"html"
	"strings"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/handover"
	"postkey/wizard/report"
)

// keeping is a vault that remembers every value it was given.
type keeping struct {
	store.Vault
	given *[]oauth.Secret
}

func (k keeping) Set(ctx context.Context, key string, value oauth.Secret) error {
	*k.given = append(*k.given, value)
	return k.Vault.Set(ctx, key, value)
}

// TestNoSecretInWhatIsHandedOut works with known secrets at a practice tenant
// that is broken in turn, and searches everything that Postkey hands out.
func TestNoSecretInWhatIsHandedOut(t *testing.T) {
	ctx := t.Context()
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Close() })
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	cat.Add(tenant.Cloud())
	data, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var given []oauth.Secret
	newBench := func() *wizard.Workbench {
		return &wizard.Workbench{Catalog: cat, Store: data, Vault: keeping{store.NewMemory(), &given}, Roots: tenant.Roots(), Practice: true}
	}
	bench := newBench()
	v := tenant.Values()
	d := bench.NewDraft()
	d.Name, d.TenantID, d.ClientID, d.RedirectHost = "Support", v.TenantID, v.ClientID, v.RedirectHost
	d.SecretExpires, d.Protocols = v.SecretExpires, []string{"imap", "pop", "smtp"}
	if err := bench.PutSecret(ctx, d.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	session, err := bench.SignIn(ctx, d, false)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := tenant.Browse(ctx, session.URL(), v.Address); err != nil {
		t.Fatal(err)
	}
	in, err := session.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	given = append(given, in.Token.Access)
	if err := bench.SignedIn(ctx, d, in); err != nil {
		t.Fatal(err)
	}
	c, err := d.Connection()
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range []practice.Fault{
		"", practice.FaultSecretWrong, practice.FaultSignInRevoked, practice.FaultSMTPTenantOff, practice.FaultGarbage,
	} {
		tenant.Heal()
		if fault != "" {
			tenant.Break(fault)
		}
		// A later start: no access token in memory.
		later := &wizard.Workbench{Catalog: cat, Store: data, Vault: bench.Vault, Roots: tenant.Roots(), Practice: true}
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		res, findings := later.Test(limited, c, nil)
		cancel()
		if res.OK() != (fault == "") {
			t.Fatalf("%s: %+v", fault, res)
		}
		if n := len(later.Secrets(ctx, c.ID)); n != 2 {
			t.Fatalf("the vault gives %d secrets", n)
		}
		// The worst server says every secret back, and somebody typed one into a name.
		said := c
		for i, secret := range given {
			value := secret.Reveal()
			line := base64.StdEncoding.EncodeToString([]byte("user=a@b.example\x01auth=Bearer " + value + "\x01\x01"))
			words := "refused: " + value + " AUTH XOAUTH2 " + line
			res.Legs[i%len(res.Legs)].Hops[0].Server += words
			res.Legs[i%len(res.Legs)].Hops[0].Err = errors.New(words)
			res.Legs[i%len(res.Legs)].Notes = append(res.Legs[i%len(res.Legs)].Notes, words)
			said.Mailbox.Name += value
		}
		search(t, "the report", given, func(b *bytes.Buffer) error {
			return report.Write(b, report.Report{
				Catalog: cat, Connection: said, Legs: res.Legs, Findings: findings, At: res.Started, Took: res.Took,
				OK: res.OK(), Secrets: later.Secrets(ctx, c.ID),
			})
		})
	}
	search(t, "the sheet", given, func(b *bytes.Buffer) error {
		return handover.WriteSheet(b, handover.Sheet{Catalog: cat, Connection: c, Practice: true})
	})
	search(t, "the calendar entry", given, func(b *bytes.Buffer) error {
		return handover.WriteCalendar(b, handover.Reminder{Catalog: cat, Connection: c})
	})
	search(t, "the values file", given, func(b *bytes.Buffer) error {
		return wizard.WriteValues(b, []store.Connection{c})
	})
}

// search looks for every secret, its beginning, and XOAUTH2's form of it.
func search(t *testing.T, what string, given []oauth.Secret, write func(*bytes.Buffer) error) {
	t.Helper()
	if len(given) < 3 {
		t.Fatalf("only %d secrets are known", len(given))
	}
	var file bytes.Buffer
	if err := write(&file); err != nil {
		t.Fatal(err)
	}
	if file.Len() < 100 {
		t.Fatalf("%s is %d bytes", what, file.Len())
	}
	text := file.String() + "\n" + html.UnescapeString(file.String())
	if strings.Contains(text, "dXNlcj1hQGIuZXhhbXBsZQ") {
		t.Errorf("%s holds a line of XOAUTH2", what)
	}
	for _, secret := range given {
		value := secret.Reveal()
		if strings.Contains(text, value) || strings.Contains(text, value[:min(24, len(value))]) {
			t.Errorf("%s holds a secret", what)
		}
	}
}
