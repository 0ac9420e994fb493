package ui

import (
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// atCertificate is step 4 of a new draft of the practice tenant, with a
// certificate chosen.
func atCertificate(t *testing.T, o rigOptions) (*rig, *secretPage) {
	t.Helper()
	o.practice = true
	r := newRig(t, o)
	v := r.opts.Practice
	d := wizard.NewDraft(r.clock)
	d.Name, d.Cloud, d.TenantID, d.ClientID = "Support inbox", practice.CloudID, v.TenantID, v.ClientID
	d.RedirectHost, d.Step = v.RedirectHost, wizard.StepSecret
	d.Mailbox = store.Mailbox{Key: "SUPPO", Address: v.Address}
	r.wizard(d)
	p := r.flow().page.(*secretPage)
	p.kind.Choose(kindCertificate)
	return r, p
}

func (r *rig) makeCertificate(p *secretPage) *oauth.Certificate {
	r.t.Helper()
	r.button("Make a certificate").Tapped(nil)
	r.until("it is made and in the keyring", func() bool { return p.certificate.part.made != nil && p.stop == nil })
	return p.certificate.part.made
}

// TestCertificateInStepFour goes from the choice to a saved connection that has
// no secret anywhere: the private key is in the keyring from the moment it is
// made, the sign-in and the test run with it, and it is there after a restart.
func TestCertificateInStepFour(t *testing.T) {
	r, p := atCertificate(t, rigOptions{})
	f := r.flow()
	for _, text := range []string{
		"Microsoft advises certificates over client secrets.", "XCALLY Motion needs a client secret of its own",
		"The private key stays on this computer",
	} {
		r.sees(text)
	}
	r.seesNot("Client secret (Value)")
	r.button("Continue").Tapped(nil)
	r.wantStep(wizard.StepSecret)
	r.sees("Make a certificate first")

	made := r.makeCertificate(p)
	r.sees(made.Thumbprint())
	r.seesNot("Client secret\nKept in the OS keyring") // the rail calls the step Certificate
	r.button("Upload it to the practice tenant").Tapped(nil)
	r.sees("The practice tenant knows this certificate now")
	kept, err := r.bench.Certificate(t.Context(), f.draft.ID)
	must(t, err)
	if !kept.Equal(made) {
		t.Error("the keyring does not hold the certificate")
	}
	r.button("Continue").Tapped(nil)
	r.until("the next step is open", func() bool { return f.draft.Step == wizard.StepPermissions })

	d := r.saved(f.draft.ID) // as after a restart
	if d.Certificate == nil || d.Certificate.Thumbprint != made.Thumbprint() || !d.Done(wizard.StepSecret, f.context) {
		t.Fatalf("the draft has %+v", d.Certificate)
	}
	d.Step = wizard.StepSecret
	r.wizard(d)
	again := r.flow().page.(*secretPage)
	r.until("it is shown again", func() bool { return again.certificate.kept != nil })
	r.sees(made.Thumbprint())

	r.browseAs(r.opts.Practice.Address)
	r.flow().open(wizard.StepSignIn)
	in := r.flow().page.(*signInPage)
	r.button("Sign in with Microsoft").Tapped(nil)
	r.until("the sign-in is done", func() bool { return in.state == signInDone })
	r.flow().open(wizard.StepHandover)
	r.sees("The certificate expires on 22 November 2027")
	r.seesNot("from the keyring")
	r.button("Save connection").Tapped(nil)
	r.until("it is saved", func() bool { _, ok := r.screen.(*home); return ok })
	c := r.stored(d.ID)
	if res, found := r.bench.Test(t.Context(), c, nil); !res.OK() {
		t.Errorf("the test: %v", found)
	}
	if _, err := r.bench.SecretOf(t.Context(), c); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a secret: %v", err)
	}
	r.noneOnDisk("PRIVATE KEY", "MII")
}

// TestSecretAfterAll: the choice can be taken back and forth, and what is
// entered last counts.
func TestSecretAfterAll(t *testing.T) {
	r, p := atCertificate(t, rigOptions{})
	d := r.flow().draft
	made := r.makeCertificate(p)
	p.kind.Choose(kindSecret)
	r.sees("Client secret (Value)")
	if d.Certificate != nil || d.Done(wizard.StepSecret, r.flow().context) {
		t.Fatal("the step counts as done without a secret")
	}
	p.kind.Choose(kindCertificate)
	if d.Certificate == nil || d.Certificate.Thumbprint != made.Thumbprint() {
		t.Fatal("the certificate is forgotten")
	}
	p.kind.Choose(kindSecret)
	r.window.Canvas().Focus(p.value.Entry)
	r.typeIn(r.opts.Practice.Secret.Reveal())
	p.expires.SetText(r.opts.Practice.SecretExpires)
	r.button("Continue").Tapped(nil)
	r.until("the next step is open", func() bool { return d.Step == wizard.StepPermissions })
	if d.Certificate != nil || !d.HasSecret {
		t.Errorf("certificate %v, secret %v", d.Certificate, d.HasSecret)
	}
}

// TestCertificateThatTheKeyringRefuses: the page says why, and the memory takes it.
func TestCertificateThatTheKeyringRefuses(t *testing.T) {
	r, p := atCertificate(t, rigOptions{vault: refusing{store.NewMemory()}})
	r.button("Make a certificate").Tapped(nil)
	r.until("it is refused", func() bool { return strings.Contains(r.texts(), "Keep in memory until Postkey closes") })
	d := r.flow().draft
	if d.Certificate != nil {
		t.Fatal("the draft has a certificate that is nowhere")
	}
	r.press(fyne.KeyReturn) // the focus is on keeping it in memory
	r.until("the next step is open", func() bool { return d.Step == wizard.StepPermissions })
	if d.Certificate == nil || d.Certificate.Thumbprint != p.certificate.part.made.Thumbprint() {
		t.Errorf("the draft has %+v", d.Certificate)
	}
}

// TestEditToACertificate: of a saved connection the certificate takes the
// secret's place only when Microsoft accepts it.
func TestEditToACertificate(t *testing.T) {
	r, c := practiceRotation(t)
	r.home().shownCards[0].edit(wizard.StepSecret)
	r.until("the wizard opens", func() bool { _, ok := r.screen.(*flow); return ok })
	f := r.flow()
	p := f.page.(*secretPage)
	p.kind.Choose(kindCertificate)
	made := r.makeCertificate(p)
	f.open(wizard.StepHandover)
	r.button("Save connection").Tapped(nil)
	r.until("it is refused", func() bool { return strings.Contains(r.texts(), "The connection was not saved") })
	r.sees("as it was")
	now := r.stored(c.ID)
	if _, err := r.bench.SecretOf(t.Context(), now); err != nil || now.Certificate != nil {
		t.Fatalf("replaced without a proof: %+v, %v", now, err)
	}
	must(t, r.tenant.AddCertificate(made.DER()))
	r.button("Save connection").Tapped(nil)
	r.until("it is saved", func() bool { _, ok := r.screen.(*home); return ok })
	now = r.stored(c.ID)
	if now.Certificate == nil || now.Certificate.Thumbprint != made.Thumbprint() {
		t.Errorf("the record has %+v", now.Certificate)
	}
	if _, err := r.bench.SecretOf(t.Context(), now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a secret is left: %v", err)
	}
	r.bench.ForgetTokens()
	if res, found := r.bench.Test(t.Context(), now, nil); !res.OK() {
		t.Errorf("the test: %v", found)
	}
}
