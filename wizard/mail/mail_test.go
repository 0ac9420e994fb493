package mail

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"postkey/oauth"
	"postkey/wizard/mail/mailtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const login = "support@contoso.example"

// token is as long as those that broke one-line clients, and more.
var token = oauth.NewSecret(strings.Repeat("eyJ0eXAi.", 1400))

// session is what the three protocols have in common.
type session interface {
	StartTLS(ctx context.Context) error
	TLSVersion() string
	Authenticate(ctx context.Context, login string, token oauth.Secret) error
	Close()
}

// signedIn makes a session with the server at address and signs in.
func signedIn[S session](t *testing.T, dial func(context.Context, string, Options) (S, error), address string, ca *mailtest.CA) (S, error) {
	t.Helper()
	s, err := dial(t.Context(), address, Options{RootCAs: ca.Pool})
	if err != nil {
		return s, err
	}
	t.Cleanup(s.Close)
	if err := s.StartTLS(t.Context()); err != nil {
		return s, err
	}
	return s, s.Authenticate(t.Context(), login, token)
}

// mustSignIn is signedIn that has to work.
func mustSignIn[S session](t *testing.T, dial func(context.Context, string, Options) (S, error), address string, ca *mailtest.CA) S {
	t.Helper()
	s, err := signedIn(t, dial, address, ca)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantRefusal checks that err holds the server's words and no secret.
func wantRefusal(t *testing.T, err error, want ServerError) {
	t.Helper()
	var got *ServerError
	if !errors.As(err, &got) {
		t.Fatalf("error %v, want a *ServerError", err)
	}
	plain := *got
	plain.cause = nil
	if plain != want {
		t.Errorf("got  %+v\nwant %+v", plain, want)
	}
	wantNoSecret(t, err)
}

func wantNoSecret(t *testing.T, err error) {
	t.Helper()
	x, _ := newXOAUTH2(login, token)
	payload := x.payload().Reveal()
	for _, secret := range []string{token.Reveal()[:40], payload[:40], payload[len(payload)/2 : len(payload)/2+40]} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds a secret: %v", err)
		}
	}
}

// wantIs checks that err is target, with its words.
func wantIs(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("error %v, want %v", err, target)
	}
}

func compose(t *testing.T) Message {
	t.Helper()
	m, err := Compose(Draft{From: login, To: login, Name: "Süpport", Subject: "Postkey test message", Text: "Hello.\n.\nBye.\n", Date: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// quick are limits for servers that never answer.
func quick(ca *mailtest.CA) Options {
	o := Options{Connect: time.Second, TLS: 300 * time.Millisecond, Command: 300 * time.Millisecond, Submit: 300 * time.Millisecond}
	o.RootCAs = x509.NewCertPool()
	if ca != nil {
		o.RootCAs = ca.Pool
	}
	return o
}

// dialInstead connects to address whatever is asked for.
func dialInstead(dial func(context.Context, string, string) (net.Conn, error), address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, address) }
}
