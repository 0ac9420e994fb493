package ui

import (
	"errors"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// endsSignIn says of a value of a saved connection that its change needs a new
// sign-in; nil otherwise.
func (f *flow) endsSignIn(name wizard.Field) *wizard.Problem {
	saved, there := f.savedConnection()
	if !there {
		return nil
	}
	return f.draft.EndsSignIn(name, saved)
}

// endsNote is what endsSignIn says of choices, which have no line for a problem.
type endsNote struct {
	flow   *flow
	fields []wizard.Field
	root   *fyne.Container
}

func newEndsNote(f *flow, fields ...wizard.Field) *endsNote {
	n := &endsNote{flow: f, fields: fields, root: widgets.Column(0)}
	n.show()
	return n
}

// show says it, or nothing.
func (n *endsNote) show() {
	n.root.Objects = nil
	for _, name := range n.fields {
		if p := n.flow.endsSignIn(name); p != nil {
			n.root.Objects = []fyne.CanvasObject{widgets.NewNotice(widgets.Warn, msg(p.Message))}
			break
		}
	}
	n.root.Hidden = len(n.root.Objects) == 0
	n.flow.app.settle()
}

// refused says why the connection was not saved. Where a sign-in is missing, a
// button leads to it.
func (p *handoverPage) refused(err error) fyne.CanvasObject {
	p.toSignIn = nil
	switch {
	case errors.Is(err, wizard.ErrSignInFirst):
		p.toSignIn = widgets.NewButton(tr("edit.to-sign-in"), widgets.Plain, func() { p.flow.open(wizard.StepSignIn) })
		text := tr("edit.sign-in-first-text")
		if p.flow.draft.AppOnly() {
			text = tr("edit.token-first-text")
		}
		return widgets.NewNotice(widgets.Warn, tr("edit.sign-in-first"),
			widgets.NewText(text, widgets.Style{}), widgets.Flow(0, p.toSignIn))
	case errors.Is(err, wizard.ErrChanged):
		return widgets.NewNotice(widgets.Warn, tr("edit.changed"), widgets.NewText(tr("edit.changed-text"), widgets.Style{}))
	}
	card := p.flow.app.findingCard(p.flow.app.bench.Explain(p.conn, "", "", err))
	if !p.flow.saved {
		return card
	}
	return widgets.Column(14, widgets.NewNotice(widgets.Idle, tr("edit.not-saved"),
		widgets.NewText(tr("edit.not-saved-text"), widgets.Style{})), card)
}

// focusSignIn puts the focus on the way to the sign-in, where it is shown.
func (p *handoverPage) focusSignIn() {
	if p.toSignIn != nil {
		p.flow.focusOn(p.toSignIn)
	}
}
