package wizard

import (
	"context"
	"errors"

	"postkey/oauth"
	"postkey/store"
)

// PutSecret stores the client secret of a connection or draft in the vault. That
// of a saved connection stays in use until Save.
func (w *Workbench) PutSecret(ctx context.Context, id string, value oauth.Secret) error {
	return w.stage(ctx, id, secretKey, value)
}

// PutCertificate stores a certificate with its private key as PutSecret does.
func (w *Workbench) PutCertificate(ctx context.Context, id string, value *oauth.Certificate) error {
	return w.stage(ctx, id, certificateKey, value.Secret())
}

// Secret reads the client secret of a draft, which is the saved connection's
// until the draft has one of its own; store.ErrNotFound when there is none.
func (w *Workbench) Secret(ctx context.Context, id string) (oauth.Secret, error) {
	value, _, err := w.read(ctx, store.Connection{ID: id, Draft: true}, secretKey)
	return value, err
}

// Certificate reads the certificate of a draft as Secret does.
func (w *Workbench) Certificate(ctx context.Context, id string) (*oauth.Certificate, error) {
	value, _, err := w.read(ctx, store.Connection{ID: id, Draft: true}, certificateKey)
	if err != nil {
		return nil, err
	}
	return oauth.ParseCertificate(value)
}

// SecretOf reads the client secret in use of a saved connection.
func (w *Workbench) SecretOf(ctx context.Context, c store.Connection) (oauth.Secret, error) {
	c.Draft = false
	value, _, err := w.read(ctx, c, secretKey)
	return value, err
}

// DropDraft forgets a draft and what it has stored in the keyring. A saved
// connection keeps what it uses.
func (w *Workbench) DropDraft(ctx context.Context, id string) error {
	saved, there, err := w.saved(ctx, id)
	if err != nil {
		return err
	}
	k, err := w.staged(ctx, id)
	if err != nil {
		return err
	}
	over := []string{k.secret, k.certificate, k.refresh}
	if !there {
		own := inUse(saved)
		over = append(over, own.secret, own.certificate, own.refresh)
	}
	over = distinct(over)
	if err := w.answers(ctx, over); err != nil {
		return err
	}
	// As the draft's own: if it is not deleted, it keeps what it has stored.
	if err := w.claim(ctx, id, store.ForDraft, over...); err != nil {
		return err
	}
	if err := w.Store.DeleteDraft(ctx, id); err != nil {
		return err
	}
	w.forgotten(ctx, id, over)
	return nil
}

// Remove forgets a connection with its draft and its secrets. Once the record is
// gone it is removed: what the keyring will not give up then goes at the next
// start.
func (w *Workbench) Remove(ctx context.Context, id string) error {
	saved, _, err := w.saved(ctx, id)
	if err != nil {
		return err
	}
	k, err := w.staged(ctx, id)
	if err != nil {
		return err
	}
	own := inUse(saved)
	used := distinct([]string{own.secret, own.certificate, own.refresh})
	all := distinct(append(used, k.secret, k.certificate, k.refresh))
	if err := w.answers(ctx, all); err != nil {
		return err
	}
	if err := w.claim(ctx, id, store.ForRemoval, used...); err != nil {
		return err
	}
	// The draft first: without its connection it would look like a new one.
	err = w.Store.DeleteDraft(ctx, id)
	if err == nil {
		err = w.Store.Delete(ctx, id)
	}
	if _, there, readErr := w.saved(context.WithoutCancel(ctx), id); err != nil && (there || readErr != nil) {
		w.settleQuietly(ctx, id, used...) // which the record still names
		return err
	}
	w.forgotten(ctx, id, all)
	return nil
}

// answers reports what is wrong with the keyring before anything is changed that
// needs it afterwards.
func (w *Workbench) answers(ctx context.Context, keys []string) error {
	for _, key := range keys {
		_, err := w.vault().Get(ctx, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrIncomplete) {
			return err
		}
	}
	return nil
}

// forgotten removes the secrets and tokens of what is not there any more.
func (w *Workbench) forgotten(ctx context.Context, id string, keys []string) {
	w.mu.Lock()
	delete(w.sources, id)
	delete(w.sources, appSource+id)
	w.mu.Unlock()
	w.settleQuietly(ctx, id, keys...)
}

// distinct leaves out what is empty or there twice.
func distinct(keys []string) []string {
	seen := map[string]bool{"": true}
	var out []string
	for _, key := range keys {
		if !seen[key] {
			seen[key] = true
			out = append(out, key)
		}
	}
	return out
}
