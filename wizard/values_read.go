package wizard

import (
	"slices"
	"strings"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// The fields that belong to the mode app-only.
var appOnlyFields = []string{"service_principal_id", "smtp_rbac", "reach", "refuse"}

// valuesFields are the fields with a check of their own, in the order of the
// file. A needed one is checked when absent too: no connection works without it.
var valuesFields = []struct {
	field  Field
	path   string
	needed bool
}{
	{FieldName, "name", true},
	{FieldProduct, "product", true},
	{FieldCloud, "cloud", false},
	{FieldAuthority, "endpoints.authority", false},
	{FieldIMAP, "endpoints.imap", false},
	{FieldPOP, "endpoints.pop", false},
	{FieldSMTP, "endpoints.smtp", false},
	{FieldEWS, "endpoints.ews", false},
	{FieldGraph, "endpoints.graph", false},
	{FieldMailResource, "endpoints.mail_resource", false},
	{FieldAudience, "audience", false},
	{FieldTenantID, "tenant_id", true},
	{FieldClientID, "client_id", true},
	{FieldPlatform, "platform", false},
	{FieldRedirectHost, "redirect_host", false},
	{FieldRedirectURI, "redirect_uri", false},
	{FieldMailboxName, "mailbox.name", false},
	{FieldMailboxKey, "mailbox.key", false},
	{FieldMailboxList, "mailbox.list", false},
	{FieldMailboxAddress, "mailbox.address", true},
	{FieldMailboxDelegate, "mailbox.delegate", false},
	{FieldProtocols, "protocols", true},
	{FieldServicePrincipal, "service_principal_id", false},
	{FieldReach, "reach", false},
	{FieldRefuse, "refuse", false},
}

// file reads the whole document.
func (r *valuesReader) file(root *node) []*Draft {
	top := r.object(root, "", "version", "connections")
	if root.kind != kindObject || !r.version(root, top["version"]) {
		return nil
	}
	list := top["connections"]
	switch {
	case list == nil:
		r.fail(root.line, "connections", "values-missing")
		return nil
	case !r.is(list, "connections", kindList):
		return nil
	case len(list.items) == 0:
		r.fail(list.line, "connections", "values-none")
		return nil
	case len(list.items) > valuesConnections:
		r.fail(list.line, "connections", "values-many", "Max", valuesConnections, "Length", len(list.items))
		return nil
	}
	var drafts []*Draft
	var before []store.Connection
	for i, n := range list.items {
		d := r.connection(n, index("connections", i), before)
		drafts = append(drafts, d)
		before = append(before, store.Connection{ID: d.ID, Name: CleanField(FieldName, d.Name)})
	}
	return drafts
}

// version stops the reading when the form is another one: its fields mean nothing here.
func (r *valuesReader) version(root, n *node) bool {
	switch {
	case n == nil:
		r.fail(root.line, "version", "values-version-missing")
	case !r.is(n, "version", kindNumber):
	case n.text != "1":
		r.fail(n.line, "version", "values-version", "Version", shown(n.text))
	default:
		return true
	}
	return false
}

// connection reads one connection into a draft.
func (r *valuesReader) connection(n *node, path string, before []store.Connection) *Draft {
	d := NewDraft(time.Now())
	d.Product, d.Protocols = "", nil // a guess could be wrong
	allowed := append([]string{
		"name", "product", "mode", "cloud", "endpoints", "audience", "tenant_id", "client_id", "platform",
		"redirect_host", "redirect_uri", "secret_expires", "mailbox", "protocols",
	}, appOnlyFields...)
	from := r.object(n, path, allowed...)
	if n.kind != kindObject {
		return d
	}
	audience := string(d.Audience)
	for name, into := range map[string]*string{
		"name": &d.Name, "product": &d.Product, "mode": &d.Mode, "cloud": &d.Cloud, "audience": &audience,
		"tenant_id": &d.TenantID, "client_id": &d.ClientID, "platform": &d.Platform,
		"redirect_host": &d.RedirectHost, "redirect_uri": &d.RedirectURI, "secret_expires": &d.SecretExpires,
	} {
		r.text(from, path, name, into)
	}
	d.Audience = oauth.Audience(audience)
	d.Protocols = r.texts(from, path, "protocols")
	r.mailbox(from["mailbox"], path, d)
	r.endpoints(from, n, path, d)
	if r.mode(from, n, path, d) {
		r.redirect(from, path, d)
		r.expires(from, path, d)
		r.check(n, path, d, before)
	}
	return d
}

func (r *valuesReader) mailbox(n *node, path string, d *Draft) {
	if n == nil {
		return // mailbox.address is missed later
	}
	path = join(path, "mailbox")
	from := r.object(n, path, "name", "key", "list", "address", "delegate")
	for name, into := range map[string]*string{
		"name": &d.Mailbox.Name, "key": &d.Mailbox.Key, "list": &d.Mailbox.List,
		"address": &d.Mailbox.Address, "delegate": &d.Mailbox.Delegate,
	} {
		r.text(from, path, name, into)
	}
	d.Shared = CleanField(FieldMailboxDelegate, d.Mailbox.Delegate) != ""
}

func (r *valuesReader) endpoints(from map[string]*node, conn *node, path string, d *Draft) {
	n, at := from["endpoints"], join(path, "endpoints")
	if n == nil {
		if d.Cloud == catalog.Custom {
			r.fail(conn.line, at, "values-endpoints-missing")
		}
		return
	}
	if d.Cloud != catalog.Custom {
		r.fail(n.line, at, "values-endpoints-alone", "Cloud", shown(d.Cloud))
	}
	fields := r.object(n, at, "authority", "imap", "pop", "smtp", "ews", "graph", "mail_resource")
	for name, into := range map[string]*string{
		"authority": &d.Endpoints.Authority, "imap": &d.Endpoints.IMAP, "pop": &d.Endpoints.POP, "smtp": &d.Endpoints.SMTP,
		"ews": &d.Endpoints.EWS, "graph": &d.Endpoints.Graph, "mail_resource": &d.Endpoints.MailResource,
	} {
		r.text(fields, at, name, into)
	}
}

// mode reads the mode and the fields of app-only, and refuses those of the other
// mode. It reports whether the connection is one whose other values can be checked.
func (r *valuesReader) mode(from map[string]*node, conn *node, path string, d *Draft) bool {
	r.text(from, path, "service_principal_id", &d.ServicePrincipalID)
	if n := from["smtp_rbac"]; n != nil && r.is(n, join(path, "smtp_rbac"), kindBool) {
		d.SMTPRBAC = n.flag
	}
	d.Reach = strings.Join(r.mailboxes(from, path, "reach", d), "\n")
	d.Refuse = strings.Join(r.mailboxes(from, path, "refuse", d), "\n")

	at := join(path, "mode")
	switch {
	case r.bad[at]:
		return false
	case d.Mode == ModeAppOnly:
		r.appOnly(from, path, d)
		return true
	case d.Mode != ModeDelegated:
		r.fail(line(from["mode"], conn), at, "choice-unknown", "Value", shown(d.Mode), "Allowed", ModeDelegated+", "+ModeAppOnly)
		return false
	}
	for _, name := range appOnlyFields {
		if n := from[name]; n != nil && !r.bad[join(path, name)] {
			r.fail(n.line, join(path, name), "values-app-only-field")
		}
	}
	for i, protocol := range d.Protocols {
		if at := index(join(path, "protocols"), i); protocol == ProtocolEWS || protocol == ProtocolGraph {
			r.fail(from["protocols"].line, at, "values-protocol-mode", "Protocol", protocol)
			r.bad[join(path, "protocols")] = true
		}
	}
	return true
}

// appOnly refuses what has no meaning where the application signs in itself.
func (r *valuesReader) appOnly(from map[string]*node, path string, d *Draft) {
	if n := from["mailbox"].member("delegate"); n != nil && d.Shared {
		r.fail(n.line, join(join(path, "mailbox"), "delegate"), "values-delegate")
	}
	d.Shared = false
	if n := from["smtp_rbac"]; n != nil && d.SMTPRBAC && !slices.Contains(d.Protocols, ProtocolSMTP) {
		r.fail(n.line, join(path, "smtp_rbac"), "values-rbac")
	}
}

// mailboxes reads a list of mail addresses and checks each by itself, so that
// the one that is wrong is named.
func (r *valuesReader) mailboxes(from map[string]*node, path, name string, d *Draft) []string {
	n := from[name]
	if n == nil || !r.is(n, join(path, name), kindList) {
		return nil
	}
	var out []string
	for i, item := range n.items {
		at := index(join(path, name), i)
		if !r.is(item, at, kindText) {
			continue
		}
		address := CleanField(FieldMailboxAddress, item.text)
		p := d.checkAddress(address, Context{Catalog: r.cat})
		if address == "" {
			p = problem("address-empty-app-only")
		}
		if p != nil && d.Mode == ModeAppOnly {
			r.failWith(item.line, at, p.Message)
			r.bad[join(path, name)] = true
			continue
		}
		out = append(out, address)
	}
	return out
}

// redirect makes sure that the address is given in the form of the product.
func (r *valuesReader) redirect(from map[string]*node, path string, d *Draft) {
	product, known := r.cat.Product(d.Product)
	host, uri := from["redirect_host"], from["redirect_uri"]
	switch {
	case !known:
	case product.RedirectPath != "" && uri != nil && d.RedirectURI != "":
		r.fail(uri.line, join(path, "redirect_uri"), "values-redirect-host", "Product", product.Name)
	case product.RedirectPath == "" && host != nil && d.RedirectHost != "":
		r.fail(host.line, join(path, "redirect_host"), "values-redirect-uri", "Product", product.Name)
	}
}

// expires checks the form of the date alone.
func (r *valuesReader) expires(from map[string]*node, path string, d *Draft) {
	at := join(path, "secret_expires")
	if r.bad[at] {
		return
	}
	if _, err := store.ParseDate(CleanField(FieldSecretExpires, d.SecretExpires)); err != nil {
		r.fail(from["secret_expires"].line, at, "expires-form", "Example", "2027-05-21")
	}
}

// check applies the checks of the wizard to what the file gives.
func (r *valuesReader) check(conn *node, path string, d *Draft, before []store.Connection) {
	ctx := Context{Now: time.Now(), Catalog: r.cat, Others: before}
	for _, v := range valuesFields {
		at := path + "." + v.path
		parent, _, nested := strings.Cut(v.path, ".")
		if r.bad[at] || nested && r.bad[path+"."+parent] {
			continue
		}
		n := conn.find(v.path)
		switch {
		case n == nil && v.needed:
			r.fail(conn.line, at, "values-missing")
		case n == nil || n.kind == kindText && n.text == "" && !v.needed:
		case n.kind == kindList && len(n.items) == 0 && !v.needed:
		default:
			if p := d.CheckField(v.field, ctx); p != nil && !p.Warning {
				r.failWith(n.line, at, p.Message)
			}
		}
	}
}

// find returns the value at a path of one or two names; nil when there is none.
func (n *node) find(path string) *node {
	for name := range strings.SplitSeq(path, ".") {
		i := slices.IndexFunc(n.members, func(m member) bool { return m.name == name })
		if i < 0 {
			return nil
		}
		n = n.members[i].value
	}
	return n
}

// member returns a member of an object; nil when there is none, or no object.
func (n *node) member(name string) *node {
	if n == nil {
		return nil
	}
	return n.find(name)
}

// line is that of a value, or of what it is missing from.
func line(n, missingFrom *node) int {
	if n == nil {
		n = missingFrom
	}
	return n.line
}
