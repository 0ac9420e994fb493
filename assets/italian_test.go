package assets

import (
	"regexp"
	"testing"
)

// Italian calls one thing by one word, writes one kind of apostrophe and of
// quotation marks, and puts no article before a date, whose form depends on the
// day (il 7, l'8).
func TestItalianSaysTheSameOfTheSame(t *testing.T) {
	messages, err := Messages("it")
	if err != nil {
		t.Fatal(err)
	}
	for _, no := range []struct{ pattern, yes string }{
		{`\b(il|del|dal|al|nel) \{\{\.(Date|When|Moment)\}\}`, "in data …, or a colon"},
		{`\btest\b`, "prova"},
		{`\brecint`, "limite"},
		{`RBAC (for|per [^l])`, "RBAC per le applicazioni"},
		{`Amministratore applicazioni cloud`, "Amministratore applicazione cloud"},
		{`ID della directory`, "ID directory (tenant)"},
		{`[’«»]`, "' and “ ”"},
		{`\bè come\b|\bsono come\b|\bÈ come\b`, "Esempio: …"},
	} {
		wrong := regexp.MustCompile(no.pattern)
		for key, raw := range messages {
			for _, text := range forms(t, key, raw) {
				if found := wrong.FindString(text); found != "" {
					t.Errorf("%s says %q; the others say %s", key, found, no.yes)
				}
			}
		}
	}
}
