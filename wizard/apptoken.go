package wizard

import (
	"context"
	"slices"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
)

// tokenFor returns an access token for one leg of c: of the user's sign-in, or
// of the application itself, whose tokens are each for one resource.
func (w *Workbench) tokenFor(ctx context.Context, c store.Connection, leg check.Leg) (oauth.Token, oauth.Registration, error) {
	if c.Mode == ModeAppOnly {
		tokens, reg, err := w.appTokens(ctx, c)
		if err != nil {
			return oauth.Token{}, reg, err
		}
		token, err := tokens.Token(ctx, []string{w.Catalog.AppScope(reg.Cloud, string(leg))})
		return token, reg, err
	}
	tokens, reg, err := w.tokens(ctx, c)
	if err != nil {
		return oauth.Token{}, reg, err
	}
	token, err := tokens.Token(ctx, w.Catalog.Scopes(reg.Cloud, c.Protocols))
	return token, reg, err
}

// appTokens is tokens where the application signs in itself: nothing of it is stored.
func (w *Workbench) appTokens(ctx context.Context, c store.Connection) (*oauth.TokenSource, oauth.Registration, error) {
	reg, err := w.registration(ctx, c)
	if err != nil {
		return nil, reg, err
	}
	client, id := w.httpClient(), appSource+c.ID
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.sources[id]; ok && sameRegistration(s.reg, reg) {
		return s.tokens, reg, nil
	}
	if w.sources == nil {
		w.sources = make(map[string]source)
	}
	s := source{reg: reg, tokens: oauth.NewAppTokenSource(reg, client, w.now)}
	w.sources[id] = s
	return s.tokens, reg, nil
}

// appSource keeps the sources of an application apart from those of a user's
// sign-in with the same values.
const appSource = "app "

// appScopes are the scopes, one for each resource, that an application needs
// for these protocols.
func (w *Workbench) appScopes(cloud oauth.Cloud, protocols []string) []string {
	var scopes []string
	for _, p := range protocols {
		if scope := w.Catalog.AppScope(cloud, p); !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// AppToken asks Microsoft anew for the tokens that the application of d gets by
// itself, one for each resource, and notes in d which roles they carry. The
// tokens of before a consent know nothing of it, and are forgotten.
//
// Errors are those of oauth.TokenSource.Token and of the vault.
func (w *Workbench) AppToken(ctx context.Context, d *Draft) error {
	c := d.registrationPart()
	tokens, reg, err := w.appTokens(ctx, c)
	if err != nil {
		return err
	}
	tokens.Forget()
	proof := &Proof{With: d.signInIDs(), Known: true}
	for _, scope := range w.appScopes(reg.Cloud, d.Protocols) {
		token, err := tokens.Token(ctx, []string{scope})
		if err != nil {
			return err
		}
		claims, readable := oauth.Inspect(token.Access)
		proof.Known = proof.Known && readable
		for _, role := range claims.Roles {
			if !slices.Contains(proof.Roles, role) {
				proof.Roles = append(proof.Roles, role)
			}
		}
	}
	proof.At = w.now()
	d.Proof = proof
	w.log().Info("tokens for the application", "connection", d.Name, "roles", proof.Roles, "readable", proof.Known)
	return nil
}

// UnwantedRoles are roles in the tokens that must not be there: where SMTP goes
// through RBAC for Applications, its role in the token makes Exchange Online look
// for permissions on each mailbox instead (Exchange Online: Onboard SMTP with RBAC
// for Applications).
func (w *Workbench) UnwantedRoles(d *Draft) []string {
	if !d.AppOnly() || !d.SignedIn() || !d.SMTPRBAC || !slices.Contains(d.Protocols, ProtocolSMTP) {
		return nil
	}
	return slices.DeleteFunc(w.Catalog.NeededRoles(ProtocolSMTP, false), func(role string) bool {
		return !slices.Contains(d.Proof.Roles, role)
	})
}

// roleGranted is what the tokens of the application say of one permission.
func roleGranted(d *Draft, p catalog.Permission) catalog.GrantState {
	switch {
	case !d.SignedIn():
		return catalog.NotAsked
	case !d.Proof.Known:
		return catalog.CannotTell
	case slices.Contains(d.Proof.Roles, p.Name):
		return catalog.Granted
	case p.ByExchange():
		return catalog.NotInToken
	}
	return catalog.Missing
}
