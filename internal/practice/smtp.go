package practice

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"postkey/oauth"
)

// smtpError makes a refusal with the words of Exchange Online.
func smtpError(code int, enhanced smtp.EnhancedCode, format string, args ...any) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: fmt.Sprintf(format, args...)}
}

// serveSMTP starts the submission server: STARTTLS comes before AUTH.
func (t *Tenant) serveSMTP() {
	t.smtp, t.smtpPlain = t.newSMTP(), t.newSMTP()
	t.smtp.TLSConfig = t.mailTLS()
	with, without := newHandOver(t.smtpGate), newHandOver(t.smtpGate)
	t.serve("smtp", func() error { return t.smtp.Serve(with) })
	t.serve("smtp without STARTTLS", func() error { return t.smtpPlain.Serve(without) })
	t.serve("smtp connections", func() error {
		defer close(with.conns)
		defer close(without.conns)
		for {
			c, err := t.smtpGate.Accept()
			if err != nil {
				return err
			}
			to := with
			if t.broken(FaultNoSTARTTLS) {
				to = without
			}
			to.conns <- c
		}
	})
}

// handOver is a listener that is given its connections.
type handOver struct {
	conns chan net.Conn
	addr  net.Addr
}

func newHandOver(g *gate) *handOver { return &handOver{make(chan net.Conn), g.Addr()} }

// Accept implements net.Listener.
func (h *handOver) Accept() (net.Conn, error) {
	c, ok := <-h.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

// Close implements net.Listener; the giver ends it by closing conns.
func (h *handOver) Close() error { return nil }

// Addr implements net.Listener.
func (h *handOver) Addr() net.Addr { return h.addr }

func (t *Tenant) newSMTP() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &smtpSession{tenant: t, conn: c}, nil
	}))
	s.Domain = strings.ToLower(serverName) + " Microsoft ESMTP MAIL Service (practice)"
	s.MaxLineLength = 64 << 10 // a token comes in one line
	s.MaxMessageBytes = maxMessage
	s.MaxRecipients = 500
	s.EnableSMTPUTF8, s.EnableBINARYMIME, s.EnableDSN = true, true, true
	s.ReadTimeout, s.WriteTimeout = 5*time.Minute, 5*time.Minute
	s.ErrorLog = slog.NewLogLogger(t.log.Handler(), slog.LevelDebug)
	return s
}

// smtpSession is one SMTP connection, before or after STARTTLS.
type smtpSession struct {
	tenant *Tenant
	conn   *smtp.Conn
	user   *user // nil before sign-in
	from   string
	to     []*mailbox
}

// AuthMechanisms implements smtp.AuthSession. Exchange Online still lists LOGIN
// and refuses it.
func (s *smtpSession) AuthMechanisms() []string {
	if s.tenant.broken(FaultNoXOAUTH2) {
		return []string{"LOGIN"}
	}
	return []string{"LOGIN", "XOAUTH2"}
}

// Auth implements smtp.AuthSession.
func (s *smtpSession) Auth(mechanism string) (sasl.Server, error) {
	switch {
	case mechanism == "LOGIN":
		return &refuser{
			prompts: []string{"Username:", "Password:"},
			err: smtpError(535, smtp.EnhancedCode{5, 7, 139},
				"Authentication unsuccessful, basic authentication is disabled. %s", s.tenant.bracket()),
		}, nil
	case mechanism != "XOAUTH2" || s.tenant.broken(FaultNoXOAUTH2):
		return nil, smtpError(504, smtp.EnhancedCode{5, 7, 4}, "Unrecognized authentication type %s", s.tenant.bracket())
	}
	return &xoauth2{check: s.authenticate}, nil
}

func (s *smtpSession) authenticate(name string, token oauth.Secret) error {
	t := s.tenant
	switched := func(what string) error {
		return smtpError(535, smtp.EnhancedCode{5, 7, 139},
			"Authentication unsuccessful, SmtpClientAuthentication is disabled for the %s. Visit %s for more information. %s",
			what, smtpAuthURL, t.bracket())
	}
	u, err := t.login(name, token, "SMTP.Send")
	if s := t.said(atSMTP); s != nil {
		return s.smtp(t)
	}
	switch {
	case t.broken(FaultSMTPTenantOff):
		return switched("Tenant")
	case t.broken(FaultSMTPMailboxOff):
		return switched("Mailbox")
	case t.broken(FaultThrottledMail):
		return smtpError(432, smtp.EnhancedCode{4, 3, 2}, "STOREDRV.ClientSubmit; sender thread limit exceeded %s", t.bracket())
	case err != nil || !strings.EqualFold(u.UPN, name):
		// The name must be the token's own user: a delegate may not sign in as
		// the shared mailbox, whatever Microsoft's page says.
		return smtpError(535, smtp.EnhancedCode{5, 7, 3}, "Authentication unsuccessful %s", t.bracket())
	}
	s.user = u
	return nil
}

// Mail implements smtp.Session.
func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if _, secure := s.conn.TLSConnectionState(); !secure {
		return smtpError(451, smtp.EnhancedCode{5, 7, 3}, "STARTTLS is required to send mail %s", s.tenant.bracket())
	}
	if s.user == nil {
		return smtpError(530, smtp.EnhancedCode{5, 7, 57}, "Client not authenticated to send mail. %s", s.tenant.bracket())
	}
	if s.tenant.broken(FaultHangUp) {
		cut(s.conn.Conn())
		return io.ErrUnexpectedEOF
	}
	if words := s.tenant.said(atSMTPMail); words != nil {
		return words.smtp(s.tenant)
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session. There is no world outside to deliver to.
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	box := s.tenant.mail.find(to)
	if box == nil {
		return smtpError(550, smtp.EnhancedCode{5, 1, 10},
			"RESOLVER.ADR.RecipientNotFound; Recipient %s not found by SMTP address lookup %s", to, s.tenant.bracket())
	}
	if !slices.Contains(s.to, box) {
		s.to = append(s.to, box)
	}
	return nil
}

// Data implements smtp.Session. Whether the sender may send as From is told
// here, so that a test which only signs in does not see it.
func (s *smtpSession) Data(r io.Reader) error {
	message, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	t := s.tenant
	if words := t.said(atSMTPData); words != nil {
		return words.smtp(t)
	}
	for _, sender := range senders(s.from, message) {
		if t.broken(FaultSendAsDenied) || !t.mayOpen(s.user, sender) {
			return smtpError(554, smtp.EnhancedCode{5, 2, 252},
				"SendAsDenied; %s not allowed to send as %s; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message [BeginDiagnosticData]Cannot submit message. 0.35250:0A002085, 1.36674:0A000000, 1.61250:00000000[EndDiagnosticData] %s",
				s.user.UPN, sender, s.bracketed())
		}
	}
	return t.submit(s.from, s.to, message)
}

func (s *smtpSession) bracketed() string {
	return fmt.Sprintf("[Hostname=%s] %s", strings.ToLower(serverName), s.tenant.bracket())
}

// senders are the addresses that a message claims: the envelope's and From.
func senders(envelope string, message []byte) []string {
	all := []string{envelope}
	m, err := mail.ReadMessage(bufio.NewReader(bytes.NewReader(message)))
	if err != nil {
		return all
	}
	from, err := m.Header.AddressList("From")
	if err != nil {
		return all
	}
	for _, a := range from {
		if !strings.EqualFold(a.Address, envelope) {
			all = append(all, a.Address)
		}
	}
	return all
}

// Reset implements smtp.Session.
func (s *smtpSession) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *smtpSession) Logout() error { return nil }
