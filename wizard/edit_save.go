package wizard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"postkey/store"
)

// ErrSignInFirst says that the changed values of a saved connection need a
// sign-in of their own before they take the place of what works.
var ErrSignInFirst = errors.New("the changed values need a new sign-in before they replace those in use")

// ErrChanged says that the connection was changed elsewhere in the meantime.
var ErrChanged = errors.New("the connection was changed by another Postkey in the meantime; try again")

// Save makes the draft a connection and drops the draft. Of a saved connection
// it replaces the values and what the draft has stored, all at once.
//
// ErrSignInFirst is returned where the new values have no sign-in of their own
// yet. Where they change what the application is or proves itself with,
// Microsoft must give a token for them, and is asked if it has not just done so.
// Until Save succeeds the saved connection is as it was.
func (w *Workbench) Save(ctx context.Context, d *Draft) (store.Connection, error) {
	c, err := d.Connection()
	if err != nil {
		return store.Connection{}, err
	}
	saved, there, err := w.saved(ctx, d.ID)
	if err != nil {
		return store.Connection{}, err
	}
	claimed, err := w.staged(ctx, d.ID)
	if err != nil {
		return store.Connection{}, err
	}
	own, err := w.present(ctx, claimed)
	if err != nil {
		return store.Connection{}, err
	}
	if there && own.credential(c) == "" && d.CredentialSlot != saved.CredentialSlot {
		// Rotated since the draft was begun, which knows the old end and kind.
		c.SecretExpires, c.Certificate = saved.SecretExpires, saved.Certificate
	}
	if there && changes(saved, c, own) {
		if err := w.mayReplace(ctx, d, c, saved); err != nil {
			return store.Connection{}, err
		}
	}
	c.Draft = false
	takeOver(&c, saved, own)
	if c.Changed = w.now().Round(0); c.Changed.Before(d.Changed) {
		c.Changed = d.Changed // the clock was set back: no draft of before is younger
	}
	if c.Created.IsZero() {
		c.Created = c.Changed
	}
	if err := w.replace(ctx, c, saved, there, claimed); err != nil {
		return store.Connection{}, err
	}
	w.log().Info("connection saved", "connection", c.Name, "id", c.ID)
	return c, w.Store.DeleteDraft(ctx, d.ID)
}

// present leaves out the keys under which nothing is.
func (w *Workbench) present(ctx context.Context, k keys) (keys, error) {
	for _, key := range []*string{&k.secret, &k.certificate, &k.refresh} {
		if *key == "" {
			continue
		}
		_, err := w.vault().Get(ctx, *key)
		switch {
		case errors.Is(err, store.ErrNotFound):
			*key = ""
		case err != nil:
			return keys{}, err
		}
	}
	return k, nil
}

// changes reports whether c, with what its draft has stored, is to Microsoft
// another application or user than saved, or proves itself with something else.
func changes(saved, c store.Connection, own keys) bool {
	kind := hasCredential(saved) != hasCredential(c) || (saved.Certificate == nil) != (c.Certificate == nil)
	return kind || own.credential(c) != "" || own.refresh != "" || saved.Mode != c.Mode || !sameSignIn(saved, c)
}

// credential is the key of what c proves itself with.
func (k keys) credential(c store.Connection) string {
	switch {
	case c.Certificate != nil:
		return k.certificate
	case hasCredential(c):
		return k.secret
	}
	return ""
}

// mayReplace asks for a token with the changed values; one that came a moment
// ago counts.
func (w *Workbench) mayReplace(ctx context.Context, d *Draft, c, saved store.Connection) error {
	if !d.SignedIn() {
		if saved.Account == nil && saved.Mode != ModeAppOnly {
			return nil // it never worked
		}
		return ErrSignInFirst
	}
	tokens, reg, err := w.tokens(ctx, c)
	if err != nil {
		return err
	}
	_, err = tokens.Token(ctx, w.firstScopes(reg.Cloud, c))
	return err
}

// takeOver gives c the slots of what its draft has stored, or else those of saved.
func takeOver(c *store.Connection, saved store.Connection, own keys) {
	c.CredentialSlot, c.SignInSlot = saved.CredentialSlot, saved.SignInSlot
	switch {
	case own.credential(*c) != "":
		c.CredentialSlot = slotOf(own.credential(*c))
	case !hasCredential(*c) && hasCredential(saved):
		c.CredentialSlot = store.NewSlot() // nothing is there, and the old secret goes
	}
	if own.refresh != "" && c.Account != nil {
		c.SignInSlot = slotOf(own.refresh)
	}
}

// slotOf is the slot at the end of a key; ids and names have no point.
func slotOf(key string) string {
	_, slot, _ := strings.Cut(key, ".")
	return slot
}

// replace stores c and settles the keys of the draft and of saved. Nobody may
// refresh the old sign-in while the new one takes its place.
func (w *Workbench) replace(ctx context.Context, c, saved store.Connection, there bool, claimed keys) error {
	before := inUse(saved)
	var old []string
	for _, key := range []string{before.secret, before.certificate, before.refresh} {
		if there && !c.Uses(key) {
			old = append(old, key)
		}
	}
	all := distinct(append(old, claimed.secret, claimed.certificate, claimed.refresh))
	unlock, err := w.Store.LockToken(ctx, c.ID)
	if err != nil {
		return err
	}
	defer unlock()
	if err := w.claim(ctx, c.ID, store.ForRemoval, old...); err != nil {
		return err
	}
	if there {
		_, err = w.Store.Update(ctx, c.ID, func(now *store.Connection) error {
			if now.CredentialSlot != saved.CredentialSlot || now.SignInSlot != saved.SignInSlot {
				return ErrChanged
			}
			*now = c
			return nil
		})
	} else {
		err = w.Store.Put(ctx, c)
	}
	if err != nil && !w.written(ctx, c) {
		w.settleQuietly(ctx, c.ID, old...) // what the draft has stored stays its own
		return err
	}
	w.settleQuietly(ctx, c.ID, all...)
	return nil
}

// written reports whether the record is c although writing it told an error, as
// a full disk can do after the file was replaced.
func (w *Workbench) written(ctx context.Context, c store.Connection) bool {
	now, there, err := w.saved(context.WithoutCancel(ctx), c.ID)
	if err != nil || !there {
		return false
	}
	is, err := json.Marshal(now)
	want, wantErr := json.Marshal(c)
	return err == nil && wantErr == nil && bytes.Equal(is, want)
}
