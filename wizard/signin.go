package wizard

import (
	"context"
	"errors"
	"fmt"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// Scopes returns the scopes that the sign-in of d asks for, or the application itself.
func (w *Workbench) Scopes(d *Draft) ([]string, error) {
	cloud, err := w.Catalog.CloudOf(d.registrationPart())
	if err != nil {
		return nil, err
	}
	if d.AppOnly() {
		return w.appScopes(cloud, d.Protocols), nil
	}
	return w.Catalog.Scopes(cloud, d.Protocols), nil
}

// SignIn begins a sign-in in the browser with the values and the stored secret
// of d. The caller waits on the session and gives what it yields to SignedIn.
// Choose makes Microsoft ask which account to use.
func (w *Workbench) SignIn(ctx context.Context, d *Draft, choose bool) (*oauth.Session, error) {
	reg, err := w.registration(ctx, d.registrationPart())
	if err != nil {
		return nil, err
	}
	signIn := oauth.SignIn{
		Registration: reg,
		Scopes:       w.Catalog.Scopes(reg.Cloud, d.Protocols),
		Client:       w.httpClient(),
		OpenBrowser:  w.OpenBrowser,
		Timeout:      w.signInWithin(),
		Listen:       w.Listen,
		Page:         w.CallbackPage,
		Now:          w.now,
		Log:          w.log(),
	}
	// Entra refuses a hint together with the picker.
	if choose {
		signIn.Prompt = "select_account"
	} else {
		signIn.LoginHint = d.signInAddress()
	}
	w.log().Info("sign-in begun", "connection", d.Name, "tenant", d.TenantID, "client", d.ClientID)
	return signIn.Start(ctx)
}

// FindTenant asks the sign-in service of the draft's cloud for the tenant ID
// behind a mail domain.
func (w *Workbench) FindTenant(ctx context.Context, d *Draft, domain string) (string, error) {
	cloud, err := w.Catalog.CloudOf(d.registrationPart())
	if err != nil {
		return "", err
	}
	return oauth.ResolveTenant(ctx, w.httpClient(), cloud.Authority, domain)
}

// Explain turns an error met while working on c into a finding. Leg and hop are
// empty outside a test.
func (w *Workbench) Explain(c store.Connection, leg check.Leg, hop check.HopName, err error) diagnose.Finding {
	cloud, cloudErr := w.Catalog.CloudOf(c)
	if cloudErr != nil {
		w.log().Warn("finding without a cloud", "connection", c.Name, "error", cloudErr)
	}
	ev := diagnose.Evidence{Connection: c, Cloud: cloud, Leg: leg, Hop: hop, Err: err}
	if leg == check.SMTP {
		ev.Login = c.Mailbox.Delegate // whose name the test gives to SMTP; empty: not shared
	}
	return diagnose.Explain(ev)
}

// KeyringProblem writes, reads and deletes a probe and returns what is wrong
// with the keyring; nil when it works.
func (w *Workbench) KeyringProblem(ctx context.Context) *diagnose.Finding {
	err := store.Probe(ctx, w.vault())
	if err == nil {
		return nil
	}
	w.log().Warn("keyring", "error", err)
	f := w.Explain(store.Connection{}, "", "", err)
	return &f
}

// registration gathers what Entra is asked with; what the application proves
// itself with comes from the vault. Where c is older than a rotation from a
// secret to a certificate or back, the record of today counts.
func (w *Workbench) registration(ctx context.Context, c store.Connection) (oauth.Registration, error) {
	reg, err := w.fullRegistration(ctx, c)
	if !errors.Is(err, store.ErrNotFound) {
		return reg, err
	}
	now, there, savedErr := w.saved(ctx, c.ID)
	if savedErr != nil || !there || (now.Certificate == nil) == (c.Certificate == nil) {
		return reg, err
	}
	c.Certificate, c.CredentialSlot = now.Certificate, now.CredentialSlot
	return w.fullRegistration(ctx, c)
}

func (w *Workbench) fullRegistration(ctx context.Context, c store.Connection) (oauth.Registration, error) {
	reg, err := w.bareRegistration(c)
	if err != nil {
		return reg, err
	}
	switch {
	case c.Certificate != nil:
		var held oauth.Secret
		if held, _, err = w.read(ctx, c, certificateKey); err != nil {
			return oauth.Registration{}, fmt.Errorf("read the certificate: %w", err)
		}
		if reg.Certificate, err = oauth.ParseCertificate(held); err != nil {
			return oauth.Registration{}, err
		}
	case hasCredential(c):
		if reg.ClientSecret, _, err = w.read(ctx, c, secretKey); err != nil {
			return oauth.Registration{}, fmt.Errorf("read the client secret: %w", err)
		}
	}
	return reg, nil
}

// bareRegistration is the registration without secret and certificate.
func (w *Workbench) bareRegistration(c store.Connection) (oauth.Registration, error) {
	cloud, err := w.Catalog.CloudOf(c)
	return oauth.Registration{Cloud: cloud, Audience: c.Audience, TenantID: c.TenantID, ClientID: c.ClientID}, err
}

// tokens returns the token source of c, the same one as long as its
// registration stays the same, so that its access token is used while it lasts.
func (w *Workbench) tokens(ctx context.Context, c store.Connection) (*oauth.TokenSource, oauth.Registration, error) {
	reg, err := w.registration(ctx, c)
	if err != nil {
		return nil, reg, err
	}
	source, err := w.source(ctx, c, reg)
	return source, reg, err
}

// source is tokens for a registration that is at hand.
func (w *Workbench) source(ctx context.Context, c store.Connection, reg oauth.Registration) (*oauth.TokenSource, error) {
	kept := &tokenStore{bench: w, connection: c}
	refresh, err := kept.key(ctx)
	if err != nil {
		return nil, err
	}
	client, id := w.httpClient(), c.ID
	if c.Mode == ModeAppOnly {
		id = appSource + id
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.sources[id]; ok && s.refresh == refresh && sameRegistration(s.reg, reg) {
		return s.tokens, nil
	}
	if w.sources == nil {
		w.sources = make(map[string]source)
	}
	s := source{reg: reg, refresh: refresh}
	if c.Mode == ModeAppOnly {
		s.tokens = oauth.NewAppTokenSource(reg, client, w.now)
	} else {
		s.tokens = oauth.NewTokenSource(reg, kept, client, w.now)
	}
	w.sources[id] = s
	return s.tokens, nil
}

// sameRegistration compares by value; two Secrets of the same value are not == each other.
func sameRegistration(a, b oauth.Registration) bool {
	same := a.ClientSecret.Equal(b.ClientSecret) && a.Certificate.Equal(b.Certificate)
	a.ClientSecret, b.ClientSecret = oauth.Secret{}, oauth.Secret{}
	a.Certificate, b.Certificate = nil, nil
	return same && a == b
}
