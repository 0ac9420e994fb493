// Package help is what the help of each step says and shows, as data: why the
// step is there, what goes wrong without it, and page by page of a portal what to
// do, with the places in a drawing of it. The window draws it, the terminal
// prints it.
package help

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"postkey/assets"
	"postkey/wizard"
)

// File is assets/catalog/schematics.json: what each step's help says and
// shows. All words are keys of the translations, but for facts.
type File struct {
	// Source says where the portals' words come from.
	Source string `json:"source"`
	// Width is that of every drawing; all places are in its units.
	Width float32 `json:"width"`
	// Portals names a portal by its address; "" is no portal, default any other.
	Portals map[string]string `json:"portals"`
	// Examples stand in a drawing for what the draft does not know yet.
	Examples map[string]string `json:"examples"`
	Steps    []Step            `json:"steps"`
	// AppOnly is the help of those steps that are other ones where the
	// application signs in itself.
	AppOnly []Step          `json:"app_only"`
	Views   map[string]View `json:"views"`
}

// Step is the help of one step of the wizard.
type Step struct {
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

// View is one page of a portal or a product: how to get there, its
// drawing, and what to do on it.
type View struct {
	// Picture is a file of assets.Pictures, Height that of its drawing.
	Picture string  `json:"picture"`
	Height  float32 `json:"height"`
	// The way to it: Page is one of catalog.Portal, Section one of the
	// product's screens by its title, Crumbs are words of ours.
	Page    string   `json:"page"`
	Section string   `json:"section"`
	Crumbs  []string `json:"crumbs"`
	// Only is the condition under which the view is shown; see Holds.
	Only string `json:"only"`
	// Alt says in words what the drawing shows.
	Alt    string  `json:"alt"`
	Steps  []Do    `json:"steps"`
	Labels []Label `json:"labels"`
}

// Do is one thing to do on a page.
type Do struct {
	Key  string `json:"key"`
	Only string `json:"only"`
	// Box frames what to click: x, y, width, height. Empty: nothing is framed.
	Box []float32 `json:"box"`
}

// Label is a word on a drawing: a key of the translations, a fact that is
// the same in every language, or the name of a value of the draft.
type Label struct {
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

// Data is the file, read once.
func Data() File { return data() }

var data = sync.OnceValue(func() File {
	raw, err := assets.Catalog.ReadFile("catalog/schematics.json")
	var f File
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		panic("catalog/schematics.json: " + err.Error()) // embedded, and tested
	}
	return f
})

// Step is the help of the step at which the draft is; the zero Step for one
// that has none.
func (f File) Step(d *wizard.Draft) Step {
	lists := [][]Step{f.Steps}
	if d.AppOnly() {
		lists = [][]Step{f.AppOnly, f.Steps}
	}
	for _, list := range lists {
		if i := slices.IndexFunc(list, func(s Step) bool { return s.ID == d.Step }); i >= 0 {
			return list[i]
		}
	}
	return Step{}
}

// Holds reports whether a condition of the data is met by a draft: own, shared,
// web, desktop, a protocol, or a product, or several joined by +. No condition
// always is.
func Holds(d *wizard.Draft, only string) bool {
	if one, rest, several := strings.Cut(only, "+"); several {
		return Holds(d, one) && Holds(d, rest)
	}
	switch only {
	case "":
		return true
	case "own", "shared":
		return d.Shared == (only == "shared")
	case wizard.PlatformWeb, wizard.PlatformDesktop:
		return (d.Platform == wizard.PlatformDesktop) == (only == wizard.PlatformDesktop)
	}
	return d.Product == only || slices.Contains(d.Protocols, only)
}
