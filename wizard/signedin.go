package wizard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"postkey/oauth"
	"postkey/store"
)

// ErrNoRefreshToken says that Microsoft signed the user in but gave no refresh
// token: offline_access was not granted, and the sign-in would end within the hour.
var ErrNoRefreshToken = errors.New("the sign-in gave no refresh token: offline_access was not granted")

// OtherAccountError says that somebody else has signed in than before. Nothing
// is stored; SignedInAs with confirmed set takes the new account.
type OtherAccountError struct {
	Expected, Got string // user names
}

// Error implements error.
func (e *OtherAccountError) Error() string {
	return fmt.Sprintf("%s signed in, not %s as before", e.Got, e.Expected)
}

// SignedIn is SignedInAs for the account that is expected.
func (w *Workbench) SignedIn(ctx context.Context, d *Draft, in oauth.SignedIn) error {
	return w.SignedInAs(ctx, d, in, false)
}

// SignedInAs stores the refresh token of a finished sign-in before anything else
// uses the access token, and notes in d who signed in. An empty mailbox address
// (or delegate, for a shared mailbox) becomes the account's.
//
// The same account with the same values mends a saved connection at once. With
// other values, or another account, the sign-in belongs to the draft until Save.
// Another account than the connection's is refused with *OtherAccountError
// unless confirmed; one that the draft names as mailbox or delegate is meant.
func (w *Workbench) SignedInAs(ctx context.Context, d *Draft, in oauth.SignedIn, confirmed bool) error {
	if in.Token.Refresh.IsZero() {
		return ErrNoRefreshToken
	}
	saved, there, err := w.saved(ctx, d.ID)
	if err != nil {
		return err
	}
	c := d.registrationPart()
	again := there && sameSignIn(saved, c)
	if again && saved.Account != nil && !sameAccount(*saved.Account, in.Account) {
		if !confirmed && !d.names(in.Account, saved) {
			return &OtherAccountError{Expected: saved.Account.Username, Got: userName(in.Account)}
		}
		again = false
	}
	if again {
		err = w.mend(ctx, saved, in.Token.Refresh)
	} else {
		err = w.stage(ctx, d.ID, refreshKey, in.Token.Refresh)
	}
	if err != nil {
		return fmt.Errorf("store the sign-in: %w", err)
	}
	d.noteSignIn(in.Account, append([]string(nil), in.Token.Scopes...), w.now())
	tokens, _, err := w.tokens(ctx, d.registrationPart())
	if err != nil {
		return err
	}
	tokens.Prime(in.Token)
	if again {
		w.noteOnConnection(ctx, d)
	}
	w.log().Info("signed in", "connection", d.Name, "account", in.Account.Username, "tenant", in.Account.TenantID)
	return nil
}

// mend puts a new refresh token in the place of the saved connection's. A sign-in
// that a draft of it has stored meanwhile is older and goes.
func (w *Workbench) mend(ctx context.Context, saved store.Connection, refresh oauth.Secret) error {
	unlock, err := w.Store.LockToken(ctx, saved.ID) // no refresh of the old one may overwrite it
	if err != nil {
		return err
	}
	defer unlock()
	if err := w.vault().Set(ctx, saved.RefreshKey(), refresh); err != nil {
		return err
	}
	claimed, err := w.staged(ctx, saved.ID)
	if err == nil {
		w.settleQuietly(ctx, saved.ID, claimed.refresh)
	}
	return err
}

// noteOnConnection tells the saved connection of d that its sign-in works again:
// its token is in the vault already, whether the draft is saved later or not.
func (w *Workbench) noteOnConnection(ctx context.Context, d *Draft) {
	_, err := w.Store.Update(ctx, d.ID, func(c *store.Connection) error {
		account := *d.Account
		c.Account, c.SignInEnded = &account, time.Time{}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.log().Warn("sign-in not noted with the connection", "connection", d.Name, "error", err)
	}
}

// sameSignIn reports whether a sign-in to one connection is one to the other.
func sameSignIn(a, b store.Connection) bool {
	was, is := DraftOf(a).signInIDs(), DraftOf(b).signInIDs()
	if a.Account != nil && is.TenantID == strings.ToLower(a.Account.TenantID) {
		was.TenantID = is.TenantID // a domain of the tenant names it too
	}
	return was == is
}

// sameAccount compares by the IDs, which survive a new user name.
func sameAccount(was store.Account, is oauth.Account) bool {
	if was.ObjectID != "" && is.ObjectID != "" {
		return strings.EqualFold(was.ObjectID, is.ObjectID) && strings.EqualFold(was.TenantID, is.TenantID)
	}
	return strings.EqualFold(was.Username, userName(is))
}

// names reports whether the draft was changed to sign in as a.
func (d *Draft) names(a oauth.Account, saved store.Connection) bool {
	wanted := d.signInAddress()
	return strings.EqualFold(wanted, userName(a)) && !strings.EqualFold(wanted, DraftOf(saved).signInAddress())
}

func userName(a oauth.Account) string {
	if a.Username == "" {
		return a.Email
	}
	return a.Username
}
