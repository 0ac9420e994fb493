package oauth

import (
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// scrubber removes what a request carried from the words of its answer: a proxy
// or a debugging server may repeat the request in its error page.
type scrubber struct {
	// secrets are kept by the character they begin with.
	secrets map[rune][]string
}

// minScrub is the length from which a value is looked for; shorter ones would
// garble any text and are no secret of Entra's.
const minScrub = 4

// scrub makes a scrubber for the secrets of one request, in every spelling in
// which an answer could repeat them.
func scrub(secrets ...Secret) scrubber {
	s := scrubber{secrets: make(map[rune][]string)}
	for _, secret := range secrets {
		if value := secret.Reveal(); len(value) >= minScrub {
			first, _ := utf8.DecodeRuneInString(value)
			s.secrets[first] = append(s.secrets[first], value)
		}
	}
	return s
}

// Scrub replaces the secrets in text by Redacted, in every spelling in which a
// server or a page could repeat them. Empty and very short ones are left alone.
func Scrub(text string, secrets ...Secret) string { return scrub(secrets...).clean(text) }

func (s scrubber) clean(text string) string {
	if len(s.secrets) == 0 {
		return text
	}
	var b strings.Builder
	for at := 0; at < len(text); {
		if length := s.longest(text[at:]); length > 0 {
			b.WriteString(Redacted)
			at += length
			continue
		}
		b.WriteByte(text[at])
		at++
	}
	return b.String()
}

// longest is the length of the longest secret with which text begins, 0 for none.
func (s scrubber) longest(text string) int {
	length := 0
	first, _ := utf8.DecodeRuneInString(text)
	for _, secret := range s.secrets[first] {
		// Most end here, and a log is searched for hundreds of tokens.
		if len(text) > 1 && (text[1] == secret[1] || isEscape(text[1])) {
			length = max(length, spelled(text, secret))
		}
	}
	if !isEscape(text[0]) {
		return length
	}
	for first, group := range s.secrets {
		if escaped(text, string(first), first) > 0 {
			for _, secret := range group {
				length = max(length, spelled(text, secret))
			}
		}
	}
	return length
}

// isEscape reports whether another character may be written with b first.
func isEscape(b byte) bool { return b == '%' || b == '\\' || b == '&' || b == '+' }

// spelled is the length of the secret as it stands at the beginning of text, 0
// where it does not. Each of its characters may be written as itself or escaped:
// which ones a program escapes, and how, differs from one to the next (.NET
// writes %7e for the ~ that every secret of Entra's holds).
func spelled(text, secret string) int {
	at := 0
	for secret != "" {
		if at == len(text) {
			return 0
		}
		r, size := utf8.DecodeRuneInString(secret)
		own := secret[:size]
		secret = secret[size:]
		length := 0
		if isEscape(text[at]) {
			length = escaped(text[at:], own, r)
		}
		plain := strings.HasPrefix(text[at:], own)
		switch {
		case length > size && plain && secret != "": // one of the two readings may lead nowhere
			if rest := spelled(text[at+length:], secret); rest > 0 {
				return at + length + rest
			}
			at += size
		case length > 0:
			at += length
		case plain:
			at += size
		default:
			return 0
		}
	}
	return at
}

// escaped is the length of the escape of a character at the beginning of text:
// of URLs, of JSON and program text, or of HTML; 0 where there is none.
func escaped(text, own string, r rune) int {
	switch text[0] {
	case '+':
		if r == ' ' {
			return 1
		}
	case '%':
		if r == ' ' {
			return max(percent(text, own), percent(text, "+"))
		}
		return percent(text, own)
	case '\\':
		return backslash(text, own, r)
	case '&':
		// &amp;#43; is an escape of an escape.
		inner := 1
		for strings.HasPrefix(text[inner:], "amp;") {
			inner += len("amp;")
		}
		if r == '&' && inner > 1 {
			return inner
		}
		const longest = 10 // such as &#x10ffff;
		end := strings.IndexByte(text[inner:min(len(text), inner+longest)], ';')
		if end > 0 && html.UnescapeString("&"+text[inner:inner+end+1]) == own {
			return inner + end + 1
		}
	}
	return 0
}

// percent is the length of %XX for each byte of own, with %25 for the percent
// sign where the text was escaped more than once.
func percent(text, own string) int {
	at := 0
	for _, b := range []byte(own) {
		if at >= len(text) || text[at] != '%' {
			return 0
		}
		at++
		for b != '%' && strings.HasPrefix(text[at:], "25") && len(text) >= at+4 {
			at += 2
		}
		if value, ok := hexadecimal(text[at:], 2); !ok || value != uint64(b) {
			return 0
		}
		at += 2
	}
	return at
}

// backslash is the length of \uXXXX, of \n, or of a sign behind a backslash; there
// are several where the text was escaped more than once.
func backslash(text, own string, r rune) int {
	rest := strings.TrimLeft(text, `\`)
	slashes := len(text) - len(rest)
	if value, ok := hexadecimal(strings.TrimPrefix(rest, "u"), 4); ok && rest[0] == 'u' {
		if value == uint64(r) {
			return slashes + 5
		}
		high, low := utf16.EncodeRune(r)
		if value != uint64(high) {
			return 0
		}
		second := strings.TrimLeft(rest[5:], `\`)
		value, ok = hexadecimal(strings.TrimPrefix(second, "u"), 4)
		if !ok || value != uint64(low) {
			return 0
		}
		return len(text) - len(second) + 5
	}
	switch letter := map[rune]string{'\n': "n", '\r': "r", '\t': "t"}[r]; {
	case r == '\\' && slashes > 1:
		return 2
	case r == '\\' || unicode.IsLetter(r) || unicode.IsDigit(r):
		return 0
	case letter != "" && strings.HasPrefix(rest, letter):
		return slashes + 1
	case strings.HasPrefix(rest, own):
		return slashes + len(own)
	}
	return 0
}

// hexadecimal reads so many digits at the beginning of text.
func hexadecimal(text string, digits int) (uint64, bool) {
	if len(text) < digits {
		return 0, false
	}
	value, err := strconv.ParseUint(text[:digits], 16, 32)
	return value, err == nil
}
