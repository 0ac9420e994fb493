package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Mark is the disc before one line of a list of things to be done: the same
// signs as those of a hop, without its texts.
type Mark struct {
	widget.BaseWidget
	state HopState
}

// markSize is the diameter of the disc.
const markSize = 18

// NewMark makes a mark of something that has not begun.
func NewMark() *Mark {
	m := &Mark{}
	m.ExtendBaseWidget(m)
	return m
}

// Set shows another state.
func (m *Mark) Set(state HopState) {
	if m.state != state {
		m.state = state
		m.Refresh()
	}
}

// State is what is shown.
func (m *Mark) State() HopState { return m.state }

// CreateRenderer is called by Fyne.
func (m *Mark) CreateRenderer() fyne.WidgetRenderer {
	r := &markRenderer{
		mark: m, disc: canvas.NewCircle(color.Transparent), dot: canvas.NewCircle(color.Transparent),
		sign: NewIcon(IconCheck, ColorOnAccent, 10),
	}
	r.disc.StrokeWidth = 1.5
	r.Refresh()
	return r
}

type markRenderer struct {
	mark *Mark
	disc *canvas.Circle
	dot  *canvas.Circle // in the middle while it runs
	sign *Icon
}

// MinSize is the disc.
func (r *markRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(markSize) }

// Layout centres the disc and what is in it.
func (r *markRenderer) Layout(size fyne.Size) {
	mid := fyne.NewPos(size.Width/2, size.Height/2)
	place(r.disc, mid, fyne.NewSquareSize(markSize))
	place(r.dot, mid, fyne.NewSquareSize(markSize/2))
	place(r.sign, mid, r.sign.MinSize())
}

// Refresh follows the state and the theme.
func (r *markRenderer) Refresh() {
	ink := func(name fyne.ThemeColorName) color.Color {
		return r.mark.Theme().Color(name, fyne.CurrentApp().Settings().ThemeVariant())
	}
	fill, line := fyne.ThemeColorName(""), ColorBorder
	r.dot.Hidden, r.sign.Hidden = true, true
	switch r.mark.state {
	case HopRunning:
		line, r.dot.Hidden = ColorAccent, false
	case HopOK:
		fill, line, r.sign.Hidden = ColorGoodFill, ColorGoodFill, false
		r.sign.Set(IconCheck, ColorOnAccent)
	case HopFailed:
		fill, line, r.sign.Hidden = ColorBadFill, ColorBadFill, false
		r.sign.Set(IconCross, ColorOnAccent)
	case HopSkipped:
		r.sign.Hidden = false
		r.sign.Set(IconDash, ColorQuiet)
	}
	r.disc.FillColor = color.Transparent
	if fill != "" {
		r.disc.FillColor = ink(fill)
	}
	r.disc.StrokeColor, r.dot.FillColor = ink(line), ink(ColorAccent)
	r.Layout(r.mark.Size())
	canvas.Refresh(r.mark)
}

// Objects is called by Fyne.
func (r *markRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.disc, r.dot, r.sign}
}

// Destroy is called by Fyne.
func (r *markRenderer) Destroy() {}
