package oauth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"
	"golang.org/x/oauth2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testTenant = "11111111-2222-4333-8444-555555555555"
	testClient = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	testScope  = "https://outlook.office.com/IMAP.AccessAsUser.All"
	// The planted secrets; TestNoSecretGetsOut looks for them.
	plantedSecret = "Qx8~planted/client+secret&value"
)

var testScopes = []string{"openid", "profile", "email", "offline_access", testScope}

var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// entra is the far end: a sign-in service with discovery, keys and a token
// endpoint that checks what Entra checks.
type entra struct {
	*httptest.Server
	// Each may be set before use to make the service misbehave.
	metadata func(map[string]any)
	claims   func(map[string]any)
	sign     func(claims map[string]any) string
	keys     func() any
	token    http.HandlerFunc

	mu      sync.Mutex
	grants  map[string]url.Values // authorize requests by code
	refresh map[string]bool       // refresh tokens that count
	forms   []url.Values          // what the token endpoint was sent
	serial  int
}

func newEntra(t testing.TB) *entra {
	e := &entra{grants: map[string]url.Values{}, refresh: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", e.serveMetadata)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", func(w http.ResponseWriter, _ *http.Request) {
		if e.keys != nil {
			writeJSON(w, 200, e.keys())
			return
		}
		writeJSON(w, 200, keyDocument("one", testKeys()[0], ""))
	})
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", e.serveToken)
	e.Server = httptest.NewServer(mux)
	t.Cleanup(e.Close)
	return e
}

func keyDocument(id string, key *rsa.PrivateKey, issuer string) any {
	raw, _ := jose.JSONWebKey{Key: key.Public(), KeyID: id, Use: "sig", Algorithm: "RS256"}.MarshalJSON()
	var fields map[string]any
	_ = json.Unmarshal(raw, &fields)
	if issuer != "" {
		fields["issuer"] = issuer
	}
	return map[string]any{"keys": []any{map[string]any{"kty": "unheard-of", "kid": id}, fields}}
}

func (e *entra) serveMetadata(w http.ResponseWriter, r *http.Request) {
	tenant := r.PathValue("tenant")
	issuer := e.URL + "/" + testTenant + "/v2.0"
	switch tenant {
	case "organizations", "common":
		issuer = e.URL + "/{tenantid}/v2.0"
	case "nowhere.example":
		writeJSON(w, 400, map[string]any{
			"error": "invalid_tenant", "error_codes": []int{90002},
			"error_description": "AADSTS90002: Tenant 'nowhere.example' not found. Trace ID: 00000000-0000-4000-8000-000000000001",
		})
		return
	}
	document := map[string]any{
		"issuer": issuer, "jwks_uri": e.URL + "/" + tenant + "/discovery/v2.0/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}
	if e.metadata != nil {
		e.metadata(document)
	}
	writeJSON(w, 200, document)
}

func (e *entra) serveToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	e.mu.Lock()
	e.forms = append(e.forms, maps.Clone(r.PostForm))
	override := e.token
	e.mu.Unlock()
	if override != nil {
		override(w, r)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	form := r.PostForm
	refuse := func(kind string, code int) {
		writeJSON(w, 400, map[string]any{
			"error": kind, "error_codes": []int{code}, "error_description": fmt.Sprintf("AADSTS%d: refused.", code),
		})
	}
	answer := map[string]any{"token_type": "Bearer", "scope": testScope, "expires_in": 3599}
	switch form.Get("grant_type") {
	case "authorization_code":
		asked, known := e.grants[form.Get("code")]
		delete(e.grants, form.Get("code"))
		switch {
		case !known:
			refuse("invalid_grant", 54005)
			return
		case asked.Get("redirect_uri") != form.Get("redirect_uri"):
			refuse("invalid_grant", 50011)
			return
		case oauth2.S256ChallengeFromVerifier(form.Get("code_verifier")) != asked.Get("code_challenge"):
			refuse("invalid_grant", 501481)
			return
		}
		answer["id_token"] = e.idToken(asked.Get("nonce"))
	case "refresh_token":
		if !e.refresh[form.Get("refresh_token")] {
			refuse("invalid_grant", 70008)
			return
		}
		delete(e.refresh, form.Get("refresh_token"))
	}
	e.serial++
	answer["access_token"] = fmt.Sprintf("access-%d", e.serial)
	answer["refresh_token"] = fmt.Sprintf("refresh-%d", e.serial)
	e.refresh[fmt.Sprintf("refresh-%d", e.serial)] = true
	writeJSON(w, 200, answer)
}

func (e *entra) idToken(nonce string) string {
	claims := map[string]any{
		"iss": e.URL + "/" + testTenant + "/v2.0", "aud": testClient, "nonce": nonce,
		"iat": time.Now().Unix(), "nbf": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"tid": testTenant, "oid": "99999999-0000-4000-8000-000000000000", "sub": "pairwise",
		"preferred_username": "andrea@contoso.example", "name": "Andrea Doe", "email": "andrea@contoso.example",
	}
	if e.claims != nil {
		e.claims(claims)
	}
	if e.sign != nil {
		return e.sign(claims)
	}
	return signed(jose.RS256, testKeys()[0], "one", claims)
}

func signed(algorithm jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", id))
	if err != nil {
		panic(err)
	}
	payload, _ := json.Marshal(claims)
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	token, _ := jws.CompactSerialize()
	return token
}

// agree is the user who signs in and accepts: it returns the address that Entra
// would send the browser to.
func (e *entra) agree(authorizeURL string) string {
	u, _ := url.Parse(authorizeURL)
	q := u.Query()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.serial++
	code := fmt.Sprintf("0.planted-code-%d-%s", e.serial, strings.Repeat("x", 3000))
	e.grants[code] = q
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "session_state": {"s"}}
	return q.Get("redirect_uri") + "?" + back.Encode()
}

func (e *entra) registration() Registration {
	return Registration{
		Cloud: Cloud{ID: "custom", Authority: e.URL}, Audience: AudienceSingle,
		TenantID: testTenant, ClientID: testClient, ClientSecret: NewSecret(plantedSecret),
	}
}

func (e *entra) signIn() SignIn {
	return SignIn{Registration: e.registration(), Scopes: testScopes}
}

// lastForm is what the token endpoint was sent last.
func (e *entra) lastForm(t testing.TB) url.Values {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.forms) == 0 {
		t.Fatal("the token endpoint was not asked")
	}
	return e.forms[len(e.forms)-1]
}

func start(t testing.TB, s SignIn) *Session {
	t.Helper()
	session, err := s.Start(t.Context())
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(session.Close)
	return session
}

// fetch is a browser: it gets the address and returns status, headers and page.
func fetch(t testing.TB, address string) (*http.Response, string) {
	t.Helper()
	return send(t, http.MethodGet, address, "", nil)
}

func send(t testing.TB, method, address, host string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, shorten(address, 80), err)
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(page)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
