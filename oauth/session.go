package oauth

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// redeemTimeout bounds what follows the browser's answer, for clients that have
	// no bound of their own.
	redeemTimeout = time.Minute
	// linger is how long the port answers after the end, for the browser that calls twice.
	linger = 3 * time.Second
	// farewell is how long a page being written may take when the session closes.
	farewell = 30 * time.Millisecond
)

// Session is a sign-in that waits for the browser. Its methods may be called
// from any goroutine.
type Session struct {
	signIn   SignIn
	service  service
	provider provider
	loop     loopback
	proof    proof
	url      string
	redirect string
	deadline time.Time
	server   *http.Server
	forAll   bool // an AdminConsent waits, not a SignIn

	ctx     context.Context // ends with the session
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
	arrived chan callback // the one answer that counts
	done    chan struct{} // closed when result and err stand
	result  SignedIn
	consent Consent // instead of result when forAll
	err     error

	mu         sync.Mutex
	answered   bool // an answer was taken, or none will be
	foreign    bool // a callback of another sign-in came
	browserErr error
}

// callback is the browser's answer: a code (or, forAll, a consent) or an error.
type callback struct {
	code    Secret
	consent Consent
	err     *Error
}

func newSession(ctx context.Context, signIn SignIn, svc service, found provider, loop loopback) *Session {
	s := &Session{
		signIn: signIn, service: svc, provider: found, loop: loop, proof: newProof(),
		redirect: "http://localhost:" + loop.port + callbackPath,
		deadline: signIn.Now().Add(signIn.Timeout).Round(0),
		arrived:  make(chan callback, 1),
		done:     make(chan struct{}),
	}
	s.server = newServer(s)
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

// begin starts what runs beside the caller.
func (s *Session) begin() {
	for _, l := range s.loop.listeners {
		s.tasks.Go(func() { _ = s.server.Serve(l) })
	}
	s.tasks.Go(s.run)
	if s.signIn.OpenBrowser != nil {
		// Not among the tasks: a browser opener that does not heed its context must
		// not hold up Close.
		go s.openBrowser()
	}
	s.signIn.Log.Info(s.purpose()+" started", "port", s.loop.port, "timeout", s.signIn.Timeout)
}

func (s *Session) openBrowser() {
	err := browserError(s.signIn.OpenBrowser(s.ctx, s.url))
	if err == nil || s.ctx.Err() != nil {
		return
	}
	s.signIn.Log.Warn("browser did not open", "error", err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browserErr = err
}

// URL is the address that the browser opens; it may be copied to another one on
// this computer.
func (s *Session) URL() string { return s.url }

// RedirectURI is where the browser comes back to.
func (s *Session) RedirectURI() string { return s.redirect }

// Deadline is when Wait gives up.
func (s *Session) Deadline() time.Time { return s.deadline }

// BrowserError is why the browser did not open (it wraps ErrBrowser), or nil. The
// session goes on: its URL can be opened by hand.
func (s *Session) BrowserError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.browserErr
}

// Wait returns who signed in, once the browser has come back and its code was
// redeemed. Cancelling the context closes the session. After another end the
// port answers for three seconds more, unless Close is called.
//
// Errors: *Error for Entra's refusals, ErrTimeout, ErrState when every callback
// until the deadline belonged to another sign-in, ErrIDToken, ErrAnswer,
// *ClockSkewError around what a wrong clock caused, context.Canceled after
// Close, and those of the network.
func (s *Session) Wait(ctx context.Context) (SignedIn, error) {
	select {
	case <-s.done:
		return s.result, s.err
	default:
	}
	select {
	case <-s.done:
		return s.result, s.err
	case <-ctx.Done():
		s.Close()
		return SignedIn{}, ctx.Err()
	}
}

// Close ends the session and frees the port; a Wait that has no outcome yet
// returns context.Canceled. It may be called more than once.
func (s *Session) Close() {
	s.cancel()
	s.tasks.Wait()
}

func (s *Session) run() {
	defer s.stop()
	s.result, s.err = s.outcome()
	s.claim() // whatever comes from now on is too late
	switch {
	case s.err != nil:
		s.signIn.Log.Warn(s.purpose()+" failed", "error", s.err)
	case s.forAll:
		s.signIn.Log.Info("an administrator consented", "scopes", s.consent.Scopes)
	default:
		s.signIn.Log.Info("signed in", "tenant", s.result.Account.TenantID,
			"scopes", s.result.Token.Scopes, "refresh_token", !s.result.Token.Refresh.IsZero())
	}
	close(s.done)
	pause := time.NewTimer(linger)
	defer pause.Stop()
	select {
	case <-s.ctx.Done():
	case <-pause.C:
	}
}

func (s *Session) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		_ = s.server.Close()
	}
	s.loop.close()
	if s.signIn.Client == nil {
		s.service.client.CloseIdleConnections()
	}
	s.cancel()
}

func (s *Session) outcome() (SignedIn, error) {
	timer := time.NewTimer(s.signIn.Timeout)
	defer timer.Stop()
	var answer callback
	select {
	case answer = <-s.arrived:
	case <-s.ctx.Done():
		return SignedIn{}, s.ctx.Err()
	case <-timer.C:
		if s.claim() {
			return SignedIn{}, s.silence()
		}
		answer = <-s.arrived // taken in the last moment, it is on its way
	}
	if answer.err != nil {
		return SignedIn{}, answer.err
	}
	if s.forAll {
		s.consent = answer.consent
		return SignedIn{}, nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, redeemTimeout)
	defer cancel()
	result, err := s.redeem(ctx, answer.code)
	if err != nil && s.ctx.Err() != nil {
		return SignedIn{}, s.ctx.Err()
	}
	return result, err
}

// purpose is what the session waits for, for the log.
func (s *Session) purpose() string {
	if s.forAll {
		return "admin consent"
	}
	return "sign-in"
}

// silence is why nothing usable came before the deadline.
func (s *Session) silence() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.foreign:
		return ErrState
	case s.browserErr != nil:
		return fmt.Errorf("%w: %w", ErrTimeout, s.browserErr)
	}
	return ErrTimeout
}

// claim reports whether the caller's answer is the first.
func (s *Session) claim() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.answered
	s.answered = true
	return first
}

// deliver hands the claimed answer to run.
func (s *Session) deliver(answer callback) { s.arrived <- answer }

func (s *Session) sawForeign() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foreign = true
}
