package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard/handover"
)

// handoverPage is step 9: what to enter where.
type handoverPage struct {
	plainPage
	conn   store.Connection
	body   *fyne.Container
	said   *fyne.Container // what happened to the clipboard, or to the saving
	saved  *fyne.Container // which file was saved
	saving bool
	// toSignIn leads to the sign-in that saving needs first; nil when it does not.
	toSignIn *widgets.Button
}

func newHandoverPage(f *flow) *handoverPage {
	p := &handoverPage{plainPage: plainPage{f}, said: widgets.Column(14), saved: widgets.Column(14)}
	p.conn, _ = f.draft.Connection() // a date that cannot be read is asked for below
	p.said.Hide()
	p.saved.Hide()
	return p
}

func (p *handoverPage) heading() string {
	product, ok := p.flow.app.bench.Catalog.Product(p.flow.draft.Product)
	if !ok || !product.NameText.IsZero() {
		return tr("handover-page.heading.other")
	}
	return tr("handover-page.heading", "Product", product.Name)
}

func (p *handoverPage) sentence() string {
	switch last := p.flow.draft.LastTest; {
	case last == nil:
		return tr("handover-page.intro.untested")
	case last.OK:
		return tr("handover-page.intro.tested")
	}
	return tr("handover-page.intro.failed")
}

func (p *handoverPage) primary() action {
	if p.saving {
		return action{label: tr("handover-page.saving")}
	}
	return action{tr("handover-page.save"), p.save}
}

func (p *handoverPage) content() fyne.CanvasObject {
	p.body = widgets.Column(14, p.said)
	for _, s := range handover.Sections(p.flow.app.bench.Catalog, p.conn) {
		p.body.Add(newSectionCard(s, p.copySecret))
	}
	p.body.Add(p.filesCard())
	p.body.Add(p.redirectCard())
	return p.body
}

// save makes the draft a connection and goes Home.
func (p *handoverPage) save() {
	if p.saving {
		return
	}
	p.saving = true
	p.flow.refresh()
	p.flow.finish(func(err error) {
		p.saving = false
		p.say(p.refused(err))
		p.flow.refresh()
		p.focusSignIn()
	})
}

// say shows one thing at the head of the page.
func (p *handoverPage) say(o fyne.CanvasObject) {
	p.said.Objects = []fyne.CanvasObject{o}
	p.said.Show()
	p.flow.app.settle()
}

// copySecret takes the client secret from the keyring to the clipboard. It is
// in no text of the window.
func (p *handoverPage) copySecret(b *widgets.Button) {
	app, id := p.flow.app, p.flow.draft.ID
	b.SetEnabled(false)
	p.flow.work(func(ctx context.Context) func() {
		secret, err := app.bench.Secret(ctx, id)
		return func() {
			b.SetEnabled(true)
			switch {
			case errors.Is(err, store.ErrNotFound):
				p.say(widgets.NewNotice(widgets.Warn, tr("handover-page.no-secret.title"),
					widgets.NewText(tr("handover-page.no-secret.text"), widgets.Style{})))
			case err != nil:
				p.say(app.findingCard(app.bench.Explain(p.conn, "", "", err)))
			default:
				p.copied(b, secret)
			}
		}
	})
}

// copied puts the secret on the clipboard and says for how long.
func (p *handoverPage) copied(b *widgets.Button, secret oauth.Secret) {
	p.say(p.flow.app.clipSecret(p.flow.ctx, b, secret))
}

// clipSecret puts a secret on the clipboard and returns what says for how long;
// that is kept true while ctx lasts.
func (u *App) clipSecret(ctx context.Context, b *widgets.Button, secret oauth.Secret) fyne.CanvasObject {
	note := widgets.NewQuiet(tr("handover-page.clears", "Seconds", int(clipboardFor.Seconds())))
	u.clip.put(u, secret, func() {
		if ctx.Err() == nil {
			note.SetText(tr("handover-page.cleared"))
		}
	})
	b.SayCopied()
	return note
}
