package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
)

// bar is the row of buttons below a page.
type bar struct {
	next    func() // what Continue does
	moved   func() // is told that the bar is another height now; nil: nobody is
	root    *fyne.Container
	close   *widgets.Button
	more    []*widgets.Button
	moreRow *fyne.Container
	aside   []*widgets.Button // beside Back
	asides  *fyne.Container
	primary *widgets.Button
	back    *widgets.Button
}

// newBar makes a bar with the buttons that every page has: Back, what closes
// the way, and Continue.
func newBar(back func(), shut action, next func()) *bar {
	b := &bar{
		next:    next,
		back:    widgets.NewButton(tr("ui.back"), widgets.Plain, back),
		close:   widgets.NewButton(shut.label, widgets.Plain, shut.run),
		moreRow: widgets.Row(8, nil),
		asides:  widgets.Row(8, nil),
		primary: widgets.NewButton(tr("ui.continue"), widgets.Primary, nil),
	}
	b.root = widgets.NewFoot(widgets.Pad(11, 34, 11, 34, widgets.Sides(8,
		widgets.Row(8, nil, b.back, b.close, b.asides), widgets.Row(8, nil, b.moreRow, b.primary))))
	return b
}

// show takes over the page's buttons; those that stay keep the focus.
func (b *bar) show(p page) {
	main := p.primary()
	if main.label == "" {
		main = action{tr("ui.continue"), b.next}
	}
	set(b.primary, main)
	b.more = showRow(b.moreRow, b.more, p.actions())
	var aside []action
	if a, ok := p.(asider); ok {
		aside = a.aside()
	}
	b.aside = showRow(b.asides, b.aside, aside)
	b.root.Refresh()
	if b.moved != nil && b.root.MinSize().Height != b.root.Size().Height {
		b.moved()
	}
}

// showRow shows the actions in a row, with the buttons that it has and as many
// more as it takes; it returns all of them.
func showRow(row *fyne.Container, buttons []*widgets.Button, actions []action) []*widgets.Button {
	for len(buttons) < len(actions) {
		buttons = append(buttons, widgets.NewButton("", widgets.Plain, nil))
	}
	row.Objects = nil
	for i, a := range actions {
		set(buttons[i], a)
		row.Objects = append(row.Objects, buttons[i])
	}
	row.Hidden = len(actions) == 0
	row.Refresh()
	return buttons
}

func set(b *widgets.Button, a action) {
	b.SetText(a.label)
	b.OnTapped = a.run
	b.SetEnabled(a.run != nil)
}

// press runs the page's main action, as Ctrl+Return does.
func (b *bar) press() { b.primary.Tapped(nil) }

// holds reports whether o is a button of the bar.
func (b *bar) holds(o fyne.Focusable) bool {
	if o == fyne.Focusable(b.primary) || o == fyne.Focusable(b.back) || o == fyne.Focusable(b.close) {
		return true
	}
	for _, m := range slices.Concat(b.more, b.aside) {
		if o == fyne.Focusable(m) {
			return true
		}
	}
	return false
}
