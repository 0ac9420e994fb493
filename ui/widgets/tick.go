package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Tick is a box to tick with a label after it.
type Tick struct {
	widget.BaseWidget
	KeyPress
	// OnChanged is told of a change by the user.
	OnChanged func(on bool)
	on        bool
	focused   bool
	body      fyne.CanvasObject
}

// NewTick makes a box to tick; the label may be empty.
func NewTick(label string, changed func(on bool)) *Tick {
	t := &Tick{OnChanged: changed, body: Pad(3, 0, 3, 25, NewText("", Style{OneLine: true}))}
	if label != "" {
		t.body = Pad(3, 6, 3, 28, NewText(label, Style{OneLine: true}))
	}
	t.ExtendBaseWidget(t)
	return t
}

// On reports whether the box is ticked.
func (t *Tick) On() bool { return t.on }

// Set ticks or clears the box without telling OnChanged.
func (t *Tick) Set(on bool) {
	t.on = on
	t.Refresh()
}

// Tapped ticks or clears the box.
func (t *Tick) Tapped(*fyne.PointEvent) {
	t.Set(!t.on)
	if t.OnChanged != nil {
		t.OnChanged(t.on)
	}
}

// FocusGained is called by Fyne.
func (t *Tick) FocusGained() {
	t.focused = true
	t.Refresh()
	reveal(t)
}

// FocusLost is called by Fyne.
func (t *Tick) FocusLost() {
	t.focused = false
	t.Refresh()
}

// TypedRune is called by Fyne.
func (t *Tick) TypedRune(rune) {}

// TypedKey ticks on Space and Return.
func (t *Tick) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if Pressed() {
			t.Tapped(nil)
		}
	default:
		ForwardKey(t, key)
	}
}

// TypedShortcut hands the window's shortcuts on.
func (t *Tick) TypedShortcut(s fyne.Shortcut) { ForwardShortcut(t, s) }

// Cursor is called by Fyne.
func (t *Tick) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer is called by Fyne.
func (t *Tick) CreateRenderer() fyne.WidgetRenderer {
	r := &tickRenderer{
		t: t, ring: canvas.NewRectangle(nil), box: canvas.NewRectangle(nil), sign: NewIcon(IconCheck, ColorOnAccent, 12),
	}
	r.Refresh()
	return r
}

type tickRenderer struct {
	t         *Tick
	ring, box *canvas.Rectangle
	sign      *Icon
}

func (r *tickRenderer) MinSize() fyne.Size { return r.t.body.MinSize() }

func (r *tickRenderer) Layout(size fyne.Size) {
	y := min((size.Height-16)/2, 6) // beside the first line of what is higher
	r.box.Resize(fyne.NewSquareSize(16))
	r.box.Move(fyne.NewPos(4, y))
	r.ring.Resize(fyne.NewSquareSize(22))
	r.ring.Move(fyne.NewPos(1, y-3))
	r.sign.Resize(fyne.NewSquareSize(12))
	r.sign.Move(fyne.NewPos(6, y+2))
	r.t.body.Resize(size)
}

func (r *tickRenderer) Refresh() {
	th, v := r.t.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.box.FillColor, r.box.StrokeColor = pick(th, ColorCard, v), pick(th, ColorBorder, v)
	r.box.StrokeWidth, r.box.CornerRadius = 1.5, 3
	if r.t.on {
		r.box.FillColor, r.box.StrokeColor = pick(th, ColorAccent, v), pick(th, ColorAccent, v)
	}
	r.sign.Hidden = !r.t.on
	r.ring.FillColor, r.ring.StrokeColor = pick(th, "", v), pick(th, ColorFocus, v)
	r.ring.CornerRadius, r.ring.StrokeWidth = 5, 0
	if r.t.focused {
		r.ring.StrokeWidth = 2
	}
	canvas.Refresh(r.t)
}

func (r *tickRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.box, r.sign, r.t.body}
}

func (r *tickRenderer) Destroy() {}
