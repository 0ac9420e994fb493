package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"postkey/ui/widgets"
)

const (
	railWide   = 252
	railNarrow = 64
	// narrowAt is the width of the window at which the rail shrinks to numbers.
	narrowAt = 900
)

// railState is how far a step is.
type railState int

const (
	railToCome  railState = iota // not reached yet
	railReached                  // seen, and something is missing
	railDone
	railSkipped
)

// railStep is one line of the rail.
type railStep struct {
	widget.DisableableWidget
	widgets.KeyPress
	number      int
	title, hint string
	state       railState
	active      bool
	narrow      bool
	focused     bool
	tapped      func()
	gained      func() // is told that the step has the focus
}

func newRailStep(number int, tapped func()) *railStep {
	s := &railStep{number: number, tapped: tapped}
	s.ExtendBaseWidget(s)
	return s
}

// set shows another state; a step that was not reached cannot be opened.
func (s *railStep) set(title, hint string, state railState, active bool) {
	s.title, s.hint, s.state, s.active = title, hint, state, active
	if state == railToCome || state == railSkipped {
		s.Disable()
	} else {
		s.Enable()
	}
	s.Refresh()
}

func (s *railStep) setNarrow(narrow bool) {
	if s.narrow != narrow {
		s.narrow = narrow
		s.Refresh()
	}
}

func (s *railStep) Tapped(*fyne.PointEvent) {
	if !s.Disabled() {
		s.tapped()
	}
}

func (s *railStep) FocusGained() {
	s.focused = true
	s.Refresh()
	s.gained()
}

func (s *railStep) FocusLost() { s.focused = false; s.Refresh() }

func (s *railStep) TypedRune(rune) {}

func (s *railStep) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if widgets.Pressed() {
			s.Tapped(nil)
		}
	default:
		widgets.ForwardKey(s, key)
	}
}

func (s *railStep) TypedShortcut(shortcut fyne.Shortcut) { widgets.ForwardShortcut(s, shortcut) }

func (s *railStep) Cursor() desktop.Cursor {
	if s.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

func (s *railStep) CreateRenderer() fyne.WidgetRenderer {
	r := &railRenderer{
		s: s, box: canvas.NewRectangle(nil), disc: canvas.NewCircle(nil), number: canvas.NewText("", nil),
		sign:  widgets.NewIcon(widgets.IconCheck, widgets.ColorOnAccent, 11),
		title: widgets.NewText("", widgets.Style{}), hint: widgets.NewText("", widgets.Style{}),
	}
	r.Refresh()
	return r
}

type railRenderer struct {
	s           *railStep
	box         *canvas.Rectangle
	disc        *canvas.Circle
	number      *canvas.Text
	sign        *widgets.Icon
	title, hint *widgets.Text
}

const discSize = 22

func (r *railRenderer) MinSize() fyne.Size {
	if r.s.narrow {
		return fyne.NewSize(discSize, 36)
	}
	h := r.title.MinSize().Height
	if r.hint.Visible() {
		h += r.hint.MinSize().Height
	}
	return fyne.NewSize(120, max(h+14, 36))
}

func (r *railRenderer) Layout(size fyne.Size) {
	r.box.Resize(size)
	x := float32(10)
	if r.s.narrow {
		x = (size.Width - discSize) / 2
	}
	y := float32(7)
	r.disc.Resize(fyne.NewSquareSize(discSize))
	r.disc.Move(fyne.NewPos(x, y))
	n := r.number.MinSize()
	r.number.Resize(n)
	r.number.Move(fyne.NewPos(x+(discSize-n.Width)/2, y+(discSize-n.Height)/2))
	r.sign.Resize(fyne.NewSquareSize(discSize))
	r.sign.Move(fyne.NewPos(x, y))
	w := size.Width - 43 - 8
	r.title.Resize(fyne.NewSize(w, 20))
	r.title.Resize(fyne.NewSize(w, r.title.MinSize().Height))
	r.title.Move(fyne.NewPos(43, 7))
	r.hint.Resize(fyne.NewSize(w, 20))
	r.hint.Resize(fyne.NewSize(w, r.hint.MinSize().Height))
	r.hint.Move(fyne.NewPos(43, 7+r.title.MinSize().Height))
}

func (r *railRenderer) Refresh() {
	s := r.s
	th, v := s.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	pick := func(name fyne.ThemeColorName) { r.box.FillColor = th.Color(name, v) }
	pick(widgets.ColorRail)
	if s.active {
		pick(widgets.ColorRailActive)
	}
	r.box.CornerRadius = 6
	r.box.StrokeColor, r.box.StrokeWidth = th.Color(widgets.ColorRailText, v), 0
	if s.focused {
		r.box.StrokeWidth = 2
	}
	r.paintDisc(th, v)
	ink := widgets.ColorRailQuiet
	if s.active || s.state == railReached || s.state == railDone {
		ink = widgets.ColorRailText
	}
	r.title.SetStyle(widgets.Style{Bold: true, Color: ink})
	r.title.SetText(s.title)
	r.hint.SetStyle(widgets.Style{Size: theme.SizeNameCaptionText, Color: widgets.ColorRailQuiet})
	r.hint.SetText(s.hint)
	r.title.Hidden = s.narrow
	r.hint.Hidden = s.narrow || s.hint == "" || !s.active && s.state == railToCome
	r.Layout(s.Size())
	canvas.Refresh(s)
}

func (r *railRenderer) paintDisc(th fyne.Theme, v fyne.ThemeVariant) {
	s := r.s
	r.number.Text = strconv.Itoa(s.number)
	r.number.TextSize, r.number.TextStyle.Bold = 12, s.active
	r.number.Color = th.Color(widgets.ColorRailQuiet, v)
	r.disc.FillColor = th.Color(widgets.ColorRail, v)
	r.disc.StrokeColor, r.disc.StrokeWidth = th.Color(widgets.ColorRailLine, v), 1
	done := s.state == railDone && !s.active
	r.number.Hidden, r.sign.Hidden = done || s.state == railSkipped, !done && s.state != railSkipped
	switch {
	case s.active:
		r.disc.FillColor, r.disc.StrokeWidth = th.Color(widgets.ColorOnAccent, v), 0
		r.number.Color = th.Color(widgets.ColorRail, v)
	case done:
		r.disc.FillColor, r.disc.StrokeWidth = th.Color(widgets.ColorGoodFill, v), 0
		r.sign.Set(widgets.IconCheck, widgets.ColorOnAccent)
	case s.state == railSkipped:
		r.sign.Set(widgets.IconDash, widgets.ColorRailQuiet)
	}
}

func (r *railRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.disc, r.number, r.sign, r.title, r.hint}
}

func (r *railRenderer) Destroy() {}
