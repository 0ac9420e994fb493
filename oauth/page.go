package oauth

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"regexp"
	"strings"
)

// Landing is what the page at the end of a sign-in has to say.
type Landing int

// The landings.
const (
	// LandingDone: the answer has come; the window can be closed.
	LandingDone Landing = iota
	// LandingFailed: Microsoft's answer is an error; the detail is its words.
	LandingFailed
	// LandingAgain: this sign-in had its answer before.
	LandingAgain
	// LandingUnknown: the request belongs to no sign-in that is running.
	LandingUnknown
	// LandingNoConsent: no administrator has consented; the detail is Microsoft's words.
	LandingNoConsent
)

var plainTexts = map[Landing][2]string{
	LandingDone:      {"You can close this window", "Microsoft's answer has arrived. Go back to Postkey, which goes on from here."},
	LandingFailed:    {"The sign-in did not succeed", "Go back to Postkey, which says what to do now. Microsoft's words:"},
	LandingAgain:     {"This sign-in has ended", "Its answer arrived before. You can close this window."},
	LandingNoConsent: {"The consent was not given", "Go back to Postkey, which says what to do now. Microsoft's words:"},
	LandingUnknown:   {"Nothing to do here", "This address belongs to no sign-in that is running. To sign in, start again in Postkey."},
}

var plainTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>{{.Heading}} - Postkey</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 1.5em}h1{font-size:1.4em}pre{font:inherit;white-space:pre-wrap;overflow-wrap:anywhere;border-left:3px solid;padding-left:1em}</style>
</head><body><main><h1>{{.Heading}}</h1><p>{{.Text}}</p>{{with .Detail}}<pre dir="auto">{{.}}</pre>{{end}}</main></body></html>
`))

// plainPage is the page when the caller gives none.
func plainPage(landing Landing, detail string) []byte {
	texts, known := plainTexts[landing]
	if !known {
		texts = plainTexts[LandingUnknown]
	}
	var b bytes.Buffer
	// Writing to a buffer and a constant template leave nothing to fail.
	_ = plainTemplate.Execute(&b, struct{ Heading, Text, Detail string }{texts[0], texts[1], detail})
	return b.Bytes()
}

var (
	styleShape = regexp.MustCompile(`(?is)<style[^>]*>(.*?)</style>`)
	// lineEnds become \n before a browser hashes what they stand in (HTML Standard:
	// preprocessing the input stream).
	lineEnds = regexp.MustCompile(`\r\n?`)
)

// contentPolicy allows a page its own style sheets, by their hashes, and nothing
// else: no script, no picture, no form, no frame.
func contentPolicy(page []byte) string {
	styles := []string{"style-src"}
	for _, m := range styleShape.FindAllSubmatch(page, -1) {
		sum := sha256.Sum256(lineEnds.ReplaceAll(m[1], []byte("\n")))
		styles = append(styles, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	if len(styles) == 1 {
		styles = append(styles, "'none'")
	}
	return "default-src 'none'; " + strings.Join(styles, " ") +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
}
