package catalog

import (
	"slices"
	"strings"

	"postkey/oauth"
)

// ConsentScopes returns what an administrator is asked to consent to for a list
// of permissions (see Permissions).
//
// Where the sign-in's own scopes are the whole list, they are named: consent to
// them needs nothing in the portal. Otherwise it is Graph's .default, everything
// on the registration: application permissions cannot be asked for in any other
// way, and it goes with no named scope (Microsoft Learn: Scopes and permissions
// in the identity platform; Admin consent on the Microsoft identity platform).
// Where all application permissions are Exchange Online's it is the .default of
// that (Exchange Online: Authenticate an IMAP, POP or SMTP connection using OAuth).
func (c *Catalog) ConsentScopes(cloud oauth.Cloud, list []Permission, protocols []string) []string {
	if slices.ContainsFunc(list, Permission.onExchange) && !slices.ContainsFunc(list, func(p Permission) bool {
		return p.Type == Application && !p.onExchange() || p.onGraph()
	}) {
		return []string{c.AppScope(cloud, "imap")}
	}
	if c.ConsentToAll(list) {
		return []string{strings.TrimRight(cloud.Graph, "/") + "/.default"}
	}
	return c.Scopes(cloud, protocols)
}

// ConsentToAll reports whether the consent covers everything on the
// registration instead of named scopes, so that what is missing there is not
// asked for.
func (c *Catalog) ConsentToAll(list []Permission) bool {
	return slices.ContainsFunc(list, func(p Permission) bool { return p.Type == Application || p.onGraph() })
}

// ConsentList returns those permissions of the list that ConsentScopes asks for.
func (c *Catalog) ConsentList(list []Permission, protocols []string) []Permission {
	if c.ConsentToAll(list) {
		return slices.Clone(list)
	}
	return slices.DeleteFunc(slices.Clone(list), func(p Permission) bool {
		return p.Protocol != "" && !slices.Contains(protocols, p.Protocol)
	})
}

// GraphScopes returns the delegated permissions of the list that a token for
// Microsoft Graph shows and one for mail does not, in full form.
func (c *Catalog) GraphScopes(cloud oauth.Cloud, list []Permission) []string {
	var scopes []string
	for _, p := range list {
		if p.onGraph() {
			scopes = append(scopes, strings.TrimRight(cloud.Graph, "/")+"/"+p.Name)
		}
	}
	return scopes
}

// onExchange reports whether it is an application permission of Exchange Online.
func (p Permission) onExchange() bool {
	return p.Type == Application && p.ResourceAppID == exchangeAppID
}

// exchangeAppID is Office 365 Exchange Online's (Microsoft first-party application ids).
const exchangeAppID = "00000002-0000-0ff1-ce00-000000000000"

// onGraph reports whether it is a delegated permission of Microsoft Graph in
// tokens too: those of the mail protocols only stand there in the portal.
func (p Permission) onGraph() bool {
	return p.Type == Delegated && p.Protocol == "" && !p.OpenID()
}
