package oauth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// TokenStore keeps the refresh token of one connection between processes.
type TokenStore interface {
	// Lock gives this process alone the right to refresh, until unlock. It waits,
	// and returns soon after the context is cancelled.
	Lock(ctx context.Context) (unlock func(), err error)
	// Load returns the stored refresh token, the zero Secret when there is none.
	Load(ctx context.Context) (Secret, error)
	// Save replaces it.
	Save(ctx context.Context, refresh Secret) error
}

const (
	// early is how long before its end an access token counts as ended.
	early = 5 * time.Minute
	// saveGrace is how long a rotated refresh token may still be saved after the
	// caller has given up: losing it could mean a new sign-in.
	saveGrace = 80 * time.Millisecond
)

// TokenSource turns the stored refresh token of one connection into access
// tokens, or with NewAppTokenSource the application's own credential. It may be
// used from several goroutines, and beside other processes that share the store.
//
// A refusal of Entra's (invalid_grant among them) changes nothing in the store:
// whether the sign-in has really ended is for a person to decide.
type TokenSource struct {
	reg     Registration
	store   TokenStore // nil: the application asks in its own name
	service service
	owned   bool // the client is ours, idle connections are closed after use

	mu      sync.Mutex
	held    []heldToken
	flights map[string]*flight
	// unsaved is a refresh token that Entra gave in place of replaced, and that the
	// store did not take.
	unsaved, replaced Secret
}

// heldToken is an access token in memory, and for which scopes it was asked.
type heldToken struct {
	asked string
	got   time.Time
	Token
}

// flight is a refresh under way that several goroutines wait for.
type flight struct {
	done  chan struct{}
	token Token
	err   error
	// abandoned: the goroutine that led was cancelled, err says nothing of Entra.
	abandoned bool
}

// NewTokenSource returns a source for one connection. Client and now may be nil:
// NewClient(nil), time.Now.
func NewTokenSource(reg Registration, store TokenStore, client *http.Client, now func() time.Time) *TokenSource {
	return &TokenSource{
		reg: reg, store: store, service: newService(client, now), owned: client == nil,
		flights: make(map[string]*flight),
	}
}

// NewAppTokenSource returns a source for an application that signs in itself
// (client credentials, RFC 6749, section 4.4). Its Token takes one scope, that of
// everything granted on a resource: RESOURCE/.default. Nothing is stored, and
// there is no refresh token. Client and now may be nil.
//
// Entra hands out tokens without roles too; Inspect shows them. A permission
// granted later is in no token handed out before, see Forget.
func NewAppTokenSource(reg Registration, client *http.Client, now func() time.Time) *TokenSource {
	// Entra serves this grant at the tenant alone, whatever accounts the
	// registration is for (Microsoft Learn: OAuth 2.0 client credentials flow).
	reg.Audience = AudienceSingle
	return NewTokenSource(reg, nil, client, now)
}

// Prime hands over the token of a sign-in, to be used while it lasts. What was
// held or asked for before is forgotten.
func (t *TokenSource) Prime(token Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.flights)
	t.held = []heldToken{{asked: scopeKey(token.Scopes), got: t.wallClock(), Token: token}}
}

// Forget drops the access tokens in memory, so that the next Token asks Entra
// anew: after a consent, for instance, which no earlier token knows of. One that
// is on its way serves those alone who wait for it already.
func (t *TokenSource) Forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = nil
	clear(t.flights)
}

// Token returns an access token for the scopes, which must belong to one
// resource: the one in memory until five minutes before its end by the wall
// clock, otherwise a new one. A rotated refresh token is saved before the new
// access token is returned. It tries once; nothing is repeated.
//
// Errors: *Error for Entra's refusals, ErrNotSignedIn, ErrRegistration,
// ErrCertificate, ErrAnswer, and those of the store and of the network.
func (t *TokenSource) Token(ctx context.Context, scopes []string) (Token, error) {
	key := scopeKey(scopes)
	for {
		token, f, lead := t.join(key, scopes)
		if f == nil {
			return token, nil
		}
		if lead {
			f.token, f.err = t.renew(ctx, scopes)
			f.abandoned = f.err != nil && ctx.Err() != nil
			t.land(key, f)
			return f.token, f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return Token{}, ctx.Err()
		}
		if !f.abandoned {
			return f.token, f.err
		}
		// The one who led has given up; that is no reason for us to.
	}
}

// join returns a held token, or the flight that will bring one, and whether the
// caller leads it.
func (t *TokenSource) join(key string, scopes []string) (Token, *flight, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.wallClock()
	for _, h := range t.held {
		if (h.asked == key || covers(h.Scopes, scopes)) && h.fresh(now) {
			return h.Token, nil, false
		}
	}
	if f := t.flights[key]; f != nil {
		return Token{}, f, false
	}
	f := &flight{done: make(chan struct{})}
	t.flights[key] = f
	return Token{}, f, true
}

func (t *TokenSource) land(key string, f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := t.flights[key] == f // it is not since a Forget
	if kept {
		delete(t.flights, key)
	}
	if kept && f.err == nil {
		t.held = slices.DeleteFunc(t.held, func(h heldToken) bool { return h.asked == key })
		// The newest first: an older token that covers the scopes too must not win.
		t.held = slices.Insert(t.held, 0, heldToken{asked: key, got: t.wallClock(), Token: f.token})
	}
	close(f.done)
}

// renew asks Entra for a token.
func (t *TokenSource) renew(ctx context.Context, scopes []string) (Token, error) {
	if err := t.reg.Validate(); err != nil {
		return Token{}, err
	}
	if t.owned {
		defer t.service.client.CloseIdleConnections()
	}
	if t.store != nil {
		return t.refresh(ctx, scopes)
	}
	if t.reg.Certificate == nil && t.reg.ClientSecret.IsZero() {
		return Token{}, fmt.Errorf("%w: an application that signs in itself needs a secret or a certificate", ErrRegistration)
	}
	answer, err := t.service.token(ctx, t.reg, url.Values{"grant_type": {"client_credentials"}}, scopes)
	answer.Refresh = Secret{} // RFC 6749, section 4.4.3: there should be none, and nobody would keep it
	return answer.Token, err
}

// refresh redeems the stored refresh token under the store's lock, so that two
// processes never redeem the same one at once.
func (t *TokenSource) refresh(ctx context.Context, scopes []string) (Token, error) {
	unlock, err := t.store.Lock(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("waiting for the stored sign-in: %w", err)
	}
	defer unlock()
	stored, err := t.store.Load(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("reading the stored sign-in: %w", err)
	}
	if stored.IsZero() {
		return Token{}, ErrNotSignedIn
	}
	newest := t.newest(stored)
	answer, err := t.service.token(ctx, t.reg, url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {newest.Reveal()},
	}, scopes)
	if err != nil {
		return Token{}, err
	}
	token := answer.Token
	if token.Refresh.IsZero() {
		token.Refresh = newest
	}
	if token.Refresh.Equal(stored) {
		return token, nil
	}
	err = t.save(ctx, token.Refresh)
	t.noteSave(stored, token.Refresh, err)
	if err != nil {
		return Token{}, fmt.Errorf("saving the renewed sign-in: %w", err)
	}
	return token, nil
}

// newest is the refresh token to redeem: the stored one, or the one that took its
// place at Entra and that the store did not take then.
func (t *TokenSource) newest(stored Secret) Secret {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.unsaved.IsZero() && t.replaced.Equal(stored) {
		return t.unsaved
	}
	return stored
}

// noteSave remembers a refresh token that could not be saved: Entra may have
// ended the stored one, and the next Token saves it or its successor.
func (t *TokenSource) noteSave(stored, refresh Secret, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unsaved, t.replaced = Secret{}, Secret{}
	if err != nil {
		t.unsaved, t.replaced = refresh, stored
	}
}

// save outlasts the caller's context by saveGrace.
func (t *TokenSource) save(ctx context.Context, refresh Secret) error {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(saveGrace, cancel) })
	defer stop()
	return t.store.Save(lasting, refresh)
}

// wallClock leaves the monotonic clock aside, which stands still while a laptop sleeps.
func (t *TokenSource) wallClock() time.Time { return t.service.now().Round(0) }

// fresh also refuses a token from the future: the clock was put back since, and
// says nothing about its end.
func (h heldToken) fresh(now time.Time) bool {
	return now.Before(h.Expires.Round(0).Add(-early)) && !now.Before(h.got.Add(-early))
}

func scopeKey(scopes []string) string {
	sorted := slices.Clone(scopes)
	slices.Sort(sorted)
	return strings.ToLower(strings.Join(slices.Compact(sorted), " "))
}

// covers reports whether a token with the granted scopes serves for the asked
// ones. The scopes of OpenID Connect belong to no resource and are not echoed.
func covers(granted, asked []string) bool {
	named := false
	for _, scope := range asked {
		switch scope {
		case "openid", "profile", "email", "offline_access":
			continue
		}
		named = true
		if !slices.ContainsFunc(granted, func(g string) bool { return strings.EqualFold(g, scope) }) {
			return false
		}
	}
	return named
}
