package ui

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"postkey/assets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// helpFile is assets/catalog/schematics.json: what each step's help says and
// shows. All words are keys of the translations, but for facts.
type helpFile struct {
	// Source says where the portals' words come from.
	Source string `json:"source"`
	// Width is that of every drawing; all places are in its units.
	Width float32 `json:"width"`
	// Portals names a portal by its address; "" is no portal, default any other.
	Portals map[string]string `json:"portals"`
	// Examples stand in a drawing for what the draft does not know yet.
	Examples map[string]string `json:"examples"`
	Steps    []helpStep        `json:"steps"`
	// AppOnly is the help of those steps that are other ones where the
	// application signs in itself.
	AppOnly []helpStep          `json:"app_only"`
	Views   map[string]helpView `json:"views"`
}

// helpStep is the help of one step of the wizard.
type helpStep struct {
	ID wizard.StepID `json:"id"`
	// Why says what the step is for, Without what goes wrong without it.
	Why     string `json:"why"`
	Without string `json:"without"`
	// Where is the link to the views; the views are shown in this order.
	Where string   `json:"where"`
	Views []string `json:"views"`
	// None is the reason why there may be no view. It is for readers of the
	// data; the page then has no link.
	None string `json:"none"`
}

// helpView is one page of a portal or a product: how to get there, its
// drawing, and what to do on it.
type helpView struct {
	// Picture is a file of assets.Pictures, Height that of its drawing.
	Picture string  `json:"picture"`
	Height  float32 `json:"height"`
	// The way to it: Page is one of catalog.Portal, Section one of the
	// product's screens by its title, Crumbs are words of ours.
	Page    string   `json:"page"`
	Section string   `json:"section"`
	Crumbs  []string `json:"crumbs"`
	// Only is the condition under which the view is shown; see helpFacts.holds.
	Only string `json:"only"`
	// Alt says in words what the drawing shows.
	Alt    string      `json:"alt"`
	Steps  []helpDo    `json:"steps"`
	Labels []helpLabel `json:"labels"`
}

// helpDo is one thing to do on a page.
type helpDo struct {
	Key  string `json:"key"`
	Only string `json:"only"`
	// Box frames what to click: x, y, width, height. Empty: nothing is framed.
	Box []float32 `json:"box"`
}

// helpLabel is a word on a drawing: a key of the translations, a fact that is
// the same in every language, or the name of a value of the draft.
type helpLabel struct {
	Key      string  `json:"key"`
	Fact     string  `json:"fact"`
	Value    string  `json:"value"`
	X        float32 `json:"x"`
	Y        float32 `json:"y"`
	W        float32 `json:"w"`
	Anchor   string  `json:"anchor"`
	Emphasis string  `json:"emphasis"`
	Size     float32 `json:"size"`
}

// helpData is the file, read once.
var helpData = sync.OnceValue(func() helpFile {
	data, err := assets.Catalog.ReadFile("catalog/schematics.json")
	var f helpFile
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		panic("catalog/schematics.json: " + err.Error()) // embedded, and tested
	}
	return f
})

// step is the help of the step at which the draft is; the zero helpStep for one
// that has none.
func (f helpFile) step(d *wizard.Draft) helpStep {
	lists := [][]helpStep{f.Steps}
	if d.AppOnly() {
		lists = [][]helpStep{f.AppOnly, f.Steps}
	}
	for _, list := range lists {
		if i := slices.IndexFunc(list, func(s helpStep) bool { return s.ID == d.Step }); i >= 0 {
			return list[i]
		}
	}
	return helpStep{}
}

// helpFacts are the values that the texts and drawings of help name.
type helpFacts struct {
	draft  *wizard.Draft
	values map[string]any
}

// helpFacts collects what is known of the draft now.
func (f *flow) helpFacts() helpFacts {
	d, cat, data := f.draft, f.app.bench.Catalog, helpData()
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

// holds reports whether a condition of the data is met: own, shared, web,
// desktop, a protocol, or a product, or several joined by +. No condition
// always is.
func (h helpFacts) holds(only string) bool {
	if one, rest, several := strings.Cut(only, "+"); several {
		return h.holds(one) && h.holds(rest)
	}
	switch only {
	case "":
		return true
	case "own", "shared":
		return h.draft.Shared == (only == "shared")
	case wizard.PlatformWeb, wizard.PlatformDesktop:
		return platformOf(h.draft) == only
	}
	return h.draft.Product == only || slices.Contains(h.draft.Protocols, only)
}

// tr is a text of help with the facts that it names.
func (h helpFacts) tr(key string) string { return msg(assets.Message{Key: key, Data: h.values}) }

// label is the word on a drawing.
func (h helpFacts) label(l helpLabel) string {
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
func (h helpFacts) views(step helpStep) []helpView {
	var out []helpView
	for _, id := range step.Views {
		if v := helpData().Views[id]; h.holds(v.Only) {
			out = append(out, v)
		}
	}
	return out
}

// todo are the steps of a view that the draft's choices leave.
func (h helpFacts) todo(v helpView) []helpDo {
	var out []helpDo
	for _, do := range v.Steps {
		if h.holds(do.Only) {
			out = append(out, do)
		}
	}
	return out
}

// drawing is the picture of a view, whose steps are counted on from done.
func (h helpFacts) drawing(v helpView, done int) *schematic {
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
	return newSchematic(v.Picture, helpData().Width, v.Height, texts, marks)
}
