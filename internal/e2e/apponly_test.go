package e2e

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/internal/e2e/program"
	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
)

// TestAppOnlyWizardByKeyboard walks the nine steps of an application that signs
// in itself in the real window on the practice tenant, with the keyboard alone.
// No browser may open.
func TestAppOnlyWizardByKeyboard(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	d := desktop.Start(t, 1100, 800)
	browser, opened := program.Browser(t)
	w := &walk{t: t, ctx: ctx, dir: t.TempDir(), shots: os.Getenv("POSTKEY_SHOTS")}
	v := practiceValues(t)
	w.start(append(d.Env(t.TempDir()), browser, "FYNE_THEME=light", "GORACE=halt_on_error=1 exitcode=66"), "--practice")
	w.window = d.Window(ctx, "^Postkey$")
	w.key("Return") // New connection has the focus
	w.await("shown", "page=application")
	w.key("Down") // Imagicle, whose application signs in itself
	w.picture("a1-application")
	w.key("ctrl+Return") // refused: the name is missing, and its field gets the focus
	w.typed("Digital Fax")
	w.key("ctrl+Return")

	w.await("shown", "page=registration")
	w.typed(v.AppClientID)
	w.key("Return") // goes on to the next field
	w.typed(v.TenantID)
	w.key("ctrl+Return")
	w.await("shown", "page=redirect")
	w.picture("a3-redirect")
	w.key("ctrl+Return")

	w.await("shown", "page=secret")
	w.typed("x")
	w.key("Tab", "Tab", "Return") // past Reveal: Use practice value
	w.key("ctrl+Return")          // refused: the date is missing, and its field gets the focus
	w.typed(time.Now().AddDate(0, 6, 0).Format("2006-01-02"))
	w.key("ctrl+Return")
	w.await("shown", "page=permissions")
	w.key("space") // ticks the first permission
	w.picture("a5-permissions")
	w.key("ctrl+Return")

	w.await("shown", "page=signin")
	w.key("Return") // Request tokens has the focus
	w.await("tokens for the application", "IMAP.AccessAsApp", "SMTP.SendAsApp")
	w.typed(v.AppClientID) // not that one
	w.key("ctrl+Return")
	w.picture("a6-token-wrong")
	w.key("ctrl+a")
	w.typed(v.ServicePrincipalID)
	w.picture("a6-token")
	w.leadsTo("mailbox", "ctrl+Return")

	w.typed(v.Address)
	w.key("ctrl+Return") // refused: nobody is to be refused, and that list gets the focus
	w.typed(v.Delegate + ",")
	w.key("Return")
	w.typed(strings.ToUpper(v.Delegate) + " ;") // twice is once
	w.key("shift+Tab")
	w.typed(v.Shared)
	w.picture("a7-mailbox")
	w.key("ctrl+Return")

	w.await("shown", "page=test")
	w.goesWrong(practice.FaultAppFenceOpen, 6) // before the first button: Check, Save and close, Back, and the help
	w.key("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Return")
	w.await("fence tested", "ok=false", "open=2")
	w.picture("a8-fence-open")
	w.key("alt+Left")
	w.await("shown", "page=mailbox")
	w.goesWrong("", 3) // before the first field: Why, and Fill in all
	w.key("ctrl+Return")
	w.await("shown", "page=test")
	w.key("Return") // Test again has the focus
	w.await("fence tested", "ok=true", "open=0")
	w.picture("a8-test")

	w.leadsTo("handover", "ctrl+Return")
	w.picture("a9-handover")
	w.key("ctrl+Return") // Save connection
	w.await("connection saved")
	w.await("shown", "page=home")
	w.picture("a10-home")
	w.close()
	select {
	case address := <-opened:
		t.Errorf("a browser was opened at %s", address)
	default:
	}
	checkSavedApplication(t, w.dir, v)
	holdsNoSecretFiles(t, w.dir, "8Q~")
}

// checkSavedApplication looks at what the walk left in the data folder.
func checkSavedApplication(t *testing.T, dir string, v practice.Values) {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	saved, err := s.Connections(t.Context())
	if err != nil || len(saved) != 1 {
		t.Fatalf("%d connections, %v", len(saved), err)
	}
	c := saved[0]
	if c.Name != "Digital Fax" || c.Product != "imagicle" || c.Mode != wizard.ModeAppOnly || c.ClientID != v.AppClientID ||
		c.ServicePrincipalID != v.ServicePrincipalID || c.Mailbox.Address != v.Address || c.Account != nil ||
		!slices.Equal(c.Reach, []string{v.Shared}) || !slices.Equal(c.Refuse, []string{v.Delegate}) {
		t.Errorf("saved: %+v", c)
	}
	if c.LastTest == nil || !c.LastTest.OK || len(c.Ticked) != 1 {
		t.Errorf("last test %+v, ticked %v", c.LastTest, c.Ticked)
	}
	if drafts, err := s.Drafts(t.Context()); err != nil || len(drafts) != 0 {
		t.Errorf("%d drafts are left, %v", len(drafts), err)
	}
}
