package widgets

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Kind is the weight of a button.
type Kind int

// The kinds of button.
const (
	Plain   Kind = iota // a frame
	Primary             // the one main action of a page
	Small               // beside a value: Copy, Reveal
	Link                // no frame
	OnRail              // no frame, on the dark rail or the top bar
)

// Button is a button that reacts to Return and Space while it has the focus,
// and shows that it has it.
type Button struct {
	widget.DisableableWidget
	KeyPress
	// OnTapped is what the button does; nil does nothing.
	OnTapped func()
	text     string
	wide     string // the longest text that the button will show
	kind     Kind
	icon     fyne.Resource
	focused  bool
	hovered  bool
}

// NewButton makes a button.
func NewButton(text string, kind Kind, tapped func()) *Button {
	b := &Button{text: text, kind: kind, OnTapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

// NewCopy makes a small Copy button that puts value() on the clipboard and says
// Copied for a moment.
func NewCopy(value func() string) *Button {
	b := NewButton(word("ui.copy"), Small, nil)
	b.OnTapped = func() {
		fyne.CurrentApp().Clipboard().SetContent(value())
		b.SayCopied()
	}
	b.wide = word("ui.copied")
	return b
}

// copiedFor is how long a Copy button says Copied.
const copiedFor = 2 * time.Second

// SayCopied shows Copied for a moment, then what the button said before.
func (b *Button) SayCopied() {
	text, before := word("ui.copied"), b.text
	if before == text {
		return
	}
	b.SetText(text)
	after(copiedFor, func() {
		if b.text == text {
			b.SetText(before)
		}
	})
}

// after runs done on the UI goroutine after d. It is an animation, because
// Fyne ticks those on the UI goroutine. Tests replace it.
var after = func(d time.Duration, done func()) {
	fyne.NewAnimation(d, func(part float32) {
		if part >= 1 {
			done()
		}
	}).Start()
}

// Text returns what the button says.
func (b *Button) Text() string { return b.text }

// SetText changes what the button says.
func (b *Button) SetText(text string) {
	if b.text != text {
		b.text = text
		b.Refresh()
	}
}

// SetIcon puts a picture before the text; nil takes it away.
func (b *Button) SetIcon(icon fyne.Resource) {
	b.icon = icon
	b.Refresh()
}

// SetEnabled enables or disables the button.
func (b *Button) SetEnabled(on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

// Tapped presses the button.
func (b *Button) Tapped(*fyne.PointEvent) {
	if !b.Disabled() && b.OnTapped != nil {
		b.OnTapped()
	}
}

// FocusGained is called by Fyne.
func (b *Button) FocusGained() {
	b.focused = true
	b.Refresh()
	reveal(b)
}

// FocusLost is called by Fyne.
func (b *Button) FocusLost() {
	b.focused = false
	b.Refresh()
}

// TypedRune is called by Fyne.
func (b *Button) TypedRune(rune) {}

// TypedKey presses the button on Return and Space.
func (b *Button) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if Pressed() {
			b.Tapped(nil)
		}
	default:
		ForwardKey(b, key)
	}
}

// TypedShortcut hands the window's shortcuts on.
func (b *Button) TypedShortcut(s fyne.Shortcut) { ForwardShortcut(b, s) }

// MouseIn is called by Fyne.
func (b *Button) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	b.Refresh()
}

// MouseMoved is called by Fyne.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is called by Fyne.
func (b *Button) MouseOut() {
	b.hovered = false
	b.Refresh()
}

// Cursor is called by Fyne.
func (b *Button) Cursor() desktop.Cursor {
	if b.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// CreateRenderer is called by Fyne.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{
		b:    b,
		ring: canvas.NewRectangle(nil), box: canvas.NewRectangle(nil),
		text: canvas.NewText("", nil), icon: canvas.NewImageFromResource(nil),
	}
	r.icon.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type buttonRenderer struct {
	b         *Button
	ring, box *canvas.Rectangle
	text      *canvas.Text
	icon      *canvas.Image
}

// buttonShape is the room around the text of a kind, and its lowest height.
func (r *buttonRenderer) shape() (side, height float32) {
	switch r.b.kind {
	case Small:
		return 11, 27
	case Link, OnRail:
		return 6, 27
	}
	return 17, 40
}

const iconSide = 16

func (r *buttonRenderer) MinSize() fyne.Size {
	side, height := r.shape()
	w := fyne.MeasureText(r.b.text, r.text.TextSize, r.text.TextStyle).Width
	if r.b.wide != "" {
		w = max(w, fyne.MeasureText(r.b.wide, r.text.TextSize, r.text.TextStyle).Width)
	}
	if r.b.icon != nil {
		w += iconSide
		if r.b.text != "" {
			w += 6
		}
	}
	return fyne.NewSize(w+2*side, max(height, r.text.MinSize().Height+6))
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.ring.Resize(size)
	inset := float32(2)
	r.box.Resize(size.SubtractWidthHeight(2*inset, 2*inset))
	r.box.Move(fyne.NewPos(inset, inset))
	t := r.text.MinSize()
	x := (size.Width - t.Width) / 2
	if r.b.icon != nil {
		gap := float32(iconSide + 6)
		if r.b.text == "" {
			gap = iconSide
		}
		x = (size.Width - t.Width - gap) / 2
		r.icon.Resize(fyne.NewSquareSize(iconSide))
		r.icon.Move(fyne.NewPos(x, (size.Height-iconSide)/2))
		x += gap
	}
	r.text.Resize(t)
	r.text.Move(fyne.NewPos(x, (size.Height-t.Height)/2))
}

func (r *buttonRenderer) Refresh() {
	b, th, v := r.b, r.b.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	fill, ink, line := fyne.ThemeColorName(""), ColorText, ColorBorder
	size := theme.SizeNameText
	switch b.kind {
	case Primary:
		fill, ink, line = ColorAccent, ColorOnAccent, ""
	case Small:
		fill, ink, line, size = ColorAccentSoft, ColorAccentText, ColorLine, SizeSmall
	case Link:
		ink, line, size = ColorAccentText, "", SizeSmall
	case OnRail:
		ink, line, size = ColorRailText, "", SizeSmall
	}
	if b.kind == Plain {
		fill = ColorCard
	}
	if b.Disabled() {
		fill, ink, line = ColorIdleSoft, ColorQuiet, ""
	} else if b.hovered {
		fill = map[Kind]fyne.ThemeColorName{
			Plain: ColorIdleSoft, Primary: ColorAccentHover, Small: ColorLine,
			Link: ColorAccentSoft, OnRail: ColorRailActive,
		}[b.kind]
	}
	r.box.FillColor = pick(th, fill, v)
	r.box.StrokeColor, r.box.StrokeWidth = pick(th, line, v), 1
	if line == "" {
		r.box.StrokeWidth = 0
	}
	r.box.CornerRadius = 6
	ring := ColorFocus
	if b.kind == OnRail {
		ring = ColorRailText
	}
	r.ring.FillColor = pick(th, "", v)
	r.ring.StrokeColor, r.ring.StrokeWidth, r.ring.CornerRadius = pick(th, "", v), 0, 8
	if b.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = pick(th, ring, v), 2
	}
	r.text.Text, r.text.TextSize, r.text.Color = b.text, th.Size(size), pick(th, ink, v)
	r.text.TextStyle.Bold = true
	r.icon.Hidden = b.icon == nil
	if b.icon != nil {
		r.icon.Resource = theme.NewColoredResource(b.icon, ink)
		r.icon.Refresh()
	}
	r.Layout(b.Size())
	canvas.Refresh(b)
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.ring, r.icon, r.text}
}

func (r *buttonRenderer) Destroy() {}
