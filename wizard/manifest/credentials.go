package manifest

import (
	"slices"
	"strings"
	"time"

	"postkey/store"
	"postkey/wizard/catalog"
)

// soon is how many days before its end a secret is told of.
const soon = 30

func (c *comparison) credentials() {
	switch {
	case c.conn.Certificate != nil:
		c.certificate(*c.conn.Certificate)
	case c.conn.Platform != platformDesktop || c.appOnly():
		c.secrets()
	}
}

// ended reports whether a credential has ended; an end that is not known has not.
func (c *comparison) ended(k Credential) bool { return !k.End.IsZero() && !k.End.After(c.now) }

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return store.DateOf(t.UTC()).String()
}

// about is a credential as a point shows it.
func about(k Credential) string {
	parts := []string{k.Name}
	if k.Hint != "" {
		parts = append(parts, k.Hint+"…")
	}
	if k.Thumbprint != "" {
		parts = append(parts, k.Thumbprint)
	}
	parts = append(parts, day(k.End))
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// secrets judges the client secrets one by one, and whether the one that the
// connection uses can be among them: a manifest has no values to compare.
func (c *comparison) secrets() {
	if c.m.Absent[AreaSecret] {
		c.add(AreaSecret, Undecidable, what("secret"), "", "").fix("absent", catalog.PageSecrets, "")
		return
	}
	if len(c.m.Secrets) == 0 {
		c.add(AreaSecret, Wrong, what("secret"), "", "").fix("secret-none", catalog.PageSecrets, "secret-missing")
		return
	}
	valid := slices.DeleteFunc(slices.Clone(c.m.Secrets), c.ended)
	for _, k := range c.m.Secrets {
		point := c.add(AreaSecret, Right, what("secret"), "", about(k))
		switch {
		case c.ended(k) && len(valid) == 0:
			point.State = Wrong
			point.fix("secret-ended", catalog.PageSecrets, "secret-expired")
		case c.ended(k):
			point.State = Undecidable
			point.fix("secret-left", catalog.PageSecretList, "")
		case k.End.IsZero():
			point.State = Undecidable
			point.fix("secret-no-end", catalog.PageSecrets, "")
		case k.Start.After(c.now):
			point.State = Undecidable
			point.fix("secret-not-yet", catalog.PageSecretList, "")
		case k.End.Sub(c.now) < soon*24*time.Hour:
			point.State = Undecidable
			point.fix("secret-soon", catalog.PageSecrets, "", "Count", store.DateOf(k.End).DaysFrom(c.now))
		}
	}
	if !c.conn.SecretExpires.IsZero() && len(valid) > 0 {
		c.used(valid)
	}
}

// used judges whether a secret ends on the day that is noted for the
// connection; the portal shows the day of the reader's time zone.
func (c *comparison) used(valid []Credential) {
	point := c.add(AreaSecret, Right, what("secret-used"), c.conn.SecretExpires.String(), "")
	var days []string
	for _, k := range valid {
		days = append(days, day(k.End))
		if !k.End.IsZero() {
			if off := store.DateOf(k.End.UTC()).DaysFrom(time.Date(c.conn.SecretExpires.Year, c.conn.SecretExpires.Month, c.conn.SecretExpires.Day, 0, 0, 0, 0, time.UTC)); off >= -1 && off <= 1 {
				point.Present = day(k.End)
				return
			}
		}
	}
	point.State, point.Present = Undecidable, brief(listed(days))
	point.fix("secret-used", catalog.PageSecretList, "")
}

// certificate judges whether the connection's certificate is on the registration.
func (c *comparison) certificate(own store.Certificate) {
	point := c.add(AreaCertificate, Right, what("certificate"), own.Thumbprint, "")
	if c.m.Absent[AreaCertificate] {
		point.State = Undecidable
		point.fix("absent", catalog.PageCertificates, "")
		return
	}
	readable := true
	var others []string
	for _, k := range c.m.Certificates {
		readable = readable && k.Thumbprint != ""
		others = append(others, about(k))
		if !strings.EqualFold(k.Thumbprint, own.Thumbprint) || own.Thumbprint == "" {
			continue
		}
		point.Present = brief(about(k))
		switch {
		case c.ended(k):
			point.State = Wrong
			point.fix("certificate-ended", catalog.PageCertificates, "certificate-wrong")
		case !k.End.IsZero() && k.End.Sub(c.now) < soon*24*time.Hour:
			point.State = Undecidable
			point.fix("certificate-soon", catalog.PageCertificates, "", "Count", store.DateOf(k.End).DaysFrom(c.now))
		}
		return
	}
	point.Present = brief(listed(others))
	if !readable {
		point.State = Undecidable
		point.fix("certificate-unreadable", catalog.PageCertificates, "")
		return
	}
	point.State = Wrong
	point.fix("certificate", catalog.PageCertificates, "certificate-wrong")
}
