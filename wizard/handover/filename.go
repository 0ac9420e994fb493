package handover

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameMax is the length in bytes to which the name of a connection is cut in a
// file name; every file system takes 255 with what is added.
const nameMax = 120

// FileName proposes a file name: the connection's name, what the file is, and
// its ending such as .html. It is one that Windows, macOS and Linux all take
// and in which nothing is invisible.
func FileName(connection, kind, ending string) string {
	name := safeName(connection)
	for len(name) > nameMax {
		_, last := utf8.DecodeLastRuneInString(name)
		name = strings.TrimSpace(name[:len(name)-last])
	}
	if name == "" {
		name = "Postkey"
	}
	return name + " - " + safeName(kind) + ending
}

func safeName(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"/\|?*`, r):
			return '-'
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r):
			return -1 // control characters, and those that turn the direction of writing
		}
		return r
	}, strings.ToValidUTF8(text, "-"))
	// A leading dot hides a file; Windows drops dots and spaces at the end.
	return strings.Trim(strings.Join(strings.Fields(text), " "), ". ")
}
