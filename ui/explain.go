package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard/diagnose"
)

// explainPage takes whatever error somebody has in hand and answers with its
// cause, as the test page does. Nothing leaves this computer.
type explainPage struct {
	toolPage
	paste  *widgets.Area
	long   string // a paste too long to show; empty otherwise
	note   *widgets.Text
	answer *fyne.Container
	stop   context.CancelFunc // of the search under way; nil when none is
	run    int                // counts the searches, so that what was cancelled is told from what runs
}

// openExplain opens the page from Home.
func (u *App) openExplain() {
	u.openTool("explain", nil, func(t *tool) page { return &explainPage{toolPage: toolPage{t}} })
}

func (p *explainPage) heading() string  { return tr("tools.explain") }
func (p *explainPage) sentence() string { return tr("explain.sentence") }

func (p *explainPage) focus() fyne.Focusable { return p.paste.Focus() }

func (p *explainPage) primary() action {
	a := action{label: tr("explain.go")}
	if p.stop == nil {
		a.run = p.explain
	}
	return a
}

func (p *explainPage) actions() []action {
	return []action{{tr("registration-check.open"), func() { p.tool.app.openText(mostLog, p.opened) }}}
}

// mostLog is what is read of a file, in bytes.
const mostLog = 64 << 20

// opened takes the text of a file.
func (p *explainPage) opened(text string, err error) {
	switch {
	case p.tool.ctx.Err() != nil:
	case err != nil:
		p.answer.Objects = []fyne.CanvasObject{widgets.NewNotice(widgets.Bad, tr("registration-check.unreadable", "Error", reason(err)))}
		p.tool.relayout()
	case len(text) > maxPaste:
		p.takeLong(text)
	default:
		p.paste.SetText(text)
		p.explain()
	}
}

func (p *explainPage) content() fyne.CanvasObject {
	p.paste = widgets.NewArea(9)
	p.paste.SetPlaceholder(tr("explain.example"))
	p.paste.MaxPaste, p.paste.OnTooLong = maxPaste, p.takeLong
	p.paste.OnChanged = func(string) { p.forget() }
	p.note, p.answer = widgets.NewQuiet(""), widgets.Column(12)
	p.note.Hide()
	return widgets.Column(14, widgets.NewCard(widgets.NewTitle(tr("explain.paste")), widgets.NewQuiet(tr("explain.hint")), p.paste, p.note), p.answer)
}

// takeLong explains a paste that would be too long to lay out.
func (p *explainPage) takeLong(text string) {
	p.paste.SetText("")
	p.long = text
	p.note.SetText(tr("explain.long", "N", len(text)/1024))
	p.note.Show()
	p.explain()
}

// forget drops what belongs to another text, and ends the search in it.
func (p *explainPage) forget() {
	p.cancel()
	if p.long == "" && len(p.answer.Objects) == 0 {
		return
	}
	p.long = ""
	p.note.Hide()
	p.answer.Objects = nil
	p.tool.relayout()
}

// explain looks for the causes, off the UI goroutine: a log has megabytes.
func (p *explainPage) explain() {
	text := p.paste.Text()
	if p.long != "" {
		text = p.long
	}
	if p.stop != nil {
		return
	}
	if onlyBlanks(text) {
		p.answer.Objects = []fyne.CanvasObject{widgets.NewNotice(widgets.Idle, tr("explain.empty"))}
		p.tool.relayout()
		p.tool.app.window.Canvas().Focus(p.paste.Focus())
		return
	}
	p.run++
	run := p.run
	p.stop = p.tool.work(func(ctx context.Context) func() {
		findings := diagnose.ExplainText(text)
		if ctx.Err() != nil {
			return nil
		}
		return func() {
			if p.run == run && p.stop != nil { // not cancelled meanwhile
				p.show(findings)
			}
		}
	})
	p.tool.refresh()
}

func onlyBlanks(text string) bool {
	for _, r := range text {
		if r > ' ' {
			return false
		}
	}
	return true
}

func (p *explainPage) show(findings []diagnose.Finding) {
	p.stop = nil
	p.answer.Objects = p.tool.app.findingCards(findings)
	p.tool.refresh()
	if len(p.answer.Objects) > 0 {
		scrollTo(p.tool.scroll, p.answer.Objects[0])
	}
}

// cancel ends the search under way.
func (p *explainPage) cancel() bool {
	if p.stop == nil {
		return false
	}
	p.stop()
	p.stop = nil
	p.tool.refresh()
	return true
}
