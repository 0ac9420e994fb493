package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// statuses are the responses that end in words for people, in which a brace is a brace.
var statuses = []string{"OK", "NO", "BAD", "PREAUTH", "BYE"}

// asked are the further untagged responses that what Postkey asks for may bring.
var asked = []string{
	"CAPABILITY", "ENABLED", "ESEARCH", "EXISTS", "EXPUNGE", "FETCH", "FLAGS", "ID", "LIST", "NAMESPACE", "RECENT", "SEARCH", "STATUS",
}

// known reads the responses of a server for go-imap's client and leaves out the
// untagged ones that nobody asked for: a client has to be prepared for any
// (RFC 9051, section 2.2.2), and go-imap ends the connection at one that it does
// not know. The tap hears them all.
type known struct {
	r   *bufio.Reader
	tap *tap

	rest    []byte // of what is handed over; it lies in the buffer of r
	within  bool   // what comes next belongs to a response that has begun
	drop    bool   // the response is left out
	words   bool   // the response has no literal
	literal int64  // bytes that are left of one
	end     []byte // the last bytes of the line so far
}

// maxMark bounds what is kept of a line's end: the mark of a literal.
const maxMark = 24

// Read implements io.Reader.
func (k *known) Read(p []byte) (int, error) {
	for len(p) > 0 && len(k.rest) == 0 {
		part, err := k.next()
		if len(part) == 0 && err != nil {
			return 0, err
		}
		_, _ = k.tap.Write(part)
		if !k.drop {
			k.rest = part
		}
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

// next returns what comes next of a response: a part of a literal, or a line as
// far as the buffer holds it.
func (k *known) next() ([]byte, error) {
	if k.literal > 0 {
		if _, err := k.r.Peek(1); err != nil {
			return nil, err
		}
		part, _ := k.r.Peek(int(min(k.literal, int64(k.r.Buffered()))))
		_, _ = k.r.Discard(len(part)) // the bytes stay where they are until the next are read
		k.literal -= int64(len(part))
		return part, nil
	}
	part, err := k.r.ReadSlice('\n')
	if !k.within {
		word, untagged := responseWord(string(part[:min(len(part), 64)]))
		k.words = !untagged || slices.Contains(statuses, word)
		k.drop = !k.words && !slices.Contains(asked, word) || word == "LIST" && !readable(part)
	}
	k.within = true
	k.end = append(k.end, part[max(0, len(part)-maxMark):]...)
	k.end = k.end[max(0, len(k.end)-maxMark):]
	if err == nil { // the line has come to its end
		k.literal = 0
		if !k.words {
			k.literal, _ = literalSize(strings.TrimRight(string(k.end), "\r\n"))
		}
		k.within, k.end = k.literal > 0, k.end[:0]
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	return part, err
}

var (
	encoded = regexp.MustCompile(`&[A-Za-z0-9+,]*-`)
	// twice is one run of base64 right behind another, which is not allowed.
	twice = regexp.MustCompile(`&[A-Za-z0-9+,]+-&[A-Za-z0-9+,]`)
)

// readable reports whether go-imap can read the folder's name in a line: one
// that is neither UTF-8 nor modified UTF-7 (RFC 3501, section 5.1.3) would end
// the connection, and the folder would be any but the one that is looked for.
func readable(line []byte) bool {
	return utf8.Valid(line) && !twice.Match(line) && !bytes.ContainsRune(encoded.ReplaceAll(line, nil), '&')
}

// responseWord returns what an untagged response is, in capitals: EXISTS for
// "* 3 EXISTS".
func responseWord(line string) (word string, untagged bool) {
	rest, untagged := strings.CutPrefix(line, "* ")
	if !untagged {
		return "", false
	}
	word, rest, _ = strings.Cut(rest, " ")
	if _, err := strconv.ParseUint(word, 10, 32); err == nil {
		word, _, _ = strings.Cut(rest, " ")
	}
	return strings.ToUpper(strings.TrimRight(word, "\r\n")), true
}

// literalSize returns the length of the literal that line announces (RFC 9051,
// section 4.3; RFC 7888).
func literalSize(line string) (size int64, ok bool) {
	line, ok = strings.CutSuffix(line, "}")
	at := strings.LastIndexByte(line, '{')
	if !ok || at < 0 {
		return 0, false
	}
	size, err := strconv.ParseInt(strings.TrimSuffix(line[at+1:], "+"), 10, 64)
	if err != nil || size < 0 {
		return 0, false
	}
	return size, true
}

// readLine reads one line; a literal at its end is taken in with the line that
// follows it.
func (c *IMAP) readLine() (string, error) {
	line, err := c.lines.read()
	if word, untagged := responseWord(line); !untagged || slices.Contains(statuses, word) {
		return line, err
	}
	for err == nil {
		size, ok := literalSize(line)
		if !ok {
			return line, nil
		}
		if size > int64(maxLine-len(line)) {
			c.link.close()
			return "", fmt.Errorf("an answer is longer than %d KiB: %w", maxLine>>10, ErrNotMailServer)
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(c.lines.r, data); err != nil {
			return "", err
		}
		var rest string
		rest, err = c.lines.read()
		line = line[:strings.LastIndexByte(line, '{')] + strings.NewReplacer("\r", " ", "\n", " ").Replace(string(data)) + rest
	}
	return line, err
}
