package ui

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"postkey/assets"
	"postkey/ui/widgets"
)

// addKeys gives the window its keys. Focused widgets of package widgets hand
// them on, so they work wherever the focus is.
func (u *App) addKeys() {
	c := u.window.Canvas()
	modifier := fyne.KeyModifierControl
	if runtime.GOOS == "darwin" {
		modifier = fyne.KeyModifierSuper
	}
	for _, name := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter} {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: modifier}, pressed(func() { u.key(keyContinue) }))
	}
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt},
		pressed(func() { u.key(keyBack) }))
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyF, Modifier: modifier}, pressed(func() { u.key(keyFind) }))
	c.AddShortcut(&widgets.FocusMoved{}, func(s fyne.Shortcut) {
		moved := s.(*widgets.FocusMoved).Object
		switch {
		case u.onSheet():
			u.sheet.focusMoved(moved)
		case u.screen != nil:
			u.screen.focusMoved(moved)
		}
	})
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(widgets.NoteKeyDown)
	}
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyEscape:
			u.key(keyEscape)
		case fyne.KeyF1:
			u.key(keyHelp)
		default:
			u.scrollBy(e.Name)
		}
	})
}

// pressed makes a shortcut of act that a held key carries out once.
func pressed(act func()) func(fyne.Shortcut) {
	return func(fyne.Shortcut) {
		if widgets.Pressed() {
			act()
		}
	}
}

func (u *App) key(k windowKey) {
	if top := u.window.Canvas().Overlays().Top(); top != nil {
		switch {
		case k == keyEscape && u.onSheet():
			u.closeSheet()
		case k == keyEscape && u.saving != nil && top == fyne.CanvasObject(u.saving.pop):
			u.saving.cancel() // removed alone, it would still write
		case k == keyEscape:
			u.window.Canvas().Overlays().Remove(top)
		}
		return
	}
	if u.screen != nil {
		u.screen.key(k)
	}
}

// icon is the picture of the application, to be drawn in the window.
func icon() fyne.Resource { return picture("icon.svg") }

// windowIcon is the same for the desktop. Fyne would draw an SVG of 512 pixels
// before the first frame.
func windowIcon() fyne.Resource { return picture("window.png") }

func picture(name string) fyne.Resource {
	data, err := assets.Pictures.ReadFile("pictures/" + name)
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	return fyne.NewStaticResource(name, data)
}
