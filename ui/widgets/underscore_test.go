package widgets

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

// The underscore of a value is seen at the usual scales of screens.
func TestUnderscoreIsSeen(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme())
	for _, size := range []fyne.ThemeSizeName{SizeSmall, ""} {
		for _, scale := range []float32{1, 1.25, 1.5, 2} {
			text := NewText("________", Style{Size: size, Mono: true, OneLine: true})
			c := software.NewCanvas()
			c.SetPadded(false)
			c.SetScale(scale)
			c.SetContent(text)
			c.Resize(text.MinSize())
			shown := c.Capture()
			middle, darkest, lightest := shown.Bounds().Dx()/2, 255, 0
			for y := range shown.Bounds().Dy() {
				grey := int(color.GrayModel.Convert(shown.At(middle, y)).(color.Gray).Y)
				darkest, lightest = min(darkest, grey), max(lightest, grey)
			}
			if lightest-darkest < 40 {
				t.Errorf("size %q at scale %v: the line differs by %d from what is behind it", size, scale, lightest-darkest)
			}
		}
	}
}
