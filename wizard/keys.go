package wizard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"postkey/oauth"
	"postkey/store"
)

// What a draft stores and what a rotation has not proved yet lies in the keyring
// beside what is in use. Three rules keep it so that the process may end at any
// point:
//
//   - the record of the connection alone says what is in use (its slots), and
//     is changed by one atomic write;
//   - a key that the record does not name is claimed on disk before anything is
//     stored under it, and unclaimed after it is gone;
//   - what is over is settled: a claimed key that the record names loses its
//     claim, every other one its secret and then its claim.

// keys are where the secrets of a connection are.
type keys struct{ secret, certificate, refresh string }

// inUse are the keys that the record of c names.
func inUse(c store.Connection) keys {
	return keys{c.SecretKey(), c.CertificateKey(), c.RefreshKey()}
}

// saved returns the stored connection of id; one that is not there yet has
// nothing but its id.
func (w *Workbench) saved(ctx context.Context, id string) (c store.Connection, there bool, err error) {
	c, err = w.Store.Connection(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Connection{ID: id}, false, nil
	}
	return c, err == nil, err
}

// staged are the keys that a draft of id has claimed; empty where it has none.
func (w *Workbench) staged(ctx context.Context, id string) (keys, error) {
	claims, err := w.Store.Claims(ctx)
	var k keys
	for _, c := range claims {
		if c.ID != id || c.For != store.ForDraft {
			continue
		}
		switch {
		case strings.HasPrefix(c.Key, store.ClientSecretKey(id)):
			k.secret = c.Key
		case strings.HasPrefix(c.Key, store.CertificateKey(id)):
			k.certificate = c.Key
		case strings.HasPrefix(c.Key, store.RefreshTokenKey(id)):
			k.refresh = c.Key
		}
	}
	return k, err
}

// pick chooses one of the keys.
type pick func(keys) string

func secretKey(k keys) string      { return k.secret }
func certificateKey(k keys) string { return k.certificate }
func refreshKey(k keys) string     { return k.refresh }

// read reads a secret of c and says under which key it was. Of a draft's
// connection that is what the draft has stored, otherwise what is in use. What c
// says may be old by now: then the record is read anew.
func (w *Workbench) read(ctx context.Context, c store.Connection, which pick) (oauth.Secret, string, error) {
	key := which(inUse(c))
	if c.Draft {
		k, err := w.staged(ctx, c.ID)
		if err != nil {
			return oauth.Secret{}, "", err
		}
		key = which(k)
	}
	if key != "" {
		value, err := w.vault().Get(ctx, key)
		if err == nil || !errors.Is(err, store.ErrNotFound) {
			return value, key, err
		}
	}
	now, _, err := w.saved(ctx, c.ID)
	if err != nil {
		return oauth.Secret{}, "", err
	}
	if newest := which(inUse(now)); newest != key {
		key = newest
		value, err := w.vault().Get(ctx, key)
		return value, key, err
	}
	return oauth.Secret{}, key, fmt.Errorf("secret %s: %w", key, store.ErrNotFound)
}

// stage stores a draft's secret. Where the connection is saved that is beside
// the one in use, which Save replaces by it and DropDraft leaves.
func (w *Workbench) stage(ctx context.Context, id string, which pick, value oauth.Secret) error {
	claimed, err := w.staged(ctx, id)
	if err != nil {
		return err
	}
	key := which(claimed)
	if key == "" {
		_, there, err := w.saved(ctx, id)
		if err != nil {
			return err
		}
		slot := ""
		if there {
			slot = store.NewSlot()
		}
		key = which(inUse(store.Connection{ID: id, CredentialSlot: slot, SignInSlot: slot}))
	}
	// Claimed anew in any case, for this process.
	if err := w.claim(ctx, id, store.ForDraft, key); err != nil {
		return err
	}
	return w.vault().Set(ctx, key, value)
}

// claim claims keys of id for this process.
func (w *Workbench) claim(ctx context.Context, id string, purpose store.Purpose, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	owner, err := w.owner()
	if err != nil {
		return err
	}
	claims := make([]store.Claim, 0, len(keys))
	for _, key := range keys {
		claims = append(claims, store.Claim{Key: key, ID: id, For: purpose, Owner: owner})
	}
	return w.Store.Claim(ctx, claims...)
}

// owner is the name of this process in claims.
func (w *Workbench) owner() (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ownName == "" {
		name, release, err := w.Store.HoldOwner()
		if err != nil {
			return "", err
		}
		w.ownName, w.release = name, release
	}
	return w.ownName, nil
}

// Close gives back what the Workbench holds of the data folder. What drafts have
// stored stays.
func (w *Workbench) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.release != nil {
		w.release()
		w.ownName, w.release = "", nil
	}
}

// settle ends the claims of keys of id: those that the record names stay in the
// keyring, the others go. What cannot be removed now stays claimed, for Recover.
func (w *Workbench) settle(ctx context.Context, id string, keys ...string) error {
	c, there, err := w.saved(ctx, id)
	if err != nil {
		return err
	}
	var over []string
	var failed error
	for _, key := range keys {
		if key == "" {
			continue
		}
		if !there || !c.Uses(key) {
			if err := w.vault().Delete(ctx, key); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
		}
		over = append(over, key)
	}
	if len(over) > 0 {
		failed = errors.Join(failed, w.Store.Unclaim(ctx, over...))
	}
	return failed
}

// settleGrace is how long settling may take where the caller has given up.
const settleGrace = 80 * time.Millisecond

// settleQuietly is settle where the outcome stands already: it goes on for a
// moment when ctx has ended, and a failure is left to Recover.
func (w *Workbench) settleQuietly(ctx context.Context, id string, keys ...string) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(settleGrace, cancel) })
	defer stop()
	if err := w.settle(lasting, id, keys...); err != nil {
		w.log().Warn("left in the keyring until the next start", "id", id, "error", err)
	}
}

// Recover removes what an earlier process left behind when it ended in the
// middle of something: secrets that no record names, drafts that were saved, and
// files half written.
// To be called once at the start. What belongs to a process that still runs and
// to a draft that is still there stays. Where nothing was left it reads the data
// folder and does not touch the keyring.
func (w *Workbench) Recover(ctx context.Context) error {
	claims, err := w.Store.Claims(ctx)
	if err != nil {
		return err
	}
	drafts, err := w.dropSavedDrafts(ctx)
	if err != nil {
		return err
	}
	failed := w.Store.Tidy(ctx)
	for _, c := range claims {
		if w.Store.OwnerLives(c.Owner) {
			continue
		}
		saved, there, err := w.saved(ctx, c.ID)
		switch {
		case err != nil:
			failed = errors.Join(failed, err)
		case c.For == store.ForDraft && drafts[c.ID] && !(there && saved.Uses(c.Key)):
		default:
			w.log().Info("settled what was left over", "key", c.Key)
			failed = errors.Join(failed, w.settle(ctx, c.ID, c.Key))
		}
	}
	return failed
}

// dropSavedDrafts deletes the drafts that became connections without being
// deleted, and returns the ids of the others.
func (w *Workbench) dropSavedDrafts(ctx context.Context) (map[string]bool, error) {
	records, err := w.Store.Drafts(ctx)
	if err != nil || len(records) == 0 {
		return nil, err
	}
	stored, err := w.Store.Connections(ctx)
	if err != nil {
		return nil, err
	}
	changed := make(map[string]time.Time, len(stored))
	for _, c := range stored {
		changed[c.ID] = c.Changed
	}
	left := make(map[string]bool, len(records))
	for _, r := range records {
		// A draft that edits a connection is younger than what it edits.
		if at, saved := changed[r.ID]; saved && !r.Changed.After(at) {
			if err := w.Store.DeleteDraft(ctx, r.ID); err != nil {
				return nil, err
			}
			continue
		}
		left[r.ID] = true
	}
	return left, nil
}
