package ui

import (
	"io"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/exchange"
)

// exchangePage lies behind steps 6 to 8 of an application that signs in itself:
// the commands for Exchange Online, and the field in which what they printed is
// pasted. A page of its own, because a script is too wide for the side sheet.
type exchangePage struct {
	plainPage
	object, address *widgets.Field // of steps 6 and 7: the scripts need them
	group           *widgets.Field
	reach           *listField
	fence           *widgets.Choice // nil where there is nothing to choose
	which           *widgets.Choice // the script
	part            *widgets.Choice // do, undo or verify
	scripts         []exchange.Script

	choices *fyne.Container // the scripts to choose from
	why     *widgets.Text
	legacy  *widgets.Box
	waits   *widgets.Text
	script  *scriptText
	save    *widgets.Button
	said    *widgets.Text // what became of Save

	paste  *widgets.Area
	wrong  *widgets.ProblemLine
	result *fyne.Container // what the pasted output says
}

func newExchangePage(f *flow) *exchangePage { return &exchangePage{plainPage: plainPage{f}} }

// openExchange opens the page from the step that is open.
func (f *flow) openExchange() {
	f.leavePage()
	f.saveIfDirty()
	f.present(func() page { return newExchangePage(f) })
}

// up goes back to the step from which the page was opened.
func (p *exchangePage) up() { p.flow.open(p.flow.draft.Step) }

// cancel is what Escape does.
func (p *exchangePage) cancel() bool {
	p.up()
	return true
}

func (p *exchangePage) heading() string  { return tr("apponly.exchange") }
func (p *exchangePage) sentence() string { return tr("apponly.exchange-sentence") }

func (p *exchangePage) primary() action { return action{tr("apponly.compare"), p.compare} }

func (p *exchangePage) focus() fyne.Focusable {
	for _, w := range []*widgets.Field{p.object, p.address} {
		if w.Text() == "" {
			return w.Entry
		}
	}
	return p.which
}

// commit is for the rail: a later step can be opened once this one is done.
func (p *exchangePage) commit(then func(ok bool)) {
	then(p.flow.draft.Done(p.flow.draft.Step, p.flow.context))
}

func (p *exchangePage) content() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	p.object = p.value(wizard.FieldServicePrincipal, tr("apponly.object-id"), &d.ServicePrincipalID).SetMono()
	p.address = p.value(wizard.FieldMailboxAddress, tr("apponly.mailbox"), &d.Mailbox.Address)
	p.reach = newListField(f, wizard.FieldReach, tr("apponly.reach"), &d.Reach)
	p.reach.changed = p.write
	p.group = widgets.NewField(tr("apponly.group")).SetHint(tr("apponly.group-hint"))
	p.group.Preset(p.setup().Group)
	p.group.OnChanged = func(string) { p.write() }
	p.group.OnReturn = f.advance
	if v := f.app.opts.Practice; v != nil {
		f.offer(p.object, v.App.ObjectID)
		f.offer(p.address, v.App.Address)
	}
	p.choices = widgets.Column(10)
	p.why, p.waits, p.said = widgets.NewText("", widgets.Style{}), widgets.NewQuiet(""), widgets.NewQuiet("")
	p.legacy = widgets.NewNotice(widgets.Warn, tr("apponly.legacy"))
	p.script = newScriptText(12)
	p.save = widgets.NewButton(tr("script.save"), widgets.Small, p.saveScript)
	p.part = widgets.NewChoice([]widgets.Option{
		{ID: string(exchange.Do), Label: tr("apponly.part-do")},
		{ID: string(exchange.Undo), Label: tr("apponly.part-undo")},
		{ID: string(exchange.Verify), Label: tr("apponly.part-verify")},
	}, true)
	p.part.Select(string(exchange.Do))
	p.part.OnChanged = func(string) { p.write() }
	p.part.OnReturn = f.advance
	p.said.Hide()
	p.chooseScripts()
	body := widgets.Column(14)
	if f.app.opts.Practice != nil {
		body.Add(widgets.NewNotice(widgets.Warn, tr("apponly.exchange-practice"),
			widgets.NewText(tr("apponly.exchange-practice-text"), widgets.Style{})))
	}
	values := widgets.NewCard(widgets.NewTitle(tr("apponly.values")), p.object, p.address, p.reach.content, p.group)
	p.group.Hidden = !p.grouped()
	parts := widgets.Row(8, p.part, p.part, p.script.copy, p.save)
	for _, o := range []fyne.CanvasObject{
		values, widgets.NewCard(widgets.NewTitle(tr("apponly.steps")), p.choices),
		widgets.NewCard(p.why, p.legacy, parts, p.waits, p.script.area, p.said), p.pasteCard(),
	} {
		body.Add(o)
	}
	p.write()
	return body
}

// value is a field of another step, which the scripts need.
func (p *exchangePage) value(name wizard.Field, label string, value *string) *widgets.Field {
	w := p.flow.field(name, label, value)
	changed := w.OnChanged
	w.OnChanged = func(text string) {
		changed(text)
		p.write()
	}
	return w
}

// setup is what the scripts have to set up, with what was typed here.
func (p *exchangePage) setup() exchange.Setup {
	c, _ := p.flow.draft.Connection() // as far as it can be read
	if c.ID == "" {
		c.ClientID, c.Cloud = p.flow.draft.ClientID, p.flow.draft.Cloud
	}
	s, err := exchange.SetupOf(p.flow.app.bench.Catalog, c)
	if err != nil {
		return exchange.Setup{Name: c.Name, ClientID: c.ClientID}
	}
	if p.group != nil && wizard.Clean(p.group.Text()) != "" {
		s.Group = wizard.Clean(p.group.Text())
	}
	return s
}

// fenced is the way that was chosen to fence the application in.
func (p *exchangePage) fenced() string {
	if p.fence == nil {
		return exchange.FenceRBAC
	}
	return p.fence.Selected()
}

// saveScript writes the chosen part of the script into a file.
func (p *exchangePage) saveScript() {
	s, part, ctx := p.chosen(), exchange.Part(p.part.Selected()), p.flow.ctx
	if s.Text(part) == "" {
		return
	}
	write := func(w io.Writer) error {
		_, err := w.Write(s.File(part))
		return err
	}
	p.flow.app.saveFile(s.FileName(part), []string{".ps1"}, write, func(path string, err error) {
		if ctx.Err() != nil {
			return
		}
		p.said.SetText(tr("script.saved", "Path", path))
		if err != nil {
			p.said.SetText(tr("script.save-failed", "Error", err.Error()))
		}
		p.said.Show()
		p.flow.app.settle()
	})
}
