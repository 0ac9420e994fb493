package wizard

import (
	"context"
	"errors"
	"slices"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// AdminConsent begins to ask an administrator, in the browser of this computer,
// for consent to what d needs. The caller waits on the session; what it yields
// is no proof, Verify is. No secret is needed for it.
func (w *Workbench) AdminConsent(ctx context.Context, d *Draft) (*oauth.ConsentSession, error) {
	request, err := w.consentRequest(d)
	if err != nil {
		return nil, err
	}
	request.Client, request.OpenBrowser = w.httpClient(), w.OpenBrowser
	request.Timeout, request.Listen = w.signInWithin(), w.Listen
	request.Page, request.Now, request.Log = w.CallbackPage, w.now, w.log()
	w.log().Info("admin consent begun", "connection", d.Name, "tenant", d.TenantID, "client", d.ClientID)
	return request.Start(ctx)
}

// ConsentLink is the address at which an administrator consents on another
// computer. See oauth.AdminConsent.Link for where that browser ends.
func (w *Workbench) ConsentLink(d *Draft) (string, error) {
	request, err := w.consentRequest(d)
	if err != nil {
		return "", err
	}
	return request.Link()
}

// ConsentToAll reports whether the consent of d covers all that is on the
// registration: what was not added there is not asked for.
func (w *Workbench) ConsentToAll(d *Draft) bool { return w.Catalog.ConsentToAll(w.Permissions(d)) }

// Permissions is the checklist of d: that of its product where a user signs in,
// that of its protocols where the application does so itself.
func (w *Workbench) Permissions(d *Draft) []catalog.Permission {
	if d.AppOnly() {
		return w.Catalog.AppPermissions(d.Protocols, d.SMTPRBAC)
	}
	return w.Catalog.Permissions(d.Product, d.Shared)
}

func (w *Workbench) consentRequest(d *Draft) (oauth.AdminConsent, error) {
	c := d.registrationPart()
	cloud, err := w.Catalog.CloudOf(c)
	if err != nil {
		return oauth.AdminConsent{}, err
	}
	return oauth.AdminConsent{
		Registration: oauth.Registration{Cloud: cloud, Audience: c.Audience, TenantID: c.TenantID, ClientID: c.ClientID},
		Scopes:       w.Catalog.ConsentScopes(cloud, w.Permissions(d), d.Protocols),
	}, nil
}

// Granted is what Microsoft's answers say of one permission of d's list.
func (w *Workbench) Granted(d *Draft, p catalog.Permission) catalog.GrantState {
	if d.AppOnly() {
		return roleGranted(d, p)
	}
	asked, err := w.Scopes(d)
	switch {
	case err != nil || !d.SignedIn():
		return catalog.NotAsked
	case p.Type == catalog.Application:
		return catalog.CannotTell
	}
	return w.Catalog.Granted(p, append(asked, d.Account.Asked...), d.Account.Granted)
}

// Unverified reports whether d's list has permissions that the sign-in did not
// ask for, and Verify has not either.
func (w *Workbench) Unverified(d *Draft) bool {
	if !d.SignedIn() {
		return false
	}
	if d.AppOnly() {
		return !d.Proof.Known // the tokens came with a test, and nobody looked into them
	}
	cloud, err := w.Catalog.CloudOf(d.registrationPart())
	return err == nil && slices.ContainsFunc(w.Catalog.GraphScopes(cloud, w.Permissions(d)), func(scope string) bool {
		return !slices.Contains(d.Account.Asked, scope)
	})
}

// Verify asks Microsoft anew what the account of d has been granted and notes it
// in d: a new token for mail, and where the list has permissions of Microsoft
// Graph a second one for Graph, both from the stored refresh token. Only
// delegated permissions of the list are asked for; application permissions are
// not shown by any user's sign-in.
//
// Where the application signs in itself it is AppToken.
//
// Errors are those of oauth.TokenSource.Token.
func (w *Workbench) Verify(ctx context.Context, d *Draft) error {
	if d.AppOnly() {
		return w.AppToken(ctx, d)
	}
	if !d.SignedIn() {
		return oauth.ErrNotSignedIn
	}
	tokens, reg, err := w.tokens(ctx, d.registrationPart())
	if err != nil {
		return err
	}
	tokens.Forget() // what is in memory is from before the consent
	mail, err := tokens.Token(ctx, w.Catalog.Scopes(reg.Cloud, d.Protocols))
	if err != nil {
		return err
	}
	asked := w.Catalog.GraphScopes(reg.Cloud, w.Permissions(d))
	graph, err := grantedOf(ctx, tokens, asked)
	if err != nil {
		return err
	}
	account := *d.Account
	account.Granted = slices.Concat(mail.Scopes, graph)
	if !slices.Contains(account.Granted, scopeOffline) {
		account.Granted = append(account.Granted, scopeOffline) // the refresh token is its proof
	}
	account.Asked = asked
	d.Account = &account
	w.noteGranted(ctx, d.ID, account)
	w.log().Info("permissions verified", "connection", d.Name, "asked", asked, "granted", graph)
	return nil
}

const scopeOffline = "offline_access"

// grantedOf returns which of the scopes, all of one resource, were granted. Entra
// refuses a request whole when one of its scopes lacks consent, so they are then
// asked for one by one. With offline_access a rotated refresh token comes along,
// which the source stores.
func grantedOf(ctx context.Context, tokens *oauth.TokenSource, scopes []string) ([]string, error) {
	if len(scopes) == 0 {
		return nil, nil
	}
	token, err := tokens.Token(ctx, append([]string{scopeOffline}, scopes...))
	if err == nil {
		return token.Scopes, nil
	}
	if !lacksConsent(err) {
		return nil, err
	}
	if len(scopes) == 1 {
		return nil, nil
	}
	var granted []string
	for _, scope := range scopes {
		one, err := tokens.Token(ctx, []string{scopeOffline, scope})
		switch {
		case err == nil:
			granted = append(granted, one.Scopes...)
		case !lacksConsent(err):
			return nil, err
		}
	}
	return granted, nil
}

// lacksConsent reports whether Entra refused for want of consent alone
// (Microsoft Learn: Microsoft Entra authentication and authorization error codes).
func lacksConsent(err error) bool {
	var refused *oauth.Error
	if !errors.As(err, &refused) {
		return false
	}
	return refused.Suberror == "consent_required" || refused.Kind == "consent_required" ||
		slices.Contains([]int{65001, 90094, 90095}, refused.Code())
}

// noteGranted keeps what was found with the saved connection, where its sign-in
// is the same.
func (w *Workbench) noteGranted(ctx context.Context, id string, found store.Account) {
	_, err := w.Store.Update(ctx, id, func(c *store.Connection) error {
		if c.Account != nil && c.Account.At.Equal(found.At) && c.Account.Username == found.Username {
			c.Account.Granted, c.Account.Asked = slices.Clone(found.Granted), slices.Clone(found.Asked)
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.log().Warn("permissions not noted with the connection", "id", id, "error", err)
	}
}
