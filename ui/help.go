package ui

import (
	"net/url"
	"slices"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/handover"
	"postkey/wizard/help"
)

// helpLinks are the two quiet links beside the heading of a page.
type helpLinks struct {
	flow       *flow
	root       *fyne.Container
	why, where *widgets.Button
}

func newHelpLinks(f *flow) *helpLinks {
	l := &helpLinks{flow: f}
	l.why = widgets.NewButton(tr("help.why"), widgets.Link, func() { l.open(l.why, f.openWhy) })
	l.where = widgets.NewButton("", widgets.Link, func() { l.open(l.where, f.openWhere) })
	l.root = widgets.Row(2, nil, l.why, l.where)
	return l
}

// open shows a sheet that gives the focus back to the link, also after a click,
// which takes the focus away.
func (l *helpLinks) open(link *widgets.Button, show func()) {
	l.flow.focusOn(link)
	show()
}

// refresh shows the links that the open page has.
func (l *helpLinks) refresh() {
	step, facts := help.Data().Step(l.flow.draft), l.flow.helpFacts()
	l.where.Hidden = len(facts.views(step)) == 0
	if !l.where.Hidden {
		l.where.SetText(facts.tr(step.Where))
	}
	l.root.Refresh()
}

// openWhy says why the step exists, and what goes wrong without it.
func (f *flow) openWhy() {
	step, facts := help.Data().Step(f.draft), f.helpFacts()
	body := widgets.Column(14,
		widgets.NewCard(widgets.NewTitle(f.stepTitle()), widgets.NewText(facts.tr(step.Why), widgets.Style{})),
		widgets.NewNotice(widgets.Warn, tr("help.without"), widgets.NewText(facts.tr(step.Without), widgets.Style{})))
	if len(facts.views(step)) > 0 {
		body.Add(widgets.Flow(0, widgets.NewButton(facts.tr(step.Where), widgets.Link, f.openWhere)))
	}
	f.openSheet(tr("help.why-title"), body)
}

// stepTitle is the name of the open step.
func (f *flow) stepTitle() string {
	for _, s := range f.draft.Steps() {
		if s.ID == f.draft.Step {
			return msg(s.Title)
		}
	}
	return ""
}

// openWhere shows the pages of the portal or the product where the step is done.
func (f *flow) openWhere() {
	step, facts := help.Data().Step(f.draft), f.helpFacts()
	body := widgets.Column(14)
	done := 0 // steps of the views before
	before := help.View{}
	for _, v := range facts.views(step) {
		if done > 0 {
			body.Add(widgets.Pad(6, 0, 6, 0, widgets.NewRule()))
		}
		if v.Page == "" || v.Page != before.Page { // the same page goes on
			body.Add(f.helpCrumbs(v, facts))
		}
		body.Add(widgets.Column(6, facts.drawing(v, done),
			widgets.NewQuiet(tr("help.drawing", "What", facts.tr(v.Alt)))))
		todo := widgets.Column(9)
		for _, do := range facts.todo(v) {
			done++
			number := widgets.Pad(1, 10, 0, 0, widgets.Column(0, newDisc(done)))
			todo.Add(besideTop(number, widgets.NewText(facts.tr(do.Key), widgets.Style{})))
		}
		body.Add(todo)
		before = v
	}
	f.openSheet(facts.tr(step.Where), body)
}

// helpCrumbs is the way to a page, with its link where there is one.
func (f *flow) helpCrumbs(v help.View, facts helpFacts) fyne.CanvasObject {
	if v.Page != "" {
		return f.crumbs(v.Page)
	}
	var words []string
	for _, key := range v.Crumbs {
		words = append(words, facts.tr(key))
	}
	if v.Section != "" {
		c, _ := f.draft.Connection() // as far as it can be read: the way is the product's
		c.Product = f.draft.Product
		sections := handover.Sections(f.app.bench.Catalog, c)
		i := slices.IndexFunc(sections, func(s handover.Section) bool { return s.Title.Key == v.Section })
		if i >= 0 {
			words = sections[i].Crumbs
		}
	}
	return widgets.NewCrumbs(words, nil)
}

// directoryOf is what the portal of the draft's cloud calls its directory.
func directoryOf(f *flow) string {
	c, err := f.draft.Connection()
	if err != nil {
		c.Cloud = f.draft.Cloud
	}
	cloud, _ := f.app.bench.Catalog.CloudOf(c) // the zero Cloud has the usual word
	crumbs := f.app.bench.Catalog.Portal(catalog.PageNewRegistration, cloud, c).Crumbs
	if len(crumbs) == 0 {
		return ""
	}
	return crumbs[0]
}

// hostOf is the host of an address, or the address when it has none.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// platformOf and audienceOf name the draft's choices as the data does.
func platformOf(d *wizard.Draft) string {
	if d.Platform == wizard.PlatformDesktop {
		return wizard.PlatformDesktop
	}
	return wizard.PlatformWeb
}

func audienceOf(d *wizard.Draft) string {
	switch d.Audience {
	case oauth.AudienceMulti:
		return "multi"
	case oauth.AudienceMultiPersonal:
		return "personal"
	}
	return "single"
}
