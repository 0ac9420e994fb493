package ui

import (
	"context"
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
)

// Step 5 with what an administrator has to do with it, in the states of its way
// to a consent; see TestLook for the pictures.
func TestLookOfConsent(t *testing.T) {
	for look, dark := range map[string]bool{"light": false, "dark": true, "it": false} {
		t.Run(look, func(t *testing.T) {
			var tenant *practice.Tenant
			r := newRig(t, rigOptions{dark: dark, prepare: func(w *wizard.Workbench) {
				var err error
				tenant, err = practice.Start(practice.Options{Now: w.Now})
				must(t, err)
				t.Cleanup(func() { must(t, tenant.Close()) })
				w.Catalog.Add(tenant.Cloud())
				w.Roots = tenant.Roots()
				w.OpenBrowser = func(context.Context, string) error { return nil }
			}})
			if look == "it" {
				useLanguage(look)
				t.Cleanup(func() { useLanguage("") })
			}
			v := tenant.Values()
			d := r.atStep(wizard.StepPermissions)
			d.Cloud, d.TenantID, d.ClientID = practice.CloudID, v.TenantID, v.ClientID
			must(t, r.bench.PutSecret(t.Context(), d.ID, v.ClientSecret))
			take := func(name string) {
				t.Helper()
				for suffix, size := range windowSizes {
					r.shot(look+"-consent-"+name+suffix, size)
				}
				if os.Getenv("POSTKEY_SHOTS") != "" {
					r.shot(look+"-consent-"+name+"-tall", fyne.NewSize(900, 1900)) // for the eye alone
				}
			}
			part := func() *consentPart { return r.flow().page.(*permissionsPage).consent }
			over := func() {
				t.Helper()
				r.until("nothing runs any more", func() bool { return !part().running() && part().state == consentIdle })
			}
			r.wizard(d)
			take("offer")
			part().request()
			r.until("the consent page is open", func() bool { return part().state == consentWaiting })
			take("waiting")
			_, err := tenant.Browse(t.Context(), part().wait.session.URL(), v.Address)
			must(t, err)
			over()
			take("not-admin")
			part().saved = "/home/andrea/" + strings.Repeat("a very long folder name/", 6) + mailFile
			part().show(consentIdle)
			take("saved")

			d.SetAccount(store.Account{Username: v.Address, TenantID: v.TenantID, At: r.clock, Granted: []string{
				"https://outlook.office.com/SMTP.Send", "offline_access",
			}})
			r.wizard(d)
			take("missing")
			part().outcome = consentGiven
			part().show(consentIdle)
			take("still-missing")

			d.Shared = true
			r.wizard(d)
			over() // there is no refresh token in this keyring
			take("unread")
			d.Account.Asked = r.bench.Catalog.GraphScopes(tenant.Cloud(), r.flow().page.(*permissionsPage).list)
			r.wizard(d)
			over()
			take("shared")
		})
	}
}
