package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"postkey/wizard/mail/mailtest"
)

// protocols are the three, each up to TLS.
var protocols = map[string]func(ctx context.Context, address string, opts Options) error{
	"IMAP": func(ctx context.Context, address string, opts Options) error {
		s, err := DialIMAP(ctx, address, opts)
		if err == nil {
			defer s.Close()
			err = s.StartTLS(ctx)
		}
		return err
	},
	"POP": func(ctx context.Context, address string, opts Options) error {
		s, err := DialPOP(ctx, address, opts)
		if err == nil {
			defer s.Close()
			err = s.StartTLS(ctx)
		}
		return err
	},
	"SMTP": func(ctx context.Context, address string, opts Options) error {
		s, err := DialSMTP(ctx, address, opts)
		if err == nil {
			defer s.Close()
			err = s.StartTLS(ctx)
		}
		return err
	},
}

// upToTLS starts a server of the protocol that gets as far as the handshake.
func upToTLS(t *testing.T, protocol string, config *tls.Config) string {
	if protocol == "SMTP" {
		return mailtest.Play(t, false, config, "S: 220 ready\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go ahead\nTLS\nwait")
	}
	return mailtest.Play(t, true, config, "S: * OK ready\nwait")
}

func TestCertificatesAreVerified(t *testing.T) {
	ca, stranger := mailtest.NewCA(t), mailtest.NewCA(t)
	tomorrow, yesterday := time.Now().Add(24*time.Hour), time.Now().Add(-24*time.Hour)
	for _, c := range []struct {
		name   string
		config *tls.Config
		check  func(err error) bool
	}{
		{"unknown authority", stranger.Local(t), func(err error) bool { return errors.As(err, new(x509.UnknownAuthorityError)) }},
		{"other name", ca.Config(t, "mail.contoso.example", tomorrow), func(err error) bool { return errors.As(err, new(x509.HostnameError)) }},
		{"expired", ca.Config(t, "127.0.0.1", yesterday), func(err error) bool {
			var invalid x509.CertificateInvalidError
			return errors.As(err, &invalid) && invalid.Reason == x509.Expired
		}},
	} {
		for protocol, run := range protocols {
			t.Run(c.name+"/"+protocol, func(t *testing.T) {
				err := run(t.Context(), upToTLS(t, protocol, c.config), Options{RootCAs: ca.Pool})
				var verification *tls.CertificateVerificationError
				if !errors.As(err, &verification) || !c.check(err) {
					t.Errorf("error %v", err)
				}
			})
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	ca := mailtest.NewCA(t)
	for protocol, run := range protocols {
		t.Run(protocol, func(t *testing.T) {
			config := ca.Local(t)
			config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			wantIs(t, run(t.Context(), upToTLS(t, protocol, config), Options{RootCAs: ca.Pool}), ErrTLSTooOld)
		})
	}
}

func TestNotTLS(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	plain := mailtest.Play(t, false, nil, "S: * OK this server speaks without TLS\nwait")
	for _, address := range []string{web.Listener.Addr().String(), plain} {
		for _, protocol := range []string{"IMAP", "POP"} {
			err := protocols[protocol](t.Context(), address, Options{})
			wantIs(t, err, ErrNotTLS)
			if !errors.As(err, new(tls.RecordHeaderError)) {
				t.Errorf("%s: no tls.RecordHeaderError in %v", protocol, err)
			}
		}
	}
}

func TestNotMailServer(t *testing.T) {
	ca := mailtest.NewCA(t)
	for _, greeting := range []string{"HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH_9.2", "", "*", "OK", "\x00\x01\x02", strings.Repeat("x", 70_000)} {
		for protocol, run := range protocols {
			address := mailtest.Play(t, protocol != "SMTP", ca.Local(t), "S: "+greeting+"\nwait")
			wantIs(t, run(t.Context(), address, Options{RootCAs: ca.Pool}), ErrNotMailServer)
		}
	}
}

func TestRefusedAtTheDoor(t *testing.T) {
	ca := mailtest.NewCA(t)
	for protocol, want := range map[string]ServerError{
		"IMAP": {Protocol: "IMAP", Text: "BYE [UNAVAILABLE] Server too busy", During: "greeting"},
		"POP":  {Protocol: "POP", Text: "-ERR [SYS/TEMP] Server too busy", During: "greeting"},
		"SMTP": {Protocol: "SMTP", Code: 421, Enhanced: "4.3.2", Text: "421 4.3.2 Service not available\nTry later", During: "greeting"},
	} {
		script := map[string]string{
			"IMAP": "S: * " + want.Text, "POP": "S: " + want.Text,
			"SMTP": "S: 421-4.3.2 Service not available\nS: 421 4.3.2 Try later",
		}[protocol]
		address := mailtest.Play(t, protocol != "SMTP", ca.Local(t), script)
		wantRefusal(t, protocols[protocol](t.Context(), address, Options{RootCAs: ca.Pool}), want)
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	for protocol, run := range protocols {
		var op *net.OpError
		if err := run(t.Context(), address, Options{}); !errors.As(err, &op) || op.Op != "dial" || !strings.HasPrefix(err.Error(), protocol) {
			t.Errorf("%s: error %v", protocol, err)
		}
	}
}

func TestNameIsUnknown(t *testing.T) {
	unknown := &net.DNSError{Err: "no such host", Name: "mail.invalid", IsNotFound: true}
	opts := Options{dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: unknown}
	}}
	for protocol, run := range protocols {
		if err := run(t.Context(), "mail.invalid:993", opts); !errors.Is(err, unknown) {
			t.Errorf("%s: error %v", protocol, err)
		}
	}
}

// TestTimeOutIsNotCancelled: a server that never answers, at each step, is told
// apart from a caller that has had enough.
func TestTimeOutIsNotCancelled(t *testing.T) {
	ca := mailtest.NewCA(t)
	deaf := quick(ca)
	deaf.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	deaf.Connect = 50 * time.Millisecond
	for protocol, run := range protocols {
		for name, err := range map[string]error{
			"connect":  run(t.Context(), "192.0.2.1:993", deaf),
			"silent":   run(t.Context(), mailtest.Play(t, false, nil, "wait"), quick(ca)),
			"greeting": run(t.Context(), mailtest.Play(t, protocol != "SMTP", ca.Local(t), "wait"), quick(ca)),
		} {
			var timeout net.Error
			if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("%s, %s: %v is not a time-out", protocol, name, err)
			}
			if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
				t.Errorf("%s, %s: %v looks like the caller's end", protocol, name, err)
			}
		}
	}
}

// TestCancel ends each wait from outside. The bound is generous; without the
// cancelling each of them would last 15 seconds or more.
func TestCancel(t *testing.T) {
	ca := mailtest.NewCA(t)
	scripts := map[string][]string{
		"IMAP": {
			"wait", "S: * OK ready\nwait", "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready\nC: a2 *\nwait",
			"S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready\nC: a2 *\nS: +\nC: *\nS: a2 OK in\nC: ? SELECT INBOX\nwait",
		},
		"POP": {
			"wait", "S: +OK ready\nC: CAPA\nwait", "S: +OK ready\nC: CAPA\nS: -ERR\nC: AUTH XOAUTH2\nwait",
			"S: +OK ready\nC: CAPA\nS: -ERR\nC: AUTH XOAUTH2\nS: + \nC: *\nS: +OK\nC: STAT\nwait",
		},
		"SMTP": {
			"wait", "S: 220 ready\nC: EHLO *\nwait", "S: 220 ready\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nwait",
			smtpHello + "C: AUTH XOAUTH2\nwait", smtpHello + smtpAuth + "C: MAIL *\nwait",
			smtpHello + smtpAuth + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nwait",
		},
	}
	for protocol, list := range scripts {
		for i, script := range list {
			ctx, cancel := context.WithCancel(t.Context())
			address := mailtest.Play(t, protocol != "SMTP", ca.Local(t), script)
			ended := make(chan error, 1)
			go func() { ended <- whole(ctx, protocol, address, Options{RootCAs: ca.Pool}) }()
			time.Sleep(100 * time.Millisecond) // until it waits; sooner is right too
			cancel()
			select {
			case err := <-ended:
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s %d: error %v", protocol, i, err)
				}
			case <-time.After(5 * time.Second):
				t.Fatalf("%s %d: still waiting", protocol, i)
			}
		}
	}
}

// TestHangUp ends the connection after each of the server's lines.
func TestHangUp(t *testing.T) {
	ca := mailtest.NewCA(t)
	for protocol, script := range map[string]string{
		"IMAP": "S: * OK ready\nC: a1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=XOAUTH2\nS: a1 OK\nC: a2 AUTHENTICATE XOAUTH2\nS: +\nC: *\nS: a2 OK in\nC: ? SELECT INBOX\nS: * 3 EXISTS",
		"POP":  "S: +OK ready\nC: CAPA\nS: +OK\nS: SASL XOAUTH2\nS: .\nC: AUTH XOAUTH2\nS: +\nC: *\nS: +OK\nC: STAT",
		"SMTP": smtpHello + smtpAuth + "C: MAIL *\nS: 250-ok\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go",
	} {
		steps := strings.Split(script, "\n")
		for n := range len(steps) + 1 {
			address := mailtest.Play(t, protocol != "SMTP", ca.Local(t), strings.Join(steps[:n], "\n")+"\n")
			err := whole(t.Context(), protocol, address, Options{RootCAs: ca.Pool, Command: 5 * time.Second})
			if !errors.Is(err, ErrLost) {
				t.Errorf("%s after %d lines: error %v", protocol, n, err)
			}
			wantNoSecret(t, err)
		}
	}
}

// whole takes a session of protocol to its last command that a script may answer.
func whole(ctx context.Context, protocol, address string, opts Options) error {
	switch protocol {
	case "IMAP":
		s, err := DialIMAP(ctx, address, opts)
		if err != nil {
			return err
		}
		defer s.Close()
		if err = s.StartTLS(ctx); err == nil {
			if err = s.Authenticate(ctx, login, token); err == nil {
				_, err = s.Open(ctx)
			}
		}
		return err
	case "POP":
		s, err := DialPOP(ctx, address, opts)
		if err != nil {
			return err
		}
		defer s.Close()
		if err = s.StartTLS(ctx); err == nil {
			if err = s.Authenticate(ctx, login, token); err == nil {
				_, err = s.Open(ctx)
			}
		}
		return err
	}
	s, err := DialSMTP(ctx, address, opts)
	if err != nil {
		return err
	}
	defer s.Close()
	if err = s.StartTLS(ctx); err == nil {
		if err = s.Authenticate(ctx, login, token); err == nil {
			err = s.Send(ctx, Message{From: login, To: login, Data: []byte("Subject: x\r\n\r\nx\r\n")})
		}
	}
	return err
}

// TestFlood: a server that never stops sending does not fill the memory.
func TestFlood(t *testing.T) {
	ca := mailtest.NewCA(t)
	for protocol, line := range map[string]string{"IMAP": "* OK still here", "POP": "+OK\r\n", "SMTP": "250-more"} {
		address := mailtest.Serve(t, ca.Local(t), func(c *mailtest.Conn) {
			switch protocol {
			case "IMAP":
				c.Send("* OK ready")
			case "POP":
				c.Send("+OK ready", "+OK")
				line = strings.Repeat("y", 60_000)
			}
			for range 1 << 20 {
				if _, err := c.Write([]byte(line + "\r\n")); err != nil {
					return
				}
			}
		})
		if protocol == "SMTP" {
			address = mailtest.Serve(t, nil, func(c *mailtest.Conn) {
				for range 1 << 20 {
					if _, err := c.Write([]byte("220-more\r\n")); err != nil {
						return
					}
				}
			})
		}
		wantIs(t, whole(t.Context(), protocol, address, Options{RootCAs: ca.Pool}), ErrNotMailServer)
	}
}
