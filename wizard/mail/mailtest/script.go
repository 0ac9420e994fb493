package mailtest

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Conn is the server's end of one connection.
type Conn struct {
	net.Conn
	t   testing.TB
	r   *bufio.Reader
	tag string
}

// Serve listens on 127.0.0.1 and runs serve for each connection, over TLS from
// the first byte unless config is nil. The test's end closes all of them.
func Serve(t testing.TB, config *tls.Config, serve func(*Conn)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			running.Go(func() {
				defer conn.Close()
				c := &Conn{Conn: conn, t: t, r: bufio.NewReaderSize(conn, 64<<10)}
				if config == nil || c.StartTLS(config) {
					serve(c)
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return listener.Addr().String()
}

// StartTLS does the server's part of a handshake and reports whether it went well.
func (c *Conn) StartTLS(config *tls.Config) bool {
	conn := tls.Server(c.Conn, config)
	if conn.Handshake() != nil {
		return false // the client's side tells why
	}
	c.Conn, c.r = conn, bufio.NewReaderSize(conn, 64<<10)
	return true
}

// bytewise is a connection over which every byte goes out by itself.
type bytewise struct{ net.Conn }

// Write implements io.Writer.
func (b bytewise) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := b.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// Send writes lines, each with CRLF.
func (c *Conn) Send(lines ...string) {
	_, _ = io.WriteString(c.Conn, strings.Join(lines, "\r\n")+"\r\n") // a client that has left is no fault
}

// Line reads a line; ok is false when the client has left.
func (c *Conn) Line() (line string, ok bool) {
	line, err := c.r.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err == nil
}

// Play serves every connection by a script of lines:
//
//	S: text    sends the line; ? stands for the tag of the command before, \r\n or \n for two lines in one packet
//	C: text    expects the line; * at the end: whatever follows; \*: an asterisk; ? in front: any tag
//	TLS        does the handshake (after STARTTLS)
//	split      from here every byte goes out by itself
//	wait       reads until the client leaves
//
// The connection is closed after the last line.
func Play(t testing.TB, implicit bool, config *tls.Config, script string) (address string) {
	t.Helper()
	first := config
	if !implicit {
		first = nil
	}
	return Serve(t, first, func(c *Conn) {
		for _, step := range strings.Split(strings.Trim(script, "\n"), "\n") {
			if !c.step(step, config) {
				return
			}
		}
	})
}

func (c *Conn) step(step string, config *tls.Config) bool {
	kind, text, _ := strings.Cut(step, ": ")
	switch kind {
	case "S":
		if rest, tagged := strings.CutPrefix(text, "? "); tagged {
			text = c.tag + " " + rest
		}
		c.Send(strings.NewReplacer(`\r\n`, "\r\n", `\n`, "\n").Replace(text))
	case "C":
		line, ok := c.Line()
		if !ok {
			return false
		}
		got := line
		if strings.HasPrefix(text, "? ") {
			c.tag, got, _ = strings.Cut(line, " ")
			got = "? " + got
		}
		prefix, open := strings.CutSuffix(strings.ReplaceAll(text, `\*`, "\x00"), "*")
		prefix = strings.ReplaceAll(prefix, "\x00", "*")
		if got != strings.ReplaceAll(text, `\*`, "*") && !(open && strings.HasPrefix(got, prefix)) {
			c.t.Errorf("the client sent %.200q, want %q", line, text)
			return false
		}
	case "TLS":
		return c.StartTLS(config)
	case "split":
		c.Conn = bytewise{c.Conn}
	case "wait":
		_, _ = io.Copy(io.Discard, c.r)
	case "":
	default:
		c.t.Errorf("unknown step %q", step)
		return false
	}
	return true
}
