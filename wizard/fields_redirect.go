package wizard

import (
	"net"
	"net/url"
	"strings"
	"unicode/utf8"

	"postkey/oauth"
	"postkey/wizard/catalog"
)

// RedirectURI is one redirect URI to register.
type RedirectURI struct {
	URI string
	// Postkey says that it is Postkey's own, for the sign-in and the tests here.
	Postkey bool
}

// RedirectURIs returns the redirect URIs to register: the product's, once what
// was typed gives a right one, and Postkey's.
func (d *Draft) RedirectURIs() []RedirectURI {
	cat := orEmbedded(nil)
	var out []RedirectURI
	if d.AppOnly() { // nobody signs in; the consent comes back to Postkey's
		return append(out, RedirectURI{URI: cat.Limits().PostkeyRedirect, Postkey: true})
	}
	if own := d.productRedirectURI(cat); own != "" && checkRedirectURI(own, d.Audience, cat.Limits()) == nil &&
		d.checkRedirectHost(cat) == nil {
		out = append(out, RedirectURI{URI: own})
	}
	return append(out, RedirectURI{URI: cat.Limits().PostkeyRedirect, Postkey: true})
}

// productRedirectURI is the product's redirect URI, right or wrong; empty when
// nothing was typed.
func (d *Draft) productRedirectURI(cat *catalog.Catalog) string {
	path := d.product(cat).RedirectPath
	if path == "" {
		return CleanField(FieldRedirectURI, d.RedirectURI)
	}
	host := CleanField(FieldRedirectHost, d.RedirectHost)
	if host == "" {
		return ""
	}
	return "https://" + host + path
}

func (d *Draft) checkRedirectHost(cat *catalog.Catalog) *Problem {
	product := d.product(cat)
	if product.RedirectPath == "" {
		return nil
	}
	host := CleanField(FieldRedirectHost, d.RedirectHost)
	if host == "" && d.AppOnly() {
		return nil
	}
	if host == "" {
		return problem("redirect-host-empty", "Product", product.Name)
	}
	if p := checkRedirectURI("https://"+host+product.RedirectPath, d.Audience, cat.Limits()); p != nil {
		return p
	}
	return nil
}

func (d *Draft) checkOwnRedirectURI(cat *catalog.Catalog) *Problem {
	if d.product(cat).RedirectPath != "" {
		return nil
	}
	uri := CleanField(FieldRedirectURI, d.RedirectURI)
	switch {
	case uri == "" && (d.Platform == PlatformDesktop || d.AppOnly()):
		return nil // a program on a desktop may have none but localhost, and nobody signs in to an application alone
	case uri == "":
		return problem("redirect-uri-empty")
	}
	return checkRedirectURI(uri, d.Audience, cat.Limits())
}

// checkRedirectURI applies the rules of Microsoft Learn: Redirect URI (reply
// URL) restrictions and limitations.
func checkRedirectURI(uri string, audience oauth.Audience, limits catalog.Limits) *Problem {
	switch {
	case utf8.RuneCountInString(uri) > limits.RedirectURI:
		return problem("redirect-long", "Length", utf8.RuneCountInString(uri), "Max", limits.RedirectURI)
	case hasSpace(uri):
		return problem("redirect-space")
	case strings.Contains(uri, "*"):
		return problem("redirect-wildcard")
	case strings.Contains(uri, "#"):
		return problem("redirect-fragment")
	}
	if p := checkText(uri, limits.RedirectURI); p != nil {
		return p
	}
	if i := strings.IndexAny(uri, limits.RedirectRefused); i >= 0 {
		return problem("redirect-character", "Character", uri[i:i+1], "Refused", spaced(limits.RedirectRefused))
	}
	if !strings.Contains(uri, "://") {
		return problem("redirect-no-scheme")
	}
	u, err := url.Parse(uri)
	if err != nil {
		return problem("redirect-broken")
	}
	if p := checkRedirectHostOf(u); p != nil {
		return p
	}
	switch {
	case u.RawQuery != "" && audience == oauth.AudienceMultiPersonal:
		return problem("redirect-query")
	case sameButPort(u, limits.PostkeyRedirect):
		return problem("redirect-same-as-postkey", "URI", limits.PostkeyRedirect)
	}
	return nil
}

// checkRedirectHostOf checks scheme, host and port.
func checkRedirectHostOf(u *url.URL) *Problem {
	host := u.Hostname()
	switch ip := net.ParseIP(host); {
	case host == "":
		return problem("redirect-no-host")
	case u.User != nil:
		return problem("redirect-user")
	case !validHost(host) || strings.HasSuffix(u.Host, ":"):
		return problem("redirect-host-broken", "Host", shown(u.Host))
	case u.Port() != "" && !validPort(u.Port()):
		return problem("server-port", "Port", shown(u.Port()))
	case ip != nil && ip.IsLoopback() && ip.To4() == nil:
		return problem("redirect-ipv6-loopback")
	case u.Scheme == "http" && ip != nil && ip.IsLoopback():
		return problem("redirect-loopback")
	case u.Scheme == "http" && strings.EqualFold(host, "localhost"), u.Scheme == "https":
		return nil
	case u.Scheme == "http":
		return problem("redirect-http")
	}
	return problem("redirect-scheme", "Scheme", shown(u.Scheme))
}

// sameButPort reports whether two URIs of localhost are one to Entra, which
// ignores the port there and then picks the platform at random.
func sameButPort(u *url.URL, other string) bool {
	o, err := url.Parse(other)
	return err == nil && u.Scheme == o.Scheme && strings.EqualFold(u.Hostname(), o.Hostname()) && u.Path == o.Path
}

// spaced puts a space between the characters, for a sentence.
func spaced(characters string) string { return strings.Join(strings.Split(characters, ""), " ") }
