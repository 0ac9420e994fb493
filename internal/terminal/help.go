package terminal

import (
	"encoding/json"
	"slices"
	"sync"

	"postkey/assets"
	"postkey/wizard"
)

// explained is the part of assets/catalog/schematics.json that says in words
// why a step is there; the window draws the rest.
type explained struct {
	Steps   []explainedStep `json:"steps"`
	AppOnly []explainedStep `json:"app_only"`
}

type explainedStep struct {
	ID      wizard.StepID `json:"id"`
	Why     string        `json:"why"`
	Without string        `json:"without"`
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

// help says why the step is there, what goes wrong without it, and which keys
// there are.
func (w *Wizard) help() {
	w.line()
	if w.draft != nil {
		lists := [][]explainedStep{helpData().Steps}
		if w.draft.AppOnly() {
			lists = [][]explainedStep{helpData().AppOnly, helpData().Steps}
		}
		for _, list := range lists {
			i := slices.IndexFunc(list, func(s explainedStep) bool { return s.ID == w.draft.Step })
			if i < 0 {
				continue
			}
			product, _ := w.Bench.Catalog.Product(w.draft.Product)
			limits := w.Bench.Catalog.Limits()
			facts := []any{"Product", w.productName(product), "Months", limits.SecretMonths, "Postkey", limits.PostkeyRedirect}
			w.note(w.tr(list[i].Why, facts...))
			w.note(w.tr("help.without") + ": " + w.tr(list[i].Without, facts...))
			break
		}
	}
	w.note(w.tr("terminal.keys"))
	w.line()
}
