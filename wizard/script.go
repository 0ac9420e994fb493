package wizard

import (
	"errors"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/scripts"
)

// scriptSecretMonths is how long a secret made by the script lasts when no day
// was typed: what Microsoft's portal proposes (Microsoft Entra: Add and manage
// app credentials).
const scriptSecretMonths = 6

// Script returns what a script has to make for this draft under the given
// display name. Values that are not right yet are left out: the script then
// uses the tenant that it is signed in to, and a secret for the usual time.
// Without a right redirect URI of the product only Postkey's is in it; see
// CheckField.
func (d *Draft) Script(name string, ctx Context) scripts.Registration {
	cat := orEmbedded(ctx.Catalog)
	c := d.registrationPart()
	r := scripts.Registration{
		Name: name, Audience: d.Audience, Cloud: d.Cloud, Desktop: d.Platform == PlatformDesktop,
		Permissions: cat.Permissions(d.product(cat).ID, d.Shared),
	}
	if d.AppOnly() {
		r.Permissions = cat.AppPermissions(d.Protocols, d.SMTPRBAC)
	}
	if goesOn(d.CheckField(FieldTenantID, ctx)) {
		r.TenantID = c.TenantID
	}
	for _, u := range d.RedirectURIs() {
		r.RedirectURIs = append(r.RedirectURIs, u.URI)
	}
	if !r.Desktop {
		r.SecretEnds = store.DateOf(ctx.Now).AddMonths(scriptSecretMonths).String()
		if goesOn(d.CheckField(FieldSecretExpires, ctx)) {
			r.SecretEnds = CleanField(FieldSecretExpires, d.SecretExpires)
		}
	}
	return r
}

// TakeScript reads what a script printed (see scripts.Parse) and takes over its
// values, all or none. The client secret is returned and is in no draft; the
// caller stores it. A problem says what is wrong; nil: nothing is.
func (d *Draft) TakeScript(output string, ctx Context) (oauth.Secret, *Problem) {
	r, err := scripts.Parse(output, d.Platform != PlatformDesktop)
	if err != nil {
		var wrong *scripts.OutputError
		errors.As(err, &wrong) // Parse returns no other
		return oauth.Secret{}, &Problem{Message: wrong.Message}
	}
	next := *d
	next.ClientID, next.TenantID, next.SecretExpires = r.ClientID, r.TenantID, r.Expires
	wrong := func(field string, p *Problem) *Problem {
		return &Problem{Message: assets.Msg("script.wrong-value", "Field", field, "Problem", p.Message)}
	}
	for _, f := range []Field{FieldClientID, FieldTenantID, FieldSecretExpires} {
		if p := next.CheckField(f, ctx); !goesOn(p) {
			return oauth.Secret{}, wrong(string(f), p)
		}
	}
	if !r.Secret.IsZero() {
		if p := CheckSecret(r.Secret); !goesOn(p) {
			return oauth.Secret{}, wrong(string(FieldSecret), p)
		}
	}
	d.ClientID, d.TenantID = next.ClientID, next.TenantID
	if r.Expires != "" {
		d.SecretExpires = r.Expires
	}
	return r.Secret, nil
}

// goesOn reports whether a value is right, or wrong only by a warning.
func goesOn(p *Problem) bool { return p == nil || p.Warning }
