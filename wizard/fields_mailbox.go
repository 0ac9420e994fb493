package wizard

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"postkey/wizard/catalog"
)

func (d *Draft) checkKey(cat *catalog.Catalog) *Problem {
	product := d.product(cat)
	key := CleanField(FieldMailboxKey, d.Mailbox.Key)
	if product.KeyLength == 0 {
		return checkText(key, cat.Limits().Text)
	}
	n := utf8.RuneCountInString(key)
	switch {
	case key == "":
		return problem("key-empty", "Count", product.KeyLength, "Product", product.Name)
	case strings.IndexFunc(key, func(r rune) bool { return !letterOrDigit(r) }) >= 0:
		return problem("key-characters", "Count", product.KeyLength)
	case n != product.KeyLength:
		return problem("key-length", "Count", product.KeyLength, "Length", n)
	}
	return nil
}

func (d *Draft) checkMailboxAddress(ctx Context) *Problem {
	address := d.mailbox().Address
	if address == "" {
		if d.AppOnly() {
			return problem("address-empty-app-only")
		}
		if d.Shared {
			return problem("address-empty-shared")
		}
		return problem("address-empty")
	}
	if p := d.checkAddress(address, ctx); p != nil {
		return p
	}
	if d.Shared || d.AppOnly() || d.Account == nil || strings.EqualFold(d.Account.Username, address) {
		return nil
	}
	return warning("account-other-mailbox", "Account", d.Account.Username, "Address", shown(address))
}

func (d *Draft) checkDelegate(ctx Context) *Problem {
	if !d.Shared || d.AppOnly() {
		return nil
	}
	m := d.mailbox()
	if m.Delegate == "" {
		return problem("delegate-empty")
	}
	if p := d.checkAddress(m.Delegate, ctx); p != nil {
		return p
	}
	if strings.EqualFold(m.Delegate, m.Address) {
		return problem("delegate-same")
	}
	if d.Account == nil || strings.EqualFold(d.Account.Username, m.Delegate) {
		return nil
	}
	return warning("account-other-delegate", "Account", d.Account.Username, "Delegate", shown(m.Delegate))
}

// checkAddress checks a mail address without a display name.
func (d *Draft) checkAddress(address string, ctx Context) *Problem {
	if p := checkText(address, ctx.Catalog.Limits().Address); p != nil {
		return p
	}
	user, domain, at := strings.Cut(address, "@")
	// A mail server of one's own may have a name without a dot.
	domainOK := validDomain(domain) || (ctx.Practice || d.Cloud == catalog.Custom) && validHostname(domain)
	switch {
	case hasSpace(address):
		return problem("address-space")
	case !at || domain == "":
		return problem("address-no-domain", "Address", shown(address))
	case user == "":
		return problem("address-no-user", "Address", shown(address))
	case strings.Contains(domain, "@"):
		return problem("address-two-ats", "Address", shown(address))
	case !strings.Contains(domain, ".") && !domainOK:
		return problem("address-short-domain", "Domain", shown(domain))
	case asciiDomain(domain) != "":
		return problem("domain-letters", "Domain", shown(domain), "ASCII", asciiDomain(domain))
	case !domainOK:
		return problem("domain-broken", "Domain", shown(domain))
	}
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
		return problem("address-broken", "Address", shown(address))
	}
	return nil
}

// checkAccount tells whether a sign-in is needed.
func (d *Draft) checkAccount() *Problem {
	switch {
	case d.SignedIn():
		return nil
	case d.AppOnly() && d.Proof == nil:
		return problem("token-none")
	case d.AppOnly():
		return problem("token-other-values")
	case d.Account == nil:
		return problem("account-none")
	case !d.SignInEnded.IsZero():
		return problem("account-ended", "Account", d.Account.Username)
	}
	return problem("account-other-values", "Account", d.Account.Username)
}
