package assets

import "testing"

// A text comes in the language of a tag or of a browser's header, and in English
// where nothing of it is known.
func TestTextIn(t *testing.T) {
	const english, italian = "Cancel", "Annulla"
	for lang, want := range map[string]string{
		"en": english, "it": italian, "it-CH": italian, "IT": italian, "it-IT,it;q=0.9,en;q=0.8": italian,
		"de-DE,it;q=0.5": italian, "en-GB": english, "de": english, "": english, "nonsense;;": english,
	} {
		if got := Text(lang, Msg("ui.cancel")); got != want {
			t.Errorf("%q: %q, want %q", lang, got, want)
		}
	}
	if got := Text("it", Msg("no.such-key")); got != "no.such-key" {
		t.Errorf("an unknown key is %q", got)
	}
}
