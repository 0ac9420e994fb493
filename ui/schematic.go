package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"

	"postkey/assets"
	"postkey/ui/widgets"
)

// schematicInks are the colours that the drawings under pictures/portal-*.svg
// may use. They are drawn in the light colours of these roles, so that any
// viewer shows them as the window does, and are repainted for another theme.
var schematicInks = []fyne.ThemeColorName{
	widgets.ColorRail, widgets.ColorRailActive, widgets.ColorRailQuiet, widgets.ColorPage, widgets.ColorCard,
	widgets.ColorLine, widgets.ColorBorder, widgets.ColorQuiet, widgets.ColorIdleSoft, widgets.ColorAccent,
	widgets.ColorAccentSoft, widgets.ColorGoodFill,
}

// hexOf writes a colour as a drawing does, such as #16213A.
func hexOf(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8)
}

// repaint gives a drawing the colours of the theme.
func repaint(svg []byte, th fyne.Theme, variant fyne.ThemeVariant) []byte {
	base := widgets.NewTheme()
	for i, role := range schematicInks { // first out of each other's way
		svg = bytes.ReplaceAll(svg, []byte(hexOf(base.Color(role, theme.VariantLight))), []byte("{ink "+strconv.Itoa(i)+"}"))
	}
	for i, role := range schematicInks {
		svg = bytes.ReplaceAll(svg, []byte("{ink "+strconv.Itoa(i)+"}"), []byte(hexOf(th.Color(role, variant))))
	}
	return svg
}

// drawSVG draws a picture in the given size in pixels. It is Fyne's own way,
// but into an image with which the rasterizer is several times as fast, so that
// a sheet with three drawings opens at once.
func drawSVG(svg []byte, width, height int) image.Image {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	drawing, err := oksvg.ReadIconStream(bytes.NewReader(svg))
	if err != nil {
		fyne.LogError("a drawing", err) // embedded, and tested
		return picture
	}
	drawing.SetTarget(0, 0, float64(width), float64(height))
	scanner := rasterx.NewScannerGV(width, height, picture, picture.Bounds())
	drawing.Draw(rasterx.NewDasher(width, height, scanner), 1)
	return picture
}

// schematicText is a label of a drawing, in the reader's words. Places and
// widths are in units of the drawing; size 0 is the usual one.
type schematicText struct {
	text     string
	x, y, w  float32 // y is the middle of the line
	anchor   string  // "", middle, end: what of the text is at x
	emphasis string  // see schematicLooks
	size     float32
	placed   *canvas.Text
}

// schematicMark is a frame around what to click, with the number of the step
// that tells of it.
type schematicMark struct {
	number     int
	x, y, w, h float32
	frame      *canvas.Rectangle
	disc       *disc
}

// labelSize is the text size of labels, in units of the drawing.
const labelSize = 10

// schematicLooks are the looks of labels.
var schematicLooks = map[string]struct {
	ink  fyne.ThemeColorName
	bold bool
}{
	"":          {widgets.ColorText, false},
	"quiet":     {widgets.ColorQuiet, false},
	"strong":    {widgets.ColorText, true},
	"title":     {widgets.ColorText, true},
	"action":    {widgets.ColorAccentText, false},
	"on-accent": {widgets.ColorOnAccent, true},
	"bar":       {widgets.ColorRailText, true},
}

// schematic is a drawing of a page of the portal: a picture without words, and
// over it the words as text, so that they follow the language and the theme.
type schematic struct {
	widget.BaseWidget
	picture       string // a file of assets.Pictures
	width, height float32
	texts         []*schematicText
	marks         []*schematicMark
}

func newSchematic(picture string, width, height float32, texts []*schematicText, marks []*schematicMark) *schematic {
	s := &schematic{picture: picture, width: width, height: height, texts: texts, marks: marks}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer is called by Fyne.
func (s *schematic) CreateRenderer() fyne.WidgetRenderer {
	r := &schematicRenderer{s: s}
	r.image = canvas.NewRaster(r.draw)
	r.objects = []fyne.CanvasObject{r.image}
	for _, t := range s.texts {
		t.placed = canvas.NewText("", nil)
		r.objects = append(r.objects, t.placed)
	}
	for _, m := range s.marks {
		m.frame = canvas.NewRectangle(color.Transparent)
		m.disc = newDisc(m.number)
		r.objects = append(r.objects, m.frame)
	}
	for _, m := range s.marks { // over every frame
		r.objects = append(r.objects, m.disc)
	}
	r.paint()
	return r
}

type schematicRenderer struct {
	s       *schematic
	image   *canvas.Raster
	svg     []byte      // the picture in the colours of the theme
	drawn   image.Image // svg, in the size that was asked for last
	objects []fyne.CanvasObject
	width   float32 // of the last layout
}

// draw is asked for the picture in pixels.
func (r *schematicRenderer) draw(width, height int) image.Image {
	if r.drawn == nil || r.drawn.Bounds().Size() != image.Pt(width, height) {
		r.drawn = drawSVG(r.svg, width, height)
	}
	return r.drawn
}

// MinSize keeps the proportions of the drawing at the width of the last layout.
func (r *schematicRenderer) MinSize() fyne.Size {
	return fyne.NewSize(60, r.width*r.s.height/r.s.width)
}

func (r *schematicRenderer) Layout(size fyne.Size) {
	s, scale := r.s, size.Width/r.s.width
	r.width = size.Width
	r.image.Resize(fyne.NewSize(size.Width, s.height*scale))
	for _, t := range s.texts {
		t.lay(scale)
	}
	for _, m := range s.marks {
		m.frame.Move(fyne.NewPos(m.x*scale, m.y*scale))
		m.frame.Resize(fyne.NewSize(m.w*scale, m.h*scale))
		side := float32(discSide)
		centre := fyne.NewPos(min((m.x+m.w)*scale, size.Width-side/2), max(m.y*scale, side/2))
		m.disc.Resize(fyne.NewSquareSize(side))
		m.disc.Move(centre.SubtractXY(side/2, side/2))
	}
}

// lay puts a label in its place at the given scale.
func (t *schematicText) lay(scale float32) {
	if scale <= 0 {
		return
	}
	p := t.placed
	size := t.size
	if size == 0 {
		size = labelSize
	}
	p.TextSize = size * scale
	p.Text = fitted(t.text, t.w*scale, p.TextSize, p.TextStyle)
	min := p.MinSize()
	x := t.x * scale
	switch t.anchor {
	case "middle":
		x -= min.Width / 2
	case "end":
		x -= min.Width
	}
	p.Resize(min)
	p.Move(fyne.NewPos(x, t.y*scale-min.Height/2))
	p.Refresh()
}

// fitted cuts text to the width, with an ellipsis in place of what is missing.
func fitted(text string, width, size float32, style fyne.TextStyle) string {
	letters := []rune(text)
	shown := text
	for len(letters) > 1 && fyne.MeasureText(shown, size, style).Width > width+0.5 {
		letters = letters[:len(letters)-1]
		shown = string(letters) + "…"
	}
	return shown
}

func (r *schematicRenderer) paint() {
	s := r.s
	th, variant := s.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	svg, err := assets.Pictures.ReadFile("pictures/" + s.picture)
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	if svg = repaint(svg, th, variant); !bytes.Equal(svg, r.svg) {
		r.svg, r.drawn = svg, nil
	}
	r.image.Refresh()
	for _, t := range s.texts {
		look := schematicLooks[t.emphasis]
		t.placed.Color, t.placed.TextStyle.Bold = th.Color(look.ink, variant), look.bold
	}
	for _, m := range s.marks {
		m.frame.StrokeColor, m.frame.StrokeWidth, m.frame.CornerRadius = th.Color(widgets.ColorFocus, variant), 2, 4
		m.frame.Refresh()
		m.disc.Refresh()
	}
}

// Refresh is called by Fyne when the theme changes.
func (r *schematicRenderer) Refresh() {
	r.paint()
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}

func (r *schematicRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *schematicRenderer) Destroy() {}

// disc is the number of a step, in a drawing and before its text.
type disc struct {
	widget.BaseWidget
	number int
}

const discSide = 17

func newDisc(number int) *disc {
	d := &disc{number: number}
	d.ExtendBaseWidget(d)
	return d
}

// CreateRenderer is called by Fyne.
func (d *disc) CreateRenderer() fyne.WidgetRenderer {
	r := &discRenderer{d: d, circle: canvas.NewCircle(nil), text: canvas.NewText(strconv.Itoa(d.number), nil)}
	r.text.TextSize, r.text.TextStyle.Bold = 10.5, true
	r.Refresh()
	return r
}

type discRenderer struct {
	d      *disc
	circle *canvas.Circle
	text   *canvas.Text
}

func (r *discRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(discSide) }

func (r *discRenderer) Layout(size fyne.Size) {
	r.circle.Resize(size)
	text := r.text.MinSize()
	r.text.Resize(text)
	r.text.Move(fyne.NewPos((size.Width-text.Width)/2, (size.Height-text.Height)/2-0.5))
}

func (r *discRenderer) Refresh() {
	th, variant := r.d.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.circle.FillColor, r.text.Color = th.Color(widgets.ColorAccent, variant), th.Color(widgets.ColorOnAccent, variant)
	r.circle.StrokeColor, r.circle.StrokeWidth = th.Color(widgets.ColorCard, variant), 1
	r.circle.Refresh()
	r.text.Refresh()
	canvas.Refresh(r.d)
}

func (r *discRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.circle, r.text} }

func (r *discRenderer) Destroy() {}
