package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard/diagnose"
	"postkey/wizard/preflight"
)

// preflightPage looks at network and computer, a line each, all side by side.
type preflightPage struct {
	toolPage
	conn   store.Connection // the zero one stands for the usual cloud
	lines  []preflight.Line
	rows   []*preflightRow
	broken error // why nothing can be looked at; nil when it can

	body  *fyne.Container
	below *fyne.Container
	stop  context.CancelFunc // of what runs; nil when nothing does
	run   int                // counts the beginnings, so that what was cancelled is told from what runs
}

// preflightRow is one line as it is shown.
type preflightRow struct {
	pill   *widgets.Pill
	detail *widgets.Text
	took   *widgets.Text
	root   *fyne.Container
}

// openPreflight opens the page for a connection, or for the usual cloud where it
// is nil, and begins at once.
func (u *App) openPreflight(c *store.Connection, back func()) {
	u.openTool("preflight", back, func(t *tool) page {
		p := &preflightPage{toolPage: toolPage{t}, body: widgets.Column(14), below: widgets.Column(12)}
		if c != nil {
			p.conn = *c
		}
		return p
	})
	if t, ok := u.screen.(*tool); ok {
		if p, ok := t.page.(*preflightPage); ok {
			p.start()
		}
	}
}

func (p *preflightPage) heading() string { return tr("tools.preflight") }

func (p *preflightPage) sentence() string {
	if p.conn.Name != "" {
		return tr("look.sentence-for", "Name", p.conn.Name)
	}
	return tr("look.sentence")
}

func (p *preflightPage) primary() action {
	if p.stop != nil {
		return action{tr("ui.cancel"), func() { p.cancel() }}
	}
	return action{tr("look.again"), p.start}
}

func (p *preflightPage) content() fyne.CanvasObject {
	return widgets.Column(14, p.body, p.below)
}

// start looks at everything, from the beginning.
func (p *preflightPage) start() {
	if p.stop != nil {
		return
	}
	app, conn := p.tool.app, p.conn
	p.below.Objects = nil
	if p.lines, p.broken = app.bench.PreflightPlan(conn); p.broken != nil {
		p.below.Add(widgets.NewNotice(widgets.Bad, reason(p.broken)))
		p.tool.refresh()
		return
	}
	p.build()
	p.run++
	run := p.run
	p.stop = p.tool.work(func(ctx context.Context) func() {
		lines, err := app.bench.Preflight(ctx, conn, func(l preflight.Line) {
			app.do(func() {
				if ctx.Err() == nil && p.run == run {
					p.happened(l)
				}
			})
		})
		if ctx.Err() != nil {
			return nil // cancel has shown it already
		}
		return func() {
			if p.run == run && p.stop != nil { // not cancelled meanwhile
				p.finished(lines, err)
			}
		}
	})
	p.tool.refresh()
}

// build makes the rows, a card for each group.
func (p *preflightPage) build() {
	p.body.Objects, p.rows = nil, nil
	var card *fyne.Container
	group := ""
	for _, l := range p.lines {
		if title := msg(l.Group); title != group {
			group, card = title, widgets.Column(7, widgets.NewTitle(title))
			p.body.Add(widgets.NewCard(card))
		}
		r := newPreflightRow(l)
		p.rows = append(p.rows, r)
		card.Add(r.root)
	}
}

func newPreflightRow(l preflight.Line) *preflightRow {
	r := &preflightRow{
		pill: widgets.NewPill(widgets.Idle, ""), detail: widgets.NewQuiet(""),
		took: widgets.NewText("", widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorQuiet, OneLine: true, Align: fyne.TextAlignTrailing}),
	}
	words := widgets.Column(1, widgets.NewText(msg(l.Title), widgets.Style{}), r.detail)
	r.root = widgets.Shares(12, []float32{1.7, 7, 1.1}, widgets.Flow(0, r.pill), words, r.took)
	r.show(l)
	return r
}

func (r *preflightRow) show(l preflight.Line) {
	switch l.State {
	case preflight.OK:
		r.pill.Set(widgets.Good, tr("look.ok"))
	case preflight.Warn:
		r.pill.Set(widgets.Warn, tr("look.warn"))
	case preflight.Failed:
		r.pill.Set(widgets.Bad, tr("look.failed"))
	case preflight.NotRun:
		text := tr("look.skipped")
		if l.Err != nil {
			text = tr("look.cancelled")
		}
		r.pill.Set(widgets.Idle, text)
	default:
		r.pill.Set(widgets.Info, tr("look.running"))
	}
	if !l.Detail.IsZero() {
		r.detail.SetText(msg(l.Detail))
	}
	r.detail.Hidden = r.detail.Text() == ""
	r.took.SetText("")
	if l.State != preflight.Running && l.Took > 0 {
		r.took.SetText(spanText(l.Took.Round(time.Millisecond)))
	}
	r.root.Refresh()
}

// happened takes one line into the page.
func (p *preflightPage) happened(l preflight.Line) {
	for i := range p.lines {
		if p.lines[i].ID == l.ID {
			p.lines[i] = l
			p.rows[i].show(l)
		}
	}
	p.tool.relayout()
}

func (p *preflightPage) finished(lines []preflight.Line, err error) {
	p.stop = nil
	for _, l := range lines {
		p.happened(l)
	}
	findings := preflight.Findings(lines)
	switch {
	case err != nil:
		p.below.Add(widgets.NewNotice(widgets.Bad, reason(err)))
	case preflight.Passed(lines) && len(findings) == 0:
		p.below.Add(widgets.NewNotice(widgets.Good, tr("look.passed")))
	}
	for _, card := range p.tool.app.findingCards(withoutServerTwice(findings)) {
		p.below.Add(card)
	}
	p.tool.refresh()
	p.tool.app.window.Canvas().Focus(p.tool.bar.primary)
}

// withoutServerTwice shows a cause that several lines have once.
func withoutServerTwice(findings []diagnose.Finding) []diagnose.Finding {
	var out []diagnose.Finding
	seen := map[string]bool{}
	for _, f := range findings {
		if what := f.ID + msg(f.What); !seen[what] {
			seen[what] = true
			out = append(out, f)
		}
	}
	return out
}

// cancel stops what runs; the lines that were under way say so.
func (p *preflightPage) cancel() bool {
	if p.stop == nil {
		return false
	}
	p.stop()
	p.stop = nil
	for i := range p.lines {
		if p.lines[i].State == preflight.Running {
			p.lines[i].State, p.lines[i].Err = preflight.NotRun, context.Canceled
			p.rows[i].show(p.lines[i])
		}
	}
	p.tool.refresh()
	return true
}

func (p *preflightPage) leave() {
	if p.stop != nil {
		p.stop()
	}
}
