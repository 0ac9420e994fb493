package check

import (
	"slices"
	"strings"
	"testing"

	"postkey/wizard/mail/mailtest"
)

// TestSharedMailbox tries the four answers that a server can give to the two
// user names.
func TestSharedMailbox(t *testing.T) {
	for name, c := range map[string]struct {
		may         []string
		smtp, login string
		note        string
	}{
		"delegate": {[]string{delegate}, smtpOK, delegate, "SMTP accepts the user name " + delegate + " and refuses " + own + " (535 5.7.3"},
		"both":     {[]string{delegate, own}, smtpOK, delegate, "SMTP accepts both user names"},
		"shared":   {[]string{own}, smtpOK, own, "SMTP refuses the user name " + delegate + " (535 5.7.3"},
		"neither":  {nil, smtpNoAuth, delegate, "SMTP refuses " + delegate + ", and " + own + " as well"},
	} {
		t.Run(name, func(t *testing.T) {
			office := &mailtest.Office{MaySMTP: func(login string) bool { return slices.Contains(c.may, login) }}
			b := newBench(t, office, "imap", "smtp")
			b.cfg.Connection.Mailbox.Delegate = delegate
			r := Run(t.Context(), b.cfg)
			imap := imapOK
			if c.smtp != smtpOK {
				imap = imapAlone
			}
			wantStates(t, r, imap, c.smtp)
			smtp := r.Legs[1]
			if smtp.Login != c.login || len(smtp.Notes) != 1 || !strings.HasPrefix(smtp.Notes[0], c.note) {
				t.Errorf("login %q, notes %q", smtp.Login, smtp.Notes)
			}
			log := office.Log()
			if c.smtp == smtpOK && !slices.Contains(log, "SMTP MAIL "+own) {
				t.Errorf("log %q", log)
			}
			for _, want := range []string{"IMAP LOGIN " + own, "SMTP LOGIN " + own, "SMTP LOGIN " + delegate} {
				if n := count(log, want); n != 1 {
					t.Errorf("%q stands %d times in %q", want, n, log)
				}
			}
			if n := count(log, "SMTP MAIL "+own); c.smtp == smtpOK && n != 1 {
				t.Errorf("%d messages were sent", n)
			}
		})
	}
}

// TestOwnMailboxSignsInOnce: no second user name is tried for an own mailbox.
func TestOwnMailboxSignsInOnce(t *testing.T) {
	office := &mailtest.Office{MaySMTP: func(string) bool { return false }}
	b := newBench(t, office, "smtp")
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, smtpNoAuth)
	if n := count(office.Log(), "SMTP LOGIN "+own); n != 1 || len(r.Legs[0].Notes) != 0 {
		t.Errorf("%d sign-ins, notes %q", n, r.Legs[0].Notes)
	}
}

// TestSecondNameCannotFailTheLeg: a server that gives the trial no answer.
func TestSecondNameCannotFailTheLeg(t *testing.T) {
	ca := mailtest.NewCA(t)
	const hello = "220 ready"
	first := make(chan bool, 1)
	first <- true
	config := ca.Local(t)
	address := mailtest.Serve(t, nil, func(c *mailtest.Conn) {
		select {
		case <-first:
		default:
			return // hangs up on the second
		}
		c.Send(hello)
		for {
			line, ok := c.Line()
			if !ok {
				return
			}
			switch {
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
				for line, ok = c.Line(); ok && line != "."; {
					line, ok = c.Line()
				}
				c.Send("250 taken")
			default:
				c.Send("250 ok")
			}
		}
	})
	b := newBench(t, &mailtest.Office{}, "smtp")
	b.cfg.RootCAs, b.cfg.Cloud.SMTP = ca.Pool, address
	b.cfg.Connection.Mailbox.Delegate = delegate
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, smtpOK)
	if notes := r.Legs[0].Notes; len(notes) != 1 || !strings.Contains(notes[0], "could not be tried") {
		t.Errorf("notes %q", notes)
	}
}

func count(list []string, want string) int {
	n := 0
	for _, s := range list {
		if s == want {
			n++
		}
	}
	return n
}
