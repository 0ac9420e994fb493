package widgets

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Field is a label, an entry in a frame, buttons inside the frame, and under it
// the problem or, when there is none, the hint.
//
// A field is checked when it is left with something in it and by Validate. Once
// it shows a problem it is checked at every letter, so that the problem goes as
// soon as the text is right.
type Field struct {
	widget.BaseWidget
	// Entry is where the text is typed.
	Entry *Entry
	// Check judges the text; nil: everything is right.
	Check func(text string) Problem
	// OnChanged is told of every change.
	OnChanged func(text string)
	// OnLeft is told when the focus has gone and the check is done.
	OnLeft func()
	// OnReturn is told of Return; nil: Return moves to the next widget.
	OnReturn func()

	label   *Text
	hint    *Text
	note    *ProblemLine
	frame   *fieldFrame
	focused bool
	problem Problem
	checked bool
	body    *fyne.Container
}

// NewField makes a field with the label above it.
func NewField(label string) *Field {
	f := &Field{Entry: NewEntry(), label: NewLabel(label), hint: NewQuiet(""), note: NewProblemLine()}
	f.frame = newFieldFrame(f)
	f.hint.Hide()
	f.body = Column(3, f.label, f.frame, f.note, f.hint)
	if label == "" {
		f.label.Hide()
	}
	f.Entry.focus = f.focusChanged
	f.Entry.OnChanged = f.changed
	f.Entry.Return = func() {
		if f.OnReturn != nil {
			f.OnReturn()
		} else if c := canvasOf(f.Entry); c != nil {
			c.FocusNext()
		}
	}
	f.ExtendBaseWidget(f)
	return f
}

// CreateRenderer is called by Fyne.
func (f *Field) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.body) }

// SetHint sets the quiet line under the field; empty for none.
func (f *Field) SetHint(text string) *Field {
	f.hint.SetText(text)
	f.showLines()
	return f
}

// SetPlaceholder sets the example in the empty field.
func (f *Field) SetPlaceholder(text string) *Field {
	f.Entry.SetPlaceHolder(text)
	return f
}

// SetMono shows the text in letters of one width, for values such as IDs.
func (f *Field) SetMono() *Field {
	f.Entry.TextStyle.Monospace = true
	f.Entry.Refresh()
	return f
}

// AddButton puts a button into the frame, at its end.
func (f *Field) AddButton(b *Button) *Field {
	f.frame.trail.Add(b)
	return f
}

// AddBelow puts an object under the field, below problem and hint.
func (f *Field) AddBelow(o fyne.CanvasObject) *Field {
	f.body.Add(o)
	return f
}

// Label returns the text above the field.
func (f *Field) Label() string { return f.label.Text() }

// Text returns what is typed.
func (f *Field) Text() string { return f.Entry.Text }

// SetText replaces what is typed, as if it had been typed.
func (f *Field) SetText(text string) { f.Entry.SetText(text) }

// Preset puts a text into the field without telling anybody, with the cursor
// behind it.
func (f *Field) Preset(text string) *Field {
	f.Entry.Text, f.Entry.CursorColumn = text, utf8.RuneCountInString(text)
	return f
}

// Problem returns the problem that is shown; the zero value for none.
func (f *Field) Problem() Problem { return f.problem }

// SetProblem shows a problem, or none.
func (f *Field) SetProblem(p Problem) {
	f.problem, f.checked = p, true
	f.showLines()
}

// Validate checks the field and reports whether Continue may go on; a warning
// does not stop it.
func (f *Field) Validate() bool {
	p := Problem{}
	if f.Check != nil {
		p = f.Check(f.Text())
	}
	f.SetProblem(p)
	return p.Text == "" || p.Warning
}

// Reset forgets the last check, so that neither problem nor tick is shown.
func (f *Field) Reset() {
	f.problem, f.checked = Problem{}, false
	f.showLines()
}

// Disable and Enable lock the entry.
func (f *Field) Disable() { f.Entry.Disable(); f.frame.Refresh() }

// Enable unlocks the entry.
func (f *Field) Enable() { f.Entry.Enable(); f.frame.Refresh() }

func (f *Field) changed(text string) {
	if f.OnChanged != nil {
		f.OnChanged(text)
	}
	if f.problem.Text != "" {
		f.Validate()
	} else if f.checked {
		f.Reset()
	}
}

func (f *Field) focusChanged(gained bool) {
	// The canvas could be asked too, but it knows an entry only once it was drawn.
	f.focused = gained
	f.frame.Refresh()
	if gained {
		reveal(f)
		return
	}
	if f.Text() != "" {
		f.Validate()
	}
	if f.OnLeft != nil {
		f.OnLeft()
	}
}

func (f *Field) showLines() {
	f.note.Set(f.problem)
	f.hint.Hidden = f.hint.Text() == "" || f.problem.Text != ""
	f.frame.Refresh()
	f.body.Refresh()
}

// fieldFrame draws the box around the entry and the buttons at its end.
type fieldFrame struct {
	widget.BaseWidget
	field *Field
	trail *fyne.Container
	tick  *Icon
}

func newFieldFrame(f *Field) *fieldFrame {
	r := &fieldFrame{field: f, trail: Row(4, nil), tick: NewIcon(IconCheck, ColorGood, 14)}
	r.ExtendBaseWidget(r)
	return r
}

func (f *fieldFrame) CreateRenderer() fyne.WidgetRenderer {
	row := Row(4, f.field.Entry, f.field.Entry, f.tick, Pad(0, 4, 0, 0, f.trail))
	r := &frameRenderer{f: f, box: canvas.NewRectangle(nil), row: row}
	r.Refresh()
	return r
}

type frameRenderer struct {
	f   *fieldFrame
	box *canvas.Rectangle
	row *fyne.Container
}

func (r *frameRenderer) Layout(size fyne.Size) {
	r.box.Resize(size.SubtractWidthHeight(2, 2))
	r.box.Move(fyne.NewPos(1, 1))
	r.row.Resize(size.SubtractWidthHeight(6, 2))
	r.row.Move(fyne.NewPos(3, 1))
}

func (r *frameRenderer) MinSize() fyne.Size { return r.row.MinSize().AddWidthHeight(6, 2) }

func (r *frameRenderer) Refresh() {
	f := r.f.field
	fill, line, width := ColorCard, ColorBorder, float32(1)
	right := f.checked && f.problem.Text == "" && f.Check != nil && f.Text() != ""
	switch {
	case f.problem.Text != "" && f.problem.Warning:
		fill, line = ColorWarnSoft, ColorWarn
	case f.problem.Text != "":
		fill, line = ColorBadSoft, ColorBad
	case right:
		line = ColorGood
	}
	if f.Entry.Disabled() {
		fill = ColorIdleSoft
	}
	if f.focused {
		line, width = ColorFocus, 2
	}
	th, v := r.f.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.box.FillColor, r.box.StrokeColor = pick(th, fill, v), pick(th, line, v)
	r.box.StrokeWidth, r.box.CornerRadius = width, 6
	r.f.tick.Hidden = !right
	r.row.Refresh()
	r.Layout(r.f.Size())
	canvas.Refresh(r.f)
}

func (r *frameRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.box, r.row} }

func (r *frameRenderer) Destroy() {}
