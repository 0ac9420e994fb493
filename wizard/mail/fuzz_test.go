package mail

import (
	"encoding/base64"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"postkey/oauth"
)

// FuzzChallenge: whatever a server sends during the sign-in, the exchange ends,
// shows no secret and no control character.
func FuzzChallenge(f *testing.F) {
	f.Add("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n535 5.7.3 no")
	f.Add("334 \r\n334 \r\n334 not base64\r\n235 2.7.0 ok")
	f.Add("334-a\r\n334 b\r\n535-5.7.8 a\r\n535 5.7.8 \x1b[2Jb")
	f.Add("250")
	secret := oauth.NewSecret(strings.Repeat("tokenToken", 20))
	f.Fuzz(func(t *testing.T, text string) {
		server, client := net.Pipe()
		go answerAll(server, text)
		c := &SMTP{link: plainLink("SMTP", client), ext: map[string]string{"AUTH": "XOAUTH2"}}
		c.lines = newLines(c.link)
		defer c.Close()
		err := c.Authenticate(t.Context(), login, secret)
		if err == nil {
			return
		}
		words := err.Error()
		if !utf8.ValidString(words) || strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(words), isControl) {
			t.Errorf("unfit to be shown: %q", words)
		}
		if strings.Contains(words, secret.Reveal()[:20]) {
			t.Errorf("a secret in %q", words)
		}
	})
}

// FuzzDecodeChallenge: base64 comes back decoded, anything else as it is.
func FuzzDecodeChallenge(f *testing.F) {
	f.Add("eyJzdGF0dXMiOiI0MDEifQ==")
	f.Add("{}")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if got := string(decodeChallenge(base64.StdEncoding.EncodeToString([]byte(text)))); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
		_ = decodeChallenge(text)
	})
}

// FuzzPOP: a session survives whatever a server answers.
func FuzzPOP(f *testing.F) {
	f.Add("+OK\r\nSASL XOAUTH2\r\n.\r\n+OK 3 100\r\n+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n+OK\r\nMessage-ID: <1@x>\r\n\r\n.\r\n")
	f.Add("-ERR\r\n+OK 1 1\r\n-ERR\r\n+OK\r\nContent-Type: multipart/report\r\n.\r\n+OK\r\n..1@x\r\nAction: failed\r\n.\r\n")
	f.Add("+OK\r\n..\r\n.\r\n+OK 99999999 1\r\n+OK\r\n-1 x\r\n0 y\r\n99999999 z\r\n.\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		server, client := net.Pipe()
		go answerAll(server, text)
		c := &POP{link: plainLink("POP", client)}
		c.lines = newLines(c.link)
		defer c.Close()
		if c.requireXOAUTH2(t.Context()) != nil {
			return
		}
		count, err := c.Open(t.Context())
		if err != nil {
			return
		}
		n, err := c.Find(t.Context(), Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey c0ffee"}, new(Seen))
		if n < 0 || n > count || n != 0 && err != nil {
			t.Errorf("found %d of %d, %v", n, count, err)
		}
	})
}

// FuzzIMAP: a session survives whatever a server sends, up to the arrival of a
// message, and shows no control character of it.
func FuzzIMAP(f *testing.F) {
	const in = "* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\na1 OK\r\na2 OK [CAPABILITY IMAP4rev1] in\r\n"
	f.Add(in + "* 3 EXISTS\r\n* OK [UIDNEXT 9] x\r\nT1 OK\r\nT2 OK\r\n* SEARCH 9\r\nT3 OK\r\n* 3 FETCH (UID 9 BODY[HEADER.FIELDS (Subject)] {23}\r\nMessage-ID: <1@x>\r\n\r\nx)\r\nT4 OK\r\n")
	f.Add(in + "* ESEARCH (TAG \"T3\") UID ALL 1:4294967295\r\n* 1 EXISTS\r\nT1 OK\r\nT2 OK\r\n* SEARCH 4294967295\r\nT3 OK\r\nT4 NO [ALERT] x\r\n")
	f.Add(in + "* LIST (\\Junk) NIL {3}\r\na b\r\n* BYE \x1b\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		server, client := net.Pipe()
		go answerAll(server, text)
		c := &IMAP{link: plainLink("IMAP", client), exists: make(chan struct{}, 1)}
		c.link.opts.Poll, c.link.opts.Junk = time.Nanosecond, time.Nanosecond
		c.lines = newLines(c.link)
		defer c.Close()
		err := c.Authenticate(t.Context(), login, oauth.NewSecret(strings.Repeat("tokenToken", 20)))
		if err == nil {
			_, err = c.Open(t.Context())
		}
		if err == nil {
			_, err = c.Await(t.Context(), Message{ID: "1@x", Mark: "c0ffee", Subject: "Postkey c0ffee"})
		}
		told := append(c.Alerts(), c.Junk())
		if err != nil {
			told = append(told, err.Error())
		}
		for _, words := range told {
			if strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(words), isControl) {
				t.Errorf("unfit to be shown: %q", words)
			}
		}
	})
}

// plainLink is a link without TLS.
func plainLink(protocol string, conn net.Conn) *link {
	opts := Options{Command: 5 * time.Second}.withDefaults()
	return &link{protocol: protocol, opts: opts, tcp: conn, conn: conn}
}

// answerAll sends text to whatever is asked, and hangs up.
func answerAll(conn net.Conn, text string) {
	defer conn.Close()
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	_, _ = io.WriteString(conn, text)
}
