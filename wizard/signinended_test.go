package wizard_test

import (
	"testing"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
)

// TestWhatEndsASignIn: only a refresh token that Entra refuses marks the sign-in
// as ended, and no failure whatever takes the token or the secret away.
func TestWhatEndsASignIn(t *testing.T) {
	v := newBench(t, "").tenant.Values()
	b := newBench(t, v.Address)
	ctx := t.Context()
	c, err := b.Save(ctx, b.signedIn(t))
	if err != nil {
		t.Fatal(err)
	}
	kept := func(key string) string {
		t.Helper()
		value, err := b.vault.Get(ctx, key)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		return value.Reveal()
	}
	refresh, secret := kept(c.RefreshKey()), kept(c.SecretKey())
	for fault, ended := range map[practice.Fault]bool{
		practice.FaultSignInExpired:   true,
		practice.FaultSignInRevoked:   true,
		practice.FaultSignInFrequency: true,
		practice.FaultConsentMissing:  false,
		practice.FaultInteraction:     false,
		practice.FaultSecretWrong:     false,
		practice.FaultSecretExpired:   false,
		practice.FaultThrottledSignIn: false,
		practice.FaultSignInDown:      false,
		practice.FaultAppDisabled:     false,
	} {
		b.tenant.Break(fault)
		// A later start: no token in memory.
		b.Workbench = &wizard.Workbench{Catalog: b.Catalog, Store: b.Store, Vault: b.vault, Roots: b.Roots}
		res, findings := b.Test(ctx, c, nil)
		if res.OK() || len(findings) == 0 {
			t.Errorf("%s: the test passed", fault)
		}
		if err := b.Record(ctx, c.ID, res, findings); err != nil {
			t.Fatal(err)
		}
		saved, err := b.Store.Update(ctx, c.ID, func(c *store.Connection) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if saved.SignInEnded.IsZero() == ended {
			t.Errorf("%s: ended %v, finding %s", fault, !saved.SignInEnded.IsZero(), findings[0].ID)
		}
		if kept(c.RefreshKey()) != refresh || kept(c.SecretKey()) != secret {
			t.Errorf("%s: what was stored is gone", fault)
		}
		b.tenant.Heal()
		if res, findings = b.Test(ctx, c, nil); !res.OK() {
			t.Fatalf("after %s: %v", fault, findings)
		}
		if err := b.Record(ctx, c.ID, res, findings); err != nil {
			t.Fatal(err)
		}
		if saved, _ = b.Store.Connection(ctx, c.ID); !saved.SignInEnded.IsZero() {
			t.Errorf("%s: still ended after a test that passed", fault)
		}
		refresh = kept(c.RefreshKey())
	}
}
