package ui

import (
	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
)

// The size of the window: at a first start, and the limits of one that is
// remembered, in Fyne's units.
var (
	firstSize = fyne.NewSize(1040, 720)
	leastSize = fyne.NewSize(640, 420)
	mostSize  = fyne.NewSize(3840, 2400)
)

// restoreSize gives the window the size that it was closed with.
func (u *App) restoreSize() {
	size := fyne.NewSize(u.settings.Width, u.settings.Height)
	if size.Width >= leastSize.Width && size.Height >= leastSize.Height && size.Width <= mostSize.Width && size.Height <= mostSize.Height {
		u.window.Resize(size)
	}
}

// keepSize remembers the size of the window for the next start, unless it is
// the one that the next start has anyway, or nothing shall be remembered.
func (u *App) keepSize() {
	size := u.window.Canvas().Size()
	before := fyne.NewSize(u.settings.Width, u.settings.Height)
	if before.IsZero() {
		before = firstSize
	}
	if u.fresh || size.IsZero() || near(size.Width, before.Width) && near(size.Height, before.Height) {
		return
	}
	u.keep(func(to *store.Settings) { to.Width, to.Height = size.Width, size.Height }, func(error) {})
}

// near takes the pixel for nothing that a screen's scale may add or take.
func near(a, b float32) bool { return a-b < 2 && b-a < 2 }

// Raise brings the window to the front. It may be called from any goroutine.
func (u *App) Raise() {
	u.do(func() {
		if u.closed {
			return
		}
		restore(u.window)
		u.window.RequestFocus()
	})
}

// offerCrashes says, once, that reports of crashes are there.
func (u *App) offerCrashes() {
	dir := u.opts.Crashes
	if dir == "" {
		return
	}
	u.tell(tr("crash.title"), widgets.NewText(tr("crash.text"), widgets.Style{}),
		widgets.NewButton(tr("crash.open"), widgets.Plain, func() { u.openFile(dir) }))
	u.noteShown("crash")
	if told := u.opts.CrashesTold; told != nil {
		if err := told(); err != nil && u.bench.Log != nil {
			u.bench.Log.Warn("the crash will be told again", "error", err)
		}
	}
}
