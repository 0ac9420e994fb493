package handover

import (
	"net"
	"slices"
	"strings"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// Fact is one thing to know about a connection, for papers that somebody else
// reads later. Either Value or Words is set.
type Fact struct {
	Label assets.Message
	// Value is copied as it is, such as an ID.
	Value string
	// Words are said in the reader's language.
	Words assets.Message
}

// FactGroup is a list of facts under a title.
type FactGroup struct {
	Title assets.Message
	Facts []Fact
}

// Facts returns what is known of the app registration, of the mailbox and of
// the servers. A secret is never among it, and what is not known is left out.
func Facts(cat *catalog.Catalog, c store.Connection) []FactGroup {
	return []FactGroup{
		{Title: assets.Msg("facts.registration"), Facts: registrationFacts(cat, c)},
		{Title: assets.Msg("facts.mailbox"), Facts: mailboxFacts(cat, c)},
	}
}

// DayText is a day in words, such as 21 May 2027.
func DayText(d store.Date) assets.Message { return catalog.DayText(d) }

// ProductName is what the connection's product is called; the value or the words.
func ProductName(cat *catalog.Catalog, c store.Connection) (name string, words assets.Message) {
	product, ok := cat.Product(c.Product)
	if !ok {
		product, _ = cat.Product("other")
	}
	if product.NameText.IsZero() {
		return product.Name, assets.Message{}
	}
	return "", product.NameText
}

func registrationFacts(cat *catalog.Catalog, c store.Connection) []Fact {
	product, _ := cat.Product(c.Product)
	name, words := ProductName(cat, c)
	list := factList{}
	list.value("facts.name", c.Name)
	list.add(Fact{Label: assets.Msg("facts.product"), Value: name, Words: words})
	list.words("facts.cloud", cat.CloudName(c.Cloud))
	if key := audiences[c.Audience]; key != "" {
		list.words("facts.audience", assets.Msg(key))
	}
	list.value("facts.client-id", c.ClientID)
	list.value("facts.tenant-id", c.TenantID)
	if appOnly(c) {
		list.words("facts.mode", assets.Msg("facts.mode-app-only"))
	} else {
		list.words("facts.platform", platformText(c))
	}
	list.value("facts.service-principal", c.ServicePrincipalID)
	list.value("facts.redirect-uri", product.RedirectURI(c))
	if !appOnly(c) {
		list.value("facts.redirect-postkey", cat.Limits().PostkeyRedirect)
	}
	if c.Certificate != nil {
		list.value("facts.thumbprint", c.Certificate.Thumbprint)
	}
	if proves(c) {
		ends := assets.Msg("facts.secret-end-unknown")
		if day := lastDay(c); !day.IsZero() {
			ends = DayText(day)
		}
		list.words(map[bool]string{false: "facts.secret-end", true: "facts.certificate-end"}[c.Certificate != nil], ends)
	}
	permissions := cat.Permissions(c.Product, c.Mailbox.Shared())
	if appOnly(c) {
		permissions = cat.AppPermissions(c.Protocols, c.SMTPRBAC)
		list.words("facts.road", cat.RoadOf(c.Protocols, c.SMTPRBAC).Title)
	}
	for _, kind := range []struct{ id, label string }{
		{catalog.Delegated, "facts.delegated"}, {catalog.Application, "facts.application"},
	} {
		var names []string
		for _, p := range permissions {
			if p.Type == kind.id {
				names = append(names, p.Name)
			}
		}
		list.value(kind.label, strings.Join(names, ", "))
	}
	return list.facts
}

func mailboxFacts(cat *catalog.Catalog, c store.Connection) []Fact {
	list := factList{}
	list.value("facts.address", c.Mailbox.Address)
	list.value("facts.delegate", c.Mailbox.Delegate)
	list.value("facts.reach", strings.Join(c.Reach, ", "))
	list.value("facts.refuse", strings.Join(c.Refuse, ", "))
	if c.Account != nil {
		list.value("facts.account", c.Account.Username)
	}
	cloud, err := cat.CloudOf(c)
	if err != nil {
		return list.facts // an unknown cloud has no servers to name
	}
	list.value("facts.authority", cloud.Authority)
	if appOnly(c) {
		list.value("facts.scopes", strings.Join(appScopes(cat, cloud, c), " "))
	} else {
		list.value("facts.mail-resource", cloud.MailResource)
	}
	for _, server := range []struct{ protocol, address string }{
		{"imap", cloud.IMAP}, {"pop", cloud.POP}, {"smtp", cloud.SMTP},
	} {
		if slices.Contains(c.Protocols, server.protocol) {
			list.value("facts.server-"+server.protocol, withEncryption(server.protocol, server.address))
		}
	}
	if slices.Contains(c.Protocols, "ews") {
		list.value("facts.server-ews", cloud.EWS)
	}
	if slices.Contains(c.Protocols, "graph") {
		list.value("facts.server-graph", cloud.Graph)
	}
	return list.facts
}

// lastDay is the last day of the client secret or of the certificate; zero when
// not known.
func lastDay(c store.Connection) store.Date {
	if c.SecretExpires.IsZero() && c.Certificate != nil && !c.Certificate.NotAfter.IsZero() {
		return store.DateOf(c.Certificate.NotAfter)
	}
	return c.SecretExpires
}

// withEncryption names the server and how the connection to it is encrypted.
func withEncryption(protocol, address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if protocol == "smtp" {
		return address + " (" + smtpEncryption(port) + ")"
	}
	return address + " (SSL/TLS)"
}

// platformDesktop is the platform without a client secret.
const platformDesktop = "desktop"

func platformText(c store.Connection) assets.Message {
	if c.Platform == platformDesktop {
		return assets.Msg("facts.platform-desktop")
	}
	return assets.Msg("facts.platform-web")
}

// audiences are the portal's words for who may sign in.
var audiences = map[oauth.Audience]string{
	oauth.AudienceSingle:        "pages.audience-single",
	oauth.AudienceMulti:         "pages.audience-multi",
	oauth.AudienceMultiPersonal: "pages.audience-personal",
}

// factList gathers facts and leaves out empty ones.
type factList struct{ facts []Fact }

func (l *factList) add(f Fact) {
	if f.Value != "" || !f.Words.IsZero() {
		l.facts = append(l.facts, f)
	}
}

func (l *factList) value(label, value string) { l.add(Fact{Label: assets.Msg(label), Value: value}) }

func (l *factList) words(label string, words assets.Message) {
	l.add(Fact{Label: assets.Msg(label), Words: words})
}
