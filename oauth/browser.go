package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// browserGrace is how long an opener is watched for an immediate failure.
const browserGrace = 1500 * time.Millisecond

// windowsOpener opens an address in the default browser of Windows. No shell
// takes part, to which the & of an address would be a sign of its own.
var windowsOpener = []string{"rundll32.exe", "url.dll,FileProtocolHandler"}

// graphicalOpeners are tried in this order on Linux and the BSDs: the desktop's
// choice, Debian's, Windows' under WSL, then browsers by name. The programs of
// Windows are in the PATH of WSL; wslview is in few of its distributions.
var graphicalOpeners = [][]string{
	{"xdg-open"},
	{"gio", "open"},
	{"sensible-browser"},
	{"x-www-browser"},
	{"wslview"},
	windowsOpener,
	{"firefox"},
	{"google-chrome"},
	{"chromium"},
	{"chromium-browser"},
}

// OpenBrowser opens an http or https address in the system's default browser
// ($BROWSER first where it is set, except on Windows and macOS). It does not
// wait for the browser to end, but for a moment to see whether it starts; the
// browser outlives this program. No shell takes part. Errors wrap ErrBrowser,
// or are the context's.
func OpenBrowser(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: only http and https addresses are opened", ErrBrowser)
	}
	commands := browserCommands(runtime.GOOS, os.Getenv, u.String())
	var failures []error
	for _, command := range commands {
		err := launch(ctx, command)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, exec.ErrNotFound) {
			failures = append(failures, fmt.Errorf("%s: %w", command[0], err))
		}
	}
	if len(failures) == 0 {
		return fmt.Errorf("%w: none was found on this system", ErrBrowser)
	}
	return fmt.Errorf("%w: %w", ErrBrowser, errors.Join(failures...))
}

// browserCommands lists what could open the address on the system goos.
func browserCommands(goos string, getenv func(string) string, address string) [][]string {
	switch goos {
	case "windows":
		return [][]string{append(slices.Clone(windowsOpener), address)}
	case "darwin":
		return [][]string{{"/usr/bin/open", address}}
	}
	var commands [][]string
	for _, item := range strings.Split(getenv("BROWSER"), ":") {
		if command := expandBrowser(item, address); command != nil {
			commands = append(commands, command)
		}
	}
	for _, opener := range graphicalOpeners {
		// Without a display xdg-open falls back to text browsers, which would fight
		// over the terminal; those of WSL need none.
		if opener[0] != "wslview" && opener[0] != windowsOpener[0] && getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" {
			continue
		}
		commands = append(commands, append(slices.Clone(opener), address))
	}
	return commands
}

// expandBrowser reads one item of $BROWSER: words, with %s for the address and
// %% for a percent sign; without %s the address comes last.
func expandBrowser(item, address string) []string {
	words := strings.Fields(item)
	if len(words) == 0 {
		return nil
	}
	if !strings.Contains(strings.ReplaceAll(item, "%%", ""), "%s") {
		return append(words, address)
	}
	fill := strings.NewReplacer("%%", "%", "%s", address)
	for i := 1; i < len(words); i++ {
		words[i] = fill.Replace(words[i])
	}
	return words
}

// launch starts a command of its own and watches it for a moment: ended with a
// failure by then is a failure, running or ended well is a success.
func launch(ctx context.Context, command []string) error {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	cmd := exec.Command(path, command[1:]...) // not CommandContext: the browser stays when we go
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // until the browser ends, lest it stay a zombie
	watch := time.NewTimer(browserGrace)
	defer watch.Stop()
	select {
	case err := <-ended:
		return err
	case <-watch.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
