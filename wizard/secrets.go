package wizard

import (
	"context"

	"postkey/oauth"
	"postkey/store"
)

// Secrets returns the client secret and the refresh token of a connection or
// draft, as far as the vault gives them, so that a text can be searched for them
// before it is written.
func (w *Workbench) Secrets(ctx context.Context, id string) []oauth.Secret {
	var held []oauth.Secret
	for _, key := range []string{store.ClientSecretKey(id), store.RefreshTokenKey(id)} {
		if value, err := w.vault().Get(ctx, key); err == nil {
			held = append(held, value)
		}
	}
	return held
}
