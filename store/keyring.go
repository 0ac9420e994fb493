package store

import (
	"errors"
	"runtime"

	"github.com/zalando/go-keyring"
)

// service names Postkey's items in the keyring: in Windows' Credential Manager
// and macOS' Keychain Access they begin with it.
const service = "postkey"

// NewKeyring returns the keyring of the operating system: Windows' Credential
// Manager, macOS' login keychain, or the Secret Service of a Linux desktop
// (GNOME Keyring, KWallet, KeePassXC). Nothing is asked of it before the first
// call; Probe finds out whether it works.
//
// A call returns when its ctx ends even if the system still asks the user to
// unlock. Errors wrap ErrKeyringMissing, ErrKeyringLocked or ErrKeyringFull
// where the cause is known.
func NewKeyring() Vault { return newChunked(system{}) }

// system is the keyring through go-keyring.
type system struct{}

func (system) get(name string) (string, error) {
	value, err := "", keyringReady()
	if err == nil {
		value, err = keyring.Get(service, name)
	}
	return value, explainKeyring(err)
}

func (system) set(name, value string) error {
	err := keyringReady()
	if err == nil {
		err = keyring.Set(service, name, value)
	}
	return explainKeyring(err)
}

func (system) delete(name string) error {
	err := keyringReady()
	if err == nil {
		err = keyring.Delete(service, name)
	}
	return explainKeyring(err)
}

func explainKeyring(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return errNoItem
	}
	return keyringCause(runtime.GOOS, err)
}
