// Package desktop gives tests a real desktop: an X server without a screen
// (Xvfb), a small window manager (openbox), a keyboard (xdotool) and a camera
// (ImageMagick's import). Start with Start. It is for tests alone.
package desktop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Desktop is one running X server with its window manager.
type Desktop struct {
	t       testing.TB
	display string
}

// Start starts a desktop of the given size in pixels and ends it with the test.
// It fails the test when a program is missing, and names its Debian package.
func Start(t testing.TB, width, height int) *Desktop {
	t.Helper()
	for program, pkg := range map[string]string{
		"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "import": "imagemagick", "xclip": "xclip",
	} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: install Debian's package %s", program, pkg)
		}
	}
	d := &Desktop{t: t, display: Screen(t, width, height)}
	wm := exec.Command("openbox", "--sm-disable")
	wm.Env = d.Env(t.TempDir())
	start(t, wm)
	// A program that starts before the window manager takes the desktop for one
	// without, and asks nobody to bring its window to the front.
	for range 200 {
		if _, err := d.xdotool(t.Context(), "get_num_desktops"); err == nil {
			return d
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("openbox did not start")
	return nil
}

// screens counts the X servers of this process.
var screens atomic.Int64

// Screen starts an X server without a window manager, ends it with the test,
// and returns its display. The number is far from those that a search for a free
// one finds: two servers that begin and end at once can take each other's.
func Screen(t testing.TB, width, height int) (display string) {
	t.Helper()
	for range 20 {
		display = fmt.Sprintf(":%d", 1000+(int64(os.Getpid())*64+screens.Add(1))%50000)
		if listens(t, display, width, height) {
			return display
		}
	}
	t.Fatal("Xvfb did not start on any of twenty displays")
	return ""
}

func listens(t testing.TB, display string, width, height int) bool {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	// It writes its number when it is ready. Without -noreset it would begin anew
	// when its first client, a look for windows, is gone.
	x := exec.Command("Xvfb", display, "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp", "-noreset", "-dpi", "96")
	x.ExtraFiles = []*os.File{write}
	start(t, x)
	write.Close()
	// To the end: it dies of a pipe that is closed between the number and the line's end.
	number, err := io.ReadAll(read)
	return err == nil && len(number) > 0
}

// start runs a program in the background and ends it with the test.
func start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// Env is the environment for a program on this desktop with home as its home
// folder, so that it finds nothing of the machine's own settings.
func (d *Desktop) Env(home string) []string {
	return []string{
		"DISPLAY=" + d.display, "HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"),
		"XDG_CACHE_HOME=" + filepath.Join(home, ".cache"), "XDG_DATA_HOME=" + filepath.Join(home, ".local/share"),
		"PATH=" + os.Getenv("PATH"), "LANG=en_US.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1",
		// Otherwise a bus is started for whoever asks, and stays.
		"DBUS_SESSION_BUS_ADDRESS=disabled:",
	}
}

// Window is a program's window.
type Window struct {
	d  *Desktop
	id string
}

// Window waits for a visible window whose title matches the regular expression.
func (d *Desktop) Window(ctx context.Context, title string) *Window {
	d.t.Helper()
	return d.find(ctx, "--name", title)
}

func (d *Desktop) find(ctx context.Context, by, what string) *Window {
	d.t.Helper()
	for {
		out, err := d.xdotool(ctx, "search", "--onlyvisible", by, what)
		if ids := strings.Fields(out); err == nil && len(ids) > 0 {
			w := &Window{d, ids[len(ids)-1]}
			w.run(ctx, "windowfocus", "--sync", w.id)
			return w
		}
		pause(ctx, d.t, "no window with "+by+" "+what)
	}
}

// WindowOf waits for a visible window of the process and gives it the keyboard.
func (d *Desktop) WindowOf(ctx context.Context, pid int) *Window {
	d.t.Helper()
	return d.find(ctx, "--pid", fmt.Sprint(pid))
}

// pause waits a moment between two looks and fails the test when ctx has ended.
func pause(ctx context.Context, t testing.TB, complaint string) {
	t.Helper()
	select {
	case <-ctx.Done():
		t.Fatal(complaint)
	case <-time.After(50 * time.Millisecond):
	}
}

func (d *Desktop) xdotool(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display)
	out, err := cmd.Output()
	return string(out), err
}

func (w *Window) run(ctx context.Context, args ...string) {
	w.d.t.Helper()
	if out, err := w.d.xdotool(ctx, args...); err != nil {
		w.d.t.Fatalf("xdotool %s: %v %s", strings.Join(args, " "), err, out)
	}
}

// Key presses keys by their X names, such as Tab, Return or ctrl+Return.
func (w *Window) Key(ctx context.Context, keys ...string) {
	w.d.t.Helper()
	w.run(ctx, append([]string{"key", "--clearmodifiers", "--delay", "40"}, keys...)...)
}

// Type types text into what has the focus.
func (w *Window) Type(ctx context.Context, text string) {
	w.d.t.Helper()
	w.run(ctx, "type", "--clearmodifiers", "--delay", "12", "--", text)
}

// Resize gives the window's inside a size in pixels.
func (w *Window) Resize(ctx context.Context, width, height int) {
	w.d.t.Helper()
	w.run(ctx, "windowsize", "--sync", w.id, fmt.Sprint(width), fmt.Sprint(height))
}

// Minimize takes the window off the screen, as its button does.
func (w *Window) Minimize(ctx context.Context) {
	w.d.t.Helper()
	w.run(ctx, "windowminimize", "--sync", w.id)
}

// Close asks the window to close, with the keys that openbox has for it.
func (w *Window) Close(ctx context.Context) {
	w.d.t.Helper()
	w.Key(ctx, "alt+F4")
}

// Picture writes the window as it looks now to a PNG file.
func (w *Window) Picture(ctx context.Context, path string) {
	w.d.t.Helper()
	cmd := exec.CommandContext(ctx, "import", "-window", w.id, path)
	cmd.Env = append(os.Environ(), "DISPLAY="+w.d.display)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.d.t.Errorf("picture of the window: %v %s", err, out)
	}
}

// Clipboard returns what has been copied.
func (d *Desktop) Clipboard(ctx context.Context) string {
	d.t.Helper()
	cmd := exec.CommandContext(ctx, "xclip", "-selection", "clipboard", "-o")
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display)
	out, _ := cmd.Output() // an empty clipboard is an error to xclip
	return string(bytes.TrimRight(out, "\n"))
}
