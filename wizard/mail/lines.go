package mail

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
)

// maxLine is the longest line that is read. Standards allow far less (1,000
// bytes in SMTP, 512 in POP); error challenges are the longest in practice.
const maxLine = 64 << 10

// maxItems is how many lines a multi-line reply may have.
const maxItems = 1 << 20

// lines reads and writes the lines of a text protocol over a link.
type lines struct {
	link *link
	r    *bufio.Reader
}

func newLines(l *link) *lines { return &lines{link: l, r: bufio.NewReaderSize(l, maxLine)} }

// read returns the next line without its end.
func (t *lines) read() (string, error) {
	line, err := t.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		t.link.close() // the rest of the line has no meaning any more
		return "", fmt.Errorf("a line of the answer is longer than %d KiB: %w", maxLine>>10, ErrNotMailServer)
	}
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// write sends one line of any length in one piece.
func (t *lines) write(line string) error {
	if strings.ContainsAny(line, "\r\n") {
		return errors.New("a command must be one line")
	}
	_, err := t.link.Write([]byte(line + "\r\n"))
	return err
}

// pending reports whether the server sent more than was asked for.
func (t *lines) pending() bool { return t.r.Buffered() > 0 }

// readDotted reads up to the line that is a single dot (RFC 1939, section 3).
// The step's budget bounds what that can take.
func (t *lines) readDotted() ([]string, error) {
	var list []string
	for len(list) < maxItems {
		line, err := t.read()
		if err != nil {
			return nil, err
		}
		if line == "." {
			return list, nil
		}
		list = append(list, strings.TrimPrefix(line, "."))
	}
	t.link.close()
	return nil, fmt.Errorf("the answer has more than %d lines: %w", maxItems, ErrNotMailServer)
}
