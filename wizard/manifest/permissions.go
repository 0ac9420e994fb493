package manifest

import (
	"slices"
	"strings"

	"postkey/wizard/catalog"
)

// word is the manifest's word for a permission's type.
func word(p catalog.Permission) string {
	if p.Type == catalog.Application {
		return "Role"
	}
	return "Scope"
}

// shown is a permission as a point shows it.
func shown(p catalog.Permission) string { return p.Resource + ": " + p.Name + " (" + word(p) + ")" }

// smtpRole is what must not be there where SMTP goes through RBAC for Applications.
const smtpRole = "SMTP.SendAsApp"

func (c *comparison) permissions() {
	expected := c.expected()
	if c.m.Absent[AreaPermission] {
		if len(expected) > 0 {
			c.add(AreaPermission, Undecidable, what("permissions"), "", "").fix("absent", catalog.PagePermissions, "")
		}
		return
	}
	for _, p := range expected {
		c.permission(p)
	}
	if c.appOnly() && c.conn.SMTPRBAC && slices.Contains(c.conn.Protocols, "smtp") {
		c.noSMTPRole()
	}
	c.extra(expected)
}

// expected are the permissions of the checklist.
func (c *comparison) expected() []catalog.Permission {
	if c.appOnly() {
		return c.cat.AppPermissions(c.conn.Protocols, c.conn.SMTPRBAC)
	}
	return c.cat.Permissions(c.conn.Product, c.conn.Mailbox.Shared())
}

// required reports whether the test cannot do without the permission. Those of
// OpenID Connect need not be in a registration: the sign-in asks for them.
func (c *comparison) required(p catalog.Permission) bool {
	return p.Needed && !p.OpenID() && (p.Protocol == "" || slices.Contains(c.conn.Protocols, p.Protocol))
}

func (c *comparison) permission(p catalog.Permission) {
	point := c.add(AreaPermission, Right, what("permission", "Permission", p.Name), shown(p), "")
	if slices.Contains(c.m.Permissions, Access{p.ResourceAppID, p.ID, word(p)}) {
		point.Present = shown(p)
		return
	}
	key, present := c.instead(p)
	byExchange := key == "" && c.appOnly() && p.ByExchange() // and then it is absent
	point.State = Undecidable
	if c.required(p) && !byExchange {
		point.State = Wrong
	}
	point.Crumbs = slices.Clone(p.Portal)
	finding := "permission-not-in-registration"
	if c.appOnly() {
		finding = "token-missing-role"
	}
	point.Present = brief(present)
	switch {
	case key == "permission-copy":
		// The API of the same name on Exchange Online may do as well; Microsoft's
		// guide takes the one of Microsoft Graph.
		point.State = Undecidable
		point.fix(key, catalog.PagePermissions, "", "Permission", p.Name, "Present", brief(present))
	case key != "":
		point.fix(key, catalog.PagePermissions, finding, "Permission", p.Name, "Present", brief(present))
	case p.Unverified && c.unknown(p.ResourceAppID, word(p)) != "":
		point.State, point.Present = Undecidable, brief(c.unknown(p.ResourceAppID, word(p)))
		point.fix("permission-unverified", catalog.PagePermissions, "", "Permission", p.Name)
	case point.State == Wrong:
		point.fix("permission", catalog.PagePermissions, finding, "Permission", p.Name)
	case byExchange && c.required(p):
		point.fix("permission-by-exchange", catalog.PagePermissions, "", "Permission", p.Name)
	case p.OpenID():
		point.fix("permission-openid", catalog.PagePermissions, "", "Permission", p.Name)
	default:
		point.fix("permission-optional", catalog.PagePermissions, "", "Permission", p.Name)
	}
}

// instead finds what was taken for the permission: its id at another place, or
// its namesake of another API or another type.
func (c *comparison) instead(p catalog.Permission) (key, present string) {
	for _, a := range c.m.Permissions {
		switch known, ok := c.cat.KnownPermission(a.ResourceAppID, a.ID); {
		case a.ID == p.ID && a.ResourceAppID != p.ResourceAppID:
			return "permission-resource", firstOf(c.cat.ResourceName(a.ResourceAppID), a.ResourceAppID)
		case a.ID == p.ID: // the right place and another type
			return "permission-type", a.Type
		case ok && known.Name == p.Name && known.Type == p.Type:
			return "permission-copy", shown(known)
		case ok && known.Name == p.Name:
			return "permission-twin", shown(known)
		case ok && twin(p, known):
			return "permission-twin", shown(known)
		}
	}
	return "", ""
}

// twin reports whether a permission is that of the same protocol for a user
// instead of the application, or the other way round.
func twin(p, other catalog.Permission) bool {
	protocol := func(name string) string { head, _, _ := strings.Cut(name, "."); return head }
	return p.Type != other.Type && protocol(p.Name) == protocol(other.Name) && protocol(p.Name) != "Mail"
}

// unknown lists the ids of an API and a type that the catalogue has no name for.
func (c *comparison) unknown(resource, kind string) string {
	var ids []string
	for _, a := range c.m.Permissions {
		if _, ok := c.cat.KnownPermission(a.ResourceAppID, a.ID); !ok && a.ResourceAppID == resource && a.Type == kind {
			ids = append(ids, a.ID)
		}
	}
	return listed(ids)
}

// noSMTPRole judges that the permission which RBAC for Applications cannot bear is absent.
func (c *comparison) noSMTPRole() {
	for _, p := range c.cat.AppPermissions([]string{"smtp"}, false) {
		if p.Name != smtpRole {
			continue
		}
		point := c.add(AreaPermission, Right, what("permission-none", "Permission", smtpRole), "", "")
		if slices.Contains(c.m.Permissions, Access{p.ResourceAppID, p.ID, word(p)}) {
			point.State, point.Present = Wrong, shown(p)
			point.fix("permission-none", catalog.PagePermissionList, "smtp-auth-failed", "Permission", smtpRole)
		}
	}
}

// extra lists what the registration holds beyond the checklist: roles, because
// they open every mailbox, and ids that are not known.
func (c *comparison) extra(expected []catalog.Permission) {
	var roles, ids []string
	for _, a := range c.m.Permissions {
		known, ok := c.cat.KnownPermission(a.ResourceAppID, a.ID)
		switch {
		case !ok:
			ids = append(ids, a.ID)
		case known.Type != catalog.Application || known.Name == smtpRole && c.conn.SMTPRBAC:
		case slices.ContainsFunc(expected, func(p catalog.Permission) bool { return p.ID == a.ID }):
		default:
			roles = append(roles, known.Name)
		}
	}
	if len(roles) > 0 {
		c.add(AreaPermission, Undecidable, what("permission-extra"), "", listed(roles)).fix("permission-extra", catalog.PagePermissionList, "")
	}
	if len(ids) > 0 {
		c.add(AreaPermission, Undecidable, what("permission-unknown"), "", listed(ids)).fix("permission-unknown", catalog.PagePermissionList, "")
	}
}
