package diagnose

import (
	"testing"

	"postkey/wizard/check"
	"postkey/wizard/mail"
)

// TestResponseCodesOfTheServer: a code by which a mail server says that it is at
// fault for the moment, or that somebody else is in the mailbox (RFC 5530,
// RFC 2449, RFC 3206), is not taken for a refused token, also where the
// application signs in itself.
func TestResponseCodesOfTheServer(t *testing.T) {
	for _, c := range []struct{ protocol, during, text, want string }{
		{"IMAP", "AUTHENTICATE", "NO [UNAVAILABLE] Temporary failure", "server-busy"},
		{"IMAP", "AUTHENTICATE", "NO [INUSE] Mailbox is locked", "server-busy"},
		{"IMAP", "SELECT", "NO [LIMIT] Not now", "server-busy"},
		{"IMAP", "AUTHENTICATE", "NO [SERVERBUG] Oops", "server-busy"},
		{"POP", "AUTH", "-ERR [SYS/TEMP] Down for a moment", "server-busy"},
		{"POP", "AUTH", "-ERR [IN-USE] Do you have another session running?", "server-busy"},
		{"POP", "AUTH", "-ERR [LOGIN-DELAY] Minimum time between logins", "server-busy"},
		{"IMAP", "SELECT", "NO [UNAVAILABLE] User is authenticated but not connected.", "imap-not-connected"},
		{"POP", "AUTH", "-ERR [AUTH] no", "pop-auth-failed"},
		{"IMAP", "AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no", "imap-auth-failed"},
	} {
		err := &mail.ServerError{Protocol: c.protocol, During: c.during, Text: c.text}
		leg := map[string]check.Leg{"IMAP": check.IMAP, "POP": check.POP}[c.protocol]
		if got := Explain(Evidence{Leg: leg, Err: err}).ID; got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
		if got := Explain(Evidence{Connection: app, Leg: leg, Err: err}).ID; c.want == "server-busy" && got != c.want {
			t.Errorf("%s, app-only: %s, want %s", c.text, got, c.want)
		}
	}
}
