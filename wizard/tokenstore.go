package wizard

import (
	"context"
	"errors"

	"postkey/oauth"
	"postkey/store"
)

// tokenStore is the oauth.TokenStore of one connection: the lock is a file, the
// token a keyring item.
type tokenStore struct {
	bench      *Workbench
	connection store.Connection
	loaded     string // key of the token that Load returned; used under the lock
}

// key is where the refresh token should be; empty where there can be none.
func (t *tokenStore) key(ctx context.Context) (string, error) {
	c := t.connection
	switch {
	case c.Mode == ModeAppOnly:
		return "", nil
	case !c.Draft:
		return c.RefreshKey(), nil
	}
	claimed, err := t.bench.staged(ctx, c.ID)
	if err != nil || claimed.refresh != "" {
		return claimed.refresh, err
	}
	return t.savedKey(ctx)
}

// savedKey is where the record says that the refresh token is. A draft may use
// it while its values are those of that sign-in.
func (t *tokenStore) savedKey(ctx context.Context) (string, error) {
	saved, there, err := t.bench.saved(ctx, t.connection.ID)
	if err != nil || there && t.connection.Draft && !sameSignIn(saved, t.connection) {
		return "", err
	}
	return saved.RefreshKey(), nil
}

// Lock implements oauth.TokenStore.
func (t *tokenStore) Lock(ctx context.Context) (func(), error) {
	return t.bench.Store.LockToken(ctx, t.connection.ID)
}

// Load implements oauth.TokenStore. What the connection says of its slot may be
// old by now.
func (t *tokenStore) Load(ctx context.Context) (oauth.Secret, error) {
	for _, find := range []func(context.Context) (string, error){t.key, t.savedKey} {
		key, err := find(ctx)
		if err != nil {
			return oauth.Secret{}, err
		}
		if key == "" {
			continue
		}
		t.loaded = key
		refresh, err := t.bench.vault().Get(ctx, key)
		if !errors.Is(err, store.ErrNotFound) {
			return refresh, err
		}
	}
	return oauth.Secret{}, nil
}

// Save implements oauth.TokenStore: a renewed token takes the place of the one
// that was loaded.
func (t *tokenStore) Save(ctx context.Context, refresh oauth.Secret) error {
	return t.bench.vault().Set(ctx, t.loaded, refresh)
}
