package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Area is a framed text of several lines that scrolls in both directions, in
// letters of one width: to paste into, or to read, select and copy from. The Tab
// key leaves it.
type Area struct {
	widget.BaseWidget
	// OnChanged is told of every change.
	OnChanged func(text string)
	// OnTooLong is told of a paste of more than MaxPaste bytes, which is not put
	// into the area: laying it out would stop the window.
	OnTooLong func(pasted string)
	// MaxPaste is in bytes; 0: no limit.
	MaxPaste int

	entry *areaEntry
	inner fyne.CanvasObject
	bad   bool
}

// NewArea makes an area that shows the given number of lines.
func NewArea(rows int) *Area {
	a := &Area{}
	a.entry = newAreaEntry(a)
	a.entry.SetMinRowsVisible(rows)
	a.inner = container.NewThemeOverride(a.entry, areaTheme{})
	a.ExtendBaseWidget(a)
	return a
}

// SetReadOnly keeps what is shown from being changed.
func (a *Area) SetReadOnly() *Area {
	a.entry.readOnly = true
	return a
}

// SetPlaceholder sets the example in the empty area.
func (a *Area) SetPlaceholder(text string) *Area {
	a.entry.SetPlaceHolder(text)
	return a
}

// Text returns what is in the area.
func (a *Area) Text() string { return a.entry.Text }

// SetText replaces it.
func (a *Area) SetText(text string) {
	if a.entry.Text != text {
		a.entry.SetText(text)
	}
}

// SetBad marks the area as wrong, or as right again.
func (a *Area) SetBad(bad bool) {
	a.bad = bad
	a.Refresh()
}

// Focus is what takes the keys.
func (a *Area) Focus() fyne.Focusable { return a.entry }

// areaTheme is the theme of the moment with small letters.
type areaTheme struct{}

func (areaTheme) now() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

func (t areaTheme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	return t.now().Color(name, variant)
}

func (t areaTheme) Font(style fyne.TextStyle) fyne.Resource { return t.now().Font(style) }

func (t areaTheme) Icon(name fyne.ThemeIconName) fyne.Resource { return t.now().Icon(name) }

func (t areaTheme) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameText {
		return t.now().Size(SizeSmall) + monoMore
	}
	return t.now().Size(name)
}

// areaEntry is the text itself; Fyne's, with the window's keys handed on and
// without its frame.
type areaEntry struct {
	widget.Entry
	area     *Area
	readOnly bool
}

func newAreaEntry(a *Area) *areaEntry {
	e := &areaEntry{area: a}
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapOff
	e.TextStyle.Monospace = true
	e.OnChanged = func(text string) {
		if a.OnChanged != nil {
			a.OnChanged(text)
		}
	}
	e.ExtendBaseWidget(e)
	return e
}

// AcceptsTab is called by Fyne: the Tab key moves on.
func (e *areaEntry) AcceptsTab() bool { return false }

// TypedRune is called by Fyne.
func (e *areaEntry) TypedRune(r rune) {
	if !e.readOnly {
		e.Entry.TypedRune(r)
	}
}

// TypedKey hands Escape on; what is only read takes the keys that move.
func (e *areaEntry) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyEscape, fyne.KeyF1:
		ForwardKey(e, key)
		return
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyTab:
		if e.readOnly {
			return
		}
	}
	e.Entry.TypedKey(key)
}

// KeyDown is called by Fyne when a key goes down.
func (e *areaEntry) KeyDown(key *fyne.KeyEvent) {
	NoteKeyDown(key)
	e.Entry.KeyDown(key)
}

// TypedShortcut hands the window's shortcuts on and refuses what is too long.
func (e *areaEntry) TypedShortcut(s fyne.Shortcut) {
	if ForwardShortcut(e, s) {
		return
	}
	switch s := s.(type) {
	case *fyne.ShortcutCopy, *fyne.ShortcutSelectAll:
	case *fyne.ShortcutPaste:
		if e.readOnly {
			return
		}
		if pasted := s.Clipboard.Content(); e.area.MaxPaste > 0 && len(pasted) > e.area.MaxPaste {
			if e.area.OnTooLong != nil {
				e.area.OnTooLong(pasted)
			}
			return
		}
	default:
		if e.readOnly {
			return
		}
	}
	e.Entry.TypedShortcut(s)
}

// TappedSecondary is called by Fyne: the menu could cut from what is only read,
// and paste past the limit.
func (e *areaEntry) TappedSecondary(*fyne.PointEvent) {}

// FocusGained is called by Fyne.
func (e *areaEntry) FocusGained() {
	e.Entry.FocusGained()
	e.area.Refresh()
	reveal(e.area)
}

// FocusLost is called by Fyne.
func (e *areaEntry) FocusLost() {
	e.Entry.FocusLost()
	e.area.Refresh()
}

// CreateRenderer is called by Fyne.
func (e *areaEntry) CreateRenderer() fyne.WidgetRenderer { return frameless{e.Entry.CreateRenderer()} }

// CreateRenderer is called by Fyne.
func (a *Area) CreateRenderer() fyne.WidgetRenderer {
	r := &areaRenderer{area: a, box: canvas.NewRectangle(nil)}
	r.paint()
	return r
}

type areaRenderer struct {
	area *Area
	box  *canvas.Rectangle
}

func (r *areaRenderer) Layout(size fyne.Size) {
	r.box.Resize(size.SubtractWidthHeight(2, 2))
	r.box.Move(fyne.NewPos(1, 1))
	r.area.inner.Resize(size.SubtractWidthHeight(6, 6))
	r.area.inner.Move(fyne.NewPos(3, 3))
}

func (r *areaRenderer) MinSize() fyne.Size { return r.area.inner.MinSize().AddWidthHeight(6, 6) }

func (r *areaRenderer) paint() {
	a := r.area
	fill, line, width := ColorCard, ColorBorder, float32(1)
	switch {
	case a.bad:
		fill, line = ColorBadSoft, ColorBad
	case a.entry.readOnly:
		fill = ColorIdleSoft
	}
	if c := canvasOf(a); c != nil && c.Focused() == fyne.Focusable(a.entry) {
		line, width = ColorFocus, 2
	}
	th, v := a.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.box.FillColor, r.box.StrokeColor = pick(th, fill, v), pick(th, line, v)
	r.box.StrokeWidth, r.box.CornerRadius = width, 6
}

func (r *areaRenderer) Refresh() {
	r.paint()
	r.area.inner.Refresh()
	canvas.Refresh(r.area)
}

func (r *areaRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.area.inner}
}

func (r *areaRenderer) Destroy() {}
