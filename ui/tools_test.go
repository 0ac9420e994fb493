package ui

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/preflight"
)

// toolOf is the page of the tool that is open.
func toolOf[P page](r *rig) P {
	r.t.Helper()
	t, ok := r.screen.(*tool)
	if !ok {
		r.t.Fatalf("no tool is open but %T", r.screen)
	}
	p, ok := t.page.(P)
	if !ok {
		r.t.Fatalf("another tool is open: %T", t.page)
	}
	return p
}

// shownHome shows Home.
func (r *rig) shownHome() {
	r.t.Helper()
	r.Show()
	r.until("Home is there", func() bool { _, ok := r.screen.(*home); return ok })
}

func TestExplainPage(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.shownHome()
	r.home().tools.Tapped(nil)
	if r.window.Canvas().Overlays().Top() == nil {
		t.Fatal("no menu is open")
	}
	r.press(fyne.KeyEscape)
	r.openExplain()
	p := toolOf[*explainPage](r)
	if r.window.Canvas().Focused() != p.paste.Focus() {
		t.Errorf("the focus is on %T", r.window.Canvas().Focused())
	}
	r.chord(fyne.KeyModifierControl, fyne.KeyReturn) // nothing was pasted
	r.sees("Paste a text first")
	for text, want := range map[string]string{
		"AADSTS7000222: The provided client secret keys are expired.":                                     "The client secret has expired",
		`{"message":"User is authenticated but not connected.","level":"error"}`:                          "the mailbox cannot be opened",
		"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.":   "SMTP AUTH is switched off",
		"Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP'": "",
		"the printer is on fire": "Postkey does not know this answer",
	} {
		p.paste.SetText(text)
		r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
		r.until(text, func() bool { return p.stop == nil && len(p.answer.Objects) == 1 })
		r.sees(want)
	}
	p.paste.SetText("something else") // the answer belongs to another text
	if len(p.answer.Objects) != 0 {
		t.Error("an answer stays")
	}
	p.takeLong(strings.Repeat("nothing\n", maxPaste/8) + "AADSTS50011: no")
	r.until("the long text is explained", func() bool { return p.stop == nil && len(p.answer.Objects) == 1 })
	r.sees("The redirect URI is not registered")
	r.sees("KB were read")
	r.press(fyne.KeyEscape)
	if _, ok := r.screen.(*home); !ok {
		t.Errorf("Escape leads to %T", r.screen)
	}
}

// The answer to a text that was changed meanwhile, or to a search that Escape
// has ended, is not shown.
func TestExplainShowsNoAnswerToAnotherText(t *testing.T) {
	for name, end := range map[string]func(*rig, *explainPage){
		"Escape":       func(r *rig, _ *explainPage) { r.press(fyne.KeyEscape) },
		"another text": func(_ *rig, p *explainPage) { p.paste.SetText("the printer is on fire") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, rigOptions{})
			r.shownHome()
			r.settled()
			r.openExplain()
			p := toolOf[*explainPage](r)
			p.paste.SetText("AADSTS7000222: The provided client secret keys are expired.")
			p.explain()
			r.group.Wait() // the answer waits for its turn
			end(r, p)
			r.settled()
			if toolOf[*explainPage](r) != p || len(p.answer.Objects) != 0 || p.stop != nil {
				t.Errorf("the answer is shown: %d cards", len(p.answer.Objects))
			}
		})
	}
}

func TestPreflightPage(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.shownHome()
	r.openPreflight(nil, nil)
	p := toolOf[*preflightPage](r)
	r.sees("checking")
	r.until("all is looked at", func() bool { return p.stop == nil })
	ended := func(prefix string, want preflight.State) {
		t.Helper()
		i := slices.IndexFunc(p.lines, func(l preflight.Line) bool { return strings.HasPrefix(string(l.ID), prefix) })
		if i < 0 || p.lines[i].State != want {
			t.Errorf("%s: %+v", prefix, p.lines)
		}
	}
	ended("ipv4:"+r.tenant.Cloud().IMAP, preflight.OK)
	ended("keyring", preflight.OK)
	if strings.Contains(r.texts(), "checking") {
		t.Error("something is still being checked")
	}

	r.tenant.Break(practice.FaultCertificateUntrusted)
	r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
	r.until("it has begun", func() bool { return p.stop != nil })
	r.until("all is looked at again", func() bool { return p.stop == nil })
	ended("ipv4:"+r.tenant.Cloud().IMAP, preflight.Failed)
	r.sees("The server's certificate is not trusted")

	r.tenant.Heal()
	r.tenant.Break(practice.FaultSilent)
	p.start()
	r.press(fyne.KeyEscape)
	if p.stop != nil {
		t.Error("Escape does not cancel")
	}
	r.seesNot("checking")
	r.press(fyne.KeyEscape)
	if _, ok := r.screen.(*home); !ok {
		t.Errorf("the second Escape leads to %T", r.screen)
	}
}

// Before the first test of a draft the look is offered, and leads back.
func TestPreflightBeforeTheFirstTest(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	d := r.ready(wizard.StepTest)
	d.LastTest, d.Cloud = nil, practice.CloudID
	r.wizard(d)
	r.button("Check network and computer").Tapped(nil)
	p := toolOf[*preflightPage](r)
	if p.conn.ID != d.ID {
		t.Errorf("looked at %q", p.conn.Name)
	}
	r.until("all is looked at", func() bool { return p.stop == nil })
	r.chord(fyne.KeyModifierAlt, fyne.KeyLeft)
	if _, ok := r.flow().page.(*testPage); !ok || r.flow().draft.ID != d.ID {
		t.Errorf("Back leads to %T", r.flow().page)
	}
}

func TestSupportPage(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	some := someConnections(r.clock)[0]
	some.Cloud = practice.CloudID
	some.LastTest = nil
	must(t, r.bench.Store.Put(t.Context(), some))
	must(t, os.MkdirAll(filepath.Join(r.dir, "logs"), 0o700))
	must(t, os.WriteFile(filepath.Join(r.dir, "logs", "postkey.log"), []byte("a line of the log\n"), 0o600))
	r.shownHome()
	r.openSupport()
	p := toolOf[*supportPage](r)
	r.until("the bundle is collected", func() bool { return p.stop == nil && len(p.items) > 0 })
	for _, text := range []string{"versions.txt", "preflight.json", "values.json", "logs/postkey.log", "no secret"} {
		r.sees(text)
	}
	folder := t.TempDir()
	r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
	r.fieldOf("Folder").SetText(folder)
	r.button("Save").Tapped(nil)
	r.until("the bundle is saved", func() bool { return strings.Contains(r.texts(), "The support bundle is saved") })
	found, err := filepath.Glob(filepath.Join(folder, "*.zip"))
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("saved: %v", found)
	}
	z, err := zip.OpenReader(found[0])
	must(t, err)
	defer z.Close()
	if len(z.File) != len(p.items) {
		t.Errorf("%d files, %d listed", len(z.File), len(p.items))
	}
}

func TestRepeatPage(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	conn := r.practised()
	saved := repeatWays["ten"]
	repeatWays["ten"] = wizard.Repeat{Times: 3}
	t.Cleanup(func() { repeatWays["ten"] = saved })
	r.shownHome()
	r.openRepeat(conn)
	p := toolOf[*repeatPage](r)
	if r.window.Canvas().Focused() != fyne.Focusable(p.choice) {
		t.Errorf("the focus is on %T", r.window.Canvas().Focused())
	}
	r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
	r.until("all runs have ended", func() bool { return p.stop == nil })
	r.sees("Tests: 3, failed: 0")
	r.sees("0 of 3")
	r.sees("No test failed")

	r.tenant.Break(practice.FaultSMTPMailboxOff)
	p.start()
	r.until("they have ended again", func() bool { return p.stop == nil })
	r.sees("3 of 3")
	r.sees("In 3 of 3 tests")

	repeatWays["ten"] = wizard.Repeat{Times: 100, Pause: time.Hour}
	p.start()
	r.until("one run has ended", func() bool { return p.so.Runs == 1 })
	r.press(fyne.KeyEscape)
	r.sees("Cancelled. Tests: 1, failed: ")
}

// practised is a saved connection that is signed in to the practice tenant.
func (r *rig) practised() store.Connection {
	r.t.Helper()
	ctx, v := context.Background(), r.tenant.Values()
	d := r.atStep(wizard.StepTest)
	d.Cloud, d.TenantID, d.ClientID, d.RedirectHost = practice.CloudID, v.TenantID, v.ClientID, v.RedirectHost
	d.Mailbox.Address, d.Protocols = v.Address, []string{wizard.ProtocolIMAP, wizard.ProtocolSMTP}
	must(r.t, r.bench.PutSecret(ctx, d.ID, v.ClientSecret))
	session, err := r.bench.SignIn(ctx, d, false)
	must(r.t, err)
	defer session.Close()
	_, err = r.tenant.Browse(ctx, session.URL(), v.Address)
	must(r.t, err)
	signedIn, err := session.Wait(ctx)
	must(r.t, err)
	must(r.t, r.bench.SignedIn(ctx, d, signedIn))
	c, err := r.bench.Save(ctx, d)
	must(r.t, err)
	return c
}

// The buttons of a tool can all be reached with the Tab key.
func TestToolsByKeyboard(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.shownHome()
	r.openExplain()
	var reached []string
	for range 12 {
		r.press(fyne.KeyTab)
		if b, ok := r.window.Canvas().Focused().(*widgets.Button); ok {
			reached = append(reached, b.Text())
		}
	}
	for _, want := range []string{"Back", "Explain"} {
		if !slices.Contains(reached, want) {
			t.Errorf("%q is not reached: %q", want, reached)
		}
	}
}
