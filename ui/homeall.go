package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
)

// allTests is a run of Test all: the cards under test, and how far it is.
type allTests struct {
	cards         []*card
	done, failing int
	begun         time.Time
	stop          context.CancelFunc
	tick          context.CancelFunc // ends the counting of seconds
	cancelled     bool
	err           error // why an outcome could not be kept
}

// testAll tests the connections that are shown, as many at a time as
// wizard.AtOnce; while it runs, it cancels.
func (h *home) testAll() {
	if h.all != nil {
		h.cancelAll()
		return
	}
	run := &allTests{begun: h.app.now()}
	for _, c := range h.shownCards {
		if c.stop == nil {
			run.cards = append(run.cards, c)
			c.queue()
		}
	}
	if len(run.cards) == 0 {
		return
	}
	h.all = run
	run.tick = h.app.every(h.ctx, time.Second, h.showProgress)
	run.stop = h.work(func(ctx context.Context) func() {
		h.watchAll(ctx, run)
		return func() { h.allTested(run) }
	})
	h.showProgress()
	h.showTestAll()
}

// watchAll tests and tells; it runs off the UI goroutine.
func (h *home) watchAll(ctx context.Context, run *allTests) {
	tell := func(f func()) {
		h.app.do(func() {
			if h.ctx.Err() == nil && !run.cancelled {
				f()
			}
		})
	}
	bench := h.app.bench
	bench.WatchAll(ctx, connectionsOf(run.cards), func(i int, e check.Event) {
		if e.Hop.Status == check.Running {
			tell(func() { run.cards[i].happened(e) })
		}
	}, func(i int, t wizard.Tested) {
		now, err := bench.Store.Connection(ctx, t.Connection.ID)
		if err != nil {
			now = t.Connection
		}
		tell(func() {
			run.done++
			if !t.Result.OK() {
				run.failing++
			}
			if t.RecordErr != nil {
				run.err = t.RecordErr
			}
			run.cards[i].tested(now, t.Findings)
			h.showProgress()
		})
	})
}

// cancelAll ends Test all; what has been tested keeps its outcome.
func (h *home) cancelAll() {
	if h.all == nil {
		return
	}
	h.all.cancelled = true
	h.all.stop()
	for _, c := range h.all.cards {
		c.ended()
	}
	h.status.SetText(tr("home.all-stopping"))
}

// allTested shows the outcome, with what failed on top.
func (h *home) allTested(run *allTests) {
	run.tick()
	h.all = nil
	text := tr("home.all-done", "Count", run.done)
	if run.cancelled {
		text = tr("home.all-ended", "Done", run.done, "All", len(run.cards))
	}
	switch {
	case run.failing > 0:
		text += " · " + tr("home.all-failing", "Count", run.failing)
	case run.done > 0:
		text += " · " + tr("home.all-working")
	}
	sortCards(h.cardsOfAll, h.app.now())
	h.note = text
	h.arrange()
	if run.err != nil {
		h.app.tell(tr("home.failed"), widgets.NewText(tr("home.all-kept", "Error", reason(run.err)), widgets.Style{}))
	}
	if run.cancelled {
		h.load() // an outcome may have been kept that was not shown any more
	}
}

// showProgress shows at the foot how far Test all is.
func (h *home) showProgress() {
	run := h.all
	for _, c := range h.cardsOfAll {
		c.showProgress()
	}
	if run == nil || run.cancelled {
		return
	}
	text := tr("home.all-progress", "Done", run.done, "All", len(run.cards))
	if run.failing > 0 {
		text += " · " + tr("home.all-failing", "Count", run.failing)
	}
	h.status.SetText(since(text, run.begun, h.app.now()))
	h.progress.set(float32(run.done) / float32(len(run.cards)))
}

// showTestAll shows on the button what it would do.
func (h *home) showTestAll() {
	h.progress.root.Hidden = h.all == nil
	h.test.Hidden = len(h.shownCards) < 2 && h.all == nil
	switch {
	case h.all != nil:
		h.test.SetText(tr("ui.cancel"))
	case h.searched() != "":
		h.test.SetText(tr("home.test-found", "Count", len(h.shownCards)))
	default:
		h.test.SetText(tr("home.test-all"))
	}
	h.relayout()
}

// progressLine is a thin line of which the part that is done is filled.
type progressLine struct {
	root *fyne.Container
	part float32
}

func newProgressLine() *progressLine {
	p := &progressLine{}
	p.root = container.New(p, widgets.NewBox(widgets.ColorLine, "", 2, widgets.Column(0)),
		widgets.NewBox(widgets.ColorAccent, "", 2, widgets.Column(0)))
	p.root.Hide()
	return p
}

func (p *progressLine) set(part float32) {
	p.part = part
	p.root.Refresh()
}

// MinSize is called by Fyne.
func (p *progressLine) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(40, 4) }

// Layout is called by Fyne.
func (p *progressLine) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(fyne.NewSize(size.Width, 4))
	objects[1].Resize(fyne.NewSize(size.Width*p.part, 4))
}
