package widgets

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// An underscore that is not drawn makes another value of what is copied by eye.
func TestUnderscoreIsDrawn(t *testing.T) {
	test.NewTempApp(t)
	dark := func(value string) (n int) {
		w := test.NewTempWindow(t, NewMono(value))
		w.Resize(fyne.NewSize(200, 40))
		picture := w.Canvas().Capture()
		background := picture.At(0, 0)
		for y := range picture.Bounds().Dy() {
			for x := range picture.Bounds().Dx() {
				if color.NRGBAModel.Convert(picture.At(x, y)) != color.NRGBAModel.Convert(background) {
					n++
				}
			}
		}
		return n
	}
	if with, without := dark("a_b"), dark("a b"); with <= without {
		t.Errorf("a_b has %d dots, a b has %d", with, without)
	}
}
