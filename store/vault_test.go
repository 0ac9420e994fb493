package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"postkey/oauth"
)

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
	if err := Probe(t.Context(), newChunked(r)); !errors.Is(err, errChanged) || len(r.items) != 0 {
		t.Errorf("a keyring that alters values: %v, %d items stay", err, len(r.items))
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
