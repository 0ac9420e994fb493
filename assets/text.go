package assets

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Message is a sentence by its key in translations, with the values it names.
// Packages below ui return Messages; the window shows them through fyne's lang
// package, the command line through Text.
type Message struct {
	Key  string
	Data map[string]any
}

// Msg makes a Message; the values follow as pairs of name and value.
func Msg(key string, pairs ...any) Message {
	m := Message{Key: key}
	for i := 0; i+1 < len(pairs); i += 2 {
		if m.Data == nil {
			m.Data = make(map[string]any, len(pairs)/2)
		}
		m.Data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

// IsZero reports whether there is no message.
func (m Message) IsZero() bool { return m.Key == "" }

// String is the English sentence.
func (m Message) String() string { return Text("en", m) }

// bundles holds what Text reads, each language when it is first asked for, with
// the English for what it lacks.
var bundles sync.Map // language → func() *i18n.Bundle

func bundle(lang string) *i18n.Bundle {
	read, _ := bundles.LoadOrStore(lang, sync.OnceValue(func() *i18n.Bundle {
		b := i18n.NewBundle(language.English)
		b.RegisterUnmarshalFunc("json", json.Unmarshal)
		for _, name := range translationFiles() {
			if _, tag, ok := areaAndLanguage(name); !ok || tag != lang && tag != "en" {
				continue
			}
			data, err := Translations.ReadFile("translations/" + name)
			if err == nil {
				_, err = b.ParseMessageFileBytes(data, name)
			}
			if err != nil {
				panic(fmt.Sprintf("translations/%s: %v", name, err)) // embedded: cannot fail
			}
		}
		return b
	}))
	return read.(func() *i18n.Bundle)()
}

// Text returns m in the language whose BCP 47 tag is lang (or in English where
// that language lacks it). A value named Count, an int, chooses the plural
// form. A key that no file knows comes back as itself.
func Text(lang string, m Message) string {
	config := &i18n.LocalizeConfig{
		DefaultMessage: &i18n.Message{ID: m.Key, Other: strings.ReplaceAll(m.Key, "{{", "")},
		TemplateData:   m.Data,
	}
	if n, ok := m.Data["Count"].(int); ok {
		config.PluralCount = n
		data := maps.Clone(m.Data)
		data["Count"] = Number(lang, n)
		config.TemplateData = data
	}
	out, err := i18n.NewLocalizer(bundle(languageOf(lang)), lang).Localize(config)
	if err != nil {
		return m.Key
	}
	return out
}

// languageOf is the language of ours that lang, a tag or an Accept-Language
// header, asks for; any other is English.
func languageOf(lang string) string {
	known := languages()
	if slices.Contains(known, lang) {
		return lang
	}
	if _, at := language.MatchStrings(matcher(), lang); at > 0 {
		return known[at-1]
	}
	return "en"
}

var matcher = sync.OnceValue(func() language.Matcher {
	tags := []language.Tag{language.English} // the first is for all others
	for _, tag := range languages() {
		tags = append(tags, language.Make(tag))
	}
	return language.NewMatcher(tags)
})

// Number writes n as the language whose BCP 47 tag is lang does: 1,204 or 1.204.
func Number(lang string, n int) string {
	return message.NewPrinter(language.Make(lang)).Sprintf("%d", n)
}

// Decimal writes f with one digit behind the point or comma of the language
// whose BCP 47 tag is lang.
func Decimal(lang string, f float64) string {
	return message.NewPrinter(language.Make(lang)).Sprintf("%.1f", f)
}
