package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/assets"
	"postkey/ui/widgets"
)

// PracticeFault is one thing that can be made to go wrong in the practice tenant.
type PracticeFault struct {
	ID    string
	Title assets.Message
	// Group names where on the path it happens; faults of one group follow each other.
	Group assets.Message
}

// practiceStrip is the banner that says practice on every screen, with the
// choice of what should go wrong; hidden when the real Microsoft is at work.
func practiceStrip(app *App, more ...fyne.CanvasObject) *fyne.Container {
	text := widgets.NewText("", widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorOnPractice, OneLine: true, Cut: true})
	wrong := widgets.NewButton(tr("ui.practice-fault"), widgets.Small, nil)
	wrong.OnTapped = func() { app.faultMenu(wrong, func() { text.SetText(app.practiceText()) }) }
	wrong.Hidden = app.opts.Practice == nil || len(app.opts.Practice.Faults) == 0
	text.SetText(app.practiceText())
	row := widgets.Row(10, text, append([]fyne.CanvasObject{text, wrong}, more...)...)
	strip := container.NewStack(widgets.NewBox(widgets.ColorPractice, "", 0, widgets.Pad(4, 36, 4, 36, row)))
	strip.Hidden = app.opts.Practice == nil
	return strip
}

// practiceText is what the banner says now.
func (u *App) practiceText() string {
	if u.opts.Practice != nil {
		for _, f := range u.opts.Practice.Faults {
			if f.ID == u.fault {
				return tr("ui.practice-fault-now", "Fault", msg(f.Title))
			}
		}
	}
	return tr("ui.practice-banner")
}

// faultMenu offers nothing at all, or the faults, a submenu for each group.
func (u *App) faultMenu(under *widgets.Button, changed func()) {
	choose := func(id string) func() {
		return func() {
			u.breakPractice(id)
			changed()
		}
	}
	none := fyne.NewMenuItem(tr("ui.practice-fault-none"), choose(""))
	none.Checked = u.fault == ""
	items := []*fyne.MenuItem{none}
	var group *fyne.MenuItem
	for _, f := range u.opts.Practice.Faults {
		if title := msg(f.Group); group == nil || group.Label != title {
			group = fyne.NewMenuItem(title, nil)
			group.ChildMenu = fyne.NewMenu("")
			items = append(items, group)
		}
		item := fyne.NewMenuItem(msg(f.Title), choose(f.ID))
		if f.ID == u.fault {
			item.Checked, group.Checked = true, true
		}
		group.ChildMenu.Items = append(group.ChildMenu.Items, item)
	}
	u.popUp(under, items)
}

// breakPractice makes one thing go wrong, and no other; the empty id nothing.
// What was issued before is dropped, so that it shows at once.
func (u *App) breakPractice(id string) {
	u.fault = id
	before, done := u.breaking, make(chan struct{})
	u.breaking = done
	u.work(u.ctx, func(context.Context) func() {
		defer close(done)
		if before != nil {
			<-before // one after the other, as they were chosen
		}
		u.opts.Practice.Break(id) // opens ports, and locks the data folder
		u.bench.ForgetTokens()
		u.note("practice", "fault", id)
		return u.probeAgain
	})
}

// popUp shows a menu under a button, at its right edge. The focus is in the
// menu until it closes, and then on the button again.
func (u *App) popUp(under *widgets.Button, items []*fyne.MenuItem) {
	const below = 4 // the frame of the focus stays in sight
	at := u.fyne.Driver().AbsolutePositionForObject(under)
	widgets.ShowMenu(items, u.window.Canvas(), at.AddXY(under.Size().Width, under.Size().Height+below))
}
