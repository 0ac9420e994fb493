// Package keyring gives tests a real keyring of their own: a session bus with
// an unlocked gnome-keyring on it, in a home folder that goes with the test.
// It is for tests alone.
package keyring

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// Start starts a keyring and returns the environment entries for a program that
// is to use it. Home is the folder in which the keyring keeps its file.
func Start(t testing.TB, home string) (env []string) {
	t.Helper()
	for program, pkg := range map[string]string{"dbus-daemon": "dbus-daemon", "gnome-keyring-daemon": "gnome-keyring"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: install Debian's package %s", program, pkg)
		}
	}
	run := filepath.Join(home, "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	env = []string{"HOME=" + home, "XDG_DATA_HOME=" + filepath.Join(home, ".local/share"), "XDG_RUNTIME_DIR=" + run, "PATH=" + os.Getenv("PATH")}
	bus := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1")
	bus.Env = env
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, bus)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon did not start: %v", err)
	}
	address = strings.TrimSpace(address)
	env = append(env, "DBUS_SESSION_BUS_ADDRESS="+address)

	daemon := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
	daemon.Env = env
	daemon.Stdin = strings.NewReader("practice")
	start(t, daemon)
	await(t, address)
	return env
}

// await waits until the keyring is on the bus.
func await(t testing.TB, address string) {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 600 {
		var there bool
		if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&there); err != nil {
			t.Fatal(err)
		}
		if there {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("gnome-keyring did not come to the bus")
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
