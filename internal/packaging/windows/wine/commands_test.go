//go:build wine

package wine

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestCommands runs what needs no window, with what it prints redirected, and
// from a console that it shares.
func TestCommands(t *testing.T) {
	m := newMachine(t)
	exe, _ := m.put(dist(t, "*-windows-amd64.exe"), "Tools/Postkey.exe")

	version := m.run(nil, exe, "version")
	want := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(dist(t, "*-windows-amd64.exe")), "Postkey-"), "-windows-amd64.exe")
	if version.Status != 0 || !strings.HasPrefix(version.Out, "postkey "+want+" (commit ") || strings.Contains(version.Out, "unknown") {
		t.Errorf("version: %+v", version)
	}
	if wrong := m.run(nil, exe, "--nonsense"); wrong.Status != 2 || !strings.Contains(wrong.Err, "nonsense") {
		t.Errorf("wrong use: %+v", wrong)
	}
	checked := m.run(nil, exe, "check", "--practice", "--json")
	var report struct {
		OK bool `json:"ok"`
	}
	if err := json.Unmarshal([]byte(checked.Out), &report); err != nil || checked.Status != 0 {
		t.Errorf("check --practice: %v, %+v", err, checked)
	}
	explained := m.run(nil, exe, "explain", "AADSTS7000215: Invalid client secret provided.")
	if !strings.Contains(explained.Out, "secret") {
		t.Errorf("explain: %+v", explained)
	}
	if rotated := m.run(nil, exe, "rotate", "--practice"); rotated.Status != 0 || !strings.Contains(rotated.Out, "works") {
		t.Errorf("rotate --practice: %+v", rotated)
	}
	if none := m.run(nil, exe, "check", "no such connection"); none.Status == 0 {
		t.Errorf("check of an unknown name: %+v", none)
	}
	m.testConsole(exe)
}

// testConsole starts the program as a console does, without redirecting what it
// prints, in a console that is shown in a terminal of this computer.
func (m *machine) testConsole(exe string) {
	m.t.Helper()
	batch := strings.Join([]string{
		"@echo off", "start /wait " + exe + " version", "echo status %errorlevel%",
		"start /wait " + exe + " --nonsense", "echo status %errorlevel%", "",
	}, "\r\n")
	if err := os.WriteFile(filepath.Join(m.drive, "console.bat"), []byte(batch), 0o644); err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.CommandContext(m.ctx, "script", "-q", "-e", "-c", `wine cmd /c 'C:\console.bat'`, "/dev/null")
	cmd.Env = append(append([]string(nil), m.env...), "TERM=xterm")
	out, err := cmd.CombinedOutput()
	for _, want := range []string{"postkey ", "(commit ", "status 0", "nonsense", "status 2"} {
		if !strings.Contains(string(out), want) {
			m.t.Errorf("the console does not show %q (%v):\n%s", want, err, out)
		}
	}
}

// TestQuestions: a command that asks opens a console window of its own, in which
// it is answered, and keeps the answers when it is cancelled.
func TestQuestions(t *testing.T) {
	m := newMachine(t)
	exe, _ := m.put(dist(t, "*-windows-amd64.exe"), "Tools/Postkey.exe")
	batch := "@echo off\r\nstart /wait " + exe + " connect --practice --debug --data C:\\data\r\necho status %errorlevel%\r\n"
	if err := os.WriteFile(filepath.Join(m.drive, "walk.bat"), []byte(batch), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(m.ctx, "script", "-q", "-e", "-c", `wine cmd /c 'C:\walk.bat'`, "/dev/null")
	cmd.Env = append(append([]string(nil), m.env...), "TERM=xterm")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	own := m.desktop.Window(m.ctx, "Postkey.exe$")
	time.Sleep(2 * time.Second) // until it asks
	for range 2 {               // XCALLY Motion, a user's own mailbox
		own.Key(m.ctx, "1", "Return")
		time.Sleep(500 * time.Millisecond)
	}
	m.picture(own, "windows-console")
	own.Key(m.ctx, "ctrl+c")
	_ = cmd.Wait() // cmd's own status is that of echo
	if !strings.Contains(out.String(), "status 3") {
		t.Errorf("after Ctrl+C:\n%s", out.String())
	}
	drafts, _ := filepath.Glob(filepath.Join(m.drive, "data", "drafts", "*.json"))
	if len(drafts) != 1 {
		t.Errorf("the answers were not kept: %q", drafts)
	}
}

// complaint is what a test says itself. The rest that makes one fail is from
// cleaning up: Wine 8 lacks the way of deleting that os.RemoveAll uses.
var complaint = regexp.MustCompile(`(?m)^ +\w+_test\.go:\d+: .*$|^panic: .*$`)

// TestPackages runs tests that were built for Windows: the vault with values of
// 8 KiB through the Credential Manager, the report of a crash, the second start,
// and the proxy of the system, read from the registry and asked.
func TestPackages(t *testing.T) {
	m := newMachine(t)
	for name, one := range map[string]string{
		"vault": "TestCredentialManager", "crash": "TestReport", "instance": "TestRaise",
		"oauth": "TestSystemProxyOfTheComputer", "preflight": "TestWindowsProxy",
	} {
		exe, _ := m.put(filepath.Join(given(t, "POSTKEY_TESTS"), name+".test.exe"), name+"/"+name+".test.exe")
		args := []string{"-test.v"}
		if name == "oauth" { // the rest of it asks nothing of Windows
			args = append(args, "-test.run", "^TestSystemProxy")
		}
		o := m.run(nil, exe, args...)
		if !regexp.MustCompile(`(?m)^--- (PASS|FAIL): `+one+` `).MatchString(o.Out) || complaint.MatchString(o.Out) {
			t.Errorf("%s: status %d\n%s%s", name, o.Status, o.Out, o.Err)
		}
	}
}
