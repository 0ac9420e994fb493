package wizard_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
)

// connected returns a bench with a saved connection over IMAP and SMTP.
func connected(t *testing.T) (*bench, store.Connection) {
	t.Helper()
	b := newBench(t, "")
	b.OpenBrowser = func(_ context.Context, url string) error {
		go func() { _, _ = b.tenant.Browse(context.Background(), url, b.tenant.Values().Address) }()
		return nil
	}
	d := b.signedIn(t)
	d.SecretExpires = b.tenant.Values().SecretExpires
	c, err := b.Save(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

// secretOf is the client secret that the connection uses now, as a later start sees it.
func (b *bench) secretOf(t *testing.T, id string) oauth.Secret {
	t.Helper()
	c, err := b.Store.Connection(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	later := b.later()
	secret, err := later.SecretOf(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// later is the workbench of a later start.
func (b *bench) later() *wizard.Workbench {
	return &wizard.Workbench{
		Catalog: b.Catalog, Store: b.Store, Vault: b.vault, Roots: b.Roots, Log: b.Log, OpenBrowser: b.OpenBrowser, Practice: true,
	}
}

// works fails unless a later start sends and receives with the connection.
func (b *bench) works(t *testing.T, id string) {
	t.Helper()
	c, err := b.Store.Connection(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if res, findings := b.later().Test(t.Context(), c, nil); !res.OK() {
		t.Fatalf("the connection does not work: %v", findings)
	}
}

// newSecret adds a second secret at the tenant.
func (b *bench) newSecret(delay time.Duration) (practice.AppSecret, wizard.Credential) {
	s := b.tenant.AddSecret(time.Now().AddDate(1, 0, 0), delay)
	return s, wizard.Credential{Secret: s.Value, Expires: store.DateOf(s.Ends)}
}

// unclaimed fails when something was left over.
func (b *bench) unclaimed(t *testing.T) {
	t.Helper()
	if claims, err := b.Store.Claims(t.Context()); err != nil || len(claims) != 0 {
		t.Errorf("left over: %+v, %v", claims, err)
	}
}

func TestRotate(t *testing.T) {
	b, c := connected(t)
	added, next := b.newSecret(0)
	var steps []wizard.RotateStep
	hops := 0
	rotated, err := b.Rotate(t.Context(), c.ID, next, func(e wizard.RotateEvent) {
		if e.Check != nil {
			hops++
		}
		if e.Status == check.OK {
			steps = append(steps, e.Step)
		}
		// Until the test has passed the old secret is the one in use.
		if e.Step != wizard.RotateRemove && !b.secretOf(t, c.ID).Equal(b.tenant.Values().ClientSecret) {
			t.Errorf("the old secret is not in use at step %s", e.Step)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 4 || hops < 10 {
		t.Errorf("steps %v, %d events of the test", steps, hops)
	}
	saved, _ := b.Store.Connection(t.Context(), c.ID)
	if rotated.SecretExpires != next.Expires || saved.SecretExpires != next.Expires || saved.CredentialSlot == c.CredentialSlot {
		t.Errorf("recorded: %+v", saved)
	}
	if saved.LastTest == nil || !saved.LastTest.OK {
		t.Errorf("the test is not recorded: %+v", saved.LastTest)
	}
	if _, err := b.vault.Get(t.Context(), store.ClientSecretKey(c.ID)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the old secret is still in the keyring: %v", err)
	}
	b.unclaimed(t)
	b.tenant.RemoveSecret(b.tenant.Values().SecretID)
	b.works(t, c.ID)
	if !b.secretOf(t, c.ID).Equal(added.Value) {
		t.Error("another secret is in use")
	}
	// Somebody who still has the record of before finds the new secret.
	if old, err := b.SecretOf(t.Context(), c); err != nil || !old.Equal(added.Value) {
		t.Errorf("with the old record: %v", err)
	}
}

// A new secret that Entra does not know yet: it is asked again, and says so.
func TestRotateWaits(t *testing.T) {
	b, c := connected(t)
	_, next := b.newSecret(1500 * time.Millisecond)
	b.SecretWithin = 8 * time.Second
	waited := 0
	if _, err := b.Rotate(t.Context(), c.ID, next, func(e wizard.RotateEvent) {
		if e.Status == check.Waiting {
			waited++
			if e.Step != wizard.RotateAccept || e.Tries != waited || !e.Next.After(time.Now()) || e.Until.Before(e.Next) || e.Err == nil {
				t.Errorf("%+v", e)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if waited == 0 {
		t.Error("it did not say that it waits")
	}
	b.works(t, c.ID)
}

// Whatever goes wrong leaves the connection as it was, with the finding.
func TestRotateFails(t *testing.T) {
	b, c := connected(t)
	b.SecretWithin = time.Second
	old := b.tenant.Values().ClientSecret
	_, right := b.newSecret(0)
	expired := b.tenant.AddSecret(time.Now().AddDate(0, 0, -1), 0)
	for name, tc := range map[string]struct {
		next    wizard.Credential
		fault   practice.Fault
		step    wizard.RotateStep
		finding string
		err     error
	}{
		"never works":     {next: wizard.Credential{Secret: b.tenant.AddSecret(time.Now().AddDate(1, 0, 0), time.Hour).Value}, step: wizard.RotateAccept, finding: "secret-wrong"},
		"expired":         {next: wizard.Credential{Secret: expired.Value}, step: wizard.RotateAccept, finding: "secret-expired"},
		"an id":           {next: wizard.Credential{Secret: oauth.NewSecret("6f1f2f7a-3c1d-4c52-9d5b-2f6e3f8f1a10")}, step: wizard.RotateAccept, finding: "secret-is-id"},
		"the same":        {next: wizard.Credential{Secret: old}, step: wizard.RotateAccept, err: wizard.ErrSameCredential},
		"throttled":       {next: right, fault: practice.FaultThrottledSignIn, step: wizard.RotateAccept, finding: "service-busy"},
		"sign-in ended":   {next: right, fault: practice.FaultSignInRevoked, step: wizard.RotateAccept, finding: "sign-in-expired"},
		"mail is refused": {next: right, fault: practice.FaultSMTPTenantOff, step: wizard.RotateTest, finding: "smtp-auth-disabled-tenant", err: wizard.ErrTestFailed},
		"certificate":     {next: wizard.Credential{Certificate: certificate(t)}, step: wizard.RotateAccept, finding: "certificate-wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			defer b.tenant.Heal()
			if tc.fault != "" {
				b.tenant.Break(tc.fault)
			}
			before, _ := b.Store.Connection(t.Context(), c.ID)
			var last wizard.RotateEvent
			_, err := b.Rotate(t.Context(), c.ID, tc.next, func(e wizard.RotateEvent) { last = e })
			var why *wizard.RotateError
			if !errors.As(err, &why) || why.Step != tc.step || len(why.Findings) == 0 || tc.err != nil && !errors.Is(err, tc.err) {
				t.Fatalf("%v", err)
			}
			if tc.finding != "" && why.Findings[0].ID != tc.finding {
				t.Errorf("finding %s, want %s", why.Findings[0].ID, tc.finding)
			}
			if last.Status != check.Failed || last.Step != tc.step {
				t.Errorf("last event %+v", last)
			}
			after, _ := b.Store.Connection(t.Context(), c.ID)
			if !sameJSON(t, before, after) {
				t.Errorf("the record changed: %+v", after)
			}
			b.unclaimed(t)
			b.tenant.Heal()
			b.works(t, c.ID)
			if !b.secretOf(t, c.ID).Equal(old) {
				t.Error("the secret changed")
			}
		})
	}
}

func TestRotateCancelled(t *testing.T) {
	b, c := connected(t)
	for _, at := range wizard.RotateSteps()[:3] {
		_, next := b.newSecret(0)
		if at == wizard.RotateAccept {
			_, next = b.newSecret(time.Hour) // it waits
		}
		ctx, cancel := context.WithCancel(t.Context())
		var stopped time.Time
		_, err := b.Rotate(ctx, c.ID, next, func(e wizard.RotateEvent) {
			if stopped.IsZero() && e.Step == at && (e.Status == check.Waiting || at != wizard.RotateAccept) {
				stopped = time.Now()
				cancel()
			}
		})
		cancel()
		var why *wizard.RotateError
		if !errors.Is(err, context.Canceled) || !errors.As(err, &why) || len(why.Findings) != 0 {
			t.Fatalf("at %s: %v", at, err)
		}
		if took := time.Since(stopped); took > 20*time.Second { // it would wait for two minutes
			t.Errorf("at %s it took %s to stop", at, took)
		}
		b.unclaimed(t)
		if !b.secretOf(t, c.ID).Equal(b.tenant.Values().ClientSecret) {
			t.Errorf("at %s the secret changed", at)
		}
	}
	b.works(t, c.ID)
}

// From the secret to a certificate, to another one, and back.
func TestRotateCertificate(t *testing.T) {
	b, c := connected(t)
	for range 2 {
		cert := certificate(t)
		if err := b.tenant.AddCertificate(cert.DER()); err != nil {
			t.Fatal(err)
		}
		got, err := b.Rotate(t.Context(), c.ID, wizard.Credential{Certificate: cert}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Certificate == nil || got.Certificate.Thumbprint != cert.Thumbprint() || got.SecretExpires.IsZero() {
			t.Errorf("recorded: %+v", got.Certificate)
		}
		b.works(t, c.ID)
		b.unclaimed(t)
	}
	_, next := b.newSecret(0)
	got, err := b.Rotate(t.Context(), c.ID, next, nil)
	if err != nil || got.Certificate != nil {
		t.Fatalf("%+v, %v", got.Certificate, err)
	}
	b.works(t, c.ID)
	b.unclaimed(t)
}

// certificate makes one that the tenant does not know yet.
func certificate(t *testing.T) *oauth.Certificate {
	t.Helper()
	cert, err := oauth.NewCertificate("Postkey", time.Now(), 365*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// The application's own tokens prove its secret too.
func TestRotateAppOnly(t *testing.T) {
	b := newBench(t, "")
	v := b.tenant.Values()
	d := b.NewDraft()
	d.SetMode(wizard.ModeAppOnly)
	d.Name, d.TenantID, d.ClientID, d.ServicePrincipalID = "App", v.TenantID, v.AppClientID, v.ServicePrincipalID
	d.Protocols, d.Mailbox.Address, d.SecretExpires = []string{wizard.ProtocolIMAP, wizard.ProtocolSMTP}, v.Address, v.SecretExpires
	if err := b.PutSecret(t.Context(), d.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	if err := b.AppToken(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	c, err := b.Save(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	_, next := b.newSecret(0)
	if _, err := b.Rotate(t.Context(), c.ID, next, nil); err != nil {
		t.Fatal(err)
	}
	b.tenant.RemoveSecret(v.SecretID)
	b.works(t, c.ID)
	b.unclaimed(t)
}

// A rotation of a public client has nothing to rotate; one of a connection that
// is not there is told as such.
func TestRotateNothing(t *testing.T) {
	b, c := connected(t)
	if _, err := b.Rotate(t.Context(), "none", wizard.Credential{}, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := b.Store.Update(t.Context(), c.ID, func(c *store.Connection) error { c.Platform = wizard.PlatformDesktop; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Rotate(t.Context(), c.ID, wizard.Credential{}, nil); !errors.Is(err, wizard.ErrNoCredential) {
		t.Errorf("%v", err)
	}
}
