package wizard_test

import (
	"testing"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// TestEndsSignIn: a value says that its change needs a new sign-in exactly while
// it is another one than that of the sign-in.
func TestEndsSignIn(t *testing.T) {
	signedIn := wizard.NewDraft(time.Now())
	signedIn.TenantID, signedIn.ClientID = "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11", "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10"
	signedIn.SetAccount(store.Account{Username: "support@contoso.com", TenantID: signedIn.TenantID, ObjectID: "1"})
	saved, err := signedIn.Connection()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*wizard.Draft)
		says   wizard.Field // empty: none does
	}{
		"nothing":           {func(*wizard.Draft) {}, ""},
		"another mailbox":   {func(d *wizard.Draft) { d.Mailbox.Address = "sales@contoso.com" }, ""},
		"the same in upper": {func(d *wizard.Draft) { d.ClientID = "3F1C0B52-77AA-4D5E-9A35-0C9E2D1F8B10" }, ""},
		"tenant":            {func(d *wizard.Draft) { d.TenantID = "fabrikam.com" }, wizard.FieldTenantID},
		"client":            {func(d *wizard.Draft) { d.ClientID = "9b2f7c10-4e6a-4d3b-8a51-6c0d9e8f7a21" }, wizard.FieldClientID},
		"audience":          {func(d *wizard.Draft) { d.Audience = oauth.AudienceMulti }, wizard.FieldAudience},
		"cloud":             {func(d *wizard.Draft) { d.Cloud = "china" }, wizard.FieldCloud},
		"mode":              {func(d *wizard.Draft) { d.Mode = wizard.ModeAppOnly }, wizard.FieldMode},
		"signed in anew": {func(d *wizard.Draft) {
			d.TenantID = "fabrikam.com"
			d.SetAccount(*signedIn.Account)
		}, ""},
	} {
		d := wizard.DraftOf(saved)
		c.change(d)
		for _, f := range []wizard.Field{
			wizard.FieldTenantID, wizard.FieldClientID, wizard.FieldAudience, wizard.FieldCloud, wizard.FieldMode, wizard.FieldAuthority,
		} {
			p := d.EndsSignIn(f, saved)
			if (p != nil) != (f == c.says) {
				t.Errorf("%s: %s says %v", name, f, p)
			}
			if p != nil && !p.Warning {
				t.Errorf("%s: %s does not let one go on", name, f)
			}
		}
		if d.EndsSignIn(c.says, store.Connection{ID: "another"}) != nil {
			t.Errorf("%s: compared with another connection", name)
		}
	}
}
