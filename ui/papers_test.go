package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// saves presses a button, accepts the proposed name, and returns what was written.
func (d *desk) saves(button, name string) string {
	d.t.Helper()
	dir := d.t.TempDir()
	d.app.settings.SaveFolder = dir
	d.press(button)
	path := filepath.Join(dir, name)
	var entry *widgets.Entry
	d.until("the dialog is there", func() bool {
		entry, _ = d.app.window.Canvas().Focused().(*widgets.Entry)
		return entry != nil && d.app.window.Canvas().Overlays().Top() != nil
	})
	if entry.Text != name {
		d.t.Errorf("%s proposes %q", button, entry.Text)
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.until("it is said where it was saved", func() bool { return d.reads(path) })
	data, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, secret := range d.bench.Secrets(d.t.Context(), d.flow.draft.ID) {
		if strings.Contains(string(data), secret.Reveal()) {
			d.t.Errorf("%s holds a secret", name)
		}
	}
	return string(data)
}

func TestHandoverSavesWhatOutlivesIt(t *testing.T) {
	d := newDesk(t)
	draft, _ := d.openHandover()
	d.mustRead("Postkey's redirect URI", "http://localhost/postkey serves Postkey's sign-in alone")
	sheet := d.saves("Save hand-over sheet…", "Support inbox - hand-over.html")
	for _, want := range []string{"Support inbox: hand-over", d.values.ClientID, "http://localhost/postkey"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %q", want)
		}
	}
	d.mustRead("The hand-over sheet is saved", "Open")
	day := strings.ReplaceAll(draft.SecretExpires, "-", "")
	file := d.saves("Add to calendar (.ics)", "Support inbox - client secret expires.ics")
	if !strings.Contains(file, "DTSTART;VALUE=DATE:"+day+"\r\n") || !strings.Contains(file, "UID:"+draft.ID) {
		t.Errorf("the calendar entry is\n%s", file)
	}
	values := d.saves("Save values…", "Support inbox - values.json")
	read, err := wizard.ReadValues(strings.NewReader(strings.ReplaceAll(values, practice.CloudID, "worldwide")), d.bench.Catalog)
	if err != nil || len(read) != 1 || read[0].ClientID != draft.ClientID {
		t.Errorf("the values are read as %+v, %v", read, err)
	}
}

func TestHandoverOpensWhatItSaved(t *testing.T) {
	d := newDesk(t)
	opened := make(chan string, 1)
	d.app.opts.OpenURL = func(address string) error {
		opened <- address
		return nil
	}
	d.openHandover()
	d.saves("Save hand-over sheet…", "Support inbox - hand-over.html")
	d.press("Open")
	if got := <-opened; !strings.HasPrefix(got, "file:///") || !strings.HasSuffix(got, "/Support%20inbox%20-%20hand-over.html") {
		t.Errorf("opened %q", got)
	}
}

func TestHandoverOffersWhatThereIs(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		change   func(*wizard.Draft)
		calendar bool
	}{
		{func(*wizard.Draft) {}, true},
		{func(w *wizard.Draft) { w.SecretExpires = "" }, false},
		{func(w *wizard.Draft) { w.SecretExpires = "2020-01-01" }, false},
		{func(w *wizard.Draft) { w.Platform = wizard.PlatformDesktop }, false},
	} {
		draft := d.draft()
		c.change(draft)
		d.open(draft, wizard.StepHandover)
		d.mustRead("Save hand-over sheet…", "Save values…")
		if d.reads("Add to calendar") != c.calendar {
			t.Errorf("%q, %s: the calendar is offered: %v", draft.SecretExpires, draft.Platform, !c.calendar)
		}
	}
}

func TestSavingSaysWhatFailed(t *testing.T) {
	d := newDesk(t)
	d.openHandover()
	if os.Getuid() == 0 {
		// Root may write everywhere, but not below a device.
		d.app.settings.SaveFolder = "/proc"
	} else {
		d.app.settings.SaveFolder = "/"
	}
	d.press("Save values…")
	d.app.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.until("it is said", func() bool { return d.reads("The file could not be saved") })
}

func TestTheTestPageSavesAReport(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	d.open(draft, wizard.StepTest)
	if d.reads("Save report…") {
		t.Error("a report is offered before there is a test")
	}
	d.tenant.Break(practice.FaultSMTPMailboxOff)
	d.tested("Send test message")
	page := d.saves("Save report…", "Support inbox - test report.html")
	for _, want := range []string{"The test failed.", "SmtpClientAuthentication is disabled for the Mailbox", "Set-CASMailbox", "XOAUTH2", d.values.TenantID} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	d.mustRead("The report is saved")
	d.open(draft, wizard.StepTest) // from the draft alone
	page = d.saves("Save report…", "Support inbox - test report.html")
	if !strings.Contains(page, "Set-CASMailbox") {
		t.Error("the report of a remembered test has no finding")
	}
	d.tenant.Heal()
	d.tested("Test again")
	if d.reads("The report is saved") {
		t.Error("the note of the earlier report stays")
	}
	d.saves("Save report…", "Support inbox - test report.html")
}

func TestHomeSavesFiles(t *testing.T) {
	r := newRig(t, rigOptions{})
	dir := t.TempDir()
	c := someConnections(r.clock)[0]
	must(t, r.bench.Store.Put(t.Context(), c))
	r.Show()
	r.settings.SaveFolder = dir
	for _, save := range []func(store.Connection){r.saveValues, r.saveSheet} {
		save(c)
		r.press(fyne.KeyReturn)
		r.until("it is said", func() bool { return strings.Contains(r.texts(), dir) && strings.Contains(r.texts(), "Close") })
		r.button("Close").Tapped(nil)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("saved %v, %v", entries, err)
	}
}
