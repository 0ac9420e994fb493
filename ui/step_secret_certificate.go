package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// certificateStep is the certificate instead of a secret in step 4. Its private
// key is in the keyring from the moment it is made, so that nothing is lost
// between the upload in the portal and the sign-in.
type certificateStep struct {
	page *secretPage
	part *certificatePart
	kept *oauth.Certificate // what the keyring has; nil while not known
	// chosen is what the draft had before a secret was chosen instead.
	chosen *store.Certificate
	asked  bool // the keyring was asked for it
}

func newCertificateStep(p *secretPage) *certificateStep {
	s := &certificateStep{page: p, chosen: p.flow.draft.Certificate}
	c, _ := p.flow.draft.Connection() // its name is all that counts
	s.part = newCertificatePart(p.flow.app, p.flow.ctx, c, s.changed)
	s.part.about.SetText(tr("credential.text"))
	return s
}

// ownCredential says what the product itself needs beside a certificate.
func ownCredential(app *App, d *wizard.Draft) string {
	if p, ok := app.bench.Catalog.Product(d.Product); ok && p.NameText.IsZero() {
		return tr("credential.product-secret", "Product", p.Name)
	}
	return tr("credential.product-other")
}

// kinds is the choice between the two.
func (p *secretPage) kinds() *widgets.Choice {
	selected := kindSecret
	if p.flow.draft.Certificate != nil {
		selected = kindCertificate
	}
	return p.flow.choice([]widgets.Option{
		{ID: kindSecret, Label: tr("credential.secret"), Detail: tr("rotate.kind-secret-detail")},
		{ID: kindCertificate, Label: tr("rotate.kind-certificate"), Detail: tr("credential.certificate-detail")},
	}, false, selected, p.choose)
}

func (p *secretPage) certificateChosen() bool {
	return p.kind != nil && p.kind.Selected() == kindCertificate
}

// choose takes the certificate out of the draft, or puts it back.
func (p *secretPage) choose(kind string) {
	d, s := p.flow.draft, p.certificate
	if kind == kindCertificate {
		d.Certificate = s.chosen
	} else {
		s.chosen, d.Certificate = d.Certificate, nil
	}
	p.showKind()
}

// showKind shows what belongs to the choice.
func (p *secretPage) showKind() {
	f := p.flow
	certificate := p.certificateChosen()
	p.card.Hidden, p.certificate.part.card.Hidden = certificate, !certificate
	p.expires.Hidden = certificate // nothing is typed into what is not seen
	p.failure.Hide()
	p.portal.Hidden, p.after.Hidden = certificate, !certificate
	crumbs := f.crumbs(secretsPage(certificate))
	if certificate {
		p.after.Objects = []fyne.CanvasObject{widgets.NewCard(crumbs, widgets.NewText(ownCredential(f.app, f.draft), widgets.Style{}))}
		p.value.Hidden = true
		p.certificate.load()
	} else {
		p.portal.Objects = []fyne.CanvasObject{widgets.NewCard(crumbs, widgets.NewQuiet(tr("pages.secret-once")))}
		p.showKept(f.draft.HasSecret && f.secret.IsZero())
	}
	f.app.settle()
}

// load shows the certificate that the keyring has of an earlier visit.
func (s *certificateStep) load() {
	if s.asked {
		return
	}
	s.asked = true
	f := s.page.flow
	id := f.draft.ID
	f.work(func(ctx context.Context) func() {
		kept, err := f.app.bench.Certificate(ctx, id)
		return func() { s.loaded(kept, err) }
	})
}

func (s *certificateStep) loaded(kept *oauth.Certificate, err error) {
	d := s.page.flow.draft
	switch {
	case s.part.made != nil || s.part.making != nil:
	case err == nil:
		s.kept = kept
		s.use(kept)
		s.part.show(kept, nil)
	case errors.Is(err, store.ErrNotFound) && d.Certificate == nil:
	case errors.Is(err, store.ErrNotFound):
		s.part.say(widgets.NewNotice(widgets.Warn, tr("credential.lost"), widgets.NewText(tr("credential.lost-text"), widgets.Style{})))
	default:
		s.page.notStored(err)
	}
}

// use makes the certificate the draft's.
func (s *certificateStep) use(c *oauth.Certificate) {
	s.chosen = &store.Certificate{Thumbprint: c.Thumbprint(), Subject: c.Subject(), NotAfter: c.NotAfter()}
	if s.page.certificateChosen() {
		s.page.flow.draft.Certificate = s.chosen
	}
}

// changed stores a certificate that was just made.
func (s *certificateStep) changed() {
	if s.part.made != nil && s.part.made != s.kept {
		s.put(func(bool) {})
		return
	}
	s.page.flow.refresh()
}

// put has the keyring store what was made.
func (s *certificateStep) put(then func(ok bool)) {
	p, made := s.page, s.part.made
	f := p.flow
	if p.stop != nil {
		then(false)
		return
	}
	id := f.draft.ID
	s.part.enable(false)
	p.keep(func(ctx context.Context) error { return f.app.bench.PutCertificate(ctx, id, made) }, func(err error) {
		s.part.enable(true)
		if err != nil {
			p.notStored(err)
			then(false)
			return
		}
		s.kept = made
		s.use(made)
		f.touched = true
		f.save()
		then(true)
	})
}

// commit lets the wizard go on with a certificate that the keyring has.
func (s *certificateStep) commit(then func(ok bool)) {
	f := s.page.flow
	switch {
	case s.part.making != nil || s.page.stop != nil:
		then(false)
	case s.part.made != nil && s.part.made != s.kept:
		s.put(then)
	case s.part.made == nil && f.draft.Certificate == nil:
		s.part.say(widgets.NewNotice(widgets.Bad, tr("credential.missing")))
		f.focusOn(s.part.make)
		then(false)
	default:
		then(true)
	}
}
