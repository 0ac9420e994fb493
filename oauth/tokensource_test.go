package oauth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// memoryStore is a TokenStore in memory, as two processes would share it.
type memoryStore struct {
	turn chan struct{}
	mu   sync.Mutex
	// value is the refresh token; saved is all that was ever saved.
	value   Secret
	saved   []string
	onSave  func(ctx context.Context) error
	lockErr error
	loadErr error
	loads   int
}

func newMemoryStore(value string) *memoryStore {
	return &memoryStore{turn: make(chan struct{}, 1), value: NewSecret(value)}
}

func (m *memoryStore) Lock(ctx context.Context) (func(), error) {
	if m.lockErr != nil {
		return nil, m.lockErr
	}
	select {
	case m.turn <- struct{}{}:
		return func() { <-m.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memoryStore) Load(context.Context) (Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loads++
	return m.value, m.loadErr
}

func (m *memoryStore) Save(ctx context.Context, refresh Secret) error {
	if m.onSave != nil {
		if err := m.onSave(ctx); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.value = refresh
	m.saved = append(m.saved, refresh.Reveal())
	return nil
}

func (m *memoryStore) held() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.value.Reveal()
}

// source returns a source whose stored refresh token the service knows.
func source(t testing.TB, e *entra, now func() time.Time) (*TokenSource, *memoryStore) {
	store := newMemoryStore("refresh-first")
	e.refresh["refresh-first"] = true
	client := NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	return NewTokenSource(e.registration(), store, client, now), store
}

func (e *entra) asked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.forms)
}

func TestTokenIsKeptWhileItLasts(t *testing.T) {
	e := newEntra(t)
	clock := testNow
	src, store := source(t, e, func() time.Time { return clock })
	steps := []struct {
		after  time.Duration
		access string
	}{
		{0, "access-1"},
		{54 * time.Minute, "access-1"},
		{time.Minute, "access-2"}, // 5 minutes before the end
		{50 * time.Minute, "access-2"},
		{time.Hour, "access-3"},      // after the end
		{-3 * time.Hour, "access-4"}, // the clock was put back: nothing is known of the end
	}
	for i, s := range steps {
		clock = clock.Add(s.after)
		got, err := src.Token(t.Context(), testScopes)
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if got.Access.Reveal() != s.access {
			t.Errorf("step %d: %s, want %s", i, got.Access.Reveal(), s.access)
		}
		if got.Refresh.Reveal() != store.held() {
			t.Errorf("step %d: the token's refresh token is not the stored one", i)
		}
	}
	want := []string{"refresh-1", "refresh-2", "refresh-3", "refresh-4"}
	if diff := cmp.Diff(want, store.saved); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
	form := e.lastForm(t)
	if form.Get("grant_type") != "refresh_token" || form.Get("client_secret") != plantedSecret || form.Has("redirect_uri") {
		t.Error("not a refresh request of a web client")
	}
}

func TestPrime(t *testing.T) {
	e := newEntra(t)
	src, _ := source(t, e, nil)
	src.Prime(Token{Access: NewSecret("of the sign-in"), Expires: time.Now().Add(time.Hour), Scopes: []string{testScope, "https://outlook.office.com/SMTP.Send"}})
	got, err := src.Token(t.Context(), testScopes) // asks for the scopes of OpenID Connect too, which are not echoed
	if err != nil || got.Access.Reveal() != "of the sign-in" || e.asked() != 0 {
		t.Errorf("%v, %d requests", err, e.asked())
	}
	if got, err = src.Token(t.Context(), []string{"https://graph.microsoft.com/Mail.Send"}); err != nil || got.Access.Reveal() != "access-1" {
		t.Errorf("another resource needs another token: %v", err)
	}
	src.Prime(Token{Access: NewSecret("ending"), Expires: time.Now().Add(time.Minute), Scopes: []string{testScope}})
	if got, err = src.Token(t.Context(), testScopes); err != nil || got.Access.Reveal() != "access-2" {
		t.Errorf("a primed token that ends is renewed: %v", err)
	}
}

// TestSavedBeforeUse: when Token returns, the rotated refresh token is stored;
// when storing fails, there is no token.
func TestSavedBeforeUse(t *testing.T) {
	e := newEntra(t)
	src, store := source(t, e, nil)
	full := errors.New("keyring is full")
	store.onSave = func(context.Context) error { return full }
	if _, err := src.Token(t.Context(), testScopes); !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	if store.held() != "refresh-first" {
		t.Error("the old refresh token is gone")
	}
	store.onSave = nil // the stored one has ended by its use, the one that was not saved has not
	got, err := src.Token(t.Context(), testScopes)
	if err != nil || got.Access.Reveal() != "access-2" {
		t.Fatalf("the token that could not be saved was kept: %v", err)
	}
	if store.held() != "refresh-2" {
		t.Errorf("stored %s", store.held())
	}
}

func TestRefreshTokenIsKept(t *testing.T) {
	cases := map[string]struct {
		status int
		answer map[string]any
		is     error
	}{
		"answer without one": {200, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 3600}, nil},
		"the same again":     {200, map[string]any{"access_token": "a", "token_type": "Bearer", "refresh_token": "refresh-first"}, nil},
		"invalid grant":      {400, map[string]any{"error": "invalid_grant", "error_codes": []int{700082}}, new(Error)},
		"throttled":          {429, map[string]any{"error": "temporarily_unavailable"}, new(Error)},
		"server error":       {503, map[string]any{}, new(Error)},
		"unusable":           {200, map[string]any{"access_token": ""}, ErrAnswer},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t)
			src, store := source(t, e, nil)
			e.token = func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.status, c.answer) }
			got, err := src.Token(t.Context(), testScopes)
			var refused *Error
			switch {
			case c.is == nil && (err != nil || got.Refresh.Reveal() != "refresh-first"):
				t.Errorf("got %v", err)
			case errors.Is(c.is, ErrAnswer) && !errors.Is(err, ErrAnswer):
				t.Errorf("got %v", err)
			case errors.As(c.is, &refused) && !errors.As(err, &refused):
				t.Errorf("got %v", err)
			}
			if store.held() != "refresh-first" || len(store.saved) != 0 {
				t.Errorf("stored %s, saved %v", store.held(), store.saved)
			}
			if e.asked() != 1 {
				t.Errorf("%d requests instead of one", e.asked())
			}
		})
	}
}

func TestTokenWithoutNetwork(t *testing.T) {
	e := newEntra(t)
	src, store := source(t, e, nil)
	e.Close()
	if _, err := src.Token(t.Context(), testScopes); err == nil {
		t.Error("no error")
	}
	if store.held() != "refresh-first" {
		t.Error("the refresh token is gone")
	}
}

func TestTokenStoreErrors(t *testing.T) {
	e := newEntra(t)
	locked, broken := errors.New("keyring is locked"), errors.New("keyring is broken")
	src, store := source(t, e, nil)
	store.lockErr = locked
	if _, err := src.Token(t.Context(), testScopes); !errors.Is(err, locked) {
		t.Errorf("lock: %v", err)
	}
	store.lockErr, store.loadErr = nil, broken
	if _, err := src.Token(t.Context(), testScopes); !errors.Is(err, broken) {
		t.Errorf("load: %v", err)
	}
	store.loadErr, store.value = nil, Secret{}
	if _, err := src.Token(t.Context(), testScopes); !errors.Is(err, ErrNotSignedIn) {
		t.Errorf("nothing stored: %v", err)
	}
	if len(store.turn) != 0 {
		t.Error("the lock was not given back")
	}
	reg := e.registration()
	reg.ClientID = ""
	if _, err := NewTokenSource(reg, store, nil, nil).Token(t.Context(), testScopes); !errors.Is(err, ErrRegistration) {
		t.Errorf("registration: %v", err)
	}
}

// TestOneRefreshForMany: goroutines that ask at once share one refresh.
func TestOneRefreshForMany(t *testing.T) {
	e := newEntra(t)
	src, _ := source(t, e, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, err := src.Token(t.Context(), testScopes); err != nil || got.Access.Reveal() != "access-1" {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if e.asked() != 1 {
		t.Errorf("%d refreshes", e.asked())
	}
}

// TestTwoProcesses: two sources with one store refresh at once; each redeems what
// the other has saved, never the same token twice.
func TestTwoProcesses(t *testing.T) {
	e := newEntra(t)
	first, store := source(t, e, nil)
	second := NewTokenSource(e.registration(), store, nil, nil)
	var both sync.WaitGroup
	for _, src := range []*TokenSource{first, second, first, second} {
		both.Go(func() {
			if _, err := src.Token(t.Context(), testScopes); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	var redeemed []string
	for _, form := range e.forms {
		redeemed = append(redeemed, form.Get("refresh_token"))
	}
	if diff := cmp.Diff([]string{"refresh-first", "refresh-1"}, redeemed); diff != "" {
		t.Errorf("redeemed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"refresh-1", "refresh-2"}, store.saved); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
}

func TestCancelToken(t *testing.T) {
	for _, stage := range []string{"lock", "token", "save", "beside"} {
		t.Run(stage, func(t *testing.T) {
			e := newEntra(t)
			src, store := source(t, e, nil)
			release, reached := make(chan struct{}), make(chan struct{})
			defer close(release)
			beside := func() {}
			switch stage {
			case "lock":
				store.turn <- struct{}{}
				close(reached)
			case "save":
				store.onSave = func(ctx context.Context) error { close(reached); <-ctx.Done(); return ctx.Err() }
			default:
				e.token = func(http.ResponseWriter, *http.Request) { close(reached); <-release }
			}
			if stage == "beside" { // another goroutine leads and is not cancelled
				leading, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { defer close(ended); _, _ = src.Token(leading, testScopes) }()
				<-reached
				beside = func() { stop(); <-ended }
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { _, err := src.Token(ctx, testScopes); ended <- err }()
			<-reached
			cancel()
			if err := promptly(t, ended); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			beside()
			if store.held() != "refresh-first" {
				t.Error("the refresh token is gone")
			}
		})
	}
}

// TestGiveUpDuringSave: a caller that gives up while the rotated token is being
// saved does not lose it.
func TestGiveUpDuringSave(t *testing.T) {
	e := newEntra(t)
	src, store := source(t, e, nil)
	ctx, cancel := context.WithCancel(t.Context())
	store.onSave = func(saving context.Context) error {
		cancel()
		return saving.Err()
	}
	if _, err := src.Token(ctx, testScopes); err != nil {
		t.Errorf("got %v", err)
	}
	if store.held() != "refresh-1" {
		t.Errorf("stored %s", store.held())
	}
}

// TestLeaderGivesUp: those who waited for a cancelled goroutine go on by themselves.
func TestLeaderGivesUp(t *testing.T) {
	e := newEntra(t)
	src, _ := source(t, e, nil)
	reached := make(chan struct{})
	e.token = func(_ http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		e.token = nil
		e.mu.Unlock()
		close(reached)
		<-r.Context().Done()
	}
	leading, cancel := context.WithCancel(t.Context())
	led, followed := make(chan error, 1), make(chan error, 1)
	go func() { _, err := src.Token(leading, testScopes); led <- err }()
	<-reached
	go func() { _, err := src.Token(t.Context(), testScopes); followed <- err }()
	cancel()
	if err := promptly(t, led); !errors.Is(err, context.Canceled) {
		t.Errorf("leader: %v", err)
	}
	if err := promptly(t, followed); err != nil {
		t.Errorf("follower: %v", err)
	}
}

func TestScopesInAnyOrder(t *testing.T) {
	e := newEntra(t)
	src, _ := source(t, e, nil)
	narrow := []string{"offline_access", "https://graph.microsoft.com/.default"} // covered by no granted name
	for _, scopes := range [][]string{narrow, {narrow[1], narrow[0], narrow[1]}} {
		before := slices.Clone(scopes)
		if _, err := src.Token(t.Context(), scopes); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(before, scopes) {
			t.Error("the caller's scopes were reordered")
		}
	}
	if e.asked() != 1 {
		t.Errorf("%d requests for the same scopes", e.asked())
	}
}
