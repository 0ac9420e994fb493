package terminal

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// paper keeps what is written.
type paper struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func TestScreenReadsLineByLine(t *testing.T) {
	out := &paper{}
	s := NewScreen(strings.NewReader("one\rtwo\r\nthree\nx\x7fy\r"), out, func() { t.Error("interrupted") })
	for _, want := range []string{"one", "two", "three", "y"} {
		got, err := s.Line(t.Context(), "> ")
		if err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	if got, err := s.Line(t.Context(), "> "); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %q, %v", got, err)
	}
	if shown := out.String(); !strings.Contains(shown, "> one\r\n") {
		t.Errorf("shown: %q", shown)
	}
}

// TestScreenNeverShowsASecret types a secret where a line was asked for before
// and given up, as after a sign-in whose browser came back by itself.
func TestScreenNeverShowsASecret(t *testing.T) {
	in, typing := io.Pipe()
	out := &paper{}
	s := NewScreen(in, out, func() {})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.Line(ctx, "")
		ended <- err
	}()
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("a line that was given up: %v", err)
	}
	go func() { _, _ = io.WriteString(typing, "8Q~planted-secret\rshown\r") }()
	if got, err := s.Secret(t.Context(), "secret: "); err != nil || got != "8Q~planted-secret" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := s.Line(t.Context(), "> "); err != nil || got != "shown" {
		t.Errorf("%q, %v", got, err)
	}
	if shown := out.String(); strings.Contains(shown, "planted") || !strings.Contains(shown, "secret: ") {
		t.Errorf("shown: %q", shown)
	}
}

func TestScreenInterruptsWhileNobodyReads(t *testing.T) {
	in, typing := io.Pipe()
	interrupted := make(chan struct{})
	s := NewScreen(in, &paper{}, func() { close(interrupted) })
	go func() { _, _ = io.WriteString(typing, "kept\r\x03") }()
	select {
	case <-interrupted:
	case <-time.After(time.Minute):
		t.Fatal("Ctrl+C was not heard")
	}
	if got, err := s.Line(t.Context(), ""); err != nil || got != "kept" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestScreenBreaksLinesItself(t *testing.T) {
	out := &paper{}
	s := NewScreen(strings.NewReader(""), out, func() {})
	if n, err := s.Write([]byte("a\nb\n")); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if out.String() != "a\r\nb\r\n" {
		t.Errorf("%q", out.String())
	}
	if s.Width() != 80 || s.Color() {
		t.Errorf("width %d, colour %v", s.Width(), s.Color())
	}
}

// A line of any length arrives whole, as a list of 500 mailboxes that was pasted
// does; the editor of x/term alone drops what is beyond 4096 characters.
func TestScreenTakesLongLines(t *testing.T) {
	for name, want := range map[string]string{
		"addresses":  strings.Repeat("somebody@contoso.example, ", 500) + "last@contoso.example",
		"just full":  strings.Repeat("x", mostOfLine),
		"one more":   strings.Repeat("x", mostOfLine+1),
		"two bytes":  strings.Repeat("é", mostOfLine),
		"four bytes": "x" + strings.Repeat("𝄞", mostOfLine),
	} {
		for _, end := range []string{"\r", "\n", "\r\n"} {
			out := &paper{}
			s := NewScreen(strings.NewReader(want+end+"next\r"), out, func() {})
			if got, err := s.Line(t.Context(), "> "); err != nil || got != want {
				t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(want), err)
			}
			if got, err := s.Line(t.Context(), "> "); err != nil || got != "next" {
				t.Errorf("%s: then %q, %v", name, got, err)
			}
			if strings.Count(out.String(), "> ") != 2 {
				t.Errorf("%s: the prompt is shown again within the line", name)
			}
		}
	}
	out := &paper{}
	long := strings.Repeat("8Q~planted", 1000)
	s := NewScreen(strings.NewReader(long+"\r"), out, func() {})
	if got, err := s.Secret(t.Context(), "| "); err != nil || got != long || strings.Contains(out.String(), "planted") {
		t.Errorf("without echo: %d bytes, %v, shown %q", len(got), err, out.String())
	}
}
