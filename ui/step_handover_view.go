package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard/handover"
)

// newSectionCard is one screen of the product as a table: label, value, Copy.
// The copying of the secret is copySecret's.
func newSectionCard(s handover.Section, copySecret func(*widgets.Button)) fyne.CanvasObject {
	table := widgets.Column(0)
	for i, f := range s.Fields {
		if i > 0 {
			table.Add(widget.NewSeparator())
		}
		table.Add(fieldRow(f, copySecret))
	}
	parts := []fyne.CanvasObject{widgets.NewTitle(msg(s.Title))}
	if len(s.Crumbs) > 0 {
		parts = append(parts, widgets.NewCrumbs(s.Crumbs, nil))
	}
	if len(s.Fields) > 0 {
		parts = append(parts, table)
	}
	if !s.Note.IsZero() {
		parts = append(parts, widgets.NewText(msg(s.Note), widgets.Style{Color: widgets.ColorQuiet}))
	}
	return widgets.NewCard(parts...)
}

// fieldRow is one field of the product.
func fieldRow(f handover.Field, copySecret func(*widgets.Button)) fyne.CanvasObject {
	label := f.Label
	if !f.Text.IsZero() {
		label = msg(f.Text)
	}
	name := widgets.Pad(4, 0, 4, 0, widgets.NewText(label, widgets.Style{Size: widgets.SizeSmall}))
	return widgets.Pad(2, 0, 2, 0, widgets.Shares(12, []float32{3, 11}, name, fieldValue(f, copySecret)))
}

func fieldValue(f handover.Field, copySecret func(*widgets.Button)) fyne.CanvasObject {
	switch {
	case f.Secret:
		copying := widgets.NewCopy(nil)
		copying.OnTapped = func() { copySecret(copying) }
		return widgets.Flow(8, widgets.NewText(tr("handover-page.masked"), oneMonoLine), copying)
	case f.Value == "":
		return widgets.Pad(4, 0, 4, 0, widgets.NewQuiet(tr("handover-page.empty")))
	}
	value := widgets.NewMono(f.Value)
	return valueWithCopy(value, widgets.NewCopy(func() string { return f.Value }))
}

// valueWithCopy puts Copy right after a value that fits on the line, and at
// the end of the line where the value needs all of it.
func valueWithCopy(value *widgets.Text, copying *widgets.Button) fyne.CanvasObject {
	return container.New(afterLayout{value}, value, copying)
}

// afterLayout places the second object right after the text, which is the first.
type afterLayout struct{ text *widgets.Text }

const afterGap = 8

func (l afterLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	text, after := objects[0], objects[1]
	small := after.MinSize()
	width := max(min(l.text.Width()+1, size.Width-small.Width-afterGap), 0)
	text.Resize(fyne.NewSize(width, text.Size().Height))
	height := text.MinSize().Height
	text.Resize(fyne.NewSize(width, height))
	text.Move(fyne.NewPos(0, max((size.Height-height)/2, 0)))
	after.Resize(small)
	after.Move(fyne.NewPos(width+afterGap, max((size.Height-small.Height)/2, 0)))
}

func (l afterLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	text, after := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(text.Width+afterGap+after.Width, max(text.Height, after.Height))
}

// expiryCard says when the client secret ends; more stands below it.
func expiryCard(c store.Connection, now time.Time, more ...fyne.CanvasObject) fyne.CanvasObject {
	if c.SecretExpires.IsZero() {
		why := widgets.NewText(tr("handover-page.expiry-unknown.why"), widgets.Style{Color: widgets.ColorQuiet})
		return widgets.NewNotice(widgets.Warn, tr("handover-page.expiry-unknown"), append([]fyne.CanvasObject{why}, more...)...)
	}
	days := c.SecretExpires.DaysFrom(now)
	title, why := "handover-page.expires", "handover-page.expires.why"
	if c.Certificate != nil {
		title, why = "credential.ends", "credential.ends-why"
	}
	text, mood := daysLeft(c, now)
	switch {
	case days < 0 && c.Certificate != nil:
		title = "credential.ended"
	case days < 0:
		title, why = "handover-page.expired", "handover-page.expired.why"
	case days == 0:
		text = tr("handover-page.expires.today")
	default:
		text = tr("handover-page.expires.in", "Count", days)
	}
	head := widgets.Flow(8,
		widgets.NewText(tr(title, "Date", dayText(c.SecretExpires)), widgets.Style{Bold: true, OneLine: true}),
		widgets.NewPill(mood, text))
	parts := []fyne.CanvasObject{head, widgets.NewText(tr(why), widgets.Style{Color: widgets.ColorQuiet})}
	return widgets.NewCard(append(parts, more...)...)
}
