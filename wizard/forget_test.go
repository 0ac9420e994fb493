package wizard

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/store"
)

func TestForgetAll(t *testing.T) {
	dir := t.TempDir()
	data, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := &Workbench{Store: data, Vault: store.NewMemory()}
	t.Cleanup(w.Close)
	ctx := t.Context()
	saved := store.Connection{ID: store.NewID(), Name: "A"}
	draft := NewDraft(time.Now())
	for _, err := range []error{
		data.Put(ctx, saved), w.PutSecret(ctx, saved.ID, oauth.NewSecret("one")),
		w.SaveDraft(ctx, draft), w.PutSecret(ctx, draft.ID, oauth.NewSecret("two")),
		data.PutSettings(ctx, store.Settings{Theme: "dark"}),
		os.WriteFile(filepath.Join(dir, "foreign.txt"), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	gone, err := w.ForgetAll(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if gone.Connections != 1 || gone.Drafts != 1 || !slices.Contains(gone.Files, "settings.json") || !slices.Contains(gone.Files, "connections.json") {
		t.Errorf("gone: %+v", gone)
	}
	for _, id := range []string{saved.ID, draft.ID} {
		if _, err := w.Secret(ctx, id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a secret is left: %v", err)
		}
	}
	if claims, err := data.Claims(ctx); err != nil || len(claims) != 0 {
		t.Errorf("claims are left: %v, %v", claims, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "foreign.txt")); err != nil {
		t.Errorf("a file that is not Postkey's: %v", err)
	}
	again, err := w.ForgetAll(ctx)
	if err != nil || again.Connections+again.Drafts != 0 {
		t.Errorf("the second time: %+v, %v", again, err)
	}
}
