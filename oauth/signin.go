package oauth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

// SignIn signs a user in through the system's browser: authorization code with
// PKCE (RFC 7636, S256), the answer coming back to a port on this computer
// (RFC 8252, section 7.3).
type SignIn struct {
	// Registration is the app registration; its redirect URIs must contain
	// http://localhost/postkey (Entra ignores the port of localhost).
	Registration Registration
	// Scopes are asked in full form, openid profile email offline_access among them.
	Scopes []string
	// LoginHint is the user name to offer; empty: none.
	LoginHint string
	// Prompt is login, consent, select_account; empty: no such parameter. With
	// select_account the hint is left out, since Entra refuses the two together.
	Prompt string
	// Client reaches the sign-in service; nil: NewClient(nil).
	Client *http.Client
	// OpenBrowser opens the address and returns; it heeds the context, which ends
	// with the session. Nil: none is opened.
	OpenBrowser func(ctx context.Context, url string) error
	// Page makes the whole HTML page that the browser shows at its end; the text is
	// Microsoft's and must be escaped. Only <style> elements take effect, nothing is
	// loaded. Nil: a plain built-in page.
	Page func(Landing, string) []byte
	// Timeout is how long to wait for the browser; 0: 5 minutes.
	Timeout time.Duration
	// Listen opens the port that the browser comes back to; nil: the system's.
	Listen ListenFunc
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Log gets what happens, never a secret; nil: nothing is logged.
	Log *slog.Logger
}

// SignedIn is the outcome of a sign-in.
type SignedIn struct {
	Account Account
	Token   Token
}

const defaultTimeout = 5 * time.Minute

// Start reads the directory's metadata (so that an unknown tenant or a refusing
// proxy shows before the browser opens), listens, and opens the browser without
// waiting for it. The context bounds the start alone; the session ends with Wait
// or Close.
//
// Errors: ErrRegistration, *Error for what Entra says of the tenant, ErrPort,
// ErrAnswer, and those of the network.
func (s SignIn) Start(ctx context.Context) (*Session, error) {
	return s.start(ctx, func(session *Session) { session.url = s.authorizeURL(session.redirect, session.proof) })
}

// start is Start; with prepare the session gets its address and its purpose.
func (s SignIn) start(ctx context.Context, prepare func(*Session)) (*Session, error) {
	if err := s.Registration.Validate(); err != nil {
		return nil, err
	}
	s = s.withDefaults()
	svc := newService(s.Client, s.Now)
	found, err := svc.discover(ctx, s.Registration)
	var loop loopback
	if err == nil {
		loop, err = listen(ctx, s.Listen)
	}
	if err != nil {
		if s.Client == nil {
			svc.client.CloseIdleConnections()
		}
		return nil, err
	}
	session := newSession(ctx, s, svc, found, loop)
	prepare(session)
	session.begin()
	return session, nil
}

func (s SignIn) withDefaults() SignIn {
	if s.Timeout <= 0 {
		s.Timeout = defaultTimeout
	}
	if s.Listen == nil {
		s.Listen = new(net.ListenConfig).Listen
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Page == nil {
		s.Page = plainPage
	}
	return s
}

// proof is what binds an answer to its sign-in; each value is 256 random bits.
type proof struct {
	state, nonce string
	verifier     Secret
}

func newProof() proof {
	return proof{state: random(), nonce: random(), verifier: NewSecret(oauth2.GenerateVerifier())}
}

func random() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// authorizeURL is the address that the browser opens.
func (s SignIn) authorizeURL(redirect string, p proof) string {
	config := oauth2.Config{
		ClientID:    s.Registration.clientID(),
		Endpoint:    oauth2.Endpoint{AuthURL: s.Registration.AuthURL()},
		RedirectURL: redirect,
		Scopes:      s.Scopes,
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(p.verifier.Reveal()),
		oauth2.SetAuthURLParam("nonce", p.nonce),
		oauth2.SetAuthURLParam("response_mode", "query"),
	}
	if s.LoginHint != "" && s.Prompt != "select_account" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", s.LoginHint))
	}
	if s.Prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", s.Prompt))
	}
	return config.AuthCodeURL(p.state, options...)
}

// redeem turns the code into tokens and verifies who signed in.
func (s *Session) redeem(ctx context.Context, code Secret) (SignedIn, error) {
	answer, err := s.service.token(ctx, s.signIn.Registration, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code.Reveal()},
		"redirect_uri":  {s.redirect},
		"code_verifier": {s.proof.verifier.Reveal()},
	}, s.signIn.Scopes)
	if err != nil {
		return SignedIn{}, err
	}
	account, err := s.service.verify(ctx, s.provider, s.signIn.Registration, answer, s.proof.nonce)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Account: account, Token: answer.Token}, nil
}

// browserError makes sure that ErrBrowser is in what an opener returned.
func browserError(err error) error {
	if err == nil || errors.Is(err, ErrBrowser) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBrowser, err)
}
