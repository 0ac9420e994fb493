package diagnose

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxGap is how many bytes may lie at a phrase's asterisk: about two lines.
const maxGap = 240

// A phrase is words as a rule writes them, in lower case. " * " stands for
// anything of at most maxGap bytes, so that "5.7.139 * is disabled" finds the
// two parts in one sentence but not in two entries of a log.
type phrase struct {
	parts []string
	words []string // all of which a text must have
}

func newPhrase(text string) phrase {
	return phrase{strings.Split(text, " * "), wordsIn(text)}
}

// wordsIn splits text into its words, runs of letters and digits.
func wordsIn(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) })
}

// known returns the words of the vocabulary that stand in text. A long text
// is read for them once; then only the phrases that it can hold are searched.
func (c *catalogue) known(text string) map[string]bool {
	have := map[string]bool{}
	start := -1
	for i, r := range text {
		switch in := isWord(r); {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			if c.vocabulary[text[start:i]] {
				have[text[start:i]] = true
			}
			start = -1
		}
	}
	if start >= 0 && c.vocabulary[text[start:]] {
		have[text[start:]] = true
	}
	return have
}

// in returns where the phrase begins in text (as lower returns it), or -1.
// Words are whole words: 5.7.3 is not in 15.7.30.
func (p phrase) in(text string) int {
	for from := 0; ; {
		start := wholeWord(text, p.parts[0], from)
		if start < 0 {
			return -1
		}
		if p.rest(text, start+len(p.parts[0])) {
			return start
		}
		from = start + 1
	}
}

// rest reports whether the further parts follow in text[at:], each in reach of the one before.
func (p phrase) rest(text string, at int) bool {
	for _, part := range p.parts[1:] {
		reach := min(len(text), at+maxGap+len(part)+1)
		next := wholeWord(text[:reach], part, at)
		if next < 0 {
			return false
		}
		at = next + len(part)
	}
	return true
}

// wholeWord returns where part stands in text at or after from as a whole word, or -1.
func wholeWord(text, part string, from int) int {
	for from <= len(text) {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return -1
		}
		i += from
		if startsWord(text, part, i) && endsWord(text, part, i+len(part)) {
			return i
		}
		from = i + 1
	}
	return -1
}

func startsWord(text, part string, i int) bool {
	first, _ := utf8.DecodeRuneInString(part)
	before, size := utf8.DecodeLastRuneInString(text[:i])
	if size == 0 || !isWord(first) {
		return true
	}
	if unicode.IsDigit(first) && before == '.' { // 1.5.7.3 is not 5.7.3
		far, _ := utf8.DecodeLastRuneInString(text[:i-1])
		return !unicode.IsDigit(far)
	}
	// b'5.7.3 is how Python prints bytes; that b stands before the quote.
	return !isWord(before)
}

func endsWord(text, part string, i int) bool {
	last, _ := utf8.DecodeLastRuneInString(part)
	after, size := utf8.DecodeRuneInString(text[i:])
	if size == 0 || !isWord(last) {
		return true
	}
	if unicode.IsDigit(last) && after == '.' { // 5.7.3.1 is not 5.7.3
		far, _ := utf8.DecodeRuneInString(text[i+1:])
		return !unicode.IsDigit(far)
	}
	return !isWord(after)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
