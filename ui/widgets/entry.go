package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Entry is a line to type in. Unlike Fyne's it hands the window's keys on
// (Escape, Ctrl+Return, Alt+Left), cleans what is pasted, and has no frame of
// its own: Field draws that.
type Entry struct {
	widget.Entry
	// Clean is applied to what is pasted; nil leaves it as it is.
	Clean func(string) string
	// Return is what Return does.
	Return func()
	focus  func(bool)
}

// NewEntry makes an entry of one line.
func NewEntry() *Entry {
	e := &Entry{}
	e.Wrapping = fyne.TextWrapOff
	e.Scroll = fyne.ScrollHorizontalOnly
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey hands on what means nothing in one line, and does Return.
func (e *Entry) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyPageUp, fyne.KeyPageDown:
		ForwardKey(e, key)
	case fyne.KeyReturn, fyne.KeyEnter:
		if e.Return != nil && Pressed() {
			e.Return()
		}
	default:
		e.Entry.TypedKey(key)
	}
}

// KeyDown is called by Fyne when a key goes down.
func (e *Entry) KeyDown(key *fyne.KeyEvent) {
	NoteKeyDown(key)
	e.Entry.KeyDown(key)
}

// TypedShortcut hands the window's shortcuts on and cleans what is pasted.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if ForwardShortcut(e, s) {
		return
	}
	if paste, ok := s.(*fyne.ShortcutPaste); ok && e.Clean != nil {
		s = &fyne.ShortcutPaste{Clipboard: cleaned{paste.Clipboard, e.Clean}}
	}
	e.Entry.TypedShortcut(s)
}

// cleaned is a clipboard whose content is read through a function.
type cleaned struct {
	fyne.Clipboard
	clean func(string) string
}

func (c cleaned) Content() string { return c.clean(c.Clipboard.Content()) }

// FocusGained is called by Fyne.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	if e.focus != nil {
		e.focus(true)
	}
}

// FocusLost is called by Fyne.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.focus != nil {
		e.focus(false)
	}
}

// CreateRenderer is called by Fyne.
func (e *Entry) CreateRenderer() fyne.WidgetRenderer {
	// A hidden text would get Fyne's own eye, which the keyboard cannot reach.
	hidden := e.Password
	e.Password = false
	r := frameless{e.Entry.CreateRenderer()}
	e.Password = hidden
	return r
}

// frameless leaves out the box and the border that an entry draws first.
type frameless struct{ fyne.WidgetRenderer }

func (f frameless) Objects() []fyne.CanvasObject { return f.WidgetRenderer.Objects()[2:] }
