package oauth

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// TestForgetWhileOneIsOnItsWay: a token that was asked for before a Forget, or
// before a new sign-in, is not taken for one from afterwards.
func TestForgetWhileOneIsOnItsWay(t *testing.T) {
	for name, c := range map[string]struct {
		since func(*TokenSource)
		want  string
	}{
		"consent": {(*TokenSource).Forget, "access-1"},
		"sign-in": {func(src *TokenSource) {
			src.Prime(Token{Access: NewSecret("of the sign-in"), Expires: time.Now().Add(time.Hour), Scopes: []string{testScope}})
		}, "of the sign-in"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t)
			src := NewAppTokenSource(e.registration(), nil, nil) // nothing stored, so that the two need not take turns
			reached, release := make(chan struct{}), make(chan struct{})
			e.token = func(w http.ResponseWriter, _ *http.Request) {
				e.mu.Lock()
				e.token = nil
				e.mu.Unlock()
				close(reached)
				<-release
				writeJSON(w, 200, map[string]any{"access_token": "from before", "token_type": "Bearer", "expires_in": 3600})
			}
			before := make(chan error, 1)
			go func() {
				got, err := src.Token(t.Context(), []string{testScope})
				if err == nil && got.Access.Reveal() != "from before" {
					err = errors.New("who had waited got another token")
				}
				before <- err
			}()
			<-reached
			c.since(src)
			for range 2 {
				if got, err := src.Token(t.Context(), []string{testScope}); err != nil || got.Access.Reveal() != c.want {
					t.Errorf("%v, %s", err, got.Access.Reveal())
				}
				if before != nil {
					close(release)
					if err := <-before; err != nil {
						t.Error(err)
					}
					before = nil
				}
			}
		})
	}
}
