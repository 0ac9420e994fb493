package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/internal/e2e/program"
	"postkey/internal/e2e/tmux"
	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
)

// TestConnectInTheTerminal begins a connection by questions in a real terminal,
// with wrong answers, Back and Ctrl+C, goes on with it in the window, and ends it
// in the terminal.
func TestConnectInTheTerminal(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	d := desktop.Start(t, 1100, 800)
	w := &walk{t: t, ctx: ctx, dir: t.TempDir()}
	home := t.TempDir()
	v := practiceValues(t)
	browser, opened := program.Browser(t)
	connect := func() *tmux.Terminal {
		return tmux.Start(ctx, t, 100, 60, append(d.Env(home), browser, "LANG=en_US.UTF-8"),
			program.Build(t), "connect", "--practice", "--data", w.dir)
	}

	s := connect()
	s.Await("Step 1 of 9: Application")
	s.Await("Number [1]:")
	s.Answer("seven")
	s.Await("Type a number from 1 to 3")
	s.Answer("<")
	s.Await("This is the first question.")
	s.Answer("1")
	s.Await("Who signs in")
	s.Answer("?")
	s.Await("Each product wants other values")
	s.Answer("")
	s.Await("What the application uses")
	s.Answer("")
	s.Await("Connection name")
	s.Answer("Support inbox")
	s.Await("Step 2 of 9")
	s.Await("Supported account types")
	s.Answer("<")
	s.Await("[Support inbox] >")
	s.Answer("Fax inbox")
	s.Await("Supported account types")
	s.Answer("")
	s.Await("Application (client) ID")
	s.Answer("not an ID")
	s.Await("There is a space inside the ID")
	s.Key("C-c")
	s.Await("Every answer up to here is kept. Go on with postkey connect --practice --data")
	if status := s.Status(); status != 3 {
		t.Errorf("Ctrl+C ends it with status %d", status)
	}
	left := w.drafts()
	if len(left) != 1 || left[0].Name != "Fax inbox" || left[0].Step != wizard.StepRegistration || left[0].ClientID != "not an ID" {
		t.Fatalf("kept: %+v", left)
	}

	w.started(d, home)
	w.key(tabs(1)...) // Go on
	w.key("Return")
	w.await("shown", "page=registration")
	w.key("ctrl+a") // what was wrong is there to be corrected
	w.typed(v.ClientID)
	w.key("Return")
	w.typed(v.TenantID)
	w.key("ctrl+Return")
	w.await("shown", "page=redirect")
	inUse := tmux.Start(ctx, t, 100, 20, append(d.Env(home), "LANG=en_US.UTF-8"), program.Build(t), "connect", "--practice", "--data", w.dir)
	inUse.Await("A window of Postkey is open on this data folder")
	if status := inUse.Status(); status != 1 {
		t.Errorf("beside the window it ends with status %d", status)
	}
	w.close()

	s = connect()
	s.Await("Unfinished connections")
	s.Await("Fax inbox [Go on] Step 3 of 9, Redirect URI")
	s.Answer("")
	s.Await("Platform")
	s.Answer("")
	s.Await("Host of your XCALLY Motion server")
	s.Answer("https://" + v.RedirectHost + "/somewhere")
	s.Await("https://" + v.RedirectHost + "/api/cloudProviders/oauth2/microsoft/callback")
	s.Answer("")
	s.Await("What the application proves itself with")
	s.Answer("")
	s.Await("Client secret (Value)")
	s.Await("Enter takes the client secret of the practice tenant. >")
	secret := "planted~secret.no.good"
	s.Answer(secret + " x")
	s.Await("There is white space in the secret")
	s.Await(">")
	s.Answer("") // the practice tenant's, which is another one at each start
	s.Await("Kept in the keyring")
	s.Await("Expires")
	s.Answer("6")
	s.Await("Step 5 of 9")
	s.Await("Enter to go on:")
	s.Answer("")
	s.Await("Ask an administrator for consent")
	s.Answer("")
	s.Await("Step 6 of 9")
	s.Await("Number [1]:")
	s.Answer("")
	s.Await("Open this address")
	select {
	case address := <-opened:
		if _, err := practice.NewRobot(v.Address, nil).Browse(ctx, address); err != nil {
			t.Fatal(err)
		}
	case <-ctx.Done():
		t.Fatalf("no browser was opened:\n%s", s.Screen())
	}
	s.Await(v.Address + " has signed in")
	s.Answer("")
	s.Await("Email address")
	s.Answer("")
	s.Await("Display name (optional)")
	s.Answer("")
	s.Await("[SUPPO] >")
	s.Answer("")
	s.Await("Default list (optional)")
	s.Answer("")
	s.Await("Step 8 of 9")
	s.Await("Number [1]:")
	s.Answer("")
	s.Await("Everything works")
	s.Await("Step 9 of 9")
	s.Await(v.ClientID)
	s.Await("All values are there")
	s.Answer("")
	s.Await("Fax inbox is saved.")
	if status := s.Status(); status != 0 {
		t.Errorf("it ends with status %d", status)
	}
	if strings.Contains(s.Text(), secret) {
		t.Error("the secret is on the screen")
	}
	holdsNoSecretFiles(t, w.dir, secret)
	kept, err := store.Open(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	all, err := kept.Connections(ctx)
	if err != nil || len(all) != 1 || all[0].Name != "Fax inbox" || all[0].ID != left[0].ID || all[0].LastTest == nil || !all[0].LastTest.OK {
		t.Errorf("saved: %+v, %v", all, err)
	}
	if rest := w.drafts(); len(rest) != 0 {
		t.Errorf("%d drafts are left", len(rest))
	}
}
