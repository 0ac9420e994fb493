package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// repeatPage tests a connection again and again, for a failure that comes and
// goes, and counts how each hop fared.
type repeatPage struct {
	toolPage
	conn   store.Connection
	choice *widgets.Choice
	state  *widgets.Text
	result *fyne.Container
	so     wizard.Repeated
	began  time.Time
	stop   context.CancelFunc // of the runs; nil when none go on
	run    int                // counts the beginnings, so that what was cancelled is told from what runs
	tick   context.CancelFunc
}

// repeatWays are what can be chosen.
var repeatWays = map[string]wizard.Repeat{
	"ten":     {Times: 10, Pause: 3 * time.Second},
	"fifty":   {Times: 50, Pause: 5 * time.Second},
	"quarter": {For: 15 * time.Minute, Pause: 15 * time.Second},
	"hour":    {For: time.Hour, Pause: 30 * time.Second},
}

// openRepeat opens the page from a connection's menu.
func (u *App) openRepeat(c store.Connection) {
	u.openTool("repeat", nil, func(t *tool) page { return &repeatPage{toolPage: toolPage{t}, conn: c} })
}

func (p *repeatPage) heading() string  { return tr("repeat.heading") }
func (p *repeatPage) sentence() string { return tr("repeat.sentence", "Name", p.conn.Name) }

func (p *repeatPage) focus() fyne.Focusable { return p.choice }

func (p *repeatPage) primary() action {
	if p.stop != nil {
		return action{tr("ui.cancel"), func() { p.cancel() }}
	}
	return action{tr("repeat.start"), p.start}
}

func (p *repeatPage) content() fyne.CanvasObject {
	var options []widgets.Option
	for _, id := range []string{"ten", "fifty", "quarter", "hour"} {
		options = append(options, widgets.Option{ID: id, Label: tr("repeat.way-" + id)})
	}
	p.choice = widgets.NewChoice(options, true)
	p.choice.Select("ten")
	p.state, p.result = widgets.NewQuiet(tr("repeat.hint")), widgets.Column(14)
	return widgets.Column(14, widgets.NewCard(widgets.NewTitle(tr("repeat.how")), p.choice, p.state), p.result)
}

// start begins the runs.
func (p *repeatPage) start() {
	if p.stop != nil {
		return
	}
	app, conn, how := p.tool.app, p.conn, repeatWays[p.choice.Selected()]
	p.so, p.result.Objects, p.began = wizard.Repeated{}, nil, time.Now()
	p.run++
	run := p.run
	p.stop = p.tool.work(func(ctx context.Context) func() {
		so := app.bench.Repeat(ctx, conn, how, func(so wizard.Repeated) {
			app.do(func() {
				if ctx.Err() == nil && p.run == run {
					p.happened(so)
				}
			})
		})
		if ctx.Err() != nil {
			return nil // cancel has shown it already
		}
		return func() {
			if p.run == run && p.stop != nil { // not cancelled meanwhile
				p.finished(so)
			}
		}
	})
	p.tick = app.every(p.tool.ctx, time.Second, p.showState)
	p.showState()
	p.tool.refresh()
}

// showState says how far it is.
func (p *repeatPage) showState() {
	if p.stop == nil {
		return
	}
	p.state.SetText(since(tr("repeat.running", "Runs", p.so.Runs, "Failed", p.so.Failed), p.began, time.Now()))
}

func (p *repeatPage) happened(so wizard.Repeated) {
	if p.stop == nil {
		return
	}
	p.so = so
	p.showState()
	p.showResult()
}

func (p *repeatPage) finished(so wizard.Repeated) {
	p.ended()
	p.so = so
	p.state.SetText(tr("repeat.done", "Runs", so.Runs, "Failed", so.Failed))
	p.showResult()
	p.tool.refresh()
	p.tool.app.window.Canvas().Focus(p.tool.bar.primary)
}

func (p *repeatPage) ended() {
	if p.tick != nil {
		p.tick()
	}
	p.stop, p.tick = nil, nil
}

// cancel ends the runs; what was counted stays.
func (p *repeatPage) cancel() bool {
	if p.stop == nil {
		return false
	}
	p.stop()
	p.ended()
	p.state.SetText(tr("repeat.cancelled", "Runs", p.so.Runs, "Failed", p.so.Failed))
	p.tool.refresh()
	return true
}

func (p *repeatPage) leave() {
	if p.stop != nil {
		p.stop()
		p.ended()
	}
}

// repeatParts are the widths of the table.
var repeatParts = []float32{3.2, 2.4, 1.5, 1.5, 1.5}

// showResult shows a table for each leg, and the findings with how often each came.
func (p *repeatPage) showResult() {
	p.result.Objects = nil
	var table *fyne.Container
	leg := ""
	for _, h := range p.so.Hops {
		if string(h.Leg) != leg {
			leg = string(h.Leg)
			table = widgets.Column(5, widgets.NewTitle(tr("test-page.leg."+leg)), widgets.Shares(10, repeatParts,
				widgets.NewQuiet(tr("repeat.hop")), widgets.NewQuiet(tr("repeat.failed")), widgets.NewQuiet(tr("repeat.fastest")),
				widgets.NewQuiet(tr("repeat.median")), widgets.NewQuiet(tr("repeat.slowest"))))
			p.result.Add(widgets.NewCard(table))
		}
		table.Add(widgets.NewRule())
		table.Add(hopCountRow(h))
	}
	for _, f := range p.so.Findings {
		p.result.Add(widgets.NewQuiet(tr("repeat.times", "Times", f.Times, "Runs", p.so.Runs)))
		p.result.Add(p.tool.app.findingCard(f.Finding))
	}
	if p.so.Runs > 0 && p.so.Failed == 0 && p.stop == nil {
		p.result.Add(widgets.NewNotice(widgets.Good, tr("repeat.never")))
	}
	p.tool.relayout()
}

func hopCountRow(h wizard.HopCount) fyne.CanvasObject {
	small := widgets.Style{Size: widgets.SizeSmall}
	span := func(d time.Duration) fyne.CanvasObject {
		if h.Runs == h.Failed {
			return widgets.NewText("–", small)
		}
		return widgets.NewText(spanText(d), small)
	}
	mood := widgets.Good
	switch {
	case h.Runs == 0:
		mood = widgets.Idle
	case h.Failed > 0:
		mood = widgets.Bad
	}
	return widgets.Shares(10, repeatParts, widgets.NewText(tr("test-page.hop."+string(h.Hop)), small),
		widgets.Flow(0, widgets.NewPill(mood, tr("repeat.of", "Failed", h.Failed, "Runs", h.Runs))),
		span(h.Fastest), span(h.Median), span(h.Slowest))
}
