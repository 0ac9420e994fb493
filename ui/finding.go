package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/ui/widgets"
	"postkey/wizard/diagnose"
)

// findingCard shows one finding: the cause, who mends it, the steps, the
// commands to copy, and behind a button what the server said.
func (u *App) findingCard(f diagnose.Finding) fyne.CanvasObject {
	parts := []fyne.CanvasObject{}
	if text := strings.TrimSpace(msg(f.What) + " " + msg(f.Why)); text != "" {
		parts = append(parts, widgets.NewText(text, widgets.Style{}))
	}
	parts = append(parts, widgets.Flow(8, widgets.NewPill(widgets.Idle, whoFixes(f.Who))))
	if table := evidenceTable(f); table != nil {
		parts = append(parts, table)
	}
	if steps := fixSteps(f); steps != nil {
		parts = append(parts, steps)
	}
	for _, command := range f.Commands {
		parts = append(parts, commandBox(command))
	}
	if !f.Delay.IsZero() {
		parts = append(parts, widgets.NewQuiet(msg(f.Delay)))
	}
	for _, advice := range f.Guidance {
		parts = append(parts, widgets.NewText(msg(advice), widgets.Style{}))
	}
	if f.Link != "" {
		// Copied it goes to whoever mends it, such as the administrator who consents.
		parts = append(parts, widgets.Flow(4, widgets.NewLink(tr("finding-card.link"), func() { u.openURL(f.Link) }),
			widgets.NewCopy(func() string { return f.Link })))
	}
	if words := u.serverWords(f); words != nil {
		parts = append(parts, words)
	}
	return widgets.NewNotice(widgets.Bad, msg(f.Title), parts...)
}

// findingCards shows several, the most specific first.
func (u *App) findingCards(findings []diagnose.Finding) []fyne.CanvasObject {
	cards := make([]fyne.CanvasObject, len(findings))
	for i, f := range findings {
		cards[i] = u.findingCard(f)
	}
	return cards
}

func whoFixes(who diagnose.Who) string {
	switch who {
	case diagnose.Admin, diagnose.Network, diagnose.Microsoft:
		return tr("finding-card.who." + string(who))
	}
	return tr("finding-card.who.you")
}

// fixSteps are the steps of the fix; one step alone needs no number.
func fixSteps(f diagnose.Finding) fyne.CanvasObject {
	if len(f.Fix) == 0 {
		return nil
	}
	if len(f.Fix) == 1 {
		return widgets.NewText(msg(f.Fix[0]), widgets.Style{})
	}
	list := widgets.Column(4)
	for i, step := range f.Fix {
		list.Add(numbered(i+1, msg(step)))
	}
	return list
}

// commandBox is a command in a frame with its Copy button.
func commandBox(command string) fyne.CanvasObject {
	text := widgets.NewMono(command)
	copied := widgets.NewCopy(func() string { return command })
	row := widgets.Row(8, text, text, copied)
	return widgets.NewBox(widgets.ColorCard, widgets.ColorBorder, 6, widgets.Pad(5, 8, 5, 10, row))
}

// serverWords is the line that shows and hides what the server said, with
// what Microsoft's support asks for and the source of the facts; nil when there
// is nothing to show.
func (u *App) serverWords(f diagnose.Finding) fyne.CanvasObject {
	if f.Server == "" && f.CorrelationID == "" && f.TraceID == "" && f.Timestamp == "" && f.Source == "" {
		return nil
	}
	inside := widgets.Column(6)
	if f.Server != "" {
		inside.Add(commandBox(f.Server))
	}
	for _, id := range []struct{ key, value string }{
		{"finding-card.correlation", f.CorrelationID},
		{"finding-card.trace", f.TraceID},
		{"finding-card.timestamp", f.Timestamp},
	} {
		if id.value != "" {
			inside.Add(idLine(tr(id.key), id.value))
		}
	}
	if f.Source != "" {
		inside.Add(widgets.NewQuiet(tr("evidence.source", "Source", f.Source)))
	}
	inside.Hide()
	toggle := widgets.NewButton(tr("finding-card.show"), widgets.Link, nil)
	about := tr("finding-card.server")
	if f.Server == "" && f.CorrelationID == "" && f.TraceID == "" && f.Timestamp == "" {
		about = tr("evidence.basis")
	}
	line := widgets.Column(4, widgets.Flow(2, widgets.NewText(about, oneQuietLine), toggle), inside)
	toggle.OnTapped = func() {
		if inside.Hidden {
			inside.Show()
			toggle.SetText(tr("finding-card.hide"))
		} else {
			inside.Hide()
			toggle.SetText(tr("finding-card.show"))
		}
		u.settle()
	}
	return line
}

// oneQuietLine is a hint that shares its line with something else.
var oneQuietLine = widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorQuiet, OneLine: true}

// oneMonoLine is a value that shares its line with something else.
var oneMonoLine = widgets.Style{Size: widgets.SizeSmall, Mono: true, OneLine: true}

// idLine is a name, its value and Copy.
func idLine(name, value string) fyne.CanvasObject {
	return widgets.Flow(8,
		widgets.NewText(name, oneQuietLine),
		widgets.NewText(value, oneMonoLine),
		widgets.NewCopy(func() string { return value }))
}

// besideTop puts a short object before one that may wrap; both begin at the top.
func besideTop(short, wraps fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(nil, nil, short, nil, wraps)
}

// numbered is one line of a list of steps.
func numbered(n int, text string) fyne.CanvasObject {
	number := widgets.NewText(strconv.Itoa(n)+".", widgets.Style{Bold: true, OneLine: true})
	return besideTop(number, widgets.NewText(text, widgets.Style{}))
}

// settle lays the window out anew after something has changed its height.
func (u *App) settle() {
	if content := u.window.Content(); content != nil {
		content.Refresh()
	}
	if u.sheet != nil {
		u.sheet.Refresh()
	}
}
