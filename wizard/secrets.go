package wizard

import (
	"context"

	"postkey/oauth"
)

// Secrets returns the client secrets and refresh tokens of a connection or
// draft, in use and not yet in use, as far as the vault gives them, so that a
// text can be searched for them before it is written.
func (w *Workbench) Secrets(ctx context.Context, id string) []oauth.Secret {
	saved, _, err := w.saved(ctx, id)
	if err != nil {
		w.log().Warn("secrets of a connection that cannot be read", "id", id, "error", err)
		saved.ID = id
	}
	staged, err := w.staged(ctx, id)
	if err != nil {
		w.log().Warn("secrets of a draft that cannot be read", "id", id, "error", err)
	}
	own := inUse(saved)
	var held []oauth.Secret
	for _, key := range distinct([]string{own.secret, own.refresh, staged.secret, staged.refresh}) {
		if value, err := w.vault().Get(ctx, key); err == nil {
			held = append(held, value)
		}
	}
	return held
}
