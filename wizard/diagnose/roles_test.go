package diagnose_test

import (
	"slices"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/mail"
)

// What a finding misses in a token of an application is what the catalogue says
// that each leg needs: the two lists are the same.
func TestRolesAreThoseOfTheCatalogue(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, leg := range []check.Leg{check.IMAP, check.POP, check.SMTP, check.EWS, check.Graph} {
		needed := cat.NeededRoles(string(leg), false)
		f := diagnose.Explain(diagnose.Evidence{
			Connection: store.Connection{Mode: "app-only"}, Leg: leg, Hop: check.Auth,
			Err:    &mail.ServerError{Protocol: "IMAP", During: "AUTHENTICATE", Text: "NO AUTHENTICATE failed."},
			Claims: &oauth.Claims{Roles: needed, Expires: time.Now().Add(time.Hour)},
		})
		i := slices.IndexFunc(f.Evidence, func(r diagnose.Row) bool { return r.Claim == "roles" })
		if i < 0 || f.Evidence[i].State != diagnose.RowRight || f.Evidence[i].Needed != f.Evidence[i].Present {
			t.Errorf("%s needs %q: %+v", leg, needed, f.Evidence)
		}
	}
}
