package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/diagnose"
)

// consentState is what the consent part of step 5 does.
type consentState int

const (
	consentIdle     consentState = iota
	consentStarting              // the metadata is read, the browser opened
	consentWaiting               // the consent page is open
	consentChecking              // Microsoft is asked what is granted
)

// consentPart is the part of step 5 that gets an administrator's consent: here
// in the browser, or elsewhere through a link or a mail. It also asks Microsoft
// anew what is granted, by which a consent given elsewhere shows.
type consentPart struct {
	page *permissionsPage
	// top stands above the table, for what is missing; bottom below it, where the
	// consent is only offered. One of the two is empty.
	top, bottom *fyne.Container
	above       bool

	state    consentState
	round    int  // counts the tries, so that a cancelled one ends nothing but itself
	unasked  bool // what runs is a check that nobody asked for
	stopWork context.CancelFunc
	stopTick func()
	wait     *consentWait
	sign     *widgets.Dial

	outcome consentOutcome
	failure *diagnose.Finding // what an error led to, explained
	ask     *widgets.Button   // while idle and offered
	halt    *widgets.Button   // Cancel, while something runs and no page is open
	saved   string            // where the mail was saved
	unsaved string            // why it was not
}

// consentOutcome is how the last try ended.
type consentOutcome int

const (
	consentNone      consentOutcome = iota
	consentGiven                    // an administrator consented
	consentChecked                  // nothing was asked, what is granted was read anew
	consentStopped                  // cancelled here
	consentDeclined                 // Cancel was chosen on the page
	consentNotAdmin                 // the account may not consent
	consentNoAnswer                 // the browser did not come back
	consentFailed                   // anything else
	consentUnchecked                // what is granted could not be read
	consentUnread                   // the same, when nobody had asked for it
)

func newConsentPart(p *permissionsPage) *consentPart {
	return &consentPart{page: p, top: widgets.Column(14), bottom: widgets.Column(14)}
}

// canAsk reports whether Microsoft can be asked what is granted: a user has
// signed in, or the application has what it signs in with.
func (c *consentPart) canAsk(d *wizard.Draft) bool {
	return d.SignedIn() || d.AppOnly() && (d.HasSecret || d.Certificate != nil)
}

// word is a sentence of this part, the one for an application that signs in
// itself where there is one of its own.
func (c *consentPart) word(delegated, appOnly string) string {
	if c.page.flow.draft.AppOnly() {
		return tr(appOnly)
	}
	return tr(delegated)
}

func (c *consentPart) running() bool { return c.stopWork != nil }

// start runs job off the UI goroutine on a copy of the draft, since the draft
// itself belongs to the UI goroutine; done gets that copy.
func (c *consentPart) start(state consentState, job func(context.Context, *wizard.Draft) error, done func(*wizard.Draft, error)) {
	if c.running() {
		return
	}
	c.outcome, c.failure, c.saved, c.unsaved = consentNone, nil, "", ""
	c.round++
	c.unasked = false
	f, round := c.page.flow, c.round
	draft := cloneDraft(f.draft)
	c.stopTick = tickEvery(f, signInTick, c.tick)
	c.stopWork = f.work(func(ctx context.Context) func() {
		err := job(ctx, draft)
		return func() {
			if c.running() && c.round == round {
				done(draft, err)
			}
		}
	})
	c.show(state)
}

// request asks for consent in the browser of this computer.
func (c *consentPart) request() {
	if c.unasked {
		c.stop() // the check follows the consent anyway
	}
	given := false
	c.start(consentStarting, func(ctx context.Context, draft *wizard.Draft) error {
		err := c.inBrowser(ctx, draft)
		given = err == nil
		if given && c.canAsk(draft) {
			c.onPage(ctx, func() { c.show(consentChecking) })
			return c.page.flow.app.bench.Verify(ctx, draft)
		}
		return err
	}, func(draft *wizard.Draft, err error) {
		switch {
		case err == nil:
			c.over(draft, consentGiven, nil)
		case given:
			c.over(nil, consentUnchecked, err)
		default:
			c.over(nil, consentOutcomeOf(err), err)
		}
	})
}

// inBrowser waits for the administrator; it runs on a goroutine of its own.
func (c *consentPart) inBrowser(ctx context.Context, draft *wizard.Draft) error {
	session, err := c.page.flow.app.bench.AdminConsent(ctx, draft)
	if err != nil {
		return err
	}
	defer session.Close()
	c.onPage(ctx, func() {
		c.wait = newConsentWait(c, session)
		c.show(consentWaiting)
		c.page.flow.focusOn(c.wait.copyLink)
	})
	_, err = session.Wait(ctx)
	return err
}

func (c *consentPart) onPage(ctx context.Context, f func()) {
	c.page.flow.app.do(func() {
		if ctx.Err() == nil {
			f()
		}
	})
}

// look asks Microsoft what is granted without having been told to; all that can
// be done stays in its place.
func (c *consentPart) look() {
	c.verify()
	c.unasked = c.running()
	c.show(c.state)
}

// verify asks Microsoft anew what is granted.
func (c *consentPart) verify() {
	c.start(consentChecking, func(ctx context.Context, draft *wizard.Draft) error {
		return c.page.flow.app.bench.Verify(ctx, draft)
	}, func(draft *wizard.Draft, err error) {
		switch {
		case err == nil:
			c.over(draft, consentChecked, nil)
		case c.unasked:
			c.over(nil, consentUnread, err)
		default:
			c.over(nil, consentUnchecked, err)
		}
	})
}

// consentOutcomeOf tells how a try ended from its error (Microsoft Learn: Microsoft
// Entra authentication and authorization error codes: 65004 declined, 90094 and
// 90095 only an administrator may).
func consentOutcomeOf(err error) consentOutcome {
	var refused *oauth.Error
	switch {
	case errors.Is(err, context.Canceled):
		return consentStopped
	case errors.Is(err, oauth.ErrTimeout), errors.Is(err, oauth.ErrState):
		return consentNoAnswer
	case !errors.As(err, &refused):
		return consentFailed
	}
	switch code := refused.Code(); {
	case code == 90094 || code == 90095:
		return consentNotAdmin
	case code == 65004, code == 0 && refused.Kind == "access_denied":
		return consentDeclined
	}
	return consentFailed
}

// over shows the state after a try. Checked is the copy of the draft in which
// what was found is noted; nil: nothing was.
func (c *consentPart) over(checked *wizard.Draft, outcome consentOutcome, err error) {
	c.stop()
	f := c.page.flow
	c.outcome = outcome
	if err != nil {
		conn, _ := f.draft.Connection() // as far as it can be read, to explain the error
		finding := f.app.bench.Explain(conn, "", "", err)
		c.failure = &finding
	}
	switch {
	case checked == nil || !checked.SignedIn():
	case f.draft.AppOnly():
		f.draft.Proof = checked.Proof
		f.save()
	case f.draft.Account != nil && checked.Account.At.Equal(f.draft.Account.At):
		f.draft.Account = checked.Account
		f.save()
	}
	c.unasked = false
	c.show(consentIdle)
	c.page.showSays()
}

func (c *consentPart) stop() {
	if c.stopWork != nil {
		c.stopWork()
		c.stopWork = nil
	}
	if c.stopTick != nil {
		c.stopTick()
		c.stopTick = nil
	}
	c.wait = nil
}

// cancel stops what runs.
func (c *consentPart) cancel() bool {
	if !c.running() {
		return false
	}
	outcome := consentStopped
	if c.state == consentChecking {
		outcome = consentNone // nothing was asked of anybody
	}
	c.over(nil, outcome, nil)
	return true
}

// holdsFocus reports whether the focus is on something that is about to be
// replaced.
func (c *consentPart) holdsFocus() bool {
	focused, ok := c.page.flow.app.window.Canvas().Focused().(fyne.CanvasObject)
	return ok && (within(c.top, focused) || within(c.bottom, focused))
}

// within reports whether o is in the tree of containers and boxes below root.
func within(root, o fyne.CanvasObject) bool {
	if root == o {
		return true
	}
	switch root := root.(type) {
	case *fyne.Container:
		for _, child := range root.Objects {
			if within(child, o) {
				return true
			}
		}
	case *widgets.Box:
		return within(root.Inside(), o)
	}
	return false
}

// focusHere puts the focus on the button of the part, or on Continue.
func (c *consentPart) focusHere() {
	switch {
	case c.state == consentWaiting:
		c.page.flow.focusOn(c.wait.copyLink)
	case c.state != consentIdle:
		c.page.flow.focusOn(c.halt)
	case c.ask != nil:
		c.page.flow.focusOn(c.ask)
	default:
		c.page.flow.focusOn(c.page.flow.shell.bar.primary)
	}
}
