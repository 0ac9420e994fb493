package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postkey/oauth"
	"postkey/wizard"
)

// full is standard output on a disk that is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// What did not get to standard output is no success, with and without JSON.
func TestOutputThatCannotBeWritten(t *testing.T) {
	for _, line := range []string{
		"version", "explain AADSTS50011", "explain --json AADSTS50011", "check --practice --json", "check --practice", "--help",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			r := newRun(t)
			r.Out = full{}
			if status := r.Run(t.Context(), strings.Fields(line)); status != ExitFailed {
				t.Errorf("exit status %d, want %d", status, ExitFailed)
			}
			if said := r.err.String(); !strings.HasSuffix(said, "postkey: standard output: no space left on device\n") {
				t.Errorf("standard error: %q", said)
			}
		})
	}
}

// Without a standard output, as under Task Scheduler, the exit status is all that
// is wanted, and it is that of the command.
func TestNoOutputAtAll(t *testing.T) {
	closed, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	never := os.NewFile(closed.Fd()+1000, "never opened")
	for _, out := range []*os.File{nil, never} {
		for line, want := range map[string]int{"version": ExitOK, "explain --json AADSTS50011": ExitOK, "check --practice": ExitOK, "check --no-such-flag": ExitUsage} {
			r := newRun(t)
			r.Out = out
			if status := r.Run(t.Context(), strings.Fields(line)); status != want {
				t.Errorf("%s: exit status %d, want %d\n%s", line, status, want, r.err.String())
			}
		}
	}
}

// One JSON object is printed for wrong use too, wherever --json stands.
func TestWrongUseInJSON(t *testing.T) {
	for _, line := range []string{"check --no-such-flag --json", "--json check --no-such-flag", "--json no-such-command", "version too many --json"} {
		r := newRun(t)
		if status := r.Run(t.Context(), strings.Fields(line)); status != ExitUsage {
			t.Errorf("%s: exit status %d", line, status)
		}
		if got := r.report(t); got.Error == "" || len(got.Connections) != 0 {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

// A secret that cannot be one ends connect before anybody signs in: not after
// the first of two connections was stored.
func TestConnectLooksAtAllSecretsFirst(t *testing.T) {
	r := newRun(t)
	secrets := []string{"a-secret-that-is-long-enough-1234567890", "short"}
	r.Prompt = func(context.Context, string) (oauth.Secret, error) {
		next := secrets[0]
		secrets = secrets[1:]
		return oauth.NewSecret(next), nil
	}
	r.OpenBrowser = func(context.Context, string) error { t.Error("a browser was opened"); return nil }
	one := `{"name":"NAME","product":"other","tenant_id":"contoso.com","client_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
		"mailbox":{"address":"a@contoso.com"},"protocols":["pop"]}`
	path := filepath.Join(t.TempDir(), "values.json")
	text := `{"version":1,"connections":[` + strings.Replace(one, "NAME", "First", 1) + "," + strings.Replace(one, "NAME", "Second", 1) + "]}"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if status := r.Run(t.Context(), []string{"connect", "--import", path, "--data", dir}); status != ExitUsage || len(secrets) != 0 {
		t.Errorf("exit status %d, %d secrets not asked for\n%s", status, len(secrets), r.err.String())
	}
	if !strings.HasPrefix(r.err.String(), "postkey: Second: ") || r.out.Len() > 0 {
		t.Errorf("the first was tried, or the second is not named\n%s%s", r.err.String(), r.out.String())
	}
}

// Ctrl+D at the prompt is a cancellation, and is called one.
func TestEndOfInputAtThePrompt(t *testing.T) {
	s := newStored(t, "One")
	s.Prompt = func(context.Context, string) (oauth.Secret, error) { return oauth.Secret{}, io.EOF }
	if status := s.rotates(t.Context(), "One"); status != ExitCancelled || s.err.String() != "postkey: cancelled\n" {
		t.Errorf("exit status %d, %q", status, s.err.String())
	}
}

// A server's words reach the terminal without anything that it acts on, and
// also not as one character of the upper control characters.
func TestOneLine(t *testing.T) {
	if got := oneLine("535 \x1b[2J\u009b31mno\r\nmore\x7f"); got != "535  [2J 31mno more" {
		t.Errorf("%q", got)
	}
}

// The last day is asked for until it is one, and not at all where the secret
// comes from the environment: then it is a script that runs.
func TestRotateAsksForTheLastDay(t *testing.T) {
	rows := []rotateRow{{next: wizard.Credential{}}}
	for _, c := range []struct{ env, typed, want, says string }{
		{"", "21/05/2099\n2001-01-01\n2099-05-21\n", "2099-05-21", "2001-01-01 has passed"},
		{"", "\n", "", "Return: unknown"},
		{"", "", "", "Return: unknown"},
		{"a-secret-that-is-long-enough-1234567890", "2099-05-21\n", "", ""},
	} {
		r := newRun(t)
		r.In, r.Interactive, r.env[secretVariable] = strings.NewReader(c.typed), true, c.env
		r.Prompt = func(context.Context, string) (oauth.Secret, error) {
			return oauth.NewSecret("a-secret-that-is-long-enough-1234567890"), nil
		}
		rows[0].next = wizard.Credential{}
		day, _ := lastDay("")
		if err := r.askForSecrets(t.Context(), flags{}, rotateFlags{}, rows, day); err != nil {
			t.Fatal(err)
		}
		if got := rows[0].next.Expires.String(); got != c.want || !strings.Contains(r.err.String(), c.says) || c.says == "" && r.err.Len() > 0 {
			t.Errorf("%q: %q\n%s", c.typed, got, r.err.String())
		}
	}
}
