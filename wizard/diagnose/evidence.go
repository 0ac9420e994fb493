package diagnose

import (
	"net/url"
	"slices"
	"strings"

	"postkey/oauth"
	"postkey/wizard/check"
)

// when turns the evidence into the facts that rules and refinements name:
//
//	imap pop smtp ews graph     the leg
//	hop:token hop:auth …        the hop
//	delegated app-only          who signs in
//	shared                      the mailbox is read through a delegate
//	shared-login                the user name of SMTP was the shared address
//	secret-is-id                the client secret has the shape of a GUID
//	other-audience              the token is for another service than mail
//	scope-missing role-missing  the permission of the leg is not in the token
//	other-account               neither the mailbox nor its delegate signed in
//	error                       there is an error
//	coded uncoded               whether the text carries an AADSTS code
func (c *catalogue) when(ev Evidence, coded bool) map[string]bool {
	w := map[string]bool{
		string(ev.Leg):          ev.Leg != "",
		"hop:" + string(ev.Hop): ev.Hop != "",
		"app-only":              ev.Connection.Mode == appOnly,
		"delegated":             ev.Connection.Mode == "delegated",
		"shared":                ev.Connection.Mailbox.Shared(),
		"secret-is-id":          ev.SecretLooksLikeID,
		"error":                 ev.Err != nil,
		"coded":                 coded,
		"uncoded":               !coded,
	}
	w["shared-login"] = sharedLogin(ev)
	w["other-audience"] = c.otherAudience(ev)
	w["scope-missing"] = w["delegated"] && c.missing(ev) != ""
	w["role-missing"] = w["app-only"] && c.missing(ev) != ""
	w["other-account"] = w["delegated"] && otherAccount(ev)
	return w
}

// sharedLogin: without a known user name, a shared mailbox is taken to have
// signed in under its own address, as Microsoft's page tells applications to.
func sharedLogin(ev Evidence) bool {
	box := ev.Connection.Mailbox
	return box.Shared() && ev.Connection.Mode != appOnly &&
		(ev.Login == "" || strings.EqualFold(ev.Login, box.Address))
}

func (c *catalogue) otherAudience(ev Evidence) bool {
	if ev.Claims == nil || ev.Claims.Audience == "" {
		return false
	}
	have, accepted := audience(ev.Claims.Audience), c.MailAudiences
	if ev.Leg == check.Graph {
		accepted = c.GraphAudiences
	}
	if own := resourceOf(ev); own != "" && have == audience(own) {
		return false
	}
	return !slices.ContainsFunc(accepted, func(a string) bool { return audience(a) == have })
}

// resourceOf is the connection's own address of the service that the leg's
// token has to be for; empty when it has none.
func resourceOf(ev Evidence) string {
	if ev.Leg == check.Graph {
		return ev.Cloud.Graph
	}
	return ev.Cloud.MailResource
}

// audience compares aud values by host, or as they are when they are GUIDs.
func audience(aud string) string {
	if u, err := url.Parse(aud); err == nil && u.Host != "" {
		return strings.ToLower(u.Host)
	}
	return strings.ToLower(strings.TrimSuffix(aud, "/"))
}

// missing returns the permission that the leg needs and the token is known to
// lack; empty when nothing is known.
func (c *catalogue) missing(ev Evidence) string {
	if ev.Connection.Mode == appOnly {
		for _, role := range c.roles(ev) {
			if ev.Claims != nil && !holds(ev.Claims.Roles, role) {
				return role
			}
		}
		return ""
	}
	scope := c.Scopes[string(ev.Leg)]
	var inToken []string
	if ev.Claims != nil {
		inToken = ev.Claims.Scopes
	}
	known := mailScopes(ev.Granted) || len(inToken) > 0
	if scope == "" || !known || holds(ev.Granted, scope) || holds(inToken, scope) {
		return ""
	}
	return scope
}

// roles are those that the leg needs in the token. Where SMTP goes through RBAC
// for Applications the token has none, and that is right (Microsoft Learn: SMTP
// with Role Based Access Control for Applications).
func (c *catalogue) roles(ev Evidence) []string {
	if ev.Leg == check.SMTP && ev.Connection.SMTPRBAC {
		return nil
	}
	return c.Roles[string(ev.Leg)]
}

// appOnly is the mode in which the application signs in itself.
const appOnly = "app-only"

// mailScopes reports whether granted names anything beside the scopes of
// OpenID Connect, which alone say nothing about the mailbox.
func mailScopes(granted []string) bool {
	return slices.ContainsFunc(granted, func(s string) bool {
		return !slices.Contains([]string{"", "openid", "profile", "email", "offline_access"}, s)
	})
}

// holds reports whether scopes has name, short or behind its resource's address.
func holds(scopes []string, name string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool {
		return strings.EqualFold(s[strings.LastIndexByte(s, '/')+1:], name)
	})
}

func otherAccount(ev Evidence) bool {
	box, user := ev.Connection.Mailbox, signedIn(ev)
	if user == "" || box.Address == "" {
		return false
	}
	return !strings.EqualFold(user, box.Address) && !strings.EqualFold(user, box.Delegate)
}

// signedIn is the user of the token, or of the last sign-in.
func signedIn(ev Evidence) string {
	if ev.Claims != nil && ev.Claims.Username != "" {
		return ev.Claims.Username
	}
	if ev.Connection.Account != nil {
		return ev.Connection.Account.Username
	}
	return ""
}

// Typed facts about Entra's answer that are worth more than its words.
func supportFrom(entra *oauth.Error, f *Finding) {
	if entra.CorrelationID != "" {
		f.CorrelationID = entra.CorrelationID
	}
	if entra.TraceID != "" {
		f.TraceID = entra.TraceID
	}
	if entra.Timestamp != "" {
		f.Timestamp = entra.Timestamp
	}
}
