package terminal

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"

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
	return s.read(ctx, prompt, func(t *term.Terminal) (string, error) { return t.ReadLine() })
}

// Secret implements Console.
func (s *Screen) Secret(ctx context.Context, prompt string) (string, error) {
	return s.read(ctx, prompt, func(t *term.Terminal) (string, error) { return t.ReadPassword(prompt) })
}

// read reads with an editor of its own: none remembers what was typed before.
func (s *Screen) read(ctx context.Context, prompt string, line func(*term.Terminal) (string, error)) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	t := term.NewTerminal(typing{ctx, s.keys, s.out}, prompt)
	if width, height, err := s.size(); err == nil && width > 0 && height > 0 {
		_ = t.SetSize(width, height)
	}
	s.mu.Lock()
	s.reading = t
	s.mu.Unlock()
	text, err := line(t)
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

// typing is what one Line reads from and shows on.
type typing struct {
	ctx  context.Context
	keys *keys
	out  io.Writer
}

func (t typing) Read(p []byte) (int, error)  { return t.keys.read(t.ctx, p) }
func (t typing) Write(p []byte) (int, error) { return t.out.Write(p) }

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
