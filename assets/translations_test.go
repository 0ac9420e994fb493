package assets

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
)

// forms are the texts of a message: one, or one a plural form.
func forms(t *testing.T, key string, raw json.RawMessage) map[string]string {
	t.Helper()
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return map[string]string{"": text}
	}
	plural := make(map[string]string)
	if err := json.Unmarshal(raw, &plural); err != nil {
		t.Errorf("%s is neither a text nor plural forms: %v", key, err)
	}
	return plural
}

var (
	action   = regexp.MustCompile(`{{[^}]*}}`)
	variable = regexp.MustCompile(`\.[A-Za-z]\w*`)
)

// variables are the values that a message names, in all its forms.
func variables(texts map[string]string) []string {
	named := make(map[string]bool)
	for _, text := range texts {
		for _, a := range action.FindAllString(text, -1) {
			for _, v := range variable.FindAllString(a, -1) {
				named[v] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(named))
}

// Every language has every file, every key and the same values in each text.
func TestLanguagesAgree(t *testing.T) {
	for _, name := range translationFiles() {
		area, lang, ok := areaAndLanguage(name)
		if !ok {
			t.Errorf("translations/%s is not named AREA.LANG.json", name)
			continue
		}
		ours, err := Area(name)
		if err != nil {
			t.Fatal(err)
		}
		english, err := Area(area + ".en.json")
		if err != nil {
			t.Errorf("%s has no English: %v", name, err)
			continue
		}
		for key, raw := range english {
			if _, ok := ours[key]; !ok {
				t.Errorf("%s lacks %q", name, key)
				continue
			}
			in, want := forms(t, key, ours[key]), forms(t, key, raw)
			if _, one := in[""]; one != (want[""] != "") {
				t.Errorf("%s: %q has plural forms in one language only", lang, key)
			}
			if got, want := variables(in), variables(want); !slices.Equal(got, want) {
				t.Errorf("%s: %q names %q, in English %q", lang, key, got, want)
			}
		}
		for key, raw := range ours {
			if _, ok := english[key]; !ok {
				t.Errorf("%s has %q, which English lacks", name, key)
			}
			for form, text := range forms(t, key, raw) {
				if _, err := template.New(key).Parse(text); err != nil {
					t.Errorf("%s: %q %s: %v", name, key, form, err)
				}
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s: %q %s is empty", name, key, form)
				}
			}
		}
	}
	for _, lang := range Languages() {
		for _, name := range translationFiles() {
			area, _, _ := areaAndLanguage(name)
			if _, err := Area(area + "." + lang + ".json"); err != nil {
				t.Errorf("%s is missing in %q", area, lang)
			}
		}
		if _, err := Messages(lang); err != nil {
			t.Error(err)
		}
	}
}

// Every number finds its plural form, by the language's own rules.
func TestPluralForms(t *testing.T) {
	for _, lang := range Languages() {
		messages, err := Messages(lang)
		if err != nil {
			t.Fatal(err)
		}
		for key, raw := range messages {
			texts := forms(t, key, raw)
			if _, one := texts[""]; one {
				continue
			}
			for _, n := range []int{0, 1, 2, 3, 5, 11, 21, 100, 101, 1_000_000} {
				if got := Text(lang, Msg(key, "Count", n)); got == key || got == "" {
					t.Errorf("%s: %q has no form for %d", lang, key, n)
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		lang string
		m    Message
		want string
	}{
		{"en", Msg("ui.minutes-ago", "Count", 1), "1 minute ago"},
		{"en", Msg("ui.minutes-ago", "Count", 1204), "1,204 minutes ago"},
		{"it", Msg("ui.minutes-ago", "Count", 1), "1 minuto fa"},
		{"it", Msg("ui.minutes-ago", "Count", 1204), "1.204 minuti fa"},
		{"it-CH", Msg("ui.back"), "Indietro"},
		{"de", Msg("ui.back"), "Back"},
		{"", Msg("ui.back"), "Back"},
		{"en", Msg("no.such-key"), "no.such-key"},
		{"en", Msg("no.{{such}}"), "no.such}}"},
	} {
		if got := Text(c.lang, c.m); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.lang, c.m.Key, got, c.want)
		}
	}
	if got := Decimal("it", 1.44); got != "1,4" {
		t.Errorf("Italian writes %q", got)
	}
	if !(Message{}).IsZero() || Msg("ui.back").IsZero() || Msg("ui.back").String() != "Back" {
		t.Error("a message is taken for none, or the other way round")
	}
}
