package wizard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// ErrNoRefreshToken says that Microsoft signed the user in but gave no refresh
// token: offline_access was not granted, and the sign-in would end within the hour.
var ErrNoRefreshToken = errors.New("the sign-in gave no refresh token: offline_access was not granted")

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

// SignedIn stores the refresh token of a finished sign-in before anything else
// uses the access token, and notes in d who signed in. An empty mailbox address
// (or delegate, for a shared mailbox) becomes the account's.
func (w *Workbench) SignedIn(ctx context.Context, d *Draft, in oauth.SignedIn) error {
	if in.Token.Refresh.IsZero() {
		return ErrNoRefreshToken
	}
	if err := w.vault().Set(ctx, store.RefreshTokenKey(d.ID), in.Token.Refresh); err != nil {
		return fmt.Errorf("store the sign-in: %w", err)
	}
	d.noteSignIn(in.Account, append([]string(nil), in.Token.Scopes...), w.now())
	tokens, _, err := w.tokens(ctx, d.registrationPart())
	if err != nil {
		return err
	}
	tokens.Prime(in.Token)
	w.noteOnConnection(ctx, d)
	w.log().Info("signed in", "connection", d.Name, "account", in.Account.Username, "tenant", in.Account.TenantID)
	return nil
}

// noteOnConnection tells the saved connection of d, where there is one with the
// same values, that its sign-in works again: its token is in the vault already,
// whether the draft is saved later or not.
func (w *Workbench) noteOnConnection(ctx context.Context, d *Draft) {
	_, err := w.Store.Update(ctx, d.ID, func(c *store.Connection) error {
		if DraftOf(*c).signInIDs() == d.signInIDs() {
			account := *d.Account
			c.Account, c.SignInEnded = &account, time.Time{}
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.log().Warn("sign-in not noted with the connection", "connection", d.Name, "error", err)
	}
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
	return diagnose.Explain(diagnose.Evidence{Connection: c, Cloud: cloud, Leg: leg, Hop: hop, Err: err})
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

// registration gathers what Entra is asked with; the secret comes from the vault.
func (w *Workbench) registration(ctx context.Context, c store.Connection) (oauth.Registration, error) {
	cloud, err := w.Catalog.CloudOf(c)
	if err != nil {
		return oauth.Registration{}, err
	}
	reg := oauth.Registration{Cloud: cloud, Audience: c.Audience, TenantID: c.TenantID, ClientID: c.ClientID}
	if c.Platform == PlatformWeb {
		reg.ClientSecret, err = w.vault().Get(ctx, store.ClientSecretKey(c.ID))
		if err != nil {
			return oauth.Registration{}, fmt.Errorf("read the client secret: %w", err)
		}
	}
	return reg, nil
}

// tokens returns the token source of c, the same one as long as its
// registration stays the same, so that its access token is used while it lasts.
func (w *Workbench) tokens(ctx context.Context, c store.Connection) (*oauth.TokenSource, oauth.Registration, error) {
	reg, err := w.registration(ctx, c)
	if err != nil {
		return nil, reg, err
	}
	client, vault := w.httpClient(), w.vault()
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.sources[c.ID]; ok && sameRegistration(s.reg, reg) {
		return s.tokens, reg, nil
	}
	if w.sources == nil {
		w.sources = make(map[string]source)
	}
	s := source{reg, oauth.NewTokenSource(reg, tokenStore{w.Store, vault, c.ID}, client, w.now)}
	w.sources[c.ID] = s
	return s.tokens, reg, nil
}

// sameRegistration compares by value; two Secrets of the same value, and two
// Certificates, are not == each other.
func sameRegistration(a, b oauth.Registration) bool {
	same := a.ClientSecret.Equal(b.ClientSecret) && a.Certificate.Equal(b.Certificate)
	a.ClientSecret, b.ClientSecret = oauth.Secret{}, oauth.Secret{}
	a.Certificate, b.Certificate = nil, nil
	return same && a == b
}

// tokenStore is the oauth.TokenStore of one connection: the lock is a file, the
// token a keyring item.
type tokenStore struct {
	store *store.Store
	vault store.Vault
	id    string
}

// Lock implements oauth.TokenStore.
func (t tokenStore) Lock(ctx context.Context) (func(), error) { return t.store.LockToken(ctx, t.id) }

// Load implements oauth.TokenStore.
func (t tokenStore) Load(ctx context.Context) (oauth.Secret, error) {
	refresh, err := t.vault.Get(ctx, store.RefreshTokenKey(t.id))
	if errors.Is(err, store.ErrNotFound) {
		return oauth.Secret{}, nil
	}
	return refresh, err
}

// Save implements oauth.TokenStore.
func (t tokenStore) Save(ctx context.Context, refresh oauth.Secret) error {
	return t.vault.Set(ctx, store.RefreshTokenKey(t.id), refresh)
}
