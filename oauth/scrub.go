package oauth

import (
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

// scrubber removes what a request carried from the words of its answer: a proxy
// or a debugging server may repeat the request in its error page.
type scrubber struct{ replace *strings.Replacer }

// minScrub is the length from which a value is looked for; shorter ones would
// garble any text and are no secret of Entra's.
const minScrub = 4

// scrub makes a scrubber for the secrets of one request, in every spelling in
// which an answer could repeat them.
func scrub(secrets ...Secret) scrubber {
	var pairs []string
	for _, s := range secrets {
		if len(s.Reveal()) < minScrub {
			continue
		}
		for _, spelling := range spellings(s.Reveal()) {
			pairs = append(pairs, spelling, Redacted)
		}
	}
	return scrubber{strings.NewReplacer(pairs...)}
}

// Scrub replaces the secrets in text by Redacted, in every spelling in which a
// server or a page could repeat them. Empty and very short ones are left alone.
func Scrub(text string, secrets ...Secret) string { return scrub(secrets...).clean(text) }

func (s scrubber) clean(text string) string {
	if s.replace == nil {
		return text
	}
	return s.replace.Replace(text)
}

func spellings(value string) []string {
	query := url.QueryEscape(value)
	quoted, _ := json.Marshal(value)
	return []string{
		value,
		query,
		strings.ReplaceAll(query, "+", "%20"),
		lowerEscapes(query),
		url.PathEscape(value),
		html.EscapeString(value),
		strings.Trim(string(quoted), `"`),
		jsonEscapes.Replace(value),
	}
}

// jsonEscapes are what most servers escape in JSON; Go's own also escapes <, > and &.
var jsonEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// lowerEscapes writes %2f where Go writes %2F, as .NET does.
func lowerEscapes(escaped string) string {
	var b strings.Builder
	for i := 0; i < len(escaped); i++ {
		if escaped[i] == '%' && i+2 < len(escaped) {
			b.WriteString(strings.ToLower(escaped[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(escaped[i])
	}
	return b.String()
}
