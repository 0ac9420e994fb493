package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/diagnose"
)

// tokenPage is step 6 where the application signs in itself: its request for
// tokens, and what Exchange Online has to know of it.
type tokenPage struct {
	plainPage
	top    *fyne.Container // the request and how it ended
	object *widgets.Field  // the Object ID of the Enterprise application

	failure  *diagnose.Finding // why the last request failed; nil when it did not
	stopped  bool              // the last request was cancelled here
	sign     *widgets.Dial
	round    int // counts the requests, so that a cancelled one ends nothing but itself
	stopWork context.CancelFunc
	stopTick func()
}

func newTokenPage(f *flow) *tokenPage {
	return &tokenPage{plainPage: plainPage{f}, top: widgets.Column(14)}
}

func (p *tokenPage) heading() string  { return tr("apponly.token") }
func (p *tokenPage) sentence() string { return tr("apponly.token-sentence") }

func (p *tokenPage) content() fyne.CanvasObject {
	p.build()
	return widgets.Column(14, p.top, p.objectCard(), p.exchangeCard())
}

func (p *tokenPage) done() bool { return p.flow.draft.SignedIn() }

func (p *tokenPage) running() bool { return p.stopWork != nil }

func (p *tokenPage) primary() action {
	switch {
	case p.running():
		return action{label: tr("apponly.token-start")}
	case !p.done():
		return action{tr("apponly.token-start"), p.start}
	}
	return action{}
}

func (p *tokenPage) actions() []action {
	if p.running() || !p.done() {
		return nil
	}
	return []action{{tr("apponly.token-again"), p.start}}
}

func (p *tokenPage) focus() fyne.Focusable {
	if p.done() && p.object.Text() == "" {
		return p.object.Entry
	}
	return nil
}

// start asks Microsoft for the tokens. The goroutine works on a copy of the
// draft, since the draft itself belongs to the UI goroutine.
func (p *tokenPage) start() {
	if p.running() {
		return
	}
	p.failure, p.stopped = nil, false
	p.round++
	f, round := p.flow, p.round
	draft := cloneDraft(f.draft)
	p.stopTick = tickEvery(f, signInTick, func() { p.sign.Turn() })
	p.stopWork = f.work(func(ctx context.Context) func() {
		err := f.app.bench.AppToken(ctx, draft)
		return func() {
			if p.running() && p.round == round {
				p.ended(draft, err)
			}
		}
	})
	p.show()
}

// ended takes over what Microsoft answered.
func (p *tokenPage) ended(from *wizard.Draft, err error) {
	f := p.flow
	p.stopRunning()
	switch {
	case err == nil:
		f.draft.Proof = from.Proof
		f.save()
	case errors.Is(err, context.Canceled):
		p.stopped = true
	default:
		c, _ := f.draft.Connection() // as far as it can be read, to explain the error
		finding := f.app.bench.Explain(c, "", "", err)
		p.failure = &finding
	}
	p.show()
	if p.done() && p.object.Text() == "" {
		f.focusOn(p.object.Entry)
		return
	}
	f.focusOn(f.shell.bar.primary)
}

func (p *tokenPage) stopRunning() {
	if p.stopWork != nil {
		p.stopWork()
		p.stopWork = nil
	}
	if p.stopTick != nil {
		p.stopTick()
		p.stopTick = nil
	}
}

// cancel stops the request.
func (p *tokenPage) cancel() bool {
	if !p.running() {
		return false
	}
	p.stopped = true
	p.stopRunning()
	p.show()
	p.flow.focusOn(p.flow.shell.bar.primary)
	return true
}

func (p *tokenPage) leave() { p.stopRunning() }

// commit lets the wizard go on when there are tokens and the Object ID is right.
func (p *tokenPage) commit(then func(ok bool)) { then(p.done() && p.flow.validate(p.object)) }
