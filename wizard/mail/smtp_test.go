package mail

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"

	"postkey/oauth"
	"postkey/wizard/mail/mailtest"
)

// What Exchange Online says up to the sign-in, and when it goes well.
const (
	smtpHello = `S: 220 AM0PR01CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready at Sun, 22 Nov 2026 15:00:00 +0000
C: EHLO [127.0.0.1]
S: 250-AM0PR01CA0001.outlook.office365.com Hello [127.0.0.1]
S: 250-SIZE 157286400
S: 250-STARTTLS
S: 250 8BITMIME
C: STARTTLS
S: 220 2.0.0 SMTP server ready
TLS
C: EHLO [127.0.0.1]
S: 250-AM0PR01CA0001.outlook.office365.com Hello [127.0.0.1]
S: 250-SIZE 157286400
S: 250-AUTH LOGIN XOAUTH2
S: 250 8BITMIME
`
	smtpAuth = `C: AUTH XOAUTH2
S: 334 
C: *
S: 235 2.7.0 Authentication successful
`
)

func TestSMTPSends(t *testing.T) {
	ca := mailtest.NewCA(t)
	delivered := make(chan []byte, 1)
	office := (&mailtest.Office{Address: login, Token: token.Reveal(), Deliver: func(_ *mailtest.Office, data []byte) { delivered <- data }}).Open(t, ca)
	s := mustSignIn(t, DialSMTP, office.SMTP, ca)
	m := compose(t)
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	s.Quit(t.Context())
	if s.TLSVersion() != "TLS 1.3" {
		t.Errorf("TLS version %q", s.TLSVersion())
	}
	if got := <-delivered; !bytes.Equal(got, m.Data) {
		t.Errorf("got %q\nsent %q", got, m.Data)
	}
}

func TestSMTPRefusals(t *testing.T) {
	auth := smtpHello + "C: AUTH XOAUTH2\nS: 334 \nC: *\n"
	send := smtpHello + smtpAuth
	for _, c := range []struct {
		name, script string
		want         ServerError
	}{
		{
			"tenant", auth + "S: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. [SN2PR00CA0018.namprd00.prod.outlook.com 2024-07-11T11:46:49.042Z 08DC]",
			ServerError{"SMTP", 535, "5.7.139", "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. [SN2PR00CA0018.namprd00.prod.outlook.com 2024-07-11T11:46:49.042Z 08DC]", "AUTH", nil},
		},
		{"generic", auth + "S: 535 5.7.3 Authentication unsuccessful", ServerError{"SMTP", 535, "5.7.3", "535 5.7.3 Authentication unsuccessful", "AUTH", nil}},
		{"at once", smtpHello + "C: AUTH XOAUTH2\nS: 504 5.7.4 Unrecognized authentication type", ServerError{"SMTP", 504, "5.7.4", "504 5.7.4 Unrecognized authentication type", "AUTH", nil}},
		{
			"challenge", auth + "S: 334 eyJzdGF0dXMiOiI0MDEifQ==\nC: \nS: 535-5.7.8 Username and Password not accepted.\nS: 535 5.7.8 Learn more",
			ServerError{"SMTP", 535, "5.7.8", "535 5.7.8 Username and Password not accepted.\nLearn more\n{\"status\":\"401\"}", "AUTH", nil},
		},
		{"no base64", auth + "S: 334 {not base64}\nC: \nS: 535 no", ServerError{"SMTP", 535, "", "535 no\n{not base64}", "AUTH", nil}},
		{"busy", auth + "S: 421 4.4.2 Message submission rate for this client has exceeded the configured limit", ServerError{"SMTP", 421, "4.4.2", "421 4.4.2 Message submission rate for this client has exceeded the configured limit", "AUTH", nil}},
		{"sender", send + "C: MAIL FROM:<" + login + ">\nS: 530 5.7.57 Client not authenticated to send mail. Error: 535 5.7.139 x", ServerError{"SMTP", 530, "5.7.57", "530 5.7.57 Client not authenticated to send mail. Error: 535 5.7.139 x", "MAIL", nil}},
		{"recipient", send + "C: MAIL *\nS: 250 2.1.0 Sender OK\nC: RCPT TO:<" + login + ">\nS: 550 5.7.60 SMTP; Client does not have permissions to send as this sender", ServerError{"SMTP", 550, "5.7.60", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "RCPT", nil}},
		{"data", send + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nC: Subject: x\nC: \nC: x\nC: .\nS: 554 5.2.252 SendAsDenied; a@x not allowed to send as b@x", ServerError{"SMTP", 554, "5.2.252", "554 5.2.252 SendAsDenied; a@x not allowed to send as b@x", "DATA", nil}},
		{"echo", auth + "S: 500 5.5.2 unknown command " + echo(), ServerError{"SMTP", 500, "5.5.2", "500 5.5.2 unknown command [secret]", "AUTH", nil}},
		{"hello", "S: 220 ready\nC: EHLO *\nS: 502 5.5.1 no", ServerError{"SMTP", 502, "5.5.1", "502 5.5.1 no", "EHLO", nil}},
		{"starttls", "S: 220 ready\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 4.7.0 TLS not available", ServerError{"SMTP", 454, "4.7.0", "454 4.7.0 TLS not available", "STARTTLS", nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			address := mailtest.Play(t, false, ca.Local(t), c.script+"\nwait")
			wantRefusal(t, whole(t.Context(), "SMTP", address, Options{RootCAs: ca.Pool}), c.want)
		})
	}
}

// echo is the start of the payload, as an impolite server would repeat it.
func echo() string {
	x, _ := newXOAUTH2(login, token)
	return x.payload().Reveal()[:500]
}

func TestSMTPStopsBeforeTheToken(t *testing.T) {
	ca := mailtest.NewCA(t)
	for _, c := range []struct {
		name, script string
		want         error
	}{
		{"no STARTTLS", "S: 220 ready\nC: EHLO *\nS: 250-mx\nS: 250 AUTH LOGIN XOAUTH2\nwait", ErrNoSTARTTLS},
		{"injected", "S: 220 ready\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\\r\\n250 AUTH XOAUTH2\nwait", ErrNotMailServer},
		{"no AUTH", strings.Replace(smtpHello, "S: 250-AUTH LOGIN XOAUTH2\n", "", 1) + "wait", ErrNoXOAUTH2},
		{"no XOAUTH2", strings.Replace(smtpHello, " XOAUTH2", " PLAIN", 1) + "wait", ErrNoXOAUTH2},
		{"XOAUTH2 before TLS alone", strings.Replace(strings.Replace(smtpHello, "250-SIZE 157286400", "250-AUTH XOAUTH2", 1), "S: 250-AUTH LOGIN XOAUTH2\n", "", 1) + "wait", ErrNoXOAUTH2},
		{"mixed codes", "S: 220-ready\nS: 250 set\nwait", ErrNotMailServer},
		{"asks for ever", smtpHello + "C: AUTH XOAUTH2\nS: 334 \nC: *" + strings.Repeat("\nS: 334 \nC: ", 10), ErrNotMailServer},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := whole(t.Context(), "SMTP", mailtest.Play(t, false, ca.Local(t), c.script), Options{RootCAs: ca.Pool})
			wantIs(t, err, c.want)
			wantNoSecret(t, err)
		})
	}
}

// TestSMTPInjectedAcrossPackets: bytes that come after the answer to STARTTLS,
// in a packet of their own, are not TLS.
func TestSMTPInjectedAcrossPackets(t *testing.T) {
	ca := mailtest.NewCA(t)
	address := mailtest.Play(t, false, ca.Local(t), "S: 220 ready\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nS: 250 AUTH XOAUTH2\nwait")
	err := whole(t.Context(), "SMTP", address, Options{RootCAs: ca.Pool})
	if err == nil || !strings.Contains(err.Error(), ErrNotTLS.Error()) && !strings.Contains(err.Error(), ErrNotMailServer.Error()) {
		t.Errorf("error %v", err)
	}
}

func TestSMTPOldAuthForm(t *testing.T) {
	ca := mailtest.NewCA(t)
	script := strings.Replace(smtpHello, "250-AUTH LOGIN XOAUTH2", "250-auth=LOGIN XOAUTH2", 1) + smtpAuth + "C: MAIL *\nS: 550 enough"
	wantRefusal(t, whole(t.Context(), "SMTP", mailtest.Play(t, false, ca.Local(t), script+"\nwait"), Options{RootCAs: ca.Pool}),
		ServerError{"SMTP", 550, "", "550 enough", "MAIL", nil})
}

func TestSMTPImplicitTLS(t *testing.T) {
	ca := mailtest.NewCA(t)
	address := mailtest.Play(t, true, ca.Local(t), "S: 220 ready\nC: EHLO *\nS: 250-mx\nS: 250 AUTH XOAUTH2\n"+smtpAuth+"wait")
	opts := Options{RootCAs: ca.Pool}.withDefaults()
	direct := opts.dial
	opts.dial = dialInstead(direct, address)
	s, err := DialSMTP(t.Context(), "127.0.0.1:465", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.StartTLS(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Authenticate(t.Context(), login, token); err != nil {
		t.Fatal(err)
	}
}

func TestBadNamesAreNotSent(t *testing.T) {
	ca := mailtest.NewCA(t)
	address := mailtest.Play(t, false, ca.Local(t), smtpHello+smtpAuth+"wait")
	s := mustSignIn(t, DialSMTP, address, ca)
	for _, bad := range []string{"", "nobody", "a@b\r\nRCPT TO:<c@d>", "a@b>", "a b@c", "a\x00@b", "ü@b.example", "@b", "a@", strings.Repeat("a", 260) + "@b"} {
		if err := s.Send(t.Context(), Message{From: bad, To: login}); err == nil {
			t.Errorf("sender %q was sent", bad)
		}
		if err := s.Send(t.Context(), Message{From: login, To: bad}); err == nil {
			t.Errorf("recipient %q was sent", bad)
		}
		if _, err := Compose(Draft{From: bad, To: login}); err == nil {
			t.Errorf("sender %q was composed", bad)
		}
	}
	for _, bad := range []string{"", "a@b\x01auth=Bearer x", "a@b\r\n", "a\x7f@b"} {
		if err := s.Authenticate(t.Context(), bad, token); err == nil {
			t.Errorf("user name %q was sent", bad)
		}
	}
	for _, bad := range []string{"", "x\x01y", "x\n"} {
		if err := s.Authenticate(t.Context(), login, oauth.NewSecret(bad)); err == nil {
			t.Errorf("token %q was sent", bad)
		}
	}
}

func TestComposedMessage(t *testing.T) {
	m, other := compose(t), compose(t)
	if m.ID == other.ID || m.Mark == other.Mark || !strings.HasSuffix(m.ID, "@contoso.example") {
		t.Errorf("ids %q and %q", m.ID, other.ID)
	}
	msg, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Message-ID": "<" + m.ID + ">", "Subject": "Postkey test message " + m.Mark,
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
	} {
		if got := msg.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	from, err := msg.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "Süpport" || from[0].Address != login {
		t.Errorf("From %v, %v", from, err)
	}
	if _, err := msg.Header.Date(); err != nil {
		t.Error(err)
	}
	for _, line := range bytes.SplitAfter(m.Data, []byte("\n")) {
		if len(line) > 0 && (!bytes.HasSuffix(line, []byte("\r\n")) || len(line) > 1000) {
			t.Errorf("line %q", line)
		}
		for _, b := range line {
			if b > '~' {
				t.Errorf("line %q is not ASCII", line)
			}
		}
	}
}

// TestNameCannotAddFields: a display name with line breaks stays a name.
func TestNameCannotAddFields(t *testing.T) {
	m, err := Compose(Draft{From: login, To: login, Name: "A\r\nBcc: x@y.example", Subject: "S"})
	if err != nil {
		return // refused is fine too
	}
	msg, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil || msg.Header.Get("Bcc") != "" {
		t.Errorf("%v, Bcc %q in %q", err, msg.Header.Get("Bcc"), m.Data)
	}
}
