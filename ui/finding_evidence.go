package ui

import (
	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard/diagnose"
)

// evidenceParts are the widths of the table: the claim, what is needed, what is
// present, and how the two compare.
var evidenceParts = []float32{2.1, 3.2, 3.2, 1.5}

// evidenceTable compares the token with what the leg needs; nil when there is
// nothing to compare.
func evidenceTable(f diagnose.Finding) fyne.CanvasObject {
	if len(f.Evidence) == 0 {
		return nil
	}
	head := make([]fyne.CanvasObject, 0, len(evidenceParts))
	for _, text := range []string{tr("evidence.claim"), tr("evidence.needed"), tr("evidence.present"), ""} {
		head = append(head, widgets.NewQuiet(text))
	}
	table := widgets.Column(5, widgets.NewTitle(tr("evidence.title")), widgets.Shares(10, evidenceParts, head...))
	for _, row := range f.Evidence {
		needed := row.Needed
		switch {
		case !row.Note.IsZero():
			needed = msg(row.Note)
		case needed == "":
			needed = tr("evidence.any")
		}
		present := fyne.CanvasObject(widgets.NewMono(row.Present))
		if row.Present == "" {
			present = widgets.NewQuiet(tr("evidence.absent"))
		}
		table.Add(widgets.NewRule())
		table.Add(widgets.Shares(10, evidenceParts,
			widgets.Column(0, widgets.NewText(msg(row.Label), widgets.Style{Size: widgets.SizeSmall}), widgets.NewQuiet(row.Claim)),
			neededText(row, needed), present, widgets.Flow(0, evidenceState(row.State))))
	}
	return widgets.NewBox(widgets.ColorCard, widgets.ColorBorder, 6, widgets.Pad(9, 12, 9, 12, table))
}

// neededText is a value to compare letter by letter, or a sentence.
func neededText(row diagnose.Row, text string) fyne.CanvasObject {
	if row.Needed == "" || !row.Note.IsZero() {
		return widgets.NewQuiet(text)
	}
	return widgets.NewMono(text)
}

func evidenceState(state diagnose.RowState) *widgets.Pill {
	switch state {
	case diagnose.RowRight:
		return widgets.NewPill(widgets.Good, tr("evidence.right"))
	case diagnose.RowWrong:
		return widgets.NewPill(widgets.Bad, tr("evidence.wrong"))
	}
	return widgets.NewPill(widgets.Idle, tr("evidence.unknown"))
}
