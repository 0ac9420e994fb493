package practice

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// assertionSkew is how far ahead a client's clock may be; Entra's own leeway is
// not published.
const assertionSkew = 5 * time.Minute

// checkAssertion reads what a client proves itself with instead of a secret
// (Microsoft Learn, "Microsoft identity platform application authentication
// certificate credentials"; RFC 7523, section 3).
func (t *Tenant) checkAssertion(r *http.Request, a *app, p clientProof) *aadError {
	switch p.assertionType {
	case "":
		return errMissing("client_assertion_type")
	case "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
	default:
		return aad("invalid_request", 70003, "The app requested an unsupported assertion type '%s'.", p.assertionType)
	}
	parsed, err := jwt.ParseSigned(p.assertion.Reveal(), []jose.SignatureAlgorithm{jose.PS256, jose.RS256})
	if err != nil {
		return errAssertionShape("JWT token is invalid or malformed.")
	}
	text, _ := parsed.Headers[0].ExtraHeaders["x5t#S256"].(string)
	sum, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sum) == 0 {
		return errAssertionShape("Invalid JWT token. No certificate thumbprint specified in token header.")
	}
	known := t.keys.certificate(sum)
	if known == nil || t.broken(FaultAppCertificate) {
		return errCertificate(a, "The certificate with identifier used to sign the client assertion is not registered on application.", "The key was not found.", strings.ToUpper(hex.EncodeToString(sum)), nil)
	}
	var c jwt.Claims
	if parsed.Claims(known.PublicKey, &c) != nil {
		return errCertificate(a, "Client assertion contains an invalid signature.", "The key was found, but use of the key to verify the signature failed.", thumbprint(known), known)
	}
	if now := t.clock(); now.After(known.NotAfter) || now.Before(known.NotBefore) {
		return errCertificate(a, "Client assertion contains an invalid signature.", "The key used is expired.", thumbprint(known), known)
	}
	return t.checkAssertionClaims(r, a, c)
}

func (t *Tenant) checkAssertionClaims(r *http.Request, a *app, c jwt.Claims) *aadError {
	const review = " Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."
	base := t.authority + "/" + r.PathValue("tenant")
	now := t.clock()
	switch {
	case !strings.EqualFold(c.Issuer, a.id) || !strings.EqualFold(c.Subject, a.id):
		return aad("invalid_client", 700021, "Client assertion application identifier doesn't match 'client_id' parameter.%s", review)
	case !slices.ContainsFunc(c.Audience, func(to string) bool {
		return strings.EqualFold(to, base+"/oauth2/v2.0/token") || strings.EqualFold(to, base+"/v2.0")
	}):
		return aad("invalid_client", 700023, "Client assertion audience claim does not match Realm issuer.%s", review)
	case c.Expiry == nil || !now.Before(c.Expiry.Time()) || c.NotBefore != nil && now.Add(assertionSkew).Before(c.NotBefore.Time()):
		return aad("invalid_client", 700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s.%s",
			longTime(now), longTime(c.NotBefore.Time()), longTime(c.Expiry.Time()), review)
	}
	return nil
}

func errAssertionShape(text string) *aadError { return aad("invalid_client", 50027, "%s", text) }

// errCertificate is AADSTS700027 in its two forms, with and without a key found.
func errCertificate(a *app, text, reason, print string, found *x509.Certificate) *aadError {
	key := ""
	if found != nil {
		const form = "01/02/2006 15:04:05"
		key = ", Found key 'Start=" + found.NotBefore.UTC().Format(form) + ", End=" + found.NotAfter.UTC().Format(form) + "'"
	}
	return aad("invalid_client", 700027, "%s [Reason - %s, Thumbprint of key used by client: '%s'%s, Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '%s'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/%s'].", text, reason, print, key, a.id, a.id)
}

// thumbprint is a certificate's SHA-1, as the portal lists it.
func thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// clock is the sign-in service's clock, which FaultClockSkew puts ahead.
func (t *Tenant) clock() time.Time {
	if t.broken(FaultClockSkew) {
		return t.opts.Now().Add(10 * time.Minute)
	}
	return t.opts.Now()
}
