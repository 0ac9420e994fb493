package ui

import (
	"context"
	"io"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/scripts"
)

// scriptPage lies behind step 2: the registration as a script, and the field in
// which what it printed is pasted. A page of its own, because a script is too
// wide for the side sheet.
type scriptPage struct {
	plainPage
	tool     *widgets.Choice
	redirect *widgets.Field // of step 3: the script needs it
	script   *scriptText
	makes    *widgets.Text
	secret   *widgets.Text // says when the secret ends
	said     *widgets.Text // what became of Save
	paste    *widgets.Area
	wrong    *widgets.ProblemLine
	checks   *fyne.Container // verify and undo, once there is something to verify
	verify   *scriptText
	undo     *scriptText
}

func newScriptPage(f *flow) *scriptPage { return &scriptPage{plainPage: plainPage{f}} }

// openScript opens the page from step 2.
func (f *flow) openScript() {
	f.leavePage()
	f.saveIfDirty()
	f.present(func() page { return newScriptPage(f) })
}

// inner is a page that lies behind the page of a step.
type inner interface {
	// up goes back to the step's page.
	up()
}

func (p *scriptPage) up() { p.flow.open(wizard.StepRegistration) }

// cancel is what Escape does.
func (p *scriptPage) cancel() bool {
	p.up()
	return true
}

func (p *scriptPage) heading() string  { return tr("script.heading") }
func (p *scriptPage) sentence() string { return tr("script.sentence") }

func (p *scriptPage) primary() action { return action{tr("script.take"), p.take} }

func (p *scriptPage) focus() fyne.Focusable {
	if !goodField(p.redirect) {
		return p.redirect.Entry
	}
	return p.tool
}

// goodField reports whether Continue may go on with what is in a field.
func goodField(w *widgets.Field) bool {
	problem := w.Check(w.Text())
	return problem.Text == "" || problem.Warning
}

// commit is for the rail: a later step can be opened once step 2 is done.
func (p *scriptPage) commit(then func(ok bool)) {
	if p.flow.draft.Done(wizard.StepRegistration, p.flow.context) {
		then(true)
		return
	}
	then(false)
	p.up()
}

func (p *scriptPage) content() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	options := make([]widgets.Option, 0, len(scripts.Tools()))
	for _, t := range scripts.Tools() {
		options = append(options, widgets.Option{
			ID: string(t), Label: tr("script." + string(t)), Detail: tr("script." + string(t) + "-detail"),
		})
	}
	p.tool = widgets.NewChoice(options, false)
	p.tool.Select(string(scripts.AzureCLI))
	p.tool.OnChanged = func(string) { p.show() }

	p.redirect = f.redirectField()
	p.redirect.Hidden = d.AppOnly() // whose scripts register Postkey's own alone
	changed := p.redirect.OnChanged
	p.redirect.OnChanged = func(text string) {
		changed(text)
		p.show()
	}

	p.script, p.verify, p.undo = newScriptText(14), newScriptText(6), newScriptText(6)
	p.makes, p.secret, p.said = widgets.NewQuiet(""), widgets.NewQuiet(""), widgets.NewQuiet("")
	run := widgets.NewTitle(tr("script.run"))
	save := widgets.NewButton(tr("script.save"), widgets.Small, p.save)
	p.checks = widgets.Column(10, widgets.NewTitle(tr("script.checks")),
		p.verify.head(tr("script.verify")), p.verify.area, p.undo.head(tr("script.undo")), p.undo.area)
	checks := widgets.NewCard(p.checks)
	p.checks.Hidden = d.CheckField(wizard.FieldClientID, f.context) != nil
	checks.Hidden = p.checks.Hidden

	body := widgets.Column(14)
	if f.app.opts.Practice != nil {
		body.Add(widgets.NewNotice(widgets.Warn, tr("script.practice-title"),
			widgets.NewText(tr("script.practice-text"), widgets.Style{})))
	}
	for _, card := range []fyne.CanvasObject{
		widgets.NewCard(widgets.NewTitle(tr("script.tool")), p.tool, p.redirect),
		widgets.NewCard(widgets.Row(6, run, run, p.script.copy, save),
			p.makes, p.secret, p.script.area, p.said),
		p.pasteCard(),
		checks,
	} {
		body.Add(card)
	}
	p.said.Hide()
	p.show()
	return body
}

// maxPaste is how much the field shows; what is longer is read without being
// shown, because laying it out would stop the window.
const maxPaste = 64 << 10

func (p *scriptPage) pasteCard() fyne.CanvasObject {
	hint := "script.paste-hint"
	if p.flow.draft.Platform == wizard.PlatformDesktop {
		hint = "script.paste-hint-desktop"
	}
	p.wrong = widgets.NewProblemLine()
	p.paste = widgets.NewArea(7)
	p.paste.SetPlaceholder("{\n  \"client_id\": \"" + p.flow.app.bench.Catalog.Limits().ExampleID + "\",\n  …\n}")
	p.paste.MaxPaste, p.paste.OnTooLong = maxPaste, p.takeText
	p.paste.OnChanged = func(string) { p.say(widgets.Problem{}) }
	return widgets.NewCard(widgets.NewTitle(tr("script.paste")), widgets.NewQuiet(tr(hint)), p.paste, p.wrong)
}

// show writes the scripts anew from what is in the draft now. The page is laid
// out anew only when something else than the inside of the scripts changed: it
// is called at every letter.
func (p *scriptPage) show() {
	before := p.outside()
	p.write()
	if p.outside() != before {
		p.flow.app.settle()
	}
}

// outside is what the layout of the page depends on.
func (p *scriptPage) outside() [4]any {
	return [4]any{p.script.area.Hidden, p.checks.Hidden, p.makes.Text(), p.secret.Hidden}
}

func (p *scriptPage) write() {
	f, d := p.flow, p.flow.draft
	tool := scripts.Tool(p.tool.Selected())
	r := d.Script(f.appName(), f.context)
	ready := goodField(p.redirect)
	text, err := r.Script(tool)
	if !ready || err != nil {
		text = ""
	}
	p.script.set(text)
	switch {
	case err != nil && ready:
		p.makes.SetText(err.Error())
	case text == "":
		p.makes.SetText(tr("script.waits"))
	case d.AppOnly():
		p.makes.SetText(tr("script.makes-app-only", "Name", r.Name, "URIs", len(r.RedirectURIs), "Permissions", len(r.Permissions)))
	default:
		p.makes.SetText(tr("script.makes", "Name", r.Name, "URIs", len(r.RedirectURIs), "Permissions", len(r.Permissions)))
	}
	p.secret.SetText(tr("script.makes-secret", "Date", r.SecretEnds))
	p.secret.Hidden = text == "" || r.Desktop
	if !p.checks.Hidden {
		id := wizard.CleanField(wizard.FieldClientID, d.ClientID)
		verify, err1 := r.Verify(tool, id)
		undo, err2 := r.Undo(tool, id)
		p.checks.Hidden = err1 != nil || err2 != nil
		p.verify.set(verify)
		p.undo.set(undo)
	}
}

// save writes the script into a file.
func (p *scriptPage) save() {
	tool, text, ctx := scripts.Tool(p.tool.Selected()), p.script.area.Text(), p.flow.ctx
	if text == "" {
		p.flow.validate(p.redirect)
		return
	}
	p.flow.app.saveFile("postkey-register"+tool.Ending(), []string{tool.Ending()}, p.file(tool, text),
		func(path string, err error) {
			if ctx.Err() == nil {
				p.saved(path, err)
			}
		})
}

// file returns what puts a script into a file.
func (p *scriptPage) file(tool scripts.Tool, text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(tool.File(text))
		return err
	}
}

// saved says what became of Save.
func (p *scriptPage) saved(path string, err error) {
	p.said.SetText(tr("script.saved", "Path", path))
	if err != nil {
		p.said.SetText(tr("script.save-failed", "Error", err.Error()))
	}
	p.said.Show()
	p.flow.app.settle()
}

// take reads what was pasted.
func (p *scriptPage) take() { p.takeText(p.paste.Text()) }

// takeText fills steps 2 to 4 and goes back to step 2, or says what is wrong.
func (p *scriptPage) takeText(output string) {
	f := p.flow
	if !f.validate(p.redirect) {
		return
	}
	secret, wrong := f.draft.TakeScript(output, f.context)
	if wrong != nil {
		p.say(problem(wrong))
		f.focusOn(p.paste.Focus())
		scrollTo(f.shell.scroll, p.wrong)
		return
	}
	if !secret.IsZero() {
		f.draft.Certificate = nil // the script made a secret
		f.keepSecret(secret)
	}
	p.paste.SetText("")
	f.changed()
	f.open(wizard.StepRegistration)
	if r, ok := f.page.(*registrationPage); ok && f.validate(r.client, r.tenant) {
		f.focusOn(f.shell.bar.primary)
	}
}

// say shows a problem beside the field, or none.
func (p *scriptPage) say(problem widgets.Problem) {
	p.wrong.Set(problem)
	p.paste.SetBad(problem.Text != "")
	p.flow.app.settle()
}

// keepSecret stores a right client secret in the background. What the keyring
// refuses stays in memory for step 4, which says why.
func (f *flow) keepSecret(value oauth.Secret) {
	f.secret = value
	id := f.draft.ID
	f.app.saver.put("", func(ctx context.Context) {
		if f.app.bench.PutSecret(ctx, id, value) != nil {
			return // f.secret still has it, and the step is not done
		}
		f.app.do(func() {
			if f.secret.Equal(value) {
				f.secret, f.draft.HasSecret = oauth.Secret{}, true
			}
		})
	})
}

// scriptText is a script to read and to copy.
type scriptText struct {
	area *widgets.Area
	copy *widgets.Button
}

func newScriptText(rows int) *scriptText {
	s := &scriptText{area: widgets.NewArea(rows).SetReadOnly()}
	s.copy = widgets.NewCopy(s.area.Text)
	return s
}

// head is a line about the script with its Copy button.
func (s *scriptText) head(text string) fyne.CanvasObject {
	t := widgets.NewQuiet(text)
	return widgets.Row(8, t, t, s.copy)
}

func (s *scriptText) set(text string) {
	s.area.SetText(text)
	s.area.Hidden = text == ""
	s.copy.SetEnabled(text != "")
}
