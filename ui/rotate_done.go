package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/handover"
)

// rotatedPage says what to enter in the product now, and what to do last.
type rotatedPage struct {
	screen *rotateScreen
	said   *fyne.Container // what became of the clipboard or of a file
}

func newRotatedPage(s *rotateScreen) *rotatedPage {
	p := &rotatedPage{screen: s, said: widgets.Column(14)}
	p.said.Hide()
	return p
}

func (p *rotatedPage) certificate() bool { return p.screen.connection.Certificate != nil }

func (p *rotatedPage) heading() string {
	return tr("rotate.done", "Product", productInWords(p.screen.app, p.screen.connection))
}

func (p *rotatedPage) sentence() string {
	if p.certificate() {
		return tr("rotate.done-sentence-certificate")
	}
	return tr("rotate.done-sentence", "Product", productInWords(p.screen.app, p.screen.connection))
}

func (p *rotatedPage) content() fyne.CanvasObject {
	s := p.screen
	app, c := s.app, s.connection
	body := widgets.Column(14, p.said)
	for _, section := range handover.Rotation(app.bench.Catalog, c) {
		body.Add(newSectionCard(section, p.copySecret))
	}
	row := widgets.Flow(8)
	add := func(key string, f paper) {
		row.Add(widgets.NewButton(tr(key), widgets.Plain, func() {
			app.savePaper(c, f, p.say)
		}))
	}
	if e := wizard.Warning(c, app.now()); e.Known && e.Days >= 0 {
		add("save-file.calendar", app.calendarPaper(c))
	}
	add("save-file.sheet", app.sheetPaper(c))
	body.Add(expiryCard(c, app.now(), row))
	old, page := "rotate.delete-old", catalog.PageSecretList
	if p.certificate() {
		old, page = "rotate.delete-old-certificate", catalog.PageCertificateList
	}
	parts := []fyne.CanvasObject{
		widgets.NewText(tr(old, "Product", productInWords(app, c)), widgets.Style{}),
		s.portal(page),
	}
	body.Add(widgets.NewCard(append([]fyne.CanvasObject{widgets.NewTitle(tr("rotate.last"))}, parts...)...))
	if !p.certificate() {
		body.Add(widgets.NewCard(widgets.NewTitle(tr("rotate.by-script")), newRemoveScript(s).object()))
	}
	return body
}

// say shows one card at the head of the page.
func (p *rotatedPage) say(o fyne.CanvasObject) {
	if p.screen.ctx.Err() != nil {
		return
	}
	p.said.Objects = []fyne.CanvasObject{o}
	p.said.Show()
	p.screen.settle()
	scrollTo(p.screen.scroll, o)
}

// copySecret takes the new secret from the keyring to the clipboard.
func (p *rotatedPage) copySecret(b *widgets.Button) {
	s := p.screen
	b.SetEnabled(false)
	s.work(func(ctx context.Context) func() {
		secret, err := s.app.bench.SecretOf(ctx, s.connection)
		return func() {
			b.SetEnabled(true)
			if err != nil {
				p.say(s.app.findingCard(s.app.bench.Explain(s.connection, "", "", err)))
				return
			}
			p.say(s.app.clipSecret(s.ctx, b, secret))
		}
	})
}

func (p *rotatedPage) focus() fyne.Focusable     { return nil }
func (p *rotatedPage) commit(then func(ok bool)) { then(true) }
func (p *rotatedPage) actions() []action         { return nil }
func (p *rotatedPage) primary() action           { return action{tr("rotate.home"), p.screen.shut} }
func (p *rotatedPage) leave()                    {}
