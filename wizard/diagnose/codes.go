package diagnose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// found is one AADSTS number and where it stands in the plain text.
type found struct{ code, at int }

var (
	// AADSTS50011, AADSTS(50011), AADSTS: 50011. A longer number is another
	// code: the digits are always read to their end.
	aadsts = regexp.MustCompile(`aadsts[^a-z0-9]{0,3}(\d{4,})`)
	// "error_codes":[70002,50126], the field of Entra's JSON, also as Python, Ruby,
	// YAML and PHP (=> Array ( [0] => 50126 )) print it.
	errorCodes = regexp.MustCompile(`error_?codes[^a-z0-9]{1,12}(?:array[^a-z0-9]{1,8}0[^a-z0-9]{1,8})?(\d{4,}(?:[, ]{1,3}\d{4,}){0,9})`)
	// login.microsoftonline.com/error?code=50058, Microsoft's page to look a code up.
	lookUp = regexp.MustCompile(`login\.[a-z.]+/error\?code=(\d{4,})`)
)

// codesIn returns the AADSTS numbers of text, as they stand. A number alone is
// never one: it has to carry AADSTS, Entra's JSON field, or a label such as
// "Error Code:" in a text about signing in.
func (c *catalogue) codesIn(text string, words map[string]bool) []found {
	var out []found
	for _, m := range aadsts.FindAllStringSubmatchIndex(text, -1) {
		if m[0] > 0 && isAlnum(text[m[0]-1]) {
			continue
		}
		out = appendCode(out, text[m[2]:m[3]], m[0])
	}
	for _, m := range errorCodes.FindAllStringSubmatchIndex(text, -1) {
		for _, number := range strings.FieldsFunc(text[m[2]:m[3]], func(r rune) bool { return r == ',' || r == ' ' }) {
			out = appendCode(out, number, m[0])
		}
	}
	for _, m := range lookUp.FindAllStringSubmatchIndex(text, -1) {
		out = appendCode(out, text[m[2]:m[3]], m[0])
	}
	if some(words, c.labelEnds) {
		out = append(out, c.labelled(text)...)
	}
	return out
}

// brokenCode is a number that may go on in the next line, which is quoted or
// indented; what follows there is not the time of a log.
var brokenCode = regexp.MustCompile(`((?i:aadsts)[^A-Za-z0-9]{0,3}\d{4,6})[ \t]*\n[ \t>]*(\d{1,3})(: |:\n|[^\d:./ \t-])`)

// rejoined mends the numbers that were broken over two lines, where that makes one
// that a rule asks for: 700022 and 2 are another error than 7000222.
func (c *catalogue) rejoined(text string) string {
	if !strings.Contains(text, "ADSTS") && !strings.Contains(text, "adsts") { // a long log is not searched for nothing
		return text
	}
	return brokenCode.ReplaceAllStringFunc(text, func(s string) string {
		m := brokenCode.FindStringSubmatch(s)
		digits := m[1][strings.LastIndexFunc(m[1], func(r rune) bool { return r < '0' || r > '9' })+1:] + m[2]
		if code, err := strconv.Atoi(digits); err != nil || !c.knowsCode(code) {
			return s
		}
		return m[1] + m[2] + m[3]
	})
}

// labelled returns the numbers behind a label such as "Error Code:", which is
// how the page in the browser and the sign-in log show them, each once. The text
// has to speak of a sign-in there, or show one of the IDs that stand beside it in
// any language, or hold nothing else. Without AADSTS before it, only a number
// that a rule asks for counts: 10060 is one of Windows.
func (c *catalogue) labelled(text string) []found {
	const shortest, longest, longestLabel, tries = 5, 7, 80, 200
	var out []found
	tried := map[int]int{}
	for i := 0; i < len(text); i++ {
		start := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		if i-start < shortest || i-start > longest {
			continue
		}
		code, _ := strconv.Atoi(text[start:i])
		if tried[code] >= tries || !c.knowsCode(code) {
			continue
		}
		before := text[max(0, start-longestLabel):start]
		m := c.label.FindStringIndex(before)
		if m == nil || m[0] > 0 && isAlnum(before[m[0]-1]) {
			continue
		}
		tried[code]++
		at := start - len(before) + m[0]
		around := text[max(0, at-maxContext):min(len(text), i+maxContext)]
		alone := strings.Trim(text[:at], ` ."'({[`) == "" && strings.Trim(text[i:], ` ."')}]`) == ""
		if alone || someID.MatchString(around) || c.speaksOfSignIn(around) {
			out = append(out, found{code, at})
			tried[code] = tries
		}
	}
	return out
}

// knowsCode reports whether a rule asks for the number.
func (c *catalogue) knowsCode(code int) bool {
	return slices.ContainsFunc(c.Findings, func(e *entry) bool {
		return slices.ContainsFunc(e.Match, func(r rule) bool { return r.asks(code) })
	})
}

// someID is the form of a request ID and a correlation ID.
var someID = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)

// maxContext is how far from a labelled number, in bytes, the words may stand
// that make it a sign-in error: about the length of the page that shows it.
const maxContext = 300

func (c *catalogue) speaksOfSignIn(text string) bool {
	for _, p := range c.signIn {
		if p.in(text) >= 0 {
			return true
		}
	}
	return false
}

func appendCode(out []found, digits string, at int) []found {
	const longest = 7 // such as 9002325
	if len(digits) > longest {
		return out
	}
	code, err := strconv.Atoi(digits)
	if err != nil {
		return out
	}
	return append(out, found{code, at})
}

func isAlnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
