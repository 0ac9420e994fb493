package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/diagnose"
)

// signInState is what the sign-in page shows.
type signInState int

const (
	signInBefore    signInState = iota // what will happen, or why it did not
	signInStarting                     // the keyring is read, the browser opened
	signInWaiting                      // the browser is open
	signInFinishing                    // the token is stored
	signInDone                         // who signed in
	signInOther                        // somebody else signed in than before
)

// signInPage is step 6: the sign-in in the browser.
type signInPage struct {
	plainPage
	state signInState
	body  *fyne.Container

	choose   *widgets.Tick
	failure  *diagnose.Finding // why the last try failed; nil when it did not
	stopped  bool              // the last try was cancelled here
	other    *otherAccount     // somebody else signed in last; nil otherwise
	inUse    bool              // the saved connection uses the sign-in already
	wait     *signInWait       // what is shown while it waits
	sign     *widgets.Dial     // the moving sign of what is shown
	round    int               // counts the tries, so that a cancelled one ends nothing but itself
	stopWork context.CancelFunc
	stopTick func()
}

func newSignInPage(f *flow) *signInPage {
	p := &signInPage{plainPage: plainPage{f}, body: widgets.Column(14)}
	if f.draft.SignedIn() {
		p.state = signInDone
	}
	return p
}

func (p *signInPage) heading() string { return tr("signin-page.heading") }

func (p *signInPage) sentence() string { return tr("signin-page.intro." + p.kind()) }

// kind is the part of a key that tells own and shared mailboxes apart.
func (p *signInPage) kind() string {
	if p.flow.draft.Shared {
		return "shared"
	}
	return "own"
}

func (p *signInPage) content() fyne.CanvasObject {
	p.build()
	return p.body
}

func (p *signInPage) primary() action {
	switch p.state {
	case signInBefore:
		return action{tr("signin-page.start"), func() { p.start(p.choose.On()) }}
	case signInDone:
		return action{}
	case signInOther:
		return action{tr("signin-page.again"), func() { p.start(true) }}
	}
	return action{label: tr("ui.continue")}
}

func (p *signInPage) actions() []action {
	switch p.state {
	case signInDone:
	case signInOther:
		return []action{{tr("again.take"), p.takeOther}}
	default:
		return nil
	}
	return []action{
		{tr("signin-page.another"), func() { p.start(true) }},
		{tr("signin-page.again"), func() { p.start(false) }},
	}
}

// running reports whether a sign-in is under way.
func (p *signInPage) running() bool { return p.stopWork != nil }

// start begins a sign-in. The goroutine works on a copy of the draft, since the
// draft itself belongs to the UI goroutine.
func (p *signInPage) start(choose bool) {
	if p.running() {
		return
	}
	p.begin(func(ctx context.Context, draft *wizard.Draft) error { return p.signIn(ctx, draft, choose) })
}

// begin does what waits, on a copy of the draft, and shows how it ended.
func (p *signInPage) begin(wait func(ctx context.Context, draft *wizard.Draft) error) {
	p.failure, p.stopped, p.other, p.inUse = nil, false, nil, false
	p.round++
	draft, round := cloneDraft(p.flow.draft), p.round
	p.show(signInStarting)
	p.stopTick = tickEvery(p.flow, signInTick, p.tick)
	p.stopWork = p.flow.work(func(ctx context.Context) func() {
		err := wait(ctx, draft)
		if err != nil {
			c, _ := draft.Connection() // as far as it can be read, to explain the error
			finding := p.flow.app.bench.Explain(c, "", "", err)
			return p.unlessOver(round, func() { p.ended(err, &finding) })
		}
		inUse := usedAlready(ctx, p.flow.app.bench, draft)
		return p.unlessOver(round, func() { p.signedIn(draft, inUse) })
	})
}

// unlessOver leaves out f when the try has been cancelled, and maybe another
// one begun, before f's turn came.
func (p *signInPage) unlessOver(round int, f func()) func() {
	return func() {
		if p.running() && p.round == round {
			f()
		}
	}
}

// signIn waits for the browser; it runs on a goroutine of its own.
func (p *signInPage) signIn(ctx context.Context, draft *wizard.Draft, choose bool) error {
	app := p.flow.app
	session, err := app.bench.SignIn(ctx, draft, choose)
	if err != nil {
		return err
	}
	defer session.Close()
	onPage := func(f func()) {
		app.do(func() {
			if ctx.Err() == nil {
				f()
			}
		})
	}
	onPage(func() { p.opened(session) })
	in, err := session.Wait(ctx)
	if err != nil {
		return err
	}
	onPage(func() { p.show(signInFinishing) })
	return p.keep(ctx, draft, in)
}

// opened shows the wait for the browser.
func (p *signInPage) opened(session *oauth.Session) {
	p.wait = newSignInWait(p, session)
	p.show(signInWaiting)
	p.flow.focusOn(p.wait.copyLink)
}

// signedIn takes over what the sign-in noted in its copy of the draft. Where it
// mended the saved connection and nothing else was changed, no draft is left.
func (p *signInPage) signedIn(from *wizard.Draft, inUse bool) {
	f := p.flow
	d := f.draft
	d.Account, d.SignedInWith, d.SignInEnded = from.Account, from.SignedInWith, from.SignInEnded
	d.Mailbox.Address, d.Mailbox.Delegate = from.Mailbox.Address, from.Mailbox.Delegate
	p.inUse = inUse
	p.over(signInDone)
	if inUse && f.pristine() {
		return
	}
	f.touched = true
	f.save()
}

// ended shows why the sign-in did not succeed.
func (p *signInPage) ended(err error, finding *diagnose.Finding) {
	var refused *wrongAccountError
	switch {
	case errors.As(err, &refused):
		p.other = &refused.otherAccount
		p.over(signInOther)
		return
	case errors.Is(err, context.Canceled):
		p.stopped = true
	default:
		p.failure = finding
	}
	p.over(signInBefore)
}

// over shows the state after a sign-in.
func (p *signInPage) over(state signInState) {
	p.stopRunning()
	if state == signInBefore && p.flow.draft.SignedIn() {
		state = signInDone // an earlier sign-in is still good
	}
	p.show(state)
	p.flow.focusOn(p.flow.shell.bar.primary)
}

func (p *signInPage) stopRunning() {
	if p.stopWork != nil {
		p.stopWork()
		p.stopWork = nil
	}
	if p.stopTick != nil {
		p.stopTick()
		p.stopTick = nil
	}
	p.wait = nil
}

// cancel stops the sign-in.
func (p *signInPage) cancel() bool {
	if !p.running() {
		return false
	}
	p.stopped = true
	p.over(signInBefore)
	return true
}

func (p *signInPage) leave() { p.stopRunning() }

// commit lets the wizard go on when somebody has signed in; going on without is
// possible where the page was left before, through the list of steps.
func (p *signInPage) commit(then func(ok bool)) { then(p.state == signInDone) }

// account is who signed in, or the zero Account.
func (p *signInPage) account() store.Account {
	if p.flow.draft.Account == nil {
		return store.Account{}
	}
	return *p.flow.draft.Account
}
