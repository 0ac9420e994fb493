package wizard

import (
	"context"
	"errors"
)

// Forgotten is what ForgetAll removed.
type Forgotten struct {
	Connections, Drafts int
	// Files are names in the data folder.
	Files []string
}

// ErrSecretsLeft says that the keyring did not give up every secret. They are
// removed at the next start, as soon as it does.
var ErrSecretsLeft = errors.New("the keyring did not give up every secret")

// ForgetAll removes all that Postkey remembers on this computer: every
// connection and draft with its keyring items first, then the files. What cannot
// be removed does not keep the rest from going; a connection or draft whose
// secrets may still be in use by it stays, and the files with it. Microsoft is
// not told.
func (w *Workbench) ForgetAll(ctx context.Context) (Forgotten, error) {
	var gone Forgotten
	var failed error
	drafts, err := w.Store.Drafts(ctx)
	failed = errors.Join(failed, err)
	for _, d := range drafts {
		if err := w.DropDraft(ctx, d.ID); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		gone.Drafts++
	}
	connections, err := w.Store.Connections(ctx)
	failed = errors.Join(failed, err)
	for _, c := range connections {
		if err := w.Remove(ctx, c.ID); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		gone.Connections++
	}
	if err := errors.Join(failed, w.Recover(ctx)); err != nil {
		return gone, err
	}
	if gone.Files, err = w.Store.Forget(ctx); err != nil {
		return gone, err
	}
	if left, err := w.Store.Claims(ctx); err != nil || len(left) > 0 {
		return gone, errors.Join(err, ErrSecretsLeft)
	}
	return gone, nil
}
