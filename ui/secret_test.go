package ui

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

const plantedSecret = "PLANTED~secret.value-0123456789abcdefghij"

func storeAccount(tenant string, granted ...string) store.Account {
	return store.Account{Username: "andrea@contoso.com", TenantID: tenant, Granted: granted}
}

// silentServer accepts connections and never answers.
func silentServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
		}
	}()
	return "http://" + l.Addr().String()
}

func TestSecretStep(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepSecret)
	d.SecretExpires = ""
	f := r.wizard(d)
	p := f.page.(*secretPage)
	if !p.value.Entry.Password {
		t.Fatal("the value can be read")
	}
	f.next()
	r.wantStep(wizard.StepSecret)
	for typed, says := range map[string]string{
		"0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22": "Secret ID",
		"has a space in it and is long enough": "space",
		"abc":                                  "characters",
	} {
		r.focusOnField(p.value)
		r.typeIn(typed)
		f.next()
		r.wantStep(wizard.StepSecret)
		if got := p.value.Problem().Text; !strings.Contains(got, says) {
			t.Errorf("%q: says %q", typed, got)
		}
	}
	test.Tap(p.reveal)
	if p.value.Entry.Password {
		t.Error("Reveal does not reveal")
	}
	r.focusOnField(p.value)
	r.typeIn(plantedSecret)
	if p.value.Problem().Text != "" {
		t.Errorf("still says %q", p.value.Problem().Text)
	}
	r.press(fyne.KeyReturn)
	r.typeIn("21.5.2027")
	f.next()
	r.wantStep(wizard.StepSecret)
	if p.expires.Problem().Text == "" || p.expires.Problem().Warning {
		t.Error("a date in another form is accepted")
	}
	test.Tap(r.button("12 months"))
	if d.SecretExpires != "2027-11-22" || !p.expires.Problem().Warning {
		t.Errorf("expires %q, says %+v", d.SecretExpires, p.expires.Problem())
	}
	f.next()
	r.until("the secret is stored", func() bool { return f.draft.Step == wizard.StepPermissions })
	if p.value.Text() != "" || !f.secret.IsZero() {
		t.Error("the value is still in the window")
	}
	stored, err := r.bench.Secret(context.Background(), d.ID)
	must(t, err)
	if !stored.Equal(oauth.NewSecret(plantedSecret)) {
		t.Error("the keyring holds something else")
	}
	f.back()
	r.sees("Kept in the keyring")
	f.next()
	r.wantStep(wizard.StepPermissions)
	f.back()
	test.Tap(r.button("Replace…"))
	r.typeIn("Another~secret.value-0123456789abcdefghij")
	f.next()
	r.until("the new secret is stored", func() bool { return f.draft.Step == wizard.StepPermissions })
	stored, err = r.bench.Secret(context.Background(), d.ID)
	must(t, err)
	if !strings.HasPrefix(stored.Reveal(), "Another") {
		t.Error("the old secret is still there")
	}
	r.noneOnDisk(plantedSecret, "Another~secret")
}

// noneOnDisk proves that no file below the data folder holds one of the words.
func (r *rig) noneOnDisk(words ...string) {
	r.t.Helper()
	r.settled()
	files := 0
	must(r.t, filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, word := range words {
			if strings.Contains(string(data), word) {
				r.t.Errorf("%s holds %q", path, word)
			}
		}
		return err
	}))
	if files == 0 {
		r.t.Error("nothing was written at all")
	}
}

func TestSecretIsKeptOnTheWayBack(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepSecret)
	f := r.wizard(d)
	r.typeIn("too short") // wrong: stays in the window alone
	f.back()
	f.next()
	r.wantStep(wizard.StepSecret)
	if got := f.page.(*secretPage).value.Text(); got != "too short" {
		t.Errorf("kept %q", got)
	}
	r.typeIn(plantedSecret)
	r.chord(fyne.KeyModifierAlt, fyne.KeyLeft)
	r.settled()
	if !d.HasSecret || !f.secret.IsZero() {
		t.Error("a right value is not stored when the page is left")
	}
	r.noneOnDisk(plantedSecret, "too short")
}

// refusing is a keyring that takes nothing.
type refusing struct{ store.Vault }

func (refusing) Set(context.Context, string, oauth.Secret) error {
	return errors.Join(store.ErrKeyringLocked, errors.New("prompt dismissed"))
}

// waiting is a keyring that waits for its owner.
type waiting struct{ store.Vault }

func (waiting) Set(ctx context.Context, _ string, _ oauth.Secret) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestStoringCanBeCancelled(t *testing.T) {
	r := newRig(t, rigOptions{vault: waiting{store.NewMemory()}})
	f := r.wizard(r.atStep(wizard.StepSecret))
	for name, stop := range map[string]func(){
		"Escape": func() { r.press(fyne.KeyEscape) },
		"Cancel": func() { test.Tap(r.button("Cancel")) },
	} {
		p := f.page.(*secretPage)
		r.focusOnField(p.value)
		r.typeIn(plantedSecret)
		f.next()
		r.until("the seconds are counted", func() bool { return strings.HasPrefix(f.shell.bar.primary.Text(), "Storing · ") })
		stop()
		r.until("it is over", func() bool { return f.shell.bar.primary.Text() == "Continue" })
		r.wantStep(wizard.StepSecret)
		if p.value.Text() != plantedSecret || p.failure.Visible() {
			t.Errorf("%s: what was typed is lost, or called a failure", name)
		}
	}
	p := f.page.(*secretPage)
	p.value.SetText("") // so that closing does not wait for the keyring
	f.secret = oauth.Secret{}
}

func TestKeyringThatRefuses(t *testing.T) {
	r := newRig(t, rigOptions{vault: refusing{store.NewMemory()}})
	f := r.wizard(r.atStep(wizard.StepSecret))
	r.typeIn(plantedSecret)
	f.next()
	p := f.page.(*secretPage)
	r.until("the refusal is shown", func() bool { return p.failure.Visible() })
	r.wantStep(wizard.StepSecret)
	if p.value.Text() != plantedSecret {
		t.Error("what was typed is lost")
	}
	test.Tap(r.button("Keep in memory until Postkey closes"))
	r.until("the next page", func() bool { return f.draft.Step == wizard.StepPermissions })
	r.noneOnDisk(plantedSecret)
}
