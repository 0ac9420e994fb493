// Package pasted makes plain text of what a user pastes or opens: the output of a
// console or a file, in whatever encoding it came. Start with Text or Lines.
package pasted

import (
	"encoding/binary"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// escapes are the sequences by which a terminal colours text and names its window.
var escapes = regexp.MustCompile("\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b\\[[0-9;?]*[ -/]*[@-~]?|\x1b[ -/]+[0-~]?|\x1b.?")

// Text is the text as UTF-8 with line feeds alone: UTF-16 is read, also without a
// byte order mark, and colours and byte order marks are taken out.
func Text(text string) string {
	text = fromUTF16(text)
	text = strings.ToValidUTF8(strings.TrimPrefix(text, "\ufeff"), "\uFFFD")
	text = escapes.ReplaceAllString(text, "")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n").Replace(text)
}

// Lines are the lines of Text as a console shows them: tabs are spread, what is
// not seen is left out, and so are spaces at the end.
func Lines(text string) []string {
	lines := strings.Split(Text(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(tidy(line), " ")
	}
	return lines
}

// tidy spreads tabs to eight columns and drops what is not seen.
func tidy(line string) string {
	var b strings.Builder
	column := 0
	for _, r := range line {
		switch {
		case r == '\t':
			n := 8 - column%8
			b.WriteString(strings.Repeat(" ", n))
			column += n
			continue
		case unicode.Is(unicode.Zs, r):
			r = ' '
		case unicode.In(r, unicode.Cc, unicode.Cf):
			continue
		}
		b.WriteRune(r)
		column++
	}
	return b.String()
}

// fromUTF16 reads the two forms of UTF-16, also without a byte order mark where
// every second byte of the beginning is zero; other text comes back as it is.
func fromUTF16(text string) string {
	var order binary.ByteOrder
	switch head := text[:min(len(text), 64)]; {
	case strings.HasPrefix(text, "\xff\xfe"):
		order, text = binary.LittleEndian, text[2:]
	case strings.HasPrefix(text, "\xfe\xff"):
		order, text = binary.BigEndian, text[2:]
	case len(head) >= 8 && zeroes(head, 1) > len(head)*3/8 && zeroes(head, 0) == 0:
		order = binary.LittleEndian
	case len(head) >= 8 && zeroes(head, 0) > len(head)*3/8 && zeroes(head, 1) == 0:
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16([]byte(text[2*i : 2*i+2]))
	}
	var b strings.Builder
	for _, r := range utf16.Decode(units) {
		b.WriteRune(r)
	}
	return b.String()
}

// zeroes counts the zero bytes at even or odd places.
func zeroes(text string, from int) int {
	n := 0
	for i := from; i < len(text); i += 2 {
		if text[i] == 0 {
			n++
		}
	}
	return n
}
