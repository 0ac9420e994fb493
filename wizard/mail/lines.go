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

// newLines reads with a small buffer: each of many connections has one, and
// most lines are short.
func newLines(l *link) *lines { return &lines{link: l, r: bufio.NewReaderSize(l, 2<<10)} }

// read returns the next line without its end.
func (t *lines) read() (string, error) {
	var long []byte // what was read of a line that the buffer does not hold
	for {
		part, err := t.r.ReadSlice('\n')
		switch {
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case len(long)+len(part) > maxLine:
			t.link.close() // the rest of the line has no meaning any more
			return "", fmt.Errorf("a line of the answer is longer than %d KiB: %w", maxLine>>10, ErrNotMailServer)
		case err == nil && long == nil:
			return strings.TrimRight(string(part), "\r\n"), nil
		}
		long = append(long, part...)
		if err == nil {
			return strings.TrimRight(string(long), "\r\n"), nil
		}
	}
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
