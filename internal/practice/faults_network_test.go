package practice_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"postkey/internal/practice"
)

func TestConnectionFaults(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	token := signIn(t, tenant, v.Address).AccessToken
	cloud := tenant.Cloud()

	t.Run("no STARTTLS", func(t *testing.T) {
		defer tenant.Heal()
		tenant.Break(practice.FaultNoSTARTTLS)
		c, err := smtp.Dial(cloud.SMTP)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if ok, _ := c.Extension("STARTTLS"); ok {
			t.Error("STARTTLS is offered")
		}
		if ok, _ := c.Extension("AUTH"); ok {
			t.Error("AUTH is offered without TLS")
		}
	})
	t.Run("no XOAUTH2", func(t *testing.T) {
		defer tenant.Heal()
		tenant.Break(practice.FaultNoXOAUTH2)
		c := dialIMAP(t, tenant, nil)
		if err := c.WaitGreeting(); err != nil || c.Caps().Has("AUTH=XOAUTH2") {
			t.Errorf("IMAP: %v, %v", c.Caps(), err)
		}
		wantError(t, "IMAP", c.Authenticate(xoauth2Client{user: v.Address, token: token}), "imap: NO Unsupported authentication mechanism.")
		p := dialPOP(t, tenant)
		if caps := strings.Join(p.many("CAPA"), ","); strings.Contains(caps, "XOAUTH2") {
			t.Errorf("POP: %s", caps)
		}
		p.want(p.send("AUTH XOAUTH2"), "-ERR Unsupported authentication mechanism.")
		_, err := dialSMTP(t, tenant, v.Address, token)
		wantError(t, "SMTP", smtpWords(err), "504 5.7.4 Unrecognized authentication type [")
	})
	t.Run("hang-up", func(t *testing.T) {
		defer tenant.Heal()
		tenant.Break(practice.FaultHangUp)
		c := dialIMAP(t, tenant, nil)
		if err := c.Authenticate(xoauth2Client{user: v.Address, token: token}); err != nil {
			t.Error(err)
		}
		if _, err := c.Select("INBOX", nil).Wait(); !lost(err) {
			t.Errorf("IMAP: %v", err)
		}
		p := dialPOP(t, tenant)
		p.want(p.signIn(v.Address, token), "+OK")
		if got := p.send("STAT"); !strings.Contains(got, "EOF") && !strings.Contains(got, "reset") {
			t.Errorf("POP: %s", got)
		}
		if err := send(t, tenant, v.Address, token, v.Address, v.Address, "x"); !lost(err) {
			t.Errorf("SMTP: %v", err)
		}
	})
	t.Run("garbage", func(t *testing.T) {
		defer tenant.Heal()
		tenant.Break(practice.FaultGarbage)
		_, err := tls.Dial("tcp", cloud.IMAP, tlsConfig(tenant))
		var notTLS tls.RecordHeaderError
		if !errors.As(err, &notTLS) {
			t.Errorf("IMAP: %v", err)
		}
		if got := firstLine(t, cloud.SMTP); got != "HTTP/1.1 400 Bad Request\r\n" {
			t.Errorf("SMTP: %q", got)
		}
	})
	t.Run("silent", func(t *testing.T) {
		defer tenant.Heal()
		tenant.Break(practice.FaultSilent)
		c, err := net.Dial("tcp", cloud.SMTP)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		var timeout net.Error
		if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("read %d, %v", n, err)
		}
	})
	for fault, is := range map[practice.Fault]func(error) bool{
		practice.FaultCertificateName: func(err error) bool { var e x509.HostnameError; return errors.As(err, &e) },
		practice.FaultCertificateExpired: func(err error) bool {
			var e x509.CertificateInvalidError
			return errors.As(err, &e) && e.Reason == x509.Expired
		},
		practice.FaultCertificateUntrusted: func(err error) bool { var e x509.UnknownAuthorityError; return errors.As(err, &e) },
	} {
		t.Run(string(fault), func(t *testing.T) {
			defer tenant.Heal()
			tenant.Break(fault)
			for _, address := range []string{cloud.IMAP, cloud.POP} {
				if _, err := tls.Dial("tcp", address, tlsConfig(tenant)); !is(err) {
					t.Errorf("%s: %v", address, err)
				}
			}
			if _, err := dialSMTP(t, tenant, v.Address, token); !is(err) { // the handshake waits for the first command
				t.Errorf("SMTP: %v", err)
			}
		})
	}
}

// lost reports whether err is that of a connection which ended by itself.
func lost(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op)
}

func firstLine(t *testing.T, address string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	line, _ := bufio.NewReader(c).ReadString('\n') // what came is compared
	return line
}

func TestSlow(t *testing.T) {
	const by = 150 * time.Millisecond
	tenant := start(t, practice.Options{SlowBy: by})
	tenant.Break(practice.FaultSlow)
	began := time.Now()
	if got := firstLine(t, tenant.Cloud().SMTP); !strings.HasPrefix(got, "220 ") {
		t.Errorf("SMTP: %q", got)
	}
	if took := time.Since(began); took < by {
		t.Errorf("SMTP answered after %v", took)
	}
	began = time.Now()
	resp, err := fresh.Get(tenant.Cloud().Authority + "/common/discovery/v2.0/keys")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if took := time.Since(began); took < by {
		t.Errorf("the sign-in service answered after %v", took)
	}
}
