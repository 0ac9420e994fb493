package mail

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"postkey/wizard/mail/mailtest"
)

// TestIMAPUnusualButConforming: what RFC 9051 and RFC 3501 allow a server to say
// up to the inbox, and few servers do.
func TestIMAPUnusualButConforming(t *testing.T) {
	const (
		greeting = "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\n"
		inbox    = "C: ? SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDNEXT 9] next\nS: ? OK [READ-WRITE] done\n"
	)
	for name, script := range map[string]string{
		"lower case":             "S: * ok [capability imap4rev1 sasl-ir auth=xoauth2] ready\nC: a2 AUTHENTICATE XOAUTH2 *\nS: a2 ok in\nC: ? SELECT INBOX\nS: * 3 exists\nS: * ok [uidnext 9] next\nS: ? ok [read-write] done\n",
		"no SASL-IR, bare plus":  "S: * OK ready\nC: a1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2\nS: a1 OK done\nC: a2 AUTHENTICATE XOAUTH2\nS: +\nC: *\nS: a2 OK in\n" + inbox,
		"IMAP4rev2 alone":        "S: * OK [CAPABILITY IMAP4rev2 AUTH=XOAUTH2] ready\nC: a2 AUTHENTICATE XOAUTH2 *\nS: a2 OK [CAPABILITY IMAP4rev2] in\nC: ? SELECT INBOX\nS: * 3 EXISTS\nS: * LIST () NIL INBOX\nS: * OK [UIDNEXT 9] next\nS: ? OK [READ-WRITE] done\n",
		"data at any time":       greeting + "C: a2 *\nS: * 3 EXISTS\nS: * OK [ALERT] soon full\nS: * NO [UNAVAILABLE] one of two is down\nS: * CAPABILITY IMAP4rev1 IDLE\nS: a2 OK in\nC: ? SELECT INBOX\nS: * SEARCH\nS: * 2 FETCH (FLAGS (\\Seen $Odd))\nS: * 1 EXPUNGE\nS: * STATUS \"Posta indesiderata\" (MESSAGES 3)\nS: * 3 EXISTS\nS: ? OK [READ-WRITE] done\n",
		"responses nobody knows": greeting + "C: a2 *\nS: * X-NEWS {4}\\r\\na\\r\\nb {2}\\r\\n)( after\nS: * VANISHED (EARLIER) 41,43:116\nS: * 7 X-MOOD (\"fine\" {3}\\r\\n* 9)\nS: * QUOTAROOT INBOX \"\"\nS: * OK a set is {3}\nS: a2 OK in {5}\nC: ? SELECT INBOX\nS: * X-LONG " + strings.Repeat("word ", 1500) + "{12}\\r\\n* 5 EXISTS\\r\\n tail\nS: * LIST () \"/\" {6}\\r\\n* X-NO\nS: * 3 EXISTS\nS: * X-LAST\nS: * OK [UIDNEXT 9] next\nS: ? OK [READ-WRITE] done\n",
		"codes nobody knows":     greeting + "C: a2 *\nS: a2 OK [X-WELCOME (1 2 \"three\")] in\nC: ? SELECT INBOX\nS: * OK [CLOSED] before\nS: * 3 EXISTS\nS: * OK [NOMODSEQ] none\nS: * OK [MAILBOXID (F2212ea87)] id\nS: * OK [X-NEW]\nS: ? OK [READ-ONLY]\n",
		"no words":               greeting + "C: a2 *\nS: a2 OK\nC: ? SELECT INBOX\nS: * 3 EXISTS\nS: * OK\nS: ? OK\n",
		"names with 8 bits":      greeting + "C: a2 *\nS: a2 OK in\nC: ? SELECT INBOX\nS: * LIST (\\Junk) \".\" \"INBOX.Indésirables\"\nS: * LIST () \".\" \"R&D\"\nS: * LIST () \".\" \"Ind\xe9sirables\"\nS: * LIST () \"/\" {5}\\r\\na\\b]c\nS: * LIST () \"\\\\\" \"a\\\\b\\\"c\"\nS: * 3 EXISTS\nS: ? OK done\n",
		"a literal before it":    greeting + "C: a2 *\nS: * LIST () \"/\" {6}\\r\\na\\r\\nb c x\nS: a2 OK in\n" + inbox,
		"a byte at a time":       "split\n" + greeting + "C: a2 *\nS: a2 OK in\n" + inbox,
		"all at once":            greeting + "C: a2 *\nS: * 2 EXISTS\\r\\n* OK [ALERT] one\\r\\na2 OK in\n" + inbox,
		"the line feed alone":    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\nC: a2 *\nS: * OK one\\n* OK two\\na2 OK in\n" + inbox,
		"a very long line":       greeting + "C: a2 *\nS: * CAPABILITY IMAP4rev1 " + strings.Repeat("X-LONG ", 9000) + "\nS: a2 OK in\n" + inbox,
		"the challenge is JSON":  "S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready\nC: a2 AUTHENTICATE XOAUTH2\nS: + e30=\nC: *\nS: a2 OK in\n" + inbox,
		"the capabilities again": greeting + "C: a2 *\nS: * CAPABILITY IMAP4rev1\nS: a2 OK [CAPABILITY IMAP4rev1 IDLE] in\n" + inbox,
	} {
		t.Run(name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			s := mustSignIn(t, DialIMAP, mailtest.Play(t, true, ca.Local(t), script+"wait"), ca)
			if n, err := s.Open(t.Context()); n != 3 || err != nil {
				t.Errorf("%d messages, %v", n, err)
			}
		})
	}
}

// TestIMAPNumbersWithoutEnd: an answer of a few bytes names the highest UID, or
// billions of them, and neither fills the memory nor lasts for ever.
func TestIMAPNumbersWithoutEnd(t *testing.T) {
	const highest = 1<<32 - 1
	for name, c := range map[string]struct {
		set   imap.UIDSet
		count int
		last  imap.UID
	}{
		"the highest": {imap.UIDSet{{Start: 7, Stop: 7}, {Start: highest, Stop: highest}}, 2, highest},
		"billions":    {imap.UIDSet{{Start: 1, Stop: highest}}, maxUIDs, maxUIDs},
		"none":        {imap.UIDSet{{}}, 0, 0},
	} {
		got := listUIDs(c.set)
		if len(got) != c.count || c.count > 0 && got[len(got)-1] != c.last {
			t.Errorf("%s: %d UIDs", name, len(got))
		}
	}
	m := Message{ID: "postkey.1@contoso.example", Mark: "c0ffee", Subject: "Postkey test message c0ffee"}
	script := capsNoIdle + notThere + noop + "C: ? UID SEARCH UID 9:*\nS: * SEARCH 4294967295\nS: ? OK done\n" + headOf(highest, "Subject: hello\n") +
		noop + "C: ? UID SEARCH *\nS: ? NO enough"
	_, _, err := await(t, script, m, time.Millisecond)
	wantRefusal(t, err, ServerError{"IMAP", 0, "", "NO enough", "SEARCH", nil})
}

// TestIdleIsNotWokenByTheSameNumber: a server that tells the number of messages
// with every IDLE is not asked without rest.
func TestIdleIsNotWokenByTheSameNumber(t *testing.T) {
	ca := mailtest.NewCA(t)
	rounds := make(chan int, 1)
	address := mailtest.Serve(t, ca.Local(t), func(c *mailtest.Conn) {
		c.Send("* OK [CAPABILITY IMAP4rev1 SASL-IR IDLE AUTH=XOAUTH2] ready")
		looks := 0
		for {
			line, ok := c.Line()
			if !ok {
				return
			}
			tag, command, _ := strings.Cut(line, " ")
			switch {
			case command == "IDLE":
				c.Send("+ idling", "* 3 EXISTS", "* 0 RECENT")
				if looks++; looks == 2 {
					time.AfterFunc(300*time.Millisecond, func() { c.Send("* 4 EXISTS") })
				}
				if line, ok = c.Line(); !ok || line != "DONE" {
					return
				}
				if looks == 2 {
					rounds <- looks
				}
			case strings.HasPrefix(command, "SELECT"):
				c.Send("* 3 EXISTS", "* OK [UIDNEXT 9] next")
			case strings.HasPrefix(command, "UID SEARCH UID") && looks > 1:
				c.Send("* SEARCH 9")
			case strings.HasPrefix(command, "UID SEARCH"):
				c.Send("* SEARCH")
			case strings.HasPrefix(command, "UID FETCH"):
				head := "Message-ID: <1@x>\r\n\r\n"
				c.Send(fmt.Sprintf("* 4 FETCH (UID 9 BODY[HEADER.FIELDS (\"Message-ID\")] {%d}\r\n%s)", len(head), head))
			}
			c.Send(tag + " OK done")
		}
	})
	s, err := DialIMAP(t.Context(), address, Options{RootCAs: ca.Pool, Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err = s.StartTLS(t.Context()); err == nil {
		if err = s.Authenticate(t.Context(), login, token); err == nil {
			_, err = s.Open(t.Context())
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	told := time.Now()
	if uid, err := s.Await(t.Context(), Message{ID: "1@x", Mark: "c0ffee", Composed: time.Now()}); uid != 9 || err != nil {
		t.Fatalf("uid %d, %v", uid, err)
	}
	if <-rounds; time.Since(told) < 300*time.Millisecond {
		t.Error("the second IDLE ended before there was news")
	}
}

// TestAwaitUnusual: the message is found where a server tells less, or another
// program is at work in the mailbox.
func TestAwaitUnusual(t *testing.T) {
	m := Message{ID: "postkey.1@contoso.example", Mark: "c0ffee", Subject: "Postkey test message c0ffee"}
	ours := headOf(9, "Message-ID: <postkey.1@contoso.example>\n")
	two := noop + "C: ? UID SEARCH UID 9:*\nS: * SEARCH 9 10\nS: ? OK done\n"
	one := strings.Replace(strings.Replace(ours, "FETCH 9 ", "FETCH 9:10 ", 1), "S: ? OK done", "S: ? NO [EXPUNGEISSUED] some are gone", 1)
	for name, script := range map[string]string{
		"another is gone":     capsNoIdle + notThere + two + one + noop + "C: ? UID SEARCH UID 9:10 *\nS: * SEARCH 9\nS: ? OK done\n",
		"ESEARCH":             capsNoIdle + noop + "C: ? UID SEARCH *\nS: * ESEARCH (TAG \"T4\") UID\nS: ? OK done\n" + noop + "C: ? UID SEARCH UID 9:*\nS: * ESEARCH (TAG \"T6\") UID ALL 9\nS: ? OK done\n" + ours,
		"two lines of SEARCH": capsNoIdle + notThere + noop + "C: ? UID SEARCH UID 9:*\nS: * SEARCH 10\nS: * SEARCH 9\nS: ? OK done\n" + strings.Replace(strings.Replace(ours, "FETCH 9 ", "FETCH 9:10 ", 1), "S: * 4", "S: * 5 FETCH (BODY[HEADER.FIELDS (Subject)] \"Subject: \\\"x\\\"\" UID 10)\nS: * 4", 1) + noop + "C: ? UID SEARCH UID 9:10 *\nS: * SEARCH\nS: ? OK done\n",
		"subject encoded":     capsNoIdle + notThere + newNine + headOf(9, "Subject: =?utf-8?B?W0VzdMOpcm5vXSBQb3N0a2V5IHRlc3QgbWVzc2FnZSBjMGZmZWU=?=\n"),
		"odd character set":   capsNoIdle + notThere + newNine + headOf(9, "Subject: =?windows-1252?Q?[Externe_=96_Mail]_Postkey_test_message_?=\n =?windows-1252?Q?c0ffee?=\n"),
	} {
		t.Run(name, func(t *testing.T) {
			_, uid, err := await(t, script, m, time.Millisecond)
			if err != nil || uid != 9 {
				t.Errorf("uid %d, %v", uid, err)
			}
		})
	}
}

// TestAwaitWithoutUIDNEXT: where SELECT does not tell the next UID, it is found
// out once; the whole inbox is not searched again and again.
func TestAwaitWithoutUIDNEXT(t *testing.T) {
	m := Message{ID: "postkey.1@contoso.example", Mark: "c0ffee", Subject: "Postkey test message c0ffee"}
	hello := imapHello + imapAuth + strings.Replace(imapOpen, "S: * OK [UIDNEXT 9] The next unique identifier value\n", "", 1) + capsNoIdle
	newest := noop + "C: ? UID SEARCH UID \\*\nS: * SEARCH 100000\nS: ? OK done\n"
	byName := noop + "C: ? UID SEARCH UID 99001:\\* OR *\nS: * SEARCH\nS: ? OK done\n"
	came := noop + "C: ? UID SEARCH UID 99981:*\nS: * SEARCH 100000\nS: ? OK done\n" + headOf(100000, "Message-ID: <postkey.1@contoso.example>\n")
	ca := mailtest.NewCA(t)
	s := mustSignIn(t, DialIMAP, mailtest.Play(t, true, ca.Local(t), hello+newest+byName+came+"wait"), ca)
	if _, err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if uid, err := s.Await(t.Context(), m); uid != 100000 || err != nil {
		t.Errorf("uid %d, %v", uid, err)
	}
}

// TestIMAPAlerts: what a server wants to be shown to the user is kept, wherever
// it says it, and the error of a refusal does not say it twice.
func TestIMAPAlerts(t *testing.T) {
	ca := mailtest.NewCA(t)
	script := "S: * OK [ALERT] Moves on Sunday\nC: a1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR\nS: a1 OK done\n" +
		"C: a2 *\nS: * NO [alert] Moves on Sunday\nS: a2 OK [ALERT] Mailbox is 98% full \x1b[1m\n" +
		"C: ? SELECT INBOX\nS: * OK [ALERT] Bye " + echo() + "\nS: ? NO [ALERT] Over quota\nwait"
	s := mustSignIn(t, DialIMAP, mailtest.Play(t, true, ca.Local(t), script), ca)
	_, err := s.Open(t.Context())
	wantRefusal(t, err, ServerError{"IMAP", 0, "", "NO [ALERT] Over quota", "SELECT", nil})
	if got, want := s.Alerts(), []string{"Moves on Sunday", "Mailbox is 98% full �[1m", "Bye [secret]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestIMAPLiteralsWithoutEnd: a line that goes on behind literal after literal
// ends the connection at the length that a line may have.
func TestIMAPLiteralsWithoutEnd(t *testing.T) {
	ca := mailtest.NewCA(t)
	address := mailtest.Serve(t, ca.Local(t), func(c *mailtest.Conn) {
		c.Send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready", "* LIST () NIL {1}")
		for range 1 << 20 {
			if _, err := c.Write([]byte("xy{1}\r\n")); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wantIs(t, whole(ctx, "IMAP", address, Options{RootCAs: ca.Pool}), ErrNotMailServer)
}

// Parts of scripts for the folder for junk.
const (
	junkList   = "C: ? LIST \"\" \"\\*\"\nS: * LIST (\\HasNoChildren) \"/\" INBOX\nS: * LIST (\\HasNoChildren) NIL Spam\nS: * LIST (\\HasNoChildren \\junk) \"/\" \"Ind&AOk-sirables\"\nS: ? OK done\n"
	junkOpened = "C: ? SELECT \"Ind&AOk-sirables\"\nS: * OK [CLOSED] before\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 2] x\nS: * OK [UIDNEXT 4] x\nS: ? OK [READ-WRITE] done\n"
	junkHit    = noop + "C: ? UID SEARCH *\nS: * SEARCH 3\nS: ? OK done\n"
)

// TestAwaitInJunk: after a while the folder for junk is looked into as well, by
// its purpose or its usual name; what is found there can be deleted there.
func TestAwaitInJunk(t *testing.T) {
	m := Message{ID: "postkey.1@contoso.example", Mark: "c0ffee", Subject: "Postkey test message c0ffee"}
	oursThree := headOf(3, "Message-ID: <postkey.1@contoso.example>\n")
	byName := "C: ? LIST \"\" \"\\*\"\nS: * LIST (\\Noselect) \".\" Junk\nS: * LIST () \".\" INBOX.spam\nS: ? OK done\nC: ? SELECT \"INBOX.spam\"\nS: * OK [UIDVALIDITY 2] x\nS: ? OK done\n"
	back := func(validity, next int) string {
		return fmt.Sprintf("C: ? SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY %d] x\nS: * OK [UIDNEXT %d] x\nS: ? OK done\n", validity, next)
	}
	for name, c := range map[string]struct {
		script, folder string
		uid            uint32
	}{
		"by purpose":            {capsNoIdle + notThere + notThere + junkList + junkOpened + junkHit + oursThree, "Indésirables", 3},
		"by name":               {capsNoIdle + notThere + notThere + byName + junkHit + oursThree, "INBOX.spam", 3},
		"asked for purposes":    {strings.Replace(capsNoIdle, "IMAP4rev1", "IMAP4rev1 SPECIAL-USE LIST-EXTENDED", 1) + notThere + notThere + strings.Replace(junkList, "\"\\*\"", "\"\\*\" RETURN (SPECIAL-USE)", 1) + junkOpened + junkHit + oursThree, "Indésirables", 3},
		"in the inbox after it": {capsNoIdle + notThere + notThere + junkList + junkOpened + strings.Replace(junkHit, "SEARCH 3", "SEARCH", 1) + back(14, 10) + newNine + headOf(9, "Message-ID: <postkey.1@contoso.example>\n"), "", 9},
		"the inbox is another":  {capsNoIdle + notThere + notThere + junkList + junkOpened + strings.Replace(junkHit, "SEARCH 3", "SEARCH", 1) + back(15, 31) + noop + "C: ? UID SEARCH UID 11:*\nS: * SEARCH 30\nS: ? OK done\n" + headOf(30, "Message-ID: <postkey.1@contoso.example>\n"), "", 30},
		"LIST is refused":       {capsNoIdle + notThere + notThere + "C: ? LIST *\nS: ? NO [NOPERM] no\n" + newNine + headOf(9, "Message-ID: <postkey.1@contoso.example>\n"), "", 9},
		"SELECT is refused":     {capsNoIdle + notThere + notThere + junkList + "C: ? SELECT *\nS: ? NO [NOPERM] no\n" + back(14, 10) + newNine + headOf(9, "Message-ID: <postkey.1@contoso.example>\n"), "", 9},
	} {
		t.Run(name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			address := mailtest.Play(t, true, ca.Local(t), imapHello+imapAuth+imapOpen+c.script+"wait")
			s, err := DialIMAP(t.Context(), address, Options{RootCAs: ca.Pool, Poll: time.Millisecond, Junk: time.Nanosecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			if err = s.StartTLS(t.Context()); err == nil {
				if err = s.Authenticate(t.Context(), login, token); err == nil {
					_, err = s.Open(t.Context())
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if uid, err := s.Await(t.Context(), m); uid != c.uid || err != nil || s.Junk() != c.folder {
				t.Errorf("uid %d in %q, %v", uid, s.Junk(), err)
			}
		})
	}
}
