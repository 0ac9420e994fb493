package ui

import (
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/assets"
	"postkey/wizard"
	"postkey/wizard/help"
)

// eachDraft calls f with the help of each step for each kind of draft.
func eachDraft(r *rig, f func(name string, step help.Step, facts helpFacts)) {
	r.t.Helper()
	for _, product := range r.bench.Catalog.Products() {
		for name, change := range map[string]func(*wizard.Draft){
			"own":     func(*wizard.Draft) {},
			"shared":  func(d *wizard.Draft) { d.Shared, d.Mailbox.Delegate = true, "andrea@contoso.com" },
			"desktop": func(d *wizard.Draft) { d.Platform = wizard.PlatformDesktop },
			"pop":     func(d *wizard.Draft) { d.Protocols = []string{wizard.ProtocolPOP} },
			"china":   func(d *wizard.Draft) { d.Cloud = "china" },
			"custom":  func(d *wizard.Draft) { d.Cloud = "custom" },
			"empty":   func(d *wizard.Draft) { d.Cloud, d.RedirectHost = "nowhere", "" },
		} {
			d := r.atStep(wizard.StepApplication)
			d.Product = product.ID
			change(d)
			facts := newFlow(r.App, d, nil).helpFacts()
			for _, step := range help.Data().Steps {
				f(product.ID+", "+name+", "+string(step.ID), step, facts)
			}
		}
	}
}

// Each step says why it exists; where it has no page to show the data says why not.
func TestHelpOfEachStep(t *testing.T) {
	r := newRig(t, rigOptions{})
	var ids []wizard.StepID
	for _, step := range wizard.NewDraft(r.clock).Steps() {
		ids = append(ids, step.ID)
	}
	var have []wizard.StepID
	for _, step := range help.Data().Steps {
		have = append(have, step.ID)
	}
	if !slices.Equal(ids, have) {
		t.Errorf("help for %v, but the steps are %v", have, ids)
	}
	for _, step := range help.Data().AppOnly {
		d := r.appDraft(step.ID)
		if got := help.Data().Step(d); got.Why != step.Why || got.Why == "" || got.Without == "" || len(got.Views) == 0 && got.None == "" {
			t.Errorf("%s where the application signs in itself: %+v", step.ID, got)
		}
		if d.SetMode(wizard.ModeDelegated); help.Data().Step(d).Why == step.Why {
			t.Errorf("%s where a user signs in says %s", step.ID, step.Why)
		}
	}
	eachDraft(r, func(name string, step help.Step, facts helpFacts) {
		if step.Why == "" || step.Without == "" {
			t.Errorf("%s: nothing says why", name)
		}
		views := facts.views(step)
		if len(views) == 0 && step.None == "" {
			t.Errorf("%s: no page, and no reason for that", name)
		}
		for _, v := range views {
			if len(facts.todo(v)) == 0 {
				t.Errorf("%s: nothing to do on %s", name, v.Picture)
			}
		}
	})
}

// Every key of the data is there in both languages, and nothing else is.
func TestHelpWords(t *testing.T) {
	data, err := assets.Catalog.ReadFile("catalog/schematics.json")
	must(t, err)
	used := map[string]bool{}
	for _, quoted := range regexp.MustCompile(`"help\.[a-z0-9.-]+"`).FindAllString(string(data), -1) {
		used[strings.Trim(quoted, `"`)] = true
	}
	for _, key := range []string{"why", "why-title", "without", "drawing"} {
		used["help."+key] = true // named by the code
	}
	for _, language := range []string{"en", "it"} {
		file, err := assets.Translations.ReadFile("translations/help." + language + ".json")
		must(t, err)
		texts := map[string]string{}
		must(t, json.Unmarshal(file, &texts))
		for key := range used {
			if strings.TrimSpace(texts[key]) == "" {
				t.Errorf("%s lacks %s", language, key)
			}
		}
		for key := range maps.Keys(texts) {
			if !used[key] {
				t.Errorf("%s: nothing shows %s", language, key)
			}
		}
	}
}

// What a drawing calls by its name in every language is a fact of the data.
func TestHelpFactsAreInTheCatalogue(t *testing.T) {
	files, err := fs.Glob(assets.Catalog, "catalog/*.json")
	must(t, err)
	var all strings.Builder
	for _, name := range files {
		if name != "catalog/schematics.json" {
			data, err := assets.Catalog.ReadFile(name)
			must(t, err)
			all.Write(data)
		}
	}
	for id, v := range help.Data().Views {
		for _, l := range v.Labels {
			if l.Fact != "" && !strings.Contains(all.String(), l.Fact) {
				t.Errorf("%s: %q is in no other file of the catalogue", id, l.Fact)
			}
			if kinds := len(l.Key+l.Fact+l.Value) - max(len(l.Key), len(l.Fact), len(l.Value)); kinds != 0 || l.Key+l.Fact+l.Value == "" {
				t.Errorf("%s: a label is one of key, fact and value: %+v", id, l)
			}
		}
	}
}

// The texts name what they speak of, in every state of the draft.
func TestHelpNamesItsFacts(t *testing.T) {
	r := newRig(t, rigOptions{})
	eachDraft(r, func(name string, step help.Step, facts helpFacts) {
		texts := []string{facts.tr(step.Why), facts.tr(step.Without)}
		for _, v := range facts.views(step) {
			texts = append(texts, facts.tr(v.Alt))
			for _, do := range facts.todo(v) {
				texts = append(texts, facts.tr(do.Key))
			}
			for _, l := range v.Labels {
				texts = append(texts, facts.label(l))
			}
		}
		for _, text := range texts {
			if text == "" || strings.Contains(text, "<no value>") || strings.HasPrefix(text, "help.") {
				t.Errorf("%s: shows %q", name, text)
			}
		}
	})
}

// The links stand before the first field, which keeps the first focus; with the
// keyboard both can be reached, and the focus comes back to the link.
func TestHelpLinksByKeyboard(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRegistration))
	first := r.focused()
	if first != fyne.Focusable(f.page.(*registrationPage).client.Entry) {
		t.Fatalf("the page begins at %T", first)
	}
	reached := map[fyne.Focusable]bool{}
	for range 60 {
		r.window.Canvas().FocusPrevious()
		reached[r.focused()] = true
	}
	for name, link := range map[string]fyne.Focusable{"Why?": f.shell.help.why, "Where in the portal?": f.shell.help.where} {
		if !reached[link] {
			t.Errorf("%s cannot be reached", name)
		}
		r.window.Canvas().Focus(link)
		r.press(fyne.KeyReturn)
		if !r.onSheet() {
			t.Fatalf("%s opens no sheet", name)
		}
		r.press(fyne.KeyEscape)
		if r.focused() != link {
			t.Errorf("%s: the focus came back to %T", name, r.focused())
		}
	}
	r.window.Canvas().Unfocus() // as a click does
	test.Tap(f.shell.help.why)
	r.sees("Why this step?")
	r.press(fyne.KeyEscape)
	if r.focused() != fyne.Focusable(f.shell.help.why) {
		t.Errorf("after a click the focus came back to %T", r.focused())
	}
}

// F1 says why from wherever the focus is, and gives it back.
func TestF1SaysWhy(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRegistration))
	for name, focus := range map[string]fyne.Focusable{
		"field": f.page.(*registrationPage).tenant.Entry, "button": f.shell.bar.close, "nothing": nil,
	} {
		r.window.Canvas().Focus(focus)
		if focus == nil {
			r.window.Canvas().Unfocus()
		}
		r.press(fyne.KeyF1)
		r.sees("Why this step?")
		r.press(fyne.KeyF1) // there is no help for help
		r.press(fyne.KeyEscape)
		r.seesNot("Why this step?")
		if r.focused() != focus {
			t.Errorf("%s: the focus came back to %T", name, r.focused())
		}
	}
}

// From Why the sheet leads on to Where, whose steps are counted through.
func TestWhyLeadsToWhere(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepSecret))
	r.press(fyne.KeyF1)
	for r.press(fyne.KeyTab); r.focused() == fyne.Focusable(r.sheet.close); r.press(fyne.KeyTab) {
		t.Fatal("nothing but Close on the sheet")
	}
	r.press(fyne.KeyReturn)
	r.sees("Copy the column Value at once")
	r.sees("Drawing, simplified: the page Certificates & secrets")
	r.press(fyne.KeyEscape)
	if r.focused() != fyne.Focusable(f.page.(*secretPage).value.Entry) {
		t.Errorf("the focus came back to %T", r.focused())
	}
	f.open(wizard.StepApplication)
	if f.shell.help.where.Visible() {
		t.Error("the first step leads to a portal")
	}
	f.open(wizard.StepRedirect)
	f.openWhere()
	var numbers []int
	for _, o := range r.objects() {
		if d, ok := o.(*disc); ok && !slices.Contains(numbers, d.number) {
			numbers = append(numbers, d.number)
		}
	}
	slices.Sort(numbers)
	if !slices.Equal(numbers, []int{1, 2, 3, 4, 5}) {
		t.Errorf("the steps are numbered %v", numbers)
	}
}
