package practice

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"postkey/oauth"
)

// How long things last at Entra (Microsoft Learn, "OAuth 2.0 authorization code
// flow" and "Refresh tokens in the Microsoft identity platform").
const (
	codeLife    = 10 * time.Minute
	refreshLife = 90 * 24 * time.Hour
	flowLife    = time.Hour
)

// entraState is what the sign-in service remembers.
type entraState struct {
	mu       sync.Mutex
	flows    map[string]*flow    // sign-ins on their pages, by id
	sessions map[string][]*user  // who is signed in, by session cookie, newest first
	codes    map[string]*grant   // by fingerprint
	refresh  map[string]*grant   // by fingerprint
	consents map[string][]string // permissions by user and application
	admin    map[string][]string // permissions by application, for all users
	listed   map[string][]string // application permissions on the registration, by application
	granted  map[string][]string // those granted in the portal
}

func newEntraState() *entraState {
	return &entraState{
		flows: make(map[string]*flow), sessions: make(map[string][]*user),
		codes: make(map[string]*grant), refresh: make(map[string]*grant),
		consents: make(map[string][]string), admin: make(map[string][]string),
		listed: map[string][]string{
			webApp: slices.Clone(xcallyRoles), multiApp: slices.Clone(xcallyRoles), aloneApp: slices.Clone(aloneRoles),
		},
		granted: map[string][]string{aloneApp: slices.Clone(aloneRoles)},
	}
}

// grant is what a code or a refresh token stands for.
type grant struct {
	app       *app
	user      *user
	scopes    scopeSet
	authority string // first element of the path at which the user signed in
	redirect  string
	challenge string // PKCE; empty without
	method    string
	nonce     string
	made      time.Time
	used      bool // a code: redeemed; a refresh token: a newer one exists
	revoked   time.Time
}

// consented reports whether the user, or an administrator, has agreed to all.
func (s *entraState) consented(u *user, a *app, keys []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(keys, func(k string) bool {
		return !slices.Contains(s.consents[u.UPN+" "+a.id], k) && !slices.Contains(s.admin[a.id], k)
	})
}

// adminConsented reports whether an administrator has agreed to all.
func (s *entraState) adminConsented(a *app, keys []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(s.admin[a.id], k) })
}

func (s *entraState) consent(u *user, a *app, keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consents[u.UPN+" "+a.id] = append(s.consents[u.UPN+" "+a.id], keys...)
}

func (s *entraState) consentForAll(a *app, keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.admin[a.id] = append(s.admin[a.id], keys...)
}

// issueCode makes an authorization code for g.
func (s *entraState) issueCode(g *grant) oauth.Secret {
	code := oauth.NewSecret("1.AXkA" + randomText(900))
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, old := range s.codes {
		if g.made.Sub(old.made) > 2*codeLife {
			delete(s.codes, k)
		}
	}
	s.codes[fingerprint(code)] = g
	return code
}

// issueRefresh makes a refresh token for g, longer than one item of the
// Windows Credential Manager holds (2,560 bytes).
func (s *entraState) issueRefresh(g *grant) oauth.Secret {
	token := oauth.NewSecret("1.AXkA" + randomText(3100))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh[fingerprint(token)] = g
	return token
}

// serveWeb starts the sign-in service.
func (t *Tenant) serveWeb() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", t.discovery)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", t.jwks)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", t.page(t.authorize))
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/authorize", t.page(t.authorize))
	mux.HandleFunc("/{tenant}/oauth2/v2.0/token", t.token)
	mux.HandleFunc("GET /{tenant}/v2.0/adminconsent", t.page(t.adminConsent))
	mux.HandleFunc("GET /{tenant}/adminconsent", t.page(t.adminConsent))
	mux.HandleFunc("POST /{tenant}/practice/account", t.pickAccount)
	mux.HandleFunc("POST /{tenant}/practice/consent", t.decideConsent)
	mux.HandleFunc("/introspect", t.introspect)
	mux.HandleFunc("GET /{$}", t.portal)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/portal") {
			http.NotFound(w, r)
			return
		}
		t.portal(w, r)
	})
	t.web = &http.Server{
		Handler:           t.around(mux),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(t.log.Handler(), slog.LevelDebug),
	}
	var l net.Listener = t.webGate
	if t.opts.AuthorityTLS {
		l = tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{t.certs.good}})
	}
	t.serve("sign-in", func() error { return t.web.Serve(l) })
}

// around is what every answer of the sign-in service has in common.
func (t *Tenant) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !onLoopback(&url.URL{Host: r.Host}) {
			http.Error(w, "this service is for this machine alone", http.StatusMisdirectedRequest) // against DNS rebinding
			return
		}
		if t.broken(FaultSlow) {
			select {
			case <-time.After(t.opts.SlowBy):
			case <-r.Context().Done():
			case <-t.done:
			}
		}
		now := t.opts.Now()
		if t.broken(FaultClockSkew) {
			now = now.Add(10 * time.Minute)
		}
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r.Body = http.MaxBytesReader(w, r.Body, 256<<10)
		next.ServeHTTP(w, r)
	})
}

// discovery answers OpenID Connect discovery. For common and organizations the
// issuer holds Entra's literal placeholder.
func (t *Tenant) discovery(w http.ResponseWriter, r *http.Request) {
	kind, e := resolveTenant(r.PathValue("tenant"))
	if e != nil {
		if e.code == 90002 {
			e.kind = "invalid_tenant"
		}
		t.writeError(w, r, e)
		return
	}
	name, inIssuer := tenantID, tenantID
	if kind != oneTenant {
		name, inIssuer = r.PathValue("tenant"), "{tenantid}"
	}
	base := t.authority + "/" + name
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                t.authority + "/" + inIssuer + "/v2.0",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"introspection_endpoint":                t.IntrospectionURL(),
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported":      []string{"plain", "S256"},
		"scopes_supported":                      oidcScopes,
		"request_uri_parameter_supported":       false,
		"tenant_region_scope":                   "EU",
		"claims_supported": []string{
			"sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "oid", "email",
		},
	})
}

// jwks answers the signing keys.
func (t *Tenant) jwks(w http.ResponseWriter, r *http.Request) {
	if _, e := resolveTenant(r.PathValue("tenant")); e != nil {
		t.writeError(w, r, e)
		return
	}
	writeJSON(w, http.StatusOK, t.tokens.keys())
}
