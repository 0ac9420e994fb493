// Package crash makes a report of a crash, so that there is something to send
// when the program has vanished. The report says where the program was (the
// functions of each goroutine), never with what: of a panic's own words, which
// could hold what was typed, only those of the Go runtime are kept.
//
// A process that crashes cannot clean its words any more. So a second process of
// the same program, the watcher, waits at a pipe for what the runtime writes at
// the end, and puts only the cleaned report on the disk. Call Main first thing
// in main, and Watch once the data folder is known.
package crash

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// Environment variables that make a process the watcher, and tell it what the
// report begins with.
const (
	envDir  = "POSTKEY_CRASH_DIR"
	envHead = "POSTKEY_CRASH_HEAD"
)

const (
	folder = "crashes" // in the data folder
	prefix = "crash-"
	told   = ".told" // ends the name of a report that the user was told of
	kept   = 5       // so many reports are kept
	// maxReport bounds what is read from a crashing process.
	maxReport = 4 << 20
)

// About is what a report says of the program.
type About struct {
	Version, Commit string
}

// Main is the watcher's whole life, and returns at once in any other process.
func Main() {
	dir := os.Getenv(envDir)
	if dir == "" {
		return
	}
	// Ctrl+C reaches both processes; the other one may crash while it ends.
	signal.Ignore(os.Interrupt)
	said, _ := io.ReadAll(io.LimitReader(os.Stdin, maxReport)) // ends with the other process
	if len(said) == 0 {
		os.Exit(0)
	}
	if err := write(dir, os.Getenv(envHead), string(said), time.Now()); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// Watch starts the watcher: from now on a crash of this process leaves a report
// in the data folder. The watcher ends with this process, or when stop is called.
func Watch(dataDir string, about About) (stop func(), err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("watch for crashes: %w", err)
	}
	read, written, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("watch for crashes: %w", err)
	}
	defer read.Close()
	cmd := exec.Command(exe)
	cmd.Stdin = read
	cmd.Env = append(os.Environ(), envDir+"="+filepath.Join(dataDir, folder), envHead+"="+head(about))
	hide(cmd)
	if err := cmd.Start(); err != nil {
		_ = written.Close()
		return nil, fmt.Errorf("watch for crashes: %w", err)
	}
	// The runtime keeps a copy of the pipe's end.
	if err := debug.SetCrashOutput(written, debug.CrashOptions{}); err != nil {
		_ = written.Close()
		return nil, errors.Join(fmt.Errorf("watch for crashes: %w", err), cmd.Wait())
	}
	_ = written.Close()
	debug.SetTraceback("all") // each goroutine, not the one that failed alone
	return func() {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		_ = cmd.Wait()
	}, nil
}

func head(about About) string {
	return fmt.Sprintf("Postkey %s (commit %s)\n%s, %s/%s\n", about.Version, about.Commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// write puts a report into the folder and removes the oldest ones.
func write(dir, head, said string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	text := "Postkey ended unexpectedly. This report holds no secret and no value that was typed.\n\n" +
		head + now.UTC().Format(time.RFC3339) + "\n\n" + Clean(said)
	name := filepath.Join(dir, prefix+now.Format("20060102-150405")+".txt")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return err
	}
	all := named(dir, "") // by date, as they are named
	for _, old := range all[:max(0, len(all)-kept)] {
		_ = os.Remove(old)
	}
	return nil
}

// Reports returns the folder of the reports, and how many there are that the
// user was not told of.
func Reports(dataDir string) (dir string, untold int) {
	dir = filepath.Join(dataDir, folder)
	for _, name := range named(dir, ".txt") {
		if !strings.HasSuffix(name, told+".txt") {
			untold++
		}
	}
	return dir, untold
}

// Told notes that the user was told of all reports.
func Told(dataDir string) error {
	var errs []error
	for _, name := range named(filepath.Join(dataDir, folder), ".txt") {
		if base, ok := strings.CutSuffix(name, ".txt"); ok && !strings.HasSuffix(base, told) {
			errs = append(errs, os.Rename(name, base+told+".txt"))
		}
	}
	return errors.Join(errs...)
}

// named returns the reports in dir whose names end so, sorted by name. It does
// not use filepath.Glob, to which a folder called [work] is a pattern.
func named(dir, ending string) []string {
	entries, _ := os.ReadDir(dir) // what cannot be read has no reports
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), ending) {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names
}
