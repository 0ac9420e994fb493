package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"postkey/oauth"
)

func init() {
	children["keyring unlocked"] = keyringUnlocked
	children["keyring locked"] = keyringLocked
	children["keyring empty"] = keyringEmpty
	children["keyring none"] = keyringNone
	children["keyring asks"] = keyringAsks
}

// packages names the Debian package of each program that these tests run.
var packages = map[string]string{
	"dbus-run-session":     "dbus-daemon",
	"gnome-keyring-daemon": "gnome-keyring",
	"secret-tool":          "libsecret-tools",
}

// bus is a session bus on which nothing starts by itself.
const bus = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`

// session runs a child on a session bus of its own, in a home of its own, and
// without a display. With services, what is installed starts when it is asked for.
func session(t *testing.T, name, home string, services bool) {
	t.Helper()
	for program, pkg := range packages {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("this test needs %s: install the Debian package %s", program, pkg)
		}
	}
	args := []string{"dbus-run-session"}
	if !services {
		config := filepath.Join(t.TempDir(), "bus.conf")
		writeTo(t, config, bus)
		args = append(args, "--config-file="+config)
	}
	cmd := child(t, name)
	cmd.Args = append(args, "--", cmd.Path)
	var err error
	if cmd.Path, err = exec.LookPath("dbus-run-session"); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(home, "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + run, "XDG_DATA_HOME=" + filepath.Join(home, "data"),
		"LANG=en_US.UTF-8", childVariable + "=" + name,
	}
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// startKeyring starts a gnome-keyring whose login keyring is unlocked with the
// password, and made where there is none; or one that stays locked.
func startKeyring(unlock bool) error {
	args := []string{"--components=secrets"}
	if unlock {
		args = append(args, "--unlock")
	}
	cmd := exec.Command("gnome-keyring-daemon", args...)
	cmd.Stdin = strings.NewReader("practice")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("gnome-keyring-daemon: %w: %s", err, text)
	}
	conn, err := dbus.SessionBus()
	if err != nil {
		return err
	}
	for { // the daemon goes to the background before it is on the bus
		var there bool
		if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&there); err != nil || there {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// childContext ends before the test does, so that a call that hangs is told.
func childContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}

func keyringUnlocked([]string) error {
	if err := startKeyring(true); err != nil {
		return err
	}
	ctx, cancel := childContext()
	defer cancel()
	v := NewKeyring()
	var failures []error
	useVault(ctx, func(format string, args ...any) { failures = append(failures, fmt.Errorf(format, args...)) }, v)
	if err := errors.Join(failures...); err != nil {
		return err
	}

	// Looked at with another program: what is stored, under which names, and
	// that nothing stays.
	key, value := RefreshTokenKey(NewID()), text("token", 8<<10)
	if err := v.Set(ctx, key, oauth.NewSecret(value)); err != nil {
		return err
	}
	head, err := exec.Command("secret-tool", "lookup", "service", service, "username", key).Output()
	if err != nil || !strings.Contains(string(head), `"length":8192`) {
		return fmt.Errorf("the header in the keyring is %q, %w", head, err)
	}
	if n, err := countItems(); err != nil || n != 1+10 {
		return fmt.Errorf("a value of 8 KiB is %d items, want 11; %w", n, err)
	}
	if got, err := NewKeyring().Get(ctx, key); err != nil || got.Reveal() != value {
		return fmt.Errorf("read again: %d bytes, %w", len(got.Reveal()), err)
	}
	if err := v.Delete(ctx, key); err != nil {
		return err
	}
	if n, err := countItems(); err != nil || n != 0 {
		return fmt.Errorf("after Delete %d items, %w", n, err)
	}
	return v.Set(ctx, "stays", oauth.NewSecret("planted-value"))
}

func countItems() (int, error) {
	found, err := exec.Command("secret-tool", "search", "--all", "service", service).CombinedOutput()
	return strings.Count(string(found), "attribute.username"), err
}

// wantCause returns an error unless every call of the vault fails for this cause.
func wantCause(v Vault, cause error) error {
	ctx, cancel := childContext()
	defer cancel()
	_, err := v.Get(ctx, "stays")
	for name, err := range map[string]error{
		"Get": err, "Set": v.Set(ctx, "stays", oauth.NewSecret("x")), "Delete": v.Delete(ctx, "stays"), "Probe": Probe(ctx, v),
	} {
		if !errors.Is(err, cause) {
			return fmt.Errorf("%s = %v, want %v", name, err, cause)
		}
		fmt.Println(name, "=", err)
	}
	return nil
}

func keyringLocked([]string) error {
	if err := startKeyring(false); err != nil {
		return err
	}
	return wantCause(NewKeyring(), ErrKeyringLocked)
}

func keyringEmpty([]string) error {
	if err := startKeyring(false); err != nil {
		return err
	}
	return wantCause(NewKeyring(), ErrKeyringMissing)
}

// keyringNone goes through the ways in which there is no keyring, from a bus
// without one to no bus.
func keyringNone([]string) error {
	if err := wantCause(NewKeyring(), ErrKeyringMissing); err != nil {
		return err
	}
	conn, err := dbus.SessionBus()
	if err != nil {
		return err
	}
	if err := conn.Close(); err != nil { // go-keyring connects anew to what the variable names
		return err
	}
	for _, address := range []string{"unix:path=/nonexistent/bus", "nonsense", "autolaunch:", ""} {
		if err := os.Setenv("DBUS_SESSION_BUS_ADDRESS", address); err != nil {
			return err
		}
		if err := wantCause(NewKeyring(), ErrKeyringMissing); err != nil {
			return fmt.Errorf("bus %q: %w", address, err)
		}
	}
	return nil
}

// A value of 8 KiB in a real gnome-keyring, and the same keyring when it is
// locked: in the foreground, and started by the bus with a prompter that has no display.
func TestRealKeyring(t *testing.T) {
	home := t.TempDir()
	session(t, "keyring unlocked", home, false)
	session(t, "keyring locked", home, false)
	session(t, "keyring locked", home, true)
}

// A desktop in which no keyring was ever made.
func TestNoDefaultKeyring(t *testing.T) { session(t, "keyring empty", t.TempDir(), false) }

func TestNoKeyring(t *testing.T) { session(t, "keyring none", t.TempDir(), false) }

// The user is asked to unlock, lets the question stand, and then dismisses it.
func TestKeyringAsks(t *testing.T) { session(t, "keyring asks", t.TempDir(), false) }

// asking is a Secret Service whose collection is locked and whose question is
// answered by the test.
type asking struct {
	conn   *dbus.Conn
	asked  chan struct{}
	answer chan struct{}
}

const (
	loginPath  = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	promptPath = dbus.ObjectPath("/org/freedesktop/secrets/prompt/p1")
)

func (a asking) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	return dbus.MakeVariant(""), "/org/freedesktop/secrets/session/s1", nil
}

func (a asking) Unlock([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	return []dbus.ObjectPath{}, promptPath, nil
}

func (a asking) ReadAlias(string) (dbus.ObjectPath, *dbus.Error) { return loginPath, nil }

func (a asking) Get(string, string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant([]dbus.ObjectPath{loginPath}), nil
}

func (a asking) Prompt(string) *dbus.Error {
	go func() {
		a.asked <- struct{}{}
		<-a.answer
		_ = a.conn.Emit(promptPath, "org.freedesktop.Secret.Prompt.Completed", true, dbus.MakeVariant([]dbus.ObjectPath{}))
	}()
	return nil
}

func keyringAsks([]string) error {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return err
	}
	defer conn.Close()
	a := asking{conn, make(chan struct{}), make(chan struct{})}
	err = errors.Join(
		conn.Export(a, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"),
		conn.Export(a, "/org/freedesktop/secrets", "org.freedesktop.DBus.Properties"),
		conn.Export(a, promptPath, "org.freedesktop.Secret.Prompt"),
	)
	if err != nil {
		return err
	}
	if _, err := conn.RequestName("org.freedesktop.secrets", 0); err != nil {
		return err
	}
	ctx, cancel := childContext()
	defer cancel()
	v := NewKeyring()
	patience, stop := context.WithCancel(ctx)
	result := make(chan error, 1)
	go func() { result <- v.Set(patience, "k", oauth.NewSecret("x")) }()
	<-a.asked
	stop()
	if err := <-result; !errors.Is(err, context.Canceled) {
		return fmt.Errorf("cancelled while the question stands: %w", err)
	}
	a.answer <- struct{}{}
	go func() { result <- v.Set(ctx, "k", oauth.NewSecret("x")) }()
	<-a.asked
	a.answer <- struct{}{}
	if err := <-result; !errors.Is(err, ErrKeyringLocked) {
		return fmt.Errorf("dismissed: %w", err)
	}
	return nil
}

// D-Bus errors that no daemon gives at a test's wish.
func TestSessionCause(t *testing.T) {
	const d, s = "org.freedesktop.DBus.Error.", "org.freedesktop.Secret.Error."
	for name, want := range map[string]error{
		d + "Spawn.ExecFailed": ErrKeyringMissing, d + "NoReply": ErrKeyringMissing, d + "AccessDenied": ErrKeyringMissing,
		d + "LimitsExceeded": ErrKeyringFull, s + "IsLocked": ErrKeyringLocked, s + "NoSuchObject": ErrKeyringMissing,
	} {
		for _, err := range []error{dbus.Error{Name: name}, &dbus.Error{Name: name}, fmt.Errorf("wrapped: %w", dbus.Error{Name: name})} {
			if got := keyringCause("linux", err); !errors.Is(got, want) || !strings.Contains(got.Error(), err.Error()) {
				t.Errorf("%v: %v", err, got)
			}
		}
	}
	for _, err := range []error{dbus.ErrClosed, errors.New("dbus: authentication failed")} {
		if got := keyringCause("linux", err); !errors.Is(got, ErrKeyringMissing) || !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
	unknown := dbus.Error{Name: "org.example.Odd"}
	if got := keyringCause("linux", unknown); got.Error() != unknown.Error() {
		t.Errorf("an unknown error became %v", got)
	}
}
