package oauth

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// ErrRegistration is wrapped by every error of Registration.Validate.
var ErrRegistration = errors.New("registration is not usable")

var (
	guidShape   = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	tenantShape = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$`)
)

// AuthorityURL is the base address of the registration's directory, without a
// trailing slash: the tenant for a single-tenant registration, "organizations"
// or "common" for the others (Microsoft Learn: OpenID Connect on the Microsoft
// identity platform).
func (r Registration) AuthorityURL() string {
	tenant := url.PathEscape(r.TenantID)
	switch r.Audience {
	case AudienceMulti:
		tenant = "organizations"
	case AudienceMultiPersonal:
		tenant = "common"
	}
	return strings.TrimRight(r.Cloud.Authority, "/") + "/" + tenant
}

// AuthURL is where the browser is sent to sign in.
func (r Registration) AuthURL() string { return r.AuthorityURL() + "/oauth2/v2.0/authorize" }

// ConsentURL is where an administrator consents for the whole organization: the
// tenant for a single-tenant registration, "organizations" for the others, since
// the endpoint does not take "common" (Microsoft Learn: Admin consent on the
// Microsoft identity platform).
func (r Registration) ConsentURL() string {
	if r.Audience == AudienceMultiPersonal {
		r.Audience = AudienceMulti
	}
	return r.AuthorityURL() + "/v2.0/adminconsent"
}

// TokenURL is where codes and refresh tokens are redeemed.
func (r Registration) TokenURL() string { return r.AuthorityURL() + "/oauth2/v2.0/token" }

// DiscoveryURL is the directory's OpenID Connect metadata: its issuer and its
// signing keys.
func (r Registration) DiscoveryURL() string {
	return r.AuthorityURL() + "/v2.0/.well-known/openid-configuration"
}

// Validate refuses what no request may be made of: an authority that is not a
// base address under https (http counts on a loopback host alone, so that a
// secret never travels in the clear), a missing client ID, and a tenant that is
// no single path segment. Every error wraps ErrRegistration.
func (r Registration) Validate() error {
	if err := checkAuthority(r.Cloud.Authority); err != nil {
		return fmt.Errorf("%w: %w", ErrRegistration, err)
	}
	switch r.Audience {
	case AudienceMulti, AudienceMultiPersonal:
	case AudienceSingle, "":
		if !tenantShape.MatchString(r.TenantID) {
			return fmt.Errorf("%w: tenant %q is neither an ID nor a domain", ErrRegistration, r.TenantID)
		}
	default:
		return fmt.Errorf("%w: unknown audience %q", ErrRegistration, r.Audience)
	}
	if r.ClientID == "" {
		return fmt.Errorf("%w: the client ID is missing", ErrRegistration)
	}
	return nil
}

// clientID is the client ID as Entra writes it in the audience of an ID token:
// a GUID in lower case, however it was typed.
func (r Registration) clientID() string {
	if guidShape.MatchString(r.ClientID) {
		return strings.ToLower(r.ClientID)
	}
	return r.ClientID
}

func checkAuthority(authority string) error {
	u, err := secureURL(authority)
	if err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return errors.New("authority: a base address has no query and no fragment")
	}
	return nil
}

// secureURL parses an address that requests may go to: https, or http on a
// loopback host. The error does not repeat the address.
func secureURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, errors.New("not an address like https://host")
	}
	if u.User != nil {
		return nil, errors.New("an address with a user name is not accepted")
	}
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return u, nil
	}
	return nil, fmt.Errorf("%s://%s is not https", u.Scheme, u.Host)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
