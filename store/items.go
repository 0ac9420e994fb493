package store

import "errors"

// Items is a keyring as a system offers it: named items, each of limited size.
type Items interface {
	Get(name string) (string, error) // ErrNotFound
	Set(name, value string) error
	Delete(name string) error // ErrNotFound
}

// NewVault returns a Vault that keeps its values in the items of another keyring
// than the system's, in parts as NewKeyring does.
func NewVault(i Items) Vault { return newChunked(foreign{i}) }

// foreign is what the chunks see of Items.
type foreign struct{ Items }

func (f foreign) get(name string) (string, error) {
	value, err := f.Get(name)
	return value, asNoItem(err)
}

func (f foreign) set(name, value string) error { return f.Set(name, value) }
func (f foreign) delete(name string) error     { return asNoItem(f.Delete(name)) }

func asNoItem(err error) error {
	if errors.Is(err, ErrNotFound) {
		return errNoItem
	}
	return err
}
