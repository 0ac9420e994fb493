package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"

	"postkey/oauth"
)

// implicitPort is the one SMTP port with TLS from the first byte (RFC 8314).
// Exchange Online does not serve it.
const implicitPort = "465"

// SMTP is a session with one submission server. Its methods are called in the
// order in which they stand, by one goroutine at a time.
//
// It writes its commands itself: go-smtp's client gives a refused AUTH a
// further command, times greeting, STARTTLS and handshake as one, and loses
// lines of long replies.
type SMTP struct {
	link     *link
	lines    *lines
	implicit bool
	ext      map[string]string // by keyword in capitals, as EHLO listed them
}

// DialSMTP connects to address (host:port) and, on any port but 465, reads the greeting.
func DialSMTP(ctx context.Context, address string, opts Options) (*SMTP, error) {
	l, err := dial(ctx, "SMTP", address, opts)
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	c := &SMTP{link: l, lines: newLines(l), implicit: port == implicitPort}
	if !c.implicit {
		if err := c.greet(ctx); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

func (c *SMTP) greet(ctx context.Context) error {
	return c.link.step(ctx, "greeting", c.link.opts.Command, func() error {
		r, err := c.reply("greeting")
		if err != nil {
			return err
		}
		if r.class() != done {
			return c.refusal("greeting", r, nil)
		}
		return nil
	})
}

// StartTLS brings up TLS: through STARTTLS on any port but 465, and not at all
// without it (ErrNoSTARTTLS). Afterwards the server's abilities are known.
func (c *SMTP) StartTLS(ctx context.Context) error {
	err := c.startTLS(ctx)
	if err != nil {
		c.Close()
	}
	return err
}

func (c *SMTP) startTLS(ctx context.Context) error {
	if !c.implicit {
		if err := c.hello(ctx); err != nil {
			return err
		}
		if _, ok := c.ext["STARTTLS"]; !ok {
			return fmt.Errorf("SMTP: %w", ErrNoSTARTTLS)
		}
		if _, err := c.command(ctx, "STARTTLS", "STARTTLS", done); err != nil {
			return err
		}
		if c.lines.pending() {
			// Whoever can put bytes here could pass them off as the server's
			// own after the handshake (RFC 3207, section 6).
			return fmt.Errorf("SMTP: STARTTLS: the server sent data before TLS was up: %w", ErrNotMailServer)
		}
	}
	if err := c.link.secure(ctx); err != nil {
		return err
	}
	c.lines = newLines(c.link)
	if c.implicit {
		if err := c.greet(ctx); err != nil {
			return err
		}
	}
	return c.hello(ctx)
}

// TLSVersion names the version agreed on, such as TLS 1.3.
func (c *SMTP) TLSVersion() string { return c.link.tlsVersion() }

// hello sends EHLO with this computer's address as literal, which needs no
// name that anybody could check (RFC 5321, section 4.1.4).
func (c *SMTP) hello(ctx context.Context) error {
	r, err := c.command(ctx, "EHLO", "EHLO "+literal(c.link.tcp.LocalAddr()), done)
	if err != nil {
		return err
	}
	c.ext = make(map[string]string)
	for _, line := range r.lines[1:] {
		keyword, params, _ := strings.Cut(line, " ")
		if mechanism, ok := strings.CutPrefix(strings.ToUpper(keyword), "AUTH="); ok { // before RFC 2554
			keyword, params = "AUTH", mechanism+" "+params
		}
		keyword = strings.ToUpper(keyword)
		c.ext[keyword] = strings.TrimSpace(c.ext[keyword] + " " + params)
	}
	return nil
}

func literal(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	switch {
	case !ok || tcp.IP == nil:
		return "[127.0.0.1]"
	case tcp.IP.To4() != nil:
		return "[" + tcp.IP.To4().String() + "]"
	}
	return "[IPv6:" + tcp.IP.String() + "]"
}

// Authenticate signs in with XOAUTH2. The token goes out on a line of its own
// after the server has asked for it: as an argument of AUTH it would exceed
// the length that commands may have.
func (c *SMTP) Authenticate(ctx context.Context, login string, token oauth.Secret) error {
	x, err := newXOAUTH2(login, token)
	if err != nil {
		return fmt.Errorf("SMTP: AUTH: %w", err)
	}
	if !hasWord(c.ext["AUTH"], xoauth2Name) {
		return fmt.Errorf("SMTP: AUTH: %w", ErrNoXOAUTH2)
	}
	c.link.keep(token, x.payload())
	return c.link.step(ctx, "AUTH", c.link.opts.Command, func() error {
		if err := c.lines.write("AUTH " + xoauth2Name); err != nil {
			return err
		}
		var last reply
		_, err := x.exchange(c.lines, false, func() (answer, error) {
			var err error
			last, err = c.reply("AUTH")
			return answer{more: last.class() == goOn, ok: last.class() == done, text: strings.Join(last.lines, "")}, err
		})
		if err != nil {
			return err
		}
		if last.class() != done {
			return c.refusal("AUTH", last, x)
		}
		return nil
	})
}

// Send submits m: MAIL, RCPT, DATA. When it returns nil the server has taken
// the message over, and on ErrUnanswered perhaps. The envelope's sender is m.From, its recipient m.To.
func (c *SMTP) Send(ctx context.Context, m Message) error {
	for _, address := range []string{m.From, m.To} {
		if err := checkAddress(address); err != nil {
			return fmt.Errorf("SMTP: MAIL: %w", err)
		}
	}
	if _, err := c.command(ctx, "MAIL", "MAIL FROM:<"+m.From+">", done); err != nil {
		return err
	}
	if _, err := c.command(ctx, "RCPT", "RCPT TO:<"+m.To+">", done); err != nil {
		return err
	}
	if _, err := c.command(ctx, "DATA", "DATA", goOn); err != nil {
		return err
	}
	whole := false
	err := c.link.step(ctx, "DATA", c.link.opts.Submit, func() error {
		w := textproto.NewWriter(bufio.NewWriter(c.link)).DotWriter()
		if _, err := w.Write(m.Data); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		whole = true
		return c.expect("DATA")
	})
	if whole && err != nil && !errors.As(err, new(*ServerError)) {
		return fmt.Errorf("%w: %w", err, ErrUnanswered)
	}
	return err
}

// Sender names the sender of a message that is never sent, as far as the
// server has an opinion on it.
func (c *SMTP) Sender(ctx context.Context, address string) error {
	if err := checkAddress(address); err != nil {
		return fmt.Errorf("SMTP: MAIL: %w", err)
	}
	_, err := c.command(ctx, "MAIL", "MAIL FROM:<"+address+">", done)
	return err
}

// Quit says goodbye and closes. The message is safe by then, so that the
// answer is not worth more than a short wait.
func (c *SMTP) Quit(ctx context.Context) {
	_ = c.link.step(ctx, "QUIT", farewell, func() error {
		if err := c.lines.write("QUIT"); err != nil {
			return err
		}
		return c.expect("QUIT")
	})
	c.Close()
}

// Close ends the connection at once.
func (c *SMTP) Close() { c.link.close() }

// command sends one line and returns the reply when its code is of the class
// wanted, and the server's words as an error otherwise.
func (c *SMTP) command(ctx context.Context, during, line string, want int) (r reply, err error) {
	err = c.link.step(ctx, during, c.link.opts.Command, func() error {
		if err := c.lines.write(line); err != nil {
			return err
		}
		r, err = c.reply(during)
		if err != nil {
			return err
		}
		if r.class() != want {
			return c.refusal(during, r, nil)
		}
		return nil
	})
	return r, err
}

// expect reads a reply that says that all is done.
func (c *SMTP) expect(during string) error {
	r, err := c.reply(during)
	if err == nil && r.class() != done {
		err = c.refusal(during, r, nil)
	}
	return err
}

// reply is what stands after the codes of an SMTP reply, line by line.
type reply struct {
	code  int
	lines []string
}

// The classes of a code that say that it goes well. Nothing but its first digit
// counts for a client, which must expect codes of later standards (RFC 5321,
// section 4.2).
const (
	done = 2
	goOn = 3
)

func (r reply) class() int { return r.code / 100 }

// maxReplyLines is far above any EHLO reply and any refusal.
const maxReplyLines = 1000

// reply reads a reply of RFC 5321, section 4.2. Anything else comes back as
// the server's words with ErrNotMailServer.
func (c *SMTP) reply(during string) (reply, error) {
	var r reply
	for range maxReplyLines {
		line, err := c.lines.read()
		if err != nil {
			return r, err
		}
		code, text, more, ok := parseReplyLine(line)
		if !ok || r.code != 0 && code != r.code {
			return r, c.link.refuse(during, line, ErrNotMailServer)
		}
		r.code, r.lines = code, append(r.lines, text)
		if !more {
			return r, nil
		}
	}
	return r, c.link.refuse(during, strings.Join(r.lines[:2], "\n"), ErrNotMailServer)
}

// parseReplyLine takes apart "250-text", "250 text" and "250".
func parseReplyLine(line string) (code int, text string, more, ok bool) {
	if len(line) < 3 {
		return 0, "", false, false
	}
	code, err := strconv.Atoi(line[:3])
	if err != nil || code < 200 || code > 599 {
		return 0, "", false, false
	}
	if len(line) == 3 {
		return code, "", false, true
	}
	return code, line[4:], line[3] == '-', line[3] == '-' || line[3] == ' '
}

// refusal makes an error of a reply; x adds the error challenges of a sign-in.
func (c *SMTP) refusal(during string, r reply, x *xoauth2) *ServerError {
	enhanced := enhancedCode(r.lines[0])
	text := strconv.Itoa(r.code) + " " + r.lines[0]
	for _, line := range r.lines[1:] {
		// The codes stand on every line; once is enough to read.
		text += "\n" + strings.TrimPrefix(line, enhanced+" ")
	}
	if x != nil {
		text = x.explain(text)
	}
	e := c.link.refuse(during, text, nil)
	e.Code, e.Enhanced = r.code, enhanced
	return e
}

// enhancedCode returns the status code of RFC 3463 at the start of text.
func enhancedCode(text string) string {
	word, _, _ := strings.Cut(text, " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || !strings.Contains("245", parts[0]) || len(parts[0]) != 1 {
		return ""
	}
	for _, part := range parts[1:] {
		if n, err := strconv.ParseUint(part, 10, 16); err != nil || n > 999 {
			return ""
		}
	}
	return word
}
