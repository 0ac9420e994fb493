package mail

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"postkey/oauth"
)

// What can be wrong with a server before it has an opinion on the sign-in.
// They come wrapped; ask with errors.Is.
var (
	// ErrNoSTARTTLS: the SMTP server offers no STARTTLS, so nothing secret was sent.
	ErrNoSTARTTLS = errors.New("the server offers no STARTTLS")
	// ErrNoXOAUTH2: the server lists its sign-in methods and XOAUTH2 is not
	// among them; the token was not sent.
	ErrNoXOAUTH2 = errors.New("the server does not offer XOAUTH2")
	// ErrNotMailServer: the greeting, or a later answer, is not of the protocol.
	ErrNotMailServer = errors.New("the answer is not that of a mail server")
	// ErrNotTLS: the first bytes on a TLS port are not TLS; the chain holds a tls.RecordHeaderError.
	ErrNotTLS = errors.New("the answer is not TLS")
	// ErrTLSTooOld: the server speaks only versions of TLS below 1.2.
	ErrTLSTooOld = errors.New("the server's TLS is older than 1.2")
	// ErrLost: the server hung up in mid-command.
	ErrLost = errors.New("the server closed the connection")
	// ErrUnanswered: the whole message went out and no answer came, so that the
	// server may have taken it over.
	ErrUnanswered = errors.New("the server did not say whether it takes the message")
	// ErrNoMailbox: the server says that there is no mailbox at this address.
	ErrNoMailbox = errors.New("there is no mailbox at this address")
)

// ServerError is a refusal in the server's own words.
type ServerError struct {
	// Protocol is IMAP, POP or SMTP.
	Protocol string
	// Code is the SMTP reply code, such as 535; 0 for the other protocols.
	Code int
	// Enhanced is the enhanced status code of RFC 3463, such as 5.7.139; empty when there is none.
	Enhanced string
	// Text is the whole answer with the code or status word in front and the
	// lines of a longer one joined by \n; the JSON of an XOAUTH2 error
	// challenge stands in a line of its own at the end. It holds no token.
	Text string
	// During is the command that was answered: greeting, AUTHENTICATE, SELECT,
	// AUTH, MAIL, RCPT, DATA…
	During string

	cause error // one of the sentinels above, where the words are only half the story
}

// Error names the protocol, the command and the server's words.
func (e *ServerError) Error() string {
	text := fmt.Sprintf("%s: %s: %s", e.Protocol, e.During, e.Text)
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the sentinel that goes with the words, such as ErrLost when
// the server said BYE and hung up; nil when the words are all.
func (e *ServerError) Unwrap() error { return e.cause }

// isRefused reports whether err is no more than the server's no to one command:
// the session goes on.
func isRefused(err error) bool {
	var refusal *ServerError
	return errors.As(err, &refusal) && refusal.cause == nil
}

// Reply reads an SMTP answer that was kept as text (see ServerError.Text) back
// into a *ServerError with its codes; nil when there is no code in front.
func Reply(text string) error {
	line, _, _ := strings.Cut(text, "\n")
	code, said, _, ok := parseReplyLine(line)
	if !ok {
		return nil
	}
	return &ServerError{Protocol: "SMTP", Code: code, Enhanced: enhancedCode(said), Text: text}
}

// BounceError says that the test message came back: a delivery status
// notification for it arrived instead.
type BounceError struct {
	// Status is the enhanced status code of the report, such as 5.1.8; empty when it names none.
	Status string
	// Text is the report's diagnostic code, or its subject where it has none.
	Text string
}

// Error gives the status and the words of the report.
func (e *BounceError) Error() string {
	return strings.TrimRight("the message came back: "+e.Status+" "+e.Text, " ")
}

const maxText = 16 << 10 // of a server's words that are kept; one reply of Microsoft's is under 1 KiB

// words makes text fit to be shown: control characters other than line breaks
// and tabs become visible marks, and an overlong text is cut.
func words(text string) string {
	if len(text) > maxText {
		text = text[:maxText] + "…"
	}
	text = strings.ToValidUTF8(strings.TrimRight(text, "\r\n"), string(utf8.RuneError))
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}

// window is the length from which a stretch shared with a secret is taken for a part of it.
const window = 16

// scrub takes out of text what a server echoed of the secrets: any run of
// token characters that shares a stretch of window characters with one.
func scrub(text string, secrets []oauth.Secret) string {
	if len(secrets) == 0 {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		n := strings.IndexFunc(text, func(r rune) bool { return !isTokenChar(r) })
		if n < 0 {
			n = len(text)
		}
		if run := text[:n]; shares(run, secrets) {
			out.WriteString(oauth.Redacted)
		} else {
			out.WriteString(run)
		}
		rest := text[n:]
		m := strings.IndexFunc(rest, isTokenChar)
		if m < 0 {
			m = len(rest)
		}
		out.WriteString(rest[:m])
		text = rest[m:]
	}
	return out.String()
}

func isTokenChar(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/=-_.~", r))
}

func shares(run string, secrets []oauth.Secret) bool {
	for _, s := range secrets {
		value := s.Reveal()
		if len(value) < window {
			if value != "" && strings.Contains(run, value) {
				return true
			}
			continue
		}
		for i := 0; i+window <= len(run); i++ {
			if strings.Contains(value, run[i:i+window]) {
				return true
			}
		}
	}
	return false
}
