package practice

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// flow is one sign-in, from the authorize request to the redirect back.
type flow struct {
	id        string
	grant     grant // the user is nil until picked
	state     string
	mode      string // response_mode
	prompt    string
	hint      string
	forAll    bool // admin consent
	withScope bool // admin consent of version 2.0
	made      time.Time
}

// authorize is the authorization endpoint. What makes the redirect URI doubtful
// is told on a page; all else goes back to the application.
func (t *Tenant) authorize(w http.ResponseWriter, r *http.Request) {
	f, e := t.newFlow(r)
	if e != nil {
		t.errorPage(w, r, e)
		return
	}
	if e := t.checkRequest(r, f); e != nil {
		t.redirect(w, r, f, e.values(t.newIncident(r)))
		return
	}
	signedIn := t.signedIn(r)
	switch u := choose(signedIn, f.hint); {
	case f.prompt == "none" && u == nil:
		e := aad("login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
		t.redirect(w, r, f, e.values(t.newIncident(r)))
	case f.prompt == "none" && !t.entra.consented(u, f.grant.app, f.grant.scopes.keys()):
		e := errConsent(f.grant.app)
		e.kind = "consent_required"
		t.redirect(w, r, f, e.values(t.newIncident(r)))
	case f.prompt == "login", f.prompt == "select_account", u == nil:
		t.remember(f)
		t.accountPage(w, r, f, signedIn)
	default:
		f.grant.user = u
		t.afterAccount(w, r, f)
	}
}

// choose picks an account without asking: the hinted one if it is signed in, or
// the only one that is.
func choose(signedIn []*user, hint string) *user {
	if hint != "" {
		if u := findUser(hint); u != nil && slices.Contains(signedIn, u) {
			return u
		}
		return nil
	}
	if len(signedIn) == 1 {
		return signedIn[0]
	}
	return nil
}

// newFlow reads what must be right before anything may go to the redirect URI.
func (t *Tenant) newFlow(r *http.Request) (*flow, *aadError) {
	a, e := t.appAt(r)
	if e != nil {
		return nil, e
	}
	redirect := r.FormValue("redirect_uri")
	if redirect == "" {
		redirect = a.redirects[0]
	}
	if len(redirect) > 256 || !a.registered(redirect) {
		return nil, errRedirect(a, redirect)
	}
	now := t.opts.Now()
	return &flow{
		id: randomText(32), state: r.FormValue("state"), made: now,
		mode: r.FormValue("response_mode"), prompt: r.FormValue("prompt"), hint: r.FormValue("login_hint"),
		grant: grant{
			app: a, authority: strings.ToLower(r.PathValue("tenant")), redirect: redirect, made: now,
			challenge: r.FormValue("code_challenge"), method: r.FormValue("code_challenge_method"),
			nonce: r.FormValue("nonce"),
		},
	}, nil
}

// appAt finds the application of a request, at the authority of its path.
func (t *Tenant) appAt(r *http.Request) (*app, *aadError) {
	kind, e := resolveTenant(r.PathValue("tenant"))
	if e != nil {
		return nil, e
	}
	id := r.FormValue("client_id")
	if id == "" {
		return nil, errMissing("client_id")
	}
	a := t.findApp(id)
	switch {
	case a == nil:
		return nil, errClientUnknown(id)
	case kind == consumers:
		return nil, errConsumers(a)
	case kind == anyTenant && !a.multiTenant:
		return nil, errSingleTenant(a)
	case t.broken(FaultAppDisabled):
		return nil, errDisabled(a)
	}
	return a, nil
}

// checkRequest reads the rest of an authorize request.
func (t *Tenant) checkRequest(r *http.Request, f *flow) *aadError {
	switch response := r.FormValue("response_type"); {
	case response == "":
		return errMissing("response_type")
	case response != "code":
		return aad("unsupported_response_type", 700054, "response_type '%s' is not enabled for the application.", response)
	}
	if !slices.Contains([]string{"", "query", "fragment", "form_post"}, f.mode) {
		return aad("invalid_request", 70007, "'%s' is not a supported value of 'response_mode' when requesting a token.", f.mode)
	}
	if !slices.Contains([]string{"", "login", "none", "consent", "select_account"}, f.prompt) {
		return aad("invalid_request", 90023, "Unsupported 'prompt' value.")
	}
	if strings.TrimSpace(r.FormValue("scope")) == "" {
		return errMissing("scope")
	}
	var e *aadError
	if f.grant.scopes, e = parseScopes(r.FormValue("scope"), f.grant.app); e != nil {
		return e
	}
	switch n := len(f.grant.challenge); {
	case n == 0:
		return nil
	case n < 43 || n > 128:
		return aad("invalid_request", 501491, "Invalid size of Code_Challenge parameter.")
	case f.grant.method != "S256" && f.grant.method != "plain" && f.grant.method != "":
		return aad("invalid_request", 50147, "Invalid format of Code_Challenge parameter.")
	}
	return nil
}

// pickAccount receives the choice on the account page.
func (t *Tenant) pickAccount(w http.ResponseWriter, r *http.Request) {
	f := t.flow(r.PostFormValue("flow"))
	u := findUser(r.PostFormValue("user"))
	if f == nil || u == nil {
		t.lostPage(w, r)
		return
	}
	t.signIn(w, r, u)
	f.grant.user = u // on a copy: the page may be sent twice
	t.afterAccount(w, r, f)
}

// afterAccount asks for consent where it is needed.
func (t *Tenant) afterAccount(w http.ResponseWriter, r *http.Request, f *flow) {
	a, u, keys := f.grant.app, f.grant.user, f.grant.scopes.keys()
	switch {
	case f.forAll && !u.Admin, t.broken(FaultAdminConsent) && !u.Admin && !t.entra.adminConsented(a, keys):
		t.remember(f)
		t.approvalPage(w, r, f)
	case f.forAll, f.prompt == "consent", !t.entra.consented(u, a, keys):
		t.remember(f)
		t.consentPage(w, r, f)
	default:
		t.finish(w, r, f)
	}
}

// decideConsent receives Accept and Cancel, and the way back from the page that
// asks for an administrator.
func (t *Tenant) decideConsent(w http.ResponseWriter, r *http.Request) {
	f := t.take(r.PostFormValue("flow"))
	if f == nil || f.grant.user == nil {
		t.lostPage(w, r)
		return
	}
	a, u := f.grant.app, f.grant.user
	refused := errDeclined()
	blocked := !u.Admin && (f.forAll || t.broken(FaultAdminConsent) && !t.entra.adminConsented(a, f.grant.scopes.keys()))
	if blocked {
		refused = errAdminConsent(a)
	}
	switch {
	case blocked || r.PostFormValue("decision") != "accept":
		v := refused.values(t.newIncident(r))
		if f.forAll {
			v.Set("admin_consent", "True") // Entra sends it with errors too
		}
		t.redirect(w, r, f, v)
	case f.forAll:
		t.entra.consentForAll(a, f.grant.scopes.keys())
		v := url.Values{"admin_consent": {"True"}, "tenant": {tenantID}}
		if f.withScope {
			v.Set("scope", scopeList(f.grant.scopes.keys()))
		}
		t.redirect(w, r, f, v)
	default:
		t.entra.consent(u, a, f.grant.scopes.keys())
		t.finish(w, r, f)
	}
}

// finish sends the browser back with a code.
func (t *Tenant) finish(w http.ResponseWriter, r *http.Request, f *flow) {
	g := f.grant
	g.made = t.opts.Now()
	code := t.entra.issueCode(&g)
	t.redirect(w, r, f, url.Values{"code": {code.Reveal()}, "session_state": {newGUID()}})
}

// adminConsent is the admin consent endpoint, of version 2.0 and without scope
// of version 1.0, which asks for all that is registered.
func (t *Tenant) adminConsent(w http.ResponseWriter, r *http.Request) {
	f, e := t.newFlow(r)
	if e != nil {
		t.errorPage(w, r, e)
		return
	}
	f.forAll, f.mode, f.hint = true, "query", ""
	scope := r.FormValue("scope")
	f.withScope = strings.Contains(r.URL.Path, "/v2.0/")
	switch {
	case f.withScope && strings.TrimSpace(scope) == "":
		e = errMissing("scope")
	case !f.withScope:
		scope = MailResource + "/.default " + scopeList(oidcScopes)
	}
	if e == nil {
		f.grant.scopes, e = parseScopes(scope, f.grant.app)
	}
	if f.grant.scopes.all {
		f.grant.scopes = t.entra.registered(f.grant.app, scope)
	}
	if e != nil {
		v := e.values(t.newIncident(r))
		v.Set("admin_consent", "True")
		t.redirect(w, r, f, v)
		return
	}
	t.remember(f)
	t.accountPage(w, r, f, t.signedIn(r))
}
