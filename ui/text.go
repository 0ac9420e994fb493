package ui

import (
	"errors"
	"maps"

	"fyne.io/fyne/v2/lang"

	"postkey/assets"
	"postkey/wizard/diagnose"
)

// tr returns the sentence behind key in the reader's language; the values that
// it names follow as pairs of name and value. A value named Count, an int,
// chooses the plural form.
func tr(key string, pairs ...any) string { return msg(assets.Msg(key, pairs...)) }

// msg renders a message of a lower floor in the reader's language.
func msg(m assets.Message) string {
	if m.IsZero() {
		return ""
	}
	data := maps.Clone(m.Data)
	if data == nil {
		data = map[string]any{}
	}
	for name, value := range data {
		if inner, ok := value.(assets.Message); ok {
			data[name] = msg(inner)
		}
	}
	if n, ok := data["Count"].(int); ok {
		data["Count"] = assets.Number(currentLanguage(), n)
		return lang.XN(m.Key, m.Key, n, data)
	}
	return lang.X(m.Key, m.Key, data)
}

// reason says in the reader's language why something did not work, or in the
// words of err where they have no cause that Postkey knows.
func reason(err error) string {
	if errors.Is(err, errFileTooBig) {
		return tr("registration-check.too-big")
	}
	f := diagnose.Explain(diagnose.Evidence{Err: err})
	if f.ID == diagnose.Unknown {
		return err.Error()
	}
	return msg(f.What)
}
