package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postkey/oauth"
)

// stray is a client that has no business at a sign-in's port. It keeps no
// connection and follows nothing.
var stray = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       30 * time.Second,
}

// TestHundredSignIns signs in a hundred times. Around each of them the port
// gets requests that belong to no sign-in, to another one, or to this one twice;
// all sign-ins succeed, each with its own tokens.
func TestHundredSignIns(t *testing.T) {
	tenant := startTenant(t)
	values := tenant.Values()
	const signIns, atOnce = 100, 4
	numbers := make(chan int)
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		tokens = map[string]bool{} // all refresh tokens
		other  = start(t, signInto(t, tenant))
		late   atomic.Int32 // sign-ins whose port was closed before all had been sent
	)
	one := func(ctx context.Context, n int, signIn oauth.SignIn) error {
		session, err := signIn.Start(ctx)
		if err != nil {
			return err
		}
		defer session.Close()
		random := rand.New(rand.NewPCG(1, uint64(n)))
		around := disturbances(session.RedirectURI(), stateOf(t, session), stateOf(t, other))
		random.Shuffle(len(around), func(i, j int) { around[i], around[j] = around[j], around[i] })
		before := random.IntN(len(around))
		for _, d := range around[:before] {
			if err := d.send(ctx, false); err != nil {
				return fmt.Errorf("%s before: %w", d.name, err)
			}
		}
		callback, err := tenant.Browse(ctx, session.URL(), values.Address)
		if err != nil {
			return err
		}
		// The browser comes back a second and a third time, at once, while the
		// code is being redeemed.
		var twice sync.WaitGroup
		again := make([]error, 2)
		for i := range again {
			twice.Go(func() { again[i] = expect(ctx, http.MethodGet, callback, http.StatusOK, "This sign-in has ended") })
		}
		for _, d := range around[before:] {
			if err := d.send(ctx, true); gone(err) {
				late.Add(1)
				break
			} else if err != nil {
				return fmt.Errorf("%s after: %w", d.name, err)
			}
		}
		twice.Wait()
		signedIn, err := session.Wait(ctx)
		if err != nil {
			return err
		}
		for _, err := range again {
			if err != nil && !gone(err) {
				return fmt.Errorf("a second callback: %w", err)
			}
		}
		if signedIn.Account.Username != values.Address || signedIn.Token.Access.IsZero() || len(signedIn.Token.Refresh.Reveal()) < 2560 {
			return fmt.Errorf("signed in as %q", signedIn.Account.Username)
		}
		mu.Lock()
		defer mu.Unlock()
		if tokens[signedIn.Token.Refresh.Reveal()] {
			return errors.New("two sign-ins have one refresh token")
		}
		tokens[signedIn.Token.Refresh.Reveal()] = true
		return nil
	}
	signIn := signInto(t, tenant)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for range atOnce {
		group.Go(func() {
			for n := range numbers {
				if err := one(ctx, n, signIn); err != nil {
					t.Errorf("sign-in %d: %v", n, err)
				}
			}
		})
	}
	for n := range signIns {
		numbers <- n
	}
	close(numbers)
	group.Wait()
	if len(tokens) != signIns {
		t.Errorf("%d of %d sign-ins succeeded", len(tokens), signIns)
	}
	// The port answers for three seconds more, which a busy machine may miss.
	if n := late.Load(); n > signIns/4 {
		t.Errorf("%d ports were closed at once", n)
	}
	// The sign-in whose state came to a hundred foreign ports goes on too.
	if _, err := tenant.Browse(ctx, other.URL(), values.Address); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Wait(ctx); err != nil {
		t.Errorf("the sign-in beside them: %v", err)
	}
}

// disturbance is a request that must change nothing. It is sent to a sign-in
// that waits for its answer, or that has had it.
type disturbance struct {
	name string
	send func(ctx context.Context, answered bool) error
}

func disturbances(redirect, state, foreign string) []disturbance {
	base := strings.TrimSuffix(redirect, "/postkey")
	get := func(name, address string, status int, words string) disturbance {
		return disturbance{name, func(ctx context.Context, _ bool) error { return expect(ctx, http.MethodGet, address, status, words) }}
	}
	query := func(values ...string) string {
		q := url.Values{}
		for i := 0; i < len(values); i += 2 {
			q.Add(values[i], values[i+1])
		}
		return redirect + "?" + q.Encode()
	}
	const nothing = "Nothing to do here"
	return []disturbance{
		get("front page", base+"/", http.StatusNotFound, nothing),
		get("icon", base+"/favicon.ico", http.StatusNoContent, ""),
		get("other path", base+"/postkey/more?state="+state, http.StatusNotFound, nothing),
		get("no query", redirect, http.StatusBadRequest, nothing),
		get("no state", query("code", "x"), http.StatusBadRequest, nothing),
		get("wrong state", query("code", "x", "state", "wrong"), http.StatusBadRequest, nothing),
		get("another sign-in's state", query("code", "x", "state", foreign), http.StatusBadRequest, nothing),
		get("error of another", query("error", "access_denied", "state", foreign), http.StatusBadRequest, nothing),
		get("state twice", query("code", "x", "state", foreign, "state", state), http.StatusBadRequest, nothing),
		get("state without code", query("state", state), http.StatusBadRequest, nothing),
		get("issuer of another", query("code", "x", "state", state, "iss", "https://login.example/other"), http.StatusBadRequest, nothing),
		get("long address", query("code", strings.Repeat("x", 17<<10), "state", state), http.StatusRequestURITooLong, nothing),
		get("longer address", query("code", strings.Repeat("x", 280<<10), "state", state), http.StatusRequestHeaderFieldsTooLarge, ""),
		{"post", func(ctx context.Context, _ bool) error {
			return expect(ctx, http.MethodPost, query("code", "x", "state", state), http.StatusMethodNotAllowed, nothing)
		}},
		{"look ahead", func(ctx context.Context, _ bool) error {
			return expect(ctx, http.MethodHead, query("code", "x", "state", state), http.StatusOK, "")
		}},
		{"foreign host", func(ctx context.Context, _ bool) error {
			return raw(ctx, base, "GET /postkey?code=x&state="+state+" HTTP/1.1\r\nHost: attacker.example\r\n\r\n", "HTTP/1.1 400 ")
		}},
		{"no HTTP", func(ctx context.Context, _ bool) error {
			return raw(ctx, base, "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "HTTP/1.1 400 ")
		}},
		{"hangs up", func(ctx context.Context, _ bool) error { return raw(ctx, base, "GET /postkey?co", "") }},
		{"wrong code again", func(ctx context.Context, answered bool) error {
			if !answered {
				return nil // it would be an answer
			}
			return expect(ctx, http.MethodGet, query("code", "x", "state", state), http.StatusOK, "This sign-in has ended")
		}},
	}
}

// expect sends a request and wants this status and these words.
func expect(ctx context.Context, method, address string, status int, words string) error {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return err
	}
	resp, err := stray.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != status || !strings.Contains(string(body), words) {
		return fmt.Errorf("status %d, want %d; %.300s", resp.StatusCode, status, body)
	}
	return nil
}

// gone reports whether nobody listened any more, or hung up while closing.
func gone(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, io.EOF)
}

// raw sends bytes and wants the answer to begin so; with an empty answer it
// hangs up at once.
func raw(ctx context.Context, base, text, begins string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, text); err != nil || begins == "" {
		return err
	}
	answer := make([]byte, len(begins))
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != begins {
		return fmt.Errorf("answered %q, %w", answer, err)
	}
	return nil
}
