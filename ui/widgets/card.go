package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Box is a rounded rectangle of the theme's colours around an object.
type Box struct {
	widget.BaseWidget
	Fill, Line fyne.ThemeColorName // empty: none
	Edge       fyne.ThemeColorName // a thick left edge; empty: none
	Radius     float32
	inside     fyne.CanvasObject
}

// NewBox makes a box around inside.
func NewBox(fill, line fyne.ThemeColorName, radius float32, inside fyne.CanvasObject) *Box {
	b := &Box{Fill: fill, Line: line, Radius: radius, inside: inside}
	b.ExtendBaseWidget(b)
	return b
}

// NewCard is the white frame that groups what belongs together; the objects
// stand below each other.
func NewCard(objects ...fyne.CanvasObject) *Box {
	return NewBox(ColorCard, ColorLine, 10, Pad(16, 18, 16, 18, Column(10, objects...)))
}

// Mood is the state that a pill or a notice speaks of.
type Mood int

// The moods.
const (
	Idle Mood = iota // nothing to judge
	Info
	Good
	Warn
	Bad
	Practice
)

func (m Mood) ink() fyne.ThemeColorName {
	return [...]fyne.ThemeColorName{ColorQuiet, ColorAccentText, ColorGood, ColorWarn, ColorBad, ColorOnPractice}[m]
}

func (m Mood) soft() fyne.ThemeColorName {
	return [...]fyne.ThemeColorName{
		ColorIdleSoft, ColorAccentSoft, ColorGoodSoft, ColorWarnSoft, ColorBadSoft, ColorPractice,
	}[m]
}

func (m Mood) edge() fyne.ThemeColorName {
	return [...]fyne.ThemeColorName{
		ColorIdleFill, ColorAccent, ColorGoodFill, ColorWarnFill, ColorBadFill, ColorPractice,
	}[m]
}

func (m Mood) sign() fyne.Resource {
	return [...]fyne.Resource{IconInfo, IconInfo, IconCheck, IconWarn, IconBad, IconInfo}[m]
}

// NewNotice is a card with a coloured left edge and a sign before its title,
// for a finding or a word of warning; the objects stand below the title.
func NewNotice(mood Mood, title string, objects ...fyne.CanvasObject) *Box {
	head := NewTitle(title)
	row := Row(8, head, NewIcon(mood.sign(), mood.ink(), 16), head)
	b := NewBox(ColorCard, ColorLine, 10,
		Pad(14, 18, 14, 20, Column(8, append([]fyne.CanvasObject{row}, objects...)...)))
	b.Edge = mood.edge()
	return b
}

// Inside is what the box is around.
func (b *Box) Inside() fyne.CanvasObject { return b.inside }

// CreateRenderer is called by Fyne.
func (b *Box) CreateRenderer() fyne.WidgetRenderer {
	r := &boxRenderer{
		b: b, edge: canvas.NewRectangle(nil), cover: canvas.NewRectangle(nil), box: canvas.NewRectangle(nil),
	}
	r.paint()
	return r
}

type boxRenderer struct {
	b                *Box
	edge, box, cover *canvas.Rectangle
}

func (r *boxRenderer) MinSize() fyne.Size { return r.b.inside.MinSize() }

const edgeWidth = 4

func (r *boxRenderer) Layout(size fyne.Size) {
	r.box.Resize(size)
	// The edge is a rounded box of its own colour that the inside covers but
	// for the left strip.
	r.edge.Resize(fyne.NewSize(min(2*r.b.Radius, size.Width), size.Height))
	r.cover.Resize(size.SubtractWidthHeight(edgeWidth, 0))
	r.cover.Move(fyne.NewPos(edgeWidth, 0))
	r.b.inside.Resize(size)
}

func (r *boxRenderer) paint() {
	th, v := r.b.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.box.FillColor, r.box.StrokeColor = pick(th, r.b.Fill, v), pick(th, r.b.Line, v)
	r.box.StrokeWidth, r.box.CornerRadius = 1, r.b.Radius
	if r.b.Line == "" {
		r.box.StrokeWidth = 0
	}
	r.edge.Hidden, r.cover.Hidden = r.b.Edge == "", r.b.Edge == ""
	r.edge.FillColor, r.edge.CornerRadius = pick(th, r.b.Edge, v), r.b.Radius
	r.cover.FillColor, r.cover.StrokeColor = r.box.FillColor, r.box.StrokeColor
	r.cover.StrokeWidth, r.cover.CornerRadius = r.box.StrokeWidth, r.b.Radius
	r.cover.TopLeftCornerRadius, r.cover.BottomLeftCornerRadius = r.b.Radius-edgeWidth, r.b.Radius-edgeWidth
}

func (r *boxRenderer) Refresh() {
	r.paint()
	r.b.inside.Refresh()
	canvas.Refresh(r.b)
}

func (r *boxRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.edge, r.cover, r.b.inside}
}

func (r *boxRenderer) Destroy() {}

// NewRule is a thin line between rows.
func NewRule() *Box {
	line := canvas.NewRectangle(color.Transparent)
	line.SetMinSize(fyne.NewSize(1, 1))
	return NewBox(ColorLine, "", 0, line)
}

// NewFoot is the white strip at the bottom of a screen, with a line above it.
func NewFoot(inside fyne.CanvasObject) *fyne.Container {
	return container.NewStack(
		NewBox(ColorCard, "", 0, Column(0)),
		Column(0, NewRule(), inside))
}
