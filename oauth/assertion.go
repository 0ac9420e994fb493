package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// assertionType is RFC 7523's, section 2.2.
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// assertionLife is the longest that Microsoft advises ("exp: 5-10 minutes after
	// nbf at most"): the longer, the more a clock that is behind is forgiven.
	assertionLife = 10 * time.Minute
)

// assertion signs what stands in for a client secret in one request (RFC 7523,
// section 3; header and claims as Microsoft Learn has them: Microsoft identity
// platform application authentication certificate credentials).
func (c *Certificate) assertion(tokenURL, clientID string, now time.Time) (Secret, error) {
	sum := sha256.Sum256(c.held.leaf.Raw)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS256, Key: c.held.key},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("x5t#S256", base64.RawURLEncoding.EncodeToString(sum[:])))
	if err != nil {
		return Secret{}, fmt.Errorf("%w: preparing to sign: %w", ErrCertificate, err)
	}
	text, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: clientID, Subject: clientID, Audience: jwt.Audience{tokenURL}, ID: random(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
	}).Serialize()
	if err != nil {
		return Secret{}, fmt.Errorf("%w: signing with it: %w", ErrCertificate, err)
	}
	return NewSecret(text), nil
}

// authenticate puts into the form what proves the client, and returns it for the
// scrubber. A public client proves nothing and must not try (AADSTS700025).
func (r Registration) authenticate(form url.Values, now time.Time) (Secret, error) {
	switch {
	case r.Certificate != nil:
		proof, err := r.Certificate.assertion(r.TokenURL(), r.clientID(), now)
		if err != nil {
			return Secret{}, err
		}
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", proof.Reveal())
		return proof, nil
	case !r.ClientSecret.IsZero():
		form.Set("client_secret", r.ClientSecret.Reveal())
	}
	return r.ClientSecret, nil
}
