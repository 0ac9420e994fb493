package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"postkey/ui/widgets"
)

// ask shows a question over the window. The focus is on the button that
// changes nothing; Escape is the same.
func (u *App) ask(title, text, yes string, do func()) {
	var pop *widget.PopUp
	no := widgets.NewButton(tr("ui.cancel"), widgets.Plain, func() { pop.Hide() })
	ok := widgets.NewButton(yes, widgets.Primary, func() {
		pop.Hide()
		do()
	})
	pop = u.overlay(title, widgets.NewText(text, widgets.Style{}), no, ok)
	u.window.Canvas().Focus(no)
}

// tell shows what cannot wait for another place, with a button to close it.
func (u *App) tell(title string, content fyne.CanvasObject, more ...*widgets.Button) {
	var pop *widget.PopUp
	ok := widgets.NewButton(tr("ui.close"), widgets.Primary, func() { pop.Hide() })
	pop = u.overlay(title, content, append(more, ok)...)
	u.window.Canvas().Focus(ok)
}

func (u *App) overlay(title string, content fyne.CanvasObject, buttons ...*widgets.Button) *widget.PopUp {
	row := widgets.Row(8, nil)
	space := widgets.NewText("", widgets.Style{})
	for _, b := range buttons {
		row.Add(b)
	}
	width := min(520, u.window.Canvas().Size().Width-60)
	body := widgets.Pad(10, 14, 10, 14, widgets.Column(14,
		widgets.NewText(title, widgets.Style{Bold: true, Size: "subHeadingText"}), content,
		widgets.Row(8, space, space, row)))
	pop := widget.NewModalPopUp(body, u.window.Canvas())
	body.Resize(fyne.NewSize(width, body.MinSize().Height)) // texts wrap at this width
	pop.Resize(fyne.NewSize(width, body.MinSize().Height+8))
	pop.Show()
	return pop
}

// offerLink shows a link that could not be opened, to be copied.
func (u *App) offerLink(url string) {
	u.tell(tr("ui.browser-title"), widgets.Column(8,
		widgets.NewText(tr("ui.browser-text"), widgets.Style{}), widgets.NewMono(url)),
		widgets.NewCopy(func() string { return url }))
}
