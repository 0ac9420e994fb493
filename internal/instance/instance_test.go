package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRaise(t *testing.T) {
	dir := t.TempDir()
	var raised atomic.Int32
	stop, err := Listen(dir, func() { raised.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := Raise(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	if n := raised.Load(); n != 3 {
		t.Errorf("raised %d times", n)
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	stop()
	stop()
	if _, err := os.Stat(filepath.Join(dir, fileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is left: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := Raise(ctx, dir); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("after the end: %v", err)
	}
}

// TestRaiseComesLate calls before the first one listens.
func TestRaiseComesLate(t *testing.T) {
	dir := t.TempDir()
	called := make(chan error)
	go func() { called <- Raise(t.Context(), dir) }()
	time.Sleep(150 * time.Millisecond)
	stop, err := Listen(dir, func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := <-called; err != nil {
		t.Error(err)
	}
}

// TestStrangers: who does not know the token raises nothing, and who listens
// without it is not believed.
func TestStrangers(t *testing.T) {
	dir := t.TempDir()
	raised := make(chan struct{}, 1)
	stop, err := Listen(dir, func() { raised <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	data, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	var at address
	if err := json.Unmarshal(data, &at); err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"raise a b\n", "raise\n", "\n", "raise a " + proof("", "raise a") + "\n", string(make([]byte, 2*maxLine))} {
		conn, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", at.Port))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := line(conn); err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(says))
		if said, err := line(conn); err == nil {
			t.Errorf("%q was answered with %q", says, said)
		}
		conn.Close()
	}
	select {
	case <-raised:
		t.Error("a stranger raised the window")
	default:
	}

	// The port in the file leads to a program that knows no token.
	other := t.TempDir()
	if err := write(filepath.Join(other, fileName), address{at.Port, "another"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := Raise(ctx, other); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("a stranger was believed: %v", err)
	}
}

func TestRaiseIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Raise(ctx, t.TempDir()); !errors.Is(err, ErrNoAnswer) {
		t.Error(err)
	}
}
