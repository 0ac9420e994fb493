//go:build wine

package wine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/internal/practice"
)

// walk is the window with a keyboard in front of it.
type walk struct {
	*machine
	window *desktop.Window
	data   string // the data folder
	read   int    // how much of the log has been looked at
	ended  chan error
}

// await waits for a line of the debug log, after those that were awaited before,
// that holds all words.
func (w *walk) await(words ...string) {
	w.t.Helper()
	w.until(strings.Join(words, " "), func() bool {
		select {
		case err := <-w.ended:
			w.t.Fatalf("Postkey ended before the log said %q: %v", words, err)
		default:
		}
		log, _ := os.ReadFile(filepath.Join(w.data, "logs", "postkey.log"))
		for line := range strings.Lines(string(log[min(w.read, len(log)):])) {
			w.read += len(line)
			all := true
			for _, word := range words {
				all = all && strings.Contains(line, word)
			}
			if all {
				return true
			}
		}
		return false
	})
}

func (w *walk) key(keys ...string) {
	w.t.Helper()
	time.Sleep(600 * time.Millisecond) // as a slow hand would; lets the window draw the new page
	w.window.Key(w.ctx, keys...)
}

func (w *walk) typed(text string) { w.t.Helper(); w.window.Type(w.ctx, text) }

func (w *walk) shows(name string) { w.t.Helper(); w.picture(w.window, name) }

// start starts the window on the practice tenant.
func (m *machine) start(exe string, env ...string) (*exec.Cmd, chan error) {
	m.t.Helper()
	cmd := m.command(env, exe, "--practice", "--debug", "--data", `C:\data`)
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return cmd, ended
}

// TestWizard walks the nine steps by keyboard; the browser is a robot. On the way
// a second start raises the window, and at the end the next start has its size.
func TestWizard(t *testing.T) {
	m := newMachine(t)
	exe, _ := m.put(dist(t, "*-windows-amd64.exe"), "Tools/Postkey.exe")
	_, ended := m.start(exe)
	w := &walk{machine: m, data: filepath.Join(m.drive, "data"), ended: ended}
	w.await("shown", "page=home")
	w.window = m.desktop.Window(m.ctx, "^Postkey$")
	w.shows("windows-home")
	if o := m.run(nil, exe, "--practice", "--data", `C:\data`); o.Status != 0 {
		t.Errorf("a second start: %+v", o)
	}

	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := tenant.Values()
	if err := tenant.Close(); err != nil {
		t.Fatal(err)
	}
	w.key("Return")
	w.await("shown", "page=application")
	w.key("ctrl+Return") // refused: the name is missing, and its field gets the focus
	w.typed("Support inbox")
	w.key("ctrl+Return")
	w.await("shown", "page=registration")
	w.typed(v.ClientID)
	w.key("Return")
	w.typed(v.TenantID)
	w.shows("windows-registration")
	w.key("ctrl+Return")
	w.await("shown", "page=redirect")
	w.key("ctrl+Return")
	w.typed(v.RedirectHost)
	w.key("ctrl+Return")
	w.await("shown", "page=secret")
	w.typed("x")
	w.key("Tab", "Tab", "Return") // past Reveal: Use practice value
	w.key("ctrl+Return")          // refused: the date is missing, and its field gets the focus
	w.typed(time.Now().AddDate(0, 6, 0).Format("2006-01-02"))
	w.shows("windows-secret")
	w.key("ctrl+Return")
	w.await("shown", "page=permissions")
	w.key("ctrl+Return")
	w.await("shown", "page=signin")
	w.key("Return")
	select {
	case address := <-m.browsed:
		if _, err := practice.NewRobot(v.Address, nil).Browse(m.ctx, address); err != nil {
			t.Fatalf("the browser: %v", err)
		}
	case <-m.ctx.Done():
		m.stuck()
		t.Fatal("the browser was not opened")
	}
	w.await("signed in", v.Address)
	w.shows("windows-signin")
	w.key("ctrl+Return")
	w.await("shown", "page=mailbox")
	w.key("ctrl+Return")
	w.typed("SUPPT")
	w.key("ctrl+Return")
	w.await("shown", "page=test")
	w.key("Return")
	w.await("tested", "ok=true")
	w.shows("windows-test")
	w.key("ctrl+Return")
	w.await("shown", "page=handover")
	w.shows("windows-handover")
	w.key("ctrl+Return")
	w.await("connection saved")
	w.await("shown", "page=home")
	w.shows("windows-saved")
	w.window.Close(m.ctx)
	if err := <-ended; err != nil {
		t.Errorf("Postkey ended with %v", err)
	}
	saved, err := os.ReadFile(filepath.Join(w.data, "connections.json"))
	if err != nil || !strings.Contains(string(saved), v.Address) || strings.Contains(string(saved), "8Q~") {
		t.Errorf("saved: %v\n%s", err, saved)
	}
}

// TestWithoutOpenGL disables opengl32.dll: the system's message box says so, and
// the program ends with its own status, without a crash.
func TestWithoutOpenGL(t *testing.T) {
	m := newMachine(t)
	exe, _ := m.put(dist(t, "*-windows-amd64.exe"), "Tools/Postkey.exe")
	cmd := m.command([]string{"WINEDLLOVERRIDES=mscoree,mshtml,opengl32="}, exe, "--practice", "--data", `C:\data`)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	box := m.desktop.Window(m.ctx, "^Postkey cannot draw its window$")
	m.picture(box, "windows-no-opengl")
	box.Key(m.ctx, "Return")
	<-ended
	if status := cmd.ProcessState.ExitCode(); status != 4 {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{"OpenGL 2.1 is missing", "opengl32.dll", `C:\Tools`, "postkey connect"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("standard error does not say %q:\n%s", want, said.String())
		}
	}
	if strings.Contains(said.String(), "goroutine") || exists(filepath.Join(m.drive, "data", "crashes")) {
		t.Errorf("it crashed:\n%s", said.String())
	}
	o := m.run([]string{"WINEDLLOVERRIDES=mscoree,mshtml,opengl32="}, exe, "check", "--practice")
	if o.Status != 0 {
		t.Errorf("check --practice without OpenGL: %+v", o)
	}
}
