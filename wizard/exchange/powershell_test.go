package exchange

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// token is a piece of PowerShell: what kind, and what it means. Where there is no
// PowerShell to ask, the tests read its language themselves.
type token struct{ kind, text string }

// tokens splits PowerShell by the rules of its scanner: comments to the end of
// the line, literals in single quotes (five characters are one, two of a kind
// are one inside), numbers, words, and single other characters. It refuses what
// is not closed, double quotes and the escape character: the templates have none.
func tokens(script string) ([]token, error) {
	var out []token
	letters := []rune(script)
	const single = "'\u2018\u2019\u201a\u201b"
	word := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.:\\+", r)
	}
	var open []rune
	closes := map[rune]rune{')': '(', ']': '[', '}': '{'}
	for i := 0; i < len(letters); i++ {
		r := letters[i]
		switch {
		case r == '\n' || r == ';':
			out = append(out, token{"end", ""})
		case unicode.IsSpace(r):
		case r == '#':
			end := i
			for end < len(letters) && letters[end] != '\n' && letters[end] != '\r' {
				end++
			}
			out, i = append(out, token{"comment", string(letters[i:end])}), end-1
		case strings.ContainsRune(single, r):
			var b strings.Builder
			for i++; ; i++ {
				if i >= len(letters) {
					return nil, errors.New("a literal has no end")
				}
				if strings.ContainsRune(single, letters[i]) {
					if i+1 >= len(letters) || !strings.ContainsRune(single, letters[i+1]) {
						break
					}
					i++
				}
				b.WriteRune(letters[i])
			}
			out = append(out, token{"literal", b.String()})
		case strings.ContainsRune("\"\u201c\u201d\u201e`<", r) || unicode.In(r, unicode.Cc, unicode.Cf):
			return nil, fmt.Errorf("%q stands outside of a literal", r)
		case strings.ContainsRune("([{", r):
			open = append(open, r)
			out = append(out, token{"other", string(r)})
		case strings.ContainsRune(")]}", r):
			if len(open) == 0 || open[len(open)-1] != closes[r] {
				return nil, fmt.Errorf("%q closes nothing", r)
			}
			open = open[:len(open)-1]
			out = append(out, token{"other", string(r)})
		case word(r):
			end := i
			for end < len(letters) && word(letters[end]) {
				end++
			}
			out, i = append(out, token{"word", string(letters[i:end])}), end-1
		default:
			out = append(out, token{"other", string(r)})
		}
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%q is not closed", open)
	}
	return fold(out), nil
}

// fold makes one literal of an expression that puts one together:
// ('a' + [char]0xA + 'b').
func fold(in []token) []token {
	var out []token
	for i := 0; i < len(in); i++ {
		if text, n := sum(in[i:]); n > 0 {
			out = append(out, token{"literal", text})
			i += n - 1
			continue
		}
		out = append(out, in[i])
	}
	return out
}

// sum reads such an expression at the beginning and returns how many tokens it takes.
func sum(in []token) (string, int) {
	var b strings.Builder
	is := func(i int, kind, text string) bool { return i < len(in) && in[i] == (token{kind, text}) }
	if !is(0, "other", "(") || len(in) < 2 || in[1].kind != "literal" {
		return "", 0
	}
	b.WriteString(in[1].text)
	i := 2
	for is(i, "word", "+") {
		i++
		switch {
		case i < len(in) && in[i].kind == "literal":
			b.WriteString(in[i].text)
			i++
		case is(i, "other", "[") && is(i+1, "word", "char") && is(i+2, "other", "]"):
			at, next := i+3, i+4
			if is(at, "word", "::ConvertFromUtf32") && is(at+1, "other", "(") && is(at+3, "other", ")") {
				at, next = at+2, at+4
			}
			if at >= len(in) {
				return "", 0
			}
			code, err := strconv.ParseUint(in[at].text, 0, 32)
			if err != nil {
				return "", 0
			}
			b.WriteRune(rune(code))
			i = next
		default:
			return "", 0
		}
	}
	if i == 2 || !is(i, "other", ")") {
		return "", 0
	}
	return b.String(), i + 1
}

// opath reads the literals of a filter.
func opath(filter string) ([]string, error) {
	var out []string
	for {
		at := strings.IndexByte(filter, '\'')
		if at < 0 {
			return out, nil
		}
		var b strings.Builder
		rest := filter[at+1:]
		for {
			end := strings.IndexByte(rest, '\'')
			if end < 0 {
				return nil, errors.New("a value of the filter has no end")
			}
			b.WriteString(rest[:end])
			if rest = rest[end+1:]; !strings.HasPrefix(rest, "'") {
				break
			}
			b.WriteByte('\'')
			rest = rest[1:]
		}
		out, filter = append(out, b.String()), rest
	}
}

// hostile are values that mean something to PowerShell, to a filter or to a terminal.
var hostile = []string{
	"O'Brien", "''", "'", "\u2018a\u2019 \u201ab\u201b", "a\u2019; Remove-Mailbox x; \u2018", "'; Remove-Mailbox x #",
	"$(Remove-Mailbox x)", "${env:PATH}", "`n`$x", "a\nRemove-Mailbox x", "a\r\nb", "a;b", "a|b", "a&b", "-Force", "\u2013Force", "--%", "@(x)", "@x", "{x}",
	`"`, "\u201cx\u201d", "#x", "<#", "a\tb", "a\x00b", "\x1b[31m", "\u202etxt", "\u200b", "\u2028x", "\ufeffx", "\U000e0001x", "´ʹʼ′＇",
	"Ünïcödé 漢字 🙂", "%PATH%", "a' -or Name -like '*", "Name -eq ''x''", `C:\x\'`, "x\u00a0y", "0x41", "[char]0x41", "('a' + 'b')",
}

func setupWith(value string) Setup {
	return Setup{
		Protocols: []string{"imap", "pop", "smtp", "graph", "ews"}, Environment: value, GraphEnvironment: value, TenantID: value, ClientID: value, ObjectID: value,
		Name: value, Reach: []string{value, value + "2"}, Refuse: []string{"x" + value}, Group: value, Scope: value,
	}
}

// Every value stands in the commands as one literal that means it, and nothing
// else of the commands changes.
func TestValuesArriveUnchanged(t *testing.T) {
	const marker = "MARKER"
	for _, rbac := range []bool{false, true} {
		for _, value := range hostile {
			plain, got := setupWith(marker), setupWith(value)
			plain.SMTPRBAC, got.SMTPRBAC = rbac, rbac
			want, have := Scripts(plain), Scripts(got)
			if len(want) != len(have) {
				t.Fatalf("%q changes the list", value)
			}
			for i := range want {
				for _, part := range []Part{Do, Undo, Verify} {
					if err := sameBut(want[i].Text(part), have[i].Text(part), marker, value, plain.tag(), got.tag()); err != nil {
						t.Errorf("%s %s with %q: %v\n%s", want[i].ID, part, value, err, have[i].Text(part))
					}
				}
			}
		}
	}
}

// sameBut proves that a script is another one with marker replaced by value.
func sameBut(plain, got, marker, value, plainTag, gotTag string) error {
	want, err := tokens(plain)
	if err != nil {
		return err
	}
	have, err := tokens(got)
	if err != nil {
		return err
	}
	value = strings.ToValidUTF8(value, "\uFFFD")
	for i, w := range want {
		if w.kind == "comment" {
			continue // nothing is done with it; that it ends with its line is in the tokens
		}
		if i >= len(have) || have[i].kind != w.kind {
			return fmt.Errorf("another script from token %d on", i)
		}
		text := strings.ReplaceAll(w.text, marker, value)
		if w.kind != "literal" {
			if have[i].text != w.text {
				return fmt.Errorf("%q instead of %q", have[i].text, w.text)
			}
			continue
		}
		if strings.Contains(w.text, "-eq '") && strings.Contains(w.text, marker) { // a filter
			values, err := opath(have[i].text)
			if err != nil || len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return v != strings.TrimSpace(value) && v != value }) {
				return fmt.Errorf("the filter %q means %q: %w", have[i].text, values, err)
			}
			continue
		}
		text = strings.ReplaceAll(text, plainTag, gotTag)
		if have[i].text != text && have[i].text != strings.TrimSpace(text) {
			return fmt.Errorf("%q instead of %q", have[i].text, text)
		}
	}
	if len(have) != len(want) {
		return fmt.Errorf("%d tokens instead of %d", len(have), len(want))
	}
	return nil
}

func TestQuote(t *testing.T) {
	for value, want := range map[string]string{
		"a": "'a'", "": "''", "it's": "'it''s'", "\u2019": "'\u2019\u2019'", "$x`": "'$x`'", "-x": "'-x'",
		"a\nb": "('a' + [char]0xA + 'b')", "\n": "('' + [char]0xA)", "\xff": "'\uFFFD'",
		"\U000e0001": "('' + [char]::ConvertFromUtf32(0xE0001))",
	} {
		if got := Quote(value); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
	if got := Quote("Name -eq " + OPATH("O'Brien")); got != "'Name -eq ''O''''Brien'''" {
		t.Errorf("a filter: %s", got)
	}
}

func FuzzQuote(f *testing.F) {
	for _, value := range hostile {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		want := strings.ToValidUTF8(value, "\uFFFD")
		got, err := tokens("f " + Quote(value) + " g")
		if err != nil || !slices.Equal(got, []token{{"word", "f"}, {"literal", want}, {"word", "g"}}) {
			t.Fatalf("%s means %q: %v", Quote(value), got, err)
		}
		got, err = tokens(Quote("Name -eq " + OPATH(value)))
		if err != nil || len(got) != 1 {
			t.Fatalf("a filter means %q: %v", got, err)
		}
		values, err := opath(strings.TrimPrefix(got[0].text, "Name -eq "))
		if err != nil || !slices.Equal(values, []string{want}) {
			t.Fatalf("the filter %s means %q: %v", got[0].text, values, err)
		}
	})
}
