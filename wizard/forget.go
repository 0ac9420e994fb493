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

// ForgetAll removes all that Postkey remembers on this computer: every
// connection and draft with its keyring items first, then the files. What cannot
// be removed does not keep the rest from going; the files of connections and
// drafts stay as long as a secret of theirs may be in the keyring, so that it can
// be tried again. Microsoft is not told.
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
	if failed != nil {
		return gone, failed
	}
	gone.Files, err = w.Store.Forget(ctx)
	return gone, err
}
