// Package handover lays out what has to be entered in the target product: its
// own screens, with its own words for the fields, in its own order. What they
// look like is data (assets/catalog/products.json). Start with Sections.
//
// The client secret is never here: a field only says that its value is the
// secret, and whoever shows it takes the value from the keyring.
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
	fill := strings.NewReplacer(valuesOf(cat, c, product)...)
	out := make([]Section, 0, len(product.Sections))
	for _, s := range product.Sections {
		out = append(out, section(s, c, fill))
	}
	return out
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
		if f.Secret && c.Platform == "desktop" || !applies(f.Only, c) {
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
