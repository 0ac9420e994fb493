package oauth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestCancel cancels each wait of a sign-in.
func TestCancel(t *testing.T) {
	for _, stage := range []string{"browser", "token", "keys"} {
		t.Run(stage, func(t *testing.T) {
			e := newEntra(t)
			release, reached := make(chan struct{}), make(chan struct{})
			hang := func() { close(reached); <-release }
			defer close(release)
			switch stage {
			case "browser":
				close(reached)
			case "token":
				e.token = func(http.ResponseWriter, *http.Request) { hang() }
			case "keys":
				e.keys = func() any { hang(); return nil }
			}
			session := start(t, e.signIn())
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { _, err := session.Wait(ctx); ended <- err }()
			if stage != "browser" {
				fetch(t, e.agree(session.URL()))
			}
			<-reached
			cancel()
			if err := promptly(t, ended); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if conn, err := net.Dial("tcp", "127.0.0.1:"+session.loop.port); err == nil {
				_ = conn.Close()
				t.Error("the port is still open")
			}
		})
	}
}

func TestCancelStart(t *testing.T) {
	e := newEntra(t)
	release, reached := make(chan struct{}), make(chan struct{})
	defer close(release)
	e.metadata = func(map[string]any) { close(reached); <-release }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := e.signIn().Start(ctx); ended <- err }()
	<-reached
	cancel()
	if err := promptly(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestClose(t *testing.T) {
	e := newEntra(t)
	before := goleak.IgnoreCurrent()
	s := e.signIn()
	s.OpenBrowser = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	session := start(t, s)
	ended := make(chan error, 1)
	go func() { _, err := session.Wait(context.Background()); ended <- err }()
	session.Close()
	session.Close()
	if err := promptly(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	var refused *PasteError
	if err := session.Paste(e.agree(session.URL())); !errors.As(err, &refused) || refused.Kind != PasteAgain {
		t.Errorf("pasted after the end: %v", err)
	}
	if session.BrowserError() != nil {
		t.Error("an opener that was told to stop is no failure")
	}
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("net/http.(*conn).serve"))
}

// promptly waits for the end of a cancelled call. The bound is generous for slow
// machines; it only has to be far below every timeout of the package.
func promptly(t testing.TB, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(2 * time.Second):
		t.Fatal("cancelling did not end the wait")
		return nil
	}
}
