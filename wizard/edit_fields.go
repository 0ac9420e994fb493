package wizard

import (
	"strings"

	"postkey/store"
)

// EndsSignIn tells what the changed value of a saved connection means for its
// sign-in: with the new value it is worthless, and another one is needed before
// the new value takes the old one's place. Nil where the value is as it was,
// where no sign-in belongs to it, and once there is a new sign-in.
func (d *Draft) EndsSignIn(f Field, saved store.Connection) *Problem {
	if saved.ID != d.ID || d.SignedIn() || saved.Account == nil && saved.Mode != ModeAppOnly {
		return nil
	}
	was, is := DraftOf(saved).signInIDs(), d.signInIDs()
	changed := false
	switch f {
	case FieldTenantID:
		changed = !sameTenant(saved, was, is)
	case FieldClientID:
		changed = was.ClientID != is.ClientID
	case FieldCloud:
		changed = was.Cloud != is.Cloud
	case FieldAuthority:
		changed = was.Authority != is.Authority
	case FieldAudience:
		changed = was.Audience != is.Audience
	case FieldMode:
		changed = saved.Mode != d.Mode
	}
	switch {
	case !changed:
		return nil
	case d.AppOnly():
		return warning("ends-token")
	}
	return warning("ends-sign-in")
}

// sameTenant reports whether both name the same tenant: its ID or a domain of it.
func sameTenant(saved store.Connection, was, is SignInIDs) bool {
	return was.TenantID == is.TenantID || saved.Account != nil && is.TenantID == strings.ToLower(saved.Account.TenantID)
}
