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
		c.AddShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: modifier}, func(fyne.Shortcut) { u.key(keyContinue) })
	}
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt},
		func(fyne.Shortcut) { u.key(keyBack) })
	c.AddShortcut(&widgets.FocusMoved{}, func(s fyne.Shortcut) {
		if u.screen != nil {
			u.screen.focusMoved(s.(*widgets.FocusMoved).Object)
		}
	})
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			u.key(keyEscape)
		}
	})
}

func (u *App) key(k windowKey) {
	if top := u.window.Canvas().Overlays().Top(); top != nil {
		if k == keyEscape {
			u.window.Canvas().Overlays().Remove(top)
		}
		return
	}
	if u.screen != nil {
		u.screen.key(k)
	}
}

// icon is the picture of the application.
func icon() fyne.Resource {
	data, err := assets.Pictures.ReadFile("pictures/icon.svg")
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	return fyne.NewStaticResource("icon.svg", data)
}
