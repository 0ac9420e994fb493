package mail

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"postkey/wizard/mail/mailtest"
)

// TestSMTPUnusualButConforming: what RFC 5321 and its extensions allow a
// submission server to say, and few do. All of them take the message.
func TestSMTPUnusualButConforming(t *testing.T) {
	mail := "C: MAIL *\nS: 250 2.1.0 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nC: Subject: x\nC: \nC: x\nC: .\nS: 250 2.0.0 queued as 4AB\n"
	for name, script := range map[string]string{
		"many lines": strings.Replace(smtpHello, "S: 220 AM0", "S: 220-No spam\nS: 220-\nS: 220 AM0", 1) + "C: AUTH XOAUTH2\nS: 334-\nS: 334 \nC: *\nS: 235-2.7.0 welcome\nS: 235 2.7.0 in\n" +
			strings.Replace(mail, "S: 250 2.0.0 queued", "S: 250-2.0.0 fine\nS: 250 2.0.0 queued", 1),
		"codes alone":           "S: 220\nC: EHLO *\nS: 250-\nS: 250 STARTTLS\nC: STARTTLS\nS: 220\nTLS\nC: EHLO *\nS: 250-\nS: 250 AUTH XOAUTH2\nC: AUTH XOAUTH2\nS: 334\nC: *\nS: 235\nC: MAIL *\nS: 250\nC: RCPT *\nS: 250\nC: DATA\nS: 354\nC: Subject: x\nC: \nC: x\nC: .\nS: 250\n",
		"lower case, old form":  "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 starttls\nC: STARTTLS\nS: 220 go\nTLS\nC: EHLO *\nS: 250-mx\nS: 250-auth=login\nS: 250 Auth xoauth2\n" + smtpAuth + mail,
		"forwarded":             smtpHello + smtpAuth + strings.Replace(mail, "S: 250 ok", "S: 251 will forward", 1),
		"not verified":          smtpHello + smtpAuth + strings.Replace(mail, "S: 250 ok", "S: 252 will try", 1),
		"a code of tomorrow":    smtpHello + smtpAuth + strings.Replace(strings.Replace(mail, "S: 250 2.0.0", "S: 259", 1), "S: 250 2.1.0", "S: 253", 1),
		"a byte at a time":      "split\n" + strings.Replace(smtpHello, "TLS\nC", "TLS\nsplit\nC", 1) + smtpAuth + mail,
		"the line feed alone":   strings.Replace(smtpHello, "S: 250-SIZE 157286400\nS: 250-AUTH LOGIN XOAUTH2\nS: 250 8BITMIME\n", "S: 250-SIZE 157286400\\n250-AUTH LOGIN XOAUTH2\\n250 8BITMIME\n", 1) + smtpAuth + mail,
		"the challenge is JSON": smtpHello + strings.Replace(smtpAuth, "334 ", "334 e30=", 1) + mail,
	} {
		t.Run(name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			if err := whole(t.Context(), "SMTP", mailtest.Play(t, false, ca.Local(t), script+"wait"), Options{RootCAs: ca.Pool}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSMTPRefusesWhenever: a refusal keeps its words whenever it comes, also
// where the server hangs up behind it.
func TestSMTPRefusesWhenever(t *testing.T) {
	send := smtpHello + smtpAuth
	for _, c := range []struct {
		name, script string
		want         ServerError
	}{
		{"554 greeting", "S: 554-5.7.1 no service\nS: 554 5.7.1 for you", ServerError{"SMTP", 554, "5.7.1", "554 5.7.1 no service\nfor you", "greeting", nil}},
		{"421 to MAIL", send + "C: MAIL *\nS: 421 4.3.2 closing", ServerError{"SMTP", 421, "4.3.2", "421 4.3.2 closing", "MAIL", nil}},
		{"421 unasked", send + "S: 421 4.4.2 idle\nC: MAIL *", ServerError{"SMTP", 421, "4.4.2", "421 4.4.2 idle", "MAIL", nil}},
		{"450 to RCPT", send + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 450 greylisted", ServerError{"SMTP", 450, "", "450 greylisted", "RCPT", nil}},
		{"552 to MAIL", send + "C: MAIL *\nS: 552 5.3.4 too large", ServerError{"SMTP", 552, "5.3.4", "552 5.3.4 too large", "MAIL", nil}},
		{"250 to DATA", send + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 250 what", ServerError{"SMTP", 250, "", "250 what", "DATA", nil}},
		{"334 to MAIL", send + "C: MAIL *\nS: 334 go on", ServerError{"SMTP", 334, "", "334 go on", "MAIL", nil}},
		{"452 behind the message", send + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nC: Subject: x\nC: \nC: x\nC: .\nS: 452 4.3.1 no room", ServerError{"SMTP", 452, "4.3.1", "452 4.3.1 no room", "DATA", nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			wantRefusal(t, whole(t.Context(), "SMTP", mailtest.Play(t, false, ca.Local(t), c.script), Options{RootCAs: ca.Pool}), c.want)
		})
	}
}

// TestSMTPUnanswered: a server that hangs up or falls silent behind the message
// may have taken it over; one that does so before cannot.
func TestSMTPUnanswered(t *testing.T) {
	ca := mailtest.NewCA(t)
	opts := Options{RootCAs: ca.Pool, Submit: 200 * time.Millisecond}
	before := smtpHello + smtpAuth + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\n"
	behind := before + "S: 354 go\nC: Subject: x\nC: \nC: x\nC: .\n"
	err := whole(t.Context(), "SMTP", mailtest.Play(t, false, ca.Local(t), behind), opts)
	wantIs(t, err, ErrLost)
	wantIs(t, err, ErrUnanswered)
	err = whole(t.Context(), "SMTP", mailtest.Play(t, false, ca.Local(t), behind+"wait"), opts)
	wantIs(t, err, os.ErrDeadlineExceeded)
	wantIs(t, err, ErrUnanswered)
	for _, script := range []string{before, behind + "S: 451 4.3.0 no\nwait"} {
		if err := whole(t.Context(), "SMTP", mailtest.Play(t, false, ca.Local(t), script), opts); err == nil || errors.Is(err, ErrUnanswered) {
			t.Errorf("error %v", err)
		}
	}
}

// TestSMTPDots: lines that begin with a dot arrive as they were, whatever ends
// the lines of the message (RFC 5321, section 4.5.2).
func TestSMTPDots(t *testing.T) {
	ca := mailtest.NewCA(t)
	got := make(chan string, 1)
	config := ca.Local(t)
	address := mailtest.Serve(t, nil, func(c *mailtest.Conn) {
		c.Send("220 ready")
		for {
			line, ok := c.Line()
			switch {
			case !ok:
				return
			case strings.HasPrefix(line, "EHLO"):
				c.Send("250-mx", "250-STARTTLS", "250 AUTH XOAUTH2")
			case line == "STARTTLS":
				c.Send("220 go")
				if !c.StartTLS(config) {
					return
				}
			case line == "AUTH XOAUTH2":
				c.Send("334 ")
				_, _ = c.Line()
				c.Send("235 in")
			case line == "DATA":
				c.Send("354 go")
				var text []string
				for line, ok = c.Line(); ok && line != "."; line, ok = c.Line() {
					text = append(text, line)
				}
				got <- strings.Join(text, "|")
				c.Send("250 taken")
			default:
				c.Send("250 ok")
			}
		}
	})
	s := mustSignIn(t, DialSMTP, address, ca)
	if err := s.Send(t.Context(), Message{From: login, To: login, Data: []byte("Subject: x\r\n\r\n.\r\n..\n.x\r\nno end")}); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "Subject: x||..|...|..x|no end" {
		t.Errorf("got %q", text)
	}
}

// TestComposeLongAndForeign: a long name with accents and a subject in another
// alphabet are folded within the limits of RFC 5322, in ASCII, and the subject
// is recognised again.
func TestComposeLongAndForeign(t *testing.T) {
	m, err := Compose(Draft{From: login, To: login, Name: strings.Repeat("Süpport für Ängstliche ", 20), Subject: strings.Repeat("проверка ", 30)})
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(m.Data))
	for lines.Scan() {
		if line := lines.Bytes(); len(line) > 998 || bytes.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Errorf("line %q", line)
		}
	}
	head := parseHeader(splitLines(string(m.Data)))
	delete(head, "message-id")
	if got := head.is(m); got != itself {
		t.Errorf("verdict %v of subject %q", got, head.subject())
	}
	if _, err := Compose(Draft{From: "sönke@contoso.example", To: login}); err == nil || errors.Is(err, ErrNoMailbox) {
		t.Errorf("error %v", err)
	}
}
