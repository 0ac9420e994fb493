package practice

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// Exchange Online's words on POP.
const (
	popAuthFailed  = "-ERR Authentication failure: unknown user name or bad password."
	popLogonFailed = "-ERR Logon failure: unknown user name or bad password."
	popProtocol    = "-ERR Protocol error. Connection is closed. 10"
	popCommand     = "-ERR Protocol error. 14"
)

const (
	popLine = 64 << 10 // bytes of a line; tokens come in one
	popIdle = 10 * time.Minute
)

// popServer is a POP3 server (RFC 1939, 2449, 5034) with TLS from the first
// byte and XOAUTH2 in two steps.
type popServer struct{ tenant *Tenant }

// servePOP starts the POP server.
func (t *Tenant) servePOP() {
	t.pop = &popServer{t}
	l := tls.NewListener(t.popGate, t.mailTLS())
	t.serve("pop", func() error {
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			go t.pop.handle(c)
		}
	})
}

// popSession is one POP connection.
type popSession struct {
	tenant *Tenant
	conn   net.Conn
	in     *bufio.Reader
	out    *bufio.Writer
	box    *mailbox // nil before sign-in
	list   []storedMessage
	gone   map[int]bool // by index in list
}

func (p *popServer) handle(c net.Conn) {
	defer c.Close()
	s := &popSession{tenant: p.tenant, conn: c, in: bufio.NewReaderSize(c, popLine), out: bufio.NewWriter(c), gone: map[int]bool{}}
	name := base64.StdEncoding.EncodeToString([]byte(serverName))
	if s.say("+OK The Microsoft Exchange POP3 service is ready. [%s]", name) != nil {
		return
	}
	for {
		line, err := s.read()
		if err != nil {
			return
		}
		verb, arg, _ := strings.Cut(line, " ")
		more, err := s.command(strings.ToUpper(verb), strings.TrimSpace(arg))
		if err != nil {
			p.tenant.log.Debug("practice pop server", "err", err)
		}
		if !more || err != nil {
			return
		}
	}
}

var errLongLine = errors.New("line too long")

func (s *popSession) read() (string, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(popIdle)); err != nil {
		return "", err
	}
	line, err := s.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errLongLine
	}
	return strings.TrimRight(string(line), "\r\n"), err
}

// say writes one line.
func (s *popSession) say(format string, args ...any) error {
	fmt.Fprintf(s.out, format+"\r\n", args...)
	return s.out.Flush()
}

// command answers one command; false ends the session.
func (s *popSession) command(verb, arg string) (more bool, err error) {
	switch verb {
	case "CAPA":
		return true, s.capa()
	case "QUIT":
		return false, s.quit()
	case "NOOP":
		return true, s.say("+OK")
	}
	if s.box == nil {
		return s.beforeSignIn(verb, arg)
	}
	if s.tenant.broken(FaultHangUp) {
		cut(s.conn)
		return false, nil
	}
	switch verb {
	case "STAT":
		n, size := s.total()
		return true, s.say("+OK %d %d", n, size)
	case "LIST", "UIDL":
		return true, s.listing(verb, arg)
	case "RETR", "TOP":
		return true, s.retrieve(verb, arg)
	case "DELE":
		i, ok := s.index(arg)
		if !ok {
			return true, s.say("-ERR The specified message is out of range.")
		}
		s.gone[i] = true
		return true, s.say("+OK")
	case "RSET":
		clear(s.gone)
		return true, s.say("+OK")
	}
	return true, s.say(popCommand)
}

func (s *popSession) capa() error {
	sasl := "PLAIN XOAUTH2"
	if s.tenant.broken(FaultNoXOAUTH2) {
		sasl = "PLAIN"
	}
	return s.say("+OK\r\nTOP\r\nUIDL\r\nSASL %s\r\nUSER\r\n.", sasl)
}

func (s *popSession) beforeSignIn(verb, arg string) (more bool, err error) {
	mechanism, initial, inOneLine := strings.Cut(arg, " ")
	switch {
	case verb == "USER":
		return true, s.say("+OK")
	case verb == "PASS":
		return true, s.say(popLogonFailed)
	case verb != "AUTH":
		return true, s.say(popCommand)
	case arg == "":
		return true, s.say("+OK\r\nPLAIN\r\nXOAUTH2\r\n.")
	case inOneLine && initial != "": // Exchange Online takes the two-step form alone
		return false, s.say(popProtocol)
	case strings.EqualFold(mechanism, "PLAIN"):
		if err := s.say("+ "); err != nil {
			return false, err
		}
		if _, err := s.read(); err != nil {
			return false, err
		}
		return true, s.say(popAuthFailed)
	case !strings.EqualFold(mechanism, "XOAUTH2") || s.tenant.broken(FaultNoXOAUTH2):
		return true, s.say("-ERR Unsupported authentication mechanism.")
	}
	if err := s.say("+ "); err != nil {
		return false, err
	}
	line, err := s.read()
	if err != nil {
		return false, err
	}
	return true, s.signIn(line)
}

func (s *popSession) signIn(line string) error {
	if words := s.tenant.said(atPOP); words != nil {
		return s.say(words.text)
	}
	answer, ok := decodeBase64(line)
	name, token, err := parseXOAUTH2(answer)
	if !ok || err != nil {
		return s.say(popAuthFailed)
	}
	if _, err := s.tenant.login(name, token, "POP.AccessAsUser.All"); err != nil {
		return s.say(popAuthFailed)
	}
	box := s.tenant.mail.find(name)
	if s.list, err = box.list(inbox); err != nil {
		return errors.Join(err, s.say("-ERR Server Unavailable. 15"))
	}
	s.box = box
	return s.say("+OK User successfully authenticated.")
}

// index reads a message number; false when there is no such message.
func (s *popSession) index(arg string) (int, bool) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 || n > len(s.list) || s.gone[n-1] {
		return 0, false
	}
	return n - 1, true
}

func (s *popSession) total() (n, size int) {
	for i, m := range s.list {
		if !s.gone[i] {
			n, size = n+1, size+len(m.body)
		}
	}
	return n, size
}

// listing answers LIST and UIDL, of one message or all.
func (s *popSession) listing(verb, arg string) error {
	entry := func(i int) string {
		if verb == "UIDL" {
			return fmt.Sprintf("%d %d", i+1, s.list[i].uid)
		}
		return fmt.Sprintf("%d %d", i+1, len(s.list[i].body))
	}
	if arg != "" {
		i, ok := s.index(arg)
		if !ok {
			return s.say("-ERR The specified message is out of range.")
		}
		return s.say("+OK %s", entry(i))
	}
	n, size := s.total()
	lines := []string{fmt.Sprintf("+OK %d %d", n, size)}
	for i := range s.list {
		if !s.gone[i] {
			lines = append(lines, entry(i))
		}
	}
	return s.say("%s\r\n.", strings.Join(lines, "\r\n"))
}

// retrieve answers RETR and TOP.
func (s *popSession) retrieve(verb, arg string) error {
	number, count, _ := strings.Cut(arg, " ")
	i, ok := s.index(number)
	if !ok {
		return s.say("-ERR The specified message is out of range.")
	}
	limit := -1
	if verb == "TOP" {
		var err error
		if limit, err = strconv.Atoi(strings.TrimSpace(count)); err != nil || limit < 0 {
			return s.say(popCommand)
		}
	}
	fmt.Fprintf(s.out, "+OK\r\n")
	inBody := false
	for line := range bytes.Lines(s.list[i].body) {
		line = bytes.TrimRight(line, "\r\n")
		if inBody && limit == 0 {
			break
		}
		if inBody {
			limit--
		}
		inBody = inBody || len(line) == 0
		if bytes.HasPrefix(line, []byte(".")) {
			_ = s.out.WriteByte('.') // an error shows at the flush
		}
		_, _ = s.out.Write(line)
		_, _ = s.out.WriteString("\r\n")
	}
	return s.say(".")
}

// quit deletes what was marked.
func (s *popSession) quit() error {
	if s.box != nil {
		var uids []imap.UID
		for i := range s.gone {
			uids = append(uids, s.list[i].uid)
		}
		if err := s.box.remove(inbox, uids); err != nil {
			return errors.Join(err, s.say("-ERR Server Unavailable. 15"))
		}
	}
	return s.say("+OK Microsoft Exchange Server POP3 server signing off.")
}
