package mail

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"

	"postkey/oauth"
)

// xoauth2Name is the mechanism's name in capabilities and commands.
const xoauth2Name = "XOAUTH2"

// xoauth2 is the client side of SASL XOAUTH2. go-sasl has dropped it, and
// Microsoft offers nothing else for tokens.
type xoauth2 struct {
	login string
	token oauth.Secret
	wire  oauth.Secret // see payload
	// challenges are the error challenges, decoded: JSON such as {"status":"401"}.
	challenges []string
}

var _ sasl.Client = (*xoauth2)(nil)

// newXOAUTH2 refuses a login or token that would change the shape of the message.
func newXOAUTH2(login string, token oauth.Secret) (*xoauth2, error) {
	if err := checkLogin(login); err != nil {
		return nil, err
	}
	if token.IsZero() || strings.ContainsFunc(token.Reveal(), isControl) {
		return nil, errors.New("the access token is empty or contains a control character")
	}
	x := &xoauth2{login: login, token: token}
	_, message, _ := x.Start()
	x.wire = oauth.NewSecret(base64.StdEncoding.EncodeToString(message))
	return x, nil
}

// Start returns the message of "SASL XOAUTH2" in Microsoft Learn:
// Authenticate an IMAP, POP or SMTP connection using OAuth.
func (x *xoauth2) Start() (mechanism string, response []byte, err error) {
	return xoauth2Name, []byte("user=" + x.login + "\x01auth=Bearer " + x.token.Reveal() + "\x01\x01"), nil
}

// Next answers an error challenge with an empty line, after which the server
// gives its final reply. The answer is never nil: clients take nil for the end
// of a sign-in that went well.
func (x *xoauth2) Next(challenge []byte) ([]byte, error) {
	x.challenges = append(x.challenges, string(challenge))
	return []byte{}, nil
}

// payload is the message as it travels.
func (x *xoauth2) payload() oauth.Secret { return x.wire }

// explain puts the error challenges behind the server's final words.
func (x *xoauth2) explain(text string) string {
	return strings.TrimSpace(strings.Join(append([]string{text}, x.challenges...), "\n"))
}

// answer is a server's reply in the course of a sign-in.
type answer struct {
	more bool   // it wants another line: 334, +
	ok   bool   // it let us in
	text string // the challenge when more, the whole reply otherwise
}

// maxRequests is how often a server may ask for a line in one sign-in: for the
// payload, and after an error challenge. More is no sign-in.
const maxRequests = 5

// exchange carries a sign-in to its end once the command stands: the payload
// goes out on the first request unless it is already there (sent), and every
// further request is an error challenge. It returns the final answer.
func (x *xoauth2) exchange(t *lines, sent bool, next func() (answer, error)) (answer, error) {
	for range maxRequests {
		got, err := next()
		if err != nil || !got.more {
			return got, err
		}
		line := x.payload()
		if sent {
			reply, err := x.Next(decodeChallenge(got.text))
			if err != nil {
				return answer{}, err
			}
			line = oauth.NewSecret(base64.StdEncoding.EncodeToString(reply))
		}
		sent = true
		if err := t.write(line.Reveal()); err != nil {
			return answer{}, err
		}
	}
	t.link.close()
	return answer{}, fmt.Errorf("the server asks again and again in the sign-in: %w", ErrNotMailServer)
}

// decodeChallenge returns the JSON of an error challenge, or the text itself
// where it is not base64.
func decodeChallenge(text string) []byte {
	text = strings.TrimSpace(text)
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		decoded, err = base64.RawStdEncoding.DecodeString(text)
	}
	if err != nil {
		return []byte(text)
	}
	return decoded
}
