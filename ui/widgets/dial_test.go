package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestDialMovesWithEveryTurn(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme())
	d := NewDial()
	w := test.NewTempWindow(t, d)
	w.Resize(fyne.NewSize(60, 60))
	first := w.Canvas().Capture()
	d.Turn()
	if same(first, w.Canvas().Capture()) {
		t.Error("the dial stands still")
	}
	for range dialSteps - 1 {
		d.Turn()
	}
	if !same(first, w.Canvas().Capture()) {
		t.Error("a whole round does not end where it began")
	}
}
