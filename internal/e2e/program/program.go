// Package program gives tests the real Postkey: it builds the program once and
// runs it with an environment of its own. It is for tests alone.
package program

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Build builds the program once a test run, with the race detector where the
// tests have it, and returns its path.
func Build(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// built is where the program is; empty as long as no test has asked for it.
var built string

var build = sync.OnceValues(func() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", errors.New("the place of the source is unknown")
	}
	root := filepath.Join(filepath.Dir(file), "..", "..", "..")
	dir, err := os.MkdirTemp("", "postkey-program-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "postkey")
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New("go build: " + err.Error() + "\n" + string(out))
	}
	built = path
	return path, nil
})

// Clean removes what Build made; call it at the end of TestMain.
func Clean() {
	if built != "" {
		_ = os.RemoveAll(filepath.Dir(built))
	}
}

// Outcome is how a run ended and what it printed.
type Outcome struct {
	Status   int
	Out, Err string
}

// Run runs the program to its end.
func Run(ctx context.Context, t testing.TB, env []string, args ...string) Outcome {
	t.Helper()
	cmd := exec.CommandContext(ctx, Build(t), args...)
	cmd.Env = env
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return Outcome{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// Browser makes a stand-in for the system's browser: a program that writes the
// address it is given to a file. The returned environment entry makes Postkey
// use it; the channel yields each address once.
func Browser(t testing.TB) (env string, opened <-chan string) {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(dir, "browser")
	// The rename makes the file appear whole.
	body := "#!/bin/sh\nf='" + dir + "'/part.$$\nprintf '%s' \"$1\" >\"$f\" && mv \"$f\" \"$f.url\"\n"
	if err := os.WriteFile(script, []byte(body), 0o700); err != nil {
		t.Fatal(err)
	}
	urls := make(chan string)
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	t.Cleanup(func() { stop(); watching.Wait() })
	watching.Go(func() {
		seen := map[string]bool{}
		for {
			found, _ := filepath.Glob(filepath.Join(dir, "*.url"))
			for _, f := range found {
				if seen[f] {
					continue
				}
				seen[f] = true
				data, err := os.ReadFile(f)
				if err != nil {
					continue
				}
				select {
				case urls <- strings.TrimSpace(string(data)):
				case <-ctx.Done():
					return
				}
			}
			select {
			case <-time.After(30 * time.Millisecond):
			case <-ctx.Done():
				return
			}
		}
	})
	return "BROWSER=" + script, urls
}
