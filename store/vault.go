package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"postkey/oauth"
)

// Vault keeps secrets. Its keys come from ClientSecretKey and RefreshTokenKey.
// It is safe for concurrent use within a process; two processes that may set
// the same key take Store.LockToken first.
type Vault interface {
	// Get returns the secret of key, or ErrNotFound.
	Get(ctx context.Context, key string) (oauth.Secret, error)
	// Set stores the secret of key in place of an older one. After an error
	// the older one can still be read, unless the new one already can.
	Set(ctx context.Context, key string, value oauth.Secret) error
	// Delete forgets the secret of key; an absent one is no error.
	Delete(ctx context.Context, key string) error
}

// Why a keyring cannot be used. Each is wrapped around the system's own error.
var (
	// ErrKeyringMissing: this computer or session has no keyring.
	ErrKeyringMissing = errors.New("there is no keyring on this system")
	// ErrKeyringLocked: the keyring is locked, and was not unlocked when asked.
	ErrKeyringLocked = errors.New("the keyring is locked")
	// ErrKeyringFull: the keyring refuses the size or number of items.
	ErrKeyringFull = errors.New("the keyring refuses the size of the value")
)

// ErrIncomplete: what the keyring holds of a value is not whole. It can be
// replaced and deleted.
var ErrIncomplete = errors.New("its keyring items do not fit together; store the secret again")

// ClientSecretKey is the Vault's key for the client secret of a connection or draft.
func ClientSecretKey(connID string) string { return connID + "/client-secret" }

// RefreshTokenKey is the Vault's key for the refresh token of a connection or draft.
func RefreshTokenKey(connID string) string { return connID + "/refresh-token" }

// CertificateKey is the Vault's key for the certificate and private key of a
// connection or draft that signs in with a certificate.
func CertificateKey(connID string) string { return connID + "/certificate" }

// NewMemory returns a Vault that forgets everything at the end of the process.
func NewMemory() Vault { return &memory{values: map[string]oauth.Secret{}} }

type memory struct {
	mu     sync.Mutex
	values map[string]oauth.Secret
}

func (m *memory) Get(ctx context.Context, key string) (oauth.Secret, error) {
	if err := ctx.Err(); err != nil {
		return oauth.Secret{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok := m.values[key]
	if !ok {
		return oauth.Secret{}, fmt.Errorf("secret %s: %w", key, ErrNotFound)
	}
	return value, nil
}

func (m *memory) Set(ctx context.Context, key string, value oauth.Secret) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[key] = value
	return nil
}

func (m *memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, key)
	return nil
}

// Probe finds out whether a Vault works: it stores, reads and deletes an item
// of its own. The item is unlike any other, so probes of several processes do
// not meet.
func Probe(ctx context.Context, v Vault) error {
	key, value := "probe-"+NewID(), oauth.NewSecret(NewID())
	if err := v.Set(ctx, key, value); err != nil {
		if !errors.Is(err, ErrKeyringLocked) && !errors.Is(err, ErrKeyringMissing) {
			_ = v.Delete(ctx, key) // a part of it may be there; the error of Set is the one to tell
		}
		return err
	}
	got, err := v.Get(ctx, key)
	if err == nil && !got.Equal(value) {
		err = errChanged
	}
	return errors.Join(err, v.Delete(ctx, key))
}
