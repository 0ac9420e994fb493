package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/handover"
)

// speak lets the windows of this test speak a language.
func speak(t *testing.T, tag string) {
	t.Helper()
	t.Cleanup(func() { useLanguage("") })
	useLanguage(tag)
	if currentLanguage() != tag {
		t.Fatalf("the window speaks %q, not %q", currentLanguage(), tag)
	}
}

// englishOnly are the texts that stand for something else in the language.
func englishOnly(t *testing.T, tag string) map[string]string {
	t.Helper()
	english, err := assets.Messages("en")
	must(t, err)
	other, err := assets.Messages(tag)
	must(t, err)
	only, shared := make(map[string]string), make(map[string]bool)
	for _, raw := range other {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			shared[text] = true // Account and Token are Italian too
		}
	}
	for key, raw := range english {
		var text string
		if json.Unmarshal(raw, &text) == nil && !strings.Contains(text, "{{") && !shared[text] {
			only[text] = key
		}
	}
	return only
}

// shotItalian looks at the smallest window, where texts are cut first, and for
// pictures at the usual one too.
func (r *rig) shotItalian(name string) {
	r.t.Helper()
	if os.Getenv("POSTKEY_SHOTS") != "" {
		r.shot(name, windowSizes[""])
	}
	r.shot(name+"-small", windowSizes["-small"])
}

// Every page in Italian: nothing sticks out, nothing is English.
// POSTKEY_SHOTS takes the pictures.
func TestLookInItalian(t *testing.T) {
	t.Cleanup(func() { useLanguage("") })
	english := englishOnly(t, "it")
	r := newRig(t, rigOptions{practice: true, prepare: func(w *wizard.Workbench) {
		must(t, w.Store.PutSettings(context.Background(), store.Settings{Language: "it"}))
	}})
	look := func(name string) {
		t.Helper()
		r.shotItalian("it-" + name)
		for _, line := range strings.Split(r.texts(), "\n") {
			if key := english[line]; key != "" {
				t.Errorf("%s: %q (%s) is English", name, line, key)
			}
		}
	}
	delete(english, "English") // in Settings each language has its own name
	r.Show()
	r.until("Home is there", func() bool { return len(r.home().cards.Objects) == 1 })
	look("home-empty")
	for _, c := range someConnections(r.clock) {
		c.Name = strings.ReplaceAll(c.Name, "Support inbox", "Assistenza")
		must(t, r.bench.Store.Put(context.Background(), c))
	}
	draft := r.atStep(wizard.StepRedirect)
	draft.Name = "Assistenza"
	must(t, r.bench.SaveDraft(context.Background(), draft))
	r.home().load()
	r.until("the cards are there", func() bool { return len(r.home().shownCards) == 4 })
	look("home")
	r.home().shownCards[0].askRemove()
	look("home-remove")
	r.press(fyne.KeyEscape)
	r.show(newSettings(r.App))
	look("settings")
	for _, shared := range []bool{false, true} {
		kind := map[bool]string{false: "", true: "-shared"}[shared]
		for _, s := range r.atStep(wizard.StepHandover).Steps() {
			d := r.atStep(s.ID)
			d.Name, d.Shared, d.Mailbox.Name, d.Mailbox.Key = "Posta assistenza", shared, "Assistenza", "SUPPO"
			d.Mailbox.Address = "support@contoso.com"
			if shared {
				d.Mailbox.Delegate = "andrea@contoso.com"
			}
			c, _ := d.Connection()
			for _, section := range handover.Sections(r.bench.Catalog, c) {
				for _, f := range section.Fields {
					delete(english, f.Label) // the product's own words
				}
			}
			r.wizard(d)
			look(string(s.ID) + kind)
			r.flow().next()
			r.settled()
			if r.flow().draft.Step == s.ID {
				look(string(s.ID) + kind + "-checked")
			}
		}
	}
}

// What a few pages show only sometimes, in Italian.
func TestLookOfMoreInItalian(t *testing.T) {
	english := englishOnly(t, "it")
	r := newRig(t, rigOptions{practice: true})
	speak(t, "it")
	look := func(name string) {
		t.Helper()
		r.shotItalian("it-more-" + name)
		for _, line := range strings.Split(r.texts(), "\n") {
			if key := english[line]; key != "" {
				t.Errorf("%s: %q (%s) is English", name, line, key)
			}
		}
	}
	signedIn := func(step wizard.StepID) *wizard.Draft {
		d := r.atStep(step)
		d.Name, d.Mailbox.Address = "Posta assistenza", "support@contoso.com"
		d.SetAccount(store.Account{Username: "support@contoso.com", TenantID: d.TenantID, At: r.clock, Granted: []string{
			"https://outlook.office.com/SMTP.Send", "offline_access",
		}})
		return d
	}
	for _, step := range []wizard.StepID{wizard.StepPermissions, wizard.StepSignIn, wizard.StepMailbox} {
		r.wizard(signedIn(step))
		look("signed-in-" + string(step))
	}
	d := r.atStep(wizard.StepApplication)
	d.Cloud, d.Name = "custom", ""
	r.wizard(d).next()
	look("custom")
	d = signedIn(wizard.StepRegistration)
	d.TenantID, d.ClientID = "8f1c0b52-77aa-4d5e-9a35", "{8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10}"
	r.wizard(d).next()
	look("wrong")
	d = signedIn(wizard.StepSecret)
	d.HasSecret, d.SecretExpires = true, "2029-05-01"
	r.wizard(d).next()
	look("kept")
	f := r.wizard(signedIn(wizard.StepRegistration))
	f.openScript()
	look("script")
}

// A failed test in Italian: hops, notes and the finding with its steps.
func TestLookOfFindingInItalian(t *testing.T) {
	english := englishOnly(t, "it")
	r := newRig(t, rigOptions{})
	speak(t, "it")
	d := r.atStep(wizard.StepTest)
	d.Name, d.Mailbox.Address, d.Protocols = "Posta assistenza", "support@contoso.com", []string{"imap", "pop", "smtp"}
	f := r.wizard(d)
	p := f.page.(*testPage)
	p.plan()
	legs := p.legs
	for i := range legs {
		for k := range legs[i].Hops {
			h := &legs[i].Hops[k]
			h.Status, h.Took = check.OK, 38*time.Millisecond
			switch {
			case h.Name == check.Open:
				h.Text = check.Text(check.Open, "1,204 mails")
			case h.Name == check.Send:
				h.Status, h.Err, h.Server = check.Failed, errors.New("no"), "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
			}
		}
	}
	finding := r.bench.Explain(p.conn, check.SMTP, check.Auth, errors.New(legs[2].Hops[4].Server))
	p.outcome = &testOutcome{legs: legs, at: r.clock, took: 1400 * time.Millisecond}
	p.outcome.findings = append(p.outcome.findings, finding)
	for i, v := range p.views {
		v.show(p, legs[i])
	}
	p.showBelow()
	r.sees("1.204 messaggi")
	r.sees("SMTP AUTH è disattivato per questa cassetta postale")
	for suffix, size := range map[string]fyne.Size{"": {Width: 1040, Height: 1000}, "-small": {Width: 900, Height: 1000}} {
		r.shot("it-finding"+suffix, size)
	}
	for _, line := range strings.Split(r.texts(), "\n") {
		if key := english[line]; key != "" {
			t.Errorf("%q (%s) is English", line, key)
		}
	}
}

// Settings: chosen by keyboard, seen at once, kept on the disk, there at the next start.
func TestSettings(t *testing.T) {
	t.Cleanup(func() { useLanguage("") })
	r := newRig(t, rigOptions{})
	r.Show()
	r.until("Home is there", func() bool { return len(r.home().cards.Objects) == 1 })
	test.Tap(r.button("Settings"))
	r.sees("Language")
	r.press(fyne.KeyDown) // English
	r.press(fyne.KeyDown) // Italiano
	r.sees("Lingua")
	r.seesNot("Appearance")
	s := r.screen.(*settings)
	if s.language.Selected() != "it" || r.window.Canvas().Focused() != fyne.Focusable(s.language) {
		t.Error("the focus is not on the language that was chosen")
	}
	r.press(fyne.KeyTab)
	r.press(fyne.KeyDown)
	r.press(fyne.KeyDown)
	if v := r.fyne.Settings().Theme().Color(widgets.ColorPage, theme.VariantLight); v != widgets.NewTheme().Color(widgets.ColorPage, theme.VariantDark) {
		t.Errorf("the theme is not dark: %v", v)
	}
	page := string(r.bench.CallbackPage(oauth.LandingDone, ""))
	if !strings.Contains(page, `lang="it"`) || !strings.Contains(page, "chiudere questa finestra") {
		t.Errorf("the browser's page is not Italian:\n%s", page)
	}
	if got := lang.L("Paste"); got != "Incolla" {
		t.Errorf("Fyne's own words are not Italian: %q", got)
	}
	// The log, Open folder, Copy and Forget everything come before Done.
	for _, key := range []fyne.KeyName{fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyReturn} {
		r.press(key)
	}
	if _, ok := r.screen.(*home); !ok {
		t.Fatalf("Done leads to %T", r.screen)
	}
	r.until("Home is there in Italian", func() bool { return strings.Contains(r.texts(), "Connessioni") })
	r.settled()
	kept, err := r.bench.Store.Settings(context.Background())
	must(t, err)
	if kept.Language != "it" || kept.Theme != themeDark {
		t.Errorf("kept %+v", kept)
	}

	useLanguage("")
	again := newRig(t, rigOptions{dir: r.dir})
	again.Show()
	again.sees("Connessioni")
	if again.settings != kept {
		t.Errorf("started with %+v", again.settings)
	}
	test.Tap(again.button("Impostazioni"))
	again.screen.(*settings).language.Choose("")
	again.sees("Settings")
	if got := lang.L("Paste"); got != "Paste" {
		t.Errorf("Fyne's own words stay Italian: %q", got)
	}
	again.press(fyne.KeyEscape)
	again.until("Home is there in English", func() bool { return strings.Contains(again.texts(), "Connections") })
}

// What else is in the file of settings stays there; what cannot be kept is said.
func TestSettingsKeepTheRest(t *testing.T) {
	t.Cleanup(func() { useLanguage("") })
	r := newRig(t, rigOptions{dir: filepath.Join(t.TempDir(), "data")})
	must(t, r.bench.Store.PutSettings(context.Background(), store.Settings{Width: 1200, Debug: true}))
	r.show(newSettings(r.App))
	r.screen.(*settings).theme.Choose(themeLight)
	r.settled()
	kept, err := r.bench.Store.Settings(context.Background())
	must(t, err)
	if kept != (store.Settings{Theme: themeLight, Width: 1200, Debug: true}) {
		t.Errorf("kept %+v", kept)
	}
	r.seesNot("could not be kept")
	must(t, os.RemoveAll(r.dir))
	must(t, os.WriteFile(r.dir, nil, 0o600))
	r.screen.(*settings).theme.Choose(themeDark)
	r.settled()
	r.sees("could not be kept")
	r.shot("settings-failed", windowSizes["-small"])
}

// A language of the wizard changes under an open page, which keeps what was typed.
func TestLanguageUnderOpenPage(t *testing.T) {
	t.Cleanup(func() { useLanguage("") })
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRegistration))
	f.draft.ClientID = "typed"
	useLanguage("it")
	r.rebuild()
	r.sees("Registrare l'applicazione")
	if f.page == nil || f.draft.ClientID != "typed" {
		t.Error("the page was lost")
	}
	test.Tap(f.shell.bar.back)
	if f.draft.Step != wizard.StepApplication {
		t.Errorf("Back led to %s", f.draft.Step)
	}
}

// Whatever the system speaks, each language can be chosen, and the system's again.
func TestLanguageOnEachSystem(t *testing.T) {
	look := func() {
		languages.locale = ""
		must(t, lang.AddTranslationsForLocale([]byte("{}"), "en")) // reads the system's locale, as a start does
		useLanguage("")
	}
	t.Cleanup(look) // after the environment is as it was
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG"} {
		t.Setenv(name, "")
	}
	for _, c := range []struct{ lang, language, back, paste string }{
		{"it_IT.UTF-8", "", "Indietro", "Incolla"},
		{"en_GB.UTF-8", "", "Back", "Paste"},
		{"de_AT.UTF-8", "", "Back", "Einfügen"}, // a language of Fyne's, not of ours
		{"nl_NL.UTF-8", "", "Back", "Paste"},    // of neither
		{"de_DE.UTF-8", "it:en", "Indietro", "Incolla"},
		{"C", "", "Back", "Paste"},
		{"", "", "Back", "Paste"},
	} {
		t.Run(c.lang+c.language, func(t *testing.T) {
			t.Setenv("LANG", c.lang)
			t.Setenv("LANGUAGE", c.language)
			look()
			wants := func(chosen, back, paste string, minutes string) {
				t.Helper()
				useLanguage(chosen)
				if b, p, m := tr("ui.back"), lang.L("Paste"), tr("ui.minutes-ago", "Count", 1204); b != back || p != paste || m != minutes {
					t.Errorf("%q: %q, %q, %q", chosen, b, p, m)
				}
			}
			minutes := map[string]string{"Back": "1,204 minutes ago", "Indietro": "1.204 minuti fa"}[c.back]
			wants("", c.back, c.paste, minutes)
			wants("it", "Indietro", "Incolla", "1.204 minuti fa")
			wants("en", "Back", "Paste", "1,204 minutes ago")
			wants("", c.back, c.paste, minutes)
			wants("xx", c.back, c.paste, minutes) // a value of another version
		})
	}
}

// A disk that does not answer keeps the window waiting for a moment only; what
// it says later is applied then.
func TestSettingsComeLate(t *testing.T) {
	t.Cleanup(func() { useLanguage("") })
	r := newRig(t, rigOptions{})
	<-r.read
	r.Show()
	r.sees("Connections")
	r.read <- store.Settings{Language: "it", Theme: themeDark}
	r.until("the window speaks Italian", func() bool { return strings.Contains(r.texts(), "Connessioni") })
	if r.settings.Theme != themeDark {
		t.Errorf("the theme is %q", r.settings.Theme)
	}
}

func TestReason(t *testing.T) {
	t.Cleanup(func() { useLanguage("") })
	for tag, want := range map[string]string{"en": "Another Postkey has the data folder open.", "it": "Un altro Postkey ha aperto la cartella dati."} {
		useLanguage(tag)
		if got := reason(fmt.Errorf("write: %w", store.ErrLocked)); got != want {
			t.Errorf("%s: %q", tag, got)
		}
		if got := reason(errors.New("the printer is on fire")); got != "the printer is on fire" {
			t.Errorf("%s: %q", tag, got)
		}
	}
}
