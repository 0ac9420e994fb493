package wizard

import (
	"slices"
	"strings"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
)

// Proof is what Microsoft answered when the application asked for tokens by itself.
type Proof struct {
	With SignInIDs `json:"with"`
	At   time.Time `json:"at"`
	// Roles are the application permissions that the tokens carry, those of all
	// resources together; Known says that the tokens could be read.
	Roles []string `json:"roles,omitempty"`
	Known bool     `json:"known"`
}

// AppOnly reports whether the application signs in itself.
func (d *Draft) AppOnly() bool { return d.Mode == ModeAppOnly }

// SetMode changes who signs in. The protocols and the audience that the other
// mode does not have give way; all that was typed stays.
func (d *Draft) SetMode(mode string) {
	d.Mode = mode
	if d.AppOnly() {
		d.Audience, d.Platform = oauth.AudienceSingle, PlatformWeb
		return
	}
	d.Protocols = slices.DeleteFunc(slices.Clone(d.Protocols), func(p string) bool {
		return p == ProtocolEWS || p == ProtocolGraph
	})
	if len(d.Protocols) == 0 {
		d.Protocols = []string{ProtocolIMAP, ProtocolSMTP}
	}
}

// appOnlyPart lays what belongs to app-only over a connection.
func (d *Draft) appOnlyPart(c *store.Connection) {
	c.ServicePrincipalID = CleanField(FieldServicePrincipal, d.ServicePrincipalID)
	c.SMTPRBAC = d.SMTPRBAC && slices.Contains(d.Protocols, ProtocolSMTP)
	c.Refuse = Addresses(d.Refuse)
	c.Reach = slices.DeleteFunc(Addresses(d.Reach), func(address string) bool {
		return strings.EqualFold(address, c.Mailbox.Address) // tested anyway
	})
	if len(c.Reach) == 0 {
		c.Reach = nil
	}
}

// rememberedProof is the proof that the last test of a saved connection left:
// its tokens came. What they carried is not known any more.
func (d *Draft) rememberedProof() *Proof {
	if d.LastTest == nil {
		return nil
	}
	for _, leg := range d.LastTest.Legs {
		for _, h := range leg.Hops {
			if h.Hop == string(check.Token) && h.Status == string(check.OK) {
				return &Proof{With: d.signInIDs(), At: d.LastTest.At}
			}
		}
	}
	return nil
}

// NeedsServicePrincipal reports whether Exchange must know the application by
// its Object ID: IMAP, POP and SMTP are opened to that alone.
func (d *Draft) NeedsServicePrincipal() bool {
	return d.AppOnly() && slices.ContainsFunc(d.Protocols, func(p string) bool {
		return p == ProtocolIMAP || p == ProtocolPOP || p == ProtocolSMTP
	})
}

// OneUserName reports whether delegated access to a shared mailbox cannot serve
// both directions: IMAP wants the shared address as user name and SMTP the
// delegate's, and the product may have one field for both. Then app-only is the
// way (Microsoft Learn: Authenticate an IMAP, POP or SMTP connection using OAuth,
// with what live tenants accept).
func (d *Draft) OneUserName() bool {
	return !d.AppOnly() && d.Shared && slices.Contains(d.Protocols, ProtocolSMTP) &&
		(slices.Contains(d.Protocols, ProtocolIMAP) || slices.Contains(d.Protocols, ProtocolPOP))
}

// SetRoad chooses how the application reaches the mailboxes. SMTP through RBAC
// for Applications has no permission in Entra.
func (d *Draft) SetRoad(protocols []string, smtpRBAC bool) {
	d.Protocols, d.SMTPRBAC = slices.Clone(protocols), smtpRBAC
}

// SetProduct chooses the product. Who signs in goes with it as the product's own
// guide has it, unless something else was chosen before.
func (d *Draft) SetProduct(id string, cat *catalog.Catalog) {
	cat = orEmbedded(cat)
	follows := d.Mode == cat.ModeOf(d.Product)
	d.Product = id
	if mode := cat.ModeOf(id); follows && mode != d.Mode {
		d.SetMode(mode)
	}
}
