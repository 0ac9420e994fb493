package oauth

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

// TestUnsavedIsNotLost: a keyring that fails again and again loses no sign-in as
// long as the source lives, and what is stored meanwhile by a new sign-in wins.
func TestUnsavedIsNotLost(t *testing.T) {
	e := newEntra(t)
	src, store := source(t, e, nil)
	full := errors.New("keyring is full")
	store.onSave = func(context.Context) error { return full }
	for range 3 {
		if _, err := src.Token(t.Context(), testScopes); !errors.Is(err, full) {
			t.Fatalf("got %v", err)
		}
	}
	e.mu.Lock()
	e.token = func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 503, map[string]any{}) }
	e.mu.Unlock()
	if _, err := src.Token(t.Context(), testScopes); err == nil {
		t.Fatal("no error")
	}
	e.mu.Lock()
	e.token = nil
	e.mu.Unlock()
	store.onSave = nil
	if _, err := src.Token(t.Context(), testScopes); err != nil || store.held() != "refresh-4" {
		t.Fatalf("%v, stored %s", err, store.held())
	}
	src.Forget()
	store.onSave = func(context.Context) error { return full }
	if _, err := src.Token(t.Context(), testScopes); !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	store.onSave, store.value = nil, NewSecret("refresh-of-a-new-sign-in")
	e.refresh["refresh-of-a-new-sign-in"] = true
	if _, err := src.Token(t.Context(), testScopes); err != nil {
		t.Fatal(err)
	}
	if got := e.lastForm(t).Get("refresh_token"); got != "refresh-of-a-new-sign-in" {
		t.Errorf("redeemed %s", got)
	}
}
