package mail

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"postkey/wizard/mail/mailtest"
)

const (
	popHello = `S: +OK The Microsoft Exchange POP3 service is ready. [QQBNADAAUAAyADgA]
C: CAPA
S: +OK
S: TOP
S: UIDL
S: SASL PLAIN XOAUTH2
S: USER
S: .
`
	popAuth = `C: AUTH XOAUTH2
S: + 
C: *
S: +OK User successfully authenticated.
`
)

func TestPOPRoundTrip(t *testing.T) {
	ca := mailtest.NewCA(t)
	office := (&mailtest.Office{Address: login, Token: token.Reveal()}).Open(t, ca)
	m := compose(t)
	for range 3 {
		office.Arrive([]byte("Subject: old\r\n\r\n.x\r\n"))
	}
	var seen Seen
	look := func(want, wantCount int) *POP {
		t.Helper()
		s := mustSignIn(t, DialPOP, office.POP, ca)
		if n, err := s.Open(t.Context()); err != nil || n != wantCount {
			t.Fatalf("Open: %d, %v", n, err)
		}
		if n, err := s.Find(t.Context(), m, &seen); err != nil || n != want {
			t.Fatalf("Find: %d, %v, want %d", n, err, want)
		}
		return s
	}
	if err := look(0, 3).Quit(t.Context()); err != nil {
		t.Fatal(err)
	}
	office.Arrive(m.Data)
	office.Arrive([]byte("Subject: newer\r\n\r\nx\r\n"))
	s := look(4, 5)
	if err := s.Delete(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	if office.CountPOP() != 5 {
		t.Error("deleted before QUIT")
	}
	if err := s.Quit(t.Context()); err != nil || office.CountPOP() != 4 || !s.Ended() {
		t.Errorf("%d messages left, %v", office.CountPOP(), err)
	}
	look(0, 4)
}

func TestPOPRefusals(t *testing.T) {
	for _, c := range []struct{ name, script, text, during string }{
		{"token", popHello + "C: AUTH XOAUTH2\nS: + \nC: *\nS: -ERR Authentication failure: unknown user name or bad password.", "-ERR Authentication failure: unknown user name or bad password.", "AUTH"},
		{"protocol", popHello + "C: AUTH XOAUTH2\nS: -ERR Protocol error. Connection is closed. 10", "-ERR Protocol error. Connection is closed. 10", "AUTH"},
		{"no CAPA", "S: +OK\nC: CAPA\nS: -ERR unknown command\nC: AUTH XOAUTH2\nS: -ERR unknown method", "-ERR unknown method", "AUTH"},
		{"challenge", popHello + "C: AUTH XOAUTH2\nS: +\nC: *\nS: + eyJzdGF0dXMiOiI0MDAifQ==\nC: \nS: -ERR [AUTH] no", "-ERR [AUTH] no\n{\"status\":\"400\"}", "AUTH"},
		{"locked", popHello + popAuth + "C: STAT\nS: -ERR [IN-USE] locked", "-ERR [IN-USE] locked", "STAT"},
		{"echo", popHello + "C: AUTH XOAUTH2\nS: +\nC: *\nS: -ERR " + echo(), "-ERR [secret]", "AUTH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			err := whole(t.Context(), "POP", mailtest.Play(t, true, ca.Local(t), c.script+"\nwait"), Options{RootCAs: ca.Pool})
			wantRefusal(t, err, ServerError{"POP", 0, "", c.text, c.during, nil})
		})
	}
}

func TestPOPWithoutXOAUTH2(t *testing.T) {
	ca := mailtest.NewCA(t)
	for _, script := range []string{strings.Replace(popHello, " XOAUTH2", "", 1), strings.Replace(popHello, "S: SASL PLAIN XOAUTH2\n", "", 1)} {
		err := whole(t.Context(), "POP", mailtest.Play(t, true, ca.Local(t), script+"wait"), Options{RootCAs: ca.Pool})
		wantIs(t, err, ErrNoXOAUTH2)
	}
}

func TestPOPNonsense(t *testing.T) {
	ca := mailtest.NewCA(t)
	for _, answer := range []string{"+OK", "+OK many mails", "+OK -1 0", "garbage", "+OKAY 1 2"} {
		err := whole(t.Context(), "POP", mailtest.Play(t, true, ca.Local(t), popHello+popAuth+"C: STAT\nS: "+answer+"\nwait"), Options{RootCAs: ca.Pool})
		wantIs(t, err, ErrNotMailServer)
	}
}

// find runs Find on a scripted server that has count messages.
func find(t *testing.T, count int, script string, m Message, seen *Seen) (int, error) {
	t.Helper()
	ca := mailtest.NewCA(t)
	address := mailtest.Play(t, true, ca.Local(t), popHello+popAuth+fmt.Sprintf("C: STAT\nS: +OK %d 100\n", count)+script+"\nwait")
	s := mustSignIn(t, DialPOP, address, ca)
	if _, err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s.Find(t.Context(), m, seen)
}

func TestPOPFind(t *testing.T) {
	m := Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey c0ffee"}
	const other, ours = "S: +OK\nS: Subject: hello\nS: \nS: .\n", "S: +OK\nS: Message-ID:\nS:  <1@x>\nS: \nS: .\n"
	t.Run("without UIDL", func(t *testing.T) {
		n, err := find(t, 3, "C: UIDL\nS: -ERR no\nC: TOP 3 0\n"+other+"C: TOP 2 0\n"+ours, m, new(Seen))
		if n != 2 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
	t.Run("newest first", func(t *testing.T) {
		var list strings.Builder
		for i := range 100 {
			fmt.Fprintf(&list, "S: %d id%d\n", i+1, 200-i)
		}
		var tops strings.Builder
		for _, span := range [][2]int{{100, 91}, {10, 2}} {
			for n := span[0]; n >= span[1]; n-- {
				fmt.Fprintf(&tops, "C: TOP %d 0\n%s", n, other)
			}
		}
		seen := new(Seen)
		n, err := find(t, 100, "C: UIDL\nS: +OK\n"+list.String()+"S: .\n"+tops.String()+"C: TOP 1 0\n"+ours, m, seen)
		if n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		// A second look reads only what is new, wherever it stands.
		seen.found = "" // as if it had not been ours
		n, err = find(t, 101, "C: UIDL\nS: +OK\n"+list.String()+"S: 101 new\nS: .\nC: TOP 101 0\n"+other+"C: TOP 1 0\n"+ours, m, seen)
		if n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
	t.Run("bounce", func(t *testing.T) {
		const head = "S: +OK\nS: From: MAILER-DAEMON@x\nS: Subject: Undelivered\nS: \n"
		_, err := find(t, 1, "C: UIDL\nS: -ERR\nC: TOP 1 0\n"+head+"S: .\nC: TOP 1 4000\n"+head+"S: Action: failed\nS: Status: 5.1.1\nS: ..\nS: Message-ID: <1@x>\nS: .\n", m, new(Seen))
		var bounce *BounceError
		if !errors.As(err, &bounce) || *bounce != (BounceError{"5.1.1", "Undelivered"}) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("TOP is refused", func(t *testing.T) {
		_, err := find(t, 1, "C: UIDL\nS: -ERR\nC: TOP 1 0\nS: -ERR no TOP", m, new(Seen))
		wantRefusal(t, err, ServerError{"POP", 0, "", "-ERR no TOP", "TOP", nil})
	})
}
