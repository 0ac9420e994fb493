package practice

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"postkey/oauth"
)

// accessTokenSize is about what Outlook tokens have, in characters; mail
// clients with short buffers fail here as they do there.
const accessTokenSize = 2048

// tokenMaker signs ID tokens and access tokens and checks the latter.
type tokenMaker struct {
	authority string // set once the port is known
	now       func() time.Time
	life      time.Duration
	key       *rsa.PrivateKey
	kid       string
	signer    jose.Signer
}

func newTokenMaker(now func() time.Time, life time.Duration) (*tokenMaker, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(key.N.Bytes())
	kid := base64.RawURLEncoding.EncodeToString(sum[:20])
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: kid}},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("x5t", kid))
	if err != nil {
		return nil, err
	}
	return &tokenMaker{now: now, life: life, key: key, kid: kid, signer: signer}, nil
}

// keys is the JSON Web Key Set of the discovery document.
func (m *tokenMaker) keys() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: &m.key.PublicKey, KeyID: m.kid, Algorithm: string(jose.RS256), Use: "sig",
	}}}
}

// issuer of version 2.0, with the tenant put in.
func (m *tokenMaker) issuer() string { return m.authority + "/" + tenantID + "/v2.0" }

// idClaims are those of Microsoft Learn, "ID token claims reference".
type idClaims struct {
	Version           string           `json:"ver"`
	Issuer            string           `json:"iss"`
	Subject           string           `json:"sub"`
	Audience          string           `json:"aud"`
	Expires           *jwt.NumericDate `json:"exp"`
	IssuedAt          *jwt.NumericDate `json:"iat"`
	NotBefore         *jwt.NumericDate `json:"nbf"`
	Name              string           `json:"name,omitempty"`
	PreferredUsername string           `json:"preferred_username,omitempty"`
	ObjectID          string           `json:"oid,omitempty"`
	Email             string           `json:"email,omitempty"`
	TenantID          string           `json:"tid"`
	Nonce             string           `json:"nonce,omitempty"`
	RH                string           `json:"rh"`
	UTI               string           `json:"uti"`
}

// id makes an ID token.
func (m *tokenMaker) id(u *user, a *app, s scopeSet, nonce string) (string, error) {
	now := m.now()
	pairwise := sha256.Sum256([]byte(u.ObjectID + a.id))
	c := idClaims{
		Version: "2.0", Issuer: m.issuer(), Audience: a.id, TenantID: tenantID, Nonce: nonce,
		Subject:   base64.RawURLEncoding.EncodeToString(pairwise[:]),
		Expires:   jwt.NewNumericDate(now.Add(m.life)),
		IssuedAt:  jwt.NewNumericDate(now.Add(-5 * time.Minute)), // as Entra back-dates them
		NotBefore: jwt.NewNumericDate(now.Add(-5 * time.Minute)),
		RH:        "1." + randomText(40), UTI: randomText(22),
	}
	if s.has("profile") {
		c.Name, c.PreferredUsername, c.ObjectID = u.Name, u.UPN, u.ObjectID
	}
	if s.has("email") {
		c.Email = u.UPN
	}
	return jwt.Signed(m.signer).Claims(c).Serialize()
}

// accessClaims are those of an Outlook token, as decoded ones show them.
type accessClaims struct {
	Audience   string           `json:"aud"`
	Issuer     string           `json:"iss"`
	IssuedAt   *jwt.NumericDate `json:"iat"`
	NotBefore  *jwt.NumericDate `json:"nbf"`
	Expires    *jwt.NumericDate `json:"exp"`
	AppName    string           `json:"app_displayname"`
	AppID      string           `json:"appid"`
	AppACR     string           `json:"appidacr"`
	IDType     string           `json:"idtyp"`
	Name       string           `json:"name,omitempty"`
	ObjectID   string           `json:"oid"`
	Roles      []string         `json:"roles,omitempty"`
	Scopes     string           `json:"scp,omitempty"`
	Subject    string           `json:"sub"`
	TenantID   string           `json:"tid"`
	UniqueName string           `json:"unique_name,omitempty"`
	UPN        string           `json:"upn,omitempty"`
	UTI        string           `json:"uti"`
	Version    string           `json:"ver"`
	Filler     string           `json:"xms_filler,omitempty"`
}

// isApp reports whether an application signed in itself: there is no user.
func (c accessClaims) isApp() bool { return c.IDType == "app" }

// carries reports whether a token of an application has one of these roles.
func (c accessClaims) carries(roles ...string) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(c.Roles, role) })
}

// access makes an access token of a user for one resource.
func (m *tokenMaker) access(u *user, a *app, api resource, scopes []string) (oauth.Secret, error) {
	c := m.claims(a, api)
	c.IDType, c.Scopes = "user", scopeList(scopes)
	c.Name, c.UniqueName, c.UPN = u.Name, u.UPN, u.UPN
	c.ObjectID, c.Subject = u.ObjectID, u.ObjectID
	if a.public {
		c.AppACR = "0"
	}
	return m.sign(c)
}

// appAccess makes an access token of an application; without roles it is a good
// token too, which most servers refuse.
func (m *tokenMaker) appAccess(a *app, api resource, roles []string, acr string) (oauth.Secret, error) {
	c := m.claims(a, api)
	c.IDType, c.AppACR, c.Roles = "app", acr, roles
	c.ObjectID, c.Subject = a.principalID, a.principalID
	return m.sign(c)
}

// claims are what every access token has.
func (m *tokenMaker) claims(a *app, api resource) accessClaims {
	now := m.now()
	return accessClaims{
		Audience: api.audience, Issuer: "https://sts.windows.net/" + tenantID + "/",
		IssuedAt: jwt.NewNumericDate(now.Add(-5 * time.Minute)), NotBefore: jwt.NewNumericDate(now.Add(-5 * time.Minute)),
		Expires: jwt.NewNumericDate(now.Add(m.life)),
		AppName: a.name, AppID: a.id, AppACR: "1", TenantID: tenantID, UTI: randomText(22), Version: "1.0",
	}
}

// sign fills an access token up to its usual size.
func (m *tokenMaker) sign(c accessClaims) (oauth.Secret, error) {
	bare, err := jwt.Signed(m.signer).Claims(c).Serialize()
	if err != nil {
		return oauth.Secret{}, err
	}
	if lack := accessTokenSize - len(bare); lack > 30 {
		c.Filler = randomText(lack*3/4 - 17) // base64 and the claim's name add the rest
	}
	full, err := jwt.Signed(m.signer).Claims(c).Serialize()
	return oauth.NewSecret(full), err
}

// What check and checkMail refuse with.
var (
	errTokenInvalid  = errors.New("the token is not one of this tenant")
	errTokenExpired  = errors.New("the token has expired")
	errTokenAudience = errors.New("the token is for another resource")
	errTokenScope    = errors.New("the token lacks the scope")
)

// check verifies signature, tenant and time of an access token.
func (m *tokenMaker) check(token oauth.Secret) (accessClaims, error) {
	var c accessClaims
	parsed, err := jwt.ParseSigned(token.Reveal(), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || parsed.Claims(&m.key.PublicKey, &c) != nil || c.TenantID != tenantID || c.Expires == nil || c.Scopes == "" && !c.isApp() {
		return accessClaims{}, errTokenInvalid
	}
	if !m.now().Before(c.Expires.Time()) {
		return c, errTokenExpired
	}
	return c, nil
}

// appRole is the application permission that stands beside a delegated one.
var appRole = map[string]string{
	"IMAP.AccessAsUser.All": "IMAP.AccessAsApp", "POP.AccessAsUser.All": "POP.AccessAsApp", "SMTP.Send": "SMTP.SendAsApp",
}

// checkMail verifies an access token for one mail protocol, named by its
// delegated scope. With errTokenScope the claims are good otherwise.
func (m *tokenMaker) checkMail(token oauth.Secret, scope string) (accessClaims, error) {
	c, err := m.check(token)
	switch {
	case err != nil:
		return c, err
	case !slices.ContainsFunc(mailAPIs, func(r resource) bool { return r.audience == c.Audience }):
		return c, errTokenAudience
	case c.isApp() && !slices.Contains(c.Roles, appRole[scope]), !c.isApp() && !slices.Contains(strings.Fields(c.Scopes), scope):
		return c, errTokenScope
	}
	return c, nil
}

// fingerprint names an opaque token in maps without keeping the token itself.
func fingerprint(s oauth.Secret) string {
	sum := sha256.Sum256([]byte(s.Reveal()))
	return hex.EncodeToString(sum[:])
}
