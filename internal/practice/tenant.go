// Package practice is the practice tenant: a sign-in service that answers as
// Microsoft Entra ID does, and IMAP, POP, SMTP, EWS and Graph servers that answer
// as Exchange Online does, all in this process and on loopback only. It lets the
// whole path be tried and tested without a Microsoft account.
//
// Begin with Start; Values gives what an administrator would copy from the
// portal, Browse signs in without a window, Break makes one thing go wrong with
// Microsoft's own words. It protects nothing: every account signs in without a
// password, so never let it listen beyond this machine.
package practice

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"

	"postkey/oauth"
)

// CloudID is the ID of the cloud that Cloud returns.
const CloudID = "practice"

// MailResource prefixes the mail scopes of the practice tenant; it is the
// worldwide cloud's, so that the tokens look as they do there.
const MailResource = "https://outlook.office.com"

// Ports fixes the ports of a tenant; a zero takes a free one. Office is that of
// EWS and Graph.
type Ports struct{ Authority, IMAP, POP, SMTP, Office int }

// Options are the choices at Start; the zero value is right for most uses.
type Options struct {
	// Now is the tenant's clock; nil means time.Now. Tokens, secrets and the
	// Date header of the sign-in service follow it.
	Now func() time.Time
	// Log hears what happens, at debug level and without secrets; nil discards it.
	Log *slog.Logger
	// AuthorityTLS serves the sign-in service over https with a certificate of
	// Roots. A real browser then warns, so it is meant for programs.
	AuthorityTLS bool
	// Dir, when set, is a folder that receives the certificate authority as
	// practice-ca.pem, for programs that read SSL_CERT_FILE.
	Dir string
	// Ports are the ports to listen on.
	Ports Ports
	// RedirectURIs are registered under Web in addition to the predefined ones.
	RedirectURIs []string
	// MoreShared are the addresses, in lower case, of further shared mailboxes
	// that the delegate may open and send as.
	MoreShared []string
	// StrictRotation ends a refresh token at its first use. Entra leaves the
	// old one valid, and so does the tenant otherwise.
	StrictRotation bool
	// TokenLife is how long access tokens last; 0 means 3599 seconds.
	TokenLife time.Duration
	// SlowBy is how long each answer waits under FaultSlow; 0 means 3 seconds.
	SlowBy time.Duration
	// SignInWithin is how long a sign-in waits for the browser under the faults
	// that keep it from coming back; 0: SignInWithin says how long for each.
	SignInWithin time.Duration
}

// Tenant is a running practice tenant. Its methods may be called from any
// goroutine.
type Tenant struct {
	opts      Options
	log       *slog.Logger
	authority string
	keys      *credentials
	apps      []*app
	certs     *certificates
	tokens    *tokenMaker
	entra     *entraState
	mail      *mailStore
	access    *appAccess
	faults    faultSet
	data      dataFolder

	imapGate, popGate, smtpGate, webGate, officeGate *gate

	web       *http.Server
	office    *http.Server // EWS and Graph
	imap      *imapserver.Server
	smtp      *smtp.Server // offers STARTTLS
	smtpPlain *smtp.Server // offers none, for FaultNoSTARTTLS
	pop       *popServer

	done     chan struct{} // closed by Close
	serving  sync.WaitGroup
	closing  sync.Once
	closeErr error
}

// Start opens a practice tenant on loopback. The caller closes it.
func Start(opts Options) (*Tenant, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.TokenLife == 0 {
		opts.TokenLife = 3599 * time.Second
	}
	if opts.SlowBy == 0 {
		opts.SlowBy = 3 * time.Second
	}
	t := &Tenant{opts: opts, log: opts.Log, done: make(chan struct{})}
	t.keys = newCredentials(opts.Now().AddDate(0, 6, 0))
	t.apps = predefinedApps(opts.RedirectURIs)
	t.mail = newMailStore(opts.Now, opts.MoreShared)
	t.entra = newEntraState()
	t.access = newAppAccess(t.findApp(aloneApp).principalID, t.mail.boxes)

	var err error
	if t.certs, err = newCertificates(); err != nil {
		return nil, fmt.Errorf("practice tenant: %w", err)
	}
	if t.tokens, err = newTokenMaker(opts.Now, opts.TokenLife); err != nil {
		return nil, fmt.Errorf("practice tenant: %w", err)
	}
	if err := t.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("practice tenant: %w", err), t.Close())
	}
	return t, nil
}

// open listens on all ports, writes the certificate and begins to serve.
func (t *Tenant) open() error {
	for _, g := range []struct {
		gate **gate
		port int
		mail bool
	}{
		{&t.webGate, t.opts.Ports.Authority, false},
		{&t.imapGate, t.opts.Ports.IMAP, true},
		{&t.popGate, t.opts.Ports.POP, true},
		{&t.smtpGate, t.opts.Ports.SMTP, true},
		{&t.officeGate, t.opts.Ports.Office, true},
	} {
		opened, err := openGate(g.port, g.mail, t)
		if err != nil {
			return err
		}
		*g.gate = opened
	}
	scheme := "http"
	if t.opts.AuthorityTLS {
		scheme = "https"
	}
	t.authority = fmt.Sprintf("%s://localhost:%d", scheme, t.webGate.port)
	t.tokens.authority = t.authority
	if t.opts.Dir != "" {
		if err := os.WriteFile(filepath.Join(t.opts.Dir, "practice-ca.pem"), t.RootsPEM(), 0o600); err != nil {
			return err
		}
	}
	t.serveWeb()
	t.serveIMAP()
	t.servePOP()
	t.serveSMTP()
	t.serveOffice()
	return nil
}

// Close hangs up on everybody, stops listening and waits until nothing of the
// tenant runs any more. Further calls return the first one's error.
func (t *Tenant) Close() error {
	t.closing.Do(func() {
		close(t.done)
		t.data.let()
		gates := []*gate{t.webGate, t.imapGate, t.popGate, t.smtpGate, t.officeGate}
		for _, g := range gates {
			if g != nil {
				t.closeErr = errors.Join(t.closeErr, g.Close())
			}
		}
		t.serving.Wait() // no connection comes in after this
		for _, g := range gates {
			if g != nil {
				g.hangUp()
			}
		}
		t.closeErr = errors.Join(t.closeErr, t.stopServers())
		for _, g := range gates {
			if g != nil {
				g.wait()
			}
		}
	})
	return t.closeErr
}

// stopServers waits for the handlers of connections that are already closed.
func (t *Tenant) stopServers() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var errs []error
	for _, s := range []*http.Server{t.web, t.office} {
		if s != nil {
			errs = append(errs, s.Shutdown(ctx))
		}
	}
	if t.imap != nil {
		errs = append(errs, t.imap.Close())
	}
	for _, s := range []*smtp.Server{t.smtp, t.smtpPlain} {
		if s != nil {
			errs = append(errs, s.Shutdown(ctx))
		}
	}
	return errors.Join(errs...)
}

// Cloud is the tenant as a Microsoft cloud, ID "practice". The hosts are
// "localhost"; trust Roots for them. Under FaultHostUnknown and
// FaultHostUnreachable the mail servers have another one, so ask again.
func (t *Tenant) Cloud() oauth.Cloud {
	host := t.mailHost()
	return oauth.Cloud{
		ID:           CloudID,
		Authority:    t.authority,
		IMAP:         fmt.Sprintf("%s:%d", host, t.imapGate.port),
		POP:          fmt.Sprintf("%s:%d", host, t.popGate.port),
		SMTP:         fmt.Sprintf("%s:%d", host, t.smtpGate.port),
		EWS:          fmt.Sprintf("https://%s:%d/EWS/Exchange.asmx", host, t.officeGate.port),
		Graph:        fmt.Sprintf("https://localhost:%d/graph", t.officeGate.port),
		MailResource: MailResource,
		Portal:       t.authority + "/portal",
	}
}

// Roots is the certificate authority of the mail servers, of EWS and Graph, and
// of the sign-in service with Options.AuthorityTLS. It was made at Start.
func (t *Tenant) Roots() *x509.CertPool { return t.certs.pool() }

// RootsPEM is Roots in PEM, for a file that SSL_CERT_FILE names.
func (t *Tenant) RootsPEM() []byte { return t.certs.caPEM }

// IntrospectionURL is the RFC 7662 endpoint that a foreign mail server asks
// whether a token is good.
func (t *Tenant) IntrospectionURL() string { return t.authority + "/introspect" }

// serve runs f until it returns, as part of the tenant.
func (t *Tenant) serve(name string, f func() error) {
	t.serving.Go(func() {
		err := f()
		select {
		case <-t.done:
		default:
			t.log.Error("practice server stopped", "server", name, "err", err)
		}
	})
}
