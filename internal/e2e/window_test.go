package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/internal/e2e/program"
	"postkey/internal/practice"
	"postkey/store"
)

// walk is the real window with a keyboard in front of it.
type walk struct {
	t      *testing.T
	ctx    context.Context
	window *desktop.Window
	dir    string // the data folder
	read   int    // how much of the log has been looked at
	shots  string // where pictures go; empty: none are made
	ended  chan error
	said   *strings.Builder // by the program, on its outputs; read it after ended

	process *os.Process
}

// start runs Postkey with its log on and waits for its first page. At the end of
// the time it tells where each goroutine is, before it is killed.
func (w *walk) start(env []string, args ...string) *exec.Cmd {
	w.t.Helper()
	cmd := exec.CommandContext(w.ctx, program.Build(w.t), append([]string{"--debug", "--data", w.dir}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = env
	w.said = new(strings.Builder)
	cmd.Stdout, cmd.Stderr = w.said, w.said
	w.read = len(w.log())
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	w.ended, w.process = ended, cmd.Process
	go func() { ended <- cmd.Wait() }()
	w.await("shown", "page=home")
	return cmd
}

// close closes the window by the keyboard and fails the test unless Postkey ends
// well. The window manager gives its keys to the window that has the focus, and
// for a moment that can be none: a request that Postkey has not heard is repeated.
func (w *walk) close() {
	w.t.Helper()
	for w.window.Close(w.ctx); !w.comes(5*time.Second, []string{"closing"}); w.window.Close(w.ctx) {
		if w.ctx.Err() != nil {
			w.picture("stuck")
			w.t.Fatalf("the window did not close:\n%s", w.log())
		}
	}
	if err := <-w.ended; err != nil {
		w.t.Errorf("Postkey ended with %v\n%s\n%s", err, w.said, w.log())
	}
	if said := w.said.String(); strings.Contains(said, "DATA RACE") || strings.Contains(said, "panic") {
		w.t.Error(said)
	}
}

// await waits for a line of the debug log that comes after all that was awaited
// before, and holds all words.
func (w *walk) await(words ...string) {
	w.t.Helper()
	for !w.comes(time.Minute, words) {
		if w.ctx.Err() != nil {
			w.picture("stuck")
			w.t.Fatalf("the log never said %q:\n%s", words, w.log())
		}
	}
}

// leadsTo presses keys until the page is shown: what they stand for may not be
// there yet, although the work that it waits for is done.
func (w *walk) leadsTo(page string, keys ...string) {
	w.t.Helper()
	for w.key(keys...); !w.comes(4*time.Second, []string{"shown", "page=" + page}); w.key(keys...) {
		if w.ctx.Err() != nil {
			w.picture("stuck")
			w.t.Fatalf("%q never led to %s:\n%s", keys, page, w.log())
		}
	}
}

func (w *walk) log() string {
	data, _ := os.ReadFile(filepath.Join(w.dir, "logs", "postkey.log"))
	return string(data)
}

// comes reports whether the line of await comes within the time, and takes it.
func (w *walk) comes(within time.Duration, words []string) bool {
	w.t.Helper()
	limit := time.After(within)
	for {
		data := w.log()
		at := w.read
		for at < len(data) {
			end := strings.IndexByte(data[at:], '\n')
			if end < 0 {
				break
			}
			line := data[at : at+end]
			at += end + 1
			if all(line, words) {
				w.read = at
				return true
			}
		}
		select {
		case err := <-w.ended:
			w.t.Fatalf("Postkey ended before the log said %q: %v\n%s\n%s", words, err, w.said, data)
		case <-w.ctx.Done():
			return false
		case <-limit:
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func all(line string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(line, word) {
			return false
		}
	}
	return true
}

func (w *walk) key(keys ...string) {
	w.t.Helper()
	time.Sleep(200 * time.Millisecond) // as a hand would; lets the window draw the new page
	w.window.Key(w.ctx, keys...)
}

func (w *walk) typed(text string) { w.t.Helper(); w.window.Type(w.ctx, text) }

func (w *walk) picture(name string) {
	if w.shots != "" && w.window != nil {
		time.Sleep(time.Second) // drawn in software, a page takes its time
		w.window.Picture(context.WithoutCancel(w.ctx), filepath.Join(w.shots, name+".png"))
	}
}

// goesWrong chooses what goes wrong in the practice tenant, the empty fault
// nothing, in the banner, whose button is so many steps back from the focus.
func (w *walk) goesWrong(fault practice.Fault, back int) {
	w.t.Helper()
	w.menuOf(fault, back)
	w.key("Return")
	w.await("msg=practice ", "fault="+cmp.Or(string(fault), `""`))
}

// menuOf opens the menu of goesWrong at the fault, without choosing it.
func (w *walk) menuOf(fault practice.Fault, back int) {
	w.t.Helper()
	keys := slices.Repeat([]string{"shift+Tab"}, back)
	keys = append(keys, "Return", "Down")
	group, at := "", 0
	for _, f := range practice.Faults() {
		if fault == "" {
			break
		}
		if key := f.Group().Key; key != group {
			keys, group, at = append(keys, "Down"), key, 0
		}
		if f == fault {
			keys = append(append(keys, "Right"), slices.Repeat([]string{"Down"}, at)...)
			break
		}
		at++
	}
	w.key(keys...)
}

// TestWizardByKeyboard walks the nine steps in the real window on the practice
// tenant, with the keyboard alone; the browser is a robot.
func TestWizardByKeyboard(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	d := desktop.Start(t, 1100, 800)
	browser, opened := program.Browser(t)
	w := &walk{t: t, ctx: ctx, dir: t.TempDir(), shots: os.Getenv("POSTKEY_SHOTS")}
	w.start(append(d.Env(t.TempDir()), browser, "FYNE_THEME=light", "GORACE=halt_on_error=1 exitcode=66"), "--practice")
	w.window = d.Window(ctx, "^Postkey$")
	w.key("Return") // New connection has the focus
	w.await("shown", "page=application")
	w.picture("1-application")
	w.key("ctrl+Return") // refused: the name is missing, and its field gets the focus
	w.typed("Support inbox")
	w.key("ctrl+Return")

	w.await("shown", "page=registration")
	v := practiceValues(t)
	w.typed("{" + v.ClientID[:30]) // cut short
	w.key("ctrl+Return")
	w.picture("2-registration-wrong")
	w.key("ctrl+a")
	w.typed(v.ClientID)
	w.key("Return") // goes on to the next field
	w.typed(v.TenantID)
	w.picture("2-registration")
	w.key("ctrl+Return")

	w.await("shown", "page=redirect")
	w.key("alt+Left") // Back is always safe
	w.await("shown", "page=registration")
	w.key("ctrl+Return")
	w.await("shown", "page=redirect")
	w.key("ctrl+Return") // refused: the host is missing, and its field gets the focus
	w.typed(v.RedirectHost)
	w.picture("3-redirect")
	w.key("ctrl+Return")

	w.await("shown", "page=secret")
	w.typed("0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22") // the Secret ID
	w.key("ctrl+Return")
	w.picture("4-secret-wrong")
	w.key("ctrl+a")
	w.typed("x")
	w.key("Tab", "Tab", "Return") // past Reveal: Use practice value
	w.key("ctrl+Return")          // refused: the date is missing, and its field gets the focus
	w.typed(time.Now().AddDate(0, 6, 0).Format("2006-01-02"))
	w.picture("4-secret")
	w.key("ctrl+Return")

	w.await("shown", "page=permissions")
	w.key("space") // ticks the first permission
	w.picture("5-permissions")
	w.key("ctrl+Return")

	w.await("shown", "page=signin")
	w.key("Return") // Sign in with Microsoft has the focus
	select {
	case address := <-opened:
		w.picture("6-signin-waiting")
		if _, err := practice.NewRobot(v.Address, nil).Browse(ctx, address); err != nil {
			t.Fatalf("the browser: %v", err)
		}
	case <-ctx.Done():
		t.Fatal("the browser was not opened")
	}
	w.await("signed in", v.Address)
	w.picture("6-signin")
	w.leadsTo("mailbox", "ctrl+Return")
	w.key("ctrl+Return") // refused: XCALLY wants a key, and its field gets the focus
	w.typed("SUPPT")
	w.picture("7-mailbox")
	w.key("ctrl+Return")

	w.await("shown", "page=test")
	w.goesWrong(practice.FaultSMTPMailboxOff, 6) // before the first button: Check, Save and close, Back, and the help
	w.key("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Return")
	w.await("tested", "ok=false")
	w.picture("8-test-failed")
	w.key("alt+Left")
	w.await("shown", "page=mailbox")
	w.goesWrong("", 3) // before the first field: Why, and Fill in all
	w.key("ctrl+Return")
	w.await("shown", "page=test")
	w.key("Return") // Test again has the focus
	w.await("tested", "ok=true")
	w.picture("8-test")

	w.leadsTo("handover", "ctrl+Return")
	w.picture("9-handover")
	w.key("ctrl+Return") // Save connection
	w.await("connection saved")
	w.await("shown", "page=home")
	w.picture("10-home")

	w.close()
	checkSaved(t, w.dir, v)
	// The practice tenant's secret is made at its start; this is in the middle of each.
	holdsNoSecretFiles(t, w.dir, "8Q~")
}

// checkSaved looks at what the walk left in the data folder.
func checkSaved(t *testing.T, dir string, v practice.Values) {
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
	if c.Name != "Support inbox" || c.ClientID != v.ClientID || c.TenantID != v.TenantID ||
		c.RedirectHost != v.RedirectHost || c.Mailbox.Address != v.Address || c.Mailbox.Key != "SUPPT" {
		t.Errorf("saved: %+v", c)
	}
	if c.Account == nil || c.Account.Username != v.Address {
		t.Errorf("account: %+v", c.Account)
	}
	if c.LastTest == nil || !c.LastTest.OK {
		t.Errorf("last test: %+v", c.LastTest)
	}
	if len(c.Ticked) != 1 {
		t.Errorf("ticked permissions: %v", c.Ticked)
	}
	if drafts, err := s.Drafts(t.Context()); err != nil || len(drafts) != 0 {
		t.Errorf("%d drafts are left, %v", len(drafts), err)
	}
	data, err := json.Marshal(c)
	if err != nil || strings.Contains(string(data), "Q~") {
		t.Errorf("the record holds the client secret: %s, %v", data, err)
	}
}

// practiceValues are the same in every practice tenant, but for the secret.
func practiceValues(t *testing.T) practice.Values {
	t.Helper()
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	return tenant.Values()
}
