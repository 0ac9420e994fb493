package catalog

import (
	"slices"
	"strings"

	"postkey/assets"
	"postkey/oauth"
)

// The types of a permission, as Microsoft calls them.
const (
	Delegated   = "delegated"   // what the application may do for the user who signed in
	Application = "application" // what it may do by itself, in every mailbox
)

// Permission is one API permission of an app registration.
type Permission struct {
	// ID is Microsoft's id of the scope or role on its resource, a GUID. The
	// same name has another id as another type and on another resource.
	ID string
	// Name is Microsoft's, such as IMAP.AccessAsUser.All.
	Name string
	// Type is Delegated or Application.
	Type string
	// Resource is the API under which the portal lists it, such as Microsoft
	// Graph; ResourceAppID is that API's application id.
	Resource      string
	ResourceAppID string
	// Description says in a sentence what it allows.
	Description assets.Message
	// AdminByDefinition says that only an administrator can consent to it.
	AdminByDefinition bool
	// AdminInPractice says that, since November 2025, Microsoft's default
	// policy lets only an administrator consent to it (Microsoft Learn: Manage
	// app consent policies; MC1163922). True as well where it is so by definition.
	AdminInPractice bool
	// Portal is its place below the app registration, in the portal's words; the
	// last two are the heading under which it is listed and its name.
	Portal []string
	// Needed says that the test cannot do without it when its protocol is chosen.
	Needed bool
	// Protocol is imap, pop, smtp, graph or ews where the permission serves that
	// alone; empty otherwise.
	Protocol string
	// Unverified says that Microsoft's own pages confirm its name and not its ID.
	Unverified bool
}

// KnownPermission finds a permission by the app id of its API and its own id,
// also one that no checklist holds; of those only the names, the type and the
// ids are set.
func (c *Catalog) KnownPermission(resourceAppID, id string) (Permission, bool) {
	p, ok := c.names[strings.ToLower(resourceAppID)+"/"+strings.ToLower(id)]
	return p, ok
}

// ResourceName is what the portal calls the API with this app id; empty where it
// is not known.
func (c *Catalog) ResourceName(appID string) string { return c.resources[strings.ToLower(appID)] }

// OpenID reports whether it is one of the four scopes of OpenID Connect, which
// belong to no resource.
func (p Permission) OpenID() bool {
	switch p.Name {
	case "openid", "profile", "email", "offline_access":
		return true
	}
	return false
}

// ByExchange reports whether Exchange Online can give an application what the
// permission allows without the permission: RBAC for Applications has roles for
// Graph and EWS, and none for IMAP and POP. For SMTP that is a road of its own
// (see Road.SMTPRBAC).
func (p Permission) ByExchange() bool {
	return p.Type == Application && (p.Protocol == "graph" || p.Protocol == "ews")
}

// Permissions returns the checklist of a product in the order of its guide: the
// delegated permissions of an own mailbox, and for a shared one those that the
// product adds. An unknown product has none.
func (c *Catalog) Permissions(product string, shared bool) []Permission {
	p, ok := c.Product(product)
	if !ok {
		return nil
	}
	refs := p.own
	if shared {
		refs = slices.Concat(p.own, p.shared)
	}
	out := make([]Permission, len(refs))
	for i, ref := range refs {
		out[i] = c.permissions[c.byRef[ref]]
	}
	return out
}

// Scopes returns what a sign-in asks for: the scopes of OpenID Connect, then for
// each protocol its permission with the cloud's mail resource in front. Without
// that prefix Entra would give a token for Microsoft Graph, which the mail
// servers refuse (Microsoft Learn: Scopes and permissions in the identity platform).
func (c *Catalog) Scopes(cloud oauth.Cloud, protocols []string) []string {
	var openID, mail []string
	for _, p := range c.permissions {
		switch {
		case p.Type != Delegated:
		case p.OpenID():
			openID = append(openID, p.Name)
		case p.Protocol != "" && slices.Contains(protocols, p.Protocol):
			mail = append(mail, strings.TrimRight(cloud.MailResource, "/")+"/"+p.Name)
		}
	}
	return append(openID, mail...)
}

// GrantState is what Microsoft's answer says of one permission.
type GrantState int

// The states of a permission after a sign-in.
const (
	NotAsked GrantState = iota // the sign-in did not ask for it, or there was none
	Granted
	Missing // asked for and not given
	// CannotTell: no sign-in of a user shows it. Granted never returns it.
	CannotTell
	// NotInToken: the application's token lacks it, which is right where Exchange
	// Online gives it through RBAC for Applications (see Permission.ByExchange);
	// only a test tells. Granted never returns it.
	NotInToken
)

// String returns granted, missing, cannot-tell, not-in-token or not-asked.
func (g GrantState) String() string {
	switch g {
	case Granted:
		return "granted"
	case Missing:
		return "missing"
	case CannotTell:
		return "cannot-tell"
	case NotInToken:
		return "not-in-token"
	}
	return "not-asked"
}

// Granted compares what a sign-in asked for (see Scopes) with the scopes that
// were granted. Both may hold short names and full URIs.
//
// Entra need not list openid, profile and email beside the scopes of another
// resource; a finished sign-in has been given those it asked for, because
// consent covers all of a request. Only offline_access has to be in granted:
// the caller adds it when a refresh token came.
func (c *Catalog) Granted(p Permission, asked, granted []string) GrantState {
	switch {
	case p.Type != Delegated || len(granted) == 0:
		return NotAsked
	case containsScope(granted, p.Name):
		return Granted
	case !containsScope(asked, p.Name):
		return NotAsked
	case p.OpenID() && p.Name != "offline_access":
		return Granted
	}
	return Missing
}

// containsScope compares the names behind the resource, without regard to case.
func containsScope(scopes []string, name string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool {
		short := scope[strings.LastIndex(scope, "/")+1:]
		return strings.EqualFold(short, name)
	})
}
