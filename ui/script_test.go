package ui

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/scripts"
)

const scriptPrinted = "PS C:\\> .\\postkey-register.ps1\r\n{\r\n" +
	`  "client_id": "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10",` + "\r\n" +
	`  "tenant_id": "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11",` + "\r\n" +
	`  "secret": "` + plantedSecret + `",` + "\r\n" +
	`  "secret_expires": "2027-05-22",` + "\r\n" +
	`  "secret_key_id": "0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22"` + "\r\n}\r\nPS C:\\> "

// atScript opens the script page of a draft without IDs.
func (r *rig) atScript(change func(*wizard.Draft)) *scriptPage {
	r.t.Helper()
	d := r.atStep(wizard.StepRegistration)
	d.ClientID, d.TenantID, d.RedirectHost, d.SecretExpires = "", "", "", ""
	if change != nil {
		change(d)
	}
	r.wizard(d)
	test.Tap(r.button(tr("script.link")))
	return r.scriptPage()
}

func (r *rig) scriptPage() *scriptPage {
	r.t.Helper()
	p, ok := r.flow().page.(*scriptPage)
	if !ok {
		r.t.Fatalf("the script page is not open but %T", r.flow().page)
	}
	return p
}

// pasteOver replaces what is in the field with what the clipboard holds.
func (r *rig) pasteOver(p *scriptPage, text string) {
	r.t.Helper()
	p.paste.SetText("")
	r.fyne.Clipboard().SetContent(text)
	r.window.Canvas().Focus(p.paste.Focus())
	p.paste.Focus().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutPaste{Clipboard: r.fyne.Clipboard()})
}

// From the link of step 2 with the keyboard alone: the host, the script, its
// values, and then steps 2 to 4 are done.
func TestScriptFillsSteps(t *testing.T) {
	r := newRig(t, rigOptions{})
	p := r.atScript(nil)
	r.wantStep(wizard.StepRegistration)
	r.sees("The script appears here as soon as the field above is right")
	r.seesNot("Verify and undo")
	if p.script.area.Visible() || !p.script.copy.Disabled() {
		t.Error("there is a script without the redirect URI")
	}
	r.typeIn("m.contoso.com") // the focus is on what is missing
	text := p.script.area.Text()
	for _, part := range []string{
		"https://m.contoso.com/api/cloudProviders/oauth2/microsoft/callback", "http://localhost/postkey",
		"XCALLY Motion mail (Support inbox)", "652390e4-393a-48de-9484-05f9b1212954", "--append", "2027-05-22",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in the script", part)
		}
	}
	r.sees("The client secret ends on 2027-05-22.")
	test.Tap(p.script.copy)
	if r.fyne.Clipboard().Content() != text {
		t.Error("Copy copies something else")
	}
	r.choose("graph-powershell")
	if !strings.Contains(p.script.area.Text(), "Add-MgApplicationPassword") {
		t.Error("PowerShell was chosen")
	}
	r.pasteOver(p, scriptPrinted)
	r.chord(fyne.KeyModifierControl, fyne.KeyReturn)

	f := r.flow()
	step2, ok := f.page.(*registrationPage)
	if !ok || step2.client.Text() != "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10" || step2.tenant.Text() != "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11" {
		t.Fatalf("step 2 shows %+v", f.page)
	}
	if r.focused() != fyne.Focusable(f.shell.bar.primary) {
		t.Errorf("the focus is on %T", r.focused())
	}
	r.until("the secret is stored", func() bool { return f.draft.HasSecret })
	if !f.secret.IsZero() {
		t.Error("the secret is still in memory")
	}
	for _, step := range []wizard.StepID{wizard.StepRedirect, wizard.StepSecret, wizard.StepPermissions} {
		r.press(fyne.KeyReturn)
		r.until("the next step", func() bool { return f.draft.Step == step })
		f.focusOn(f.shell.bar.primary)
	}
	stored, err := r.bench.Secret(context.Background(), f.draft.ID)
	must(t, err)
	if !stored.Equal(oauth.NewSecret(plantedSecret)) {
		t.Error("the keyring holds something else")
	}
	if d := r.saved(f.draft.ID); d.SecretExpires != "2027-05-22" || d.ClientID != f.draft.ClientID || d.RedirectHost != "m.contoso.com" {
		t.Errorf("kept %+v", d)
	}
	r.noneOnDisk(plantedSecret)

	// Now there is something to verify and to undo.
	f.open(wizard.StepRegistration)
	test.Tap(r.button("Use a script instead"))
	r.sees("Verify and undo")
	p = r.scriptPage()
	for _, s := range []*scriptText{p.verify, p.undo} {
		test.Tap(s.copy)
		if text := r.fyne.Clipboard().Content(); !strings.Contains(text, "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10") || text != s.area.Text() {
			t.Errorf("copied %q", text)
		}
	}
}

func TestScriptOutputThatIsWrong(t *testing.T) {
	r := newRig(t, rigOptions{})
	p := r.atScript(func(d *wizard.Draft) { d.RedirectHost = "motion.contoso.com" })
	r.window.Resize(windowSizes["-small"])
	for _, tt := range []struct{ text, says string }{
		{"", "Paste what the script printed"},
		{"ERROR: Insufficient privileges", "is not in this text"},
		{strings.Replace(scriptPrinted, "\"secret\"", "\"password\"", 1), "password"},
		{strings.Replace(scriptPrinted, "2027-05-22", "2020-05-22", 1), "secret_expires: "},
		{strings.Replace(scriptPrinted, plantedSecret, "0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22", 1), "secret: "},
	} {
		r.pasteOver(p, tt.text)
		test.Tap(r.button("Take these values"))
		if r.scriptPage() != p || r.focused() != p.paste.Focus() {
			t.Fatalf("%q: taken, or the focus is on %T", tt.text, r.focused())
		}
		r.sees(tt.says)
		driver := r.fyne.Driver()
		top, bottom := driver.AbsolutePositionForObject(p.wrong).Y, driver.AbsolutePositionForObject(r.flow().shell.bar.root).Y
		if top < 0 || top+p.wrong.Size().Height > bottom {
			t.Errorf("%q: what is wrong stands at %v, the page ends at %v", tt.text, top, bottom)
		}
		if d := r.flow().draft; d.ClientID != "" || d.HasSecret || !r.flow().secret.IsZero() {
			t.Errorf("%q: taken over %+v", tt.text, d)
		}
	}
	// Too long to be shown, but read; and what is not there is said.
	r.pasteOver(p, strings.Repeat("x", 2<<20))
	r.sees("more than 1 MiB")
	if p.paste.Text() != "" {
		t.Error("the window would have to lay it out")
	}
	r.pasteOver(p, strings.Repeat("line\n", 20_000)+scriptPrinted)
	if _, ok := r.flow().page.(*registrationPage); !ok {
		t.Errorf("a long output is not read: %s", r.texts())
	}
}

func TestScriptPageGoesBackToStepTwo(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.atScript(nil)
	for name, leave := range map[string]func(){
		"Escape":   func() { r.press(fyne.KeyEscape) },
		"Alt+Left": func() { r.chord(fyne.KeyModifierAlt, fyne.KeyLeft) },
		"Back":     func() { test.Tap(r.button("Back")) },
		"the rail": func() { r.flow().jump(wizard.StepRegistration) },
		"further":  func() { r.flow().jump(wizard.StepPermissions) },
	} {
		leave()
		if _, ok := r.flow().page.(*registrationPage); !ok {
			t.Fatalf("%s leads to %T", name, r.flow().page)
		}
		test.Tap(r.button("Use a script instead"))
	}
	// A keyring that waits for its owner does not hold anything up.
	r.flow().draft.ClientID, r.flow().draft.TenantID = "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "contoso.com"
	r.flow().jump(wizard.StepRedirect)
	r.wantStep(wizard.StepRedirect)
}

func TestScriptSecretThatTheKeyringRefuses(t *testing.T) {
	r := newRig(t, rigOptions{vault: refusing{store.NewMemory()}})
	p := r.atScript(func(d *wizard.Draft) { d.RedirectHost = "motion.contoso.com" })
	r.pasteOver(p, scriptPrinted)
	test.Tap(r.button("Take these values"))
	r.settled()
	f := r.flow()
	if f.draft.HasSecret || f.secret.IsZero() {
		t.Error("the secret is lost")
	}
	f.open(wizard.StepSecret)
	f.next()
	r.until("the refusal is shown", func() bool { return f.page.(*secretPage).failure.Visible() })
	r.noneOnDisk(plantedSecret)
}

// An application that signs in itself has its script on every road, also on the
// one without any permission, where there is nothing to consent to.
func TestScriptOfAnApplication(t *testing.T) {
	r := newRig(t, rigOptions{})
	for rbac, says := range map[bool]string{true: "permissions: 0). It needs the role Application Developer or a higher one.", false: "consent follows in step 5."} {
		p := r.atScript(func(d *wizard.Draft) {
			d.SetMode(wizard.ModeAppOnly)
			d.SetRoad([]string{wizard.ProtocolSMTP}, rbac)
		})
		r.sees(says)
		if text := p.script.area.Text(); !strings.Contains(text, "postkey_register") || strings.Contains(text, "SMTP.SendAsApp") == rbac {
			t.Errorf("by RBAC %v: %s", rbac, text)
		}
	}
}

func TestScriptInPractice(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	p := r.atScript(func(d *wizard.Draft) { d.Cloud = r.bench.Clouds()[0] })
	r.sees("This is practice, the script is not")
	r.flow().fillAll()
	v := r.opts.Practice
	r.pasteOver(p, `{"client_id": "`+v.ClientID+`", "tenant_id": "`+v.TenantID+`", "secret": "`+v.Secret.Reveal()+
		`", "secret_expires": "`+v.SecretExpires+`", "secret_key_id": ""}`)
	test.Tap(r.button("Take these values"))
	f := r.flow()
	r.until("the secret is stored", func() bool { return f.draft.HasSecret })
	for _, step := range []wizard.StepID{wizard.StepRegistration, wizard.StepRedirect, wizard.StepSecret} {
		if !f.draft.Done(step, f.context) {
			t.Errorf("step %s is not done: %v", step, f.draft.CheckStep(step, f.context))
		}
	}
}

func TestScriptIsSaved(t *testing.T) {
	r := newRig(t, rigOptions{})
	p := r.atScript(func(d *wizard.Draft) { d.RedirectHost, d.Platform = "motion.contoso.com", wizard.PlatformDesktop })
	r.seesNot("The client secret ends on")
	r.seesNot("keyring")
	text := p.script.area.Text()
	var out bytes.Buffer
	must(t, p.file(scripts.AzureCLI, text)(&out))
	if out.String() != text {
		t.Errorf("saved %q", out.String())
	}
	out.Reset()
	must(t, p.file(scripts.GraphPowerShell, "é")(&out))
	if !bytes.HasPrefix(out.Bytes(), []byte("\ufeff")) {
		t.Error("no byte order mark")
	}
	const path = "/home/andrea/postkey-register.sh"
	p.saved(path, nil)
	r.sees("Saved to " + path)
	p.saved(path, errors.New("disk full"))
	r.sees("Not saved: disk full")
	test.Tap(r.button("Save…"))
	if r.window.Canvas().Overlays().Top() == nil {
		t.Error("no dialog")
	}
	r.window.Canvas().Overlays().Remove(r.window.Canvas().Overlays().Top())
	p.redirect.SetText("")
	test.Tap(r.button("Save…"))
	if r.window.Canvas().Overlays().Top() != nil || p.redirect.Problem().Text == "" {
		t.Error("something without a redirect URI can be saved")
	}
}

// What is only read stays as it is, and the Tab key leaves an area.
func TestScriptAreaIsRead(t *testing.T) {
	r := newRig(t, rigOptions{})
	p := r.atScript(func(d *wizard.Draft) { d.RedirectHost = "motion.contoso.com" })
	text := p.script.area.Text()
	r.window.Canvas().Focus(p.script.area.Focus())
	r.fyne.Clipboard().SetContent("pasted")
	area := p.script.area.Focus().(interface {
		fyne.Focusable
		fyne.Shortcutable
		fyne.SecondaryTappable
	})
	area.TypedRune('x')
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyDown, fyne.KeyEnd} {
		r.press(key)
	}
	for _, s := range []fyne.Shortcut{
		&fyne.ShortcutPaste{Clipboard: r.fyne.Clipboard()}, &fyne.ShortcutSelectAll{},
		&fyne.ShortcutCut{Clipboard: r.fyne.Clipboard()}, &fyne.ShortcutUndo{},
		&fyne.ShortcutCopy{Clipboard: r.fyne.Clipboard()},
	} {
		area.TypedShortcut(s)
	}
	area.TappedSecondary(&fyne.PointEvent{})
	if p.script.area.Text() != text || r.fyne.Clipboard().Content() != text {
		t.Errorf("changed to %q, copied %q", p.script.area.Text(), r.fyne.Clipboard().Content())
	}
	if tab, ok := area.(fyne.Tabbable); ok && tab.AcceptsTab() {
		t.Error("the Tab key stays in the area")
	}
	r.press(fyne.KeyTab)
	if r.focused() == fyne.Focusable(area) {
		t.Error("the focus stays")
	}
}

func TestLookOfScript(t *testing.T) {
	for _, dark := range []bool{false, true} {
		look := map[bool]string{false: "light", true: "dark"}[dark]
		r := newRig(t, rigOptions{dark: dark, practice: dark})
		p := r.atScript(nil)
		r.shot(look+"-script-waits", windowSizes[""])
		p.redirect.SetText("motion.contoso.com")
		for suffix, size := range windowSizes {
			r.shot(look+"-script"+suffix, size)
		}
		r.flow().draft.ClientID = "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10"
		p.up()
		test.Tap(r.button("Use a script instead"))
		p = r.scriptPage()
		r.choose("graph-powershell")
		r.pasteOver(p, strings.Replace(scriptPrinted, plantedSecret, "cut", 1))
		p.take()
		r.shot(look+"-script-wrong", fyne.NewSize(1040, 1500))
		if !widgetsFit(r) {
			t.Error("an area sticks out")
		}
	}
}

// widgetsFit reports whether all areas end inside the window.
func widgetsFit(r *rig) bool {
	for _, o := range r.objects() {
		if a, ok := o.(*widgets.Area); ok &&
			r.fyne.Driver().AbsolutePositionForObject(a).X+a.Size().Width > r.window.Canvas().Size().Width {
			return false
		}
	}
	return true
}
