package terminal

import (
	"strconv"
	"strings"

	"postkey/oauth"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/handover"
	"postkey/wizard/help"
)

// help says why the step is there, what goes wrong without it, where it is done,
// and which keys there are.
func (w *Wizard) help() {
	w.line()
	if w.draft != nil {
		if s := help.Data().Step(w.draft); s.ID != "" {
			facts := w.facts()
			w.note(w.tr(s.Why, facts...))
			w.note(w.tr("help.without") + ": " + w.tr(s.Without, facts...))
			w.where(s, facts)
		}
	}
	w.note(w.tr("terminal.keys"))
	w.line()
}

// where prints the pages on which a step is done, and what to do on each.
func (w *Wizard) where(s help.Step, facts []any) {
	done, before := 0, ""
	for _, name := range s.Views {
		v := help.Data().Views[name]
		if !help.Holds(w.draft, v.Only) {
			continue
		}
		if done == 0 {
			w.line()
			w.note(w.tr(s.Where, facts...))
		}
		if v.Page == "" || v.Page != before {
			w.wayTo(v, facts)
		}
		before = v.Page
		for _, do := range v.Steps {
			if help.Holds(w.draft, do.Only) {
				done++
				w.wrap("    "+strconv.Itoa(done)+". ", "       ", w.tr(do.Key, facts...))
			}
		}
	}
	if done > 0 {
		w.line()
	}
}

// wayTo prints how to get to a page.
func (w *Wizard) wayTo(v help.View, facts []any) {
	if v.Page != "" {
		w.portal(v.Page)
		return
	}
	var words []string
	for _, key := range v.Crumbs {
		words = append(words, w.tr(key, facts...))
	}
	if v.Section != "" {
		c, _ := w.draft.Connection() // as far as it can be read: the way is the product's
		c.Product = w.draft.Product
		for _, s := range handover.Sections(w.Bench.Catalog, c) {
			if s.Title.Key == v.Section {
				words = s.Crumbs
			}
		}
	}
	w.line()
	w.wrap("  ", "    ", strings.Join(words, " > "))
}

// facts are the values that the texts of help name.
func (w *Wizard) facts() []any {
	d := w.draft
	product, _ := w.Bench.Catalog.Product(d.Product)
	limits := w.Bench.Catalog.Limits()
	platform, audience := wizard.PlatformWeb, "single"
	if d.Platform == wizard.PlatformDesktop {
		platform = wizard.PlatformDesktop
	}
	switch d.Audience {
	case oauth.AudienceMulti:
		audience = "multi"
	case oauth.AudienceMultiPersonal:
		audience = "personal"
	}
	return []any{
		"App", product.SuggestedName, "Product", w.productName(product),
		"Months", limits.SecretMonths, "Postkey", limits.PostkeyRedirect,
		"Platform", w.tr("help.label." + platform), "Audience", w.tr("help.label.types-" + audience),
	}
}

// portal says where something is in the portal.
func (w *Wizard) portal(page string) {
	d := w.draft
	c, err := d.Connection()
	if err != nil {
		c.Cloud, c.ClientID, c.Name = d.Cloud, d.ClientID, d.Name
	}
	cloud, err := w.Bench.Catalog.CloudOf(c)
	if err != nil {
		cloud, _ = w.Bench.Catalog.Cloud(catalog.Worldwide)
	}
	place := w.Bench.Catalog.PortalIn(w.language(), page, cloud, c)
	w.line()
	w.wrap("  ", "    ", strings.Join(place.Crumbs, " > "))
	if place.URL != "" {
		w.line("  ", place.URL)
	}
}
