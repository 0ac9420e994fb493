package ui

import (
	"strings"

	"postkey/assets"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/help"
)

// helpFacts are the values that the texts and drawings of help name.
type helpFacts struct {
	draft  *wizard.Draft
	values map[string]any
}

// helpFacts collects what is known of the draft now.
func (f *flow) helpFacts() helpFacts {
	d, cat, data := f.draft, f.app.bench.Catalog, help.Data()
	product, _ := cat.Product(d.Product)
	limits := cat.Limits()
	c, err := d.Connection()
	if err != nil {
		c.Cloud, c.ClientID, c.Name = d.Cloud, d.ClientID, d.Name
	}
	cloud, err := cat.CloudOf(c)
	if err != nil {
		cloud, _ = cat.Cloud(catalog.Worldwide) // for what is drawn until one is chosen
	}
	portal, ok := data.Portals[cloud.Portal]
	if !ok {
		portal = data.Portals["default"]
	}
	first := func(typed, example string) string {
		if typed = strings.TrimSpace(typed); typed != "" {
			return typed
		}
		return data.Examples[example]
	}
	signsIn := first(d.Mailbox.Address, "Address")
	if d.Shared {
		signsIn = first(d.Mailbox.Delegate, "Delegate")
	}
	uri := "https://" + data.Examples["Host"] + product.RedirectPath
	if own := d.RedirectURIs()[0]; !own.Postkey {
		uri = own.URI
	}
	return helpFacts{draft: d, values: map[string]any{
		"App": product.SuggestedName, "Product": productName(product), "Portal": tr(portal),
		"Directory": directoryOf(f), "LoginHost": hostOf(cloud.Authority),
		"Address": signsIn, "Mailbox": first(d.Mailbox.Address, "Address"), "ProductURI": uri,
		"Platform": tr("help.label." + platformOf(d)), "Audience": tr("help.label.types-" + audienceOf(d)),
		"Postkey": limits.PostkeyRedirect, "Months": limits.SecretMonths,
	}}
}

// holds reports whether a condition of the data is met; see help.Holds.
func (h helpFacts) holds(only string) bool { return help.Holds(h.draft, only) }

// tr is a text of help with the facts that it names.
func (h helpFacts) tr(key string) string { return msg(assets.Message{Key: key, Data: h.values}) }

// label is the word on a drawing.
func (h helpFacts) label(l help.Label) string {
	switch {
	case l.Fact != "":
		return l.Fact
	case l.Value != "":
		text, _ := h.values[l.Value].(string)
		return text
	}
	return h.tr(l.Key)
}

// views are those of a step that the draft's choices leave.
func (h helpFacts) views(step help.Step) []help.View {
	var out []help.View
	for _, id := range step.Views {
		if v := help.Data().Views[id]; h.holds(v.Only) {
			out = append(out, v)
		}
	}
	return out
}

// todo are the steps of a view that the draft's choices leave.
func (h helpFacts) todo(v help.View) []help.Do {
	var out []help.Do
	for _, do := range v.Steps {
		if h.holds(do.Only) {
			out = append(out, do)
		}
	}
	return out
}

// drawing is the picture of a view, whose steps are counted on from done.
func (h helpFacts) drawing(v help.View, done int) *schematic {
	texts := make([]*schematicText, len(v.Labels))
	for i, l := range v.Labels {
		texts[i] = &schematicText{
			text: h.label(l), x: l.X, y: l.Y, w: l.W, anchor: l.Anchor, emphasis: l.Emphasis, size: l.Size,
		}
	}
	var marks []*schematicMark
	for i, do := range h.todo(v) {
		if len(do.Box) == 4 {
			marks = append(marks, &schematicMark{
				number: done + i + 1, x: do.Box[0], y: do.Box[1], w: do.Box[2], h: do.Box[3],
			})
		}
	}
	return newSchematic(v.Picture, help.Data().Width, v.Height, texts, marks)
}
