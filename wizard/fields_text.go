package wizard

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"postkey/oauth"
	"postkey/wizard/catalog"
)

// checkText looks for what no text may hold: an invisible character, bytes that
// are no text, more than max characters.
func checkText(value string, limit int) *Problem {
	if !utf8.ValidString(value) {
		return problem("text-not-utf8")
	}
	for _, r := range value {
		if invisible(r) {
			return problem("text-invisible", "Code", fmt.Sprintf("U+%04X", r))
		}
	}
	if n := utf8.RuneCountInString(value); n > limit {
		return problem("text-long", "Max", limit, "Length", n)
	}
	return nil
}

func hasSpace(value string) bool { return strings.IndexFunc(value, unicode.IsSpace) >= 0 }

func (d *Draft) checkName(ctx Context) *Problem {
	name := CleanField(FieldName, d.Name)
	if name == "" {
		return problem("name-empty")
	}
	if p := checkText(name, ctx.Catalog.Limits().Name); p != nil {
		return p
	}
	for _, other := range ctx.Others {
		if other.ID != d.ID && strings.EqualFold(other.Name, name) {
			return problem("name-taken", "Name", other.Name)
		}
	}
	return nil
}

// choices lists what a field may hold.
func choices(f Field, cat *catalog.Catalog) []string {
	var ids []string
	switch f {
	case FieldProduct:
		for _, p := range cat.Products() {
			ids = append(ids, p.ID)
		}
	case FieldCloud:
		for _, c := range cat.Clouds() {
			ids = append(ids, c.ID)
		}
		ids = append(ids, catalog.Custom)
	case FieldAudience:
		ids = []string{string(oauth.AudienceSingle), string(oauth.AudienceMulti), string(oauth.AudienceMultiPersonal)}
	case FieldPlatform:
		ids = []string{PlatformWeb, PlatformDesktop}
	case FieldMode:
		ids = []string{ModeDelegated, ModeAppOnly}
	case FieldProtocols:
		ids = []string{ProtocolIMAP, ProtocolPOP, ProtocolSMTP, ProtocolEWS, ProtocolGraph}
	}
	return ids
}

// checkChoice checks the fields that take one of a few words, or several of them.
func (d *Draft) checkChoice(f Field, cat *catalog.Catalog) *Problem {
	allowed := choices(f, cat)
	var chosen []string
	switch f {
	case FieldProduct:
		chosen = []string{d.Product}
	case FieldCloud:
		chosen = []string{d.Cloud}
	case FieldAudience:
		chosen = []string{string(d.Audience)}
	case FieldPlatform:
		chosen = []string{d.Platform}
	case FieldMode:
		chosen = []string{d.Mode}
	case FieldProtocols:
		chosen = d.Protocols
		if !d.AppOnly() {
			allowed = allowed[:3] // EWS and Graph have no user who signs in
		}
		if len(chosen) == 0 {
			return problem("protocols-none")
		}
	}
	for i, word := range chosen {
		if !slices.Contains(allowed, word) {
			return problem("choice-unknown", "Value", shown(word), "Allowed", strings.Join(allowed, ", "))
		}
		if slices.Contains(chosen[:i], word) {
			return problem("choice-twice", "Value", shown(word))
		}
	}
	if f == FieldPlatform && d.AppOnly() && d.Platform == PlatformDesktop {
		return problem("platform-app-only")
	}
	if product := d.product(cat); f == FieldPlatform && d.Platform == PlatformDesktop && product.NeedsSecret {
		return warning("platform-needs-secret", "Product", product.Name)
	}
	return nil
}

// validDomain reports whether a domain has at least two labels of letters,
// digits and hyphens and does not end in a number.
func validDomain(domain string) bool {
	return strings.Contains(domain, ".") && validHostname(domain)
}

// validHostname is validDomain for a host, which may have one label alone.
func validHostname(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.IndexFunc(label, func(r rune) bool { return !letterOrDigit(r) && r != '-' }) >= 0 {
			return false
		}
	}
	_, err := strconv.Atoi(labels[len(labels)-1])
	return err != nil
}

// validHost accepts a host name, an IPv4 address, or an IPv6 address without its brackets.
func validHost(host string) bool { return net.ParseIP(host) != nil || validHostname(host) }

func validPort(port string) bool {
	n, err := strconv.Atoi(port)
	return err == nil && n >= 1 && n <= 65535 && port == strconv.Itoa(n)
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// shown is a typed value fit for a sentence: one short line without anything invisible.
func shown(value string) string {
	const most = 60
	value = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, value)
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return value
}
