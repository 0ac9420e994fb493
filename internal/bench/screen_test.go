package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
)

const width, height = 1040, 720 // pixels; the window fills the screen

// screen looks at an X server from outside, in the X protocol itself, so that
// what is measured carries nothing that measures.
type screen struct {
	conn    net.Conn
	display string
	root    uint32
	base    uint32 // of the ids that this client may give
	asked   uint16 // requests sent
}

// newScreen starts an X server without a screen and connects to it.
func newScreen(t testing.TB) *screen {
	t.Helper()
	s := &screen{display: strings.TrimPrefix(desktop.Screen(t, width, height), ":")}
	var err error
	if s.conn, err = net.Dial("unix", "/tmp/.X11-unix/X"+s.display); err == nil {
		t.Cleanup(func() { _ = s.conn.Close() })
		err = s.greet()
	}
	if err != nil {
		t.Fatalf("the X server: %v", err)
	}
	return s
}

var order16, order32 = binary.LittleEndian.Uint16, binary.LittleEndian.Uint32

// greet sets the connection up (X Window System Protocol, section 8).
func (s *screen) greet() error {
	if _, err := s.conn.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(s.conn, head); err != nil {
		return err
	}
	rest := make([]byte, int(order16(head[6:]))*4)
	if _, err := io.ReadFull(s.conn, rest); err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("refused: %q", rest)
	}
	s.base = order32(rest[4:])
	vendor := (int(order16(rest[16:])) + 3) &^ 3
	s.root = order32(rest[32+vendor+8*int(rest[21]):])
	return nil
}

// ask sends a request: its opcode, its second byte, and the rest in words.
func (s *screen) ask(opcode, second byte, words ...uint32) error {
	b := []byte{opcode, second, 0, 0}
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	binary.LittleEndian.PutUint16(b[2:], uint16(len(b)/4))
	s.asked++
	_, err := s.conn.Write(b)
	return err
}

// answer returns the next thing that the server says, with what follows it.
func (s *screen) answer() ([]byte, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(s.conn, b); err != nil {
		return nil, err
	}
	switch b[0] {
	case 0:
		return nil, fmt.Errorf("X error %d of request %d", b[1], b[10])
	case 1:
		more := make([]byte, int(order32(b[4:]))*4)
		_, err := io.ReadFull(s.conn, more)
		return append(b, more...), err
	}
	return b, nil
}

// pixels returns a part of the screen, four bytes a pixel.
func (s *screen) pixels(x, y, w, h int) ([]byte, error) {
	const getImage, zPixmap = 73, 2
	if err := s.ask(getImage, zPixmap, s.root, uint32(y)<<16|uint32(x), uint32(h)<<16|uint32(w), ^uint32(0)); err != nil {
		return nil, err
	}
	b, err := s.answer()
	if err != nil {
		return nil, err
	}
	return b[32:], nil
}

// drawn reports whether a bright window with dark words fills the screen. The
// screen itself is black.
func (s *screen) drawn() (bool, error) {
	const someWords = 100 // pixels
	column, err := s.pixels(width/2, 0, 1, height)
	if err != nil || count(column, bright) < height/2 {
		return false, err
	}
	whole, err := s.pixels(0, 0, width, height)
	return err == nil && count(whole, bright) > width*height/2 && count(whole, dark) > someWords, err
}

func bright(b []byte) bool { return min(b[0], b[1], b[2]) > 0xc0 }
func dark(b []byte) bool   { return max(b[0], b[1], b[2]) < 0x60 }

func count(pixels []byte, is func([]byte) bool) int {
	n := 0
	for i := 0; i+4 <= len(pixels); i += 4 {
		if is(pixels[i:]) {
			n++
		}
	}
	return n
}

// repaints counts how often something on the screen is drawn within d, through
// the DAMAGE extension.
func (s *screen) repaints(d time.Duration) (int, error) {
	const queryExtension, rawRectangles = 98, 0
	name := []byte("DAMAGE\x00\x00")
	if err := s.ask(queryExtension, 0, 6, order32(name), order32(name[4:])); err != nil {
		return 0, err
	}
	found, err := s.answer()
	if err != nil {
		return 0, err
	}
	if found[8] == 0 {
		return 0, errors.New("the X server has no DAMAGE extension")
	}
	damage, event := found[9], found[10]
	if err := s.ask(damage, 0, 1, 1); err != nil { // QueryVersion
		return 0, err
	}
	if _, err := s.answer(); err != nil {
		return 0, err
	}
	if err := s.ask(damage, 1, s.base|1, s.root, rawRectangles); err != nil { // Create
		return 0, err
	}
	if _, err := s.events(event, time.Second); err != nil { // the whole screen, to begin with
		return 0, err
	}
	return s.events(event, d)
}

// events counts the events of a kind within d.
func (s *screen) events(event byte, d time.Duration) (int, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		return 0, err
	}
	for n := 0; ; {
		b, err := s.answer()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			return n, nil
		case err != nil:
			return n, err
		case b[0]&0x7f == event:
			n++
		}
	}
}
