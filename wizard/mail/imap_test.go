package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"postkey/oauth"
	"postkey/wizard/mail/mailtest"
)

// imapHello is what Exchange Online says up to the inbox: capabilities only on
// request, and none after the sign-in.
const (
	imapHello = `S: * OK The Microsoft Exchange IMAP4 service is ready. [QQBNADAAUAAyADgAMgBDAEEA]
C: a1 CAPABILITY
S: * CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+
S: a1 OK CAPABILITY completed.
`
	imapAuth = `C: a2 AUTHENTICATE XOAUTH2 *
S: a2 OK AUTHENTICATE completed.
`
	imapOpen = `C: ? SELECT INBOX
S: * 3 EXISTS
S: * 0 RECENT
S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft $MDNSent)
S: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft $MDNSent)] Permanent flags
S: * OK [UIDVALIDITY 14] UIDVALIDITY value
S: * OK [UIDNEXT 9] The next unique identifier value
S: ? OK [READ-WRITE] SELECT completed.
`
)

func TestIMAPRoundTrip(t *testing.T) {
	for name, c := range map[string]struct {
		caps    []imap.Cap
		removal Removal
		left    int // in the inbox, beside which another's deleted message must stay
	}{
		"UIDPLUS":    {[]imap.Cap{imap.CapIMAP4rev1, imap.CapUIDPlus}, Deleted, 2},
		"IMAP4rev2":  {[]imap.Cap{imap.CapIMAP4rev2}, Deleted, 2},
		"MOVE alone": {[]imap.Cap{imap.CapIMAP4rev1, imap.CapMove}, Moved, 2},
		"neither":    {[]imap.Cap{imap.CapIMAP4rev1}, Flagged, 3},
	} {
		for when := range 2 {
			t.Run(fmt.Sprintf("%s/%d", name, when), func(t *testing.T) {
				ca := mailtest.NewCA(t)
				office := (&mailtest.Office{Address: login, Token: token.Reveal(), Caps: c.caps}).Open(t, ca)
				m := compose(t)
				office.Arrive([]byte("Subject: old\r\n\r\nx\r\n"), imap.FlagDeleted)
				if when == 0 {
					office.Arrive(m.Data)
				}
				s := mustSignIn(t, DialIMAP, office.IMAP, ca)
				if n, err := s.Open(t.Context()); err != nil || n != 2-when {
					t.Fatalf("Open: %d, %v", n, err)
				}
				if when == 0 {
					office.Arrive([]byte("Subject: other\r\n\r\nx\r\n"))
				} else {
					time.AfterFunc(50*time.Millisecond, func() {
						office.Arrive([]byte("Subject: other\r\n\r\nx\r\n"))
						office.Arrive(m.Data)
					})
				}
				uid, err := s.Await(t.Context(), m)
				if want := uint32(2 + when); err != nil || uid != want {
					t.Fatalf("Await: %d, %v, want %d", uid, err, want)
				}
				removal, err := s.Delete(t.Context(), uid)
				if err != nil || removal != c.removal {
					t.Fatalf("Delete: %v, %v, want %v", removal, err, c.removal)
				}
				if got := office.Count("INBOX"); got != c.left {
					t.Errorf("%d messages left, want %d", got, c.left)
				}
				s.Logout(t.Context())
			})
		}
	}
}

func TestIMAPRefusedWithChallenge(t *testing.T) {
	ca := mailtest.NewCA(t)
	office := (&mailtest.Office{Address: login, Token: "another"}).Open(t, ca)
	_, err := signedIn(t, DialIMAP, office.IMAP, ca)
	wantRefusal(t, err, ServerError{"IMAP", 0, "", "NO [AUTHENTICATIONFAILED] AUTHENTICATE failed.\n" +
		`{"status":"401","schemes":"bearer","scope":"mail"}`, "AUTHENTICATE", nil})
}

func TestIMAPRefusals(t *testing.T) {
	for _, c := range []struct{ name, script, text, during string }{
		{"token", imapHello + "C: a2 *\nS: a2 NO AUTHENTICATE failed.", "NO AUTHENTICATE failed.", "AUTHENTICATE"},
		{"throttled", imapHello + "C: a2 *\nS: a2 BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds", "BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds", "AUTHENTICATE"},
		{"not connected, BAD", imapHello + imapAuth + "C: ? SELECT INBOX\nS: ? BAD User is authenticated but not connected.", "BAD User is authenticated but not connected.", "SELECT"},
		{"not connected, NO", imapHello + imapAuth + "C: ? SELECT INBOX\nS: ? NO [UNAVAILABLE 17] User is authenticated but not connected.", "NO [UNAVAILABLE 17] User is authenticated but not connected.", "SELECT"},
		{"not connected at once", imapHello + "C: a2 *\nS: a2 NO User is authenticated but not connected.", "NO User is authenticated but not connected.", "AUTHENTICATE"},
		{"two steps", strings.Replace(imapHello, " SASL-IR", "", 1) + "C: a2 AUTHENTICATE XOAUTH2\nS: + \nC: *\nS: + eyJzdGF0dXMiOiI0MDAifQ==\nC: \nS: a2 NO no", "NO no\n{\"status\":\"400\"}", "AUTHENTICATE"},
		{"BYE", imapHello + "C: a2 *\nS: * BYE Connection is closed. 13", "BYE Connection is closed. 13", "AUTHENTICATE"},
		{"BYE in the inbox", imapHello + imapAuth + "C: ? SELECT INBOX\nS: * 3 EXISTS\nS: * BYE Session invalidated", "BYE Session invalidated", "SELECT"},
		{"literal", imapHello + "C: a2 *\nS: * X-SAID {9}\nS: so it is, it was\nS: a2 NO group {9}", "NO group {9}", "AUTHENTICATE"},
		{"control characters", imapHello + "C: a2 *\nS: a2 NO \x1b[31mred", "NO �[31mred", "AUTHENTICATE"},
		{"echo", imapHello + "C: a2 *\nS: a2 BAD what is " + echo() + "?", "BAD what is [secret]?", "AUTHENTICATE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ca := mailtest.NewCA(t)
			script := c.script + "\nwait"
			if strings.Contains(c.text, "BYE") {
				script = c.script
			}
			err := whole(t.Context(), "IMAP", mailtest.Play(t, true, ca.Local(t), script), Options{RootCAs: ca.Pool})
			wantRefusal(t, err, ServerError{"IMAP", 0, "", c.text, c.during, nil})
			if strings.Contains(c.text, "BYE") {
				wantIs(t, err, ErrLost)
			}
		})
	}
}

func TestIMAPStopsBeforeTheToken(t *testing.T) {
	ca := mailtest.NewCA(t)
	for _, script := range []string{
		strings.Replace(imapHello, " AUTH=XOAUTH2", "", 1) + "wait",
		"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=OAUTHBEARER] ready\nwait",
	} {
		err := whole(t.Context(), "IMAP", mailtest.Play(t, true, ca.Local(t), script), Options{RootCAs: ca.Pool})
		wantIs(t, err, ErrNoXOAUTH2)
	}
}

// TestIMAPRoundTrips counts the client's turns: with the capabilities in the
// greeting, the sign-in and SELECT are all.
func TestIMAPRoundTrips(t *testing.T) {
	ca := mailtest.NewCA(t)
	script := "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\nC: a2 *\nS: a2 OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] in\n" + imapOpen + "wait"
	if err := whole(t.Context(), "IMAP", mailtest.Play(t, true, ca.Local(t), script), Options{RootCAs: ca.Pool}); err != nil {
		t.Fatal(err)
	}
}

// await opens the inbox of a scripted server and waits there.
func await(t *testing.T, script string, m Message, poll time.Duration) (*IMAP, uint32, error) {
	t.Helper()
	ca := mailtest.NewCA(t)
	address := mailtest.Play(t, true, ca.Local(t), imapHello+imapAuth+imapOpen+script+"\nwait")
	s, err := DialIMAP(t.Context(), address, Options{RootCAs: ca.Pool, Poll: poll})
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
	uid, err := s.Await(t.Context(), m)
	return s, uid, err
}

// Parts of scripts for the wait.
const (
	capsAgain  = "C: ? CAPABILITY\nS: * CAPABILITY IMAP4rev1 UIDPLUS IDLE\nS: ? OK done\n"
	capsNoIdle = "C: ? CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: ? OK done\n"
	noop       = "C: ? NOOP\nS: ? OK done\n"
	notThere   = noop + "C: ? UID SEARCH *\nS: * SEARCH\nS: ? OK done\n"
	idleWoken  = "C: ? IDLE\nS: + idling\nS: * 4 EXISTS\nC: DONE\nS: ? OK done\n"
	idleSilent = "C: ? IDLE\nS: + idling\nC: DONE\nS: ? OK done\n"
	newNine    = "S: * 4 EXISTS\n" + noop + "C: ? UID SEARCH UID 9:*\nS: * SEARCH 9\nS: ? OK done\n"
)

// headOf is the answer to the FETCH of a message's header.
func headOf(uid int, head string) string {
	text := strings.ReplaceAll(head, "\n", `\r\n`) + `\r\n`
	size := len(strings.ReplaceAll(text, `\r\n`, "\r\n"))
	return fmt.Sprintf("C: ? UID FETCH %d (UID BODY.PEEK[HEADER.FIELDS *\nS: * 4 FETCH (UID %d BODY[HEADER.FIELDS (\"Message-ID\")] {%d}\\r\\n%s)\nS: ? OK done\n", uid, uid, size, text)
}

func TestAwaitWays(t *testing.T) {
	m := Message{ID: "postkey.1@contoso.example", Mark: "c0ffee", Subject: "Postkey test message c0ffee"}
	ours := headOf(9, "Message-ID: <postkey.1@contoso.example>\n")
	for name, script := range map[string]string{
		"IDLE tells":               capsAgain + notThere + notThere + idleWoken + newNine + ours,
		"IDLE never tells":         capsAgain + notThere + notThere + idleSilent + notThere + idleSilent + newNine + ours,
		"IDLE is refused":          capsAgain + notThere + notThere + "C: ? IDLE\nS: ? BAD no\n" + notThere + newNine + ours,
		"IDLE ends at once":        capsAgain + notThere + notThere + "C: ? IDLE\nS: ? OK never mind\n" + notThere + newNine + ours,
		"no search by name":        capsNoIdle + noop + "C: ? UID SEARCH UID 1:\\* OR *\nS: ? BAD what\n" + newNine + ours,
		"no IDLE":                  capsNoIdle + notThere + notThere + notThere + newNine + ours,
		"CAPABILITY is refused":    "C: ? CAPABILITY\nS: ? BAD no\n" + notThere + newNine + ours,
		"the id was replaced":      capsNoIdle + notThere + newNine + headOf(9, "Message-ID: <x@prod.outlook.com>\nX-Microsoft-Original-Message-ID: <postkey.1@contoso.example>\n"),
		"the id was lost":          capsNoIdle + notThere + newNine + headOf(9, "Message-ID: <x@prod.outlook.com>\nSubject: Postkey test message\n c0ffee\n"),
		"marked as from outside":   capsNoIdle + notThere + newNine + headOf(9, "Subject: [EXTERNAL] Postkey test message c0ffee\n"),
		"UID behind the text":      capsNoIdle + notThere + newNine + strings.Replace(strings.Replace(ours, "FETCH (UID 9 ", "FETCH (", 1), ")\nS: ? OK", " UID 9)\nS: ? OK", 1) + noop + "C: ? UID SEARCH UID 9 *\nS: * SEARCH 9\nS: ? OK done\n",
		"the newest is always led": capsNoIdle + notThere + noop + "C: ? UID SEARCH UID 9:*\nS: * SEARCH 7\nS: ? OK done\n" + newNine + ours,
	} {
		t.Run(name, func(t *testing.T) {
			_, uid, err := await(t, script, m, 20*time.Millisecond)
			if err != nil || uid != 9 {
				t.Errorf("uid %d, %v", uid, err)
			}
		})
	}
}

// TestAwaitAfterOpening: a message composed after the inbox was opened needs
// no search of the whole inbox.
func TestAwaitAfterOpening(t *testing.T) {
	m := Message{ID: "postkey.1@contoso.example", Mark: "c0ffee", Subject: "x", Composed: time.Now().Add(time.Hour)}
	_, uid, err := await(t, capsAgain+newNine+headOf(9, "Message-ID: <postkey.1@contoso.example>\n"), m, time.Millisecond)
	if err != nil || uid != 9 {
		t.Errorf("uid %d, %v", uid, err)
	}
}

func TestAwaitFailures(t *testing.T) {
	m := Message{ID: "postkey.1@contoso.example", Mark: "c0ffee", Subject: "Postkey test message c0ffee"}
	t.Run("BYE in IDLE", func(t *testing.T) {
		_, _, err := awaitUntilEnd(t, capsAgain+notThere+notThere+"C: ? IDLE\nS: + idling\nS: * BYE Session too long", m)
		wantRefusal(t, err, ServerError{"IMAP", 0, "", "BYE Session too long", "IDLE", nil})
		wantIs(t, err, ErrLost)
	})
	t.Run("bounce", func(t *testing.T) {
		report := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\nFrom: postmaster@contoso.example\nSubject: Undeliverable: hello\n"
		body := strings.ReplaceAll(report+"\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;x\n\nAction: failed\nStatus: 5.1.8\nDiagnostic-Code: smtp;550 5.1.8 Access denied,\n bad outbound sender AS(42004)\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <postkey.1@contoso.example>\n--b--\n", "\n", `\r\n`)
		size := len(strings.ReplaceAll(body, `\r\n`, "\r\n"))
		script := capsNoIdle + notThere + newNine + headOf(9, report) +
			fmt.Sprintf("C: ? UID FETCH 9 (UID BODY.PEEK[]*\nS: * 4 FETCH (UID 9 BODY[]<0> {%d}\\r\\n%s)\nS: ? OK done\n", size, body)
		_, _, err := await(t, script, m, time.Millisecond)
		var bounce *BounceError
		if !errors.As(err, &bounce) || *bounce != (BounceError{"5.1.8", "550 5.1.8 Access denied, bad outbound sender AS(42004)"}) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("SEARCH is refused", func(t *testing.T) {
		_, _, err := await(t, capsNoIdle+noop+"C: ? UID SEARCH UID 1:*\nS: ? NO [LIMIT] no\n"+noop+"C: ? UID SEARCH UID 9:*\nS: ? NO [LIMIT] too much", m, time.Millisecond)
		wantRefusal(t, err, ServerError{"IMAP", 0, "", "NO [LIMIT] too much", "SEARCH", nil})
	})
	t.Run("garbage", func(t *testing.T) {
		_, _, err := await(t, capsNoIdle+noop+"C: ? UID SEARCH *\nS: ((((", m, time.Millisecond)
		wantIs(t, err, ErrNotMailServer)
	})
}

// awaitUntilEnd is await with a server that hangs up after its last line.
func awaitUntilEnd(t *testing.T, script string, m Message) (*IMAP, uint32, error) {
	t.Helper()
	ca := mailtest.NewCA(t)
	s := mustSignIn(t, DialIMAP, mailtest.Play(t, true, ca.Local(t), imapHello+imapAuth+imapOpen+script), ca)
	if _, err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	uid, err := s.Await(t.Context(), m)
	return s, uid, err
}

// TestAwaitCancel ends the waits of the arrival from outside.
func TestAwaitCancel(t *testing.T) {
	m := Message{ID: "1@x", Mark: "c0ffee", Subject: "c0ffee"}
	for name, script := range map[string]string{
		"IDLE":             capsAgain + notThere + notThere + "C: ? IDLE\nS: + idling",
		"IDLE, unanswered": capsAgain + notThere + notThere + "C: ? IDLE",
		"pause":            capsNoIdle + notThere + notThere,
		"SEARCH":           capsNoIdle + noop + "C: ? UID SEARCH *",
	} {
		ca := mailtest.NewCA(t)
		ctx, cancel := context.WithCancel(t.Context())
		s := mustSignIn(t, DialIMAP, mailtest.Play(t, true, ca.Local(t), imapHello+imapAuth+imapOpen+script+"\nwait"), ca)
		if _, err := s.Open(ctx); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := s.Await(ctx, m)
			ended <- err
		}()
		time.Sleep(100 * time.Millisecond) // until it waits; sooner is right too
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: error %v", name, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: still waiting", name)
		}
	}
}

func TestIMAPDeleteNeverExpungesOthers(t *testing.T) {
	m := Message{ID: "postkey.1@contoso.example", Mark: "c0ffee", Subject: "Postkey test message c0ffee"}
	s, uid, err := await(t, capsAgain+notThere+newNine+headOf(9, "Message-ID: <postkey.1@contoso.example>\n")+
		"C: ? UID STORE 9 +FLAGS.SILENT (\\Deleted)\nS: ? OK done\nC: ? UID EXPUNGE 9\nS: * 4 EXPUNGE\nS: ? OK done\nC: ? LOGOUT\nS: * BYE\nS: ? OK done", m, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if removal, err := s.Delete(t.Context(), uid); err != nil || removal != Deleted {
		t.Errorf("%v, %v", removal, err)
	}
	s.Logout(t.Context())
}

func TestScrub(t *testing.T) {
	secrets := []oauth.Secret{token, oauth.NewSecret("short")}
	for text, want := range map[string]string{
		"":                                   "",
		"no secret in here":                  "no secret in here",
		"x " + token.Reveal()[100:140] + "!": "x [secret]!",
		"short":                              "[secret]",
		"Bearer " + token.Reveal() + "\nend": "Bearer [secret]\nend",
	} {
		if got := scrub(text, secrets); got != want {
			t.Errorf("scrub(%.50q) = %.80q, want %q", text, got, want)
		}
	}
}
