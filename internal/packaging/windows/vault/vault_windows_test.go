package vault

import (
	"errors"
	"strings"
	"testing"

	"postkey/oauth"
	"postkey/store"
)

// TestCredentialManager stores, replaces, reads and deletes values up to 8 KiB,
// more than three items of the Credential Manager can hold.
func TestCredentialManager(t *testing.T) {
	v, key := store.NewKeyring(), store.RefreshTokenKey("test-"+store.NewID())
	t.Cleanup(func() { _ = v.Delete(t.Context(), key) })
	for _, size := range []int{100, 2560, 8 << 10, 17} {
		value := oauth.NewSecret(strings.Repeat("0123456789abcdef", size/16+1)[:size])
		if err := v.Set(t.Context(), key, value); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		// Another vault, so that nothing is in memory.
		got, err := store.NewKeyring().Get(t.Context(), key)
		if err != nil || !got.Equal(value) {
			t.Fatalf("%d bytes came back as %d: %v", size, len(got.Reveal()), err)
		}
	}
	if err := v.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Get(t.Context(), key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after Delete: %v", err)
	}
	if err := store.Probe(t.Context(), v); err != nil {
		t.Errorf("Probe: %v", err)
	}
}
