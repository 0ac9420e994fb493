package widgets

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// Measures of the picture, in fyne's device independent pixels.
const (
	hopDisc      = 30 // the disc
	hopLink      = 26 // the longest line between two discs
	hopGap       = 7  // between a disc and its line at least
	hopLabelSize = 12
	hopNoteSize  = 11
	hopMinWidth  = 66 // of one column: seven fit beside the narrow rail
	hopSteps     = 12 // places of the dot on its way round
)

// hopColumn holds the canvas objects of one hop.
type hopColumn struct {
	disc, dot   *canvas.Circle
	number      *canvas.Text
	strokes     [2]*canvas.Line // the tick, the cross or the dash
	link        *canvas.Line    // to the next hop
	label, note *canvas.Text
}

type hopsRenderer struct {
	hops    *Hops
	columns []*hopColumn
	objects []fyne.CanvasObject
	size    fyne.Size
}

// build makes as many columns as there are hops.
func (r *hopsRenderer) build() {
	r.columns = nil
	r.objects = nil
	for range r.hops.hops {
		c := &hopColumn{
			disc: canvas.NewCircle(color.Transparent), dot: canvas.NewCircle(color.Transparent),
			number:  canvas.NewText("", color.Black),
			strokes: [2]*canvas.Line{canvas.NewLine(color.White), canvas.NewLine(color.White)},
			link:    canvas.NewLine(color.Black),
			label:   canvas.NewText("", color.Black), note: canvas.NewText("", color.Black),
		}
		c.disc.StrokeWidth = 1.5
		c.link.StrokeWidth = 2
		c.number.TextStyle.Bold = true
		for _, t := range []*canvas.Text{c.number, c.label, c.note} {
			t.Alignment = fyne.TextAlignCenter
		}
		c.number.TextSize, c.label.TextSize, c.note.TextSize = hopLabelSize, hopLabelSize, hopNoteSize
		for _, l := range c.strokes {
			l.StrokeWidth = 2.2
		}
		r.columns = append(r.columns, c)
		r.objects = append(r.objects, c.link, c.disc, c.dot, c.number, c.strokes[0], c.strokes[1], c.label, c.note)
	}
}

// paint gives every object its colour and text.
func (r *hopsRenderer) paint() {
	th, v := r.hops.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	role := func(name fyne.ThemeColorName) color.Color { return th.Color(name, v) }
	for i, c := range r.columns {
		hop := r.hops.hops[i]
		look := hopLooks[hop.State]
		c.disc.FillColor, c.disc.StrokeColor = role(look.fill), role(look.edge)
		c.dot.FillColor = role(look.edge)
		c.dot.Hidden = hop.State != HopRunning
		c.number.Text, c.number.Color = number(i), role(look.sign)
		c.number.Hidden = hop.State != HopWaiting && hop.State != HopRunning
		for k, l := range c.strokes {
			l.StrokeColor = role(look.sign)
			l.Hidden = !c.number.Hidden || (k == 1 && hop.State == HopSkipped)
		}
		c.link.StrokeColor = role(ColorLine)
		c.link.Hidden = i == len(r.columns)-1
		if !c.link.Hidden && hop.State == HopOK && reached(r.hops.hops[i+1].State) {
			c.link.StrokeColor = role(ColorGoodFill)
		}
		c.label.Color, c.note.Color = role(look.label), role(look.note)
	}
}

// hopLook names the colour roles of one state.
type hopLook struct{ fill, edge, sign, label, note fyne.ThemeColorName }

var hopLooks = map[HopState]hopLook{
	HopWaiting: {ColorIdleSoft, ColorIdleSoft, ColorQuiet, ColorQuiet, ColorQuiet},
	HopRunning: {ColorCard, ColorAccent, ColorAccentText, ColorText, ColorQuiet},
	HopOK:      {ColorGoodFill, ColorGoodFill, ColorOnAccent, ColorText, ColorQuiet},
	HopFailed:  {ColorBadFill, ColorBadFill, ColorOnAccent, ColorText, ColorBad},
	HopSkipped: {ColorIdleSoft, ColorIdleSoft, ColorQuiet, ColorQuiet, ColorQuiet},
}

// reached says whether the way to a hop was gone.
func reached(s HopState) bool { return s == HopOK || s == HopFailed || s == HopRunning }

// Layout places the columns side by side over the whole width.
func (r *hopsRenderer) Layout(size fyne.Size) {
	r.size = size
	if len(r.columns) == 0 {
		return
	}
	width := size.Width / float32(len(r.columns))
	link := min(hopLink, width-hopDisc-2*hopGap)
	for i, c := range r.columns {
		hop := r.hops.hops[i]
		mid := r.middle(i)
		place(c.disc, mid, fyne.NewSquareSize(hopDisc))
		place(c.number, mid, c.number.MinSize())
		c.drawSign(hop.State, mid)
		c.drawDot(mid, r.hops.turn)
		end := fyne.NewPos(width*float32(i+1), mid.Y)
		c.link.Position1, c.link.Position2 = end.SubtractXY(link/2, 0), end.AddXY(link/2, 0)
		y := float32(hopDisc + 9)
		y = putText(c.label, hop.Label, fyne.NewPos(width*float32(i), y), width)
		putText(c.note, hop.Note, fyne.NewPos(width*float32(i), y), width)
	}
}

// spin moves the dots of running hops without drawing the texts anew.
func (r *hopsRenderer) spin() {
	for i, c := range r.columns {
		c.drawDot(r.middle(i), r.hops.turn)
	}
}

// middle is the centre of the disc of column i.
func (r *hopsRenderer) middle(i int) fyne.Position {
	return fyne.NewPos(r.size.Width/float32(len(r.columns))*(float32(i)+0.5), hopDisc/2+4)
}

// drawSign lays the strokes of the tick, the cross or the dash around mid.
func (c *hopColumn) drawSign(state HopState, mid fyne.Position) {
	at := func(k int, x1, y1, x2, y2 float32) {
		c.strokes[k].Position1, c.strokes[k].Position2 = mid.AddXY(x1, y1), mid.AddXY(x2, y2)
	}
	switch state {
	case HopOK:
		at(0, -5, 0.5, -1.5, 4)
		at(1, -1.5, 4, 5.5, -4)
	case HopFailed:
		at(0, -4, -4, 4, 4)
		at(1, -4, 4, 4, -4)
	case HopSkipped:
		at(0, -4, 0, 4, 0)
	}
}

// drawDot puts the dot on the rim of the disc.
func (c *hopColumn) drawDot(mid fyne.Position, turn int) {
	angle := 2 * math.Pi * float64(turn%hopSteps) / hopSteps
	sin, cos := math.Sincos(angle)
	place(c.dot, mid.AddXY(float32(sin)*hopDisc/2, -float32(cos)*hopDisc/2), fyne.NewSquareSize(8))
}

// place centres o on mid.
func place(o fyne.CanvasObject, mid fyne.Position, size fyne.Size) {
	o.Resize(size)
	o.Move(mid.SubtractXY(size.Width/2, size.Height/2))
}

// putText shows text in a column and returns where the next line begins.
func putText(t *canvas.Text, text string, at fyne.Position, width float32) float32 {
	t.Text = shorten(text, width-4, t.TextSize, t.TextStyle)
	height := fyne.MeasureText("Ag", t.TextSize, t.TextStyle).Height
	t.Move(at)
	t.Resize(fyne.NewSize(width, height))
	return at.Y + height
}

// shorten cuts text to the width, with an ellipsis in place of what is missing.
func shorten(text string, width, size float32, style fyne.TextStyle) string {
	if fyne.MeasureText(text, size, style).Width <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 {
		runes = runes[:len(runes)-1]
		if cut := string(runes) + "…"; fyne.MeasureText(cut, size, style).Width <= width {
			return cut
		}
	}
	return ""
}

// MinSize leaves each column just enough for a short name.
func (r *hopsRenderer) MinSize() fyne.Size {
	label := fyne.MeasureText("Ag", hopLabelSize, fyne.TextStyle{}).Height
	note := fyne.MeasureText("Ag", hopNoteSize, fyne.TextStyle{}).Height
	return fyne.NewSize(float32(hopMinWidth*len(r.columns)), hopDisc+10+label+note)
}

// Refresh follows what has changed in the widget or the theme.
func (r *hopsRenderer) Refresh() {
	if len(r.columns) != len(r.hops.hops) {
		r.build()
	}
	r.paint()
	r.Layout(r.size)
	canvas.Refresh(r.hops)
}

// Objects is called by fyne.
func (r *hopsRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Destroy is called by fyne.
func (r *hopsRenderer) Destroy() {}
