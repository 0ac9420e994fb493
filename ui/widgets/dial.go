package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

const (
	dialSize  = 26
	dialSteps = 12 // turns of a whole round
)

// Dial is the moving sign of a wait that may be long: a ring with a quarter
// filled, which moves on with every Turn. Without a timer of its own it costs
// nothing while nobody turns it.
type Dial struct {
	widget.BaseWidget

	turn int
	move func()
}

// NewDial makes a dial at twelve o'clock.
func NewDial() *Dial {
	d := &Dial{}
	d.ExtendBaseWidget(d)
	return d
}

// Turn moves the filled quarter on by a twelfth of the round.
func (d *Dial) Turn() {
	d.turn = (d.turn + 1) % dialSteps
	if d.move != nil {
		d.move()
	}
}

// CreateRenderer is called by fyne.
func (d *Dial) CreateRenderer() fyne.WidgetRenderer {
	r := &dialRenderer{
		dial: d,
		ring: canvas.NewCircle(color.Transparent),
		pie:  canvas.NewPieArc(0, 90, color.Transparent),
	}
	r.ring.StrokeWidth = 2
	d.move = func() {
		r.point()
		r.pie.Refresh()
	}
	r.Refresh()
	return r
}

type dialRenderer struct {
	dial *Dial
	ring *canvas.Circle
	pie  *canvas.Arc
}

// point turns the quarter to where the dial stands.
func (r *dialRenderer) point() {
	r.pie.StartAngle = float32(r.dial.turn) * 360 / dialSteps
	r.pie.EndAngle = r.pie.StartAngle + 90
}

// Layout centres the ring.
func (r *dialRenderer) Layout(size fyne.Size) {
	mid := fyne.NewPos(size.Width/2, size.Height/2)
	place(r.ring, mid, fyne.NewSquareSize(dialSize))
	place(r.pie, mid, fyne.NewSquareSize(dialSize-2))
}

// MinSize is the ring with its edge.
func (r *dialRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(dialSize + 4) }

// Refresh takes on the theme's colours.
func (r *dialRenderer) Refresh() {
	ink := r.dial.Theme().Color(ColorText, fyne.CurrentApp().Settings().ThemeVariant())
	r.ring.StrokeColor, r.pie.FillColor = ink, ink
	r.point()
	r.Layout(r.dial.Size())
	canvas.Refresh(r.dial)
}

// Objects is called by fyne.
func (r *dialRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.ring, r.pie} }

// Destroy is called by fyne.
func (r *dialRenderer) Destroy() {}
