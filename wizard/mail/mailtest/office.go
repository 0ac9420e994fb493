package mailtest

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Office is IMAP, POP and SMTP servers around one mailbox, with XOAUTH2 as the
// only way in. What is submitted arrives.
type Office struct {
	// IMAP, POP and SMTP are the servers' addresses, set by Open.
	IMAP, POP, SMTP string
	// Address is the mailbox; Token opens it.
	Address, Token string
	// MayIMAP and MaySMTP decide which logins the token is good for; nil: the Address alone.
	MayIMAP, MaySMTP func(login string) bool
	// Deliver is what happens to a submitted message; nil: Arrive.
	Deliver func(o *Office, data []byte)
	// KeepOut, where it is set, is asked at each sign-in to POP; what it says is
	// the refusal, and nothing means to go on.
	KeepOut func() string
	// HangUp makes SMTP hang up instead of answering a message that it delivers.
	HangUp bool
	// ReadOnly makes IMAP refuse to flag messages.
	ReadOnly bool
	// Caps are IMAP's; none: IMAP4rev1 with UIDPLUS and MOVE.
	Caps []imap.Cap

	user *imapmemserver.User
	mu   sync.Mutex
	mail []item   // as POP has it
	last int      // id of the newest item
	log  []string // "SMTP LOGIN a@b", "POP DELE", …
}

// item is a message as POP has it.
type item struct {
	id   int
	data []byte
}

// Open starts the servers of o, whose exported fields say how they behave.
// They end with the test.
func (o *Office) Open(t testing.TB, ca *CA) *Office {
	t.Helper()
	o.user = imapmemserver.NewUser(o.Address, "")
	if o.Caps == nil {
		o.Caps = []imap.Cap{imap.CapIMAP4rev1, imap.CapUIDPlus, imap.CapMove}
	}
	for _, folder := range []string{"INBOX", "Deleted Items", "Junk Email"} {
		if err := o.user.Create(folder, nil); err != nil {
			t.Fatal(err)
		}
	}
	config := ca.Local(t)
	o.IMAP = o.serveIMAP(t, config)
	o.POP = Serve(t, config, o.servePOP)
	o.SMTP = o.serveSMTP(t, config)
	return o
}

// Arrive puts a message into the inbox.
func (o *Office) Arrive(data []byte, flags ...imap.Flag) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	o.mail = append(o.mail, item{o.last, data})
	if _, err := o.user.Append("INBOX", literal{bytes.NewReader(data)}, &imap.AppendOptions{Flags: flags}); err != nil {
		panic(err)
	}
}

// ArriveIn puts a message into another folder, which IMAP alone sees.
func (o *Office) ArriveIn(folder string, data []byte) {
	if _, err := o.user.Append(folder, literal{bytes.NewReader(data)}, &imap.AppendOptions{}); err != nil {
		panic(err)
	}
}

// Count returns how many messages a folder holds for IMAP.
func (o *Office) Count(folder string) int {
	data, err := o.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		panic(err)
	}
	return int(*data.NumMessages)
}

// CountPOP returns how many messages POP has.
func (o *Office) CountPOP() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.mail)
}

// Log returns what was noted: sign-ins, senders, deletions.
func (o *Office) Log() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.log)
}

func (o *Office) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.log = append(o.log, fmt.Sprintf(format, args...))
}

// allows judges the message of XOAUTH2.
func (o *Office) allows(protocol string, response []byte, may func(string) bool) bool {
	login, rest, _ := strings.Cut(strings.TrimPrefix(string(response), "user="), "\x01auth=Bearer ")
	o.note("%s LOGIN %s", protocol, login)
	if may == nil {
		may = func(login string) bool { return login == o.Address }
	}
	return rest == o.Token+"\x01\x01" && may(login)
}

// challenge is what Google and Dovecot send before they refuse.
const challenge = `{"status":"401","schemes":"bearer","scope":"mail"}`

// saslServer is the server's side of XOAUTH2.
type saslServer struct {
	allows  func([]byte) bool
	refusal error
	failed  bool
}

func (s *saslServer) Next(response []byte) ([]byte, bool, error) {
	switch {
	case s.failed && len(response) == 0:
		return nil, false, s.refusal
	case s.failed:
		return nil, false, errors.New("the error challenge was not answered with an empty line")
	case response == nil:
		return []byte{}, false, nil
	case s.allows(response):
		return nil, true, nil
	}
	s.failed = true
	return []byte(challenge), false, nil
}

type imapSession struct {
	*imapmemserver.UserSession
	office *Office
}

func (s *imapSession) AuthenticateMechanisms() []string { return []string{"XOAUTH2"} }

func (s *imapSession) Authenticate(string) (sasl.Server, error) {
	return &saslServer{
		allows:  func(r []byte) bool { return s.office.allows("IMAP", r, s.office.MayIMAP) },
		refusal: &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeAuthenticationFailed, Text: "AUTHENTICATE failed."},
	}, nil
}

// Store implements imapserver.Session.
func (s *imapSession) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, options *imap.StoreOptions) error {
	if s.office.ReadOnly {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNoPerm, Text: "Permission denied"}
	}
	return s.UserSession.Store(w, set, flags, options)
}

func (o *Office) serveIMAP(t testing.TB, config *tls.Config) string {
	listener := listen(t, config)
	caps := make(imap.CapSet)
	for _, capability := range o.Caps {
		caps[capability] = struct{}{}
	}
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{imapmemserver.NewUserSession(o.user), o}, nil, nil
		},
		Caps:   caps,
		Logger: log.New(io.Discard, "", 0),
	})
	run(t, listener, server)
	return listener.Addr().String()
}

type smtpSession struct {
	office *Office
	conn   *smtp.Conn
	signed bool
}

func (s *smtpSession) Reset()                   {}
func (s *smtpSession) Logout() error            { return nil }
func (s *smtpSession) AuthMechanisms() []string { return []string{"LOGIN", "XOAUTH2"} }

func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return &saslServer{
		allows: func(r []byte) bool {
			s.signed = s.office.allows("SMTP", r, s.office.MaySMTP)
			return s.signed
		},
		refusal: &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 3}, Message: "Authentication unsuccessful"},
	}, nil
}

func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if !s.signed {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 57}, Message: "Client not authenticated to send mail."}
	}
	s.office.note("SMTP MAIL %s", from)
	return nil
}

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to != s.office.Address {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}
	}
	return nil
}

func (s *smtpSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.office.Deliver != nil {
		s.office.Deliver(s.office, data)
	} else {
		s.office.Arrive(data)
	}
	if s.office.HangUp {
		return s.conn.Conn().Close()
	}
	return nil
}

func (o *Office) serveSMTP(t testing.TB, config *tls.Config) string {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &smtpSession{office: o, conn: c}, nil }))
	server.Domain, server.TLSConfig, server.ErrorLog = "mailtest", config, log.New(io.Discard, "", 0)
	server.MaxLineLength = 64 << 10
	listener := listen(t, nil)
	run(t, listener, server)
	return listener.Addr().String()
}

// servePOP is a POP3 server that takes what a client of ours says.
func (o *Office) servePOP(c *Conn) {
	o.mu.Lock()
	mail := slices.Clone(o.mail) // a session sees no newer mail
	o.mu.Unlock()
	deleted := make(map[int]bool)
	signed := false
	c.Send("+OK ready")
	for {
		line, ok := c.Line()
		if !ok {
			return
		}
		var n, lines int
		command, args, _ := strings.Cut(line, " ")
		_, _ = fmt.Sscan(args, &n, &lines)
		known := n >= 1 && n <= len(mail)
		switch {
		case command == "CAPA":
			c.Send("+OK", "TOP", "UIDL", "SASL PLAIN XOAUTH2", ".")
		case command == "AUTH":
			c.Send("+ ")
			response, _ := c.Line()
			decoded, _ := base64.StdEncoding.DecodeString(response)
			refusal := ""
			if o.KeepOut != nil {
				refusal = o.KeepOut()
			}
			if refusal != "" {
				c.Send(refusal)
			} else if signed = o.allows("POP", decoded, o.MayIMAP); signed {
				c.Send("+OK User successfully authenticated.")
			} else {
				c.Send("-ERR Authentication failure: unknown user name or bad password.")
			}
		case command == "QUIT":
			o.mu.Lock()
			o.mail = slices.DeleteFunc(o.mail, func(m item) bool { return deleted[m.id] })
			o.mu.Unlock()
			c.Send("+OK bye")
			return
		case !signed:
			c.Send("-ERR sign in first")
		case command == "STAT":
			c.Send(fmt.Sprintf("+OK %d 1000", len(mail)))
		case command == "UIDL":
			c.Send("+OK")
			for i, m := range mail {
				c.Send(fmt.Sprintf("%d id%d", i+1, m.id))
			}
			c.Send(".")
		case command == "TOP" && known:
			text := strings.TrimRight(string(mail[n-1].data), "\r\n")
			if head, _, has := strings.Cut(text, "\r\n\r\n"); has && lines == 0 {
				text = head + "\r\n"
			}
			c.Send("+OK", strings.ReplaceAll("\r\n"+text, "\r\n.", "\r\n..")[2:], ".")
		case command == "DELE" && known:
			o.note("POP DELE")
			deleted[mail[n-1].id] = true
			c.Send("+OK")
		default:
			c.Send("-ERR no such thing")
		}
	}
}

// run serves until the test ends. The listener is closed as well, for a server
// that is closed before it has begun.
func run(t testing.TB, listener net.Listener, server interface {
	Serve(net.Listener) error
	Close() error
},
) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		_ = listener.Close()
		<-ended
	})
}

func listen(t testing.TB, config *tls.Config) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	return listener
}

// literal is a message as imapserver's backends take it.
type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }
