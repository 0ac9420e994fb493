package mail

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"postkey/oauth"
)

// POP is a session with one POP3 server (RFC 1939), with CAPA (RFC 2449) and
// AUTH (RFC 5034). Its methods are called in the order in which they stand, by
// one goroutine at a time.
//
// A session sees the mailbox as it was at its start: to find newer mail, end
// it and start another.
type POP struct {
	link  *link
	lines *lines
	count int
	ended bool
	caps  []string // keywords in capitals, as CAPA listed them; nil: it knows no CAPA
	noTop bool     // it has no TOP, and RETR works
}

// DialPOP connects to address (host:port).
func DialPOP(ctx context.Context, address string, opts Options) (*POP, error) {
	l, err := dial(ctx, "POP", address, opts)
	if err != nil {
		return nil, err
	}
	return &POP{link: l, lines: newLines(l)}, nil
}

// StartTLS does the handshake, for which POP servers wait from the first byte,
// and reads the greeting.
func (c *POP) StartTLS(ctx context.Context) error {
	err := c.link.secure(ctx)
	if err == nil {
		err = c.link.step(ctx, "greeting", c.link.opts.Command, func() error {
			_, err := c.status("greeting")
			return err
		})
	}
	if err != nil {
		c.Close()
	}
	return err
}

// TLSVersion names the version agreed on, such as TLS 1.3.
func (c *POP) TLSVersion() string { return c.link.tlsVersion() }

// Authenticate signs in with XOAUTH2, in two steps: Exchange Online ends the
// connection when the token is an argument of AUTH. A server that knows no
// CAPA is tried all the same.
func (c *POP) Authenticate(ctx context.Context, login string, token oauth.Secret) error {
	x, err := newXOAUTH2(login, token)
	if err != nil {
		return fmt.Errorf("POP: AUTH: %w", err)
	}
	if err := c.requireXOAUTH2(ctx); err != nil {
		return err
	}
	c.link.keep(token, x.payload())
	return c.link.step(ctx, "AUTH", c.link.opts.Command, func() error {
		if err := c.lines.write("AUTH " + xoauth2Name); err != nil {
			return err
		}
		got, err := x.exchange(c.lines, false, func() (answer, error) {
			line, err := c.lines.read()
			if err != nil {
				return answer{}, err
			}
			if text, more := strings.CutPrefix(line, "+ "); more || line == "+" {
				return answer{more: true, text: strings.TrimPrefix(text, "+")}, nil
			}
			ok, err := c.parse("AUTH", line)
			return answer{ok: ok, text: line}, err
		})
		if err == nil && !got.ok {
			err = c.link.refuse("AUTH", x.explain(got.text), nil)
		}
		return err
	})
}

func (c *POP) requireXOAUTH2(ctx context.Context) error {
	caps, err := c.list(ctx, "CAPA", "CAPA")
	if isRefused(err) {
		return nil // no CAPA; AUTH will tell
	}
	if err != nil {
		return err
	}
	offered := false
	for _, line := range caps {
		keyword, mechanisms, _ := strings.Cut(line, " ")
		c.caps = append(c.caps, strings.ToUpper(keyword))
		offered = offered || strings.EqualFold(keyword, "SASL") && hasWord(mechanisms, xoauth2Name)
	}
	if !offered {
		return fmt.Errorf("POP: AUTH: %w", ErrNoXOAUTH2)
	}
	return nil
}

// Open returns the number of messages (STAT).
func (c *POP) Open(ctx context.Context) (messages int, err error) {
	line, err := c.command(ctx, "STAT", "STAT")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return 0, c.link.refuse("STAT", line, ErrNotMailServer)
	}
	if c.count, err = strconv.Atoi(fields[1]); err != nil || c.count < 0 {
		return 0, c.link.refuse("STAT", line, ErrNotMailServer)
	}
	return c.count, nil
}

// Delete marks message number for deletion; Quit carries it out.
func (c *POP) Delete(ctx context.Context, number int) error {
	_, err := c.command(ctx, "DELE", "DELE "+strconv.Itoa(number))
	return err
}

// Quit ends the session, which is when the server deletes, and closes. A
// session that has ended stays so.
func (c *POP) Quit(ctx context.Context) error {
	if c.ended {
		return nil
	}
	defer c.Close()
	_, err := c.command(ctx, "QUIT", "QUIT")
	return err
}

// Close ends the connection at once; nothing is deleted.
func (c *POP) Close() {
	c.ended = true
	c.link.close()
}

// Ended reports whether Quit or Close was called.
func (c *POP) Ended() bool { return c.ended }

// command sends one line and returns the status line when it is +OK.
func (c *POP) command(ctx context.Context, during, line string) (status string, err error) {
	err = c.link.step(ctx, during, c.link.opts.Command, func() error {
		if err := c.lines.write(line); err != nil {
			return err
		}
		status, err = c.status(during)
		return err
	})
	return status, err
}

// list sends one line and returns the lines of a multi-line reply, the dots undone.
func (c *POP) list(ctx context.Context, during, line string) (list []string, err error) {
	err = c.link.step(ctx, during, c.link.opts.Command, func() error {
		if err := c.lines.write(line); err != nil {
			return err
		}
		if _, err := c.status(during); err != nil {
			return err
		}
		list, err = c.lines.readDotted()
		return err
	})
	return list, err
}

// status reads a status line; -ERR comes back as the server's words.
func (c *POP) status(during string) (string, error) {
	line, err := c.lines.read()
	if err != nil {
		return "", err
	}
	ok, err := c.parse(during, line)
	if err == nil && !ok {
		err = c.link.refuse(during, line, nil)
	}
	return line, err
}

// parse reports whether line is +OK or -ERR; anything else is no POP.
func (c *POP) parse(during, line string) (ok bool, err error) {
	word, _, _ := strings.Cut(line, " ")
	switch strings.ToUpper(word) {
	case "+OK":
		return true, nil
	case "-ERR":
		return false, nil
	}
	c.Close()
	return false, c.link.refuse(during, line, ErrNotMailServer)
}
