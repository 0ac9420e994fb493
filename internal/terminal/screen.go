package terminal

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// Console is where the wizard talks to somebody. What is written to it stands
// before the prompt of a Line that waits.
type Console interface {
	io.Writer
	// Line asks for one line and shows what is typed. It ends within 100 ms of
	// its context; what was typed until then is lost. io.EOF is the end of all input.
	Line(ctx context.Context, prompt string) (string, error)
	// Secret is Line without echo.
	Secret(ctx context.Context, prompt string) (string, error)
	// Width is how many characters fit on a line now.
	Width() int
	// Color reports whether bold and coloured text is shown as such.
	Color() bool
}

// Screen is a terminal in raw mode: the system neither echoes what is typed nor
// acts on it, so that no question can be missed by a line that is still being
// read, and a secret is never shown. Make one with Open; Close gives the
// terminal back as it was.
type Screen struct {
	keys  *keys
	out   io.Writer
	size  func() (width, height int, err error)
	color bool
	close func()

	mu      sync.Mutex
	reading *term.Terminal // while a Line waits
}

// Open takes over the terminal. Interrupt is called when Ctrl+C is pressed,
// which is no signal in raw mode.
func Open(in, out *os.File, getenv func(string) string, interrupt func()) (*Screen, error) {
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	plain, err := showSequences(out)
	if err != nil {
		_ = term.Restore(int(in.Fd()), before)
		return nil, err
	}
	s := NewScreen(in, out, interrupt)
	s.size = func() (int, int, error) { return term.GetSize(int(out.Fd())) }
	s.color = getenv("NO_COLOR") == "" && getenv("TERM") != "dumb" && term.IsTerminal(int(out.Fd()))
	s.close = func() {
		plain()
		_ = term.Restore(int(in.Fd()), before)
	}
	return s, nil
}

// NewScreen is a screen of 80 characters without colours on any streams.
func NewScreen(in io.Reader, out io.Writer, interrupt func()) *Screen {
	s := &Screen{keys: newKeys(interrupt), out: out, close: func() {}}
	s.size = func() (int, int, error) { return usualWidth, usualHeight, nil }
	// A read from a terminal cannot be cancelled; it ends with the process.
	go s.keys.take(in)
	return s
}

// The size of a terminal that does not say its own.
const (
	usualWidth  = 80
	usualHeight = 24
)

// Close gives the terminal back as it was.
func (s *Screen) Close() { s.close() }

// Color implements Console.
func (s *Screen) Color() bool { return s.color }

// Width implements Console.
func (s *Screen) Width() int {
	width, _, err := s.size()
	if err != nil || width <= 0 {
		return usualWidth
	}
	return width
}

// Write implements Console.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	reading := s.reading
	s.mu.Unlock()
	if reading != nil {
		return reading.Write(p)
	}
	// Raw mode does not return to the begin of the line by itself.
	if _, err := s.out.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Line implements Console.
func (s *Screen) Line(ctx context.Context, prompt string) (string, error) {
	return s.read(ctx, prompt, func(t *term.Terminal, _ string) (string, error) { return t.ReadLine() })
}

// Secret implements Console.
func (s *Screen) Secret(ctx context.Context, prompt string) (string, error) {
	return s.read(ctx, prompt, (*term.Terminal).ReadPassword)
}

// read puts a line together that is too long for one editor.
func (s *Screen) read(ctx context.Context, prompt string, line func(t *term.Terminal, prompt string) (string, error)) (string, error) {
	var whole strings.Builder
	for {
		typed := &typing{ctx: ctx, keys: s.keys, out: s.out}
		part, err := s.edit(ctx, typed, prompt, line)
		if err != nil {
			return "", err
		}
		whole.WriteString(part)
		if !typed.cut {
			return whole.String(), nil
		}
		prompt = ""
	}
}

// edit reads with an editor of its own: none remembers what was typed before.
func (s *Screen) edit(ctx context.Context, typed *typing, prompt string, line func(t *term.Terminal, prompt string) (string, error)) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	t := term.NewTerminal(typed, prompt)
	if width, height, err := s.size(); err == nil && width > 0 && height > 0 {
		_ = t.SetSize(width, height)
	}
	s.mu.Lock()
	s.reading = t
	s.mu.Unlock()
	text, err := line(t, prompt)
	s.mu.Lock()
	s.reading = nil
	s.mu.Unlock()
	if err != nil {
		if prompt != "" {
			_, _ = io.WriteString(s.out, "\r\n") // what comes next begins on a line of its own
		}
		return "", err
	}
	return text, nil
}

// mostOfLine is how many bytes one editor gets. That of x/term takes 4096
// characters and drops the rest of a line without a word: of a list of mailboxes
// that was pasted the end would be missing.
const mostOfLine = 4000

// typing is what one editor reads from and shows on.
type typing struct {
	ctx  context.Context
	keys *keys
	out  io.Writer

	given int  // bytes
	cut   bool // the line goes on after mostOfLine
}

// Read implements io.Reader.
func (t *typing) Read(p []byte) (int, error) {
	if t.given < mostOfLine {
		n, err := t.keys.read(t.ctx, p[:min(len(p), mostOfLine-t.given)])
		t.given += n
		return n, err
	}
	next, err := t.keys.next(t.ctx)
	switch {
	case err != nil:
		return 0, err
	case next == '\r' || next == '\n' || !utf8.RuneStart(next):
		return t.keys.read(t.ctx, p[:1])
	}
	t.cut = true
	p[0] = '\r' // the editor gives what it has
	return 1, nil
}

// Write implements io.Writer.
func (t *typing) Write(p []byte) (int, error) { return t.out.Write(p) }

// keys holds what was typed and not yet read.
type keys struct {
	interrupt func()

	mu       sync.Mutex
	typed    []byte
	ended    bool
	returned bool          // the last byte read was a carriage return
	more     chan struct{} // closed, and made anew, when something was typed
}

const (
	keyInterrupt = 3       // Ctrl+C
	mostTyped    = 1 << 20 // bytes kept for later questions
)

func newKeys(interrupt func()) *keys {
	return &keys{interrupt: interrupt, more: make(chan struct{})}
}

// take keeps what comes from r until it ends.
func (k *keys) take(r io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		part := buf[:n]
		for {
			at := bytes.IndexByte(part, keyInterrupt)
			if at < 0 {
				break
			}
			k.add(part[:at], false)
			part = part[at+1:]
			k.interrupt()
		}
		k.add(part, err != nil)
		if err != nil {
			return
		}
	}
}

func (k *keys) add(p []byte, ended bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.typed)+len(p) <= mostTyped {
		k.typed = append(k.typed, p...)
	}
	k.ended = k.ended || ended
	close(k.more)
	k.more = make(chan struct{})
}

// read is io.Reader with a context. It never reads beyond the end of a line, so
// that what follows is there for the next question.
func (k *keys) read(ctx context.Context, p []byte) (int, error) {
	for {
		n, more, err := k.now(p)
		if n > 0 || err != nil {
			return n, err
		}
		select {
		case <-more:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// next waits for the next byte and leaves it there.
func (k *keys) next(ctx context.Context) (byte, error) {
	for {
		var b byte
		k.mu.Lock()
		there, ended, more := len(k.typed) > 0, k.ended, k.more
		if there {
			b = k.typed[0]
		}
		k.mu.Unlock()
		switch {
		case there:
			return b, nil
		case ended:
			return 0, io.EOF
		}
		select {
		case <-more:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// now is what can be read at once; more tells of what comes later.
func (k *keys) now(p []byte) (n int, more <-chan struct{}, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.returned && len(k.typed) > 0 && k.typed[0] == '\n' {
		k.typed = k.typed[1:] // both together are one end of a line
	}
	if len(k.typed) == 0 {
		if k.ended {
			return 0, nil, io.EOF
		}
		return 0, k.more, nil
	}
	n = min(len(p), len(k.typed))
	if end := bytes.IndexAny(k.typed[:n], "\r\n"); end >= 0 {
		n = end + 1
	}
	copy(p, k.typed[:n])
	k.returned = k.typed[n-1] == '\r'
	k.typed = k.typed[n:]
	return n, nil, nil
}
