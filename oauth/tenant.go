package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// ErrDomain is wrapped when what was typed is no domain; nothing was asked then.
var ErrDomain = errors.New("not a domain like contoso.com")

// ResolveTenant finds the Directory (tenant) ID of a verified domain, or of the
// domain of a mail address, through the directory's public metadata. Client may
// be nil.
//
// Errors: ErrDomain, ErrRegistration for the authority, *Error for what Entra
// says (AADSTS90002: there is no such directory; AADSTS900023: not a domain),
// ErrAnswer, and those of the network.
func ResolveTenant(ctx context.Context, client *http.Client, authority, domain string) (tenantID string, err error) {
	if err := checkAuthority(authority); err != nil {
		return "", fmt.Errorf("%w: %w", ErrRegistration, err)
	}
	host, err := domainOf(domain)
	if err != nil {
		return "", err
	}
	svc := newService(client, nil)
	if client == nil {
		defer svc.client.CloseIdleConnections()
	}
	reg := Registration{Cloud: Cloud{Authority: authority}, Audience: AudienceSingle, TenantID: host}
	found, err := svc.discover(ctx, reg)
	if err != nil {
		return "", err
	}
	issuer, err := url.Parse(found.Issuer)
	if err != nil {
		return "", fmt.Errorf("%w: the issuer is not an address", ErrAnswer)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(issuer.Path, "/"), "/")
	if !guidShape.MatchString(id) {
		return "", fmt.Errorf("%w: the issuer names no tenant", ErrAnswer)
	}
	return strings.ToLower(id), nil
}

// domainOf is the domain in what was typed, in the form DNS uses.
func domainOf(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	typed = strings.TrimSuffix(typed[strings.LastIndexByte(typed, '@')+1:], ".")
	if guidShape.MatchString(typed) {
		return strings.ToLower(typed), nil
	}
	host, err := idna.Lookup.ToASCII(typed)
	if err != nil || !strings.Contains(host, ".") || strings.Contains(host, "..") || len(host) > 253 || !tenantShape.MatchString(host) {
		return "", fmt.Errorf("%w: %q", ErrDomain, shorten(typed, 80))
	}
	return host, nil
}
