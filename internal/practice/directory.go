package practice

import (
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"postkey/oauth"
)

// The identifiers are stable, so that screenshots, values files and tests can
// name them; only the client secret is new at each start.
const (
	tenantID   = "6d2f1c84-9a3e-4b57-8c10-7e5b2a94d3f1"
	tenantName = "Contoso (practice)"
	domain     = "contoso.example"
	webApp     = "3f9a7c21-5d84-4e6b-9b02-c1d7e8f4a650"
	desktopApp = "b84e2d07-16fa-4c39-a5d8-90f3c62e7b14"
	multiApp   = "e07c5b93-48d1-4f2a-8e76-2b9d31a6f05c"
	aloneApp   = "5a18d6e4-73bc-4e09-9d42-f0c61b8e2a97"
	secretID   = "52c8e1f6-0b7d-4a93-bf24-d86a1e359c70"

	ownAddress      = "support@" + domain
	sharedAddress   = "info@" + domain
	delegateAddress = "andrea@" + domain
	adminAddress    = "admin@" + domain
	redirectHost    = "motion." + domain
)

// The resources, as Microsoft Learn, "Permissions and consent in the Microsoft
// identity platform", names them.
const (
	graphAppID    = "00000003-0000-0000-c000-000000000000"
	exchangeAppID = "00000002-0000-0ff1-ce00-000000000000"
)

// Values is what an administrator would copy from the portal, and the accounts
// to sign in with.
type Values struct {
	// TenantID and Domain name the tenant: its GUID and its verified domain.
	TenantID, Domain string
	// ClientID is the single-tenant registration of the platform Web, which
	// needs ClientSecret; SecretID is the GUID beside it in the portal, which
	// people paste by mistake. SecretExpires is the last day, as 2027-05-21.
	ClientID      string
	ClientSecret  oauth.Secret
	SecretID      string
	SecretExpires string
	// DesktopClientID is a single-tenant registration of the platform Mobile
	// and desktop, without a secret.
	DesktopClientID string
	// MultiTenantClientID is a Web registration for any directory and personal
	// accounts, with the same secret.
	MultiTenantClientID string
	// AppClientID is a single-tenant registration for an application that signs
	// in itself, with the same secret. AppObjectID is the Object ID of that
	// registration, which people enter by mistake, and ServicePrincipalID the one
	// of its Enterprise application, by which Exchange knows it.
	AppClientID, AppObjectID, ServicePrincipalID string
	// RedirectHost is the host whose XCALLY redirect URI is registered.
	RedirectHost string
	// Address is a user with a mailbox; Shared is a shared mailbox, which
	// Delegate, a user too, may open and send as. Admin may consent for all and
	// has no mailbox.
	Address, Shared, Delegate, Admin string
}

// Values returns what to type to connect to this tenant.
func (t *Tenant) Values() Values {
	alone := t.findApp(aloneApp)
	first := t.keys.first
	return Values{
		TenantID: tenantID, Domain: domain,
		ClientID: webApp, ClientSecret: first.Value, SecretID: first.KeyID,
		SecretExpires:       first.Ends.Format("2006-01-02"),
		DesktopClientID:     desktopApp,
		MultiTenantClientID: multiApp,
		AppClientID:         alone.id, AppObjectID: alone.objectID, ServicePrincipalID: alone.principalID,
		RedirectHost: redirectHost,
		Address:      ownAddress, Shared: sharedAddress, Delegate: delegateAddress, Admin: adminAddress,
	}
}

// user can sign in.
type user struct {
	UPN, Name, ObjectID string
	Admin               bool
	mailbox             bool
	// app is set where an application acts as the mailbox UPN.
	app *app
}

var users = []*user{
	{UPN: ownAddress, Name: "Support", ObjectID: "1c7e9d42-83b5-4f60-a2d9-5e0b6c8f1a37", mailbox: true},
	{UPN: delegateAddress, Name: "Andrea Marini", ObjectID: "a95d3f08-27c4-4b1e-96f3-d4e82b7c0a51", mailbox: true},
	{UPN: adminAddress, Name: "Contoso Administrator", ObjectID: "f2b6084c-d19a-47e5-b380-6a9c1e5d7f24", Admin: true},
}

func findUser(upn string) *user {
	for _, u := range users {
		if strings.EqualFold(u.UPN, strings.TrimSpace(upn)) {
			return u
		}
	}
	return nil
}

// mayOpen reports whether the user may open the mailbox and send as it.
func (t *Tenant) mayOpen(u *user, address string) bool {
	if u.app != nil {
		return strings.EqualFold(u.UPN, address) || t.permitted(address)
	}
	if strings.EqualFold(u.UPN, address) {
		return u.mailbox
	}
	return u.UPN == delegateAddress && t.isShared(address) && !t.broken(FaultSharedNoRights)
}

func (t *Tenant) isShared(address string) bool {
	same := func(other string) bool { return strings.EqualFold(other, address) }
	return same(sharedAddress) || slices.ContainsFunc(t.opts.MoreShared, same)
}

// app is an app registration.
type app struct {
	id, name string
	// objectID is the registration's, principalID the Enterprise application's.
	objectID, principalID string

	public      bool // Mobile and desktop: no secret
	multiTenant bool
	redirects   []string
}

func predefinedApps(more []string) []*app {
	web := append([]string{
		"https://" + redirectHost + "/api/cloudProviders/oauth2/microsoft/callback",
		"http://localhost/postkey",
	}, more...)
	return []*app{
		{
			id: webApp, name: "Postkey practice", redirects: web,
			objectID: "0d43b7f9-6c1e-4a85-b2f8-97e0d5c31a64", principalID: "c86e02da-9f57-4b31-8ad4-14f7b0e59c23",
		},
		{
			id: desktopApp, name: "Postkey practice (desktop)", public: true, redirects: []string{"http://localhost/postkey"},
			objectID: "71fa5c80-e2d6-4943-8b17-d05c9e4a6f38", principalID: "2b90c6e5-4d7a-4f18-a3e1-8c52f7d60b94",
		},
		{
			id: multiApp, name: "Postkey practice (multitenant)", multiTenant: true, redirects: web,
			objectID: "9e5ad213-07b4-4c6f-91e8-3f6a8d2c70b5", principalID: "f47b1e96-d30c-4852-b6a9-e21d75c8043a",
		},
		{
			id: aloneApp, name: "Postkey practice (application)", redirects: []string{"http://localhost/postkey"},
			objectID: "a4c7f05e-8b29-4d16-93fe-60d1b5e8c742", principalID: "d15e8b3c-42f6-4097-a8cb-7b93e0d6f421",
		},
	}
}

func (t *Tenant) findApp(id string) *app {
	i := slices.IndexFunc(t.apps, func(a *app) bool { return strings.EqualFold(a.id, id) })
	if i < 0 {
		return nil
	}
	return t.apps[i]
}

// registered applies the rules of Microsoft Learn, "Redirect URI (reply URL)
// outline and restrictions": the port of localhost is ignored, the path is
// case-sensitive.
func (a *app) registered(redirect string) bool {
	asked, err := url.Parse(redirect)
	if err != nil || asked.Fragment != "" || asked.User != nil {
		return false
	}
	return slices.ContainsFunc(a.redirects, func(one string) bool {
		known, err := url.Parse(one)
		if err != nil || known.Scheme != asked.Scheme || known.EscapedPath() != asked.EscapedPath() || known.RawQuery != asked.RawQuery {
			return false
		}
		if known.Hostname() == "localhost" {
			return strings.EqualFold(asked.Hostname(), "localhost")
		}
		return strings.EqualFold(known.Host, asked.Host)
	})
}

var (
	guidShape   = regexp.MustCompile(`(?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)
	domainShape = regexp.MustCompile(`(?i)^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
)

// authorityKind is what the first element of the path stands for.
type authorityKind int

const (
	oneTenant authorityKind = iota
	anyTenant               // organizations and common
	consumers
)

// resolveTenant reads the first element of a path of the sign-in service.
func resolveTenant(name string) (authorityKind, *aadError) {
	switch lower := strings.ToLower(name); {
	case lower == "common", lower == "organizations":
		return anyTenant, nil
	case lower == "consumers":
		return consumers, nil
	case lower == tenantID, lower == domain:
		return oneTenant, nil
	case guidShape.MatchString(name), domainShape.MatchString(name):
		return 0, errTenantUnknown(name)
	}
	return 0, errTenantMalformed(name)
}

// newGUID makes a random GUID of version 4.
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// randomText makes n characters that need no escaping anywhere.
func randomText(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	for i := range b {
		b[i] = letters[b[i]%64]
	}
	return string(b)
}

// newClientSecret makes a secret as the portal shows it: 40 characters, a tilde
// after the first four.
func newClientSecret() oauth.Secret { return oauth.NewSecret(randomText(3) + "8Q~" + randomText(34)) }
