package ui

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// atSignInAgain opens the sign-in of the saved connection from its card on Home.
func (r *rig) atSignInAgain(c store.Connection) *signInPage {
	r.t.Helper()
	_, err := r.bench.Store.Update(r.t.Context(), c.ID, func(c *store.Connection) error {
		c.SignInEnded = r.clock
		return nil
	})
	must(r.t, err)
	r.home().load()
	r.until("the card offers a sign-in", func() bool { return strings.Contains(r.texts(), "Sign in now…") })
	r.button("Sign in now…").Tapped(nil)
	r.until("the wizard opens", func() bool { _, ok := r.screen.(*flow); return ok })
	r.wantStep(wizard.StepSignIn)
	return r.flow().page.(*signInPage)
}

// browseAs makes the tenant's robot the browser.
func (r *rig) browseAs(user string) {
	ctx := r.t.Context()
	r.bench.OpenBrowser = func(_ context.Context, url string) error {
		go func() { _, _ = r.tenant.Browse(ctx, url, user) }()
		return nil
	}
}

func (r *rig) stored(id string) store.Connection {
	r.t.Helper()
	c, err := r.bench.Store.Connection(r.t.Context(), id)
	must(r.t, err)
	return c
}

func (r *rig) refreshToken(c store.Connection) oauth.Secret {
	r.t.Helper()
	value, err := r.bench.Vault.Get(r.t.Context(), c.RefreshKey())
	must(r.t, err)
	return value
}

// TestSignInAgain: the same account mends the connection at once, and no draft
// is left over.
func TestSignInAgain(t *testing.T) {
	r, c := practiceRotation(t)
	before := r.refreshToken(c)
	p := r.atSignInAgain(c)
	r.sees("has ended. Sign in again.")
	r.browseAs(c.Account.Username)
	r.button("Sign in with Microsoft").Tapped(nil)
	r.until("the sign-in is done", func() bool { return p.state == signInDone })
	r.sees("The connection uses this sign-in from now on")
	now := r.stored(c.ID)
	if !now.SignInEnded.IsZero() || r.refreshToken(now).Equal(before) {
		t.Errorf("the connection is not mended: %+v", now)
	}
	r.button("Save and close").Tapped(nil)
	r.until("Home shows that it was mended", func() bool {
		h, ok := r.screen.(*home)
		return ok && len(h.shownCards) == 1 && !needsSignIn(h.shownCards[0].connection)
	})
	r.seesNot("Sign in now…")
	r.seesNot("Go on")
}

// TestSignInAgainAsAnother: somebody else is refused by name, and nothing is
// replaced, neither then nor when the account is confirmed, until Save.
func TestSignInAgainAsAnother(t *testing.T) {
	r, c := practiceRotation(t)
	before := r.refreshToken(c)
	p := r.atSignInAgain(c)
	unchanged := func(when string) {
		t.Helper()
		if now := r.stored(c.ID); now.Account.Username != c.Account.Username || !r.refreshToken(now).Equal(before) {
			t.Errorf("%s: the connection has %s", when, now.Account.Username)
		}
	}
	other := r.opts.Practice.Delegate
	r.browseAs(other)
	r.button("Sign in with Microsoft").Tapped(nil)
	r.until("the other account is refused", func() bool { return p.state == signInOther })
	for _, text := range []string{"Another account signed in than before", c.Account.Username, other, "Nothing has been replaced"} {
		r.sees(text)
	}
	unchanged("refused")
	r.button("Sign in again").Tapped(nil) // once more, as the other
	r.until("it is refused again", func() bool { return p.state == signInOther && !p.running() })
	r.button("Use this account").Tapped(nil)
	r.until("it is taken", func() bool { return p.state == signInDone })
	r.sees("This sign-in is used once the connection is saved")
	unchanged("confirmed")

	r.flow().open(wizard.StepHandover)
	r.button("Save connection").Tapped(nil)
	r.until("it is saved", func() bool { _, ok := r.screen.(*home); return ok })
	if now := r.stored(c.ID); now.Account.Username != other || r.refreshToken(now).Equal(before) || !now.SignInEnded.IsZero() {
		t.Errorf("saved: %+v", now)
	}
}

// TestFindingLeadsToTheSignIn: where the test says that the sign-in has ended,
// a button leads there.
func TestFindingLeadsToTheSignIn(t *testing.T) {
	r, c := practiceRotation(t)
	r.bench.ForgetTokens()
	r.tenant.Break(practice.FaultSignInFrequency)
	r.home().shownCards[0].start()
	r.until("the test ends", func() bool { return !r.home().shownCards[0].running() })
	r.tenant.Heal()
	r.sees("Sign-in frequency")
	r.sees("15 to 90 days")
	r.button("Sign in again").Tapped(nil)
	r.until("the wizard opens", func() bool { f, ok := r.screen.(*flow); return ok && f.draft.ID == c.ID })
	r.wantStep(wizard.StepSignIn)
}

// TestRotationLeadsToTheSignIn: a rotation that fails because the sign-in has
// ended offers a new one.
func TestRotationLeadsToTheSignIn(t *testing.T) {
	r, _ := practiceRotation(t)
	p := r.atRotation()
	r.bench.ForgetTokens()
	r.tenant.Break(practice.FaultSignInRevoked)
	r.button("Use practice value").Tapped(nil)
	r.button("Prove and replace").Tapped(nil)
	r.until("it ends", func() bool { return p.stop == nil })
	r.sees("Nothing has been replaced")
	r.button("Sign in again").Tapped(nil)
	r.until("the wizard opens", func() bool { _, ok := r.screen.(*flow); return ok })
	r.wantStep(wizard.StepSignIn)
}

// TestEditThatEndsTheSignIn: another client ID says what it means, is not saved
// without a sign-in, and leaves what works in use.
func TestEditThatEndsTheSignIn(t *testing.T) {
	r, c := practiceRotation(t)
	before := r.refreshToken(c)
	r.home().shownCards[0].edit(wizard.StepRegistration)
	r.until("the wizard opens", func() bool { _, ok := r.screen.(*flow); return ok })
	p := r.flow().page.(*registrationPage)
	r.seesNot("A new sign-in is needed")
	p.client.SetText("3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10")
	p.client.Validate()
	if problem := p.client.Problem(); !problem.Warning || !strings.Contains(problem.Text, "A new sign-in is needed") {
		t.Errorf("the field says %+v", problem)
	}
	r.flow().open(wizard.StepHandover)
	r.button("Save connection").Tapped(nil)
	r.until("it is refused", func() bool { return strings.Contains(r.texts(), "The changed values need a new sign-in first") })
	r.sees("Nothing has been replaced")
	r.press(fyne.KeyReturn) // Go to step 6 has the focus
	r.wantStep(wizard.StepSignIn)
	r.sees("signed in with other values")
	r.button("Save and close").Tapped(nil)
	r.until("Home is shown", func() bool { _, ok := r.screen.(*home); return ok })
	now := r.stored(c.ID)
	if now.ClientID != c.ClientID || !r.refreshToken(now).Equal(before) {
		t.Errorf("replaced without a proof: %+v", now)
	}
	r.bench.ForgetTokens()
	if res, found := r.bench.Test(t.Context(), now, nil); !res.OK() {
		t.Errorf("the old connection does not work any more: %v", found)
	}
	if d := r.saved(c.ID); d.ClientID == c.ClientID {
		t.Error("the draft has lost the new value")
	}
}

// TestChoicesThatEndTheSignIn: the audience and the cloud have no field, so the
// page says it, and takes it back with the choice.
func TestChoicesThatEndTheSignIn(t *testing.T) {
	r, _ := practiceRotation(t)
	r.home().shownCards[0].edit(wizard.StepRegistration)
	r.until("the wizard opens", func() bool { _, ok := r.screen.(*flow); return ok })
	f := r.flow()
	const says = "A new sign-in is needed"
	p := f.page.(*registrationPage)
	f.draft.Audience = oauth.AudienceMulti
	p.ends.show()
	r.sees(says)
	f.draft.Audience = oauth.AudienceSingle
	p.ends.show()
	r.seesNot(says)
	f.open(wizard.StepApplication)
	r.seesNot(says)
	f.draft.Cloud = "china"
	f.page.(*applicationPage).showCloud()
	r.sees(says)
	f.draft.Cloud = practice.CloudID
	f.page.(*applicationPage).choose(kindApp)
	r.sees("New ones are needed")
}
