package practice_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"postkey/internal/practice"
	"postkey/oauth"
)

// turnable is a clock that a test puts forward.
type turnable struct {
	mu  sync.Mutex
	now time.Time
}

func (c *turnable) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *turnable) forward(by time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(by) }

// with is AppClientID's registration with another secret.
func with(tenant *practice.Tenant, secret oauth.Secret) oauth.Registration {
	reg := alone(tenant)
	reg.ClientSecret = secret
	return reg
}

// TestTwoSecrets walks a rotation as the portal lets it happen.
func TestTwoSecrets(t *testing.T) {
	clock := &turnable{now: time.Now()}
	tenant := start(t, practice.Options{Now: clock.Now})
	v := tenant.Values()
	want := func(when string, secret oauth.Secret, code int) {
		t.Helper()
		_, err := appToken(t, with(tenant, secret), outlook)
		if got, _ := refused(err); got != code || code == 0 && err != nil {
			t.Errorf("%s: %v, want %d", when, err, code)
		}
	}
	second := tenant.AddSecret(clock.Now().AddDate(1, 0, 0), 2*time.Minute)
	if second.Value.Equal(v.ClientSecret) || second.KeyID == v.SecretID || len(second.Value.Reveal()) != 40 {
		t.Fatalf("the second secret is %d characters", len(second.Value.Reveal()))
	}
	want("the first beside the second", v.ClientSecret, 0)
	want("the second before it works", second.Value, 7000215)
	want("its ID", oauth.NewSecret(second.KeyID), 7000215)
	clock.forward(2 * time.Minute)
	want("the second when it works", second.Value, 0)
	want("the first as well", v.ClientSecret, 0)
	clock.forward(190 * 24 * time.Hour)
	want("the first past its end", v.ClientSecret, 7000222)
	want("the second then", second.Value, 0)
	if !tenant.RemoveSecret(v.SecretID) || tenant.RemoveSecret(v.SecretID) {
		t.Error("removing the first")
	}
	want("the first once removed", v.ClientSecret, 7000215)
	past := tenant.AddSecret(clock.Now().Add(-time.Second), 0)
	want("an expired one", past.Value, 7000222)
	if tenant.Values().ClientSecret.Reveal() != v.ClientSecret.Reveal() {
		t.Error("Values changed")
	}
}

// TestRotationKeepsSignIns: a new secret redeems the refresh tokens of the old one.
func TestRotationKeepsSignIns(t *testing.T) {
	tenant := start(t, practice.Options{})
	f := newForeign(tenant)
	f.listen(t)
	refresh := f.signIn(t, tenant.Values().Address).RefreshToken
	second := tenant.AddSecret(time.Now().AddDate(0, 6, 0), 0)
	tenant.RemoveSecret(tenant.Values().SecretID)
	if got := f.refresh(t, refresh); got != "AADSTS7000215" {
		t.Errorf("the removed one: %s", got)
	}
	v := tenant.Values()
	resp, got := post(t, tenant, v.TenantID, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {v.ClientID}, "client_secret": {second.Value.Reveal()},
	})
	if resp.StatusCode != 200 {
		t.Errorf("the new one: %v", got)
	}
}

// TestRevokedSignIns: revoking ends what was given before, and nothing after.
func TestRevokedSignIns(t *testing.T) {
	tenant := start(t, practice.Options{})
	f := newForeign(tenant)
	f.listen(t)
	before := f.signIn(t, tenant.Values().Address).RefreshToken
	tenant.RevokeSignIns()
	if got := f.refresh(t, before); got != "AADSTS50173" {
		t.Errorf("before: %s", got)
	}
	after := f.signIn(t, tenant.Values().Address).RefreshToken
	if got := f.refresh(t, after); strings.HasPrefix(got, "AADSTS") {
		t.Errorf("after: %s", got)
	}
	for fault, want := range map[practice.Fault]string{
		practice.FaultSignInFrequency: "invalid_grant AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on 20",
		practice.FaultInteraction:     "interaction_required AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		practice.FaultSignInDown:      "server_error AADSTS90033: A transient error has occurred. Please try again.",
	} {
		tenant.Break(fault)
		v := tenant.Values()
		_, got := post(t, tenant, v.TenantID, url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {after}, "client_id": {v.ClientID}, "client_secret": {v.ClientSecret.Reveal()},
		})
		kind, _ := got["error"].(string)
		text, _ := got["error_description"].(string)
		if !strings.HasPrefix(kind+" "+text, want) {
			t.Errorf("%s: %s %s", fault, kind, text)
		}
		tenant.Heal()
	}
	if got := f.refresh(t, after); strings.HasPrefix(got, "AADSTS") {
		t.Errorf("healed: %s", got)
	}
}

// certificate makes one and registers it unless hidden.
func certificate(t *testing.T, tenant *practice.Tenant, now time.Time, life time.Duration, hidden bool) *oauth.Certificate {
	t.Helper()
	c, err := oauth.NewCertificate("Postkey practice", now, life)
	if err != nil {
		t.Fatal(err)
	}
	if !hidden {
		if err := tenant.AddCertificate(c.DER()); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// TestCertificateSignIn: a certificate stands in for the secret in every grant,
// and the refusals are Entra's.
func TestCertificateSignIn(t *testing.T) {
	tenant := start(t, practice.Options{})
	now := time.Now()
	by := func(c *oauth.Certificate) oauth.Registration {
		reg := with(tenant, oauth.Secret{})
		reg.Certificate = c
		return reg
	}
	good := certificate(t, tenant, now, time.Hour, false)
	token, err := appToken(t, by(good), outlook)
	if err != nil {
		t.Fatal(err)
	}
	if got := claims(t, token.Access.Reveal())["appidacr"]; got != "2" {
		t.Errorf("appidacr is %v", got)
	}
	for name, c := range map[string]struct {
		certificate *oauth.Certificate
		words       []string
	}{
		"unregistered": {certificate(t, tenant, now, time.Hour, true), []string{
			"AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '",
			"to see configured keys for app Id '" + tenant.Values().AppClientID + "'.",
		}},
		"expired": {certificate(t, tenant, now.Add(-48*time.Hour), time.Hour, false), []string{
			"AADSTS700027: Client assertion contains an invalid signature. [Reason - The key used is expired., Thumbprint of key used by client: '", ", Found key 'Start=",
		}},
		"not yet valid": {certificate(t, tenant, now.Add(48*time.Hour), time.Hour, false), []string{"AADSTS700027: "}},
	} {
		_, err := appToken(t, by(c.certificate), outlook)
		if code, kind := refused(err); code != 700027 || kind != "invalid_client" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.words {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in %v", name, want, err)
			}
		}
	}
	tenant.Break(practice.FaultAppCertificate)
	if code, _ := refused(second(appToken(t, by(good), outlook))); code != 700027 {
		t.Errorf("the fault: %d", code)
	}
	tenant.Heal()
	if !tenant.RemoveCertificate(good.DER()) || tenant.RemoveCertificate(good.DER()) {
		t.Error("removing the certificate")
	}
	if code, _ := refused(second(appToken(t, by(good), outlook))); code != 700027 {
		t.Errorf("removed: %d", code)
	}
	if err := tenant.AddCertificate([]byte("no certificate")); err == nil {
		t.Error("something else was registered")
	}
}

func second[T any](_ T, err error) error { return err }

// TestCertificateForUsers: code and refresh token are redeemed with a
// certificate as well.
func TestCertificateForUsers(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	c := certificate(t, tenant, time.Now(), time.Hour, false)
	client := oauth.NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	session, err := oauth.SignIn{
		Registration: oauth.Registration{
			Cloud: tenant.Cloud(), Audience: oauth.AudienceMulti, ClientID: v.MultiTenantClientID, Certificate: c,
		},
		Scopes: mailScopes, Client: client,
	}.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	if _, err := tenant.Browse(t.Context(), session.URL(), v.Address); err != nil {
		t.Fatal(err)
	}
	in, err := session.Wait(t.Context())
	if err != nil || in.Account.Username != v.Address {
		t.Fatalf("%s, %v", in.Account.Username, err)
	}
}

// TestClockSkewRefusesAssertions: with clocks apart the cause is named.
func TestClockSkewRefusesAssertions(t *testing.T) {
	tenant := start(t, practice.Options{})
	reg := with(tenant, oauth.Secret{})
	reg.Certificate = certificate(t, tenant, time.Now(), time.Hour, false)
	tenant.Break(practice.FaultClockSkew)
	_, err := appToken(t, reg, outlook)
	if code, _ := refused(err); code != 700024 || !strings.Contains(err.Error(), "this computer's clock is ") {
		t.Errorf("got %v", err)
	}
}

// TestAssertionRefusals are those that no client of ours provokes.
func TestAssertionRefusals(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	good := certificate(t, tenant, time.Now(), time.Hour, false)
	other := certificate(t, tenant, time.Now(), time.Hour, true)
	here := tenant.Cloud().Authority + "/" + v.TenantID + "/oauth2/v2.0/token"
	sign := func(key *oauth.Certificate, change func(*jwt.Claims, *jose.SignerOptions)) string {
		options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("x5t#S256", sha256Of(good))
		now := time.Now()
		c := jwt.Claims{
			Issuer: v.AppClientID, Subject: v.AppClientID, Audience: jwt.Audience{here}, ID: "x",
			NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
		}
		if change != nil {
			change(&c, options)
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: keyOf(t, key)}, options)
		if err != nil {
			t.Fatal(err)
		}
		text, err := jwt.Signed(signer).Claims(c).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for name, c := range map[string]struct{ kind, assertion, want string }{
		"all right": {bearer, sign(good, nil), ""},
		"for the issuer": {bearer, sign(good, func(c *jwt.Claims, _ *jose.SignerOptions) {
			c.Audience = jwt.Audience{tenant.Cloud().Authority + "/" + v.TenantID + "/v2.0"}
		}), ""},
		"no type":        {"", sign(good, nil), "AADSTS900144: The request body must contain the following parameter: 'client_assertion_type'."},
		"another type":   {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer", sign(good, nil), "AADSTS70003: "},
		"garbage":        {bearer, "x.y.z", "AADSTS50027: JWT token is invalid or malformed."},
		"no thumbprint":  {bearer, sign(good, func(_ *jwt.Claims, o *jose.SignerOptions) { delete(o.ExtraHeaders, "x5t#S256") }), "AADSTS50027: Invalid JWT token. No certificate thumbprint specified in token header."},
		"another's key":  {bearer, sign(other, nil), "AADSTS700027: Client assertion contains an invalid signature. [Reason - The key was found, but use of the key to verify the signature failed., "},
		"another client": {bearer, sign(good, func(c *jwt.Claims, _ *jose.SignerOptions) { c.Issuer = v.ClientID }), "AADSTS700021: "},
		"another place":  {bearer, sign(good, func(c *jwt.Claims, _ *jose.SignerOptions) { c.Audience = jwt.Audience{"https://login.example/token"} }), "AADSTS700023: Client assertion audience claim does not match Realm issuer."},
		"over":           {bearer, sign(good, func(c *jwt.Claims, _ *jose.SignerOptions) { c.Expiry = jwt.NewNumericDate(time.Now()) }), "AADSTS700024: Client assertion is not within its valid time range. Current time: 20"},
		"endless":        {bearer, sign(good, func(c *jwt.Claims, _ *jose.SignerOptions) { c.Expiry, c.NotBefore = nil, nil }), "AADSTS700024: "},
		"from the future": {bearer, sign(good, func(c *jwt.Claims, _ *jose.SignerOptions) {
			c.NotBefore, c.Expiry = jwt.NewNumericDate(time.Now().Add(time.Hour)), jwt.NewNumericDate(time.Now().Add(2*time.Hour))
		}), "AADSTS700024: "},
	} {
		_, got := post(t, tenant, v.TenantID, url.Values{
			"client_id": {v.AppClientID}, "grant_type": {"client_credentials"}, "scope": {outlook},
			"client_assertion": {c.assertion}, "client_assertion_type": {c.kind},
		})
		if text, _ := got["error_description"].(string); !strings.HasPrefix(text, c.want) || c.want == "" && got["access_token"] == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// keyOf is the private key in the vault's form of a certificate.
func keyOf(t *testing.T, c *oauth.Certificate) any {
	t.Helper()
	_, rest := pem.Decode([]byte(c.Secret().Reveal()))
	block, _ := pem.Decode(rest)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sha256Of(c *oauth.Certificate) string {
	sum := sha256.Sum256(c.DER())
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
