package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// practiceRotation is a saved and signed-in connection of the practice tenant,
// with Home shown.
func practiceRotation(t *testing.T) (*rig, store.Connection) {
	t.Helper()
	r := newRig(t, rigOptions{practice: true})
	r.opts.Practice.NewSecret = func(store.Connection) (oauth.Secret, string) {
		made := r.tenant.AddSecret(r.clock.AddDate(0, 12, 0), 0)
		return made.Value, store.DateOf(made.Ends).String()
	}
	d := r.signedIn(wizard.StepHandover, false)
	d.SecretExpires = store.DateOf(r.clock).String()
	c, err := r.bench.Save(t.Context(), d)
	must(t, err)
	r.Show()
	r.until("Home shows the connection", func() bool { return strings.Contains(r.texts(), "Support inbox") })
	return r, c
}

// atRotation opens the change of the secret from Home.
func (r *rig) atRotation() *rotatePage {
	r.t.Helper()
	r.button("Update").Tapped(nil)
	s, ok := r.screen.(*rotateScreen)
	if !ok {
		r.t.Fatalf("the screen is %T", r.screen)
	}
	return s.page.(*rotatePage)
}

// TestRotateFromTheWarningOnHome goes the whole way with the keyboard: the new
// secret is proven, stored and handed over, and the old one is gone.
func TestRotateFromTheWarningOnHome(t *testing.T) {
	r, c := practiceRotation(t)
	p := r.atRotation()
	r.sees("The old one keeps working until the new one has been proven.")
	made := r.tenant.AddSecret(r.clock.AddDate(0, 12, 0), 0)
	r.typeIn(made.Value.Reveal())
	r.press(fyne.KeyReturn)
	r.typeIn(store.DateOf(made.Ends).String())
	r.press(fyne.KeyReturn)
	if p.stop == nil {
		t.Fatalf("Return in the last field did not begin: %q, %q", p.value.Problem().Text, p.expires.Problem().Text)
	}
	r.until("the product is to be told", func() bool { return p.screen.at == rotateDone })
	r.sees("Enter the new secret in XCALLY Motion")
	r.sees("Update Client Secret")
	r.seesNot(made.Value.Reveal())

	now, err := r.bench.Store.Connection(t.Context(), c.ID)
	must(t, err)
	if got := now.SecretExpires.String(); got != store.DateOf(made.Ends).String() {
		t.Errorf("the secret ends on %s", got)
	}
	kept, err := r.bench.Secret(t.Context(), c.ID)
	must(t, err)
	if !kept.Equal(made.Value) {
		t.Error("the keyring does not hold the new secret")
	}
	r.button("Done").Tapped(nil)
	r.until("Home is shown", func() bool { _, ok := r.screen.(*home); return ok })
}

// TestRotateRefusesTheSecretID: the ID beside the value is known before anything is asked.
func TestRotateRefusesTheSecretID(t *testing.T) {
	r, _ := practiceRotation(t)
	p := r.atRotation()
	r.typeIn("0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22")
	r.button("Prove and replace").Tapped(nil)
	if p.stop != nil {
		t.Fatal("it was tried")
	}
	r.sees("Secret ID")
}

// TestRotateFails: a secret that Microsoft refuses leaves everything as it was,
// says so, and can be corrected.
func TestRotateFails(t *testing.T) {
	r, c := practiceRotation(t)
	p := r.atRotation()
	expired := r.tenant.AddSecret(r.clock.AddDate(0, 0, -1), 0)
	p.value.SetText(expired.Value.Reveal())
	p.expires.SetText(store.DateOf(r.clock).AddMonths(6).String())
	r.button("Prove and replace").Tapped(nil)
	r.until("it ends", func() bool { return p.stop == nil })
	r.sees("Nothing has been replaced")
	r.sees("exactly as it was")
	if p.screen.at != rotateNew || p.list.lines[wizard.RotateAccept].sign.State() != widgets.HopFailed {
		t.Errorf("the rail is at %d, the first step at %v", p.screen.at, p.list.lines[wizard.RotateAccept].sign.State())
	}
	kept, err := r.bench.Secret(t.Context(), c.ID)
	must(t, err)
	if !kept.Equal(r.opts.Practice.Secret) {
		t.Error("the keyring does not hold the old secret any more")
	}
	r.button("Use practice value").Tapped(nil)
	r.button("Prove and replace").Tapped(nil)
	r.until("the second one is in use", func() bool { return p.screen.at == rotateDone })
}

// TestRotateWaitsAndIsCancelled: while Microsoft does not know the new secret
// yet the page says so and counts, and Escape leaves everything as it was.
func TestRotateWaitsAndIsCancelled(t *testing.T) {
	r, _ := practiceRotation(t)
	p := r.atRotation()
	late := r.tenant.AddSecret(r.clock.AddDate(0, 12, 0), time.Hour)
	p.value.SetText(late.Value.Reveal())
	p.expires.SetText(store.DateOf(late.Ends).String())
	r.button("Prove and replace").Tapped(nil)
	r.until("it waits", func() bool { return strings.Contains(r.texts(), "Asked again in") })
	r.press(fyne.KeyEscape)
	r.until("it has stopped", func() bool { return p.stop == nil })
	r.sees("Cancelled")
	r.sees("exactly as it was")
}

// TestRotateToACertificate: the key pair is made here, its public part is
// registered, and from then on no secret is in use.
func TestRotateToACertificate(t *testing.T) {
	r, c := practiceRotation(t)
	p := r.atRotation()
	p.kind.Choose(kindCertificate)
	r.seesNot("New client secret (Value)")
	p.certificate.make.Tapped(nil)
	r.until("the certificate is made", func() bool { return p.certificate.made != nil })
	r.sees(p.certificate.made.Thumbprint())
	must(t, r.tenant.AddCertificate(p.certificate.made.DER()))
	r.button("Prove and replace").Tapped(nil)
	r.until("it is in use", func() bool { return p.screen.at == rotateDone })
	now, err := r.bench.Store.Connection(t.Context(), c.ID)
	must(t, err)
	if now.Certificate == nil || now.Certificate.Thumbprint != p.certificate.made.Thumbprint() {
		t.Errorf("the record has %+v", now.Certificate)
	}
	if _, err := r.bench.Secret(t.Context(), c.ID); err == nil {
		t.Error("the keyring still holds a secret")
	}
}

// TestRotateByScript: the script adds a secret and removes none; what it
// printed fills value and date, and the old one goes by its key id at the end.
func TestRotateByScript(t *testing.T) {
	r, c := practiceRotation(t)
	p := r.atRotation()
	r.button("Use a script instead").Tapped(nil)
	if text := p.script.script.area.Text(); !strings.Contains(text, c.ClientID) || !strings.Contains(text, "append") {
		t.Fatalf("the script is\n%s", text)
	}
	p.expires.SetText("2027-02-03")
	if text := p.script.script.area.Text(); !strings.Contains(text, "2027-02-03") {
		t.Error("the script does not follow the day that is typed")
	}
	p.script.takeText(`{"client_id": "` + c.TenantID + `", "secret": "practice~abcdefghijklmnopqrstuvwxyz012345", "secret_expires": "2027-05-21"}`)
	r.sees("This output belongs to the registration")
	made := r.tenant.AddSecret(r.clock.AddDate(0, 6, 0), 0)
	p.script.takeText(`{"appId": "` + c.ClientID + `", "password": "` + made.Value.Reveal() + `", "tenant": "` + c.TenantID + `"}`)
	p.script.takeText(`{"client_id": "` + c.ClientID + `", "secret": "` + made.Value.Reveal() + `", "secret_expires": "2027-05-21"}`)
	if p.expires.Text() != "2027-05-21" {
		t.Errorf("the day is %q", p.expires.Text())
	}
	r.button("Prove and replace").Tapped(nil)
	r.until("it is in use", func() bool { return p.screen.at == rotateDone })
	remove := newRemoveScript(p.screen)
	if !strings.Contains(remove.list.area.Text(), c.ClientID) || strings.Contains(remove.remove.area.Text(), c.ClientID) {
		t.Errorf("before the ID: %q, %q", remove.list.area.Text(), remove.remove.area.Text())
	}
	remove.key.SetText(r.tenant.Values().SecretID)
	if text := remove.remove.area.Text(); !strings.Contains(text, r.tenant.Values().SecretID) {
		t.Errorf("the command is %q", text)
	}
}
