package diagnose

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"postkey/wizard/pasted"
)

const (
	// maxText bounds the work on one text, in bytes; of a longer one the middle is left out.
	maxText = 8 << 20
	// maxRounds is how many layers of escaping are taken off: a redirect
	// address inside JSON inside a log line inside HTML has four.
	maxRounds = 5
)

// readable returns text as valid UTF-8 of at most maxText bytes. Output that
// Windows PowerShell wrote to a file is UTF-16; it is decoded. The colours that a
// console gives to a log are taken out.
func readable(text string) string {
	if len(text) > maxText {
		const half = maxText / 2 // both parts begin at an even byte, for UTF-16
		text = text[:half-2] + "\n\n" + text[(len(text)-half+1)&^1:]
	}
	return pasted.Text(text)
}

// decoded takes the escapings off: JSON and Python backslashes, HTML entities
// and tags, percent signs, soft line ends of mail. Rounds go on until nothing changes.
func decoded(text string) string {
	text = unsoftened(text)
	for range maxRounds {
		before := text
		text = unescape(unpercent(html.UnescapeString(text)))
		if text == before {
			break
		}
	}
	return untag(text)
}

// unsoftened joins the lines that mail has broken with an equals sign. Behind a
// long run of base64 the sign is the run's own end, as in the log of XOAUTH2.
func unsoftened(text string) string {
	const run = 24
	var b strings.Builder
	for {
		i := strings.Index(text, "=\n")
		if i < 0 {
			break
		}
		start := i
		for start > 0 && i-start < run && (isAlnum(text[start-1]) || strings.IndexByte("+/=", text[start-1]) >= 0) {
			start--
		}
		b.WriteString(text[:i])
		if i-start >= run {
			b.WriteString("=\n")
		}
		text = text[i+2:]
	}
	if b.Len() == 0 {
		return text
	}
	return b.String() + text
}

// unescape takes one layer of backslashes off.
func unescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case 'n', 'r':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '"', '\'', '/', '\\', '`':
			b.WriteByte(c)
		case 'u', 'x':
			digits := 4
			if c == 'x' {
				digits = 2
			}
			if r, ok := hex(text, i+1, digits); ok {
				b.WriteRune(r)
				i += digits
				break
			}
			fallthrough
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// hex reads exactly n hexadecimal digits of text at i.
func hex(text string, i, n int) (value rune, ok bool) {
	if i+n > len(text) {
		return 0, false
	}
	for _, c := range []byte(text[i : i+n]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			return 0, false
		}
		value = value<<4 | rune(digit)
	}
	return value, true
}

// unpercent takes one layer of URL encoding off. A plus sign is a blank only
// in a word that is URL-encoded beyond doubt.
func unpercent(text string) string {
	if strings.IndexByte(text, '%') < 0 && !strings.Contains(text, "error_description=") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	plus := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if i == 0 || isBlank(text[i-1]) {
			plus = encodedWord(text[i:])
		}
		switch {
		case c == '+' && plus:
			b.WriteByte(' ')
		case c == '%':
			if v, ok := hex(text, i+1, 2); ok {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// encodedWord reports whether the word at the start of text is URL-encoded.
func encodedWord(text string) bool {
	end := strings.IndexAny(text, " \r\n\t")
	if end < 0 {
		end = len(text)
	}
	word := strings.ToLower(text[:end])
	for _, sign := range []string{"error_description=", "error=", "%20", "%3a", "%0d%0a"} {
		if strings.Contains(word, sign) {
			return true
		}
	}
	return false
}

// untag replaces HTML's tags of layout; addresses in angle brackets and SOAP stay.
func untag(text string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(text, '<')
		if open < 0 {
			break
		}
		b.WriteString(text[:open])
		text = text[open:]
		end, name := tag(text)
		if end == 0 {
			b.WriteByte('<')
			text = text[1:]
			continue
		}
		if name != "wbr" { // a place where a word may be broken
			b.WriteByte(' ')
		}
		text = text[end:]
	}
	if b.Len() == 0 {
		return text
	}
	b.WriteString(text)
	return b.String()
}

var layout = map[string]bool{
	"a": true, "b": true, "body": true, "br": true, "code": true, "div": true, "em": true, "font": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "html": true, "i": true, "li": true, "ol": true,
	"p": true, "pre": true, "small": true, "span": true, "strong": true, "table": true, "tbody": true,
	"td": true, "th": true, "tr": true, "tt": true, "u": true, "ul": true, "wbr": true,
}

// tag returns the length and name of the tag of layout with which text starts; 0 when there is none.
func tag(text string) (length int, name string) {
	const longestName, longest = 8, 300
	start := 1
	if strings.HasPrefix(text, "</") {
		start = 2
	}
	end := start
	for end < len(text) && end < start+longestName && isAlnum(text[end]) {
		end++
	}
	name = strings.ToLower(text[start:end])
	if !layout[name] {
		return 0, ""
	}
	rest := text[end:min(len(text), longest)]
	closing := strings.IndexByte(rest, '>')
	if closing < 0 || closing > 0 && !strings.ContainsRune(" /\t\r\n", rune(rest[0])) {
		return 0, ""
	}
	return end + closing + 1, name
}

// plain brings decoded text into one line with single blanks and straight
// quotes. Lines are joined with joint: a blank, or nothing to mend words that
// were broken; a blank at which a line was broken stays.
func plain(text, joint string) string {
	var b strings.Builder
	b.Grow(len(text))
	last, ended := "", false
	for line := range strings.Lines(text) {
		raw := strings.TrimRight(line, "\r\n")
		line = strings.Trim(raw, " \t")
		between := joint
		if ended || strings.HasPrefix(raw, " "+line) && line != "" {
			between = " "
		}
		ended = line != "" && strings.HasSuffix(raw, " ")
		for strings.HasPrefix(line, "> ") || strings.HasPrefix(line, ">>") {
			line = strings.TrimLeft(line[1:], " \t")
		}
		line, last = withoutReply(line, last)
		if b.Len() > 0 {
			b.WriteString(between)
		}
		fold(&b, line)
	}
	return b.String()
}

// fold writes line with its signs made plain.
func fold(b *strings.Builder, line string) {
	blank := true // so that leading blanks vanish
	if out := b.String(); out != "" && out[len(out)-1] != ' ' {
		blank = false
	}
	for _, r := range line {
		switch {
		case r < utf8.RuneSelf && r > ' ' && r != 0x7f:
		case r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060' || r == '\ufeff' || r == '\u00ad':
			continue
		case r == '‘' || r == '’' || r == '‚' || r == '‛':
			r = '\''
		case r == '“' || r == '”' || r == '„' || r == '«' || r == '»':
			r = '"'
		case r >= '\u2010' && r <= '\u2015' || r == '\u2212':
			r = '-'
		case unicode.IsSpace(r) || unicode.IsControl(r):
			r = ' '
		}
		if r != ' ' || !blank {
			b.WriteRune(r)
		}
		blank = r == ' '
	}
}

// lower is text in lower case, the form in which the rules are written. Every
// byte keeps its place: a letter whose small form has another length stays.
func lower(text string) string {
	b := []byte(text)
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				b[i] = c + 'a' - 'A'
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if small := unicode.ToLower(r); small != r && utf8.RuneLen(small) == size {
			utf8.EncodeRune(b[i:], small)
		}
		i += size
	}
	return string(b)
}

// withoutReply takes the reply code off a continued line of an SMTP reply that
// the line before carried too ("535-5.7.3 …", "535 5.7.3 …"), because it
// stands in the middle of a sentence. It returns the prefix for the next line.
func withoutReply(line, last string) (rest, prefix string) {
	n := 0
	for n < len(line) && n < 3 && line[n] >= '0' && line[n] <= '9' {
		n++
	}
	if n < 3 || n == len(line) || (line[n] != '-' && line[n] != ' ') {
		return line, ""
	}
	prefix = line[:3]
	enhanced, _, _ := strings.Cut(line[4:], " ")
	if strings.Count(enhanced, ".") == 2 && enhanced[0] == line[0] {
		prefix += " " + enhanced
	}
	if prefix != last {
		if line[n] == ' ' { // a last line: nothing follows
			return line, ""
		}
		return line, prefix
	}
	if line[n] == ' ' {
		last = ""
	}
	rest = strings.TrimLeft(line[4:], " ")
	if strings.Contains(prefix, " ") {
		rest = strings.TrimLeft(strings.TrimPrefix(rest, enhanced), " ")
	}
	return rest, last
}
