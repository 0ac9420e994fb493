package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// How far the keys scroll, in Fyne's units: an arrow by lineStep, Page Up and
// Page Down by what is seen less pageKeep, so that the eye finds its place again.
const (
	lineStep = 40
	pageKeep = 60
)

// pane is what the scrolling keys move: the sheet, or the page where nothing
// lies over it; nil for nothing.
func (u *App) pane() *container.Scroll {
	switch {
	case u.onSheet():
		return u.sheet.scroll
	case u.screen == nil || u.window.Canvas().Overlays().Top() != nil:
		return nil
	}
	return u.screen.pane()
}

// scrollBy scrolls by a key that what has the focus had no use for. Text below
// the last button of a page or a sheet is reached by no other key.
func (u *App) scrollBy(key fyne.KeyName) {
	pane := u.pane()
	if pane == nil {
		return
	}
	page, all := max(pane.Size().Height-pageKeep, lineStep), pane.Content.Size().Height
	down, ok := map[fyne.KeyName]float32{
		fyne.KeyPageDown: page, fyne.KeyPageUp: -page,
		fyne.KeyDown: lineStep, fyne.KeyUp: -lineStep,
		fyne.KeyEnd: all, fyne.KeyHome: -all,
	}[key]
	if ok {
		pane.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.Delta{DY: -down}}) // as the wheel does
	}
}
