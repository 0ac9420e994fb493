package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"postkey/oauth"
)

// chunkSize is how many bytes of a value go into one keyring item. Windows
// holds 2,560 bytes an item and macOS about 3,000 (documentation of go-keyring);
// 900 bytes are 1,200 in base64, and still fit where an implementation counts
// two bytes for each character.
const chunkSize = 900

// items is the keyring as the system offers it: named items of limited size.
type items interface {
	get(name string) (string, error) // errNoItem
	set(name, value string) error
	delete(name string) error // errNoItem
}

var errNoItem = errors.New("no such keyring item")

// chunked is a Vault over items. The item KEY is the header and says in which
// of two places, KEY/a or KEY/b, the chunks of the value are: KEY/a/0, KEY/a/1
// and so on. A new value goes to the place that the header does not point to;
// only when it reads back whole is the header changed, and only then is the old
// value removed. So at each moment the header points to one whole value.
//
// In either place the chunks are always numbered without a gap (they are
// written upwards and deleted downwards), so that leftovers of a crash can be
// found, although a keyring cannot be listed.
type chunked struct {
	items items
	turn  chan struct{} // holds one token: one operation at a time
}

func newChunked(i items) *chunked {
	return &chunked{items: i, turn: make(chan struct{}, 1)}
}

// header is the content of the item KEY. The digest tells a whole value from
// one that another process is just replacing; it is as well kept as the value.
type header struct {
	Version    int    `json:"version"`
	Generation int    `json:"generation"` // grows with each Set; even: place a, odd: place b
	Chunks     int    `json:"chunks"`
	Length     int    `json:"length"` // in bytes
	SHA256     string `json:"sha256"` // hexadecimal
}

// maxValue bounds what a header may claim, so that a damaged one does not make
// thousands of calls.
const maxValue = 1 << 20

func (h header) place() string { return [2]string{"a", "b"}[h.Generation&1] }

func (h header) other() string { return [2]string{"b", "a"}[h.Generation&1] }

func chunkName(key, place string, i int) string { return fmt.Sprintf("%s/%s/%d", key, place, i) }

// Get implements Vault.
func (v *chunked) Get(ctx context.Context, key string) (value oauth.Secret, err error) {
	got := make(chan oauth.Secret, 1)
	if err := v.inTurn(ctx, func() error {
		value, err := v.read(ctx, key)
		got <- value
		return err
	}); err != nil {
		return oauth.Secret{}, fmt.Errorf("secret %s: %w", key, err)
	}
	return <-got, nil
}

// Set implements Vault.
func (v *chunked) Set(ctx context.Context, key string, value oauth.Secret) error {
	if err := v.inTurn(ctx, func() error { return v.write(ctx, key, value) }); err != nil {
		return fmt.Errorf("secret %s: %w", key, err)
	}
	return nil
}

// Delete implements Vault.
func (v *chunked) Delete(ctx context.Context, key string) error {
	if err := v.inTurn(ctx, func() error { return v.remove(ctx, key) }); err != nil {
		return fmt.Errorf("secret %s: %w", key, err)
	}
	return nil
}

// inTurn runs work and returns when it ends or ctx does.
//
// A call to a keyring cannot be cancelled, and one that asks the user to unlock
// lasts as long as the question stands. So work has a goroutine of its own,
// which outlives a cancelled call until that one keyring call returns: work
// looks at ctx before each. Until then the next operation waits, so that the
// user is not asked twice.
func (v *chunked) inTurn(ctx context.Context, work func() error) error {
	select {
	case v.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-v.turn }()
		done <- work()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (v *chunked) read(ctx context.Context, key string) (oauth.Secret, error) {
	h, err := v.header(ctx, key)
	if errors.Is(err, errNoItem) {
		return oauth.Secret{}, ErrNotFound
	}
	if err != nil {
		return oauth.Secret{}, err
	}
	for {
		value, err := v.chunks(ctx, key, h)
		if err == nil || !errors.Is(err, errIncomplete) {
			return oauth.NewSecret(value), err
		}
		// Another process may have replaced the value while it was read.
		now, headerErr := v.header(ctx, key)
		switch {
		case errors.Is(headerErr, errNoItem):
			return oauth.Secret{}, ErrNotFound
		case headerErr != nil:
			return oauth.Secret{}, headerErr
		case now == h:
			return oauth.Secret{}, err
		}
		h = now
	}
}

func (v *chunked) write(ctx context.Context, key string, value oauth.Secret) error {
	raw := value.Reveal()
	if len(raw) > maxValue {
		return fmt.Errorf("%w: it has %d bytes", ErrKeyringFull, len(raw))
	}
	old, err := v.header(ctx, key)
	if err != nil && !errors.Is(err, errNoItem) && !errors.Is(err, errIncomplete) {
		return err
	}
	digest := sha256.Sum256([]byte(raw))
	h := header{
		Version:    version,
		Generation: old.Generation + 1,
		Chunks:     (len(raw) + chunkSize - 1) / chunkSize,
		Length:     len(raw),
		SHA256:     hex.EncodeToString(digest[:]),
	}
	for i := range h.Chunks {
		part := raw[i*chunkSize : min((i+1)*chunkSize, len(raw))]
		if err := v.set(ctx, chunkName(key, h.place(), i), h.encode(part)); err != nil {
			return err
		}
	}
	if back, err := v.chunks(ctx, key, h); errors.Is(err, errIncomplete) || (err == nil && back != raw) {
		return errChanged
	} else if err != nil {
		return err
	}
	if err := v.setHeader(ctx, key, old, h); err != nil {
		return err
	}
	// The new value counts from here on. What cannot be removed now is removed
	// by the next Set or Delete.
	if v.removeFrom(ctx, key, h.place(), h.Chunks) == nil {
		_ = v.removeFrom(ctx, key, h.other(), 0)
	}
	return nil
}

// remove takes the header first: from then on there is no value. An error
// afterwards is returned, so that the caller knows that something is left.
func (v *chunked) remove(ctx context.Context, key string) error {
	if err := v.delete(ctx, key); err != nil && !errors.Is(err, errNoItem) {
		return err
	}
	if err := v.removeFrom(ctx, key, "a", 0); err != nil {
		return err
	}
	return v.removeFrom(ctx, key, "b", 0)
}

// removeFrom deletes the chunks of a place from number first on.
func (v *chunked) removeFrom(ctx context.Context, key, place string, first int) error {
	end := first
	for {
		_, err := v.get(ctx, chunkName(key, place, end))
		if errors.Is(err, errNoItem) {
			break
		}
		if err != nil {
			return err
		}
		end++
	}
	for i := end - 1; i >= first; i-- {
		if err := v.delete(ctx, chunkName(key, place, i)); err != nil && !errors.Is(err, errNoItem) {
			return err
		}
	}
	return nil
}

var (
	// errIncomplete marks items that do not make up one whole value.
	errIncomplete = ErrIncomplete
	// errChanged: a keyring that alters what it is given cannot be used.
	errChanged = errors.New("the keyring did not give back what was stored in it")
)

func (v *chunked) header(ctx context.Context, key string) (header, error) {
	text, err := v.get(ctx, key)
	if err != nil {
		return header{}, err
	}
	var h header
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return header{}, errIncomplete // without err, which could quote the item
	}
	if h.Version > version {
		return header{}, fmt.Errorf("a newer Postkey stored it: %w", ErrNewer)
	}
	if h.Version < 1 || h.Generation < 0 || h.Length < 0 || h.Length > maxValue ||
		h.Chunks != (h.Length+chunkSize-1)/chunkSize {
		return header{}, errIncomplete
	}
	return h, nil
}

// setHeader writes the header and reads it back, because only then may the old
// value go. A header that reads back wrong is replaced by the old one, also where
// writing it told an error.
func (v *chunked) setHeader(ctx context.Context, key string, old, h header) error {
	putErr := v.putHeader(ctx, key, h)
	back, err := v.header(ctx, key)
	if err == nil && (back == h || putErr != nil) {
		return putErr
	}
	if err != nil && !errors.Is(err, errIncomplete) {
		return cmp.Or(putErr, err)
	}
	if old == (header{}) {
		err = v.delete(ctx, key)
	} else {
		err = v.putHeader(ctx, key, old)
	}
	return errors.Join(cmp.Or(putErr, errChanged), err)
}

func (v *chunked) putHeader(ctx context.Context, key string, h header) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return v.set(ctx, key, string(text))
}

// chunks reads the value that h describes.
func (v *chunked) chunks(ctx context.Context, key string, h header) (string, error) {
	var value strings.Builder
	for i := range h.Chunks {
		text, err := v.get(ctx, chunkName(key, h.place(), i))
		if errors.Is(err, errNoItem) {
			return "", errIncomplete
		}
		if err != nil {
			return "", err
		}
		part, ok := h.decode(text)
		if !ok {
			return "", errIncomplete
		}
		value.WriteString(part)
	}
	digest := sha256.Sum256([]byte(value.String()))
	if value.Len() != h.Length || hex.EncodeToString(digest[:]) != h.SHA256 {
		return "", errIncomplete
	}
	return value.String(), nil
}

// encode makes the text of a chunk: the generation, then the bytes in base64,
// which every keyring gives back unchanged.
func (h header) encode(part string) string {
	return fmt.Sprintf("%d:%s", h.Generation, base64.StdEncoding.EncodeToString([]byte(part)))
}

func (h header) decode(text string) (part string, ok bool) {
	text, ok = strings.CutPrefix(text, fmt.Sprintf("%d:", h.Generation))
	if !ok {
		return "", false
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	return string(raw), err == nil
}

func (v *chunked) get(ctx context.Context, name string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return v.items.get(name)
}

func (v *chunked) set(ctx context.Context, name, value string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return v.items.set(name, value)
}

func (v *chunked) delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return v.items.delete(name)
}
