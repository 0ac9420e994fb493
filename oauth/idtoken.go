package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// Account is who signed in, from the verified ID token.
type Account struct {
	// Username is preferred_username, usually the user principal name; people may
	// change it, TenantID and ObjectID together never change.
	Username, Name, Email, TenantID, ObjectID string
}

// tenantPlaceholder stands in the issuer of the directories "organizations" and
// "common" (Microsoft Learn: Access tokens in the Microsoft identity platform).
const tenantPlaceholder = "{tenantid}"

// signatures are the algorithms an ID token may be signed with: asymmetric ones
// only, so that nothing public can pass for a key.
var signatures = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512,
}

// provider is what a directory's metadata says.
type provider struct {
	Issuer     string   `json:"issuer"`
	KeysURL    string   `json:"jwks_uri"`
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
	// NamesItself: every callback carries the issuer (RFC 9207, section 3), and one
	// without it is refused (section 2.4).
	NamesItself bool `json:"authorization_response_iss_parameter_supported"`
}

func (s service) discover(ctx context.Context, reg Registration) (provider, error) {
	var p provider
	if _, err := s.get(ctx, reg.DiscoveryURL(), &p); err != nil {
		return p, fmt.Errorf("reading the directory's metadata: %w", err)
	}
	if p.Issuer == "" || p.KeysURL == "" {
		return p, fmt.Errorf("%w: the directory's metadata names no issuer or no keys", ErrAnswer)
	}
	return p, nil
}

// issuerOf is the issuer that a token of this tenant must carry.
func (p provider) issuerOf(tenant string) string {
	return strings.ReplaceAll(p.Issuer, tenantPlaceholder, tenant)
}

// accepts reports whether iss, which came with the callback (RFC 9207), is the
// provider that was asked.
func (p provider) accepts(iss string) bool {
	before, after, open := strings.Cut(p.Issuer, tenantPlaceholder)
	if !open {
		return iss == p.Issuer
	}
	return len(iss) > len(before)+len(after) && strings.HasPrefix(iss, before) && strings.HasSuffix(iss, after) &&
		guidShape.MatchString(iss[len(before):len(iss)-len(after)])
}

// algorithms are those the provider names, without what is never accepted.
func (p provider) algorithms() []string {
	named := slices.DeleteFunc(slices.Clone(p.Algorithms), func(a string) bool { return !slices.Contains(signatures, a) })
	if len(named) == 0 {
		return []string{oidc.RS256}
	}
	return named
}

type idClaims struct {
	TenantID  string   `json:"tid"`
	ObjectID  string   `json:"oid"`
	Username  string   `json:"preferred_username"`
	UPN       string   `json:"upn"`
	Name      string   `json:"name"`
	Email     string   `json:"email"`
	Party     string   `json:"azp"`
	NotBefore *float64 `json:"nbf"`
}

// verify checks an ID token whole: signature, algorithm, audience, issuer,
// tenant, nonce and time. Refusals wrap ErrIDToken.
func (s service) verify(ctx context.Context, p provider, reg Registration, answer tokenAnswer, nonce string) (Account, error) {
	if answer.idToken == "" {
		return Account{}, fmt.Errorf("%w: the answer holds none", ErrIDToken)
	}
	keys, err := s.keys(ctx, p)
	if err != nil {
		return Account{}, err
	}
	verifier := oidc.NewVerifier(p.Issuer, keys, &oidc.Config{
		ClientID:             reg.clientID(),
		SupportedSigningAlgs: p.algorithms(),
		// The issuer depends on the tenant in the token and the time on our leeway:
		// both are checked below.
		SkipIssuerCheck: true,
		SkipExpiryCheck: true,
	})
	token, err := verifier.Verify(ctx, answer.idToken)
	if err != nil {
		return Account{}, fmt.Errorf("%w: %w", ErrIDToken, err)
	}
	var claims idClaims
	if err := token.Claims(&claims); err != nil {
		return Account{}, fmt.Errorf("%w: claims of unexpected types", ErrIDToken)
	}
	if err := checkIdentity(p, reg, token, claims, nonce); err != nil {
		return Account{}, fmt.Errorf("%w: %w", ErrIDToken, err)
	}
	if err := checkTime(token.Expiry, claims.NotBefore, answer.reply.local); err != nil {
		return Account{}, withSkew(fmt.Errorf("%w: %w", ErrIDToken, err), answer.reply.server, answer.reply.local)
	}
	username := claims.Username
	for _, other := range []string{claims.UPN, claims.Email} {
		if username == "" {
			username = other
		}
	}
	return Account{
		Username: username, Name: claims.Name, Email: claims.Email,
		TenantID: claims.TenantID, ObjectID: claims.ObjectID,
	}, nil
}

func checkIdentity(p provider, reg Registration, token *oidc.IDToken, claims idClaims, nonce string) error {
	if !guidShape.MatchString(claims.TenantID) {
		return errors.New("it names no tenant")
	}
	if want := p.issuerOf(claims.TenantID); token.Issuer != want {
		return fmt.Errorf("issued by %q instead of %q", token.Issuer, want)
	}
	single := reg.Audience == AudienceSingle || reg.Audience == ""
	if single && guidShape.MatchString(reg.TenantID) && !strings.EqualFold(reg.TenantID, claims.TenantID) {
		return fmt.Errorf("issued for tenant %s instead of %s", claims.TenantID, reg.TenantID)
	}
	if len(token.Audience) > 1 && claims.Party != reg.clientID() {
		return errors.New("meant for several applications and issued to another")
	}
	if !NewSecret(token.Nonce).Equal(NewSecret(nonce)) {
		return errors.New("it belongs to another sign-in (nonce)")
	}
	return nil
}

func checkTime(expiry time.Time, notBefore *float64, now time.Time) error {
	if !now.Before(expiry.Add(maxSkew)) {
		return fmt.Errorf("expired at %s", expiry.UTC().Format(time.RFC3339))
	}
	if notBefore == nil {
		return nil
	}
	if from := time.Unix(int64(*notBefore), 0); now.Add(maxSkew).Before(from) {
		return fmt.Errorf("not valid before %s", from.UTC().Format(time.RFC3339))
	}
	return nil
}

// keySet holds the provider's keys as they are now. It is fetched afresh for each
// sign-in, so that a key that Entra has just rolled is known; go-oidc's own
// remote set would fetch in a goroutine that ignores the context.
type keySet []signingKey

// signingKey is a key with the issuer it may sign for, which may hold the
// placeholder: a directory-independent key set serves several kinds of issuer
// (Microsoft Learn: Access tokens, "Validate the signing key issuer").
type signingKey struct {
	jose.JSONWebKey
	issuer string
}

func (s service) keys(ctx context.Context, p provider) (keySet, error) {
	var document struct{ Keys []json.RawMessage }
	if _, err := s.get(ctx, p.KeysURL, &document); err != nil {
		return nil, fmt.Errorf("reading the directory's signing keys: %w", err)
	}
	var set keySet
	for _, raw := range document.Keys {
		var key signingKey
		var extra struct{ Use, Issuer string }
		if json.Unmarshal(raw, &key.JSONWebKey) != nil || json.Unmarshal(raw, &extra) != nil {
			continue // a kind of key we do not know signs nothing we accept
		}
		if extra.Use == "" || extra.Use == "sig" {
			key.issuer = extra.Issuer
			set = append(set, key)
		}
	}
	return set, nil
}

// VerifySignature implements oidc.KeySet.
func (set keySet) VerifySignature(_ context.Context, jwt string) ([]byte, error) {
	accepted := make([]jose.SignatureAlgorithm, len(signatures))
	for i, name := range signatures {
		accepted[i] = jose.SignatureAlgorithm(name)
	}
	jws, err := jose.ParseSigned(jwt, accepted)
	if err != nil {
		return nil, errors.New("not a signed token")
	}
	id := jws.Signatures[0].Header.KeyID
	for _, key := range set {
		if id != "" && key.KeyID != id {
			continue
		}
		payload, err := jws.Verify(key.Key)
		if err == nil && key.signsFor(payload) {
			return payload, nil
		}
	}
	return nil, errors.New("none of the directory's keys has signed it")
}

func (k signingKey) signsFor(payload []byte) bool {
	var claims struct{ Iss, Tid string }
	if k.issuer == "" {
		return true
	}
	return json.Unmarshal(payload, &claims) == nil &&
		claims.Iss == strings.ReplaceAll(k.issuer, tenantPlaceholder, claims.Tid)
}
