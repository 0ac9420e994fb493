package oauth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ConsentRedirect is the redirect URI of a consent that nobody waits for, see
// AdminConsent.Link.
const ConsentRedirect = "http://localhost" + callbackPath

// consentTimeout is longer than a sign-in's: an administrator reads first.
const consentTimeout = 10 * time.Minute

// AdminConsent asks an administrator to consent to permissions for the whole
// organization, through the system's browser; the answer comes back to a port on
// this computer, as with SignIn (Microsoft Learn: Admin consent on the Microsoft
// identity platform, the v2.0 endpoint).
type AdminConsent struct {
	// Registration is the app registration; its redirect URIs must contain
	// http://localhost/postkey. Its secret is not used.
	Registration Registration
	// Scopes are asked in full form. A single .default of one resource asks for
	// everything on the registration, application permissions too, which cannot be
	// asked for in any other way; it goes with no other scope.
	Scopes []string
	// Client reaches the sign-in service; nil: NewClient(nil).
	Client *http.Client
	// OpenBrowser opens the address and returns; it heeds the context, which ends
	// with the session. Nil: none is opened.
	OpenBrowser func(ctx context.Context, url string) error
	// Page makes the whole HTML page that the browser shows at its end, see
	// SignIn.Page. Nil: a plain built-in page.
	Page func(Landing, string) []byte
	// Timeout is how long to wait for the browser; 0: 10 minutes.
	Timeout time.Duration
	// Listen opens the port that the browser comes back to; nil: the system's.
	Listen ListenFunc
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Log gets what happens; nil: nothing is logged.
	Log *slog.Logger
}

// Consent is what Entra says that an administrator consented to. Whoever can
// reach the port and knows the state could have written it: it is a reason to
// look (with a token), and proves nothing by itself.
type Consent struct {
	// Scopes are those that the answer lists; those asked for where it lists none.
	Scopes []string
	// TenantID is the directory that the answer names, for display alone: it is
	// no proof of who answered. Empty when it is no ID.
	TenantID string
}

// Start reads the directory's metadata, listens, and opens the browser without
// waiting for it. The context bounds the start alone.
//
// Errors: ErrRegistration, *Error for what Entra says of the tenant, ErrPort,
// ErrAnswer, and those of the network.
func (a AdminConsent) Start(ctx context.Context) (*ConsentSession, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	if a.Timeout <= 0 {
		a.Timeout = consentTimeout
	}
	base := SignIn{
		Registration: a.Registration, Scopes: a.Scopes, Client: a.Client, OpenBrowser: a.OpenBrowser,
		Page: a.Page, Timeout: a.Timeout, Listen: a.Listen, Now: a.Now, Log: a.Log,
	}
	session, err := base.start(ctx, func(s *Session) {
		s.forAll, s.url = true, a.url(s.redirect, s.proof.state)
	})
	if err != nil {
		return nil, err
	}
	return &ConsentSession{session}, nil
}

// Link is the address at which an administrator consents on another computer,
// where no Postkey waits.
//
// Entra insists on a registered redirect URI, so the browser has to end
// somewhere. It ends at http://localhost/postkey, which every registration of
// Postkey's has, and shows there that nothing answers, although the consent has
// been given; who hands out the link has to say so. The other registered URI,
// the business application's own, would be worse: the application takes the visit
// for a sign-in of its own, finds no code in it, and shows or logs an error, and
// it learns of something that was not meant for it.
//
// There is no state in it, since nobody compares it.
func (a AdminConsent) Link() (string, error) {
	if err := a.check(); err != nil {
		return "", err
	}
	return a.url(ConsentRedirect, ""), nil
}

func (a AdminConsent) check() error {
	if err := a.Registration.Validate(); err != nil {
		return err
	}
	if len(a.Scopes) == 0 {
		return fmt.Errorf("%w: there is no scope to consent to", ErrRegistration)
	}
	return nil
}

func (a AdminConsent) url(redirect, state string) string {
	q := url.Values{
		"client_id":    {a.Registration.clientID()},
		"redirect_uri": {redirect},
		"scope":        {strings.Join(a.Scopes, " ")},
	}
	if state != "" {
		q.Set("state", state)
	}
	// %20 and not +, which does not survive every mail program.
	return a.Registration.ConsentURL() + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// ConsentSession is an AdminConsent that waits for the browser. Its methods may
// be called from any goroutine.
type ConsentSession struct{ session *Session }

// URL is the address that the browser opens; it may be copied to another browser
// on this computer.
func (c *ConsentSession) URL() string { return c.session.URL() }

// RedirectURI is where the browser comes back to.
func (c *ConsentSession) RedirectURI() string { return c.session.RedirectURI() }

// Deadline is when Wait gives up.
func (c *ConsentSession) Deadline() time.Time { return c.session.Deadline() }

// BrowserError is why the browser did not open, see Session.BrowserError.
func (c *ConsentSession) BrowserError() error { return c.session.BrowserError() }

// Paste takes the address at which the browser stopped, see Session.Paste.
func (c *ConsentSession) Paste(text string) error { return c.session.Paste(text) }

// Wait returns what was consented to, once the browser has come back. Cancelling
// the context closes the session.
//
// Errors: *Error for Entra's refusals (access_denied when the administrator
// declined), ErrTimeout, ErrState, context.Canceled after Close.
func (c *ConsentSession) Wait(ctx context.Context) (Consent, error) {
	if _, err := c.session.Wait(ctx); err != nil {
		return Consent{}, err
	}
	return c.session.consent, nil
}

// Close ends the session and frees the port, see Session.Close.
func (c *ConsentSession) Close() { c.session.Close() }

// judgeConsent reads an answer without an error whose state is ours.
func (s *Session) judgeConsent(q url.Values) (callback, verdict) {
	if len(q["admin_consent"]) != 1 || !strings.EqualFold(q.Get("admin_consent"), "true") {
		return callback{}, verdictEmpty
	}
	given := Consent{Scopes: strings.Fields(q.Get("scope"))}
	if len(given.Scopes) == 0 {
		given.Scopes = append(given.Scopes, s.signIn.Scopes...)
	}
	if tenant := q.Get("tenant"); guidShape.MatchString(tenant) {
		given.TenantID = strings.ToLower(tenant)
	}
	return callback{consent: given}, verdictGood
}
