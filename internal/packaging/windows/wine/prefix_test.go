//go:build wine

package wine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/internal/e2e/program"
)

// machine is a Windows under Wine with a desktop.
type machine struct {
	t       *testing.T
	ctx     context.Context
	desktop *desktop.Desktop
	home    string // on this computer
	env     []string
	drive   string // C:
	browsed <-chan string
}

// given is a file that test.sh names.
func given(t *testing.T, name string) string {
	t.Helper()
	path := os.Getenv(name)
	if path == "" {
		t.Fatalf("%s is not set: run make test-windows", name)
	}
	return path
}

// dist is the one file of the packages that fits the pattern.
func dist(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(given(t, "POSTKEY_DIST"), pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}

// newMachine makes a Windows of its own for a test.
func newMachine(t *testing.T) *machine {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	browser, browsed := program.Browser(t)
	m := &machine{t: t, ctx: ctx, desktop: desktop.Start(t, 1200, 900), home: t.TempDir(), browsed: browsed}
	prefix := filepath.Join(m.home, "prefix")
	m.drive = filepath.Join(prefix, "drive_c")
	m.env = append(m.desktop.Env(m.home), "WINEPREFIX="+prefix, "WINEARCH=win64", "WINEDEBUG=-all", browser,
		// No questions about what only .NET and HTML need.
		"WINEDLLOVERRIDES=mscoree,mshtml=", "FYNE_THEME=light")
	t.Cleanup(func() {
		end := exec.Command("wineserver", "-k")
		end.Env = m.env
		_ = end.Run()
		wait := exec.Command("wineserver", "-w")
		wait.Env = m.env
		_ = wait.Run()
	})
	m.unix("wineboot", "--init")
	m.unix("wine", "reg", "add", `HKCU\Software\Wine\WineBrowser`, "/v", "Browsers", "/d", strings.TrimPrefix(browser, "BROWSER="), "/f")
	prng := filepath.Join(m.drive, "windows", "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(prng); errors.Is(err, os.ErrNotExist) {
		copyFile(t, given(t, "POSTKEY_PRNG"), prng)
	}
	return m
}

// unix runs one of Wine's own programs to its end.
func (m *machine) unix(name string, args ...string) {
	m.t.Helper()
	cmd := exec.CommandContext(m.ctx, name, args...)
	cmd.Env = m.env
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// command is a program for Windows, with its arguments and more environment.
func (m *machine) command(env []string, exe string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(m.ctx, "wine", append([]string{exe}, args...)...)
	cmd.Env = append(append([]string(nil), m.env...), env...)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run runs a program for Windows to its end.
func (m *machine) run(env []string, exe string, args ...string) program.Outcome {
	m.t.Helper()
	cmd := m.command(env, exe, args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatalf("%s %q: %v\n%s%s", exe, args, err, out.String(), stderr.String())
	}
	return program.Outcome{Status: cmd.ProcessState.ExitCode(), Out: plain(out.String()), Err: plain(stderr.String())}
}

func plain(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// put copies a file to C: and returns its path there, for Windows and for here.
func (m *machine) put(file, name string) (windows, here string) {
	m.t.Helper()
	here = filepath.Join(m.drive, name)
	copyFile(m.t, file, here)
	return `C:\` + strings.ReplaceAll(name, "/", `\`), here
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// users is the folder of the user on C:, with the rest of the path.
func (m *machine) users(rest ...string) string {
	m.t.Helper()
	found, _ := filepath.Glob(filepath.Join(m.drive, "users", "*", "AppData"))
	if len(found) != 1 {
		m.t.Fatalf("the users of C: have %q", found)
	}
	return filepath.Join(append([]string{filepath.Dir(found[0])}, rest...)...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// until waits until something holds.
func (m *machine) until(what string, holds func() bool) {
	m.t.Helper()
	for !holds() {
		select {
		case <-m.ctx.Done():
			m.stuck()
			m.t.Fatalf("never: %s", what)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// stuck keeps what is on the screen when something never came.
func (m *machine) stuck() {
	cmd := exec.Command("import", "-window", "root", filepath.Join(os.Getenv("POSTKEY_PICTURES"), "stuck.png"))
	cmd.Env = m.env
	_ = cmd.Run()
}

// picture keeps what a window looks like.
func (m *machine) picture(w *desktop.Window, name string) {
	m.t.Helper()
	time.Sleep(time.Second) // drawn in software, a page takes its time
	w.Picture(m.ctx, filepath.Join(given(m.t, "POSTKEY_PICTURES"), name+".png"))
}
