package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard/check"
)

// mostFenceRows is how many mailboxes are shown: 500 of them would stop the
// window, and those that are not as wanted come first.
const mostFenceRows = 30

// stale reports whether what is shown has changed since.
func (f *fencePart) stale() bool { return f.dirty || f.keeping && f.waiting() != f.said }

// show draws the part anew.
func (f *fencePart) show() {
	f.dirty, f.said = false, f.waiting()
	boxes := f.mailboxes()
	done, wrong := f.settledRows()
	pill := widgets.NewPill(widgets.Idle, tr("test-page.not-tested"))
	switch {
	case f.trying:
		pill.Set(widgets.Info, tr("apponly.fence-trying", "Done", done, "All", len(f.rows)))
	case wrong > 0:
		pill.Set(widgets.Bad, tr("apponly.fence-wrong", "Count", wrong))
	case done == len(f.rows):
		pill.Set(widgets.Good, tr("apponly.fence-right"))
	}
	head := widgets.Flow(8, widgets.NewText(tr("apponly.fence-heading"), widgets.Style{Bold: true, OneLine: true}), pill)
	parts := []fyne.CanvasObject{head}
	if f.said != "" {
		parts = append(parts, widgets.NewText(f.said, widgets.Style{Size: widgets.SizeSmall}))
	}
	for i, b := range boxes {
		if i == mostFenceRows {
			parts = append(parts, widgets.NewQuiet(tr("apponly.fence-more", "Count", len(boxes)-i)))
			break
		}
		parts = append(parts, widgets.NewRule(), b.row())
	}
	p := f.page
	if !p.running() && p.outcome != nil && p.outcome.fence != nil && !p.outcome.fence.OK() {
		parts = append(parts, widgets.NewRule(), widgets.Flow(8,
			widgets.NewButton(tr("apponly.fence-keep", "Minutes", int(p.flow.app.fencePause().Minutes())), widgets.Plain, f.keep),
			widgets.NewButton(tr("apponly.exchange-open"), widgets.Plain, p.flow.openExchange)))
	}
	f.root.Objects = []fyne.CanvasObject{widgets.NewCard(parts...)}
	f.root.Refresh()
}

// waiting says since when the fence is not as wanted, and when it is tried again.
func (f *fencePart) waiting() string {
	d, now := f.page.flow.draft, f.page.flow.app.now()
	var lines []string
	if when := d.FenceSince; !when.IsZero() {
		text := tr("apponly.fence-just", "When", momentText(when))
		if minutes := int(now.Sub(when).Minutes()); minutes > 0 {
			text = tr("apponly.fence-since", "When", momentText(when), "Count", minutes)
		}
		lines = append(lines, text)
	}
	if f.keeping && !f.trying {
		lines = append(lines, tr("apponly.fence-next", "Time", clock(f.next.Sub(now))))
	}
	return strings.Join(lines, " ")
}

// fenceBox is one mailbox with what was found over each road.
type fenceBox struct {
	address string
	want    check.FenceState
	rows    []check.FenceRow
}

// mailboxes puts the rows of each mailbox together: first those that are open
// and should not be, then the others that are not as wanted, then the rest.
func (f *fencePart) mailboxes() []fenceBox {
	var boxes []fenceBox
	at := make(map[string]int)
	for _, row := range f.rows {
		key := strings.ToLower(row.Address)
		i, known := at[key]
		if !known {
			i = len(boxes)
			at[key] = i
			boxes = append(boxes, fenceBox{address: row.Address, want: row.Want})
		}
		boxes[i].rows = append(boxes[i].rows, row)
	}
	slices.SortStableFunc(boxes, func(a, b fenceBox) int { return a.rank() - b.rank() })
	return boxes
}

// rank is the place of a mailbox in the list.
func (b fenceBox) rank() int {
	least := 4
	for _, row := range b.rows {
		switch {
		case row.Got == check.FenceReachable && row.Want == check.FenceRefused:
			return 0
		case row.Got == check.FenceTesting:
			least = min(least, 3)
		case row.Got != check.FenceWaiting && !row.OK():
			least = min(least, 1)
		}
	}
	return least
}

func (b fenceBox) row() fyne.CanvasObject {
	want := tr("apponly.want-reachable")
	if b.want == check.FenceRefused {
		want = tr("apponly.want-refused")
	}
	pills := widgets.Flow(10)
	said := ""
	for _, row := range b.rows {
		mood, word := fenceWord(row)
		pills.Add(widgets.Row(5, nil, widgets.NewText(tr("apponly.leg-"+string(row.Leg)), oneQuietLine), widgets.NewPill(mood, word)))
		if !row.OK() && row.Server != "" && row.Got != check.FenceReachable {
			said = row.Server
		}
	}
	name := widgets.Column(1, widgets.NewText(b.address, widgets.Style{Size: widgets.SizeSmall, Mono: true}), widgets.NewQuiet(want))
	line := widgets.Shares(12, []float32{5, 6}, name, widgets.Pad(3, 0, 0, 0, pills))
	if said == "" {
		return line
	}
	return widgets.Column(3, line, widgets.NewText(said, widgets.Style{Size: "helperText", Mono: true, Color: widgets.ColorQuiet}))
}

// fenceWord is the word for a row and its colour.
func fenceWord(row check.FenceRow) (widgets.Mood, string) {
	switch row.Got {
	case check.FenceTesting:
		return widgets.Info, tr("test-page.testing")
	case check.FenceReachable:
		if row.Want == check.FenceRefused {
			return widgets.Bad, tr("apponly.got-open")
		}
		return widgets.Good, tr("apponly.got-reachable")
	case check.FenceRefused:
		if row.Want == check.FenceReachable {
			return widgets.Bad, tr("apponly.got-shut")
		}
		return widgets.Good, tr("apponly.got-refused")
	case check.FenceFailed:
		if row.Missing() {
			return widgets.Warn, tr("apponly.got-missing")
		}
		return widgets.Warn, tr("apponly.got-failed")
	}
	return widgets.Idle, tr("test-page.hop.waiting")
}
