package widgets

import "fyne.io/fyne/v2"

// A key that is held down repeats. Without a guard, holding Return a little too
// long would press the button that has the focus, and then the one that has it
// on the next page. Fyne reports a repeat like a press, but for KeyDown, which
// comes at the press alone.

// press is the state of the keyboard; it belongs to the UI goroutine.
var press struct {
	watched bool // KeyDown is reported here at all: not on every driver
	fresh   bool // a key went down and has done nothing yet
}

// KeyPress makes a widget report its keys to Pressed; embed it.
type KeyPress struct{}

// KeyDown is called by Fyne when a key goes down.
func (KeyPress) KeyDown(key *fyne.KeyEvent) { NoteKeyDown(key) }

// KeyUp is called by Fyne when a key comes up.
func (KeyPress) KeyUp(*fyne.KeyEvent) {}

// NoteKeyDown tells that a key went down where no widget has the focus.
func NoteKeyDown(*fyne.KeyEvent) { press.watched, press.fresh = true, true }

// Pressed reports whether the key that is being handled was pressed rather than
// held down, and uses the press up.
func Pressed() bool {
	if !press.watched {
		return true
	}
	fresh := press.fresh
	press.fresh = false
	return fresh
}
