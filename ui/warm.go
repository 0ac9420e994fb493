package ui

import (
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// warm does, beside the making of the window, what the first frame needs and
// what needs no window: it reads the sentences, and loads the two styles of font
// that every screen has. Making the window takes about as long, and is mostly
// waiting for the system. Until wait has returned, nothing may be shown or
// measured: Fyne's fonts are for one goroutine at a time.
func warm() (wait func()) {
	var both sync.WaitGroup
	both.Go(func() { useLanguage("") })
	both.Go(func() {
		for _, bold := range []bool{false, true} {
			fyne.MeasureText("M", theme.TextSize(), fyne.TextStyle{Bold: bold})
		}
	})
	return both.Wait
}
