package ui

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/handover"
)

// manyProofPage shows the proofs side by side, and how each ended.
type manyProofPage struct {
	screen *rotateMany
	stop   context.CancelFunc // nil when all have ended
	quiet  context.CancelFunc
}

func newManyProof(s *rotateMany) *manyProofPage { return &manyProofPage{screen: s} }

func (p *manyProofPage) heading() string {
	if p.stop != nil {
		return tr("rotate-many.proving")
	}
	return tr("rotate-many.ended")
}

func (p *manyProofPage) sentence() string {
	done := 0
	for _, r := range p.screen.rows {
		if r.done {
			done++
		}
	}
	return tr("rotate-many.progress", "Done", done, "Count", len(p.screen.rows))
}

func (p *manyProofPage) content() fyne.CanvasObject {
	body := widgets.Column(14)
	for _, r := range p.screen.rows {
		body.Add(r.proof())
	}
	return body
}

func (p *manyProofPage) focus() fyne.Focusable  { return nil }
func (p *manyProofPage) commit(then func(bool)) { then(true) }
func (p *manyProofPage) actions() []action      { return nil }

func (p *manyProofPage) primary() action {
	if p.stop != nil {
		return action{label: tr("rotate.proving")}
	}
	return action{tr("rotate.home"), p.screen.shut}
}

func (p *manyProofPage) cancel() bool {
	if p.stop == nil {
		return false
	}
	p.stop()
	return true
}

func (p *manyProofPage) leave() {
	if p.stop != nil {
		p.stop()
	}
	if p.quiet != nil {
		p.quiet()
	}
}

// run proves all rows, a few at a time.
func (p *manyProofPage) run(rows []wizard.RotateRow) {
	s := p.screen
	tell := func(f func()) {
		s.app.do(func() {
			if s.ctx.Err() == nil {
				f()
			}
		})
	}
	p.quiet = s.app.every(s.ctx, time.Second, func() {
		for _, r := range s.rows {
			r.tick(time.Now())
		}
	})
	p.stop = s.work(func(ctx context.Context) func() {
		s.app.bench.RotateAll(ctx, rows,
			func(i int, e wizard.RotateEvent) { tell(func() { s.rows[i].happened(e) }) },
			func(i int, r wizard.Rotated) { tell(func() { s.rows[i].ended(r); s.refresh() }) })
		return func() {
			p.stop = nil
			p.quiet()
			s.bar.close.Hide() // nothing is left to cancel
			s.app.noteShown("rotated")
			s.refresh()
			s.app.window.Canvas().Focus(s.bar.primary)
		}
	})
	s.refresh()
}

// ended shows how the rotation of one row ended.
func (r *manyRow) ended(outcome wizard.Rotated) {
	app := r.screen.app
	r.now = ""
	switch {
	case outcome.Err == nil:
		r.connection, r.done = outcome.Connection, true
		r.mark.Set(widgets.HopOK)
		r.value.Entry.SetText("")
		r.note.SetText(tr("rotate-many.done", "Product", productInWords(app, r.connection)))
		for _, section := range handover.Rotation(app.bench.Catalog, r.connection) {
			r.below.Add(newSectionCard(section, r.copySecret))
		}
	case errors.Is(outcome.Err, context.Canceled):
		r.mark.Set(widgets.HopSkipped)
		r.note.SetText(tr("rotate-many.stopped"))
	case errors.Is(outcome.Err, wizard.ErrSameCredential):
		r.mark.Set(widgets.HopFailed)
		r.note.SetText(tr("rotate.same"))
	default:
		r.mark.Set(widgets.HopFailed)
		r.note.SetText(tr("rotate.failed"))
		var why *wizard.RotateError
		if errors.As(outcome.Err, &why) && len(why.Findings) > 0 {
			r.below.Objects = app.findingCards(why.Findings)
		} else {
			r.below.Add(app.findingCard(app.bench.Explain(r.connection, "", "", outcome.Err)))
		}
	}
	r.below.Hidden = len(r.below.Objects) == 0
	r.screen.settle()
}

// copySecret takes the new secret of the row from the keyring to the clipboard.
func (r *manyRow) copySecret(b *widgets.Button) {
	s := r.screen
	b.SetEnabled(false)
	s.work(func(ctx context.Context) func() {
		secret, err := s.app.bench.SecretOf(ctx, r.connection)
		return func() {
			b.SetEnabled(true)
			if err != nil {
				r.note.SetText(reason(err))
				return
			}
			s.app.clipSecret(s.ctx, b, secret)
			r.note.SetText(tr("handover-page.clears", "Seconds", int(clipboardFor.Seconds())))
		}
	})
}
