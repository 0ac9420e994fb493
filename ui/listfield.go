package ui

import (
	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// listField asks for mailboxes, pasted from wherever they stand in a list.
type listField struct {
	flow    *flow
	name    wizard.Field
	area    *widgets.Area
	problem *widgets.ProblemLine
	count   *widgets.Text
	content fyne.CanvasObject
	hint    string
	// changed is told of every change; it may be nil.
	changed func()
}

func newListField(f *flow, name wizard.Field, label string, value *string) *listField {
	l := &listField{flow: f, name: name, area: widgets.NewArea(3), problem: widgets.NewProblemLine(), count: widgets.NewQuiet("")}
	l.area.SetText(*value)
	l.area.MaxPaste, l.area.OnTooLong = maxPaste, l.tooLong
	l.area.OnChanged = func(text string) {
		*value = text
		if l.problem.Visible() {
			l.validate()
		}
		l.showCount()
		f.changed()
		if l.changed != nil {
			l.changed()
		}
	}
	l.content = widgets.Column(3, widgets.NewLabel(label), l.area, l.problem, l.count)
	l.showCount()
	return l
}

// setHint sets the line that stands below an empty list.
func (l *listField) setHint(text string) *listField {
	l.hint = text
	l.showCount()
	return l
}

// showCount says how many mailboxes the text holds.
func (l *listField) showCount() {
	text := l.hint
	if n := len(wizard.Addresses(l.area.Text())); n > 0 {
		text = tr("apponly.count", "Count", n)
	}
	if l.count.Text() == text {
		return
	}
	l.count.SetText(text)
	l.flow.app.settle()
}

// tooLong says that a paste was not taken.
func (l *listField) tooLong(pasted string) {
	l.show(widgets.Problem{Text: tr("wizard.list-many", "Max", wizard.MostMailboxes, "Length", len(wizard.Addresses(pasted)))})
}

// validate shows what is wrong with the list and reports whether nothing is.
func (l *listField) validate() bool {
	p := l.flow.check(l.name)
	l.show(p)
	return p.Text == "" || p.Warning
}

func (l *listField) show(p widgets.Problem) {
	l.problem.Set(p)
	l.area.SetBad(p.Text != "" && !p.Warning)
	l.flow.app.settle()
}

// offer fills the list in the practice tenant, see flow.offer.
func (l *listField) offer(value string) {
	if l.flow.app.opts.Practice == nil || value == "" {
		return
	}
	l.flow.offers = append(l.flow.offers, func() {
		l.area.SetText(value)
		l.validate()
	})
}
