package wizard

import (
	"slices"
	"strings"

	"postkey/oauth"
	"postkey/wizard/catalog"
)

// MostMailboxes is how many mailboxes one list of a connection may have; they
// are all opened in the test.
const MostMailboxes = 500

// Addresses takes a pasted list apart: mail addresses with commas, semicolons,
// tabs, spaces or line breaks between them, with or without names. Each stands
// there once, in the order of the list. What is no address stays in it, so that
// CheckField can name it.
func Addresses(typed string) []string {
	var list []string
	seen := make(map[string]bool)
	for _, piece := range pieces(typed) {
		address := CleanField(FieldMailboxAddress, piece)
		if key := strings.ToLower(address); address != "" && !seen[key] {
			seen[key] = true
			list = append(list, address)
		}
	}
	return list
}

// pieces splits a list where one address ends; a name in quotes, and the words
// in front of an address in angle brackets, belong to that address.
func pieces(typed string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(withoutQuoted(typed), func(r rune) bool {
		return strings.ContainsRune(",;\t\r\n", r)
	}) {
		if strings.Contains(part, "<") {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

// withoutQuoted leaves out the names in quotation marks that stand before an
// address in angle brackets: they may hold a comma.
func withoutQuoted(typed string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(typed, `"`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, `"`)
		if !closed || strings.ContainsAny(name, "\r\n") || !strings.HasPrefix(strings.TrimLeft(after, " "), "<") {
			b.WriteString(" ")
			typed = rest
			continue
		}
		typed = after
	}
}

// checkAudience checks who may sign in; an application that signs in itself
// does so in its own tenant.
func (d *Draft) checkAudience(cat *catalog.Catalog) *Problem {
	if p := d.checkChoice(FieldAudience, cat); p != nil {
		return p
	}
	if d.AppOnly() && d.Audience != oauth.AudienceSingle {
		return problem("audience-app-only")
	}
	return nil
}

// checkServicePrincipal checks the Object ID of the Enterprise application.
func (d *Draft) checkServicePrincipal(limits catalog.Limits) *Problem {
	if !d.AppOnly() {
		return nil
	}
	id := Clean(d.ServicePrincipalID)
	switch {
	case id == "" && d.NeedsServicePrincipal():
		return problem("object-id-empty")
	case id == "":
		return nil
	}
	if p := checkGUID(id, limits); p != nil {
		return p
	}
	switch {
	case strings.EqualFold(id, Clean(d.ClientID)):
		return problem("object-id-is-client")
	case strings.EqualFold(id, Clean(d.TenantID)):
		return problem("object-id-is-tenant")
	}
	return nil
}

// checkReach checks the further mailboxes that must be reachable.
func (d *Draft) checkReach(ctx Context) *Problem {
	if !d.AppOnly() {
		return nil
	}
	return d.checkList(Addresses(d.Reach), ctx)
}

// checkRefuse checks the mailboxes that must not be: without one of them nobody
// knows whether the application is fenced in at all.
func (d *Draft) checkRefuse(ctx Context) *Problem {
	if !d.AppOnly() {
		return nil
	}
	refuse := Addresses(d.Refuse)
	if len(refuse) == 0 {
		return problem("refuse-empty")
	}
	if p := d.checkList(refuse, ctx); p != nil {
		return p
	}
	wanted := append(Addresses(d.Reach), d.mailbox().Address)
	for _, address := range refuse {
		if slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, address) }) {
			return problem("refuse-wanted", "Address", shown(address))
		}
	}
	return nil
}

// checkList names the first entry that is no address.
func (d *Draft) checkList(list []string, ctx Context) *Problem {
	if len(list) > MostMailboxes {
		return problem("list-many", "Max", MostMailboxes, "Length", len(list))
	}
	for i, address := range list {
		if p := d.checkAddress(address, ctx); p != nil {
			if len(list) == 1 {
				return p
			}
			return problem("list-entry", "Number", i+1, "Address", shown(address), "Problem", p.Message)
		}
	}
	return nil
}
