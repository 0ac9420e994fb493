//go:build unix && !darwin

package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// keyringReady finds the session bus without starting one. Without this check
// go-keyring would run dbus-launch on a machine that has no session, such as a
// server, and leave a bus behind that no keyring is on.
func keyringReady() error {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return nil
	}
	conn, err := dbus.SessionBusPrivateNoAutoStartup() // sets the variable when it finds one
	if err != nil {
		return fmt.Errorf("%w: there is no D-Bus session bus: %w", ErrKeyringMissing, err)
	}
	_ = conn.Close() // go-keyring makes its own
	return nil
}

// sessionErrors are D-Bus error names and what they mean here. The first group
// is of the D-Bus specification, the second of the Secret Service API.
var sessionErrors = map[string]error{
	"org.freedesktop.DBus.Error.ServiceUnknown": ErrKeyringMissing, // not provided by any .service files
	"org.freedesktop.DBus.Error.NameHasNoOwner": ErrKeyringMissing,
	"org.freedesktop.DBus.Error.NoReply":        ErrKeyringMissing, // the service ended while it was asked
	"org.freedesktop.DBus.Error.Disconnected":   ErrKeyringMissing,
	"org.freedesktop.DBus.Error.NoServer":       ErrKeyringMissing,
	"org.freedesktop.DBus.Error.AccessDenied":   ErrKeyringMissing, // a sandbox that keeps the service away
	"org.freedesktop.DBus.Error.AuthFailed":     ErrKeyringMissing, // another user's bus, as under sudo
	"org.freedesktop.DBus.Error.UnknownObject":  ErrKeyringMissing, // no collection
	"org.freedesktop.DBus.Error.LimitsExceeded": ErrKeyringFull,

	"org.freedesktop.Secret.Error.IsLocked":     ErrKeyringLocked,
	"org.freedesktop.Secret.Error.NoSuchObject": ErrKeyringMissing,
}

// sessionCause names the cause of an error of the Secret Service or of the way to it.
func sessionCause(err error) error {
	var (
		call    dbus.Error
		callPtr *dbus.Error
		network *net.OpError
		cause   error
	)
	switch {
	case errors.As(err, &call):
		cause = nameCause(call.Name)
	case errors.As(err, &callPtr):
		cause = nameCause(callPtr.Name)
	case errors.As(err, &network), errors.Is(err, dbus.ErrClosed):
		cause = ErrKeyringMissing // the address names a bus that is gone
	case strings.HasPrefix(err.Error(), "dbus: "):
		cause = ErrKeyringMissing // a bus that refuses us, or an address that is none
	case strings.HasPrefix(err.Error(), "failed to unlock correct collection"):
		// go-keyring's words for a question that the user dismissed or that
		// could not be shown, and also for a collection that is not there.
		cause = ErrKeyringLocked
		if !hasDefaultCollection() {
			return fmt.Errorf("%w: the keyring service runs, but no default keyring was made in it yet: %w", ErrKeyringMissing, err)
		}
	}
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w: %w", cause, err)
}

func nameCause(name string) error {
	if strings.HasPrefix(name, "org.freedesktop.DBus.Error.Spawn.") {
		return ErrKeyringMissing // the service is installed and does not start
	}
	return sessionErrors[name]
}

// hasDefaultCollection asks the Secret Service whether there is a keyring at
// all; in doubt there is.
func hasDefaultCollection() bool {
	const (
		name  = "org.freedesktop.secrets"
		login = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := dbus.SessionBus()
	if err != nil {
		return true
	}
	var path dbus.ObjectPath
	service := conn.Object(name, "/org/freedesktop/secrets")
	err = service.CallWithContext(ctx, "org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&path)
	if err != nil || path != "/" {
		return true
	}
	var label dbus.Variant
	err = conn.Object(name, login).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
		"org.freedesktop.Secret.Collection", "Label").Store(&label)
	return err == nil
}
