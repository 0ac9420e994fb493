package ui

import (
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"postkey/ui/widgets"
)

// Prepare begins, beside whatever comes next, what the first frame needs and
// what needs no window: it reads the sentences, and loads the two styles of font
// that every screen has. Asking the system for a window takes about as long, and
// is mostly waiting. Ready waits for the end; New, ShowHeld and Language must not
// be called, nor anything of Fyne be shown or measured, before it has returned,
// except that New calls it itself when it is in its Options.
func Prepare(a fyne.App) (ready func()) {
	a.Settings().SetTheme(widgets.NewTheme())
	var all sync.WaitGroup
	all.Go(func() { useLanguage("") })
	for _, bold := range []bool{false, true} {
		all.Go(func() { fyne.MeasureText("M", theme.TextSize(), fyne.TextStyle{Bold: bold}) })
	}
	return all.Wait
}
