package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/ui/widgets"
)

// tool is a screen of one page beside the wizard, such as the explanation of an
// error: the bar with the name above, the page, the buttons below. Back leads to
// where it was opened.
type tool struct {
	app  *App
	name string // for the log
	// ctx ends when the screen is left.
	ctx  context.Context
	stop context.CancelFunc
	back func()

	page   page
	root   *fyne.Container
	scroll *container.Scroll
	bar    *bar
}

// openTool shows a screen with the page that build makes. Back does back, and
// goes Home where that is nil.
func (u *App) openTool(name string, back func(), build func(*tool) page) {
	t := &tool{app: u, name: name, back: back}
	if back == nil {
		t.back = func() { u.show(newHome(u)) }
	}
	t.ctx, t.stop = context.WithCancel(u.ctx)
	t.page = build(t)
	t.bar = newBar(t.leaveTool, action{}, func() {})
	t.bar.close.Hide()
	t.scroll = container.NewVScroll(widgets.Pad(26, 36, 24, 36, widgets.Column(3,
		widgets.NewHeading(t.page.heading()), widgets.NewSentence(t.page.sentence()),
		widgets.Pad(13, 0, 0, 0, t.page.content()))))
	t.root = container.New(&homeLayout{t.scroll}, topBar(), practiceStrip(u), t.scroll, t.bar.root)
	t.bar.show(t.page)
	t.bar.moved = t.relayout
	u.show(t)
}

// leaveTool goes back, after what runs has been cancelled.
func (t *tool) leaveTool() {
	if c, ok := t.page.(canceller); ok {
		c.cancel()
	}
	t.back()
}

// refresh shows the buttons as the page wants them now, and lays it out anew.
func (t *tool) refresh() {
	t.bar.show(t.page)
	t.relayout()
}

func (t *tool) relayout() {
	t.root.Refresh()
	t.scroll.Refresh()
	t.app.settle()
}

// work runs wait off the UI goroutine until the screen is left; see App.work.
func (t *tool) work(wait func(ctx context.Context) func()) context.CancelFunc {
	return t.app.work(t.ctx, wait)
}

func (t *tool) content() fyne.CanvasObject { return t.root }

func (t *tool) shown() {
	t.app.noteShown(t.name)
	c := t.app.window.Canvas()
	if o := t.page.focus(); o != nil {
		c.Focus(o)
		return
	}
	c.Focus(t.bar.primary)
}

func (t *tool) leave() {
	t.page.leave()
	t.stop()
}

func (t *tool) key(k windowKey) {
	switch k {
	case keyContinue:
		t.bar.press()
	case keyBack:
		t.leaveTool()
	case keyEscape:
		if c, ok := t.page.(canceller); ok && c.cancel() {
			return
		}
		t.back()
	}
}

func (t *tool) pane() *container.Scroll { return t.scroll }

func (t *tool) focusMoved(o fyne.CanvasObject) {
	if b, ok := o.(fyne.Focusable); ok && t.bar.holds(b) {
		return
	}
	scrollTo(t.scroll, o)
}

// toolPage is what a page of a tool needs; embed it.
type toolPage struct{ tool *tool }

func (toolPage) focus() fyne.Focusable     { return nil }
func (toolPage) commit(then func(ok bool)) { then(true) }
func (toolPage) actions() []action         { return nil }
func (toolPage) leave()                    {}

// toolsMenu offers what belongs to no connection, under the button of Home.
func (u *App) toolsMenu(under *widgets.Button) {
	u.popUp(under, []*fyne.MenuItem{
		fyne.NewMenuItem(tr("tools.explain"), func() { u.openExplain() }),
		fyne.NewMenuItem(tr("tools.preflight"), func() { u.openPreflight(nil, nil) }),
		fyne.NewMenuItem(tr("tools.support"), func() { u.openSupport() }),
		fyne.NewMenuItem(tr("tools.logs"), u.openLogs),
	})
}
