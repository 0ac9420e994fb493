package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"postkey/oauth"
)

// ring is a keyring in memory that fails where a test wants it to.
type ring struct {
	mu    sync.Mutex
	items map[string]string
	calls int
	fault func(call int) fault // nil: none
	limit int                  // bytes an item; 0: none
}

type fault int

const (
	works     fault = iota
	fails           // nothing happens, and an error is returned
	failsLate       // it happens, and an error is returned all the same
	cutsShort       // no error, but half of the value is stored
)

var errFault = errors.New("injected")

func newRing() *ring { return &ring{items: map[string]string{}} }

func (r *ring) call() fault {
	r.calls++
	if r.fault == nil {
		return works
	}
	return r.fault(r.calls)
}

func (r *ring) get(name string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.call(); f == fails || f == failsLate {
		return "", errFault
	}
	value, ok := r.items[name]
	if !ok {
		return "", errNoItem
	}
	return value, nil
}

func (r *ring) set(name, value string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.call()
	switch {
	case f == fails:
		return errFault
	case f == cutsShort:
		value = value[:len(value)/2]
	}
	if r.limit > 0 && len(value) > r.limit {
		return fmt.Errorf("%w: test", ErrKeyringFull)
	}
	r.items[name] = value
	if f == failsLate {
		return errFault
	}
	return nil
}

func (r *ring) delete(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.call()
	if f == fails {
		return errFault
	}
	_, ok := r.items[name]
	delete(r.items, name)
	switch {
	case f == failsLate:
		return errFault
	case !ok:
		return errNoItem
	}
	return nil
}

func (r *ring) heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault, r.calls = nil, 0
}

// A failure at every single keyring call in turn while a new value replaces an
// old one, or none: afterwards the secret is the old one or the new one, and
// neither a later Set nor a Delete leaves anything behind.
func TestSetFailures(t *testing.T) {
	crash := fault(-1) // this call and all after it fail
	for name, kind := range map[string]fault{"fails": fails, "fails late": failsLate, "cut short": cutsShort, "crash": crash} {
		for _, sizes := range [][2]int{{3000, 8 << 10}, {8 << 10, 3000}, {40, 40}, {0, 2000}, {-1, 2000}} {
			t.Run(fmt.Sprintf("%s/%d to %d", name, sizes[0], sizes[1]), func(t *testing.T) {
				for at, done := 1, false; !done; at++ {
					done = setWithFault(t, kind, at, sizes[0], sizes[1])
				}
			})
		}
	}
}

// setWithFault reports whether Set ended before the call at which the fault was due.
func setWithFault(t *testing.T, kind fault, at, oldSize, newSize int) (done bool) {
	t.Helper()
	const key = "k"
	r := newRing()
	had := oldSize >= 0
	before := ""
	if had {
		before = text("old", oldSize)
		if err := newChunked(r).Set(t.Context(), key, oauth.NewSecret(before)); err != nil {
			t.Fatal(err)
		}
	}
	r.heal()
	r.fault = func(call int) fault {
		switch {
		case kind == -1 && call >= at:
			return fails
		case call == at && kind != -1:
			return kind
		}
		return works
	}
	after := text("new", newSize)
	setErr := newChunked(r).Set(t.Context(), key, oauth.NewSecret(after))
	done = r.calls < at
	r.heal()

	got, err := get(t, newChunked(r), key)
	isOld := had && err == nil && got == before || !had && errors.Is(err, ErrNotFound)
	isNew := err == nil && got == after
	switch {
	case !isOld && !isNew:
		t.Errorf("fault at call %d: neither old nor new: %d bytes, %v", at, len(got), err)
	case setErr == nil && !isNew:
		t.Errorf("fault at call %d: Set succeeded, and the value is the old one", at)
	case setErr != nil && strings.Contains(setErr.Error(), "0123456789"):
		t.Errorf("fault at call %d: the error tells the secret: %v", at, setErr)
	}
	again := text("again", 1000)
	v := newChunked(r)
	if err := v.Set(t.Context(), key, oauth.NewSecret(again)); err != nil {
		t.Errorf("fault at call %d: the next Set: %v", at, err)
	}
	if got, err := get(t, v, key); err != nil || got != again || len(r.items) != 3 {
		t.Errorf("fault at call %d: after the next Set %d items, %v", at, len(r.items), err)
	}
	if err := v.Delete(t.Context(), key); err != nil || len(r.items) != 0 {
		t.Errorf("fault at call %d: after Delete %d items, %v", at, len(r.items), err)
	}
	return done
}

// The same for Delete: the secret is there whole or gone, and a second Delete
// leaves nothing.
func TestDeleteFailures(t *testing.T) {
	for _, kind := range []fault{fails, failsLate} {
		for at, done := 1, false; !done; at++ {
			r := newRing()
			v := newChunked(r)
			before := text("old", 3000)
			if err := v.Set(t.Context(), "k", oauth.NewSecret(before)); err != nil {
				t.Fatal(err)
			}
			r.heal()
			r.fault = func(call int) fault {
				if call == at {
					return kind
				}
				return works
			}
			err := v.Delete(t.Context(), "k")
			done = r.calls < at
			left := len(r.items)
			r.heal()
			got, getErr := get(t, v, "k")
			if !(getErr == nil && got == before && err != nil) && !errors.Is(getErr, ErrNotFound) {
				t.Errorf("fault at call %d: %d bytes, %v", at, len(got), getErr)
			}
			if err == nil && left != 0 {
				t.Errorf("fault at call %d: Delete succeeded and left %d items", at, left)
			}
			if err := v.Delete(t.Context(), "k"); err != nil || len(r.items) != 0 {
				t.Errorf("fault at call %d: the next Delete leaves %d items, %v", at, len(r.items), err)
			}
		}
	}
}

// Whatever sequence of calls and crashes happens, what can be read is the value
// of the last Set that succeeded or of one that failed since, and Delete leaves nothing.
func TestVaultModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		r := newRing()
		possible := map[string]bool{"": true} // "" stands for absent
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			crashAt := rapid.IntRange(1, 60).Draw(t, "crash")
			r.heal()
			r.fault = func(call int) fault {
				if call >= crashAt {
					return fails
				}
				return works
			}
			value, err := "", error(nil)
			if rapid.Bool().Draw(t, "set") {
				value = text(rapid.StringMatching(`[a-z]{6}`).Draw(t, "seed"), rapid.IntRange(1, 9000).Draw(t, "size"))
				err = newChunked(r).Set(ctx, "k", oauth.NewSecret(value))
			} else {
				err = newChunked(r).Delete(ctx, "k")
			}
			if err == nil {
				clear(possible)
			}
			possible[value] = true
			r.heal()
			got, err := newChunked(r).Get(ctx, "k")
			if err != nil && !errors.Is(err, ErrNotFound) || !possible[got.Reveal()] {
				t.Fatalf("%d bytes that were not set, %v", len(got.Reveal()), err)
			}
		}
		if err := newChunked(r).Delete(ctx, "k"); err != nil || len(r.items) != 0 {
			t.Fatalf("Delete leaves %d items, %v", len(r.items), err)
		}
	})
}
