package practice

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/emersion/go-sasl"

	"postkey/oauth"
)

// Names that Microsoft's servers give themselves at the end of an error.
const (
	serverName  = "AM0PR10CA0077.EURPRD10.PROD.OUTLOOK.COM"
	smtpAuthURL = "https://aka.ms/smtp_auth_disabled"
)

// xoauth2 is the server's side of the SASL mechanism XOAUTH2 (Microsoft Learn,
// "Authenticate an IMAP, POP or SMTP connection using OAuth"). Unlike Gmail it
// refuses at once, without a JSON challenge.
type xoauth2 struct {
	check func(name string, token oauth.Secret) error
	asked bool
}

// Next implements sasl.Server.
func (x *xoauth2) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && !x.asked {
		x.asked = true
		return nil, false, nil
	}
	name, token, err := parseXOAUTH2(response)
	if err != nil {
		return nil, false, x.check("", oauth.Secret{})
	}
	return nil, true, x.check(name, token)
}

// refuser is a mechanism that asks as usual and then always refuses: what
// remains of signing in with a password.
type refuser struct {
	prompts []string
	err     error
	asked   bool
}

// Next implements sasl.Server. An initial response answers the first prompt.
func (f *refuser) Next(response []byte) (challenge []byte, done bool, err error) {
	if !f.asked && response != nil && len(f.prompts) > 0 {
		f.prompts = f.prompts[1:]
	}
	f.asked = true
	if len(f.prompts) == 0 {
		return nil, false, f.err
	}
	challenge, f.prompts = []byte(f.prompts[0]), f.prompts[1:]
	return challenge, false, nil
}

var _, _ sasl.Server = (*xoauth2)(nil), (*refuser)(nil)

var errXOAUTH2 = errors.New("not in the form of XOAUTH2")

// parseXOAUTH2 reads user={name}^Aauth=Bearer {token}^A^A.
func parseXOAUTH2(response []byte) (name string, token oauth.Secret, err error) {
	rest, ok := strings.CutSuffix(string(response), "\x01\x01")
	if !ok {
		return "", oauth.Secret{}, errXOAUTH2
	}
	first, second, ok := strings.Cut(rest, "\x01")
	name, okName := strings.CutPrefix(first, "user=")
	const auth = "auth=bearer "
	if !ok || !okName || name == "" || len(second) <= len(auth) || !strings.EqualFold(second[:len(auth)], auth) {
		return "", oauth.Secret{}, errXOAUTH2
	}
	return name, oauth.NewSecret(second[len(auth):]), nil
}

// errRights says that the token is good but not for this mailbox.
var errRights = errors.New("the user has no rights on the mailbox")

// login checks a token for a protocol, named by its scope, and finds the user.
// With errRights the token was good, but name is a mailbox that the user may
// not open.
func (t *Tenant) login(name string, token oauth.Secret, scope string) (*user, error) {
	u, err := t.loginQuietly(name, token, scope)
	if err != nil {
		t.log.Debug("practice mail server refuses", "scope", scope, "user", name, "err", err)
	}
	return u, err
}

func (t *Tenant) loginQuietly(name string, token oauth.Secret, scope string) (*user, error) {
	claims, err := t.tokens.checkMail(token, scope)
	if claims.isApp() {
		return t.loginApp(name, claims, scope, err)
	}
	if err != nil {
		return nil, err
	}
	u := findUser(claims.UPN)
	switch {
	case u == nil:
		return nil, errTokenInvalid
	case findUser(name) == nil && t.mail.find(name) == nil:
		return nil, fmt.Errorf("no user %q", name)
	case !t.mayOpen(u, name):
		return u, errRights
	}
	return u, nil
}

// bracket is the end of an SMTP error: server, time and an id for support.
func (t *Tenant) bracket() string {
	return fmt.Sprintf("[%s %s 08DE%s]", serverName,
		t.opts.Now().UTC().Format("2006-01-02T15:04:05.000Z"), strings.ToUpper(newGUID()[24:]))
}

// cut hangs up under a TLS connection, without a goodbye.
func cut(c net.Conn) {
	if under, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = under.NetConn()
	}
	if g, ok := c.(*gateConn); ok {
		c = g.Conn // the gate waits for the server's own Close
	}
	_ = c.Close()
}

// decodeBase64 reads a SASL answer; false when it is none.
func decodeBase64(line string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
	return b, err == nil
}
