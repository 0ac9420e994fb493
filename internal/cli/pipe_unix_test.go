//go:build unix

package cli

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

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
