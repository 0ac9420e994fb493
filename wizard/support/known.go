package support

import (
	"encoding/base64"
	"strings"
	"sync"

	"postkey/oauth"
	"postkey/wizard/diagnose"
)

// Known is the secrets that this process has seen, so that texts can be searched
// for them. The zero value knows none. Its methods may be called from any
// goroutine.
type Known struct {
	mu      sync.RWMutex
	values  []oauth.Secret
	encoded *strings.Replacer // the base64 forms of values
}

// shortest is the length from which a value is looked for: shorter ones would
// garble any text and are no secret of Entra's.
const shortest = 8

// most bounds how many are remembered: access tokens come anew every hour.
const most = 400

// Add remembers secrets. Those that are empty, very short or known already are
// left alone.
func (k *Known) Add(secrets ...oauth.Secret) {
	k.mu.Lock()
	defer k.mu.Unlock()
	changed := false
	for _, s := range secrets {
		if len(s.Reveal()) < shortest || k.has(s) {
			continue
		}
		k.values, changed = append(k.values, s), true
	}
	if !changed {
		return
	}
	if len(k.values) > most {
		k.values = append([]oauth.Secret(nil), k.values[len(k.values)-most:]...)
	}
	var pairs []string
	for _, s := range k.values {
		for _, form := range base64Forms(s.Reveal()) {
			pairs = append(pairs, form, oauth.Redacted)
		}
	}
	k.encoded = strings.NewReplacer(pairs...)
}

func (k *Known) has(s oauth.Secret) bool {
	for _, v := range k.values {
		if v.Equal(s) {
			return true
		}
	}
	return false
}

// All returns what is known.
func (k *Known) All() []oauth.Secret {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return append([]oauth.Secret(nil), k.values...)
}

// Clean takes every secret out of text: the known ones as they are, URL-encoded,
// escaped and in base64, also where they stand within something longer that is
// in base64; and whatever has the shape of one.
func (k *Known) Clean(text string) string {
	k.mu.RLock()
	values, encoded := k.values, k.encoded
	k.mu.RUnlock()
	if len(values) > 0 {
		text = encoded.Replace(oauth.Scrub(text, values...))
	}
	return diagnose.Redact(text)
}

// base64Forms are the strings by which value is found in base64, in both
// alphabets, wherever it begins within the text that was encoded: three bytes
// make four letters, so there are three alignments. The letters at both ends
// that depend on the neighbours are left off.
func base64Forms(value string) []string {
	var forms []string
	for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			form := alphabet.EncodeToString([]byte(strings.Repeat("\x00", before) + value))
			form = form[(before*4+2)/3:]
			if (before+len(value))%3 != 0 {
				form = form[:len(form)-1]
			}
			forms = append(forms, form)
		}
	}
	return forms
}
