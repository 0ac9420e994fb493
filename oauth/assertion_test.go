package oauth

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const appScope = "https://outlook.office365.com/.default"

// assertionParts reads a client assertion without the library that made it.
func assertionParts(t *testing.T, text string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	public := testCertificate().held.leaf.PublicKey.(*rsa.PublicKey)
	if err := rsa.VerifyPSS(public, crypto.SHA256, sum[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}); err != nil {
		t.Errorf("signature: %v", err)
	}
	return header, claims
}

// checkAssertion compares a form with what Microsoft's page on certificate
// credentials asks for.
func checkAssertion(t *testing.T, form url.Values, tokenURL string, now time.Time) (id string) {
	t.Helper()
	if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Has("client_secret") {
		t.Errorf("type %q, secret %v", form.Get("client_assertion_type"), form.Has("client_secret"))
	}
	header, claims := assertionParts(t, form.Get("client_assertion"))
	sum := sha256.Sum256(testCertificate().DER())
	want := map[string]any{"alg": "PS256", "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}
	if len(header) != len(want) {
		t.Errorf("header %v", header)
	}
	for name, value := range want {
		if header[name] != value {
			t.Errorf("header %s is %v", name, header[name])
		}
	}
	if claims["aud"] != tokenURL || claims["iss"] != testClient || claims["sub"] != testClient {
		t.Errorf("claims %v", claims)
	}
	issued, _ := claims["iat"].(float64)
	from, _ := claims["nbf"].(float64)
	until, _ := claims["exp"].(float64)
	if int64(issued) != now.Unix() || from != issued || until <= from || until-from > 600 {
		t.Errorf("iat %v, nbf %v, exp %v", issued, from, until)
	}
	id, _ = claims["jti"].(string)
	if len(id) < 16 {
		t.Errorf("jti %q", id)
	}
	return id
}

// TestAssertionEverywhere: with a certificate the registration proves itself by
// an assertion of its own in every request, and never by a secret.
func TestAssertionEverywhere(t *testing.T) {
	e := newEntra(t)
	clock := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	reg := e.registration() // it has a secret too, which must not be sent
	reg.Certificate = testCertificate()
	reg.ClientID = strings.ToUpper(reg.ClientID)
	client := NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	seen := map[string]bool{}
	check := func(grant string) {
		t.Helper()
		form := e.lastForm(t)
		if form.Get("grant_type") != grant {
			t.Errorf("grant %s", form.Get("grant_type"))
		}
		id := checkAssertion(t, form, e.URL+"/"+testTenant+"/oauth2/v2.0/token", clock)
		if seen[id] {
			t.Errorf("%s: the jti was used before", grant)
		}
		seen[id] = true
	}
	s := e.signIn()
	s.Registration, s.Now, s.Client = reg, now, client
	e.claims = func(c map[string]any) {
		c["iat"], c["nbf"], c["exp"] = clock.Unix(), clock.Unix(), clock.Add(time.Hour).Unix()
	}
	session := start(t, s)
	fetch(t, e.agree(session.URL()))
	in, err := session.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check("authorization_code")

	src := NewTokenSource(reg, newMemoryStore(in.Token.Refresh.Reveal()), client, now)
	for range 2 {
		clock = clock.Add(2 * time.Hour)
		if _, err := src.Token(t.Context(), testScopes); err != nil {
			t.Fatal(err)
		}
		check("refresh_token")
	}
	alone := NewAppTokenSource(reg, client, now)
	if _, err := alone.Token(t.Context(), []string{appScope}); err != nil {
		t.Fatal(err)
	}
	check("client_credentials")
}

// TestAppToken: an application that signs in itself sends its secret, keeps the
// token in memory while it lasts, and never a refresh token.
func TestAppToken(t *testing.T) {
	e := newEntra(t)
	clock := testNow
	reg := e.registration()
	reg.Audience = AudienceMulti // the grant is served at the tenant alone
	client := NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	src := NewAppTokenSource(reg, client, func() time.Time { return clock })
	paths := make(chan string, 8)
	serve := func(scope, refresh string) {
		e.token = func(w http.ResponseWriter, r *http.Request) {
			paths <- r.URL.Path
			answer := map[string]any{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "a." + r.PostForm.Get("scope")}
			if scope != "" {
				answer["scope"] = scope
			}
			if refresh != "" {
				answer["refresh_token"] = refresh
			}
			writeJSON(w, 200, answer)
		}
	}
	serve("", "")
	got, err := src.Token(t.Context(), []string{appScope})
	if err != nil {
		t.Fatal(err)
	}
	if path := <-paths; path != "/"+testTenant+"/oauth2/v2.0/token" {
		t.Errorf("asked at %s", path)
	}
	form := e.lastForm(t)
	want := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {testClient}, "client_secret": {plantedSecret}, "scope": {appScope},
	}
	if form.Encode() != want.Encode() {
		t.Errorf("form has %d fields: %v", len(form), form["grant_type"])
	}
	if got.Access.Reveal() != "a."+appScope || !got.Refresh.IsZero() || len(got.Scopes) != 1 || got.Scopes[0] != appScope ||
		!got.Expires.Equal(testNow.Add(3599*time.Second)) {
		t.Errorf("got %+v", got)
	}
	clock = clock.Add(50 * time.Minute)
	if _, err := src.Token(t.Context(), []string{appScope}); err != nil || e.asked() != 1 {
		t.Errorf("%v, %d requests while it lasts", err, e.asked())
	}
	if graph, err := src.Token(t.Context(), []string{"https://graph.microsoft.com/.default"}); err != nil ||
		graph.Access.Reveal() != "a.https://graph.microsoft.com/.default" || e.asked() != 2 {
		t.Errorf("another resource: %v, %d requests", err, e.asked())
	}
	src.Forget()
	serve("", "refresh-that-should-not-be")
	if got, err = src.Token(t.Context(), []string{appScope}); err != nil || !got.Refresh.IsZero() || e.asked() != 3 {
		t.Errorf("%v, refresh token %v, %d requests", err, !got.Refresh.IsZero(), e.asked())
	}
}

func TestAppTokenErrors(t *testing.T) {
	e := newEntra(t)
	for name, change := range map[string]func(*Registration){
		"no credential": func(r *Registration) { r.ClientSecret = Secret{} },
		"no tenant":     func(r *Registration) { r.TenantID, r.Audience = "", AudienceMultiPersonal },
		"no client":     func(r *Registration) { r.ClientID = "" },
	} {
		reg := e.registration()
		change(&reg)
		if _, err := NewAppTokenSource(reg, nil, nil).Token(t.Context(), []string{appScope}); !errors.Is(err, ErrRegistration) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if e.asked() != 0 {
		t.Errorf("%d requests", e.asked())
	}
	answer := func(status int, body map[string]any) {
		e.token = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "17")
			w.Header().Set("Date", testNow.Add(time.Hour).UTC().Format(http.TimeFormat))
			writeJSON(w, status, body)
		}
	}
	src := NewAppTokenSource(e.registration(), nil, func() time.Time { return testNow })
	answer(429, map[string]any{"error": "temporarily_unavailable", "error_codes": []int{90055}})
	var refused *Error
	if _, err := src.Token(t.Context(), []string{appScope}); !errors.As(err, &refused) || refused.RetryAfter != 17*time.Second || refused.Code() != 90055 {
		t.Errorf("throttled: %v", err)
	}
	answer(401, map[string]any{"error": "invalid_client", "error_description": "AADSTS700024: Client assertion is not within its valid time range."})
	var skew *ClockSkewError
	if _, err := src.Token(t.Context(), []string{appScope}); !errors.As(err, &skew) || !errors.As(err, &refused) || refused.Code() != 700024 {
		t.Errorf("a wrong clock: %v", err)
	}
	answer(200, map[string]any{"token_type": "Bearer"})
	if _, err := src.Token(t.Context(), []string{appScope}); !errors.Is(err, ErrAnswer) {
		t.Errorf("unusable: %v", err)
	}
}
