package cli

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"postkey/store"
)

func TestQuestionsNeedATerminal(t *testing.T) {
	for _, c := range []struct {
		interactive bool
		args        []string
		says        string
	}{
		{false, []string{"connect"}, "in a terminal"},
		{false, []string{"connect", "--practice"}, "--import FILE"},
		{true, []string{"connect", "--json"}, jsonGoesWith},
	} {
		r := newRun(t)
		r.Interactive = c.interactive
		if status := r.Run(t.Context(), append(c.args, "--data", t.TempDir())); status != ExitUsage {
			t.Errorf("%v: exit status %d, want %d", c.args, status, ExitUsage)
		}
		if !strings.Contains(r.err.String(), c.says) {
			t.Errorf("%v: %q is not in %q", c.args, c.says, r.err.String())
		}
	}
}

// The texts name every command that the flag goes with, wherever it does not.
func TestFlagsThatGoWithOtherCommands(t *testing.T) {
	for _, tt := range []struct {
		says string
		args []string
	}{
		{jsonGoesWith, []string{"--json"}},
		{importGoesWith, []string{"check", "--import", "x"}},
		{importGoesWith, []string{"check", "--expiry", "5", "--import", "x"}},
		{importGoesWith, []string{"explain", "--import", "x", "AADSTS50011"}},
		{importGoesWith, []string{"preflight", "--import", "x"}},
	} {
		r := newRun(t)
		status := r.Run(t.Context(), append([]string{"--data", t.TempDir()}, tt.args...))
		if status != ExitUsage || r.err.String() != "postkey: "+tt.says+"\n" {
			t.Errorf("%v: exit status %d, %q", tt.args, status, r.err.String())
		}
	}
	help := newRun(t)
	if status := help.Run(t.Context(), []string{"--help"}); status != ExitOK {
		t.Fatal(help.err.String())
	}
	for _, name := range []string{"connect", "check", "rotate", "explain", "preflight"} {
		if !strings.Contains(help.out.String(), "\n  "+name) || !strings.Contains(jsonGoesWith, name) {
			t.Errorf("%s is missing in the help or in %q", name, jsonGoesWith)
		}
	}
}

// shown is what the questions print; then is closed once the text is among it.
type shown struct {
	mu    sync.Mutex
	text  strings.Builder
	until string
	then  chan struct{}
}

func (s *shown) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := strings.Contains(s.text.String(), s.until)
	n, err := s.text.Write(p)
	if !before && strings.Contains(s.text.String(), s.until) {
		close(s.then)
	}
	return n, err
}

func (s *shown) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// Ctrl+C is a character in a terminal whose keys are Postkey's own; what was
// answered is kept, and the way to go on has the flags of this start.
func TestCtrlCInTheQuestions(t *testing.T) {
	r := newRun(t)
	in, typing := io.Pipe()
	defer typing.Close()
	r.In, r.Interactive = in, true
	r.env["LANG"] = "en_US.UTF-8"
	dir := t.TempDir() + " with space"
	shown := &shown{until: "Supported account types", then: make(chan struct{})}
	r.Out = shown
	go func() {
		_, _ = io.WriteString(typing, "\r\r\rSupport inbox\r")
		<-shown.then
		_, _ = io.WriteString(typing, "\x03")
	}()
	if status := r.Run(t.Context(), []string{"connect", "--practice", "--data", dir}); status != ExitCancelled {
		t.Errorf("exit status %d, want %d\n%s\n%s", status, ExitCancelled, shown.String(), r.err.String())
	}
	if out := strings.Join(strings.Fields(shown.String()), " "); !strings.Contains(out, `postkey connect --practice --data "`+dir+`"`) {
		t.Errorf("how to go on is not in %q", out)
	}
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	drafts, err := s.Drafts(t.Context())
	if err != nil || len(drafts) != 1 || time.Since(drafts[0].Changed) > time.Hour {
		t.Errorf("%+v, %v", drafts, err)
	}
}

// Beside an open window no draft is touched.
func TestQuestionsBesideTheWindow(t *testing.T) {
	r := newRun(t)
	r.Interactive = true
	dir := t.TempDir()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	release, err := s.HoldWindow()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if status := r.Run(t.Context(), []string{"connect", "--practice", "--data", dir}); status != ExitFailed {
		t.Errorf("exit status %d, want %d", status, ExitFailed)
	}
}
