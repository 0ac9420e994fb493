package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// TestSecondWindow starts a second Postkey on the same data: it says so, and
// the first one goes on.
func TestSecondWindow(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d := desktop.Start(t, 1100, 800)
	home := t.TempDir()
	data := filepath.Join(home, "data")
	start := func() (*exec.Cmd, chan error) {
		cmd := exec.CommandContext(ctx, program.Build(t), "--practice", "--data", data)
		cmd.Env = d.Env(home)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		return cmd, ended
	}
	_, first := start()
	d.Window(ctx, "^Postkey$")
	second, closed := start()
	w := d.WindowOf(ctx, second.Process.Pid)
	time.Sleep(500 * time.Millisecond) // until it listens to the keyboard
	w.Key(ctx, "Return")
	if err := <-closed; err == nil || second.ProcessState.ExitCode() != 1 {
		t.Errorf("the second one ended with %v", err)
	}
	select {
	case err := <-first:
		t.Errorf("the first one ended: %v", err)
	default:
	}
}
