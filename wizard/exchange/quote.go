package exchange

import (
	"fmt"
	"strings"
	"unicode"
)

// singleQuotes are the characters that PowerShell takes for a single quote
// (Microsoft Learn: about_Quoting_Rules; the language's own char class).
const singleQuotes = "'\u2018\u2019\u201a\u201b"

// nearQuotes are characters that a program which saves in an old code page may
// turn into a single quote.
const nearQuotes = "\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\u2035\uff07"

// Quote returns value as one argument of PowerShell that means value and nothing
// else, whatever it contains: a single-quoted literal, or, where characters in
// it could act on a terminal, end a line or not be seen, an expression in
// parentheses that puts the literal together. What is not UTF-8 becomes U+FFFD,
// since PowerShell's text can hold nothing else.
func Quote(value string) string {
	var parts []string
	var literal strings.Builder
	for _, r := range strings.ToValidUTF8(value, "\uFFFD") {
		switch {
		case unseen(r) || strings.ContainsRune(nearQuotes, r):
			parts = append(parts, "'"+literal.String()+"'", char(r))
			literal.Reset()
		case strings.ContainsRune(singleQuotes, r):
			literal.WriteRune(r)
			literal.WriteRune(r)
		default:
			literal.WriteRune(r)
		}
	}
	if len(parts) == 0 {
		return "'" + literal.String() + "'"
	}
	if literal.Len() > 0 {
		parts = append(parts, "'"+literal.String()+"'")
	}
	return "(" + strings.Join(parts, " + ") + ")"
}

// unseen reports whether a character steers instead of being seen.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) || r == '\u00a0'
}

// char is the expression for one character; it is added to a literal, which makes it text.
func char(r rune) string {
	if r > 0xFFFF {
		return fmt.Sprintf("[char]::ConvertFromUtf32(0x%X)", r)
	}
	return fmt.Sprintf("[char]0x%X", r)
}

// OPATH returns value as a literal of a filter such as -RecipientRestrictionFilter
// takes, where a quote in it is doubled (Exchange Online: Additional filterable
// property information; Recipient filters). The filter as a whole has to go
// through Quote.
func OPATH(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
