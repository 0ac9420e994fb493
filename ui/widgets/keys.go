package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// A focused widget swallows the keys that belong to the whole window. The two
// functions here hand them on: Escape to the canvas's OnTypedKey, Ctrl+Return,
// Ctrl+F, Alt+Left and the like to the shortcuts that were added to the canvas.

func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	return fyne.CurrentApp().Driver().CanvasForObject(o)
}

// ForwardKey hands a key that a focused widget has no use for to the window.
func ForwardKey(o fyne.CanvasObject, key *fyne.KeyEvent) {
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(key)
	}
}

// ForwardShortcut hands a shortcut of the window to it, and reports whether it was one.
func ForwardShortcut(o fyne.CanvasObject, shortcut fyne.Shortcut) bool {
	custom, ok := shortcut.(*desktop.CustomShortcut)
	if !ok || !windowKey(custom) {
		return false
	}
	if s, ok := canvasOf(o).(fyne.Shortcutable); ok {
		s.TypedShortcut(shortcut)
	}
	return true
}

func windowKey(s *desktop.CustomShortcut) bool {
	switch s.KeyName {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyF:
		return s.Modifier&(fyne.KeyModifierControl|fyne.KeyModifierSuper) != 0
	case fyne.KeyLeft:
		return s.Modifier == fyne.KeyModifierAlt
	}
	return false
}

// FocusMoved is sent as a shortcut to the canvas of a widget that has got the
// focus, so that a scrolled page can bring it into view: add a handler for it
// with the canvas's AddShortcut.
type FocusMoved struct{ Object fyne.CanvasObject }

// ShortcutName makes FocusMoved a fyne.Shortcut.
func (*FocusMoved) ShortcutName() string { return "postkey:focus-moved" }

func reveal(o fyne.CanvasObject) {
	if s, ok := canvasOf(o).(fyne.Shortcutable); ok {
		s.TypedShortcut(&FocusMoved{o})
	}
}
