package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
)

// Column stacks objects with gap units between them. Each gets the whole width
// and, at that width, the height it needs.
func Column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(columnLayout{gap}, objects...)
}

// Row puts objects side by side at their own width, centred vertically, with
// gap units between them. The object named fill (nil for none) takes what is left.
func Row(gap float32, fill fyne.CanvasObject, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(rowLayout{gap, fill}, objects...)
}

// Flow puts objects side by side at their own width and begins a new line where
// the width ends, like words of a sentence.
func Flow(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flowLayout{gap: gap}, objects...)
}

// Pad keeps the given number of units free around an object.
func Pad(top, right, bottom, left float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(top, bottom, left, right), object)
}

// Shares divides the width between objects by the given parts; the height of
// all is that of the highest.
func Shares(gap float32, parts []float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(sharesLayout{gap, parts}, objects...)
}

// Sides puts one object at the left and one at the right of a line, and the
// right one on a line of its own below where the width does not hold both.
func Sides(gap float32, left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&sidesLayout{gap: gap}, left, right)
}

type columnLayout struct{ gap float32 }

func (l columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Move(fyne.NewPos(0, y))
		y += fitHeight(o, size.Width) + l.gap
	}
}

// fitHeight gives o the width and then the height that it needs at that width.
func fitHeight(o fyne.CanvasObject, width float32) float32 {
	o.Resize(fyne.NewSize(width, max(o.Size().Height, 1)))
	h := o.MinSize().Height
	o.Resize(fyne.NewSize(width, h))
	return h
}

func (l columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		s.Width = max(s.Width, m.Width)
		if s.Height > 0 {
			s.Height += l.gap
		}
		s.Height += m.Height
	}
	return s
}

type rowLayout struct {
	gap  float32
	fill fyne.CanvasObject
}

func (l rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	rest := size.Width
	for _, o := range objects {
		if o.Visible() {
			if o != l.fill {
				rest -= o.MinSize().Width
			}
			rest -= l.gap
		}
	}
	rest = max(rest+l.gap, 0)
	x := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		w := o.MinSize().Width
		if o == l.fill {
			w = rest
		}
		h := fitHeight(o, w)
		o.Move(fyne.NewPos(x, max((size.Height-h)/2, 0)))
		x += w + l.gap
	}
}

func (l rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if s.Width > 0 {
			s.Width += l.gap
		}
		s.Width += m.Width
		s.Height = max(s.Height, m.Height)
	}
	return s
}

type flowLayout struct {
	gap    float32
	height float32 // at the width of the last Layout
}

func (l *flowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var x, y, line float32
	var row []fyne.CanvasObject
	centre := func() {
		for _, o := range row {
			o.Move(fyne.NewPos(o.Position().X, y+(line-o.Size().Height)/2))
		}
		row = row[:0]
	}
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if x > 0 && x+m.Width > size.Width {
			centre()
			x, y, line = 0, y+line+l.gap, 0
		}
		o.Resize(m)
		o.Move(fyne.NewPos(x, y))
		row = append(row, o)
		x += m.Width + l.gap
		line = max(line, m.Height)
	}
	centre()
	l.height = y + line
}

func (l *flowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if o.Visible() {
			s = s.Max(o.MinSize())
		}
	}
	s.Height = max(s.Height, l.height)
	return s
}

type sharesLayout struct {
	gap   float32
	parts []float32
}

func (l sharesLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var sum float32
	for i := range objects {
		sum += l.parts[i]
	}
	room := size.Width - l.gap*float32(len(objects)-1)
	x := float32(0)
	for i, o := range objects {
		w := max(room*l.parts[i]/sum, 0)
		fitHeight(o, w)
		o.Move(fyne.NewPos(x, 0))
		x += w + l.gap
	}
}

func (l sharesLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		m := o.MinSize()
		s.Width += m.Width + l.gap
		s.Height = max(s.Height, m.Height)
	}
	s.Width = max(s.Width-l.gap, 0)
	return s
}

type sidesLayout struct{ gap, height float32 } // the height is that of the last Layout

func (l *sidesLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left, right := objects[0], objects[1]
	a, b := left.MinSize(), right.MinSize()
	left.Resize(a)
	right.Resize(b)
	x := max(size.Width-b.Width, 0)
	if a.Width+l.gap+b.Width > size.Width {
		left.Move(fyne.Position{})
		right.Move(fyne.NewPos(x, a.Height+l.gap))
		l.height = a.Height + l.gap + b.Height
		return
	}
	l.height = max(a.Height, b.Height)
	left.Move(fyne.NewPos(0, (l.height-a.Height)/2))
	right.Move(fyne.NewPos(x, (l.height-b.Height)/2))
}

func (l *sidesLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := objects[0].MinSize().Max(objects[1].MinSize())
	s.Height = max(s.Height, l.height)
	return s
}
