//go:build unix

package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pipeVariable makes this test binary the process whose standard output nobody reads.
const pipeVariable = "POSTKEY_CLI_TEST_PIPE"

// A pipe that nobody reads any more does not end a rotation in the middle: it
// comes to its end, leaves nothing behind, and is no success to a script.
func TestClosedPipe(t *testing.T) {
	if os.Getenv(pipeVariable) != "" {
		r := newRun(t)
		r.Out, r.Err = os.Stdout, os.Stderr
		os.Exit(r.Run(t.Context(), []string{"rotate", "--practice", "--debug"}))
	}
	read, written, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = read.Close()
	defer written.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestClosedPipe$")
	cmd.Env = append(os.Environ(), pipeVariable+"=1", "TMPDIR="+temporary)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = written, &said
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != ExitFailed || strings.Contains(said.String(), "pipe") {
		t.Errorf("%v\n%s", err, said.String())
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The programs that Postkey starts do not get the client secret with their environment.
func TestEnvironmentOfOthers(t *testing.T) {
	t.Setenv(secretVariable, "8Q~planted")
	t.Setenv("LANG", "it_IT.UTF-8")
	getenv := Environment()
	if getenv(secretVariable) != "8Q~planted" || getenv("LANG") != "it_IT.UTF-8" {
		t.Errorf("%q, %q", getenv(secretVariable), getenv("LANG"))
	}
	given, err := exec.CommandContext(t.Context(), "env").Output()
	if err != nil || strings.Contains(string(given), "planted") {
		t.Errorf("%s, %v", given, err)
	}
}

// Ctrl+C and SIGTERM end a command that reads a pipe to which nobody writes,
// before it is opened and after.
func TestImportOfASilentPipeIsCancelled(t *testing.T) {
	for _, command := range []string{"connect", "rotate"} {
		for _, opened := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
			r := newRun(t)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan int, 1)
			dir := t.TempDir()
			go func() { ended <- r.Run(ctx, []string{command, "--import", path, "--data", dir}) }()
			if opened {
				w, err := os.OpenFile(path, os.O_WRONLY, 0) // waits for the command
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
			}
			cancel()
			select {
			case status := <-ended:
				if status != ExitCancelled || r.err.String() != "postkey: cancelled\n" {
					t.Errorf("%s: exit status %d, %q", command, status, r.err.String())
				}
			case <-time.After(time.Minute):
				t.Fatalf("%s: it does not end", command)
			}
			if !opened { // lets the goroutine that waits go
				w, err := os.OpenFile(path, os.O_RDWR, 0)
				if err == nil {
					w.Close()
				}
			}
		}
	}
}
