package wizard

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/support"
)

// Workbench is where the draft meets the world: the data folder, the keyring,
// Microsoft's sign-in and the mail servers. The window and the command line
// call nothing else for work that waits, so that both do the same.
//
// All methods may be called from several goroutines at once.
type Workbench struct {
	// Catalog holds Microsoft's facts. Required.
	Catalog *catalog.Catalog
	// Store is the data folder. Required.
	Store *store.Store
	// Vault keeps the secrets. Required; UseMemory replaces it.
	Vault store.Vault
	// Roots are trusted instead of the system's; nil for the system's.
	Roots *x509.CertPool
	// OpenBrowser opens the sign-in page; nil opens none, and the page's link is copied by hand.
	OpenBrowser func(ctx context.Context, url string) error
	// SignInWithin says how long a sign-in waits for the browser; nil, or a duration
	// of 0: oauth's own time.
	SignInWithin func() time.Duration
	// Listen opens the port that the browser comes back to; nil: the system's.
	Listen oauth.ListenFunc
	// CallbackPage is what the browser shows after the sign-in; nil for oauth's own.
	CallbackPage func(oauth.Landing, string) []byte
	// Now is the clock; nil for the system's.
	Now func() time.Time
	// Log receives what happens, without secrets; nil for none. At debug level
	// that is the whole dialogue of the protocols.
	Log *slog.Logger
	// Known hears of every secret that passes through, so that what is written
	// can be searched for it; nil for none.
	Known *support.Known
	// Practice says that this is the practice tenant.
	Practice bool
	// ArriveWithin is how long a test message may take to arrive; 0: 2 minutes.
	ArriveWithin time.Duration
	// SecretWithin is how long a new secret may take until Microsoft knows it; 0: 2 minutes.
	SecretWithin time.Duration

	mu      sync.Mutex
	client  *http.Client
	sources map[string]source
	memory  store.Vault
	ownName string // of this process in claims; empty before the first
	release func()
}

// source is a token source with what it was made for: another registration or
// refresh token under the same ID needs another source.
type source struct {
	reg     oauth.Registration
	refresh string
	tokens  *oauth.TokenSource
}

// Context gathers what the checks of a draft compare with.
func (w *Workbench) Context(ctx context.Context) (Context, error) {
	others, err := w.Store.Connections(ctx)
	return Context{Now: w.now(), Catalog: w.Catalog, Others: others, Practice: w.Practice}, err
}

// Clouds returns the IDs of the clouds to choose from, the usual one first. In
// the practice tenant that is the tenant alone, so that nothing reaches Microsoft.
func (w *Workbench) Clouds() []string {
	known := w.Catalog.Clouds()
	if w.Practice {
		return []string{known[0].ID}
	}
	ids := make([]string, 0, len(known)+1)
	for _, c := range known {
		ids = append(ids, c.ID)
	}
	return append(ids, catalog.Custom)
}

// NewDraft returns the draft of a new connection to the usual cloud.
func (w *Workbench) NewDraft() *Draft {
	d := NewDraft(w.now())
	d.Cloud = w.Clouds()[0]
	return d
}

// SaveDraft keeps what was typed, never a secret, for the next start.
func (w *Workbench) SaveDraft(ctx context.Context, d *Draft) error {
	// Not before what it was made from, although the clock may have been set back:
	// Recover takes a draft that is older than its connection for one that was saved.
	if now := w.now().Round(0); now.Before(d.Changed) { // by the wall clock
		d.Changed = d.Changed.Add(1)
	} else {
		d.Changed = now
	}
	data, err := json.Marshal(d.onFile())
	if err != nil {
		return fmt.Errorf("write the draft: %w", err)
	}
	return w.Store.PutDraft(ctx, store.DraftRecord{ID: d.ID, Changed: d.Changed, Data: data})
}

// Drafts returns the drafts that were kept, the newest first, and leaves out
// what cannot be read. HasSecret tells what the vault holds now.
func (w *Workbench) Drafts(ctx context.Context) ([]*Draft, error) {
	records, err := w.Store.Drafts(ctx)
	if err != nil {
		return nil, err
	}
	var drafts []*Draft
	for _, r := range records {
		d := &Draft{}
		if err := json.Unmarshal(r.Data, d); err != nil || d.ID != r.ID {
			w.log().Warn("draft left out", "id", r.ID, "error", err)
			continue
		}
		w.lookForSecret(ctx, d)
		drafts = append(drafts, d)
	}
	return drafts, nil
}

// Edit returns a draft of a saved connection, to change it or to sign in again.
func (w *Workbench) Edit(ctx context.Context, id string) (*Draft, error) {
	c, err := w.Store.Connection(ctx, id)
	if err != nil {
		return nil, err
	}
	d := DraftOf(c)
	w.lookForSecret(ctx, d)
	return d, nil
}

// lookForSecret sets HasSecret; a keyring that does not answer counts as none,
// and the secret step says so.
func (w *Workbench) lookForSecret(ctx context.Context, d *Draft) {
	_, _, err := w.read(ctx, store.Connection{ID: d.ID, Draft: true}, secretKey)
	d.HasSecret = err == nil
}

// UseMemory keeps secrets in memory until Postkey closes, for a system without
// a keyring. Nothing is written to disk instead.
func (w *Workbench) UseMemory() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.memory == nil {
		w.memory = store.NewMemory()
		w.sources = nil
	}
}

// ForgetTokens drops the access tokens kept in memory, so that whatever comes
// next asks for new ones. Refresh tokens stay.
func (w *Workbench) ForgetTokens() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sources = nil
}

func (w *Workbench) vault() store.Vault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.memory != nil {
		return heard{w.memory, w}
	}
	return heard{w.Vault, w}
}

func (w *Workbench) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}

func (w *Workbench) signInWithin() time.Duration {
	if w.SignInWithin == nil {
		return 0
	}
	return w.SignInWithin()
}

func (w *Workbench) log() *slog.Logger {
	if w.Log != nil {
		return w.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (w *Workbench) httpClient() *http.Client {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.client == nil {
		w.client = oauth.NewClient(w.Roots)
		if watch := w.watchWeb(); watch != nil {
			w.client.Transport = watch(w.client.Transport)
		}
	}
	return w.client
}
