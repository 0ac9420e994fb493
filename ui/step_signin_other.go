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

// otherAccount is a sign-in of somebody else than before. It waits here, and
// nothing of it is stored, until it is confirmed or the page is left.
type otherAccount struct {
	expected, got string // user names
	in            oauth.SignedIn
}

// wrongAccountError carries the sign-in that was refused to the page.
type wrongAccountError struct {
	otherAccount
	err error
}

func (e *wrongAccountError) Error() string { return e.err.Error() }
func (e *wrongAccountError) Unwrap() error { return e.err }

// keep stores a sign-in; one of another account comes back as the error.
func (p *signInPage) keep(ctx context.Context, draft *wizard.Draft, in oauth.SignedIn) error {
	err := p.flow.app.bench.SignedIn(ctx, draft, in)
	var other *wizard.OtherAccountError
	if errors.As(err, &other) {
		return &wrongAccountError{otherAccount{other.Expected, other.Got, in}, err}
	}
	return err
}

// takeOther goes on with the account that signed in, after all.
func (p *signInPage) takeOther() {
	if p.running() || p.other == nil {
		return
	}
	in := p.other.in
	p.begin(func(ctx context.Context, draft *wizard.Draft) error {
		p.flow.app.do(func() {
			if ctx.Err() == nil {
				p.show(signInFinishing)
			}
		})
		return p.flow.app.bench.SignedInAs(ctx, draft, in, true)
	})
}

// objects name both accounts, and say that nothing has changed.
func (o *otherAccount) objects() []fyne.CanvasObject {
	rows := widgets.Column(6)
	for _, row := range []struct{ key, value string }{
		{"again.expected", o.expected},
		{"again.got", o.got},
	} {
		rows.Add(widgets.Shares(12, []float32{3, 9}, widgets.NewQuiet(tr(row.key)), widgets.NewMono(row.value)))
	}
	return []fyne.CanvasObject{
		widgets.NewNotice(widgets.Warn, tr("again.other"), rows,
			widgets.NewText(tr("again.other-text", "Account", o.expected), widgets.Style{})),
		widgets.NewCard(widgets.NewText(tr("again.other-how", "Account", o.expected), widgets.Style{})),
	}
}

// usedAlready reports whether the saved connection has the sign-in of the draft.
func usedAlready(ctx context.Context, bench *wizard.Workbench, d *wizard.Draft) bool {
	c, err := bench.Store.Connection(ctx, d.ID)
	return err == nil && c.Account != nil && d.Account != nil &&
		c.Account.At.Equal(d.Account.At) && c.Account.Username == d.Account.Username
}

// takesEffect says of a saved connection whether the new sign-in is in use.
func (p *signInPage) takesEffect() fyne.CanvasObject {
	switch {
	case !p.flow.saved || p.round == 0 || p.stopped || p.failure != nil:
		return nil // nobody has signed in on this visit
	case p.inUse:
		return widgets.NewNotice(widgets.Good, tr("again.in-use"))
	}
	return widgets.NewNotice(widgets.Info, tr("again.with-save"),
		widgets.NewText(tr("again.with-save-text"), widgets.Style{}))
}

// newSignInHelps are the findings of a sign-in that has ended.
var newSignInHelps = map[string]bool{"sign-in-expired": true, "sign-in-frequency": true, "not-signed-in": true}

// signInButton leads to a new sign-in below findings that one mends; nil where
// none of them is.
func signInButton(findings []diagnose.Finding, run func()) fyne.CanvasObject {
	for _, f := range findings {
		if newSignInHelps[f.ID] {
			return widgets.Flow(0, widgets.NewButton(tr("home.sign-in-again"), widgets.Plain, run))
		}
	}
	return nil
}

// signInAgain leads from a rotation that failed for want of a sign-in to a new one.
func (p *rotatePage) signInAgain() {
	s := p.screen
	s.work(func(ctx context.Context) func() {
		d, err := s.app.bench.Edit(ctx, s.connection.ID)
		if err != nil {
			return func() { s.app.tell(tr("home.failed"), widgets.NewText(reason(err), widgets.Style{})) }
		}
		d.Step = wizard.StepSignIn
		return func() { s.app.show(newFlow(s.app, d, []store.Connection{s.connection})) }
	})
}
