package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// waits stands in for the timer of the clipboard: the test says when time passes.
type waits struct {
	pending []func()
	asked   []time.Duration
}

func (w *waits) after(d time.Duration, f func()) {
	w.asked = append(w.asked, d)
	w.pending = append(w.pending, f)
}

func (w *waits) pass() {
	for _, f := range w.pending {
		f()
	}
	w.pending = nil
}

// row finds the Copy button in the row that begins with the label.
func (d *desk) row(label string) *widgets.Button {
	d.t.Helper()
	var found *widgets.Button
	here := false
	d.seen(func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widgets.Text:
			if found == nil && o.Text() == label {
				here = true
			}
		case *widgets.Button:
			if here && found == nil {
				found = o
			}
		}
	})
	if found == nil {
		d.t.Fatalf("no row %q: %s", label, strings.Join(d.shown(), " | "))
	}
	return found
}

func (d *desk) copySecret() {
	d.t.Helper()
	d.row("Client Secret").Tapped(nil)
	d.until("the secret is on the clipboard", func() bool { return d.clipboard() == d.values.ClientSecret.Reveal() })
}

func (d *desk) openHandover() (*wizard.Draft, *waits) {
	d.t.Helper()
	draft := d.draft()
	draft.Mailbox.Address = d.values.Address
	w := &waits{}
	d.app.clip.after = w.after
	d.open(draft, wizard.StepHandover)
	return draft, w
}

func TestHandoverShowsTheProductsFields(t *testing.T) {
	d := newDesk(t)
	d.openHandover()
	d.mustRead("Enter these values in XCALLY Motion", "Cloud Providers", "Name", "Service", "Type",
		"Application Id", "Tenant Id", "Client Secret", "Redirect URI", d.values.ClientID, d.values.TenantID, "SUPPO",
		"(from the keyring)")
	labels := d.shown()
	var order []string
	for _, label := range []string{"Name", "Service", "Type", "Application Id", "Tenant Id", "Client Secret", "Redirect URI"} {
		if i := slices.Index(labels, label); i >= 0 {
			order = append(order, label)
			labels = labels[i:]
		}
	}
	if len(order) != 7 {
		t.Errorf("XCALLY's order ends after %v", order)
	}
	d.row("Application Id").Tapped(nil)
	if d.clipboard() != d.values.ClientID {
		t.Errorf("Copy gives %q", d.clipboard())
	}
	for _, text := range d.shown() {
		if strings.Contains(text, d.values.ClientSecret.Reveal()) {
			t.Fatal("the client secret is shown")
		}
	}
}

func TestHandoverClearsTheClipboardOfTheSecret(t *testing.T) {
	d := newDesk(t)
	_, w := d.openHandover()
	d.copySecret()
	if !slices.Equal(w.asked, []time.Duration{time.Minute}) {
		t.Fatalf("the clipboard is cleared after %v", w.asked)
	}
	d.mustRead("The clipboard is cleared in 60 s")
	for _, text := range d.shown() {
		if strings.Contains(text, d.values.ClientSecret.Reveal()) {
			t.Fatal("the client secret is shown")
		}
	}
	w.pass()
	if d.clipboard() != "" {
		t.Error("the clipboard still holds the secret")
	}
	d.mustRead("The clipboard was cleared.")
}

func TestHandoverLeavesWhatWasCopiedSince(t *testing.T) {
	d := newDesk(t)
	_, w := d.openHandover()
	d.copySecret()
	d.app.fyne.Clipboard().SetContent("a shopping list")
	w.pass()
	if d.clipboard() != "a shopping list" {
		t.Errorf("the clipboard holds %q", d.clipboard())
	}
}

func TestHandoverCountsFromTheNewestCopy(t *testing.T) {
	d := newDesk(t)
	_, w := d.openHandover()
	d.copySecret()
	first := w.pending
	w.pending = nil
	d.row("Application Id").Tapped(nil)
	d.copySecret()
	for _, f := range first {
		f()
	}
	if d.clipboard() != d.values.ClientSecret.Reveal() {
		t.Error("the time of the first copy cleared the second one")
	}
	w.pass()
	if d.clipboard() != "" {
		t.Error("the clipboard still holds the secret")
	}
}

func TestClosingClearsTheClipboardOfTheSecret(t *testing.T) {
	d := newDesk(t)
	d.openHandover()
	d.copySecret()
	d.app.Quit()
	d.until("the clipboard is cleared", func() bool { return d.clipboard() == "" })
}

func TestHandoverSaysThatTheSecretIsNotThere(t *testing.T) {
	d := newDesk(t)
	draft, _ := d.openHandover()
	if err := d.bench.Vault.Delete(t.Context(), store.ClientSecretKey(draft.ID)); err != nil {
		t.Fatal(err)
	}
	d.app.fyne.Clipboard().SetContent("before")
	d.row("Client Secret").Tapped(nil)
	d.until("it is said", func() bool { return d.reads("The client secret is not in the keyring") })
	if d.clipboard() != "before" {
		t.Error("the clipboard was changed")
	}
}

func TestHandoverSavesTheConnection(t *testing.T) {
	d := newDesk(t)
	draft, _ := d.openHandover()
	d.press("Save connection")
	d.until("Home is shown", func() bool { _, home := d.app.screen.(*home); return home })
	d.app.saver.wait()
	c, err := d.bench.Store.Connection(t.Context(), draft.ID)
	if err != nil || c.ClientID != d.values.ClientID {
		t.Errorf("the connection is %+v, %v", c, err)
	}
	if drafts, err := d.bench.Drafts(t.Context()); err != nil || len(drafts) != 0 {
		t.Errorf("drafts left: %v, %v", drafts, err)
	}
}

func TestHandoverSaysWhyItCannotSave(t *testing.T) {
	d := newDesk(t)
	draft, _ := d.openHandover()
	draft.SecretExpires = "soon" // as nothing but a values file can bring it here
	d.press("Save connection")
	d.until("it is said", func() bool { return !d.flow.page.(*handoverPage).saving && d.flow.page.(*handoverPage).said.Visible() })
	if _, err := d.bench.Store.Connection(t.Context(), draft.ID); err == nil {
		t.Error("the connection was saved")
	}
	d.button("Save connection")
}

func TestHandoverWithoutASecret(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	draft.Platform = wizard.PlatformDesktop
	d.open(draft, wizard.StepHandover)
	if d.reads("Client Secret") || d.reads("expires") {
		t.Error("a registration without a secret is asked for one")
	}
}

func TestExpiryCard(t *testing.T) {
	d := newDesk(t)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		expires string
		want    []string
	}{
		{"2027-05-21", []string{"The client secret expires on 21 May 2027", "in 180 days"}},
		{"2026-11-23", []string{"in 1 day"}},
		{"2026-11-22", []string{"today"}},
		{"2026-11-21", []string{"The client secret expired on 21 November 2026", "Make a new secret"}},
		{"", []string{"When does the client secret expire?"}},
	} {
		day, err := store.ParseDate(c.expires)
		if err != nil {
			t.Fatal(err)
		}
		d.app.window.SetContent(expiryCard(store.Connection{Platform: wizard.PlatformWeb, SecretExpires: day}, now))
		d.mustRead(c.want...)
	}
}

// A value that fits on a line stands on one, with Copy right behind it.
func TestValuesDoNotWrapForNothing(t *testing.T) {
	test.NewTempApp(t)
	for _, value := range []string{"Outlook365", "Support inbox", "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11", "offline_access"} {
		text := widgets.NewMono(value)
		row := valueWithCopy(text, widgets.NewCopy(nil))
		row.Resize(fyne.NewSize(600, 40))
		one := widgets.NewText(value, widgets.Style{Size: widgets.SizeSmall, Mono: true, OneLine: true})
		if got, want := text.MinSize().Height, one.MinSize().Height; got != want {
			t.Errorf("%q is %v high, and one line is %v", value, got, want)
		}
	}
}
