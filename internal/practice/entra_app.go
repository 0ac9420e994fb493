package practice

import (
	"net/http"
	"slices"
	"strings"
)

// redeemApp answers an application that signs in itself (Microsoft Learn, "OAuth
// 2.0 client credentials flow on the Microsoft identity platform").
func (t *Tenant) redeemApp(r *http.Request, a *app, p clientProof) (*tokenAnswer, *aadError) {
	if p.none() {
		return nil, aad("invalid_client", 7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
	}
	switch strings.ToLower(r.PathValue("tenant")) {
	case "common":
		return nil, aad("invalid_request", 9001023, "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.")
	case "organizations":
		return nil, aad("invalid_request", 50059, "No tenant-identifying information found in either the request or implied by any provided credentials.")
	}
	if e := t.authenticate(r, a, p); e != nil {
		return nil, e
	}
	api, e := appScope(r.PostForm.Get("scope"))
	if e != nil {
		return nil, e
	}
	if t.broken(FaultConsentMissing) && !t.entra.adminHasRoles(a) {
		return nil, errConsent(a)
	}
	roles := t.roles(a, api)
	if t.broken(FaultWrongAudience) {
		api = graph
	}
	acr := "1"
	if !p.assertion.IsZero() {
		acr = "2"
	}
	access, err := t.tokens.appAccess(a, api, roles, acr)
	if err != nil {
		t.log.Error("practice sign-in service cannot sign", "err", err)
		return nil, errTransient()
	}
	seconds := int(t.opts.TokenLife.Seconds())
	return &tokenAnswer{Type: "Bearer", Expires: seconds, ExtExpires: seconds, Access: access.Reveal()}, nil
}

// appScope reads the only scope that an application may ask for.
func appScope(text string) (resource, *aadError) {
	all := strings.Fields(text)
	if len(all) == 0 {
		return resource{}, errMissing("scope")
	}
	if slices.ContainsFunc(all, func(one string) bool { return !strings.HasSuffix(one, "/.default") }) {
		return resource{}, aad("invalid_scope", 1002012, "The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scopeList(all))
	}
	if len(all) > 1 {
		return resource{}, aad("invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope %s is not valid. static scope limit exceeded.", scopeList(all))
	}
	api, _, e := splitScope(all[0])
	return api, e
}

// GrantRoles makes names, such as IMAP.AccessAsApp or Mail.Send, the application
// permissions of AppClientID: they stand on the registration and are granted, and
// no others. Without names there are none, as RBAC for Applications wants it.
func (t *Tenant) GrantRoles(names ...string) {
	t.entra.mu.Lock()
	defer t.entra.mu.Unlock()
	t.entra.listed[aloneApp] = slices.Clone(names)
	t.entra.granted[aloneApp] = slices.Clone(names)
	t.entra.admin[aloneApp] = nil
}

// RevokeConsent takes back what was granted to AppClientID; its permissions stay
// on the registration, until an administrator consents to them.
func (t *Tenant) RevokeConsent() {
	t.entra.mu.Lock()
	defer t.entra.mu.Unlock()
	t.entra.granted[aloneApp], t.entra.admin[aloneApp] = nil, nil
}

// RevokeSignIns ends all refresh tokens given so far, as Revoke sessions in the
// portal does: AADSTS50173 at their next use.
func (t *Tenant) RevokeSignIns() {
	t.entra.mu.Lock()
	defer t.entra.mu.Unlock()
	for _, g := range t.entra.refresh {
		g.revoked = t.opts.Now()
	}
}

// roles are the application permissions that a token for api carries.
func (t *Tenant) roles(a *app, api resource) []string {
	consentMissing, fewer := t.broken(FaultAppConsentMissing), t.broken(FaultAppFewerRoles)
	t.entra.mu.Lock()
	defer t.entra.mu.Unlock()
	var names []string
	for _, name := range t.entra.listed[a.id] {
		withheld := consentMissing || fewer && (name == "SMTP.SendAsApp" || name == "Mail.Send")
		byPortal := slices.Contains(t.entra.granted[a.id], name) && !withheld
		byConsent := slices.Contains(t.entra.admin[a.id], roleKey(name))
		if (byPortal || byConsent) && slices.Contains(exchangeRoles, name) == (api != graph) {
			names = append(names, name)
		}
	}
	return names
}

// adminHasRoles reports whether an administrator has consented to what stands on
// the registration.
func (s *entraState) adminHasRoles(a *app) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(s.listed[a.id], func(name string) bool {
		return !slices.Contains(s.admin[a.id], roleKey(name))
	})
}
