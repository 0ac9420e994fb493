package wizard_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// bench is a workbench on a practice tenant, with a robot for a browser.
type bench struct {
	*wizard.Workbench
	tenant *practice.Tenant
	dir    string
	vault  *countingVault
	log    *bytes.Buffer
}

// countingVault is a memory vault that remembers every value it was given.
type countingVault struct {
	store.Vault
	mu    sync.Mutex
	given []oauth.Secret
}

func (v *countingVault) Set(ctx context.Context, key string, value oauth.Secret) error {
	v.mu.Lock()
	v.given = append(v.given, value)
	v.mu.Unlock()
	return v.Vault.Set(ctx, key, value)
}

func newBench(t *testing.T, user string) *bench {
	t.Helper()
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
	b := &bench{tenant: tenant, dir: t.TempDir(), vault: &countingVault{Vault: store.NewMemory()}, log: &bytes.Buffer{}}
	s, err := store.Open(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	b.Workbench = &wizard.Workbench{
		Catalog: cat, Store: s, Vault: b.vault, Roots: tenant.Roots(), Practice: true,
		Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		OpenBrowser: func(_ context.Context, url string) error {
			go func() { _, _ = tenant.Browse(context.Background(), url, user) }()
			return nil
		},
	}
	return b
}

// signedIn returns a draft whose user has signed in.
func (b *bench) signedIn(t *testing.T) *wizard.Draft {
	t.Helper()
	return b.signedInWith(t, b.NewDraft())
}

// signedInWith completes d and signs its user in.
func (b *bench) signedInWith(t *testing.T, d *wizard.Draft) *wizard.Draft {
	t.Helper()
	v := b.tenant.Values()
	d.Name, d.TenantID, d.ClientID, d.RedirectHost = "Support", v.TenantID, v.ClientID, v.RedirectHost
	if err := b.PutSecret(t.Context(), d.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	session, err := b.SignIn(t.Context(), d, false)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	in, err := session.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.SignedIn(t.Context(), d, in); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSignInTestSaveRemove(t *testing.T) {
	v := newBench(t, "").tenant.Values()
	b := newBench(t, v.Address)
	ctx := t.Context()
	d := b.signedIn(t)
	if d.Mailbox.Address != v.Address || d.Account == nil || d.Account.TenantID != v.TenantID {
		t.Fatalf("after the sign-in: %+v %+v", d.Mailbox, d.Account)
	}
	c, err := b.Save(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	stored := len(b.vault.given)
	for range 2 {
		res, findings := b.Test(ctx, c, nil)
		if !res.OK() || len(findings) > 0 {
			t.Fatalf("%+v\n%v", res, findings)
		}
		if err := b.Record(ctx, c.ID, res, findings); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.vault.given) != stored {
		t.Error("a test renewed the token although the one from the sign-in still lasts")
	}
	saved, err := b.Store.Connection(ctx, c.ID)
	if err != nil || saved.LastTest == nil || !saved.LastTest.OK || saved.LastTest.LastOK.IsZero() {
		t.Fatalf("recorded: %+v, %v", saved.LastTest, err)
	}

	// A failure keeps when it last worked, and tells when only a new sign-in helps.
	b.tenant.Break(practice.FaultSignInRevoked)
	b.Workbench = &wizard.Workbench{Catalog: b.Catalog, Store: b.Store, Vault: b.vault, Roots: b.Roots} // a later start: no token in memory
	res, findings := b.Test(ctx, saved, nil)
	if res.OK() || len(findings) == 0 || findings[0].ID != "sign-in-expired" {
		t.Fatalf("%+v\n%v", res, findings)
	}
	if err := b.Record(ctx, c.ID, res, findings); err != nil {
		t.Fatal(err)
	}
	saved, _ = b.Store.Connection(ctx, c.ID)
	if saved.LastTest.OK || saved.LastTest.LastOK.IsZero() || saved.SignInEnded.IsZero() {
		t.Errorf("recorded: %+v, sign-in ended %v", saved.LastTest, saved.SignInEnded)
	}
	if _, err := b.vault.Get(ctx, store.RefreshTokenKey(c.ID)); err != nil {
		t.Errorf("the refused refresh token was thrown away: %v", err)
	}

	if err := b.Remove(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{store.RefreshTokenKey(c.ID), store.ClientSecretKey(c.ID)} {
		if _, err := b.vault.Get(ctx, key); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s is left in the keyring: %v", key, err)
		}
	}
	if left, _ := b.Store.Connections(ctx); len(left) != 0 {
		t.Errorf("%d connections are left", len(left))
	}
}

func TestDropDraftSparesASavedConnection(t *testing.T) {
	v := newBench(t, "").tenant.Values()
	b := newBench(t, v.Address)
	ctx := t.Context()
	d := b.signedIn(t)
	c, err := b.Save(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	edit, err := b.Edit(ctx, c.ID)
	if err != nil || !edit.HasSecret || !edit.SignedIn() {
		t.Fatalf("edit: %+v, %v", edit, err)
	}
	if err := b.SaveDraft(ctx, edit); err != nil {
		t.Fatal(err)
	}
	if err := b.DropDraft(ctx, edit.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Secret(ctx, c.ID); err != nil {
		t.Errorf("the saved connection lost its secret with its draft: %v", err)
	}
	other := b.NewDraft()
	if err := b.PutSecret(ctx, other.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	if err := b.DropDraft(ctx, other.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Secret(ctx, other.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a dropped draft left its secret: %v", err)
	}
}

// TestNoSecretIsWritten plants known values, works with them, and searches all
// that was written.
func TestNoSecretIsWritten(t *testing.T) {
	v := newBench(t, "").tenant.Values()
	b := newBench(t, v.Address)
	ctx := t.Context()
	d := b.signedIn(t)
	d.ClientID = b.tenant.Values().ClientSecret.Reveal() // into the wrong field
	if err := b.SaveDraft(ctx, d); err != nil {
		t.Fatal(err)
	}
	d.ClientID = v.ClientID
	c, err := b.Save(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	again := b.NewDraft()
	again.MailDomain = b.tenant.Values().ClientSecret.Reveal()
	if err := b.SaveDraft(ctx, again); err != nil {
		t.Fatal(err)
	}
	for _, f := range append([]practice.Fault{""}, practice.FaultSecretWrong, practice.FaultFewerScopes, practice.FaultSMTPTenantOff, practice.FaultGarbage) {
		b.tenant.Heal()
		if f != "" {
			b.tenant.Break(f)
		}
		b.Workbench = &wizard.Workbench{Catalog: b.Catalog, Store: b.Store, Vault: b.vault, Roots: b.Roots, Log: b.Log}
		test, cancel := context.WithTimeout(ctx, 5*time.Second)
		res, findings := b.Test(test, c, nil)
		cancel()
		if err := b.Record(ctx, c.ID, res, findings); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.vault.given) < 3 {
		t.Fatalf("only %d secrets were seen", len(b.vault.given))
	}
	files := 0
	err = filepath.WalkDir(b.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		b.search(t, path, data)
		return err
	})
	if err != nil || files < 2 {
		t.Fatalf("%d files, %v", files, err)
	}
	if b.log.Len() == 0 {
		t.Error("nothing was logged")
	}
	b.search(t, "the log", b.log.Bytes())
}

func (b *bench) search(t *testing.T, where string, data []byte) {
	t.Helper()
	for _, secret := range b.vault.given {
		if v := secret.Reveal(); bytes.Contains(data, []byte(v)) || bytes.Contains(data, []byte(v[:min(24, len(v))])) {
			t.Errorf("%s holds a secret", where)
		}
	}
}
