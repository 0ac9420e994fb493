package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// A held key presses one button, not also the one that gets the focus next.
func TestHeldKeyPressesOnce(t *testing.T) {
	test.NewTempApp(t)
	t.Cleanup(func() { press.watched, press.fresh = false, false })
	var first, second int
	a := NewButton("A", Primary, func() { first++ })
	b := NewButton("B", Primary, func() { second++ })
	key := &fyne.KeyEvent{Name: fyne.KeyReturn}
	a.KeyDown(key)
	a.TypedKey(key)
	b.TypedKey(key) // the repeat arrives where the focus is now
	b.TypedKey(key)
	b.KeyUp(key)
	if first != 1 || second != 0 {
		t.Errorf("held: first %d times, second %d times", first, second)
	}
	b.KeyDown(key)
	b.TypedKey(key)
	if second != 1 {
		t.Errorf("pressed anew: %d times", second)
	}
}
