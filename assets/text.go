package assets

import (
	"encoding/json"
	"fmt"
	"maps"
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

var bundle = sync.OnceValue(func() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	files, err := Translations.ReadDir("translations")
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	for _, f := range files {
		data, err := Translations.ReadFile("translations/" + f.Name())
		if err == nil {
			_, err = b.ParseMessageFileBytes(data, f.Name())
		}
		if err != nil {
			panic(fmt.Sprintf("translations/%s: %v", f.Name(), err))
		}
	}
	return b
})

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
	out, err := i18n.NewLocalizer(bundle(), lang).Localize(config)
	if err != nil {
		return m.Key
	}
	return out
}

// Number writes n as the language whose BCP 47 tag is lang does: 1,204 or 1.204.
func Number(lang string, n int) string {
	return message.NewPrinter(language.Make(lang)).Sprintf("%d", n)
}

// Decimal writes f with one digit behind the point or comma of the language
// whose BCP 47 tag is lang.
func Decimal(lang string, f float64) string {
	return message.NewPrinter(language.Make(lang)).Sprintf("%.1f", f)
}
