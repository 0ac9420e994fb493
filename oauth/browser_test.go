//go:build !windows && !darwin

package oauth

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// program writes a shell script that stands for a browser.
func program(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// browsers makes PATH hold these programs only, which note how they were called.
func browsers(t *testing.T, scripts map[string]string) (called func() string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for name, script := range scripts {
		program(t, dir, name, `for a in "$0" "$@"; do printf '%s\n' "${a##*/bin/}" >>'`+log+"'; done\n"+script)
	}
	t.Setenv("PATH", dir)
	t.Setenv("BROWSER", "")
	t.Setenv("DISPLAY", ":7")
	t.Setenv("WAYLAND_DISPLAY", "")
	return func() string {
		text, _ := os.ReadFile(log)
		return strings.ReplaceAll(string(text), dir+"/", "")
	}
}

const someURL = "https://login.example/a?b=c&d=$(touch%20x)%20;e='f'"

func TestOpenBrowser(t *testing.T) {
	called := browsers(t, map[string]string{"xdg-open": "exit 0", "sensible-browser": "exit 0"})
	if err := OpenBrowser(t.Context(), someURL); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("xdg-open\n"+someURL+"\n", called()); diff != "" {
		t.Error(diff)
	}
}

func TestOpenBrowserGoesOnAfterAFailure(t *testing.T) {
	called := browsers(t, map[string]string{"xdg-open": "exit 3", "x-www-browser": "exit 0"})
	if err := OpenBrowser(t.Context(), someURL); err != nil {
		t.Fatal(err)
	}
	if want := "xdg-open\n" + someURL + "\nx-www-browser\n" + someURL + "\n"; called() != want {
		t.Errorf("called %s", called())
	}
}

func TestOpenBrowserPrefersTheVariable(t *testing.T) {
	called := browsers(t, map[string]string{"xdg-open": "exit 0", "mine": "exit 0"})
	t.Setenv("BROWSER", "missing:mine --new %s --end")
	t.Setenv("DISPLAY", "") // whoever sets the variable knows what it needs
	if err := OpenBrowser(t.Context(), someURL); err != nil {
		t.Fatal(err)
	}
	if want := "mine\n--new\n" + someURL + "\n--end\n"; called() != want {
		t.Errorf("called %s", called())
	}
}

// TestOpenBrowserUnderWSL: without wslview and without a display the browser of
// Windows opens.
func TestOpenBrowserUnderWSL(t *testing.T) {
	called := browsers(t, map[string]string{"rundll32.exe": "exit 0"})
	t.Setenv("DISPLAY", "")
	if err := OpenBrowser(t.Context(), someURL); err != nil {
		t.Fatal(err)
	}
	if want := "rundll32.exe\nurl.dll,FileProtocolHandler\n" + someURL + "\n"; called() != want {
		t.Errorf("called %s", called())
	}
}

func TestOpenBrowserFails(t *testing.T) {
	called := browsers(t, map[string]string{"xdg-open": "exit 3"})
	if err := OpenBrowser(t.Context(), someURL); !errors.Is(err, ErrBrowser) || !strings.Contains(err.Error(), "xdg-open: exit status 3") {
		t.Errorf("all fail: %v", err)
	}
	t.Setenv("DISPLAY", "")
	if err := OpenBrowser(t.Context(), someURL); !errors.Is(err, ErrBrowser) || strings.Count(called(), "xdg-open") != 1 {
		t.Errorf("no display: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := OpenBrowser(t.Context(), someURL); !errors.Is(err, ErrBrowser) {
		t.Errorf("none there: %v", err)
	}
}

func TestOpenBrowserRefusesOtherAddresses(t *testing.T) {
	called := browsers(t, map[string]string{"xdg-open": "exit 0"})
	for _, address := range []string{"", "file:///etc/passwd", "javascript:alert(1)", "https:", "--help", "http://%zz"} {
		if err := OpenBrowser(t.Context(), address); !errors.Is(err, ErrBrowser) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if called() != "" {
		t.Errorf("called %s", called())
	}
}

// TestOpenBrowserDoesNotWait: a browser that stays open is a success, and a
// cancelled wait leaves it alone.
func TestOpenBrowserDoesNotWait(t *testing.T) {
	running := filepath.Join(t.TempDir(), "running")
	if err := os.WriteFile(running, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Remove(running) }()
	called := browsers(t, map[string]string{"xdg-open": "while [ -e '" + running + "' ]; do /bin/sleep 0.05; done"})
	if err := OpenBrowser(t.Context(), someURL); err != nil {
		t.Errorf("a browser that stays open: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	before := called()
	go func() { ended <- OpenBrowser(ctx, someURL) }()
	for called() == before {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := promptly(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestBrowserCommands(t *testing.T) {
	set := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		goos   string
		getenv func(string) string
		want   [][]string
	}{
		{"windows", set("BROWSER", "x"), [][]string{{"rundll32.exe", "url.dll,FileProtocolHandler", "U"}}},
		{"darwin", set("BROWSER", "x"), [][]string{{"/usr/bin/open", "U"}}},
		{"linux", set(), [][]string{{"wslview", "U"}, {"rundll32.exe", "url.dll,FileProtocolHandler", "U"}}},
		{"linux", set("BROWSER", "a:b -x %s:c --url=%s --100%%: :d %%s"), [][]string{
			{"a", "U"},
			{"b", "-x", "U"},
			{"c", "--url=U", "--100%"},
			{"d", "%%s", "U"},
			{"wslview", "U"},
			{"rundll32.exe", "url.dll,FileProtocolHandler", "U"},
		}},
		{"freebsd", set("WAYLAND_DISPLAY", "w"), [][]string{
			{"xdg-open", "U"},
			{"gio", "open", "U"},
			{"sensible-browser", "U"},
			{"x-www-browser", "U"},
			{"wslview", "U"},
			{"rundll32.exe", "url.dll,FileProtocolHandler", "U"},
			{"firefox", "U"},
			{"google-chrome", "U"},
			{"chromium", "U"},
			{"chromium-browser", "U"},
		}},
	} {
		if diff := cmp.Diff(c.want, browserCommands(c.goos, c.getenv, "U")); diff != "" {
			t.Errorf("%s: %s", c.goos, diff)
		}
	}
}
