package ui

import (
	"encoding/json"
	"slices"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	locale "github.com/jeandeaual/go-locale"
	textlanguage "golang.org/x/text/language"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard"
)

// Fyne's lang package always speaks the language that it takes from the system.
// Another one is shown by registering its messages under the system's locale,
// in the place of those that were there.

// fyneLocales are those for which Fyne has words of its own (the buttons of its
// dialogs, the menu of a field). One that is missing here keeps Fyne's words in
// the system's language, whatever is chosen.
var fyneLocales = []string{
	"en", "cs", "de", "el", "es", "fr", "ja", "pl", "pt", "pt-BR", "ru", "sv", "ta", "uk", "zh-Hans",
}

// fyneArea is the file with the texts that Fyne's own widgets look up.
const fyneArea = "fyne.en.json"

// languages is what fyne's lang package was last told to speak. It is written
// on the UI goroutine.
var languages struct {
	locale  string                     // under which messages are registered; empty before the first time
	system  string                     // the language of ours that the system asks for
	fynes   map[string]json.RawMessage // Fyne's own words in the system's language
	told    string                     // what useLanguage was asked for last; "" for the system's
	current atomic.Value               // string; the callback page reads it from elsewhere
}

// currentLanguage is the tag of the language that the window speaks.
func currentLanguage() string {
	if tag, ok := languages.current.Load().(string); ok {
		return tag
	}
	return "en"
}

// useLanguage makes the window speak the language with this tag, from the next
// text on; a tag that is none of ours, the empty one among them, is the
// system's. It reports whether anything changed.
func useLanguage(tag string) (changed bool) {
	first := languages.locale == ""
	if first {
		locales, err := locale.GetLocales()
		if err != nil {
			fyne.LogError("the system's locale", err)
		}
		lookAtSystem(locales)
	}
	if !slices.Contains(assets.Languages(), tag) {
		tag = ""
	}
	if tag == languages.told && !first {
		return false
	}
	languages.told = tag
	if tag == "" {
		tag = languages.system
	}
	messages, err := assets.Messages(tag)
	if err != nil {
		fyne.LogError("translations", err)
		return false
	}
	if languages.told == "" && languages.system != languages.locale {
		for key, text := range languages.fynes {
			messages[key] = text
		}
	}
	all, err := json.Marshal(messages)
	if err == nil {
		err = lang.AddTranslationsForLocale(all, fyne.Locale(languages.locale))
	}
	if err != nil {
		fyne.LogError("translations", err)
		return false
	}
	languages.current.Store(tag)
	return true
}

// lookAtSystem finds out under which locale Fyne looks texts up, with the same
// comparison as its lang package.
func lookAtSystem(locales []string) {
	known := slices.Clone(fyneLocales)
	for _, tag := range assets.Languages() {
		if !slices.Contains(known, tag) {
			known = append(known, tag)
		}
	}
	supported := make([]textlanguage.Tag, len(known))
	for i, tag := range known {
		supported[i] = textlanguage.Make(tag)
	}
	wanted := make([]textlanguage.Tag, len(locales))
	for i, tag := range locales {
		wanted[i] = textlanguage.Make(tag)
	}
	_, at, _ := textlanguage.NewMatcher(supported).Match(wanted...)
	languages.locale, languages.system = known[at], "en"
	if slices.Contains(assets.Languages(), known[at]) {
		languages.system = known[at]
	}
	languages.fynes = make(map[string]json.RawMessage)
	words, err := assets.Area(fyneArea)
	if err != nil {
		fyne.LogError("translations", err)
	}
	for key := range words {
		text, _ := json.Marshal(lang.X(key, key)) // a string: cannot fail
		languages.fynes[key] = text
	}
}

// callbackPage is the page at the end of a sign-in in the window's language.
func callbackPage(landing oauth.Landing, detail string) []byte {
	return wizard.CallbackPage(currentLanguage())(landing, detail)
}
