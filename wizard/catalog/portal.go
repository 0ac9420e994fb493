package catalog

import (
	"net/url"
	"slices"
	"strings"

	"postkey/oauth"
	"postkey/store"
)

// The pages of the portal that Portal knows.
const (
	PageNewRegistration = "new-registration" // register an application
	PageRegistrations   = "registrations"    // the list of app registrations
	PageOverview        = "overview"         // the two IDs
	PageManifest        = "manifest"         // the registration as JSON
	PageAuthentication  = "authentication"   // platforms and redirect URIs
	PageRedirectURIs    = "redirect-uris"    // the redirect URIs that are registered
	PageSecrets         = "secrets"          // a new client secret
	PageSecretList      = "secret-list"      // the client secrets there are
	PageCertificates    = "certificates"     // a new certificate of the registration
	PageCertificateList = "certificate-list" // the certificates there are
	PagePermissions     = "permissions"      // a new API permission
	PagePermissionList  = "permission-list"  // the API permissions there are
	PageEnterprise      = "enterprise"       // the Enterprise application, with its Object ID
	PageConsent         = "consent"          // the button that consents for the organization
)

// Place is a page of the portal: how to get there by hand, and its address.
type Place struct {
	// Crumbs are the words to choose one after the other, the portal's own in
	// the language asked for.
	Crumbs []string
	// URL opens the page; empty when the cloud has no portal, as the practice tenant.
	URL string
}

// Portal returns a page of the Entra admin center of a cloud. A page of an app
// registration whose client ID is not known yet leads to the list of
// registrations instead. An unknown page is the zero Place.
func (c *Catalog) Portal(page string, cloud oauth.Cloud, conn store.Connection) Place {
	return c.PortalIn("en", page, cloud, conn)
}

// PortalIn is Portal with the words of the portal in the language whose tag is
// lang; the portal follows its user's language.
func (c *Catalog) PortalIn(lang, page string, cloud oauth.Cloud, conn store.Connection) Place {
	p, ok := c.portal.Pages[page]
	if !ok {
		return Place{}
	}
	name := conn.Name
	if name == "" {
		name = "…"
	}
	words := strings.NewReplacer(
		"{directory}", c.portal.directory(cloud.Portal),
		"{app}", name,
	)
	place := Place{Crumbs: make([]string, len(p.Crumbs))}
	for i, crumb := range c.PortalWords(lang, p.Crumbs) {
		place.Crumbs[i] = words.Replace(crumb)
	}
	if cloud.Portal == "" {
		return place
	}
	path := p.URL
	if strings.Contains(path, "{client_id}") && conn.ClientID == "" ||
		strings.Contains(path, "{tenant_id}") && conn.TenantID == "" {
		path = c.portal.Pages[PageRegistrations].URL
	}
	place.URL = strings.TrimRight(cloud.Portal, "/") + strings.NewReplacer(
		"{client_id}", url.PathEscape(conn.ClientID),
		"{tenant_id}", url.PathEscape(conn.TenantID),
	).Replace(path)
	return place
}

// PortalWords returns the portal's words in the language whose tag is lang;
// those that are not known in it stay English.
func (c *Catalog) PortalWords(lang string, english []string) []string {
	out := slices.Clone(english)
	for i, word := range out {
		if in := c.portal.Words[lang][word]; in != "" {
			out[i] = in
		}
	}
	return out
}

// directory is what a portal calls the first place of the way.
func (f portalFile) directory(portal string) string {
	if words, ok := f.Directory[portal]; ok {
		return words
	}
	return f.Directory["default"]
}
