package e2e

import (
	"context"
	"os"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/internal/e2e/program"
	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
)

// TestFaultOfTheBanner lets a message be lost on purpose, chosen in the banner
// of the real window with the keyboard: the test says so, and sooner than it
// would with Microsoft.
func TestFaultOfTheBanner(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	d := desktop.Start(t, 1100, 800)
	browser, opened := program.Browser(t)
	w := &walk{t: t, ctx: ctx, dir: t.TempDir(), shots: os.Getenv("POSTKEY_SHOTS")}
	v := practiceValues(t)
	draft := wizard.NewDraft(time.Now())
	draft.Name, draft.Cloud, draft.Step = "Support inbox", practice.CloudID, wizard.StepSecret
	draft.TenantID, draft.ClientID, draft.RedirectHost, draft.SecretExpires = v.TenantID, v.ClientID, v.RedirectHost, v.SecretExpires
	draft.Mailbox = store.Mailbox{Address: v.Address, Key: "SUPPT"}
	kept, err := store.Open(w.dir)
	if err == nil {
		err = (&wizard.Workbench{Store: kept}).SaveDraft(ctx, draft)
	}
	if err != nil {
		t.Fatal(err)
	}

	w.started(d, t.TempDir(), browser)
	w.menuOf(practice.FaultNeverArrives, 1) // before New connection
	w.picture("13-practice-menu")
	w.key("Return")
	w.await("practice", "fault=never-arrives")
	w.key("Tab", "Tab", "Return") // Go on
	w.await("shown", "page=secret")
	w.typed("x")
	w.key("Tab", "Tab", "Return") // past Reveal: Use practice value
	w.key("ctrl+Return")
	w.await("shown", "page=permissions")
	w.key("ctrl+Return")
	w.await("shown", "page=signin")
	w.key("Return")
	select {
	case address := <-opened:
		if _, err := practice.NewRobot(v.Address, nil).Browse(ctx, address); err != nil {
			t.Fatalf("the browser: %v", err)
		}
	case <-ctx.Done():
		t.Fatal("the browser was not opened")
	}
	w.await("signed in", v.Address)
	w.key("ctrl+Return")
	w.await("shown", "page=mailbox")
	w.key("ctrl+Return")
	w.await("shown", "page=test")
	begun := time.Now()
	w.key("Return")
	w.await("finding", "id=message-not-arrived")
	w.await("tested", "ok=false")
	if took := time.Since(begun); took > 100*time.Second {
		t.Errorf("it waits %v, as long as with Microsoft", took)
	}
	w.picture("14-practice-fault")
	w.close()
}
