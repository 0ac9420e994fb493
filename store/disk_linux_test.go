package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func init() {
	children["read-only"] = readOnly
	children["full"] = fullDisk
}

const nobody = 65534

// changes are all calls that write, by name.
func changes(s *Store) map[string]error {
	ctx := context.Background()
	return map[string]error{
		"Put": s.Put(ctx, full("b")), "Delete": s.Delete(ctx, "a"),
		"PutDraft": s.PutDraft(ctx, DraftRecord{ID: "b", Data: json.RawMessage(`"` + strings.Repeat("x", 100_000) + `"`)}), "PutSettings": s.PutSettings(ctx, Settings{Theme: strings.Repeat("x", 100_000)}),
	}
}

// readOnly runs as a user who may read the folder and not write in it.
func readOnly(args []string) error {
	if os.Getuid() == 0 { // root may write everywhere
		if err := errors.Join(syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			return err
		}
	}
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	if c, err := s.Connection(context.Background(), "a"); err != nil || c.Name != "kept" {
		return fmt.Errorf("reading: %q, %w", c.Name, err)
	}
	for name, err := range changes(s) {
		if !errors.Is(err, os.ErrPermission) || !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), args[0]) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if _, err := s.HoldWindow(); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("HoldWindow: %w", err)
	}
	if _, err := s.LockToken(context.Background(), "a"); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("LockToken: %w", err)
	}
	if _, err := Open(args[1]); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("a new folder within it: %w", err)
	}
	if _, err := Open(args[2]); !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "damaged") {
		return fmt.Errorf("a damaged file in it: %w", err)
	}
	if _, err := Open(args[3]); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("a file of someone else: %w", err)
	}
	return nil
}

func TestReadOnlyFolder(t *testing.T) {
	outer := t.TempDir()
	kept, bad, secret := filepath.Join(outer, "kept"), filepath.Join(outer, "bad"), filepath.Join(outer, "secret")
	writeTo(t, filepath.Join(kept, connectionsFile), `{"version":1,"connections":[{"id":"a","name":"kept"}]}`)
	writeTo(t, filepath.Join(kept, draftsDir, "a.json"), `{"version":1,"id":"a","data":1}`)
	writeTo(t, filepath.Join(bad, connectionsFile), `damaged`)
	writeTo(t, filepath.Join(secret, connectionsFile), `{"version":1}`)
	set(t, 0o444, filepath.Join(kept, connectionsFile), filepath.Join(kept, draftsDir, "a.json"), filepath.Join(bad, connectionsFile))
	set(t, 0, filepath.Join(secret, connectionsFile))
	set(t, 0o555, filepath.Join(kept, draftsDir), kept, bad, secret, outer, filepath.Dir(outer))
	t.Cleanup(func() { set(t, 0o755, filepath.Dir(outer), outer, kept, bad, secret, filepath.Join(kept, draftsDir)) })

	if err := child(t, "read-only", kept, filepath.Join(kept, "new"), bad, secret).Run(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(kept, connectionsFile)); err != nil || !strings.Contains(string(text), "kept") {
		t.Errorf("%s, %v", text, err)
	}
}

func set(t *testing.T, mode os.FileMode, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if err := os.Chmod(p, mode); err != nil {
			t.Error(err)
		}
	}
}

// fullDisk runs where no file can grow above 16 KiB: a write succeeds in part
// and then fails, as on a full disk.
func fullDisk(args []string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 16 << 10, Max: 16 << 10}); err != nil {
		return err
	}
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	_, err = s.Update(context.Background(), "a", func(c *Connection) error { c.Name = strings.Repeat("x", 100_000); return nil })
	failures := map[string]error{"Update": err}
	for name, err := range changes(s) {
		if strings.HasPrefix(name, "Put") && name != "Put" {
			failures[name] = err
		}
	}
	for name, err := range failures {
		if !errors.Is(err, syscall.EFBIG) || !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), "cannot save "+args[0]) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	ctx := t.Context()
	before := full("a")
	draft, settings := DraftRecord{ID: "b", Data: json.RawMessage(`1`)}, Settings{Theme: "dark"}
	err := errors.Join(s.Put(ctx, before), s.Put(ctx, full("c")), s.PutDraft(ctx, draft), s.PutSettings(ctx, settings))
	if err != nil {
		t.Fatal(err)
	}
	if err := child(t, "full", dir).Run(); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Connection(ctx, "c"); err != nil || c.Name != before.Name {
		t.Errorf("the connections: %q, %v", c.Name, err)
	}
	if d, err := s.Drafts(ctx); err != nil || len(d) != 1 || string(d[0].Data) != "1" {
		t.Errorf("the draft: %v, %v", d, err)
	}
	if got, err := s.Settings(ctx); err != nil || got != settings {
		t.Errorf("the settings: %v, %v", got, err)
	}
	for _, folder := range []string{dir, filepath.Join(dir, draftsDir)} {
		if left, err := filepath.Glob(filepath.Join(folder, ".*")); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
