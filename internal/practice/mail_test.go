package practice_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"postkey/internal/practice"
)

func TestWhatIsSentArrives(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	token := signIn(t, tenant, v.Address).AccessToken

	arrived := make(chan uint32, 10)
	c := dialIMAP(t, tenant, &imapclient.UnilateralDataHandler{Mailbox: func(d *imapclient.UnilateralDataMailbox) {
		if d.NumMessages != nil {
			arrived <- *d.NumMessages
		}
	}})
	if err := c.WaitGreeting(); err != nil {
		t.Fatal(err)
	}
	caps := c.Caps()
	if !caps.Has("AUTH=XOAUTH2") || caps.Has("AUTH=OAUTHBEARER") {
		t.Errorf("capabilities before sign-in: %v", caps)
	}
	if err := c.Authenticate(xoauth2Client{user: v.Address, token: token}); err != nil {
		t.Fatal(err)
	}
	if caps := c.Caps(); !caps.Has(imap.CapIdle) || !caps.Has(imap.CapUIDPlus) {
		t.Errorf("capabilities after sign-in: %v", caps)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	id := randomWord()
	if err := send(t, tenant, v.Address, token, v.Address, v.Address, id); err != nil {
		t.Fatal(err)
	}
	select {
	case n := <-arrived:
		if n != 1 {
			t.Errorf("EXISTS %d", n)
		}
	case <-timeout(t).Done():
		t.Fatal("IDLE told of nothing")
	}
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
	if err := idle.Wait(); err != nil {
		t.Fatal(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}}}, nil).Wait()
	if err != nil || len(found.AllUIDs()) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}

	// POP sees the same message, and what POP deletes is gone for IMAP.
	p := dialPOP(t, tenant)
	p.want(p.signIn(v.Address, token), "+OK User successfully authenticated.")
	p.want(p.send("STAT"), "+OK 1 ")
	got := strings.Join(p.many("RETR 1"), "\n")
	if !strings.Contains(got, id) || !strings.Contains(got, "\n..A line that begins with a dot.\n") {
		t.Errorf("RETR gave %q", got)
	}
	if top := strings.Join(p.many("TOP 1 0"), "\n"); !strings.Contains(top, id) || strings.Contains(top, "dot") {
		t.Errorf("TOP gave %q", top)
	}
	p.want(p.send("DELE 1"), "+OK")
	p.want(p.send("STAT"), "+OK 0 0")
	p.want(p.send("RETR 1"), "-ERR")
	p.want(p.send("QUIT"), "+OK")
	if n := len(tenant.Inbox(v.Address)); n != 0 {
		t.Errorf("%d messages left", n)
	}
	if left, err := c.UIDSearch(&imap.SearchCriteria{}, nil).Wait(); err != nil || len(left.AllUIDs()) != 0 {
		t.Errorf("IMAP still has %v, %v", left, err)
	}
}

func TestIMAPDeletionIsSeenByPOP(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	token := signIn(t, tenant, v.Address).AccessToken
	for i := range 3 {
		if err := tenant.Deliver(v.Address, []byte(message("a@b.example", v.Address, fmt.Sprint(i)))); err != nil {
			t.Fatal(err)
		}
	}
	c, err := openIMAP(t, tenant, v.Address, token)
	if err != nil {
		t.Fatal(err)
	}
	second := imap.UIDSetNum(2)
	if err := c.Store(second, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.UIDExpunge(second).Close(); err != nil {
		t.Fatal(err)
	}
	p := dialPOP(t, tenant)
	p.want(p.signIn(v.Address, token), "+OK")
	if got := strings.Join(p.many("UIDL"), " "); got != "1 1 2 3" {
		t.Errorf("UIDL gives %q", got)
	}
	body := []byte(message("a@b.example", v.Address, "appended"))
	appending := c.Append("INBOX", int64(len(body)), nil)
	if _, err := io.Copy(appending, bytes.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	if err := appending.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := appending.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(tenant.Inbox(v.Address)); n != 3 {
		t.Errorf("the inbox has %d messages", n)
	}
	if err := tenant.Deliver("nobody@contoso.example", nil); err == nil {
		t.Error("delivered to nobody")
	}
}

// TestWhoMayOpenWhat is the table of user names that Microsoft's servers take.
func TestWhoMayOpenWhat(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	tokens := map[string]string{}
	for _, u := range []string{v.Address, v.Delegate, v.Admin} {
		tokens[u] = signIn(t, tenant, u).AccessToken
	}
	const (
		imapNo    = "imap: NO AUTHENTICATE failed."
		imapBad   = "imap: BAD User is authenticated but not connected."
		popNo     = "-ERR Authentication failure: unknown user name or bad password."
		popYes    = "+OK User successfully authenticated."
		smtpAuth  = "535 5.7.3 Authentication unsuccessful ["
		sendAsNot = "554 5.2.252 SendAsDenied; "
	)
	for name, c := range map[string]struct {
		login, token           string
		imap, pop, smtp, asOwn string // asOwn: sending as the shared mailbox
	}{
		"own mailbox":               {v.Address, v.Address, "", popYes, "", sendAsNot},
		"own mailbox, other case":   {strings.ToUpper(v.Address), v.Address, "", popYes, "", sendAsNot},
		"delegate, own mailbox":     {v.Delegate, v.Delegate, "", popYes, "", ""},
		"delegate, shared login":    {v.Shared, v.Delegate, "", popYes, smtpAuth, smtpAuth},
		"stranger, shared login":    {v.Shared, v.Address, imapBad, popNo, smtpAuth, smtpAuth},
		"stranger, another user's":  {v.Delegate, v.Address, imapBad, popNo, smtpAuth, smtpAuth},
		"unknown login":             {"nobody@contoso.example", v.Address, imapNo, popNo, smtpAuth, smtpAuth},
		"administrator, no mailbox": {v.Admin, v.Admin, imapBad, popNo, smtpAuth, smtpAuth},
	} {
		t.Run(name, func(t *testing.T) {
			token := tokens[c.token]
			_, err := openIMAP(t, tenant, c.login, token)
			wantError(t, "IMAP", err, c.imap)
			p := dialPOP(t, tenant)
			if got := p.signIn(c.login, token); got != c.pop {
				t.Errorf("POP: %s", got)
			}
			own := c.login
			wantError(t, "SMTP", smtpWords(send(t, tenant, c.login, token, own, v.Address, "x")), c.smtp)
			wantError(t, "SMTP as the shared mailbox", smtpWords(send(t, tenant, c.login, token, v.Shared, v.Address, "x")), c.asOwn)
		})
	}
}

// wantError compares the beginning of an error; empty wants none.
func wantError(t *testing.T, what string, err error, prefix string) {
	t.Helper()
	switch {
	case prefix == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case prefix != "" && (err == nil || !strings.HasPrefix(err.Error(), prefix)):
		t.Errorf("%s: got %v, want %s", what, err, prefix)
	}
}

// smtpWords is an SMTP refusal as it stood on the wire.
func smtpWords(err error) error {
	var refused *smtp.SMTPError
	if !errors.As(err, &refused) {
		return err
	}
	e := refused.EnhancedCode
	return fmt.Errorf("%d %d.%d.%d %s", refused.Code, e[0], e[1], e[2], refused.Message)
}

func TestSendAsLooksAtTheHeaderToo(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	c, err := dialSMTP(t, tenant, v.Address, signIn(t, tenant, v.Address).AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	err = c.SendMail(v.Address, []string{v.Address}, strings.NewReader(message(v.Shared, v.Address, "x")))
	wantError(t, "From of another", smtpWords(err), "554 5.2.252 SendAsDenied; "+v.Address+" not allowed to send as "+v.Shared+";")
	err = c.SendMail(v.Address, []string{"nobody@contoso.example"}, strings.NewReader(message(v.Address, "n", "x")))
	wantError(t, "unknown recipient", smtpWords(err), "550 5.1.10 RESOLVER.ADR.RecipientNotFound; ")
}

// smtpTalk speaks SMTP by hand and returns the last line of each answer.
func smtpTalk(t *testing.T, conn net.Conn, commands ...string) []string {
	t.Helper()
	in := bufio.NewReader(conn)
	answer := func() string {
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if len(line) > 3 && line[3] == ' ' {
				return strings.TrimRight(line, "\r\n")
			}
			if strings.HasPrefix(line, "250-AUTH") || strings.HasPrefix(line, "250-STARTTLS") {
				commands = append(commands, "")
				t.Log(line)
			}
		}
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	answers := []string{answer()}
	for _, c := range commands {
		if c == "" {
			continue
		}
		fmt.Fprintf(conn, "%s\r\n", c)
		answers = append(answers, answer())
	}
	return answers
}

func TestSMTPBeforeSTARTTLS(t *testing.T) {
	tenant := start(t, practice.Options{})
	conn, err := net.Dial("tcp", tenant.Cloud().SMTP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := smtpTalk(t, conn, "EHLO test", "AUTH XOAUTH2", "MAIL FROM:<support@contoso.example>")
	if !strings.Contains(got[0], "Microsoft ESMTP MAIL Service") || !strings.HasPrefix(got[2], "523 ") ||
		!strings.HasPrefix(got[3], "451 5.7.3 STARTTLS is required to send mail [") {
		t.Errorf("%q", got)
	}
	c, err := smtp.Dial(tenant.Cloud().SMTP)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if ok, _ := c.Extension("AUTH"); ok {
		t.Error("AUTH is offered before STARTTLS")
	}
	if ok, _ := c.Extension("STARTTLS"); !ok {
		t.Error("STARTTLS is not offered")
	}
}

// TestPasswordsAreRefused has the words for a product that still sends one.
func TestPasswordsAreRefused(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	c := dialIMAP(t, tenant, nil)
	wantError(t, "LOGIN", c.Login(v.Address, "password").Wait(), "imap: NO LOGIN failed.")
	wantError(t, "PLAIN", c.Authenticate(sasl.NewPlainClient("", v.Address, "password")), "imap: NO AUTHENTICATE failed.")

	p := dialPOP(t, tenant)
	p.want(p.send("USER "+v.Address), "+OK")
	p.want(p.send("PASS password"), "-ERR Logon failure: unknown user name or bad password.")
	p.want(p.send("AUTH PLAIN"), "+ ")
	p.want(p.send("AGEAYg=="), "-ERR Authentication failure: unknown user name or bad password.")

	s, err := smtp.DialStartTLS(tenant.Cloud().SMTP, tlsConfig(tenant))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, offered := s.Extension("AUTH"); offered != "LOGIN XOAUTH2" {
		t.Errorf("AUTH %s", offered)
	}
	wantError(t, "AUTH LOGIN", smtpWords(s.Auth(sasl.NewLoginClient(v.Address, "password"))),
		"535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [")
	wantError(t, "MAIL without AUTH", smtpWords(s.Mail(v.Address, nil)), "530 5.7.57 Client not authenticated to send mail. [")
}

func TestPOPByHand(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	token := signIn(t, tenant, v.Address).AccessToken
	line := base64.StdEncoding.EncodeToString(xoauth2Client{user: v.Address, token: token}.line())

	p := dialPOP(t, tenant)
	p.want(p.send("AUTH XOAUTH2 "+line), "-ERR Protocol error. Connection is closed. 10")
	if got := p.line(); got != io.EOF.Error() {
		t.Errorf("after the one-line form: %q", got)
	}
	p = dialPOP(t, tenant)
	if got := strings.Join(p.many("CAPA"), ","); got != "TOP,UIDL,SASL PLAIN XOAUTH2,USER" {
		t.Errorf("CAPA gives %s", got)
	}
	p.want(p.send("STAT"), "-ERR Protocol error. 14")
	p.want(p.send("AUTH CRAM-MD5"), "-ERR")
	p.want(p.send("AUTH XOAUTH2"), "+ ")
	p.want(p.send("not base64"), "-ERR Authentication failure: unknown user name or bad password.")
	p.want(p.signIn(v.Address, token), "+OK User successfully authenticated.")
	p.want(p.send("STAT"), "+OK 0 0")
	if got := p.many("LIST"); len(got) != 0 {
		t.Errorf("LIST gives %q", got)
	}
	for _, bad := range []string{"RETR", "RETR 0", "RETR 1", "RETR x", "DELE 99", "LIST 7", "TOP 1"} {
		p.want(p.send(bad), "-ERR")
	}
	p.want(p.send("NOOP"), "+OK")
	p.want(p.send("RSET"), "+OK")
	p.want(p.send("XYZZY"), "-ERR")
	p.want(p.send("QUIT"), "+OK Microsoft Exchange Server POP3 server signing off.")

	p = dialPOP(t, tenant)
	fmt.Fprintf(p.conn, "%s\r\n", strings.Repeat("x", 100<<10))
	if got := p.line(); strings.HasPrefix(got, "+OK") {
		t.Errorf("an endless line gives %q", got)
	}
}

func TestIPv6(t *testing.T) {
	tenant := start(t, practice.Options{})
	_, port, err := net.SplitHostPort(tenant.Cloud().IMAP)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := net.Listen("tcp6", "[::1]:0"); err != nil {
		t.Logf("no IPv6 loopback here: %v", err) // the tenant works without
	} else {
		_ = l.Close()
		c, err := tls.Dial("tcp", net.JoinHostPort("::1", port), &tls.Config{RootCAs: tenant.Roots()})
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	c, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", port), &tls.Config{RootCAs: tenant.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}
