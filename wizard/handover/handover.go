// Package handover lays out what has to be entered in the target product: its
// own screens, with its own words for the fields, in its own order. What they
// look like is data (assets/catalog/products.json). Start with Sections.
//
// The client secret is never here: a field only says that its value is the
// secret, and whoever shows it takes the value from the keyring.
package handover

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// Field is one field to fill in.
type Field struct {
	// Label is what the product calls it; Text is set where the words are ours
	// and can be shown in the user's language instead of Label.
	Label string
	Text  assets.Message
	// Value is what to enter; empty when Secret is set or nothing is to be entered.
	Value string
	// Secret says that the value is the client secret, to be taken from the keyring.
	Secret bool
}

// Section is one screen of the product.
type Section struct {
	Title assets.Message
	// Crumbs are the words to choose to get there; empty where the product is not known.
	Crumbs []string
	Fields []Field
	// Note is a sentence to show with the section; it may be zero.
	Note assets.Message
}

// Sections returns the screens of the connection's product in the order in
// which they are filled in. A product that is not in the catalogue gets the
// plain list.
func Sections(cat *catalog.Catalog, c store.Connection) []Section {
	product, ok := cat.Product(c.Product)
	if !ok {
		product, _ = cat.Product("other")
	}
	list := product.Sections
	if appOnly(c) {
		list = product.AppSections
	}
	fill := strings.NewReplacer(valuesOf(cat, c, product)...)
	out := make([]Section, 0, len(list))
	for _, s := range list {
		out = append(out, section(s, c, fill))
	}
	if c.Certificate != nil {
		out = append(out, Section{Title: assets.Msg("handover.certificate"), Note: assets.Msg("handover.certificate-note")})
	}
	return out
}

// modeAppOnly is the mode of a connection whose application signs in itself.
const modeAppOnly = "app-only"

func appOnly(c store.Connection) bool { return c.Mode == modeAppOnly }

// proves reports whether the registration proves itself, with a client secret
// or a certificate.
func proves(c store.Connection) bool {
	return c.Certificate != nil || appOnly(c) || c.Platform != platformDesktop
}

// Rotation returns the screens of the connection's product where a new client
// secret is entered. A connection without one has none.
func Rotation(cat *catalog.Catalog, c store.Connection) []Section {
	if c.Certificate != nil {
		return nil
	}
	product, ok := cat.Product(c.Product)
	if !ok {
		product, _ = cat.Product("other")
	}
	fill := strings.NewReplacer(valuesOf(cat, c, product)...)
	out := make([]Section, 0, len(product.Rotate))
	for _, s := range product.Rotate {
		out = append(out, section(s, c, fill))
	}
	return out
}

func section(s catalog.Section, c store.Connection, fill *strings.Replacer) Section {
	out := Section{Title: s.Title, Note: s.Note}
	if c.Mailbox.Shared() && !s.NoteShared.IsZero() {
		out.Note = s.NoteShared
	}
	if !out.Note.IsZero() {
		out.Note = assets.Msg(out.Note.Key, "Address", c.Mailbox.Address, "Delegate", c.Mailbox.Delegate, "Name", c.Name)
	}
	for _, crumb := range s.Crumbs {
		out.Crumbs = append(out.Crumbs, fill.Replace(crumb))
	}
	for _, f := range s.Fields {
		// A certificate is Postkey's alone: the product needs something of its own.
		if f.Secret && (!proves(c) || c.Certificate != nil) || !applies(f.Only, c) {
			continue
		}
		out.Fields = append(out.Fields, Field{Label: f.Label, Text: f.Text, Value: fill.Replace(f.Value), Secret: f.Secret})
	}
	return out
}

// applies reports whether a field is there for this connection.
func applies(only string, c store.Connection) bool {
	switch only {
	case "":
		return true
	case "shared":
		return c.Mailbox.Shared()
	case "own":
		return !c.Mailbox.Shared()
	case "mail":
		return slices.ContainsFunc([]string{"imap", "pop", "smtp"}, func(p string) bool { return slices.Contains(c.Protocols, p) })
	}
	return slices.Contains(c.Protocols, only)
}

// valuesOf pairs each placeholder of the data with its value.
func valuesOf(cat *catalog.Catalog, c store.Connection, product catalog.Product) []string {
	mailboxName := c.Mailbox.Name
	if mailboxName == "" {
		mailboxName = c.Name
	}
	// Microsoft 365 wants the delegate's name at SMTP, the shared address elsewhere.
	smtpUser := c.Mailbox.Address
	if c.Mailbox.Shared() {
		smtpUser = c.Mailbox.Delegate
	}
	// An unknown cloud leaves the addresses empty rather than wrong.
	cloud, _ := cat.CloudOf(c)
	var authorizeURL, tokenURL, scopes string
	if cloud.ID != "" {
		reg := oauth.Registration{Cloud: cloud, Audience: c.Audience, TenantID: c.TenantID, ClientID: c.ClientID}
		authorizeURL, tokenURL = reg.AuthURL(), reg.TokenURL()
		scopes = strings.Join(cat.Scopes(cloud, c.Protocols), " ")
	}
	graphURL := ""
	if cloud.Graph != "" {
		graphURL = strings.TrimRight(cloud.Graph, "/") + "/v1.0/users/" + url.PathEscape(c.Mailbox.Address)
	}
	values := []string{
		"{name}", c.Name,
		"{client_id}", c.ClientID,
		"{tenant_id}", c.TenantID,
		"{redirect_uri}", product.RedirectURI(c),
		"{mailbox_name}", mailboxName,
		"{key}", c.Mailbox.Key,
		"{list}", c.Mailbox.List,
		"{address}", c.Mailbox.Address,
		"{delegate}", c.Mailbox.Delegate,
		"{smtp_user}", smtpUser,
		"{scopes}", scopes,
		"{app_scopes}", strings.Join(appScopes(cat, cloud, c), " "),
		"{ews_url}", cloud.EWS,
		"{graph_url}", graphURL,
		"{authorize_url}", authorizeURL,
		"{token_url}", tokenURL,
	}
	for name, server := range map[string]string{"imap": cloud.IMAP, "pop": cloud.POP, "smtp": cloud.SMTP} {
		host, port, _ := net.SplitHostPort(server)
		values = append(values, "{"+name+"_host}", host, "{"+name+"_port}", port)
		if name == "smtp" {
			values = append(values, "{smtp_encryption}", smtpEncryption(port))
		}
	}
	return values
}

// appScopes are the scopes of the client credentials, one for each resource; a
// token is asked for with one of them.
func appScopes(cat *catalog.Catalog, cloud oauth.Cloud, c store.Connection) []string {
	var out []string
	for _, leg := range c.Protocols {
		if scope := cat.AppScope(cloud, leg); cloud.ID != "" && !slices.Contains(out, scope) {
			out = append(out, scope)
		}
	}
	return out
}

// smtpEncryption follows the port: TLS from the first byte on 465, STARTTLS on any other.
func smtpEncryption(port string) string {
	switch port {
	case "":
		return ""
	case "465":
		return "SSL/TLS"
	}
	return "STARTTLS"
}
