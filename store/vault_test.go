package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

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

// text makes a secret of n bytes that differs for each seed and in each part.
func text(seed string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%s-%d-0123456789/+=é€", seed, i)
	}
	return b.String()[:n]
}

func get(t *testing.T, v Vault, key string) (string, error) {
	t.Helper()
	s, err := v.Get(t.Context(), key)
	return s.Reveal(), err
}

// Every Vault does the same.
func TestVaults(t *testing.T) {
	for name, make := range map[string]func() Vault{
		"memory":  NewMemory,
		"chunked": func() Vault { return newChunked(newRing()) },
		"windows": func() Vault { r := newRing(); r.limit = 2560 / 2; return newChunked(r) }, // in UTF-16
	} {
		t.Run(name, func(t *testing.T) { useVault(t.Context(), t.Errorf, make()) })
	}
}

// useVault goes through what a Vault promises; also in the real keyring's process.
func useVault(ctx context.Context, report func(format string, args ...any), v Vault) {
	key, other := ClientSecretKey("a"), RefreshTokenKey("a")
	check := func(key, want string) {
		got, err := v.Get(ctx, key)
		if err != nil || got.Reveal() != want {
			report("%s: %d bytes of %d, %v", key, len(got.Reveal()), len(want), err)
		}
	}
	set := func(key, value string) {
		if err := v.Set(ctx, key, oauth.NewSecret(value)); err != nil {
			report("%s: %v", key, err)
		}
	}
	if _, err := v.Get(ctx, key); !errors.Is(err, ErrNotFound) {
		report("an absent secret: %v", err)
	}
	for i, n := range []int{1, chunkSize - 1, chunkSize, chunkSize + 1, 8 << 10, 2 * chunkSize, 40, 0, 5} {
		set(key, text(fmt.Sprint(i), n))
		check(key, text(fmt.Sprint(i), n))
	}
	odd := "\x00\xff'\"`$(x)\n ä \u202e"
	set(other, odd)
	check(other, odd)
	check(key, text("8", 5))
	for range 2 { // the second time it is absent
		if err := v.Delete(ctx, key); err != nil {
			report("Delete: %v", err)
		}
	}
	if _, err := v.Get(ctx, key); !errors.Is(err, ErrNotFound) {
		report("a deleted secret: %v", err)
	}
	check(other, odd)
	if err := v.Delete(ctx, other); err != nil {
		report("Delete: %v", err)
	}
	if err := Probe(ctx, v); err != nil {
		report("Probe: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, getErr := v.Get(ended, key)
	for _, err := range []error{getErr, v.Set(ended, key, oauth.NewSecret("x")), v.Delete(ended, key), Probe(ended, v)} {
		if !errors.Is(err, context.Canceled) {
			report("with a cancelled context: %v", err)
		}
	}
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

// Another process replaces the value while it is read: a reader gets one whole value.
func TestReadWhileReplaced(t *testing.T) {
	r := newRing()
	values := []string{text("a", 5000), text("b", 900), text("c", 3000)}
	writer, reader := newChunked(r), newChunked(r)
	if err := writer.Set(t.Context(), "k", oauth.NewSecret(values[0])); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := writer.Set(t.Context(), "k", oauth.NewSecret(values[i%3])); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 300 {
		got, err := get(t, reader, "k")
		if err != nil || got != values[0] && got != values[1] && got != values[2] {
			t.Errorf("%d bytes, %v", len(got), err)
			break
		}
	}
	close(stop)
	group.Wait()
}

// Items that someone else changed are told as such, and can be replaced.
func TestForeignItems(t *testing.T) {
	for name, damage := range map[string]func(map[string]string){
		"header no JSON":   func(m map[string]string) { m["k"] = "secret-looking" },
		"header empty":     func(m map[string]string) { m["k"] = "{}" },
		"header huge":      func(m map[string]string) { m["k"] = `{"version":1,"chunks":1165,"length":1048577}` },
		"header negative":  func(m map[string]string) { m["k"] = `{"version":1,"chunks":-1,"length":-900}` },
		"chunk missing":    func(m map[string]string) { delete(m, "k/b/1") },
		"chunk no base64":  func(m map[string]string) { m["k/b/1"] = "1:*" },
		"chunk of another": func(m map[string]string) { m["k/b/1"] = "7" + m["k/b/1"][1:] },
		"chunk changed":    func(m map[string]string) { m["k/b/1"] = m["k/b/0"] },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing()
			v := newChunked(r)
			if err := v.Set(t.Context(), "k", oauth.NewSecret(text("x", 3000))); err != nil {
				t.Fatal(err)
			}
			damage(r.items)
			if _, err := get(t, v, "k"); !errors.Is(err, errIncomplete) || strings.Contains(err.Error(), "secret-looking") {
				t.Errorf("Get = %v", err)
			}
			if err := v.Set(t.Context(), "k", oauth.NewSecret("good")); err != nil {
				t.Fatal(err)
			}
			if got, err := get(t, v, "k"); got != "good" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	r := newRing()
	r.items["k"] = `{"version":2,"format":"of the future"}`
	if _, err := get(t, newChunked(r), "k"); !errors.Is(err, ErrNewer) {
		t.Errorf("Get of a newer item = %v", err)
	}
	if err := newChunked(r).Set(t.Context(), "k", oauth.NewSecret("x")); !errors.Is(err, ErrNewer) {
		t.Errorf("Set over a newer item = %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	r := newRing()
	r.limit = 1000
	err := newChunked(r).Set(t.Context(), "k", oauth.NewSecret(text("x", 3000)))
	if !errors.Is(err, ErrKeyringFull) {
		t.Errorf("a keyring that refuses the size: %v", err)
	}
	if err := newChunked(newRing()).Set(t.Context(), "k", oauth.NewSecret(text("x", maxValue+1))); !errors.Is(err, ErrKeyringFull) {
		t.Errorf("a value of over 1 MiB: %v", err)
	}
}

// stuck is a keyring whose call stands until the user answers.
type stuck struct {
	*ring
	asked, answer chan struct{}
}

func (s stuck) get(name string) (string, error) {
	s.asked <- struct{}{}
	<-s.answer
	return s.ring.get(name)
}

// A call to a keyring cannot be cancelled; the caller goes on all the same, and
// nothing more is asked of the keyring afterwards.
func TestVaultCancelled(t *testing.T) {
	s := stuck{newRing(), make(chan struct{}), make(chan struct{})}
	v := newChunked(s)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- v.Set(ctx, "k", oauth.NewSecret("x")) }()
	<-s.asked
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Set = %v", err)
	}
	// The next call waits its turn rather than asking a second time.
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := v.Delete(short, "k"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Delete = %v", err)
	}
	s.answer <- struct{}{}
	go func() { _, err := v.Get(t.Context(), "k"); result <- err }()
	<-s.asked
	s.answer <- struct{}{}
	if err := <-result; !errors.Is(err, ErrNotFound) {
		t.Errorf("Get = %v", err)
	}
	if len(s.items) != 0 || s.calls != 2 {
		t.Errorf("%d items, %d calls", len(s.items), s.calls)
	}
}

// Probe tells a keyring that takes everything and gives something else.
func TestProbe(t *testing.T) {
	r := newRing()
	r.fault = func(call int) fault {
		if call == 2 {
			return cutsShort
		}
		return works
	}
	if err := Probe(t.Context(), newChunked(r)); !errors.Is(err, errChanged) {
		t.Errorf("a keyring that alters values: %v", err)
	}
	r.fault = func(int) fault { return fails }
	if err := Probe(t.Context(), newChunked(r)); !errors.Is(err, errFault) {
		t.Errorf("a keyring that fails: %v", err)
	}
	r = newRing()
	if err := Probe(t.Context(), newChunked(r)); err != nil || len(r.items) != 0 {
		t.Errorf("after a Probe %d items, %v", len(r.items), err)
	}
}
