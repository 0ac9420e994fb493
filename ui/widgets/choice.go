package widgets

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Option is one row of a Choice.
type Option struct {
	// ID is what Selected returns.
	ID string
	// Label is the row's text; Detail explains it below, where it is not empty.
	Label, Detail string
	// Pill stands after the label, where it is not empty.
	Pill string
}

// Choice is a group of rows of which one is chosen. The whole group is one stop
// of the Tab key; the arrow keys move within it.
type Choice struct {
	widget.BaseWidget
	KeyPress
	// OnChanged is told of a new choice by the user.
	OnChanged func(id string)
	// OnReturn is told of Return; nil: Return moves to the next widget.
	OnReturn func()

	options  []Option
	selected string
	focused  bool
	rows     []*choiceRow
	body     *fyne.Container
}

// NewChoice makes a group. With across the rows stand side by side as long as
// they fit.
func NewChoice(options []Option, across bool) *Choice {
	c := &Choice{options: options}
	objects := make([]fyne.CanvasObject, 0, len(options))
	for _, o := range options {
		row := newChoiceRow(c, o)
		c.rows = append(c.rows, row)
		objects = append(objects, row)
	}
	if across {
		c.body = Flow(14, objects...)
	} else {
		c.body = Column(6, objects...)
	}
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer is called by Fyne.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.body) }

// Selected returns the ID of the chosen row; empty when none is.
func (c *Choice) Selected() string { return c.selected }

// Has reports whether there is a row with this ID.
func (c *Choice) Has(id string) bool {
	return slices.ContainsFunc(c.options, func(o Option) bool { return o.ID == id })
}

// Select chooses a row without telling OnChanged.
func (c *Choice) Select(id string) {
	c.selected = id
	c.repaint()
}

func (c *Choice) repaint() {
	for _, r := range c.rows {
		r.Refresh()
	}
}

// Choose chooses a row as the user does.
func (c *Choice) Choose(id string) {
	if id == c.selected {
		return
	}
	c.Select(id)
	if c.OnChanged != nil {
		c.OnChanged(id)
	}
}

// FocusGained is called by Fyne.
func (c *Choice) FocusGained() {
	c.focused = true
	c.repaint()
	reveal(c)
}

// FocusLost is called by Fyne.
func (c *Choice) FocusLost() {
	c.focused = false
	c.repaint()
}

// TypedRune is called by Fyne.
func (c *Choice) TypedRune(rune) {}

// TypedKey moves the choice with the arrow keys.
func (c *Choice) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyUp, fyne.KeyLeft:
		c.step(-1)
	case fyne.KeyDown, fyne.KeyRight:
		c.step(1)
	case fyne.KeySpace:
		if c.selected == "" {
			c.step(1)
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if !Pressed() {
			return
		}
		if c.OnReturn != nil {
			c.OnReturn()
		} else if cv := canvasOf(c); cv != nil {
			cv.FocusNext()
		}
	default:
		ForwardKey(c, key)
	}
}

// TypedShortcut hands the window's shortcuts on.
func (c *Choice) TypedShortcut(s fyne.Shortcut) { ForwardShortcut(c, s) }

func (c *Choice) step(by int) {
	at := -1
	for i, o := range c.options {
		if o.ID == c.selected {
			at = i
		}
	}
	if at < 0 && by < 0 {
		at = 0
	}
	at = (at + by + len(c.options)) % len(c.options)
	c.Choose(c.options[at].ID)
}

// choiceRow is one row: a ring, the label, the explanation.
type choiceRow struct {
	widget.BaseWidget
	choice *Choice
	option Option
	body   fyne.CanvasObject
}

func newChoiceRow(c *Choice, o Option) *choiceRow {
	r := &choiceRow{choice: c, option: o}
	label := NewText(o.Label, Style{OneLine: o.Detail == "" && o.Pill == ""})
	head := fyne.CanvasObject(label)
	if o.Pill != "" {
		label.SetStyle(Style{OneLine: true})
		head = Flow(8, label, NewPill(Info, o.Pill))
	}
	if o.Detail != "" {
		head = Column(0, head, NewQuiet(o.Detail))
	}
	r.body = Pad(3, 6, 3, 26, head)
	r.ExtendBaseWidget(r)
	return r
}

func (r *choiceRow) Tapped(*fyne.PointEvent) {
	if c := canvasOf(r.choice); c != nil {
		c.Focus(r.choice)
	}
	r.choice.Choose(r.option.ID)
}

func (r *choiceRow) Cursor() desktop.Cursor { return desktop.PointerCursor }

func (r *choiceRow) CreateRenderer() fyne.WidgetRenderer {
	d := &choiceRenderer{
		row: r, focus: canvas.NewRectangle(nil), ring: canvas.NewCircle(nil), dot: canvas.NewCircle(nil),
	}
	d.paint()
	return d
}

type choiceRenderer struct {
	row       *choiceRow
	focus     *canvas.Rectangle
	ring, dot *canvas.Circle
}

func (d *choiceRenderer) MinSize() fyne.Size { return d.row.body.MinSize() }

func (d *choiceRenderer) Layout(size fyne.Size) {
	d.focus.Resize(size)
	d.ring.Resize(fyne.NewSquareSize(16))
	d.ring.Move(fyne.NewPos(4, 5))
	d.dot.Resize(fyne.NewSquareSize(6))
	d.dot.Move(fyne.NewPos(9, 10))
	d.row.body.Resize(size)
}

func (d *choiceRenderer) paint() {
	th, v := d.row.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	on := d.row.choice.selected == d.row.option.ID
	d.ring.FillColor, d.ring.StrokeColor, d.ring.StrokeWidth = pick(th, ColorCard, v), pick(th, ColorBorder, v), 1.5
	d.dot.FillColor = pick(th, ColorOnAccent, v)
	d.dot.Hidden = !on
	if on {
		d.ring.FillColor, d.ring.StrokeColor = pick(th, ColorAccent, v), pick(th, ColorAccent, v)
	}
	d.focus.FillColor, d.focus.CornerRadius = pick(th, "", v), 6
	d.focus.StrokeColor, d.focus.StrokeWidth = pick(th, ColorFocus, v), 0
	none := d.row.choice.selected == "" && d.row.choice.rows[0] == d.row
	if d.row.choice.focused && (on || none) {
		d.focus.StrokeWidth = 2
	}
}

func (d *choiceRenderer) Refresh() {
	d.paint()
	canvas.Refresh(d.row)
}

func (d *choiceRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{d.focus, d.ring, d.dot, d.row.body}
}

func (d *choiceRenderer) Destroy() {}
