package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/wizard"
)

// notifyExpiry tells the desktop, once after the start, which secrets and
// certificates end within the month or have ended.
func (u *App) notifyExpiry(connections []store.Connection) {
	if u.notified {
		return
	}
	u.notified = true
	type ending struct {
		wizard.Expiry
		name string
	}
	var near []ending
	for _, c := range connections {
		if e := wizard.Warning(c, u.now()); e.Level > wizard.LevelNone {
			near = append(near, ending{e, c.Name})
		}
	}
	switch len(near) {
	case 0:
	case 1:
		u.notify(msg(near[0].Title), msg(near[0].Text))
	default:
		slices.SortStableFunc(near, func(a, b ending) int { return a.Days - b.Days })
		names := make([]string, len(near))
		for i, e := range near {
			names[i] = e.name
		}
		u.notify(tr("rotate.notify-title", "Count", len(near)), tr("rotate.notify-text", "Names", strings.Join(names, ", ")))
	}
}

// notify shows a notification of the desktop. Some desktops are asked through
// a process of its own, so that happens beside the window.
func (u *App) notify(title, text string) {
	note := fyne.NewNotification(title, text)
	u.work(u.ctx, func(context.Context) func() {
		u.fyne.SendNotification(note)
		return nil
	})
}
