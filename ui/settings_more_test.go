package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// The log tells more at once, and at the next start.
func TestDebugLog(t *testing.T) {
	r := newRig(t, rigOptions{})
	var set []bool
	r.opts.SetDebug = func(on bool) { set = append(set, on) }
	r.show(newSettings(r.App))
	s := r.screen.(*settings)
	if s.log.Selected() != "" {
		t.Errorf("at the first start the log is %q", s.log.Selected())
	}
	s.log.Choose(logMore)
	r.settled()
	kept, err := r.bench.Store.Settings(t.Context())
	must(t, err)
	if !kept.Debug || len(set) != 1 || !set[0] {
		t.Errorf("kept %+v, set %v", kept, set)
	}
	again := newRig(t, rigOptions{dir: r.dir})
	again.Show()
	again.show(newSettings(again.App))
	if got := again.screen.(*settings).log.Selected(); got != logMore {
		t.Errorf("the next start shows %q", got)
	}
	again.screen.(*settings).log.Choose("")
	again.settled()
	if kept, err := again.bench.Store.Settings(t.Context()); err != nil || kept.Debug {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

func TestDataFolderIsOpened(t *testing.T) {
	r := newRig(t, rigOptions{})
	opened := make(chan string, 1)
	r.opts.OpenURL = func(address string) error { opened <- address; return nil }
	r.show(newSettings(r.App))
	r.sees(r.dir)
	test.Tap(r.button("Open folder"))
	if got := <-opened; !strings.HasPrefix(got, "file://") || !strings.HasSuffix(got, filepath.ToSlash(r.dir)) {
		t.Errorf("opened %q", got)
	}
}

// filled puts a connection and a draft with their secrets into the data folder,
// and files of every other kind.
func (r *rig) filled() []string {
	r.t.Helper()
	c := someConnections(r.clock)[0]
	must(r.t, r.bench.Store.Put(r.t.Context(), c))
	must(r.t, r.bench.PutSecret(r.t.Context(), c.ID, oauth.NewSecret("first")))
	d := r.atStep(wizard.StepSecret)
	must(r.t, r.bench.SaveDraft(r.t.Context(), d))
	must(r.t, r.bench.PutSecret(r.t.Context(), d.ID, oauth.NewSecret("second")))
	must(r.t, r.bench.Store.PutSettings(r.t.Context(), store.Settings{Theme: themeDark, Debug: true}))
	for _, name := range []string{"logs/postkey.log", "crashes/crash-1.txt", "connections.json.damaged-20261122-101500"} {
		path := filepath.Join(r.dir, name)
		must(r.t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(r.t, os.WriteFile(path, []byte("x"), 0o600))
	}
	return []string{c.ID, d.ID}
}

// Forget everything asks twice, takes secrets and files, and says what is gone.
func TestForgetEverything(t *testing.T) {
	r := newRig(t, rigOptions{})
	ids := r.filled()
	r.Show()
	r.show(newSettings(r.App))
	r.button("Forget everything…").Tapped(nil)
	r.press(fyne.KeyEscape) // the first question changes nothing
	r.button("Forget everything…").Tapped(nil)
	test.Tap(r.button("Go on"))
	r.sees("Remove all of it now?")
	test.Tap(r.button("Cancel")) // nor does the second
	r.settled()
	if _, err := r.bench.Secret(t.Context(), ids[0]); err != nil {
		t.Fatalf("forgotten without a second yes: %v", err)
	}

	r.button("Forget everything…").Tapped(nil)
	test.Tap(r.button("Go on"))
	test.Tap(r.button("Forget everything"))
	r.until("it says what is gone", func() bool { return strings.Contains(r.texts(), "Everything is forgotten") })
	for _, want := range []string{"1 connection and 1 draft", "connections.json", "settings.json", "logs", "crashes", "damaged"} {
		r.sees(want)
	}
	r.shot("forgotten", windowSizes["-small"])
	for _, id := range ids {
		if _, err := r.bench.Secret(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the secret of %s is left: %v", id, err)
		}
	}
	if r.settings != (store.Settings{}) {
		t.Errorf("settings in use: %+v", r.settings)
	}
	r.window.Resize(fyne.NewSize(900, 600))
	r.close()
	for _, name := range []string{"connections.json", "settings.json", "drafts", "logs", "crashes"} {
		if _, err := os.Stat(filepath.Join(r.dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left after the end: %v", name, err)
		}
	}
}

// stubborn is a keyring that lets nothing be deleted.
type stubborn struct{ store.Vault }

func (stubborn) Delete(context.Context, string) error { return store.ErrKeyringLocked }

// What the keyring does not give up is said, and remembered for the next start.
func TestForgetEverythingFails(t *testing.T) {
	r := newRig(t, rigOptions{vault: stubborn{store.NewMemory()}})
	r.filled()
	r.Show()
	r.forgetAll()
	r.until("it says that something is left", func() bool { return strings.Contains(r.texts(), "Not everything could be removed") })
	r.sees("did not give up every secret")
	if left, err := r.bench.Store.Claims(t.Context()); err != nil || len(left) == 0 {
		t.Errorf("%d claims are left, %v", len(left), err)
	}
}

// The window has the size at the next start that it was closed with; one that
// makes no sense is not taken.
func TestWindowSizeIsRemembered(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.Show()
	r.window.Resize(fyne.NewSize(900, 640))
	r.close()
	kept, err := r.bench.Store.Settings(t.Context())
	must(t, err)
	if kept.Width != 900 || kept.Height != 640 {
		t.Fatalf("kept %+v", kept)
	}
	again := newRig(t, rigOptions{dir: r.dir})
	again.Show()
	if got := again.window.Canvas().Size(); got != fyne.NewSize(900, 640) {
		t.Errorf("the next start has %v", got)
	}
	must(t, again.bench.Store.PutSettings(t.Context(), store.Settings{Width: 9, Height: 90_000}))
	odd := newRig(t, rigOptions{dir: r.dir})
	odd.Show()
	if got := odd.window.Canvas().Size(); got != firstSize {
		t.Errorf("a size without sense gave %v", got)
	}
}

// A crash is told once, with the way to its report.
func TestCrashIsOffered(t *testing.T) {
	r := newRig(t, rigOptions{})
	opened := make(chan string, 1)
	r.opts.OpenURL = func(address string) error { opened <- address; return nil }
	told := 0
	r.opts.Crashes, r.opts.CrashesTold = filepath.Join(r.dir, "crashes"), func() error { told++; return nil }
	r.Show()
	r.sees("Postkey ended unexpectedly the last time")
	r.shot("crash", windowSizes["-small"])
	test.Tap(r.button("Open folder"))
	if got := <-opened; !strings.HasSuffix(got, "/crashes") {
		t.Errorf("opened %q", got)
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	r.press(fyne.KeyEscape)
	r.seesNot("ended unexpectedly")
}

// A second start raises the window, also one that is closing.
func TestRaise(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.Show()
	r.Raise()
	r.settled()
	r.Quit()
	r.Raise()
	r.until("the window closes", func() bool { return r.gone })
}
