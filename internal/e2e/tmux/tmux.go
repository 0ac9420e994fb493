// Package tmux gives tests a real terminal with a keyboard: a program runs in a
// tmux of its own, keys are sent to it, and what it shows is read, as far back
// as the terminal remembers. Start with Start. It is for tests alone.
package tmux

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// config keeps what scrolled away, and the terminal of a program that has ended.
const config = `set -g history-limit 50000
set -g remain-on-exit on
set -g default-terminal screen-256color
set -g status off
set -s escape-time 0
`

// Terminal is one terminal with the program in it.
type Terminal struct {
	t       testing.TB
	ctx     context.Context
	program string
	args    []string // of every call: the server of this terminal
	read    int      // how much of Text has been awaited
}

// count tells the terminals of this process apart.
var count atomic.Int64

// Start runs a program in a terminal of the given size in characters, with the
// environment env, and ends both with the test. It fails the test when tmux is
// missing.
func Start(ctx context.Context, t testing.TB, width, height int, env []string, program string, args ...string) *Terminal {
	t.Helper()
	path, err := exec.LookPath("tmux")
	if err != nil {
		t.Fatal("tmux is missing: install Debian's package tmux")
	}
	settings := filepath.Join(t.TempDir(), "tmux.conf")
	if err := os.WriteFile(settings, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("postkey-%d-%d", os.Getpid(), count.Add(1))
	s := &Terminal{t: t, ctx: ctx, program: path, args: []string{"-L", name, "-f", settings}}
	start := append(s.args[:len(s.args):len(s.args)], "new-session", "-d",
		"-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "--", program)
	cmd := exec.CommandContext(ctx, path, append(start, args...)...)
	cmd.Env = append(env[:len(env):len(env)], "LC_ALL=C.UTF-8", "TERM=xterm-256color")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		// Ends the server with all that runs in it.
		_ = exec.Command(path, append(s.args[:len(s.args):len(s.args)], "kill-server")...).Run()
	})
	return s
}

// do calls tmux and returns what it printed.
func (s *Terminal) do(args ...string) string {
	s.t.Helper()
	all := append(s.args[:len(s.args):len(s.args)], args...)
	out, err := exec.CommandContext(s.ctx, s.program, all...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Type types text as it is.
func (s *Terminal) Type(text string) {
	s.t.Helper()
	s.do("send-keys", "-l", "--", text)
}

// Key presses keys by tmux's names, such as Enter and C-c.
func (s *Terminal) Key(keys ...string) {
	s.t.Helper()
	s.do(append([]string{"send-keys"}, keys...)...)
}

// Answer types text and presses Enter.
func (s *Terminal) Answer(text string) {
	s.t.Helper()
	if text != "" {
		s.Type(text)
	}
	s.Key("Enter")
}

// Screen is what the terminal shows and has shown, line by line.
func (s *Terminal) Screen() string {
	s.t.Helper()
	return strings.TrimRight(s.do("capture-pane", "-p", "-S", "-"), "\n ")
}

// Text is Screen with single spaces for all that stands between words, so that
// it does not matter where a line was broken.
func (s *Terminal) Text() string {
	s.t.Helper()
	return strings.Join(strings.Fields(s.Screen()), " ")
}

// Await waits until the terminal shows a text after all that was awaited before.
func (s *Terminal) Await(text string) {
	s.t.Helper()
	want := strings.Join(strings.Fields(text), " ")
	for {
		all := s.Text()
		if s.read <= len(all) {
			if at := strings.Index(all[s.read:], want); at >= 0 {
				s.read += at + len(want)
				return
			}
		}
		select {
		case <-s.ctx.Done():
			s.t.Fatalf("the terminal never showed %q after that:\n%s\n%s", want, all[min(s.read, len(all)):], s.state())
		case <-time.After(30 * time.Millisecond):
		}
		if s.ended() && !strings.Contains(s.Text()[min(s.read, len(s.Text())):], want) {
			s.t.Fatalf("the program ended before it showed %q:\n%s", want, s.Screen())
		}
	}
}

// state says whether the program runs.
func (s *Terminal) state() string {
	all := append(s.args[:len(s.args):len(s.args)], "display-message", "-p", "dead=#{pane_dead} status=#{pane_dead_status}")
	out, _ := exec.Command(s.program, all...).CombinedOutput()
	return strings.TrimSpace(string(out))
}

func (s *Terminal) ended() bool { return strings.HasPrefix(s.state(), "dead=1") }

// Status waits for the end of the program and returns its exit status.
func (s *Terminal) Status() int {
	s.t.Helper()
	for {
		state := s.state()
		dead, status, _ := strings.Cut(state, " status=")
		if n, err := strconv.Atoi(status); dead == "dead=1" && err == nil {
			return n
		}
		if state == "dead=1 status=" {
			// tmux 3.3a now and then misses the signal that says that the program
			// has ended, and never learns the status: it gets the signal again.
			server := strings.TrimSpace(s.do("display-message", "-p", "#{pid}"))
			_ = exec.Command("kill", "-CHLD", server).Run()
		}
		select {
		case <-s.ctx.Done():
			s.t.Fatalf("the program never ended: %s\n%s", state, s.Screen())
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// Resize gives the terminal another size.
func (s *Terminal) Resize(width, height int) {
	s.t.Helper()
	s.do("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}
