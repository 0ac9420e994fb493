package ui

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

var windowSizes = map[string]fyne.Size{"": {Width: 1040, Height: 720}, "-small": {Width: 900, Height: 600}}

var firstSteps = []wizard.StepID{
	wizard.StepApplication, wizard.StepRegistration, wizard.StepRedirect, wizard.StepSecret, wizard.StepPermissions,
}

// someConnections are one of each state.
func someConnections(now time.Time) []store.Connection {
	account := &store.Account{Username: "support@contoso.com", TenantID: "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", At: now}
	connection := func(id, name, address, delegate string, days int, last *store.TestRecord) store.Connection {
		return store.Connection{
			ID: id, Name: name, Product: "xcally", Mode: wizard.ModeDelegated, Cloud: "worldwide",
			Audience: oauth.AudienceSingle, Platform: wizard.PlatformWeb,
			TenantID: account.TenantID, ClientID: "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", RedirectHost: "motion.contoso.com",
			Protocols: []string{"imap", "smtp"}, Account: account, Created: now,
			Mailbox:       store.Mailbox{Address: address, Delegate: delegate},
			SecretExpires: store.DateOf(now.AddDate(0, 0, days)), LastTest: last,
		}
	}
	works := &store.TestRecord{At: now.Add(-4 * time.Minute), OK: true, LastOK: now.Add(-4 * time.Minute)}
	failed := &store.TestRecord{At: now.Add(-50 * time.Hour), LastOK: now.Add(-7 * 24 * time.Hour)}
	billing := connection("b", "Billing", "billing@contoso.com", "", 92, failed)
	billing.SignInEnded = now.Add(-time.Hour)
	return []store.Connection{
		connection("a", "Support inbox", "support@contoso.com", "andrea@contoso.com", 180, works),
		billing,
		connection("c", "Digital Fax", "fax@contoso.com", "", 9, nil),
		connection("d", "Sales", "sales@contoso.com", "", -3, failed),
	}
}

// Long names and what is wrong with this computer stay inside the window too.
func TestLookOfTrouble(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "settings.json"), []byte("{"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "drafts.json"), []byte("{"), 0o600))
	r := newRig(t, rigOptions{dir: dir, vault: refusing{store.NewMemory()}})
	c := someConnections(r.clock)[0]
	c.Name = strings.Repeat("A very long name ", 6) + strings.Repeat("x", 90)
	c.Mailbox.Address = strings.Repeat("long.", 30) + "@contoso.com"
	must(t, r.bench.Store.Put(context.Background(), c))
	d := r.atStep(wizard.StepRegistration)
	d.Name = c.Name
	must(t, r.bench.SaveDraft(context.Background(), d))
	r.Show()
	r.until("the keyring is asked", func() bool {
		return strings.Contains(r.texts(), "Keep in memory") && len(r.home().shownCards) == 1
	})
	r.window.Resize(windowSizes["-small"])
	test.Tap(r.home().shownCards[0].test)
	r.until("the test ends", func() bool { return r.home().shownCards[0].stop == nil })
	r.shot("trouble-home", windowSizes[""])
	r.shot("trouble-home-tall", fyne.NewSize(900, 1900))
	d.ClientID, d.TenantID, d.MailDomain = strings.Repeat("8f1c0b52-", 30), strings.Repeat("w", 300), strings.Repeat("domain.", 40)
	f := r.wizard(d)
	f.next()
	r.shot("trouble-registration", windowSizes["-small"])
	f.open(wizard.StepRedirect)
	f.page.(*redirectPage).field.SetText(strings.Repeat("motion.", 30) + "example")
	f.next()
	r.shot("trouble-redirect", windowSizes["-small"])
}
