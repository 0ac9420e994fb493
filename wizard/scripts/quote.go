package scripts

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bash returns value as one word of bash that means value and nothing else,
// whatever it contains, also where an interactive shell expands its history.
// Line breaks, control characters and characters that only steer the layout are
// refused: pasted into a terminal they could act before the shell reads them.
func Bash(value string) (string, error) {
	if err := quotable(value); err != nil {
		return "", err
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'", nil
}

// singleQuotes are the characters that PowerShell takes for a single quote
// (Microsoft Learn: about_Quoting_Rules; the language's own char class).
const singleQuotes = "'\u2018\u2019\u201a\u201b"

// PowerShell returns value as one single-quoted literal of PowerShell that means
// value and nothing else. It refuses what Bash refuses.
func PowerShell(value string) (string, error) {
	if err := quotable(value); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range value {
		b.WriteRune(r)
		if strings.ContainsRune(singleQuotes, r) {
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String(), nil
}

// quotable names the first character that no literal may hold. The error does
// not repeat the value.
func quotable(value string) error {
	if !utf8.ValidString(value) {
		return fmt.Errorf("%w: it is not UTF-8", ErrValue)
	}
	for _, r := range value {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return fmt.Errorf("%w: it holds U+%04X", ErrValue, r)
		}
	}
	return nil
}

// words lets a name from the catalogue into a comment: nothing in it may end
// the line or mean something to a shell that reads comments as words.
func words(name string) (string, error) {
	for _, r := range name {
		if r != ' ' && r != '.' && r != '-' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
			return "", fmt.Errorf("%w: %q is no name for a comment", ErrValue, name)
		}
	}
	return name, nil
}
