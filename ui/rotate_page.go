package ui

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// rotatePage takes the new value and proves it.
type rotatePage struct {
	screen *rotateScreen
	draft  *wizard.Draft // carries the typed date to the wizard's check

	kind        *widgets.Choice
	secretCard  *fyne.Container
	value       *widgets.Field
	reveal      *widgets.Button
	expires     *widgets.Field
	certificate *certificatePart
	portal      *fyne.Container
	script      *rotateScript
	list        *proofList
	failure     *fyne.Container

	stop  context.CancelFunc // of the rotation; nil when none runs
	quiet context.CancelFunc // ends the counting of its seconds
}

// The kinds of what an application proves itself with.
const (
	kindSecret      = "secret"
	kindCertificate = "certificate"
)

func newRotatePage(s *rotateScreen) *rotatePage {
	d := wizard.DraftOf(s.connection)
	d.SecretExpires = ""
	return &rotatePage{screen: s, draft: d}
}

func (p *rotatePage) heading() string {
	if p.kind != nil && p.kind.Selected() == kindCertificate {
		return tr("rotate.heading-certificate")
	}
	return tr("rotate.heading")
}
func (p *rotatePage) sentence() string { return tr("rotate.sentence") }

func (p *rotatePage) content() fyne.CanvasObject {
	s := p.screen
	p.kind = widgets.NewChoice([]widgets.Option{
		{ID: kindSecret, Label: tr("rotate.kind-secret"), Detail: tr("rotate.kind-secret-detail")},
		{ID: kindCertificate, Label: tr("rotate.kind-certificate"), Detail: tr("rotate.kind-certificate-detail")},
	}, false)
	p.kind.Select(kindSecret)
	if s.connection.Certificate != nil {
		p.kind.Select(kindCertificate)
	}
	p.kind.OnChanged = func(string) { p.showKind() }
	p.kind.OnReturn = s.advance

	p.makeFields()
	p.certificate = newCertificatePart(s.app, s.ctx, s.connection, p.changed)
	p.script = newRotateScript(p)
	p.secretCard = widgets.Column(14, widgets.NewCard(p.value,
		widgets.Shares(14, []float32{1, 1}, p.expires, p.old())), p.script.card)
	p.portal = widgets.Column(0)
	p.list = newProofList()
	p.failure = widgets.Column(14)
	p.failure.Hide()
	body := widgets.Column(14, widgets.NewCard(p.kind), p.portal, p.secretCard, p.certificate.card, p.failure,
		widgets.NewCard(p.list.root))
	p.showKind()
	return body
}

func (p *rotatePage) makeFields() {
	s, d := p.screen, p.draft
	now := s.app.now()
	p.value = widgets.NewField(tr("rotate.value")).SetMono().SetHint(tr("pages.secret-hint"))
	p.value.Entry.Password = true
	p.value.Entry.Clean = wizard.Clean
	p.value.OnReturn = s.advance
	p.value.Check = func(text string) widgets.Problem { return problem(wizard.CheckSecret(oauth.NewSecret(text))) }
	p.value.OnChanged = func(string) { p.changed() }
	p.reveal = widgets.NewButton(tr("pages.reveal"), widgets.Small, func() { toggleReveal(p.value, p.reveal) })
	p.value.AddButton(p.reveal)

	p.expires = widgets.NewField(tr("pages.expires")).SetMono().
		SetPlaceholder(store.DateOf(now).AddMonths(usualMonths).String()).SetHint(tr("pages.expires-hint"))
	p.expires.OnReturn = s.advance
	p.expires.OnChanged = func(text string) {
		d.SecretExpires = text
		p.script.show()
		p.changed()
	}
	p.expires.Check = func(string) widgets.Problem {
		return problem(d.CheckField(wizard.FieldSecretExpires, wizard.Context{
			Now: now, Catalog: s.app.bench.Catalog, Practice: s.app.bench.Practice,
		}))
	}
	p.expires.AddBelow(monthButtons(s.app, p.expires))
	if v := s.app.opts.Practice; v != nil && v.NewSecret != nil {
		s.offerMade(p.value, func() { p.practiceSecret(v) })
	}
}

// practiceSecret adds a second secret in the practice tenant and types it in.
func (p *rotatePage) practiceSecret(v *PracticeValues) {
	secret, expires := v.NewSecret(p.screen.connection)
	p.value.SetText(secret.Reveal())
	p.expires.SetText(expires)
	p.value.Validate()
	p.expires.Validate()
	p.screen.refresh()
}

// old says when the old secret ends, and when it may be deleted.
func (p *rotatePage) old() fyne.CanvasObject {
	c := p.screen.connection
	text := tr("rotate.old-unknown")
	switch {
	case c.Certificate != nil:
		text = tr("rotate.old-certificate", "Date", dayText(store.DateOf(c.Certificate.NotAfter)))
	case !c.SecretExpires.IsZero():
		text = tr("rotate.old-ends", "Date", dayText(c.SecretExpires))
	}
	return widgets.Column(3, widgets.NewLabel(tr("rotate.old")), widgets.Pad(7, 0, 7, 0, widgets.NewText(text, widgets.Style{})),
		widgets.NewQuiet(tr("rotate.old-hint", "Product", productInWords(p.screen.app, c))))
}

// productInWords is what the product is called in a sentence.
func productInWords(app *App, c store.Connection) string {
	if p, ok := app.bench.Catalog.Product(c.Product); ok && p.NameText.IsZero() {
		return p.Name
	}
	return tr("rotate.product-other")
}

func (p *rotatePage) certificateChosen() bool { return p.kind.Selected() == kindCertificate }

func (p *rotatePage) showKind() {
	certificate := p.certificateChosen()
	p.secretCard.Hidden, p.certificate.card.Hidden = certificate, !certificate
	p.portal.Objects = []fyne.CanvasObject{widgets.NewCard(p.screen.portal(secretsPage(certificate)))}
	p.list.setKind(certificate)
	p.list.reset()
	p.changed()
	p.screen.settle()
}

// changed shows the buttons anew; an old failure is over once something is typed.
func (p *rotatePage) changed() {
	if p.screen.page == p {
		p.screen.refresh()
	}
}

func (p *rotatePage) focus() fyne.Focusable {
	if p.certificateChosen() {
		return p.certificate.make
	}
	return p.value.Entry
}

func (p *rotatePage) commit(then func(ok bool)) { then(true) }

func (p *rotatePage) actions() []action { return nil }

func (p *rotatePage) primary() action {
	switch {
	case p.stop != nil:
		return action{label: tr("rotate.proving")}
	case p.certificateChosen() && p.certificate.made == nil:
		return action{label: tr("rotate.prove")}
	}
	return action{tr("rotate.prove"), p.prove}
}

func (p *rotatePage) cancel() bool {
	if p.stop == nil {
		return false
	}
	p.stop()
	return true
}

func (p *rotatePage) leave() {
	if p.stop != nil {
		p.stop()
	}
	if p.quiet != nil {
		p.quiet()
	}
}

// credential is what was typed or made; ok says that it can be proved.
func (p *rotatePage) credential() (next wizard.Credential, ok bool) {
	if p.certificateChosen() {
		return wizard.Credential{Certificate: p.certificate.made}, p.certificate.made != nil
	}
	right := p.value.Validate()
	dated := p.expires.Validate()
	p.screen.settle()
	c := p.screen.app.window.Canvas()
	switch {
	case !right:
		c.Focus(p.value.Entry)
	case !dated:
		c.Focus(p.expires.Entry)
	}
	if !right || !dated {
		return next, false
	}
	expires, err := store.ParseDate(wizard.CleanField(wizard.FieldSecretExpires, p.expires.Text()))
	return wizard.Credential{Secret: oauth.NewSecret(p.value.Text()), Expires: expires}, err == nil
}

// prove runs the four steps.
func (p *rotatePage) prove() {
	next, ok := p.credential()
	if !ok || p.stop != nil {
		return
	}
	s := p.screen
	p.failure.Hide()
	p.list.reset()
	s.at = rotateProof
	p.enable(false)
	p.quiet = s.app.every(s.ctx, time.Second, func() { p.list.tick(time.Now()) })
	p.stop = s.work(func(ctx context.Context) func() {
		c, err := s.app.bench.Rotate(ctx, s.connection.ID, next, func(e wizard.RotateEvent) {
			s.app.do(func() {
				if p.stop != nil && s.ctx.Err() == nil {
					p.list.happened(e, time.Now())
					s.settle()
				}
			})
		})
		return func() { p.ended(c, err) }
	})
	s.refresh()
	scrollTo(s.scroll, p.list.root)
}

func (p *rotatePage) enable(on bool) {
	for _, f := range []*widgets.Field{p.value, p.expires} {
		if on {
			f.Enable()
		} else {
			f.Disable()
		}
	}
	p.certificate.enable(on)
}

// ended shows what to enter where, or why nothing has changed.
func (p *rotatePage) ended(c store.Connection, err error) {
	s := p.screen
	p.stop = nil
	p.quiet()
	if err == nil {
		p.value.Entry.SetText("")
		s.connection, s.at = c, rotateDone
		s.bar.close.Hide() // nothing is left to cancel
		s.app.noteShown("rotated")
		s.present(newRotatedPage(s))
		return
	}
	s.at = rotateNew
	p.enable(true)
	p.failure.Objects = p.failed(err)
	p.failure.Show()
	s.refresh()
	s.settle()
	scrollTo(s.scroll, p.failure)
	s.app.window.Canvas().Focus(s.bar.primary)
}

// failed are the cards that say why the rotation ended, and that nothing changed.
func (p *rotatePage) failed(err error) []fyne.CanvasObject {
	app := p.screen.app
	same := widgets.NewText(tr("rotate.unchanged"), widgets.Style{})
	if errors.Is(err, context.Canceled) {
		return []fyne.CanvasObject{widgets.NewNotice(widgets.Idle, tr("rotate.stopped"), same)}
	}
	if errors.Is(err, wizard.ErrSameCredential) {
		return []fyne.CanvasObject{widgets.NewNotice(widgets.Bad, tr("rotate.same"), widgets.NewText(tr("rotate.same-text"), widgets.Style{}))}
	}
	cards := []fyne.CanvasObject{widgets.NewNotice(widgets.Warn, tr("rotate.failed"), same)}
	var why *wizard.RotateError
	if errors.As(err, &why) && len(why.Findings) > 0 {
		cards = append(cards, app.findingCards(why.Findings)...)
		if again := signInButton(why.Findings, p.signInAgain); again != nil {
			cards = append(cards, again)
		}
		return cards
	}
	return append(cards, app.findingCard(app.bench.Explain(p.screen.connection, "", "", err)))
}
