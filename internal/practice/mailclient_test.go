package practice_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"postkey/internal/practice"
)

// xoauth2Client is the client's side, written anew for these tests.
type xoauth2Client struct {
	user, token string
	twoSteps    bool
}

func (c xoauth2Client) line() []byte {
	return []byte("user=" + c.user + "\x01auth=Bearer " + c.token + "\x01\x01")
}

func (c xoauth2Client) Start() (string, []byte, error) {
	if c.twoSteps {
		return "XOAUTH2", nil, nil
	}
	return "XOAUTH2", c.line(), nil
}

func (c xoauth2Client) Next([]byte) ([]byte, error) { return c.line(), nil }

var _ sasl.Client = xoauth2Client{}

func tlsConfig(tenant *practice.Tenant) *tls.Config {
	return &tls.Config{RootCAs: tenant.Roots(), ServerName: "localhost", MinVersion: tls.VersionTLS12}
}

func dialIMAP(t *testing.T, tenant *practice.Tenant, handler *imapclient.UnilateralDataHandler) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialTLS(tenant.Cloud().IMAP, &imapclient.Options{TLSConfig: tlsConfig(tenant), UnilateralDataHandler: handler})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// openIMAP signs in and opens the inbox.
func openIMAP(t *testing.T, tenant *practice.Tenant, user, token string) (*imapclient.Client, error) {
	t.Helper()
	c := dialIMAP(t, tenant, nil)
	if err := c.Authenticate(xoauth2Client{user: user, token: token}); err != nil {
		return c, err
	}
	_, err := c.Select("INBOX", nil).Wait()
	return c, err
}

// dialSMTP connects, upgrades and signs in.
func dialSMTP(t *testing.T, tenant *practice.Tenant, user, token string) (*smtp.Client, error) {
	t.Helper()
	c, err := smtp.DialStartTLS(tenant.Cloud().SMTP, tlsConfig(tenant))
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, c.Auth(xoauth2Client{user: user, token: token, twoSteps: true})
}

func message(from, to, id string) string {
	return "From: <" + from + ">\r\nTo: <" + to + ">\r\nSubject: A test\r\nMessage-ID: <" + id + "@test>\r\n\r\n.A line that begins with a dot.\r\nThe end.\r\n"
}

// send submits a message with Message-ID id.
func send(t *testing.T, tenant *practice.Tenant, user, token, from, to, id string) error {
	t.Helper()
	c, err := dialSMTP(t, tenant, user, token)
	if err != nil {
		return err
	}
	return c.SendMail(from, []string{to}, strings.NewReader(message(from, to, id)))
}

// popConn speaks POP by hand.
type popConn struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dialPOP(t *testing.T, tenant *practice.Tenant) *popConn {
	t.Helper()
	c, err := tls.Dial("tcp", tenant.Cloud().POP, tlsConfig(tenant))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	p := &popConn{t, c, bufio.NewReader(c)}
	p.want(p.line(), "+OK The Microsoft Exchange POP3 service is ready.")
	return p
}

func (p *popConn) line() string {
	p.t.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	line, err := p.in.ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimRight(line, "\r\n")
}

func (p *popConn) send(command string) string {
	p.t.Helper()
	fmt.Fprintf(p.conn, "%s\r\n", command)
	return p.line()
}

// many reads an answer of several lines, without the first and the dot.
func (p *popConn) many(command string) []string {
	p.t.Helper()
	p.want(p.send(command), "+OK")
	var lines []string
	for {
		line := p.line()
		if line == "." || !strings.HasSuffix(line, "") || line == io.EOF.Error() {
			return lines
		}
		lines = append(lines, line)
	}
}

func (p *popConn) want(got, prefix string) {
	p.t.Helper()
	if !strings.HasPrefix(got, prefix) {
		p.t.Fatalf("POP: got %q, want %q", got, prefix)
	}
}

func (p *popConn) signIn(user, token string) string {
	p.t.Helper()
	p.want(p.send("AUTH XOAUTH2"), "+ ")
	return p.send(base64.StdEncoding.EncodeToString(xoauth2Client{user: user, token: token}.line()))
}
