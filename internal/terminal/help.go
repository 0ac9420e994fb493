package terminal

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/handover"
)

// explained is the part of assets/catalog/schematics.json that says in words
// why a step is there, and what to do where; the window draws the rest.
type explained struct {
	Steps   []explainedStep          `json:"steps"`
	AppOnly []explainedStep          `json:"app_only"`
	Views   map[string]explainedView `json:"views"`
}

type explainedStep struct {
	ID      wizard.StepID `json:"id"`
	Why     string        `json:"why"`
	Without string        `json:"without"`
	Where   string        `json:"where"`
	Views   []string      `json:"views"`
}

// explainedView is one page of a portal or a product: the way to it by one of
// Page, Section and Crumbs, and what to do there.
type explainedView struct {
	Page    string   `json:"page"`
	Section string   `json:"section"`
	Crumbs  []string `json:"crumbs"`
	Only    string   `json:"only"`
	Steps   []struct {
		Key  string `json:"key"`
		Only string `json:"only"`
	} `json:"steps"`
}

var helpData = sync.OnceValue(func() explained {
	data, err := assets.Catalog.ReadFile("catalog/schematics.json")
	var e explained
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err != nil {
		panic("catalog/schematics.json: " + err.Error()) // embedded, and tested
	}
	return e
})

// step is the help of the step at which the draft is.
func (e explained) step(d *wizard.Draft) (explainedStep, bool) {
	lists := [][]explainedStep{e.Steps}
	if d.AppOnly() {
		lists = [][]explainedStep{e.AppOnly, e.Steps}
	}
	for _, list := range lists {
		if i := slices.IndexFunc(list, func(s explainedStep) bool { return s.ID == d.Step }); i >= 0 {
			return list[i], true
		}
	}
	return explainedStep{}, false
}

// help says why the step is there, what goes wrong without it, where it is done,
// and which keys there are.
func (w *Wizard) help() {
	w.line()
	if w.draft != nil {
		if s, ok := helpData().step(w.draft); ok {
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
func (w *Wizard) where(s explainedStep, facts []any) {
	done, before := 0, ""
	for _, name := range s.Views {
		v := helpData().Views[name]
		if !w.holds(v.Only) {
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
			if w.holds(do.Only) {
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
func (w *Wizard) wayTo(v explainedView, facts []any) {
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

// holds reports whether a condition of the data is met: own, shared, web,
// desktop, a protocol or a product, or several joined by +. No condition always is.
func (w *Wizard) holds(only string) bool {
	if one, rest, several := strings.Cut(only, "+"); several {
		return w.holds(one) && w.holds(rest)
	}
	d := w.draft
	switch only {
	case "":
		return true
	case kindOwn, kindShared:
		return d.Shared == (only == kindShared)
	case wizard.PlatformWeb, wizard.PlatformDesktop:
		return (d.Platform == wizard.PlatformDesktop) == (only == wizard.PlatformDesktop)
	}
	return d.Product == only || slices.Contains(d.Protocols, only)
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
