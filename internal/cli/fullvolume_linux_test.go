package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"postkey/store"
)

// volumeVariable makes this test binary the process in which nothing can be
// written; it names how that comes about.
const (
	volumeVariable = "POSTKEY_CLI_TEST_VOLUME"
	onTmpfs        = "tmpfs" // a file system of its own that is full: ENOSPC
	byLimit        = "limit" // no file may grow: EFBIG
	noTmpfs        = 77      // exit status where none can be mounted
)

// TestFullVolume runs commands on a disk that is really full: the data folder
// stays as it was, byte by byte, the old secret stays in use, the cause is named,
// and with room again all goes on.
//
// The disk is a small file system in a namespace of its own, which needs no
// rights; where the system has no namespaces for users, the writes fail because
// no file may grow.
func TestFullVolume(t *testing.T) {
	if how := os.Getenv(volumeVariable); how != "" {
		insideVolume(t, how)
		return
	}
	out, err := childOnVolume(t, onTmpfs)
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() == noTmpfs) {
		out, err = childOnVolume(t, byLimit)
	}
	if err != nil || !strings.Contains(out, "--- PASS: TestFullVolume") {
		t.Errorf("%v\n%s", err, out)
	}
}

func childOnVolume(t *testing.T, how string) (string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestFullVolume$", "-test.v")
	cmd.Env = append(os.Environ(), volumeVariable+"="+how, "TMPDIR="+t.TempDir())
	cmd.WaitDelay = 5 * time.Second
	if how == onTmpfs {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// insideVolume is the test within the child.
func insideVolume(t *testing.T, how string) {
	fill, room, said := limitFiles(t), liftLimit(t), "file too large"
	if how == onTmpfs {
		dir := os.Getenv("TMPDIR")
		if syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m") != nil {
			os.Exit(noTmpfs)
		}
		ballast := filepath.Join(dir, "ballast")
		fill, room, said = func() { fillUp(t, ballast) }, func() { noError(t, os.Remove(ballast)) }, "no space left on device"
	}
	s := newStored(t, "One")
	next := s.tenant.AddSecret(time.Now().AddDate(1, 0, 0), 0)
	s.env[secretVariable] = next.Value.Reveal()
	before := content(t, s.dir)
	fill()

	if status := s.Run(t.Context(), []string{"check", "--json", "--data", s.dir}); status != ExitFailed {
		t.Errorf("check: exit status %d", status)
	}
	if rep := s.report(t); rep.Connections[0].OK || !rep.found("store-unwritable") {
		t.Errorf("check: %+v", rep)
	}
	if status := s.rotates(t.Context(), "One"); status != ExitFailed {
		t.Errorf("rotate: exit status %d", status)
	}
	for _, want := range []string{"The data folder cannot be written [store-unwritable]", "The disk is full", s.dir, said} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, s.out.String())
		}
	}
	if used, err := s.bench.SecretOf(t.Context(), s.connection(t, "One")); err != nil || !used.Equal(s.tenant.Values().ClientSecret) {
		t.Errorf("another secret is in use: %v", err)
	}
	// Data folders may be begun where there is no room, too.
	if _, err := store.Open(filepath.Join(s.dir, "other")); err != nil && !errors.Is(err, store.ErrUnwritable) {
		t.Errorf("a new folder: %v", err)
	}
	if after := content(t, s.dir); !slices.EqualFunc(before, after, bytes.Equal) {
		t.Errorf("the data folder was\n%s\nand is\n%s", bytes.Join(before, nil), bytes.Join(after, nil))
	}

	room()
	if status := s.rotates(t.Context(), "One"); status != ExitOK {
		t.Errorf("with room again: exit status %d\n%s%s", status, s.out.String(), s.err.String())
	}
	if used, err := s.bench.SecretOf(t.Context(), s.connection(t, "One")); err != nil || !used.Equal(next.Value) {
		t.Errorf("with room again: %v", err)
	}
}

// content is that of the files in dir that are not empty, without the log; locks are empty.
func content(t *testing.T, dir string) (all [][]byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	noError(t, err)
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		noError(t, err)
		if len(data) > 0 {
			all = append(all, append([]byte(e.Name()+": "), data...))
		}
	}
	return all
}

// fillUp makes the file as large as there is room.
func fillUp(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	noError(t, err)
	defer f.Close()
	for _, size := range []int{64 << 10, 1 << 10, 1} {
		for {
			if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
				break
			} else {
				noError(t, err)
			}
		}
	}
}

// limitFiles keeps every file from growing, as of its call.
func limitFiles(t *testing.T) func() {
	return func() {
		signal.Ignore(syscall.SIGXFSZ)
		setLimit(t, func(l *syscall.Rlimit) { l.Cur = 0 })
	}
}

func liftLimit(t *testing.T) func() {
	return func() { setLimit(t, func(l *syscall.Rlimit) { l.Cur = l.Max }) }
}

func setLimit(t *testing.T, change func(*syscall.Rlimit)) {
	t.Helper()
	var limit syscall.Rlimit
	noError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	change(&limit)
	noError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
