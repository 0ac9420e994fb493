package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"postkey/internal/e2e/desktop"
	"postkey/internal/e2e/program"
)

// bare is an environment without a display, a keyring and a language.
func bare(home string) []string {
	return []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
}

func TestStartOnAServer(t *testing.T) {
	home := t.TempDir()
	version := program.Run(t.Context(), t, bare(home), "version")
	if version.Status != 0 || version.Err != "" || !strings.HasPrefix(version.Out, "postkey ") {
		t.Errorf("version: status %d, %q, standard error %q", version.Status, version.Out, version.Err)
	}
	window := program.Run(t.Context(), t, bare(home), "--data", filepath.Join(home, "data"))
	if window.Status != 4 || !strings.Contains(window.Err, "no display") || strings.Contains(window.Err, "goroutine") {
		t.Errorf("without a display: status %d, %q", window.Status, window.Err)
	}
	broken := program.Run(t.Context(), t, append(bare(home), "DISPLAY=:4242"), "--data", filepath.Join(home, "data"))
	if broken.Status != 4 || !strings.Contains(broken.Err, "postkey connect") || strings.Contains(broken.Err, "goroutine") {
		t.Errorf("with a display that is not there: status %d, %q", broken.Status, broken.Err)
	}
	practised := program.Run(t.Context(), t, bare(home), "check", "--practice")
	if practised.Status != 0 || !strings.Contains(practised.Out, "Practice inbox: works") {
		t.Errorf("check --practice: status %d\n%s%s", practised.Status, practised.Out, practised.Err)
	}
}

func TestNoKeyring(t *testing.T) {
	home := t.TempDir()
	values := filepath.Join(home, "values.json")
	if err := os.WriteFile(values, []byte(`{"version":1,"connections":[{"name":"A","product":"other","mode":"delegated","cloud":"worldwide",
"audience":"single","tenant_id":"11111111-2222-4333-8444-555555555555","client_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee","platform":"desktop",
"mailbox":{"address":"a@contoso.example"},"protocols":["imap"]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o := program.Run(t.Context(), t, bare(home), "connect", "--import", values, "--data", filepath.Join(home, "data"), "--json")
	r := readReport(t, o)
	if o.Status != 1 || len(r.Connections) != 1 || len(r.Connections[0].Findings) != 1 || r.Connections[0].Findings[0].ID != "keyring-missing" {
		t.Errorf("status %d\n%s%s", o.Status, o.Out, o.Err)
	}
}

// TestSecondWindow starts a second Postkey on the same data: it brings the window
// of the first one to the front, which goes on.
func TestSecondWindow(t *testing.T) {
	program.Build(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	d := desktop.Start(t, 1100, 800)
	home := t.TempDir()
	data := filepath.Join(home, "data")
	first := exec.CommandContext(ctx, program.Build(t), "--practice", "--data", data)
	first.Env = d.Env(home)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- first.Wait() }()
	w := d.Window(ctx, "^Postkey$")
	w.Minimize(ctx)
	second := program.Run(ctx, t, d.Env(home), "--practice", "--data", data)
	if second.Status != 0 || !strings.Contains(second.Err, "brought to the front") {
		t.Errorf("the second one: %+v", second)
	}
	d.Window(ctx, "^Postkey$") // seen again

	// What it was to import would be lost: it says that the other one is open.
	values := filepath.Join(home, "values.json")
	if err := os.WriteFile(values, []byte(oneConnection), 0o600); err != nil {
		t.Fatal(err)
	}
	third := exec.CommandContext(ctx, program.Build(t), "--data", data, "--import", values)
	third.Env = d.Env(home)
	if err := third.Start(); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- third.Wait() }()
	held := d.WindowOf(ctx, third.Process.Pid)
	time.Sleep(500 * time.Millisecond) // until it listens to the keyboard
	held.Key(ctx, "Return")
	if err := <-closed; err == nil || third.ProcessState.ExitCode() != 1 {
		t.Errorf("the third one ended with %v", err)
	}
	select {
	case err := <-ended:
		t.Errorf("the first one ended: %v", err)
	default:
	}
}

// oneConnection is a values file.
const oneConnection = `{"version":1,"connections":[{"name":"A","product":"other","mode":"delegated","cloud":"worldwide",
"audience":"single","tenant_id":"11111111-2222-4333-8444-555555555555","client_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee","platform":"desktop",
"mailbox":{"address":"a@contoso.example"},"protocols":["imap"]}]}`

// TestWithoutOpenGL starts where no driver can be loaded: the ways on are named
// before a window is tried, and nothing crashes.
func TestWithoutOpenGL(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	home := t.TempDir()
	env := append(desktop.Start(t, 1100, 800).Env(home), "LIBGL_DRIVERS_PATH="+filepath.Join(home, "nowhere"))
	data := filepath.Join(home, "data")
	o := program.Run(ctx, t, env, "--practice", "--data", data)
	for _, want := range []string{"OpenGL 2.1 is missing", "1. ", "2. install Mesa", "3. run postkey connect"} {
		if !strings.Contains(o.Err, want) {
			t.Errorf("it does not say %q:\n%s", want, o.Err)
		}
	}
	if o.Status != 4 || strings.Contains(o.Err, "goroutine") || strings.Contains(o.Err, "Please report this") {
		t.Errorf("status %d\n%s", o.Status, o.Err)
	}
	if asked := program.Run(ctx, t, env, "version", "--graphics"); asked.Status != 4 || !strings.Contains(asked.Err, "OpenGL 2.1 is missing") {
		t.Errorf("version --graphics: %+v", asked)
	}
	if crashes, _ := filepath.Glob(filepath.Join(data, "crashes", "*")); len(crashes) > 0 {
		t.Errorf("it crashed: %q", crashes)
	}
}

// TestCrash ends the program as a fault in it would: the report holds where it
// was and nothing else, and the next start offers it once.
func TestCrash(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	d := desktop.Start(t, 1100, 800)
	home, dir := t.TempDir(), t.TempDir()
	start := func() *walk {
		w := &walk{t: t, ctx: ctx, dir: dir}
		w.start(d.Env(home), "--practice")
		return w
	}
	first := start()
	if err := first.process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-first.ended
	var reports []string
	for len(reports) == 0 {
		reports, _ = filepath.Glob(filepath.Join(dir, "crashes", "crash-*.txt"))
		if ctx.Err() != nil {
			t.Fatal("no report was written")
		}
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond) // until it is whole
	report, err := os.ReadFile(reports[0])
	if err != nil || !strings.Contains(string(report), "\nmain.main(…)\n") || strings.Contains(string(report), "{0x") {
		t.Errorf("the report: %v\n%s", err, report)
	}
	holdsNoSecretFiles(t, dir, "8Q~")

	second := start()
	second.await("shown", "page=crash")
	second.window = d.Window(ctx, "^Postkey$")
	second.key("Escape")
	second.close()
	third := start()
	if third.comes(2*time.Second, []string{"shown", "page=crash"}) {
		t.Error("the same crash is told twice")
	}
	third.window = d.Window(ctx, "^Postkey$")
	third.close()
}
