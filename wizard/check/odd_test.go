package check

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postkey/wizard/mail"
	"postkey/wizard/mail/mailtest"
)

// TestFoundInJunk: a message that a filter puts aside is found, told of and
// deleted there.
func TestFoundInJunk(t *testing.T) {
	b := newBench(t, &mailtest.Office{Deliver: func(o *mailtest.Office, data []byte) { o.ArriveIn("Junk Email", data) }}, "imap", "smtp")
	b.cfg.mail.Junk = time.Millisecond
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, imapOK, smtpOK)
	if notes := r.Legs[0].Notes; len(notes) != 1 || !strings.Contains(notes[0], "Junk Email") {
		t.Errorf("notes %q", notes)
	}
	if n := b.office.Count("Junk Email"); n != 0 {
		t.Errorf("%d messages left", n)
	}
}

// TestUnanswered: a message that the server takes over without an answer has not
// been sent as far as the test knows, and is taken away all the same.
func TestUnanswered(t *testing.T) {
	b := newBench(t, &mailtest.Office{HangUp: true}, "imap", "smtp")
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, imapAlone, strings.Replace(smtpOK, "send=ok", "send=failed", 1))
	if h := hopOf(r, SMTP, Send); !errors.Is(h.Err, mail.ErrLost) {
		t.Errorf("%+v", h)
	}
	if notes := r.Legs[0].Notes; len(notes) != 1 || b.office.Count("INBOX") != 0 {
		t.Errorf("%d messages left, notes %q", b.office.Count("INBOX"), notes)
	}
}

// TestSideBySide: several tests of one mailbox find and delete each its own
// message, and none of the others'.
func TestSideBySide(t *testing.T) {
	b := newBench(t, &mailtest.Office{}, "imap", "pop", "smtp")
	b.office.Arrive([]byte("Subject: old\r\n\r\nx\r\n"))
	var running sync.WaitGroup
	ids := make([]string, 5)
	for i := range ids {
		running.Go(func() {
			cfg := b.cfg
			cfg.Events = nil
			r := Run(t.Context(), cfg)
			if !r.OK() {
				t.Errorf("%q", states(r))
			}
			ids[i] = r.MessageID
		})
	}
	running.Wait()
	for i, id := range ids {
		for _, other := range ids[:i] {
			if id == other {
				t.Errorf("two messages with the id %s", id)
			}
		}
	}
	if n := b.office.Count("INBOX"); n != 1 {
		t.Errorf("%d messages left, want the old one", n)
	}
}

// TestBusyMailbox: while IMAP fails and POP waits for it, so many messages come
// that ours is neither among the oldest nor among the newest; it is deleted.
func TestBusyMailbox(t *testing.T) {
	found := make(chan struct{})
	slow := mailtest.Serve(t, nil, func(*mailtest.Conn) {
		select {
		case <-found:
			time.Sleep(100 * time.Millisecond) // until POP waits; sooner is right too
		case <-t.Context().Done():
		}
	})
	others := func(o *mailtest.Office) {
		for range 15 {
			o.Arrive([]byte("Subject: another\r\n\r\nx\r\n"))
		}
	}
	b := newBench(t, &mailtest.Office{Deliver: func(o *mailtest.Office, data []byte) {
		others(o)
		o.Arrive(data)
	}}, "imap", "pop", "smtp")
	b.cfg.Cloud.IMAP = slow
	b.cfg.Events = func(e Event) {
		if e.Leg == POP && e.Hop.Name == Arrive && e.Hop.Status == OK {
			others(b.office)
			close(found)
		}
	}
	r := Run(t.Context(), b.cfg)
	wantStates(t, r, "imap token=ok connect=ok tls=failed auth=skipped open=skipped arrive=skipped cleanup=skipped", popOK, smtpOK)
	if n := b.office.CountPOP(); n != 30 {
		t.Errorf("%d messages left, want the 30 others", n)
	}
}

// TestPOPKeptOut: a POP server that keeps its client out for a while, however
// often, is asked again until the time is over, and then its words are told.
func TestPOPKeptOut(t *testing.T) {
	for name, c := range map[string]struct {
		refusals int32
		want     string
	}{
		"for a while": {6, popOK},
		"for ever":    {1 << 30, strings.Replace(popOK, "arrive=ok cleanup=ok", "arrive=failed cleanup=skipped", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			office := &mailtest.Office{}
			b := newBench(t, office, "pop", "smtp")
			var sessions atomic.Int32
			office.KeepOut = func() string {
				if n := sessions.Add(1); n > 1 && n <= c.refusals {
					return "-ERR [LOGIN-DELAY] Too soon"
				}
				return ""
			}
			if c.refusals > 100 {
				b.cfg.ArriveWithin = 500 * time.Millisecond
			}
			r := Run(t.Context(), b.cfg)
			wantStates(t, r, c.want, smtpOK)
			if h := hopOf(r, POP, Arrive); h.Status == Failed && h.Server != "-ERR [LOGIN-DELAY] Too soon" {
				t.Errorf("%+v", h)
			}
		})
	}
}

// TestAlertIsShown: what the mail server wants its user to see stands with the leg.
func TestAlertIsShown(t *testing.T) {
	b := newBench(t, &mailtest.Office{}, "imap")
	b.cfg.Cloud.IMAP = mailtest.Play(t, true, b.ca.Local(t), "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hi\nC: a2 *\nS: * OK [ALERT] Mailbox is 98% full\nS: a2 NO AUTHENTICATE failed.\nwait")
	r := Run(t.Context(), b.cfg)
	if notes := r.Legs[0].Notes; len(notes) != 1 || !strings.HasSuffix(notes[0], ": Mailbox is 98% full") {
		t.Errorf("notes %q", notes)
	}
}

// TestCodesOfTheServer: a code by which a server says that it is at fault, or
// somebody else in the mailbox, is no word about who may open it.
func TestCodesOfTheServer(t *testing.T) {
	for _, c := range []struct {
		protocol, during, text string
		want                   bool
	}{
		{"POP", "AUTH", "-ERR [SYS/TEMP] Mailbox cannot be locked", false},
		{"POP", "AUTH", "-ERR [SYS/PERM] Mailbox is corrupt", false},
		{"POP", "AUTH", "-ERR [IN-USE] Another session", false},
		{"POP", "STAT", "-ERR [LOGIN-DELAY] Wait", false},
		{"POP", "AUTH", "-ERR [AUTH] no", true},
		{"IMAP", "AUTHENTICATE", "NO [INUSE] Locked", false},
		{"IMAP", "SELECT", "NO [LIMIT] Enough", false},
		{"IMAP", "SELECT", "NO [SERVERBUG] Oops", false},
		{"IMAP", "SELECT", "NO [UNAVAILABLE] Down", false},
		{"IMAP", "AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no", true},
		{"IMAP", "SELECT", "NO [NOPERM] no", true},
		{"IMAP", "AUTHENTICATE", "BAD Command argument error", false},
		{"IMAP", "SELECT", "BAD User is authenticated but not connected.", true},
		{"IMAP", "AUTHENTICATE", "BAD User is authenticated but not connected.", true},
	} {
		err := &mail.ServerError{Protocol: c.protocol, During: c.during, Text: c.text}
		if got := turnedAway(err); got != c.want {
			t.Errorf("%v: %v", err, got)
		}
	}
}
