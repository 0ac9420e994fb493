package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// started runs the window on the data folder of w, with more in its environment,
// and waits for Home.
func (w *walk) started(d *desktop.Desktop, home string, more ...string) *exec.Cmd {
	w.t.Helper()
	cmd := w.start(append(append(d.Env(home), more...), "FYNE_THEME=light", "GORACE=halt_on_error=1 exitcode=66"), "--practice")
	w.window = d.WindowOf(w.ctx, cmd.Process.Pid)
	return cmd
}

// drafts are those on the disk now, the one changed last first.
func (w *walk) drafts() []*wizard.Draft {
	w.t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		w.t.Fatal(err)
	}
	kept, err := store.Open(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	if damage := kept.Damaged(); len(damage) > 0 {
		w.t.Fatalf("damaged: %+v", damage)
	}
	bench := &wizard.Workbench{Catalog: cat, Store: kept, Vault: store.NewMemory()}
	drafts, err := bench.Drafts(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return drafts
}

// onDisk waits until the newest draft on the disk is as wanted.
func (w *walk) onDisk(what string, as func(*wizard.Draft) bool) {
	w.t.Helper()
	for {
		drafts := w.drafts()
		if len(drafts) > 0 && as(drafts[0]) {
			return
		}
		select {
		case <-w.ctx.Done():
			w.t.Fatalf("never on the disk: %s; %d drafts", what, len(drafts))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestResumeAfterKill kills the real program in the middle of typing and starts
// it again: Home offers both drafts, and the one that was open goes on at its
// step with its values.
func TestResumeAfterKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	d := desktop.Start(t, 1100, 800)
	w := &walk{t: t, ctx: ctx, dir: t.TempDir(), shots: os.Getenv("POSTKEY_SHOTS")}
	home := t.TempDir()
	v := practiceValues(t)

	cmd := w.started(d, home)
	w.key("Return") // New connection has the focus
	w.await("shown", "page=application")
	w.key("ctrl+Return") // refused: the name is missing, and its field gets the focus
	w.typed("First inbox")
	w.key("alt+Left") // Back on the first page leads Home
	w.await("shown", "page=home")
	w.key("Return")
	w.await("shown", "page=application")
	w.key("ctrl+Return")
	w.typed("Second inbox")
	w.key("ctrl+Return")
	w.await("shown", "page=registration")
	w.typed(v.ClientID)
	w.key("Return")

	// Typing goes on without a pause; a part of it is on the disk when the end
	// comes in the middle of a word.
	typing := exec.CommandContext(ctx, "xdotool", "type", "--clearmodifiers", "--delay", "110", v.TenantID)
	typing.Env = append(os.Environ(), d.Env(home)...)
	if err := typing.Start(); err != nil {
		t.Fatal(err)
	}
	w.onDisk("the begin of what is being typed", func(d *wizard.Draft) bool { return len(d.TenantID) >= 8 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	err := <-w.ended
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("Postkey was not killed but ended with %v\n%s", err, w.said)
	}
	if err := typing.Wait(); err != nil {
		t.Fatal(err)
	}
	left := w.drafts()
	if len(left) != 2 {
		t.Fatalf("%d drafts are left", len(left))
	}
	begun := left[0].TenantID
	if left[0].Name != "Second inbox" || left[0].ClientID != v.ClientID || left[0].Step != wizard.StepRegistration ||
		!strings.HasPrefix(v.TenantID, begun) || begun == v.TenantID {
		t.Fatalf("the draft on the disk is %+v", left[0])
	}
	if left[1].Name != "First inbox" || left[1].Step != wizard.StepApplication {
		t.Errorf("the other draft on the disk is %+v", left[1])
	}

	w.started(d, home)
	w.picture("11-resume-home")
	w.key(tabs(1)...) // Go on, of the draft changed last
	w.key("Return")
	w.await("shown", "page=registration")
	w.picture("12-resume-registration")
	w.key("Return") // over the client ID, which is whole
	w.key("End")
	w.typed(v.TenantID[len(begun):])
	w.key("ctrl+Return") // goes on only where both values are right
	w.await("shown", "page=redirect")
	w.key("alt+Left")
	w.await("shown", "page=registration")
	w.key("alt+Left")
	w.await("shown", "page=application")
	w.key("alt+Left")
	w.await("shown", "page=home")
	w.key(tabs(3)...) // past Go on and Discard of the second: Go on, of the first
	w.key("Return")
	w.await("shown", "page=application")
	w.key("ctrl+Return") // its name is there
	w.await("shown", "page=registration")

	w.close()
	var names []string
	for _, d := range w.drafts() {
		names = append(names, d.Name)
		if d.Name == "Second inbox" && (d.TenantID != v.TenantID || d.ClientID != v.ClientID) {
			t.Errorf("the second draft is %+v", d)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"First inbox", "Second inbox"}) {
		t.Errorf("the drafts are %q", names)
	}
}

// tabs is the Tab key n times.
func tabs(n int) []string {
	return slices.Repeat([]string{"Tab"}, n)
}
