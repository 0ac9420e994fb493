package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"postkey/oauth"
)

// IMAP is a session with one IMAP server. Its methods are called in the order
// in which they stand, by one goroutine at a time.
//
// Greeting and sign-in are read here line by line, because go-imap's client
// answers an error challenge with "=" and drops what stands in response codes.
// From the sign-in on the session is go-imap's.
type IMAP struct {
	link   *link
	lines  *lines
	caps   []string // as the server listed them last
	fresh  bool     // caps were listed after the sign-in
	tap    tap
	client *imapclient.Client
	exists chan struct{} // the number of messages changed
	next   imap.UID      // of the first message that has not been looked at; 0: unknown
	valid  uint32        // UIDVALIDITY of the inbox, for which next holds
	junk   string        // the folder for junk, where the message was found there
	spam   string        // the folder for junk; empty: there is none
	listed bool          // spam is known
	begun  time.Time     // when the inbox was opened
}

// DialIMAP connects to address (host:port).
func DialIMAP(ctx context.Context, address string, opts Options) (*IMAP, error) {
	l, err := dial(ctx, "IMAP", address, opts)
	if err != nil {
		return nil, err
	}
	return &IMAP{link: l, lines: newLines(l), exists: make(chan struct{}, 1)}, nil
}

// StartTLS does the handshake, for which IMAP servers wait from the first
// byte, and reads the greeting.
func (c *IMAP) StartTLS(ctx context.Context) error {
	err := c.link.secure(ctx)
	if err == nil {
		err = c.link.step(ctx, "greeting", c.link.opts.Command, c.greet)
	}
	if err != nil {
		c.Close()
	}
	return err
}

// TLSVersion names the version agreed on, such as TLS 1.3.
func (c *IMAP) TLSVersion() string { return c.link.tlsVersion() }

func (c *IMAP) greet() error {
	line, err := c.readLine()
	if err != nil {
		return err
	}
	text, ok := strings.CutPrefix(line, "* ")
	if !ok {
		return c.link.refuse("greeting", line, ErrNotMailServer)
	}
	word, _, _ := strings.Cut(text, " ")
	switch strings.ToUpper(word) {
	case "OK", "PREAUTH":
		c.learn(text)
		c.tap.heed(text)
		return nil
	case "BYE":
		return c.link.refuse("greeting", text, nil)
	}
	return c.link.refuse("greeting", text, ErrNotMailServer)
}

// Authenticate signs in with XOAUTH2, with the token in the first line where
// the server takes one there (SASL-IR, RFC 4959).
func (c *IMAP) Authenticate(ctx context.Context, login string, token oauth.Secret) error {
	x, err := newXOAUTH2(login, token)
	if err != nil {
		return fmt.Errorf("IMAP: AUTHENTICATE: %w", err)
	}
	if c.caps == nil {
		if err := c.link.step(ctx, "CAPABILITY", c.link.opts.Command, c.capability); err != nil {
			return err
		}
	}
	if !c.can("AUTH=" + xoauth2Name) {
		return fmt.Errorf("IMAP: AUTHENTICATE: %w", ErrNoXOAUTH2)
	}
	c.link.keep(token, x.payload())
	return c.link.step(ctx, "AUTHENTICATE", c.link.opts.Command, func() error { return c.authenticate(x) })
}

func (c *IMAP) authenticate(x *xoauth2) error {
	line, initial := "a2 AUTHENTICATE "+xoauth2Name, c.can("SASL-IR") || c.can("IMAP4rev2")
	if initial {
		line += " " + x.payload().Reveal()
	}
	if err := c.lines.write(line); err != nil {
		return err
	}
	c.fresh = false
	got, err := x.exchange(c.lines, initial, func() (answer, error) { return c.answer("a2", "AUTHENTICATE") })
	if err == nil && !got.ok {
		err = c.link.refuse("AUTHENTICATE", x.explain(got.text), nil)
	}
	return err
}

func (c *IMAP) capability() error {
	if err := c.lines.write("a1 CAPABILITY"); err != nil {
		return err
	}
	got, err := c.answer("a1", "CAPABILITY")
	if err == nil && !got.ok {
		err = c.link.refuse("CAPABILITY", got.text, nil)
	}
	return err
}

// maxUntagged is how many lines may come before the answer to a command.
const maxUntagged = 1000

// answer reads up to the tagged answer or a request for more, and learns the
// capabilities on the way.
func (c *IMAP) answer(tag, during string) (answer, error) {
	bye := ""
	for range maxUntagged {
		line, err := c.readLine()
		if err != nil {
			if bye != "" {
				return answer{}, c.link.refuse(during, bye, ErrLost)
			}
			return answer{}, err
		}
		first, rest, _ := strings.Cut(line, " ")
		word, _, _ := strings.Cut(rest, " ")
		word = strings.ToUpper(word)
		switch {
		case first == "+":
			return answer{more: true, text: rest}, nil
		case first == "*":
			c.learn(rest)
			c.tap.heed(rest)
			if word == "BYE" {
				bye = rest
			}
		case first == tag && (word == "OK" || word == "NO" || word == "BAD"):
			c.learn(rest)
			if word == "OK" {
				c.tap.heed(rest)
			}
			return answer{ok: word == "OK", text: rest}, nil
		default:
			c.Close()
			return answer{}, c.link.refuse(during, line, ErrNotMailServer)
		}
	}
	c.Close()
	return answer{}, fmt.Errorf("more than %d lines before the answer: %w", maxUntagged, ErrNotMailServer)
}

// learn takes the capabilities out of a response, where it has some:
// "CAPABILITY …" or "OK [CAPABILITY …] text".
func (c *IMAP) learn(response string) {
	list, ok := cutPrefixFold(response, "CAPABILITY ")
	if !ok {
		_, code, has := strings.Cut(response, "[")
		if list, ok = cutPrefixFold(code, "CAPABILITY "); !has || !ok {
			return
		}
		list, _, _ = strings.Cut(list, "]")
	}
	c.caps = slices.DeleteFunc(strings.Fields(list), func(s string) bool { return strings.ContainsAny(s, `(){%*"\]`) })
	c.fresh = true
}

func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func (c *IMAP) can(name string) bool {
	return slices.ContainsFunc(c.caps, func(s string) bool { return strings.EqualFold(s, name) })
}

// Open selects the inbox and returns the number of messages in it. It is here
// that Exchange Online says "User is authenticated but not connected".
func (c *IMAP) Open(ctx context.Context) (messages int, err error) {
	c.start()
	data, err := c.enter(ctx, "INBOX")
	c.begun = time.Now()
	if err != nil {
		return 0, err
	}
	c.next, c.valid = data.UIDNext, data.UIDValidity
	return int(data.NumMessages), nil
}

// enter selects a folder.
func (c *IMAP) enter(ctx context.Context, folder string) (data *imap.SelectData, err error) {
	err = c.do(ctx, "SELECT", func() error {
		data, err = c.client.Select(folder, nil).Wait()
		return err
	})
	return data, err
}

// start hands the connection to go-imap, which meets a server that greets it
// as signed in already and lists the capabilities known so far.
func (c *IMAP) start() {
	greeting := "* PREAUTH [CAPABILITY " + strings.Join(append([]string{"IMAP4rev1"}, c.caps...), " ") + "] ready\r\n"
	rest := &known{r: c.lines.r, tap: &c.tap}
	var told uint32 // the last number of messages; go-imap's reader alone sees it
	c.client = imapclient.New(handover{c.link.tcp, io.MultiReader(strings.NewReader(greeting), rest), c.link}, &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Expunge: func(uint32) { told = 0 },
			Mailbox: func(data *imapclient.UnilateralDataMailbox) {
				// Some tell the number with every IDLE: that is no news, and to
				// look again for it would never rest.
				if data.NumMessages == nil || *data.NumMessages == told {
					return
				}
				told = *data.NumMessages
				select {
				case c.exists <- struct{}{}:
				default:
				}
			},
		},
	})
}

// handover is the connection as go-imap's client sees it. Deadlines are not
// passed on: each step has its own, for whatever the client waits.
type handover struct {
	net.Conn
	r io.Reader
	w io.Writer
}

func (h handover) Read(p []byte) (int, error)         { return h.r.Read(p) }
func (h handover) Write(p []byte) (int, error)        { return h.w.Write(p) }
func (h handover) SetDeadline(time.Time) error        { return nil }
func (h handover) SetReadDeadline(time.Time) error    { return nil }
func (h handover) SetWriteDeadline(_ time.Time) error { return nil }

// do runs f, which uses the client, and gives its errors the server's own words.
func (c *IMAP) do(ctx context.Context, during string, f func() error) error {
	return c.link.step(ctx, during, c.link.opts.Command, func() error {
		err := f()
		if err == nil {
			return nil
		}
		var status *imap.Error
		if errors.As(err, &status) {
			return c.link.refuse(during, c.tap.refusal(status), nil)
		}
		if bye := c.tap.farewell(); bye != "" {
			return c.link.refuse(during, bye, ErrLost)
		}
		if c.link.broken() == nil {
			return fmt.Errorf("%w: %s", ErrNotMailServer, scrub(words(err.Error()), c.link.secrets)) // it could not be parsed
		}
		return err
	})
}

// Logout says goodbye and closes.
func (c *IMAP) Logout(ctx context.Context) {
	if c.client != nil {
		_ = c.link.step(ctx, "LOGOUT", farewell, func() error { return c.client.Logout().Wait() })
	}
	c.Close()
}

// Close ends the connection at once.
func (c *IMAP) Close() {
	c.link.close()
	if c.client != nil {
		_ = c.client.Close()
	}
}
