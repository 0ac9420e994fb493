package practice

import (
	"net/url"
	"slices"
	"strings"
)

// resource is an API that tokens are for.
type resource struct {
	prefix   string // of its scopes
	audience string // of its tokens
	name     string // as error texts call it
	id       string // application ID
}

var (
	graph    = resource{"https://graph.microsoft.com/", graphAppID, graphAppID, graphAppID}
	mailAPIs = []resource{
		mailAPI(MailResource), mailAPI("https://outlook.office365.com"), mailAPI("https://ps.outlook.com"),
	}
)

// mailAPI is Exchange Online under one of its names.
func mailAPI(address string) resource {
	return resource{address + "/", address, address, exchangeAppID}
}

// graphPath is below the authority where this tenant's Graph would be.
const graphPath = "/graph/"

// oidcScopes live on Graph, but go with any resource.
var oidcScopes = []string{"openid", "profile", "email", "offline_access"}

// mailScopes are what the practice mail servers understand.
var mailScopes = []string{"IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send"}

// knownScopes are the delegated permissions that the two resources have here.
var knownScopes = append(slices.Clone(mailScopes),
	"EWS.AccessAsUser.All", "Mail.Read", "Mail.Read.Shared", "Mail.ReadBasic", "Mail.ReadBasic.Shared",
	"Mail.ReadWrite", "Mail.ReadWrite.Shared", "Mail.Send", "Mail.Send.Shared",
	"MailboxSettings.Read", "MailboxSettings.ReadWrite",
	"Contacts.Read", "Contacts.Read.Shared", "Contacts.ReadWrite", "Contacts.ReadWrite.Shared",
	"Calendars.Read", "Calendars.ReadWrite", "User.Read")

// scopeSet is a scope parameter, understood.
type scopeSet struct {
	oidc  []string   // openid, profile, email, offline_access as asked
	named []string   // permissions without their prefix, in Microsoft's spelling
	full  []string   // the same with it, the mail resource under one name
	roles []string   // application permissions, which only an administrator gives
	all   bool       // .default was asked for
	of    []resource // the resources of named, each once, in order
	text  string     // as asked
}

// has reports whether an OpenID Connect scope was asked for.
func (s scopeSet) has(oidc string) bool { return slices.Contains(s.oidc, oidc) }

// resource is the one that a token is for: Graph when none is named.
func (s scopeSet) resource() resource {
	if len(s.of) == 0 {
		return graph
	}
	return s.of[0]
}

// keys are the permissions in full form, for remembering consent.
func (s scopeSet) keys() []string { return slices.Concat(s.oidc, s.full, s.roles) }

// add notes a permission of a resource. The mail resource has two names and one
// consent.
func (s *scopeSet) add(api resource, name string) {
	if api != graph {
		api = mailAPIs[0]
	}
	s.named, s.full = append(s.named, name), append(s.full, api.prefix+name)
}

// aloneRoles are the application permissions of an application that signs in
// itself: three for the mail servers, one for EWS, three for Graph.
var aloneRoles = append(slices.Clone(exchangeRoles), "Mail.Send", "Mail.Read", "Mail.ReadWrite")

// exchangeRoles are those of Exchange Online; all others are Graph's.
var exchangeRoles = []string{"IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp", "full_access_as_app"}

// roleKey is an application permission in full form.
func roleKey(name string) string {
	if slices.Contains(exchangeRoles, name) {
		return mailAPIs[1].prefix + name
	}
	return graph.prefix + name
}

// registered is what .default stands for where an administrator consents: all
// that is on the registration, here the list of XCALLY's guide for a shared
// mailbox. The mail permissions stand under Graph in the portal, and consent to
// them counts for the mail resource.
func (s *entraState) registered(a *app, text string) scopeSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := scopeSet{text: text, all: true, of: []resource{mailAPIs[0], graph}}
	for _, name := range s.listed[a.id] {
		set.roles = append(set.roles, roleKey(name))
	}
	if a.id == aloneApp {
		return set // it has no user to act for
	}
	set.oidc = oidcScopes
	for _, name := range mailScopes {
		set.add(mailAPIs[0], name)
	}
	for _, name := range []string{
		"User.Read", "Mail.Send.Shared", "Mail.ReadWrite.Shared", "Mail.Read.Shared",
		"Contacts.ReadWrite.Shared", "Contacts.Read.Shared",
	} {
		set.add(graph, name)
	}
	return set
}

// xcallyRoles are the application permissions of that list.
var xcallyRoles = []string{
	"MailboxSettings.ReadWrite", "MailboxSettings.Read", "Mail.Send", "Mail.ReadWrite",
	"Mail.ReadBasic.All", "Mail.ReadBasic", "Mail.Read",
}

// parseScopes reads a scope parameter as the sign-in service does.
func parseScopes(text string, a *app) (scopeSet, *aadError) {
	s := scopeSet{text: text}
	for _, one := range strings.Fields(text) {
		if slices.Contains(oidcScopes, strings.ToLower(one)) {
			s.oidc = append(s.oidc, strings.ToLower(one))
			continue
		}
		api, name, e := splitScope(one)
		if e != nil {
			return s, e
		}
		if !slices.Contains(s.of, api) {
			s.of = append(s.of, api)
		}
		if name == ".default" {
			s.all = true
			continue
		}
		i := slices.IndexFunc(knownScopes, func(k string) bool { return strings.EqualFold(k, name) })
		if i < 0 {
			return s, aad("invalid_client", 650053, "The application '%s' asked for scope '%s' that doesn't exist on the resource '%s'. Contact the app vendor.", a.name, name, api.name)
		}
		s.add(api, knownScopes[i])
	}
	switch {
	case s.all && len(s.named) > 0:
		return s, aad("invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope %s is not valid. .default scope can't be combined with resource-specific scopes.", text)
	case s.all:
		for _, name := range mailScopes {
			s.add(s.resource(), name)
		}
	}
	return s, nil
}

// splitScope parts a scope into resource and permission. A bare name is
// Graph's, which is the classic mistake with mail scopes.
func splitScope(one string) (resource, string, *aadError) {
	if !strings.Contains(one, "://") {
		return splitBare(one)
	}
	if u, err := url.Parse(one); err == nil && onLoopback(u) && strings.HasPrefix(u.Path, graphPath) {
		return graph, strings.TrimPrefix(u.Path, graphPath), nil // as Cloud names it
	}
	for _, api := range append([]resource{graph}, mailAPIs...) {
		if len(one) > len(api.prefix) && strings.EqualFold(one[:len(api.prefix)], api.prefix) {
			return api, strings.TrimPrefix(one[len(api.prefix):], "/"), nil
		}
	}
	return resource{}, "", errNoResource(one[:strings.LastIndex(one, "/")])
}

// splitBare parts a scope without an address: a permission of Graph's, or one
// after an application ID.
func splitBare(one string) (resource, string, *aadError) {
	id, name, found := strings.Cut(one, "/")
	if !found || !guidShape.MatchString(id) {
		return graph, one, nil
	}
	for _, api := range []resource{graph, mailAPIs[0]} {
		if strings.EqualFold(api.id, id) {
			return api, name, nil
		}
	}
	return resource{}, "", errNoResource(id)
}

func errNoResource(host string) *aadError {
	return aad("invalid_resource", 500011, "The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", host, tenantName)
}

// oneResource refuses what a single token cannot serve.
func (s scopeSet) oneResource() *aadError {
	if len(s.of) > 1 {
		return aad("invalid_request", 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope %s is not valid.", s.text)
	}
	return nil
}
