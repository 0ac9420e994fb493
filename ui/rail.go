package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// railOwner is a guided way whose steps the rail lists.
type railOwner interface {
	// railName stands below the brand; empty for none.
	railName() string
	// railLines are the steps, always as many.
	railLines() []railLine
	// railJump opens the step of that index.
	railJump(i int)
}

// railLine is one step as the rail shows it.
type railLine struct {
	title, hint string
	state       railState
	active      bool
}

// rail is the list of steps.
type rail struct {
	owner  railOwner
	app    *App
	root   *fyne.Container
	name   *widgets.Text
	brand  *widgets.Text
	steps  []*railStep
	list   *fyne.Container
	scroll *container.Scroll
	pill   *widgets.Pill
	note   *widgets.Text
	foot   *fyne.Container
	inner  *fyne.Container
	narrow bool
	at     *railStep // the step that is open
	sought bool      // at is to be seen with the next layout
}

func newRail(app *App, owner railOwner) *rail {
	r := &rail{
		owner: owner, app: app,
		brand: widgets.NewText(tr("ui.title"), widgets.Style{Bold: true, Size: theme.SizeNameSubHeadingText, Color: widgets.ColorRailText, OneLine: true, Cut: true}),
		name:  widgets.NewText("", widgets.Style{Size: theme.SizeNameCaptionText, Color: widgets.ColorRailQuiet, OneLine: true, Cut: true}),
		pill:  widgets.NewPill(widgets.Practice, tr("ui.practice-tenant")),
		note:  widgets.NewText(tr("ui.draft-none"), widgets.Style{Size: theme.SizeNameCaptionText, Color: widgets.ColorRailQuiet}),
		list:  widgets.Column(4),
	}
	r.pill.Hidden = app.opts.Practice == nil
	for i := range owner.railLines() {
		s := newRailStep(i+1, func() { owner.railJump(i) })
		s.gained = func() { r.see(s) }
		r.steps = append(r.steps, s)
		r.list.Add(s)
	}
	logo := canvas.NewImageFromResource(icon())
	logo.SetMinSize(fyne.NewSquareSize(26))
	logo.FillMode = canvas.ImageFillContain
	text := widgets.Column(0, r.brand, r.name)
	head := widgets.Row(10, text, logo, text)
	r.scroll = container.NewVScroll(r.list)
	r.foot = widgets.Column(8, widgets.Flow(0, r.pill), r.note)
	r.inner = container.New(&railLayout{r}, head, r.scroll, r.foot)
	r.root = container.NewStack(
		widgets.NewBox(widgets.ColorRail, "", 0, widgets.Column(0)), r.inner)
	return r
}

func (r *rail) setNarrow(narrow bool) {
	if r.narrow == narrow {
		return
	}
	r.narrow = narrow
	for _, s := range r.steps {
		s.setNarrow(narrow)
	}
	r.brand.Hidden, r.note.Hidden = narrow, narrow
	r.name.Hidden = narrow || r.owner.railName() == ""
	r.pill.Hidden = narrow || r.app.opts.Practice == nil
	r.list.Refresh()
}

func (r *rail) say(text string, bad bool) {
	style := widgets.Style{Size: theme.SizeNameCaptionText, Color: widgets.ColorRailQuiet}
	if bad {
		style.Color = widgets.ColorPractice
	}
	if r.note.Text() == text {
		return
	}
	r.note.SetStyle(style)
	r.note.SetText(text)
	r.inner.Refresh()
}

func (r *rail) refresh() {
	name := r.owner.railName()
	r.name.SetText(name)
	r.name.Hidden = r.narrow || name == ""
	for i, l := range r.owner.railLines() {
		r.steps[i].set(l.title, l.hint, l.state, l.active)
		if l.active && r.at != r.steps[i] {
			r.at, r.sought = r.steps[i], true
		}
	}
	r.list.Refresh()
	r.place(r.scroll.Size())
}

// place gives the list its size, and where that or the step that is open is
// another one now, scrolls to the step.
func (r *rail) place(size fyne.Size) {
	r.sought = r.sought || r.at != nil && size != r.scroll.Size()
	placeScroll(r.scroll, size)
	if r.sought && size.Height > 0 {
		r.sought = false
		r.see(r.at)
	}
}

// see scrolls so that a step is seen, in a window that is too low for all.
func (r *rail) see(s *railStep) {
	top, to := s.Position().Y, r.scroll.Offset
	to.Y = min(max(to.Y, top+s.Size().Height-r.scroll.Size().Height), top)
	r.scroll.ScrollToOffset(to)
}

func (f *flow) railName() string { return f.draft.Name }

func (f *flow) railLines() []railLine {
	steps := f.draft.Steps()
	lines := make([]railLine, len(steps))
	for i, step := range steps {
		lines[i] = railLine{msg(step.Title), msg(step.Hint), f.railState(step), step.ID == f.draft.Step}
	}
	return lines
}

func (f *flow) railJump(i int) { f.jump(f.draft.Steps()[i].ID) }

// railState is how far a step is: done when it was seen and nothing is missing.
func (f *flow) railState(step wizard.Step) railState {
	switch {
	case step.Skipped:
		return railSkipped
	case !f.visited[step.ID]:
		return railToCome
	case f.draft.Done(step.ID, f.context):
		return railDone
	}
	return railReached
}

// railLayout puts the head at the top, the note at the bottom and the steps between.
type railLayout struct{ rail *rail }

func (l *railLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(railNarrow, 200) }

func (l *railLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	head, scroll, foot := objects[0], objects[1], objects[2]
	side := float32(16)
	if l.rail.narrow {
		side = 8
	}
	width := size.Width - 2*side
	place := func(o fyne.CanvasObject, y float32) float32 {
		o.Resize(fyne.NewSize(width, o.Size().Height))
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(width, h))
		o.Move(fyne.NewPos(side, y))
		return h
	}
	headSide := side
	if l.rail.narrow {
		headSide = (size.Width - 26) / 2
	}
	h := place(head, 20)
	head.Move(fyne.NewPos(headSide, 20))
	bottom := size.Height - 16
	if foot.MinSize().Height > 8 {
		fh := place(foot, 0)
		foot.Move(fyne.NewPos(side, bottom-fh))
		bottom -= fh + 10
	}
	top := 20 + max(h, 40) + 18
	scroll.Move(fyne.NewPos(side, top))
	l.rail.place(fyne.NewSize(width, max(bottom-top, 0)))
}
