package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func init() {
	children["hold"] = holdLocks
	children["update"] = updateMany
	children["rewrite"] = rewrite
}

// holdLocks takes the lock that the second argument names, says so, and keeps
// it until its input ends.
func holdLocks(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	var release func()
	switch args[1] {
	case "window":
		release, err = s.HoldWindow()
	case "files":
		release, err = s.lockFiles(context.Background())
	default:
		release, err = s.LockToken(context.Background(), args[1])
	}
	if err != nil {
		return err
	}
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	release()
	return err
}

// holder starts a process that holds a lock, and returns how to end it: by
// closing its input, or by killing it.
func holder(t *testing.T, dir, lock string) (release, kill func()) {
	t.Helper()
	cmd := child(t, "hold", dir, lock)
	cmd.Stdout = nil
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	var once sync.Once
	end := func(how func()) func() {
		return func() { once.Do(func() { how(); _ = cmd.Wait() }) }
	}
	release, kill = end(func() { _ = in.Close() }), end(func() { _ = cmd.Process.Kill() })
	t.Cleanup(release)
	return release, kill
}

func TestHoldWindow(t *testing.T) {
	s := open(t, t.TempDir())
	release, err := s.HoldWindow()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, s.Dir()).HoldWindow(); !errors.Is(err, ErrHeld) {
		t.Errorf("a second window in the process: %v", err)
	}
	release()
	release()
	for _, killed := range []bool{false, true} {
		end, kill := holder(t, s.Dir(), "window")
		if _, err := s.HoldWindow(); !errors.Is(err, ErrHeld) {
			t.Errorf("a window in another process: %v", err)
		}
		if killed {
			end = kill
		}
		end()
		release, err := s.HoldWindow()
		if err != nil {
			t.Fatalf("after the other process ended (killed: %v): %v", killed, err)
		}
		release()
	}
}

func TestLockedByAnother(t *testing.T) {
	s := open(t, t.TempDir())
	s.lockWait = 50 * time.Millisecond
	release, _ := holder(t, s.Dir(), "files")
	ctx := t.Context()
	for name, err := range map[string]error{
		"Put": s.Put(ctx, full(NewID())), "PutDraft": s.PutDraft(ctx, DraftRecord{ID: "a"}), "PutSettings": s.PutSettings(ctx, Settings{}),
		"Delete": s.Delete(ctx, "a"), "DeleteDraft": s.DeleteDraft(ctx, "a"),
	} {
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), s.Dir()) {
			t.Errorf("%s while another process has the lock: %v", name, err)
		}
	}
	if _, err := s.Connections(ctx); err != nil {
		t.Errorf("reading needs the lock: %v", err)
	}
	// The caller's own end of waiting is not ErrLocked.
	s.lockWait = time.Hour
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if err := s.Put(short, full(NewID())); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrLocked) {
		t.Errorf("Put until the caller's deadline: %v", err)
	}
	// A damaged file cannot be moved aside under another's lock, and is not lost.
	s.lockWait = 20 * time.Millisecond
	path := filepath.Join(s.Dir(), connectionsFile)
	writeTo(t, path, "damaged")
	if _, err := s.Connections(ctx); !errors.Is(err, ErrLocked) {
		t.Errorf("a damaged file while another process has the lock: %v", err)
	}
	if text, err := os.ReadFile(path); string(text) != "damaged" {
		t.Errorf("%s, %v", text, err)
	}
	s.lockWait = 10 * time.Second
	waited := make(chan error)
	go func() { waited <- s.Put(ctx, full(NewID())) }()
	release()
	if err := <-waited; err != nil {
		t.Errorf("Put after the lock was released: %v", err)
	}
}

// Two Postkeys find the same damaged file; the second must not move aside the
// good one that the first has written meanwhile.
func TestDamageMendedMeanwhile(t *testing.T) {
	s := open(t, t.TempDir())
	path := filepath.Join(s.Dir(), connectionsFile)
	writeTo(t, path, "damaged")
	unlock, err := s.lockFiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := make(chan string)
	go func() {
		list, err := s.Connections(t.Context())
		found <- fmt.Sprint(len(list), err)
	}()
	time.Sleep(100 * time.Millisecond) // it has read the damaged file and waits for the lock
	if err := (&Store{disk: systemDisk{}}).writeFile(path, listOf(t, full("a"))); err != nil {
		t.Fatal(err)
	}
	unlock()
	if got := <-found; got != "1 <nil>" || len(s.Damaged()) != 0 {
		t.Errorf("Connections = %s, damaged %v", got, s.Damaged())
	}
}

func TestLockToken(t *testing.T) {
	s := open(t, t.TempDir())
	id := NewID()
	release, kill := holder(t, s.Dir(), id)
	defer release()
	if unlock, err := s.LockToken(t.Context(), NewID()); err != nil {
		t.Errorf("another connection's lock: %v", err)
	} else {
		unlock()
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { _, err := s.LockToken(ctx, id); result <- err }()
	select {
	case err := <-result:
		t.Fatalf("the lock of another process was taken: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait: %v", err)
	}
	kill()
	unlock, err := s.LockToken(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	// Held: deleting the connection leaves the lock alone.
	if err := s.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.tokenLock(id)); err != nil {
		t.Errorf("a held lock was removed: %v", err)
	}
	unlock()
	unlock()
	if err := s.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.tokenLock(id)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lock of a deleted connection is still there: %v", err)
	}
}

// Goroutines exclude one another too.
func TestLockTokenInProcess(t *testing.T) {
	s := open(t, t.TempDir())
	var inside atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				unlock, err := s.LockToken(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d at a time", n)
				}
				time.Sleep(time.Millisecond)
				inside.Add(-1)
				unlock()
			}
		})
	}
	group.Wait()
}

// updateMany adds a tick many times to the connection "a".
func updateMany(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	for range 20 {
		_, err := s.Update(context.Background(), "a", func(c *Connection) error { c.Ticked = append(c.Ticked, args[1]); return nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// Processes change one file; no change is lost.
func TestProcesses(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.Put(t.Context(), Connection{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 3 {
		cmd := child(t, "update", s.Dir(), fmt.Sprint(i))
		group.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if c, err := s.Connection(t.Context(), "a"); err != nil || len(c.Ticked) != 60 {
		t.Errorf("%d changes of 60 were kept, %v", len(c.Ticked), err)
	}
}

// rewrite replaces the connections for ever, small and large in turn.
func rewrite(args []string) error {
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for i := 0; ; i++ {
		c := full("a")
		c.Name = strings.Repeat("x", i%2*300_000)
		if err := s.Put(context.Background(), c); err != nil {
			return err
		}
	}
}

// A process killed at any moment leaves a whole file, and the next change
// clears what it left behind.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	for i := range 15 {
		cmd := child(t, "rewrite", dir)
		cmd.Stdout = nil
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
			t.Fatalf("the child said %q, %v", line, err)
		}
		time.Sleep(time.Duration(i*3) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s := open(t, dir)
		if list, err := s.Connections(t.Context()); err != nil || len(s.Damaged()) != 0 || len(list) > 1 {
			t.Fatalf("after a kill: %d connections, %v, %v", len(list), err, s.Damaged())
		}
	}
	s := open(t, dir)
	rest := filepath.Join(dir, ".connections.json.7.tmp")
	writeTo(t, rest, "half")
	if err := s.Put(t.Context(), full("a")); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*.tmp")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
