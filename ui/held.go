package ui

import (
	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
)

// ShowHeld shows, instead of the window, that another Postkey has this data
// folder open. The program ends when it is closed.
func ShowHeld(a fyne.App, dir string) {
	useLanguage("")
	a.Settings().SetTheme(widgets.NewTheme())
	a.SetIcon(windowIcon())
	w := a.NewWindow(tr("ui.title"))
	w.SetMaster()
	shut := widgets.NewButton(tr("held.close"), widgets.Primary, w.Close)
	w.SetContent(widgets.Pad(26, 36, 24, 36, widgets.Column(14,
		widgets.NewHeading(tr("held.title")),
		widgets.NewText(tr("held.text", "Dir", dir), widgets.Style{}),
		shut,
	)))
	w.Resize(fyne.NewSize(560, 220))
	w.Canvas().Focus(shut)
	w.Show()
}
