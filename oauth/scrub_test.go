package oauth

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

// TestScrubSpellings: a secret is found in whatever spelling it is repeated,
// some of its characters escaped and others not, also more than once.
func TestScrubSpellings(t *testing.T) {
	// Of the shape of Entra's, with the signs that some program escapes.
	const secret = `AbC8Q~pl/anted.se-cret_x+=&y"<z'w :é` + "\n" + `#(!)*😀end`
	hexOf := func(format string) string {
		var b strings.Builder
		for _, c := range []byte(secret) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	inJSON := strings.Trim(string(quoted), `"`)
	twice, err := json.Marshal(inJSON)
	if err != nil {
		t.Fatal(err)
	}
	dotNet := strings.NewReplacer("~", "%7e", "/", "%2f", "%21", "!", "%28", "(", "%29", ")", "%2A", "*", "%3A", "%3a").Replace(url.QueryEscape(secret))
	for name, text := range map[string]string{
		"itself":              secret,
		"query":               url.QueryEscape(secret),
		"path":                url.PathEscape(secret),
		"query twice":         url.QueryEscape(url.QueryEscape(secret)),
		".NET":                dotNet,
		"each byte":           hexOf("%%%02X"),
		"each byte, small":    hexOf("%%%02x"),
		"each byte, twice":    hexOf("%%25%02x"),
		"HTML":                html.EscapeString(secret),
		"HTML, by name":       strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", "'", "&apos;", "+", "&plus;").Replace(secret),
		"HTML, by number":     strings.NewReplacer("&", "&#x26;", `"`, "&#34;", "/", "&#x2F;", "+", "&#x2b;", "=", "&#061;").Replace(secret),
		"HTML twice":          html.EscapeString(html.EscapeString(secret)),
		"JSON":                inJSON,
		"JSON, PHP":           strings.NewReplacer("/", `\/`, "é", `\u00e9`, "😀", `\ud83d\ude00`).Replace(inJSON),
		"JSON, .NET":          strings.NewReplacer("+", `\u002B`, "é", `\u00E9`, `\"`, `\u0022`, "'", `\u0027`, "😀", `\uD83D\uDE00`).Replace(inJSON),
		"JSON in JSON":        strings.Trim(string(twice), `"`),
		"beginning by escape": "%41" + secret[1:],
	} {
		for _, around := range []string{"", "x", "%", "%25", `\`, "&", "é", " "} {
			got := Scrub("a"+around+text+" end", NewSecret("abcd"), NewSecret(secret))
			if !strings.HasSuffix(got, Redacted+" end") || strings.Contains(got, "anted") {
				t.Errorf("%s after %q: %s", name, around, got)
			}
		}
	}
	for secret, text := range map[string]string{
		`C:\planted`:       `C:\\planted`,          // JSON
		"100%25 planted":   "100%2525+planted",     // a query
		"100%25 planted  ": "100%25 planted &#32;", // HTML
	} {
		if got := Scrub("a "+text+" end", NewSecret(secret)); got != "a "+Redacted+" end" {
			t.Errorf("%q: %s", secret, got)
		}
	}
}
