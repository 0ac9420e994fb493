package practice

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"postkey/oauth"
)

// tokenAnswer is a successful answer of the token endpoint.
type tokenAnswer struct {
	Type       string `json:"token_type"`
	Scope      string `json:"scope,omitempty"`
	Expires    int    `json:"expires_in"`
	ExtExpires int    `json:"ext_expires_in"`
	Access     string `json:"access_token"`
	Refresh    string `json:"refresh_token,omitempty"`
	ID         string `json:"id_token,omitempty"`
}

// token is the token endpoint.
func (t *Tenant) token(w http.ResponseWriter, r *http.Request) {
	if s := t.said(atToken); s != nil {
		if s.kind == "" {
			fromProxy(w, s)
			return
		}
		t.writeError(w, r, s.aad())
		return
	}
	answer, e := t.redeem(r)
	if e != nil {
		t.writeError(w, r, e)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (t *Tenant) redeem(r *http.Request) (*tokenAnswer, *aadError) {
	if r.Method != http.MethodPost {
		return nil, aad("invalid_request", 900561, "The endpoint only accepts POST requests. Received a %s request.", r.Method)
	}
	switch {
	case t.broken(FaultThrottledSignIn):
		e := aad("temporarily_unavailable", 90055, "There are too many incoming requests. Please retry after some time.")
		e.status, e.retry = http.StatusTooManyRequests, 30*time.Second
		return nil, e
	case t.broken(FaultSignInDown):
		e := errTransient()
		e.status = http.StatusServiceUnavailable
		return nil, e
	}
	if origin := r.Header.Get("Origin"); origin != "" { // no registration here is a single-page application
		return nil, aad("invalid_request", 9002326, "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '%s'.", origin)
	}
	if err := r.ParseForm(); err != nil {
		return nil, aad("invalid_request", 9002313, "Invalid request. Request is malformed or invalid.")
	}
	proof := clientProof{
		secret:        oauth.NewSecret(r.PostForm.Get("client_secret")),
		assertion:     oauth.NewSecret(r.PostForm.Get("client_assertion")),
		assertionType: r.PostForm.Get("client_assertion_type"),
	}
	if id, password, ok := r.BasicAuth(); ok { // RFC 6749 2.3.1 form-encodes both
		id, _ = url.QueryUnescape(id)
		password, _ = url.QueryUnescape(password)
		r.Form.Set("client_id", id)
		proof.secret = oauth.NewSecret(password)
	}
	a, e := t.appAt(r)
	if e != nil {
		return nil, e
	}
	switch kind := r.PostForm.Get("grant_type"); kind {
	case "":
		return nil, errMissing("grant_type")
	case "authorization_code":
		return t.redeemCode(r, a, proof)
	case "refresh_token":
		return t.redeemRefresh(r, a, proof)
	case "client_credentials":
		return t.redeemApp(r, a, proof)
	default:
		return nil, aad("unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", kind)
	}
}

func (t *Tenant) redeemCode(r *http.Request, a *app, proof clientProof) (*tokenAnswer, *aadError) {
	code := r.PostForm.Get("code")
	if code == "" {
		return nil, errMissing("code")
	}
	if e := t.authenticate(r, a, proof); e != nil {
		return nil, e
	}
	t.entra.mu.Lock()
	g := t.entra.codes[fingerprint(oauth.NewSecret(code))]
	var spent bool
	if g != nil {
		// A failed attempt spends the code as well, as RFC 9700 asks.
		spent, g.used = g.used, true
	}
	t.entra.mu.Unlock()
	switch redirect := r.PostForm.Get("redirect_uri"); {
	case g == nil:
		return nil, aad("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
	case spent:
		return nil, aad("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case g.app != a:
		return nil, aad("invalid_grant", 70000, "Provided grant is invalid or malformed.")
	case !sameAuthority(g.authority, r.PathValue("tenant")):
		return nil, aad("invalid_grant", 700005, "Provided Authorization Code is intended to use against other tenant, thus rejected.")
	case t.opts.Now().Sub(g.made) > codeLife:
		return nil, aad("invalid_grant", 70008, "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.")
	case redirect != g.redirect:
		return nil, aad("invalid_client", 500112, "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code.", redirect, g.redirect)
	case !g.proves(r.PostForm.Get("code_verifier")):
		return nil, aad("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	case t.broken(FaultConsentMissing) && !t.entra.adminConsented(a, g.scopes.keys()):
		return nil, errConsent(a)
	}
	return t.answer(r, g)
}

// proves applies RFC 7636.
func (g *grant) proves(verifier string) bool {
	switch {
	case g.challenge == "":
		return verifier == ""
	case g.method == "S256":
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return subtle.ConstantTimeCompare([]byte(verifier), []byte(g.challenge)) == 1
}

// sameAuthority treats GUID and domain of the tenant alike.
func sameAuthority(a, b string) bool {
	kindA, _ := resolveTenant(a)
	kindB, _ := resolveTenant(b)
	return kindA == kindB
}

func (t *Tenant) redeemRefresh(r *http.Request, a *app, proof clientProof) (*tokenAnswer, *aadError) {
	token := r.PostForm.Get("refresh_token")
	if token == "" {
		return nil, errMissing("refresh_token")
	}
	if e := t.authenticate(r, a, proof); e != nil {
		return nil, e
	}
	now := t.opts.Now()
	t.entra.mu.Lock()
	g := t.entra.refresh[fingerprint(oauth.NewSecret(token))]
	var stale bool
	var revoked time.Time
	if g != nil {
		stale, g.used, revoked = g.used, true, g.revoked
	}
	t.entra.mu.Unlock()
	switch {
	case g == nil || g.app != a || stale && t.opts.StrictRotation:
		return nil, aad("invalid_grant", 70000, "Provided grant is invalid or malformed.")
	case t.broken(FaultSignInExpired) || now.Sub(g.made) > refreshLife:
		return nil, aad("invalid_grant", 700082, "The refresh token has expired due to inactivity. The token was issued on %s and was inactive for 90.00:00:00.", longTime(g.made))
	case !revoked.IsZero():
		return nil, errRevoked(g.made, revoked)
	case t.broken(FaultSignInRevoked):
		return nil, errRevoked(g.made, now)
	case t.broken(FaultSignInFrequency):
		return nil, errFrequency(g.made)
	case t.broken(FaultInteraction):
		return nil, errInteraction(g.scopes.resource())
	case t.broken(FaultConsentMissing) && !t.entra.adminConsented(a, g.scopes.keys()):
		return nil, errConsent(a)
	}
	return t.answer(r, g)
}

// answer makes the tokens of a grant, for the scopes of this request or else
// for those of the sign-in.
func (t *Tenant) answer(r *http.Request, g *grant) (*tokenAnswer, *aadError) {
	scopes := g.scopes
	if text := strings.TrimSpace(r.PostForm.Get("scope")); text != "" {
		var e *aadError
		if scopes, e = parseScopes(text, g.app); e != nil {
			return nil, e
		}
		scopes.oidc = g.scopes.oidc // decided at sign-in
	}
	if e := scopes.oneResource(); e != nil {
		return nil, e
	}
	if !t.entra.consented(g.user, g.app, scopes.keys()) {
		return nil, errConsent(g.app)
	}
	if t.broken(FaultFewerScopes) && !t.entra.adminConsented(g.app, []string{mailAPIs[0].prefix + "SMTP.Send"}) {
		scopes.named = slices.DeleteFunc(slices.Clone(scopes.named), func(s string) bool { return s == "SMTP.Send" })
	}
	answer, err := t.makeAnswer(g, scopes)
	if err != nil {
		t.log.Error("practice sign-in service cannot sign", "err", err)
		return nil, errTransient()
	}
	return answer, nil
}

func (t *Tenant) makeAnswer(g *grant, scopes scopeSet) (*tokenAnswer, error) {
	api := scopes.resource()
	if t.broken(FaultWrongAudience) {
		api = graph
	}
	granted := scopes.named
	if api == graph {
		granted = append(slices.DeleteFunc(slices.Clone(scopes.oidc), func(s string) bool { return s == "offline_access" }), granted...)
	}
	user := g.user
	if t.broken(FaultOtherAccount) {
		user = findUser(adminAddress)
	}
	access, err := t.tokens.access(user, g.app, api, granted)
	if err != nil {
		return nil, err
	}
	seconds := int(t.opts.TokenLife.Seconds())
	answer := &tokenAnswer{
		Type: "Bearer", Expires: seconds, ExtExpires: seconds, Access: access.Reveal(),
		Scope: echo(scopes, granted),
	}
	if scopes.has("openid") {
		if answer.ID, err = t.tokens.id(g.user, g.app, scopes, g.nonce); err != nil {
			return nil, err
		}
	}
	if scopes.has("offline_access") {
		next := *g
		next.made, next.used, next.nonce = t.opts.Now(), false, ""
		answer.Refresh = t.entra.issueRefresh(&next).Reveal()
	}
	return answer, nil
}

// echo is the scope of the answer: full URIs for mail, and never
// offline_access. The text does not betray FaultWrongAudience.
func echo(scopes scopeSet, granted []string) string {
	var out []string
	for _, s := range granted {
		if !slices.Contains(oidcScopes, s) {
			s = scopes.resource().prefix + s
		} else if scopes.resource() != graph {
			continue
		}
		out = append(out, s)
	}
	return scopeList(out)
}

// introspect answers RFC 7662 for foreign mail servers: the token in the query,
// in a form, or as bearer. Dovecot's modes get, post and auth all work.
func (t *Tenant) introspect(w http.ResponseWriter, r *http.Request) {
	token := r.FormValue("token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && token == "" {
		token = bearer
	}
	c, err := t.tokens.check(oauth.NewSecret(strings.TrimSpace(token)))
	if err != nil {
		writeJSON(w, http.StatusOK, map[string]any{"active": false})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"active": true, "token_type": "Bearer",
		"username": c.UPN, "upn": c.UPN, "email": c.UPN, "sub": c.Subject,
		"scope": c.Scopes, "aud": c.Audience, "iss": c.Issuer, "client_id": c.AppID, "tid": c.TenantID,
		"exp": c.Expires.Time().Unix(), "iat": c.IssuedAt.Time().Unix(),
	})
}
