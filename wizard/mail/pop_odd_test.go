package mail

import (
	"fmt"
	"strings"
	"testing"

	"postkey/wizard/mail/mailtest"
)

// Parts of scripts for POP.
const (
	popOther = "S: +OK\nS: Subject: hello\nS: \nS: .\n"
	popOurs  = "S: +OK\nS: Message-ID: <1@x>\nS: \nS: .\n"
)

// TestPOPUnusualButConforming: what RFC 1939, 2449 and 5034 allow up to the
// number of messages.
func TestPOPUnusualButConforming(t *testing.T) {
	auth := "C: AUTH XOAUTH2\nS: +\nC: *\nS: +OK\n"
	for name, script := range map[string]string{
		"APOP stamp, no CAPA": "S: +OK <1896.697170952@dbc.mtview.ca.us>\nC: CAPA\nS: -ERR\n" + auth + "C: STAT\nS: +OK 3 120 and more\n",
		"lower case":          "S: +ok\nC: CAPA\nS: +ok\nS: sasl plain xoauth2\nS: .\n" + auth + "C: STAT\nS: +ok 3 120\n",
		"a byte at a time":    "split\nS: +OK\nC: CAPA\nS: +OK\nS: IMPLEMENTATION x\nS: SASL PLAIN\nS: SASL XOAUTH2\nS: .\n" + auth + "C: STAT\nS: +OK 3 120\n",
		"the line feed alone": "S: +OK\nC: CAPA\nS: +OK\\nSASL XOAUTH2\\n.\n" + auth + "C: STAT\nS: +OK 3 120\n",
		"the challenge":       "S: +OK\nC: CAPA\nS: +OK\nS: SASL XOAUTH2\nS: .\nC: AUTH XOAUTH2\nS: + e30=\nC: *\nS: +OK\nC: STAT\nS: +OK 3 120\n",
	} {
		t.Run(name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			s := mustSignIn(t, DialPOP, mailtest.Play(t, true, ca.Local(t), script+"wait"), ca)
			if n, err := s.Open(t.Context()); n != 3 || err != nil {
				t.Errorf("%d messages, %v", n, err)
			}
		})
	}
}

// TestPOPPassesOverTheUnreadable: one message that the server cannot give does
// not hide ours.
func TestPOPPassesOverTheUnreadable(t *testing.T) {
	m := Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey c0ffee"}
	list := "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\n"
	n, err := find(t, 3, list+"C: TOP 3 0\nS: -ERR Message corrupted\nC: TOP 2 0\n"+popOther+"C: TOP 1 0\n"+popOurs, m, new(Seen))
	if n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	seen := new(Seen) // the unreadable one is all that is left to read when the mailbox is looked at again
	for _, script := range []string{list + "C: TOP 3 0\nS: -ERR Message corrupted\nC: TOP 2 0\n" + popOther + "C: TOP 1 0\n" + popOther, list + "C: TOP 3 0\nS: -ERR Message corrupted\n"} {
		if n, err := find(t, 3, script, m, seen); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	_, err = find(t, 2, "C: UIDL\nS: -ERR\nC: TOP 2 0\nS: -ERR one\nC: TOP 1 0\nS: -ERR [SYS/TEMP] two", m, new(Seen))
	wantRefusal(t, err, ServerError{"POP", 0, "", "-ERR [SYS/TEMP] two", "TOP", nil})
}

// TestPOPWithoutTOP: TOP is optional, and RETR takes its place for whatever is
// not large.
func TestPOPWithoutTOP(t *testing.T) {
	m := Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey c0ffee"}
	const report = "S: +OK\nS: From: MAILER-DAEMON@x\nS: \nS: Status: 5.1.1\nS: Message-ID: <1@x>\nS: .\n"
	read := func(n int, text string) string {
		return fmt.Sprintf("C: LIST %d\nS: +OK %d 900\nC: RETR %d\n%s", n, n, n, text)
	}
	no := func(n int) string { return fmt.Sprintf("C: TOP %d 0\nS: -ERR what\n", n) }
	hello := strings.Replace(popHello, "S: TOP\n", "", 1)
	silent := "S: +OK\nC: CAPA\nS: -ERR\n"
	for name, c := range map[string]struct {
		script string
		want   int
		bounce bool
	}{
		"not offered":      {hello + popAuth + "C: STAT\nS: +OK 3 9\nC: UIDL\nS: -ERR\n" + no(3) + "C: LIST 3\nS: +OK 3 99000000\n" + no(2) + read(2, popOther) + read(1, popOurs), 1, false},
		"a report":         {hello + popAuth + "C: STAT\nS: +OK 1 9\nC: UIDL\nS: -ERR\n" + no(1) + read(1, report) + read(1, report), 0, true},
		"refused, no CAPA": {silent + popAuth + "C: STAT\nS: +OK 2 9\nC: UIDL\nS: -ERR\n" + no(2) + read(2, popOther) + read(1, popOurs), 1, false},
		"nonsense":         {hello + popAuth + "C: STAT\nS: +OK 2 9\nC: UIDL\nS: -ERR\n" + no(2) + "C: LIST 2\nS: +OK 2 many\n" + no(1) + read(1, popOurs), 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			s := mustSignIn(t, DialPOP, mailtest.Play(t, true, ca.Local(t), c.script+"wait"), ca)
			if _, err := s.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			n, err := s.Find(t.Context(), m, new(Seen))
			if _, bounced := err.(*BounceError); n != c.want || bounced != c.bounce || err != nil && !bounced {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
}

// TestPOPFindsItAgain: a message that was found is found in a later session,
// however many have come since, and is known to be gone where it is.
func TestPOPFindsItAgain(t *testing.T) {
	m := Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey c0ffee"}
	seen := new(Seen)
	if n, err := find(t, 1, "C: UIDL\nS: +OK\nS: 1 ours\nS: .\nC: TOP 1 0\n"+popOurs, m, seen); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	var list strings.Builder
	for i := 1; i <= 5000; i++ {
		id := fmt.Sprint("id", i)
		if i == 2500 {
			id = "ours"
		}
		fmt.Fprintf(&list, "S: %d %s\n", i, id)
	}
	again := *seen
	if n, err := find(t, 5000, "C: UIDL\nS: +OK\n"+list.String()+"S: .\nC: TOP 2500 0\n"+popOurs, m, &again); n != 2500 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := find(t, 2, "C: UIDL\nS: +OK\nS: 1 x\nS: 2 y\nS: .\n", m, seen); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
