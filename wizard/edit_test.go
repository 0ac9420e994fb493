package wizard_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// signInAs signs a user of the tenant in with the values of d.
func (b *bench) signInAs(t *testing.T, d *wizard.Draft, user string, confirmed bool) error {
	t.Helper()
	b.OpenBrowser = func(_ context.Context, url string) error {
		go func() { _, _ = b.tenant.Browse(context.Background(), url, user) }()
		return nil
	}
	session, err := b.SignIn(t.Context(), d, true)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	in, err := session.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b.SignedInAs(t.Context(), d, in, confirmed)
}

func (b *bench) edit(t *testing.T, id string) *wizard.Draft {
	t.Helper()
	d, err := b.Edit(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What a draft of a saved connection stores is its own until it is saved.
func TestEditLeavesWhatWorks(t *testing.T) {
	b, c := connected(t)
	ctx := t.Context()
	old := b.tenant.Values().ClientSecret
	d := b.edit(t, c.ID)
	if err := b.PutSecret(ctx, d.ID, oauth.NewSecret("wrong-but-long-enough-to-be-tried-1234567")); err != nil {
		t.Fatal(err)
	}
	if !b.secretOf(t, c.ID).Equal(old) {
		t.Fatal("the secret of a draft is in use")
	}
	b.works(t, c.ID)
	if got, err := b.Secret(ctx, d.ID); err != nil || got.Equal(old) {
		t.Errorf("the draft does not see its own secret: %v", err)
	}
	before, _ := b.Store.Connection(ctx, c.ID)
	var refused *oauth.Error
	if _, err := b.Save(ctx, d); !errors.As(err, &refused) || refused.Code() != 7000215 {
		t.Fatalf("saved with a wrong secret: %v", err)
	}
	if after, _ := b.Store.Connection(ctx, c.ID); !sameJSON(t, before, after) {
		t.Errorf("the record changed: %+v", after)
	}
	if err := b.DropDraft(ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	b.unclaimed(t)
	b.works(t, c.ID)
	if got, err := b.Secret(ctx, d.ID); err != nil || !got.Equal(old) {
		t.Errorf("after the draft is dropped: %v", err)
	}
}

// A right secret takes effect when the draft is saved, and the old one goes.
func TestEditSecret(t *testing.T) {
	b, c := connected(t)
	added, next := b.newSecret(0)
	d := b.edit(t, c.ID)
	d.SecretExpires = next.Expires.String()
	if err := b.PutSecret(t.Context(), d.ID, added.Value); err != nil {
		t.Fatal(err)
	}
	saved, err := b.Save(t.Context(), d)
	if err != nil || saved.Draft || saved.SecretExpires != next.Expires {
		t.Fatalf("%+v, %v", saved, err)
	}
	b.tenant.RemoveSecret(b.tenant.Values().SecretID)
	b.works(t, c.ID)
	b.unclaimed(t)
	if _, err := b.vault.Get(t.Context(), store.ClientSecretKey(c.ID)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the old secret is still there: %v", err)
	}
}

// Other values need a sign-in of their own before they replace what works.
func TestEditNeedsSignIn(t *testing.T) {
	b, c := connected(t)
	v := b.tenant.Values()
	d := b.edit(t, c.ID)
	d.ClientID, d.Audience = v.MultiTenantClientID, oauth.AudienceMulti
	if _, err := b.Save(t.Context(), d); !errors.Is(err, wizard.ErrSignInFirst) {
		t.Fatalf("saved without a sign-in: %v", err)
	}
	b.works(t, c.ID)
	if err := b.signInAs(t, d, v.Address, false); err != nil {
		t.Fatal(err)
	}
	b.works(t, c.ID) // with the old values still
	if now, _ := b.Store.Connection(t.Context(), c.ID); now.ClientID != v.ClientID || now.SignInSlot != c.SignInSlot {
		t.Errorf("the sign-in of a draft is in use: %+v", now)
	}
	saved, err := b.Save(t.Context(), d)
	if err != nil || saved.ClientID != v.MultiTenantClientID || saved.SignInSlot == c.SignInSlot {
		t.Fatalf("%+v, %v", saved, err)
	}
	b.works(t, c.ID)
	b.unclaimed(t)
	if _, err := b.vault.Get(t.Context(), c.RefreshKey()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the old refresh token is still there: %v", err)
	}
}

// A change that is nobody's to prove is saved as it is.
func TestEditName(t *testing.T) {
	b, c := connected(t)
	d := b.edit(t, c.ID)
	d.Name, d.SecretExpires = "Another name", "2030-01-01"
	saved, err := b.Save(t.Context(), d)
	if err != nil || saved.Name != "Another name" || saved.CredentialSlot != c.CredentialSlot {
		t.Fatalf("%+v, %v", saved, err)
	}
	b.works(t, c.ID)
}

// From a secret to a certificate in the wizard.
func TestEditCertificate(t *testing.T) {
	b, c := connected(t)
	cert := certificate(t)
	if err := b.tenant.AddCertificate(cert.DER()); err != nil {
		t.Fatal(err)
	}
	d := b.edit(t, c.ID)
	d.Certificate = &store.Certificate{Thumbprint: cert.Thumbprint(), NotAfter: cert.NotAfter()}
	if err := b.PutCertificate(t.Context(), d.ID, cert); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Certificate(t.Context(), d.ID); err != nil || !got.Equal(cert) {
		t.Fatalf("read back: %v", err)
	}
	saved, err := b.Save(t.Context(), d)
	if err != nil || saved.Certificate == nil || saved.SecretExpires != store.DateOf(cert.NotAfter().UTC()) {
		t.Fatalf("%+v, %v", saved, err)
	}
	b.tenant.RemoveSecret(b.tenant.Values().SecretID)
	b.works(t, c.ID)
	b.unclaimed(t)
}

// A connection that was rotated while a draft of it was open keeps its new end.
func TestEditAfterRotation(t *testing.T) {
	b, c := connected(t)
	d := b.edit(t, c.ID)
	d.Name = "Another name"
	_, next := b.newSecret(0)
	if _, err := b.Rotate(t.Context(), c.ID, next, nil); err != nil {
		t.Fatal(err)
	}
	saved, err := b.Save(t.Context(), d)
	if err != nil || saved.Name != "Another name" || saved.SecretExpires != next.Expires {
		t.Fatalf("%+v, %v", saved, err)
	}
	b.works(t, c.ID)
}

// The same where it was rotated to a certificate: neither an old record nor the
// draft needs the secret that is gone.
func TestEditAfterRotationToCertificate(t *testing.T) {
	b, c := connected(t)
	d := b.edit(t, c.ID)
	d.Name = "Another name"
	cert := certificate(t)
	if err := b.tenant.AddCertificate(cert.DER()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Rotate(t.Context(), c.ID, wizard.Credential{Certificate: cert}, nil); err != nil {
		t.Fatal(err)
	}
	if res, findings := b.later().Test(t.Context(), c, nil); !res.OK() {
		t.Errorf("with the record of before: %v", findings)
	}
	saved, err := b.Save(t.Context(), d)
	if err != nil || saved.Name != "Another name" || saved.Certificate == nil {
		t.Fatalf("%+v, %v", saved, err)
	}
	b.works(t, c.ID)
	b.unclaimed(t)
}

// Removing a connection takes the draft of it along, with what that has stored.
func TestRemoveWithDraft(t *testing.T) {
	b, c := connected(t)
	d := b.edit(t, c.ID)
	if err := errors.Join(b.PutSecret(t.Context(), d.ID, oauth.NewSecret("of-a-draft-1234567890-1234567890-12345")), b.SaveDraft(t.Context(), d)); err != nil {
		t.Fatal(err)
	}
	if err := b.Remove(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	b.unclaimed(t)
	if drafts, err := b.Drafts(t.Context()); err != nil || len(drafts) != 0 {
		t.Errorf("%d drafts, %v", len(drafts), err)
	}
	if _, err := b.Secret(t.Context(), c.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a secret is left: %v", err)
	}
}

// Sign in again: the same account mends the connection at once, whether the
// draft is saved or not; another one is refused until it is confirmed.
func TestSignInAgain(t *testing.T) {
	b, c := connected(t)
	v := b.tenant.Values()
	b.tenant.RevokeSignIns()
	d := b.edit(t, c.ID)
	given := len(b.vault.given)
	var other *wizard.OtherAccountError
	err := b.signInAs(t, d, v.Delegate, false)
	if !errors.As(err, &other) || !strings.EqualFold(other.Expected, v.Address) || !strings.EqualFold(other.Got, v.Delegate) {
		t.Fatalf("another account: %v", err)
	}
	if len(b.vault.given) != given {
		t.Error("something of another account was stored")
	}
	if err := b.signInAs(t, d, v.Address, false); err != nil {
		t.Fatal(err)
	}
	b.works(t, c.ID)
	b.unclaimed(t)

	if err := b.signInAs(t, d, v.Delegate, true); err != nil {
		t.Fatal(err)
	}
	if now, _ := b.Store.Connection(t.Context(), c.ID); !strings.EqualFold(now.Account.Username, v.Address) {
		t.Errorf("another account replaced the one in use before it was saved: %+v", now.Account)
	}
	b.works(t, c.ID)
	d.Mailbox.Address = v.Delegate
	saved, err := b.Save(t.Context(), d)
	if err != nil || !strings.EqualFold(saved.Account.Username, v.Delegate) {
		t.Fatalf("%+v, %v", saved.Account, err)
	}
	b.works(t, c.ID)
	b.unclaimed(t)
}

// A mailbox that was changed to another user's names the account that is meant.
func TestSignInAsTheNewMailbox(t *testing.T) {
	b, c := connected(t)
	d := b.edit(t, c.ID)
	d.Mailbox.Address = b.tenant.Values().Delegate
	if err := b.signInAs(t, d, d.Mailbox.Address, false); err != nil {
		t.Fatal(err)
	}
}

// A folder in which nothing can be written: nothing changes, and it is said.
func TestRotateReadOnly(t *testing.T) {
	b, c := connected(t)
	_, next := b.newSecret(0)
	b.Store.UseDisk(readOnly{})
	_, err := b.Rotate(t.Context(), c.ID, next, nil)
	var why *wizard.RotateError
	if !errors.Is(err, syscall.EROFS) || !errors.As(err, &why) || why.Step != wizard.RotateStore {
		t.Fatalf("%v", err)
	}
	if err := b.PutSecret(t.Context(), c.ID, next.Secret); !errors.Is(err, syscall.EROFS) {
		t.Errorf("%v", err)
	}
	b.Store.UseDisk(store.SystemDisk())
	b.works(t, c.ID)
	b.unclaimed(t)
}

// readOnly is a disk on which nothing can be written.
type readOnly struct{}

func (readOnly) Create(string, string) (store.File, error) { return nil, syscall.EROFS }
func (readOnly) Replace(string, string) error              { return syscall.EROFS }
func (readOnly) Remove(string) error                       { return syscall.EROFS }
func (readOnly) MakeDir(string) error                      { return syscall.EROFS }

// A draft of a connection that was saved while the clock was ahead stays at the
// next start, although by the clock of now it is the older one; and one that was
// saved goes, although the clock was set back before that.
func TestDraftsOutliveAClockThatIsSetBack(t *testing.T) {
	b, c := connected(t)
	ctx := t.Context()
	d := b.edit(t, c.ID)
	b.Now = func() time.Time { return time.Now().Add(-24 * time.Hour) }
	d.Name = "Typed after the clock was set right"
	for range 2 {
		if err := b.SaveDraft(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	b.Close()
	if err := b.later().Recover(ctx); err != nil {
		t.Fatal(err)
	}
	drafts, err := b.Drafts(ctx)
	if err != nil || len(drafts) != 1 || drafts[0].Name != d.Name {
		t.Fatalf("%d drafts are left, %v", len(drafts), err)
	}
	record, err := b.Store.Drafts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Save(ctx, drafts[0]); err != nil {
		t.Fatal(err)
	}
	if err := b.Store.PutDraft(ctx, record[0]); err != nil { // as if the process had ended before it was deleted
		t.Fatal(err)
	}
	if err := b.later().Recover(ctx); err != nil {
		t.Fatal(err)
	}
	if left, err := b.Drafts(ctx); err != nil || len(left) != 0 {
		t.Errorf("%d drafts that were saved are left, %v", len(left), err)
	}
}

// What another process is at work with, and what a draft has stored, stays at a
// start; what is left of a process that is gone goes.
func TestRecover(t *testing.T) {
	b, c := connected(t)
	ctx := t.Context()
	if err := b.PutSecret(ctx, c.ID, oauth.NewSecret("of-a-draft-that-is-not-on-file-1234567890")); err != nil {
		t.Fatal(err)
	}
	other := b.later()
	if err := other.Recover(ctx); err != nil {
		t.Fatal(err)
	}
	if claims, _ := b.Store.Claims(ctx); len(claims) != 1 {
		t.Fatalf("a living process lost its claim: %+v", claims)
	}
	d := b.edit(t, c.ID)
	if err := b.SaveDraft(ctx, d); err != nil {
		t.Fatal(err)
	}
	b.Close()
	if err := other.Recover(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := other.Secret(ctx, c.ID); err != nil || got.Equal(b.tenant.Values().ClientSecret) {
		t.Fatalf("a draft on file lost its secret: %v", err)
	}
	if err := b.Store.DeleteDraft(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if err := other.Recover(ctx); err != nil {
		t.Fatal(err)
	}
	b.unclaimed(t)
	b.works(t, c.ID)
}
