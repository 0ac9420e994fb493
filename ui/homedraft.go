package ui

import (
	"context"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// showDrafts offers to go on with what was begun.
func (h *home) showDrafts() {
	h.drafts.Objects = nil
	for _, d := range h.data.drafts {
		if h.foundDraft(d) {
			h.drafts.Add(h.draftCard(d))
		}
	}
	h.drafts.Hidden = len(h.drafts.Objects) == 0
}

func (h *home) draftCard(d *wizard.Draft) *widgets.Box {
	name := d.Name
	if name == "" {
		name = tr("home.draft-unnamed")
	}
	at := ""
	for _, s := range d.Steps() {
		if s.ID == d.Step {
			at = tr("home.draft-at", "Number", s.Number, "Title", msg(s.Title), "When", ago(d.Changed, h.app.now()))
		}
	}
	place := widgets.NewQuiet(at)
	text := widgets.Column(3, widgets.NewTitle(name), widgets.Row(8, place, widgets.NewPill(widgets.Info, tr("home.draft")), place))
	open := widgets.NewButton(tr("home.draft-open"), widgets.Plain, func() { h.open(d) })
	drop := widgets.NewButton(tr("home.draft-drop"), widgets.Plain, func() {
		h.app.ask(tr("home.drop-title", "Name", name), tr("home.drop-text"), tr("home.drop-yes"), func() { h.drop(d.ID) })
	})
	return widgets.NewCard(widgets.Row(14, text, avatar(name), text, open, drop))
}

func (h *home) drop(id string) {
	h.work(func(ctx context.Context) func() {
		err := h.app.bench.DropDraft(ctx, id)
		return func() {
			h.failed(err)
			h.load()
			h.app.window.Canvas().Focus(h.create)
		}
	})
}
