package widgets

import (
	"fmt"
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

// The underscore of a value is seen at the usual scales of screens, on the page
// and where it is typed.
func TestUnderscoreIsSeen(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme())
	subjects := map[string]func(text string) fyne.CanvasObject{
		"field": func(text string) fyne.CanvasObject { return NewField("").SetMono().Preset(text) },
		"area": func(text string) fyne.CanvasObject {
			a := NewArea(4)
			a.SetText(text)
			return a
		},
	}
	for _, size := range []fyne.ThemeSizeName{SizeSmall, ""} {
		subjects[fmt.Sprintf("text %q", size)] = func(text string) fyne.CanvasObject {
			return NewText(text, Style{Size: size, Mono: true, OneLine: true})
		}
	}
	for name, subject := range subjects {
		for _, scale := range []float32{1, 1.25, 1.5, 1.75, 2, 2.5, 3} {
			with, without := drawn(subject("aaaa____"), scale), drawn(subject("aaaa    "), scale)
			if d := difference(with, without); d < 40 {
				t.Errorf("%s at scale %v: the line differs by %d from what is behind it", name, scale, d)
			}
		}
	}
}

// drawn is a picture of o.
func drawn(o fyne.CanvasObject, scale float32) image.Image {
	c := software.NewCanvas()
	c.SetPadded(false)
	c.SetScale(scale)
	c.SetContent(o)
	c.Resize(fyne.NewSize(300, o.MinSize().Height))
	return c.Capture()
}

// difference is how far the greys of a point are apart where they differ most, of 255.
func difference(a, b image.Image) int {
	most := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			one, other := color.GrayModel.Convert(a.At(x, y)).(color.Gray).Y, color.GrayModel.Convert(b.At(x, y)).(color.Gray).Y
			most = max(most, int(one)-int(other), int(other)-int(one))
		}
	}
	return most
}
