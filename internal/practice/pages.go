package practice

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"postkey/assets"
)

//go:embed pages.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages.html"))

// view is what a page shows.
type view struct {
	lang     string // of the browser, as Accept-Language has it
	Nonce    string
	Heading  assets.Message
	Lead     assets.Message
	Action   string // where its form goes
	Flow     string
	Users    []userView
	Scopes   []assets.Message
	Form     url.Values // hidden fields of the form_post page
	Back     bool       // offers the way back to the application
	Consent  bool       // offers Accept and Cancel
	Code     int        // AADSTS number
	Detail   string     // Microsoft's words
	Incident incident
}

type userView struct {
	UPN, Name       string
	Signed, Focused bool
}

// T is a text by its key.
func (v view) T(key string) string { return assets.Text(v.lang, assets.Msg(key)) }

// M is a message as text.
func (v view) M(m assets.Message) string { return assets.Text(v.lang, m) }

// show writes a page. Besides this service the form may lead to target, the
// redirect URI, because browsers apply form-action to redirects too.
func (t *Tenant) show(w http.ResponseWriter, r *http.Request, status int, target string, v view) {
	v.lang, v.Nonce = r.Header.Get("Accept-Language"), randomText(22)
	forms := "'self'"
	if u, err := url.Parse(target); err == nil && u.Host != "" {
		forms += " " + u.Scheme + "://" + u.Host
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fmt.Sprintf(
		"default-src 'none'; style-src 'nonce-%s'; form-action %s; base-uri 'none'; frame-ancestors 'none'", v.Nonce, forms))
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	if err := pages.ExecuteTemplate(w, "page", v); err != nil {
		t.log.Debug("practice page not sent", "err", err)
	}
}

// accountPage asks who signs in.
func (t *Tenant) accountPage(w http.ResponseWriter, r *http.Request, f *flow, signedIn []*user) {
	v := view{
		Heading: assets.Msg("practice.account.heading"), Flow: f.id,
		Lead:   assets.Msg("practice.account.lead", "App", f.grant.app.name),
		Action: "/" + r.PathValue("tenant") + "/practice/account",
	}
	for _, u := range users {
		v.Users = append(v.Users, userView{UPN: u.UPN, Name: u.Name, Signed: slices.Contains(signedIn, u)})
	}
	if hinted := findUser(f.hint); hinted != nil {
		slices.SortStableFunc(v.Users, func(a, b userView) int {
			switch hinted.UPN {
			case a.UPN:
				return -1
			case b.UPN:
				return 1
			}
			return 0
		})
	} else if f.hint != "" {
		v.Lead = assets.Msg("practice.account.unknown", "Hint", f.hint)
	}
	v.Users[0].Focused = true
	t.show(w, r, http.StatusOK, f.grant.redirect, v)
}

// consentPage lists what the application asks for.
func (t *Tenant) consentPage(w http.ResponseWriter, r *http.Request, f *flow) {
	v := view{
		Heading: assets.Msg("practice.consent.heading"), Flow: f.id, Consent: true,
		Lead:   assets.Msg("practice.consent.lead", "App", f.grant.app.name, "User", f.grant.user.UPN),
		Action: "/" + r.PathValue("tenant") + "/practice/consent",
	}
	if f.forAll {
		v.Heading = assets.Msg("practice.consent.all-heading")
	}
	for _, s := range append(slices.Clone(f.grant.scopes.named), f.grant.scopes.oidc...) {
		v.Scopes = append(v.Scopes, assets.Msg("practice.scope."+s))
	}
	for _, s := range f.grant.scopes.roles {
		if name, ofExchange := strings.CutPrefix(s, mailAPIs[1].prefix); ofExchange {
			v.Scopes = append(v.Scopes, assets.Msg("practice.scope."+name))
			continue
		}
		v.Scopes = append(v.Scopes, assets.Msg("consent.role."+strings.TrimPrefix(s, graph.prefix)))
	}
	t.show(w, r, http.StatusOK, f.grant.redirect, v)
}

// approvalPage says that only an administrator may consent.
func (t *Tenant) approvalPage(w http.ResponseWriter, r *http.Request, f *flow) {
	e := errAdminConsent(f.grant.app)
	t.show(w, r, http.StatusOK, f.grant.redirect, view{
		Heading: assets.Msg("practice.approval.heading"), Flow: f.id, Back: true,
		Lead:   assets.Msg("practice.approval.lead", "App", f.grant.app.name),
		Action: "/" + r.PathValue("tenant") + "/practice/consent",
		Code:   e.code, Detail: fmt.Sprintf("AADSTS%d: %s", e.code, e.text), Incident: t.newIncident(r),
	})
}

// errorPage tells the person, not the application.
func (t *Tenant) errorPage(w http.ResponseWriter, r *http.Request, e *aadError) {
	t.log.Debug("practice sign-in service shows an error", "code", e.code)
	t.show(w, r, http.StatusBadRequest, "", view{
		Heading: assets.Msg("practice.error.heading"), Lead: assets.Msg("practice.error.lead"),
		Code: e.code, Detail: fmt.Sprintf("AADSTS%d: %s", e.code, e.text), Incident: t.newIncident(r),
	})
}

// lostPage answers a form of a sign-in that is over.
func (t *Tenant) lostPage(w http.ResponseWriter, r *http.Request) {
	t.errorPage(w, r, aad("invalid_request", 50089, "Authentication failed due to flow token expired."))
}

// portal stands in for the admin center.
func (t *Tenant) portal(w http.ResponseWriter, r *http.Request) {
	t.show(w, r, http.StatusOK, "", view{
		Heading: assets.Msg("practice.portal.heading"), Lead: assets.Msg("practice.portal.lead"),
	})
}

// redirect answers the application in the response mode it asked for.
func (t *Tenant) redirect(w http.ResponseWriter, r *http.Request, f *flow, v url.Values) {
	if f.state != "" {
		v.Set("state", f.state)
	}
	target, err := url.Parse(f.grant.redirect)
	if err != nil { // it was parsed before
		t.errorPage(w, r, errRedirect(f.grant.app, f.grant.redirect))
		return
	}
	if target.Path == "" {
		target.Path = "/"
	}
	switch f.mode {
	case "form_post":
		t.show(w, r, http.StatusOK, f.grant.redirect, view{
			Heading: assets.Msg("practice.post.heading"), Lead: assets.Msg("practice.post.lead", "App", f.grant.app.name),
			Action: target.String(), Form: v,
		})
		return
	case "fragment":
		target.Fragment, target.RawFragment = "", ""
		http.Redirect(w, r, target.String()+"#"+v.Encode(), http.StatusFound)
		return
	}
	query := target.RawQuery
	if query != "" {
		query += "&"
	}
	target.RawQuery = query + v.Encode()
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, target.String(), http.StatusFound)
}

// remember keeps a flow for its next page and forgets those given up.
func (t *Tenant) remember(f *flow) {
	t.entra.mu.Lock()
	defer t.entra.mu.Unlock()
	for id, old := range t.entra.flows {
		if f.made.Sub(old.made) > flowLife {
			delete(t.entra.flows, id)
		}
	}
	t.entra.flows[f.id] = f
}

// flow finds a copy of a sign-in by the id in its form.
func (t *Tenant) flow(id string) *flow {
	t.entra.mu.Lock()
	defer t.entra.mu.Unlock()
	f := t.entra.flows[id]
	if f == nil {
		return nil
	}
	c := *f
	return &c
}

// take finds a sign-in and ends its pages.
func (t *Tenant) take(id string) *flow {
	t.entra.mu.Lock()
	defer t.entra.mu.Unlock()
	f := t.entra.flows[id]
	delete(t.entra.flows, id)
	return f
}

const sessionCookie = "practice_session"

// signedIn lists who is signed in in this browser, newest first.
func (t *Tenant) signedIn(r *http.Request) []*user {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	t.entra.mu.Lock()
	defer t.entra.mu.Unlock()
	return slices.Clone(t.entra.sessions[c.Value])
}

// signIn remembers u in this browser. The cookie keeps to the path of the
// authority, so that no other service on localhost receives it.
func (t *Tenant) signIn(w http.ResponseWriter, r *http.Request, u *user) {
	id := randomText(32)
	if c, err := r.Cookie(sessionCookie); err == nil {
		id = c.Value
	}
	t.entra.mu.Lock()
	others := slices.DeleteFunc(slices.Clone(t.entra.sessions[id]), func(o *user) bool { return o == u })
	t.entra.sessions[id] = append([]*user{u}, others...)
	t.entra.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: id, Path: "/" + r.PathValue("tenant") + "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(t.authority, "https"),
	})
}
