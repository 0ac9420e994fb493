package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/ui/widgets"
)

// guided is a short guided way beside the wizard, such as the change of a
// client secret: a rail with its few steps, a page, a bar. It has no draft, so
// its pages keep what is typed themselves.
type guided struct {
	frame
	app *App
	// ctx ends when the way is left.
	ctx  context.Context
	stop context.CancelFunc

	name  string // stands below the brand
	lines func() []railLine
	jump  func(i int)

	page     page
	offers   []func() // fill the fields of the page with practice values
	fillAll  *widgets.Button
	heading  *widgets.Text
	sentence *widgets.Text
	holder   *fyne.Container
}

// newGuided makes the way; begin shows its first page.
func newGuided(app *App, name, note string, lines func() []railLine) *guided {
	g := &guided{
		app: app, name: name, lines: lines,
		heading: widgets.NewHeading(""), sentence: widgets.NewSentence(""), holder: widgets.Column(0),
	}
	g.ctx, g.stop = context.WithCancel(app.ctx)
	g.rail = newRail(app, g)
	g.rail.say(note, false)
	g.bar = newBar(g.shut, action{tr("ui.cancel"), g.shut}, func() {})
	g.bar.back.Hide() // a way of one page has nothing to go back to
	g.fillAll = widgets.NewButton(tr("ui.practice-fill-all"), widgets.Small, g.fill)
	g.strip = practiceStrip(app, g.fillAll)
	g.scroll = container.NewVScroll(widgets.Pad(26, 36, 24, 36,
		widgets.Column(3, g.heading, g.sentence, widgets.Pad(13, 0, 0, 0, g.holder))))
	g.assemble()
	return g
}

// railAt are the lines of a short way that is at one of its steps: those before
// are done, and none after can be opened.
func railAt(at int, lines []railLine) []railLine {
	for i := range lines {
		lines[i].active = i == at
		if i < at {
			lines[i].state = railDone
		}
	}
	lines[at].state = railReached
	return lines
}

func (g *guided) railName() string      { return g.name }
func (g *guided) railLines() []railLine { return g.lines() }
func (g *guided) railJump(i int) {
	if g.jump != nil {
		g.jump(i)
	}
}

// present shows another page.
func (g *guided) present(p page) {
	if g.page != nil {
		g.page.leave()
	}
	g.page, g.offers = p, nil
	g.holder.Objects = []fyne.CanvasObject{p.content()}
	g.scroll.Offset = fyne.Position{}
	g.refresh()
	g.relayout()
	g.focusPage()
}

func (g *guided) focusPage() {
	c := g.app.window.Canvas()
	if o := g.page.focus(); o != nil {
		c.Focus(o)
		return
	}
	c.Focus(g.bar.primary)
}

// refresh shows the texts, the buttons and the rail as the page wants them now.
func (g *guided) refresh() {
	g.heading.SetText(g.page.heading())
	g.sentence.SetText(g.page.sentence())
	g.sentence.Hidden = g.page.sentence() == ""
	g.fillAll.Hidden = len(g.offers) == 0
	g.bar.show(g.page)
	g.rail.refresh()
}

// settle lays the page out anew after something on it has changed its height.
func (g *guided) settle() { g.relayout() }

// shut goes Home, after what runs has been cancelled.
func (g *guided) shut() {
	if c, ok := g.page.(canceller); ok && c.cancel() {
		return
	}
	g.app.show(newHome(g.app))
}

func (g *guided) content() fyne.CanvasObject { return g.root }

func (g *guided) shown() {
	g.focusPage()
	g.app.noteShown("guided")
}

func (g *guided) leave() {
	g.page.leave()
	g.stop()
}

func (g *guided) key(k windowKey) {
	switch k {
	case keyContinue:
		g.bar.press()
	case keyBack:
		if g.bar.back.Visible() {
			g.bar.back.Tapped(nil)
		}
	case keyEscape:
		if c, ok := g.page.(canceller); ok {
			c.cancel()
		}
	}
}

func (g *guided) pane() *container.Scroll { return g.scroll }

func (g *guided) focusMoved(o fyne.CanvasObject) {
	if b, ok := o.(fyne.Focusable); ok && g.bar.holds(b) {
		return
	}
	scrollTo(g.scroll, o)
}

// advance is what Return does in a field.
func (g *guided) advance() { advanceFrom(g.app, g.bar) }

// work runs wait off the UI goroutine; see App.work.
func (g *guided) work(wait func(ctx context.Context) func()) context.CancelFunc {
	return g.app.work(g.ctx, wait)
}

// offerMade puts Use practice value beside a field; fill types it in.
func (g *guided) offerMade(w *widgets.Field, fill func()) {
	g.offers = append(g.offers, fill)
	w.AddBelow(widgets.Flow(0, widgets.NewButton(tr("ui.practice-use"), widgets.Link, fill)))
}

func (g *guided) fill() {
	for _, fill := range g.offers {
		fill()
	}
	g.app.window.Canvas().Focus(g.bar.primary)
}
