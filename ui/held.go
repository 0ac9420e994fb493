package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
)

// ShowHeld shows, instead of the window, that another Postkey has this data
// folder open, in the language and the theme of its settings. The program ends
// when it is closed.
func ShowHeld(a fyne.App, data *store.Store) {
	read := settingsInTime(data)
	useLanguage(read.Language)
	a.Settings().SetTheme(themeOf(read))
	a.SetIcon(windowIcon())
	w := a.NewWindow(tr("ui.title"))
	w.SetMaster()
	shut := widgets.NewButton(tr("held.close"), widgets.Primary, w.Close)
	w.SetContent(widgets.Pad(26, 36, 24, 36, widgets.Column(14,
		widgets.NewHeading(tr("held.title")),
		widgets.NewText(tr("held.text", "Dir", data.Dir()), widgets.Style{}),
		shut,
	)))
	w.Resize(fyne.NewSize(560, 220))
	w.Canvas().Focus(shut)
	w.Show()
}

// Language is the tag of the language that the window of this data folder would
// speak, for what has to be said without a window.
func Language(data *store.Store) string {
	useLanguage(settingsInTime(data).Language)
	return currentLanguage()
}

// settingsInTime are the settings, or those of a first start when the disk is slow.
func settingsInTime(data *store.Store) store.Settings {
	ctx, stop := context.WithTimeout(context.Background(), settingsWait)
	defer stop()
	read := make(chan store.Settings, 1)
	go func() {
		s, _ := data.Settings(ctx) // unreadable: the zero value
		read <- s
	}()
	select {
	case s := <-read:
		return s
	case <-ctx.Done():
		return store.Settings{}
	}
}
