package wizard

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"postkey/wizard/catalog"
)

const (
	guidLength = 36
	zeroGUID   = "00000000-0000-0000-0000-000000000000"
)

// guidShaped reports whether value is a GUID as Microsoft writes it, in either case.
func guidShaped(value string) bool {
	if len(value) != guidLength {
		return false
	}
	for i, r := range value {
		switch i {
		case 8, 13, 18, 23:
			if r != '-' {
				return false
			}
		default:
			if !hexDigit(r) {
				return false
			}
		}
	}
	return true
}

func hexDigit(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F'
}

func (d *Draft) checkClientID(ctx Context) *Problem {
	limits := ctx.Catalog.Limits()
	// Braces are removed on pasting; whoever types them is told.
	id := Clean(d.ClientID)
	if id == "" {
		return problem("client-id-empty")
	}
	if p := checkGUID(id, limits); p != nil {
		return p
	}
	if d.sameIDs() {
		return problem("ids-equal-client")
	}
	for _, other := range ctx.Others {
		if other.ID != d.ID && strings.EqualFold(other.ClientID, id) {
			if product := d.product(ctx.Catalog); product.OneAppPerAccount {
				return warning("client-id-used-product", "Name", other.Name, "Product", product.Name)
			}
			return warning("client-id-used", "Name", other.Name)
		}
	}
	return nil
}

func (d *Draft) checkTenantID(limits catalog.Limits) *Problem {
	tenant := Clean(d.TenantID)
	switch strings.ToLower(tenant) {
	case "":
		return problem("tenant-id-empty")
	case "common", "organizations", "consumers":
		return problem("tenant-id-word", "Word", shown(tenant))
	}
	switch {
	case strings.Contains(tenant, "://"):
		return problem("tenant-id-url")
	case strings.Contains(tenant, "@"):
		if domain := tenant[strings.LastIndex(tenant, "@")+1:]; validDomain(domain) {
			return problem("tenant-id-mail", "Domain", shown(domain))
		}
		return problem("tenant-id-mail-broken")
	case strings.Contains(tenant, "."):
		return checkTenantDomain(tenant)
	}
	if p := checkGUID(tenant, limits); p != nil {
		return p
	}
	if d.sameIDs() {
		return problem("ids-equal-tenant")
	}
	return nil
}

// checkTenantDomain checks a verified domain in the place of a tenant ID.
func checkTenantDomain(domain string) *Problem {
	if hasSpace(domain) {
		return problem("domain-space")
	}
	if ascii := asciiDomain(domain); ascii != "" {
		return problem("domain-letters", "Domain", shown(domain), "ASCII", ascii)
	}
	if !validDomain(domain) {
		return problem("domain-broken", "Domain", shown(domain))
	}
	return nil
}

// asciiDomain is the form that DNS has of a domain with letters beyond ASCII
// (RFC 5891: A-label), in which Microsoft 365 knows it; empty for any other text.
func asciiDomain(domain string) string {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || strings.EqualFold(ascii, domain) || !validDomain(ascii) {
		return ""
	}
	return ascii
}

func checkMailDomain(domain string, limits catalog.Limits) *Problem {
	if domain == "" {
		return problem("mail-domain-empty")
	}
	if p := checkText(domain, limits.Address); p != nil {
		return p
	}
	if asciiDomain(domain) != "" {
		return nil // the sign-in service is asked for that form
	}
	return checkTenantDomain(domain)
}

func (d *Draft) sameIDs() bool {
	client, tenant := Clean(d.ClientID), Clean(d.TenantID)
	return guidShaped(client) && strings.EqualFold(client, tenant)
}

// checkGUID names the first thing that keeps a value from being a GUID, or a
// GUID from being the user's own.
func checkGUID(id string, limits catalog.Limits) *Problem {
	example := limits.ExampleID
	if p := checkText(id, limits.Text); p != nil {
		return p
	}
	switch {
	case strings.ContainsAny(id, "{}()<>"):
		return problem("id-braces", "Example", example)
	case hasSpace(id):
		return problem("id-space", "Example", example)
	case len(id) == 32 && strings.IndexFunc(id, notHex) < 0:
		return problem("id-no-hyphens", "ID", withHyphens(id))
	}
	if i := strings.IndexFunc(id, func(r rune) bool { return notHex(r) && r != '-' }); i >= 0 {
		r, _ := utf8.DecodeRuneInString(id[i:])
		return problem("id-not-hex", "Character", string(r), "Example", example)
	}
	switch n := len(id); {
	case n < guidLength:
		return problem("id-short", "Length", n, "Example", example)
	case n > guidLength:
		return problem("id-long", "Length", n, "Example", example)
	case !guidShaped(id):
		return problem("id-hyphens", "Example", example)
	case id == zeroGUID:
		return problem("id-zero")
	}
	for _, known := range limits.KnownIDs {
		switch {
		case !strings.EqualFold(known.ID, id):
		case known.Tenant:
			return problem("id-known-tenant", "Name", known.Name)
		default:
			return problem("id-known", "Name", known.Name)
		}
	}
	return nil
}

func notHex(r rune) bool { return !hexDigit(r) }

func withHyphens(id string) string {
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}
