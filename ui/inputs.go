package ui

import (
	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// field makes a field bound to a value of the draft: it is checked by the
// wizard's rule of that name, keeps what is typed, and cleans what is pasted.
func (f *flow) field(name wizard.Field, label string, value *string) *widgets.Field {
	w := widgets.NewField(label)
	w.Entry.Clean = func(pasted string) string {
		if w.Text() == "" || w.Entry.SelectedText() == w.Text() {
			return wizard.CleanField(name, pasted) // a whole value
		}
		return wizard.Clean(pasted)
	}
	w.Preset(*value)
	w.OnChanged = func(text string) {
		*value = text
		f.changed()
	}
	w.Check = func(string) widgets.Problem {
		if wrong := f.check(name); wrong.Text != "" {
			return wrong
		}
		return problem(f.endsSignIn(name))
	}
	w.OnLeft = f.refresh
	w.OnReturn = f.advance
	return w
}

// choice makes a group of rows; changed hears of a new choice before the page's
// buttons are shown anew.
func (f *flow) choice(options []widgets.Option, across bool, selected string, changed func(id string)) *widgets.Choice {
	c := widgets.NewChoice(options, across)
	c.Select(selected)
	c.OnReturn = f.advance
	c.OnChanged = func(id string) {
		changed(id)
		f.changed()
		f.refresh()
	}
	return c
}

// check is the wizard's judgement of a field of the draft, in words.
func (f *flow) check(name wizard.Field) widgets.Problem {
	return problem(f.draft.CheckField(name, f.context))
}

func problem(p *wizard.Problem) widgets.Problem {
	if p == nil {
		return widgets.Problem{}
	}
	return widgets.Problem{Text: msg(p.Message), Warning: p.Warning}
}

// validate checks the fields that are seen, puts the focus on the first one
// that is wrong, and reports whether there is none.
func (f *flow) validate(fields ...*widgets.Field) bool {
	var first *widgets.Field
	for _, w := range fields {
		if w.Visible() && !w.Validate() && first == nil {
			first = w
		}
	}
	f.shell.relayout()
	if first != nil {
		f.focusOn(first.Entry)
	}
	return first == nil
}

func (f *flow) focusOn(o fyne.Focusable) { f.app.window.Canvas().Focus(o) }

// advance is what Return does in a field: on to the next field, and from the
// last one what the main button does.
func (f *flow) advance() { advanceFrom(f.app, f.shell.bar) }

func advanceFrom(app *App, below *bar) {
	const most = 500 // more than any page holds, so that this ends
	c := app.window.Canvas()
	from := c.Focused()
	for range most {
		c.FocusNext()
		switch now := c.Focused().(type) {
		case *widgets.Entry, *widgets.Choice:
			return
		default:
			if now != nil && !below.holds(now) {
				continue
			}
		}
		c.Focus(from)
		below.press()
		return
	}
}

// offer puts Use practice value beside a field, and has Fill in all fill it.
// Outside the practice tenant, and for an empty value, it does nothing.
func (f *flow) offer(w *widgets.Field, value string) {
	if f.app.opts.Practice == nil || value == "" {
		return
	}
	fill := func() {
		if !w.Visible() {
			return
		}
		w.SetText(value)
		w.Validate()
		f.refresh()
	}
	f.offers = append(f.offers, fill)
	w.AddBelow(widgets.Flow(0, widgets.NewButton(tr("ui.practice-use"), widgets.Link, fill)))
}

// fillAll types in every practice value of the page.
func (f *flow) fillAll() {
	for _, fill := range f.offers {
		fill()
	}
	if len(f.offers) > 0 {
		f.focusOn(f.shell.bar.primary)
	}
}

// crumbs are the way to a page of the portal, with its link.
func (f *flow) crumbs(page string, more ...fyne.CanvasObject) *fyne.Container {
	c, err := f.draft.Connection()
	if err != nil {
		c.Cloud, c.ClientID, c.Name = f.draft.Cloud, f.draft.ClientID, f.draft.Name
	}
	cloud, err := f.app.bench.Catalog.CloudOf(c)
	if err != nil {
		return widgets.Flow(6, more...)
	}
	place := f.app.bench.Catalog.PortalIn(currentLanguage(), page, cloud, c)
	var open func()
	if place.URL != "" {
		open = func() { f.app.openURL(place.URL) }
	}
	return widgets.NewCrumbs(place.Crumbs, open, more...)
}
