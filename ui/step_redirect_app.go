package ui

import (
	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard/catalog"
)

// appRedirectPage is step 3 where the application signs in itself: nobody is
// sent back anywhere, unless the consent is asked for through its link.
type appRedirectPage struct{ plainPage }

func newAppRedirectPage(f *flow) *appRedirectPage { return &appRedirectPage{plainPage{f}} }

func (p *appRedirectPage) heading() string { return tr("apponly.redirect") }

func (p *appRedirectPage) sentence() string {
	if !p.consent() {
		return tr("apponly.redirect-none")
	}
	return tr("apponly.redirect-sentence")
}

// consent reports whether there is anything to consent to.
func (p *appRedirectPage) consent() bool { return len(p.flow.app.bench.Permissions(p.flow.draft)) > 0 }

func (p *appRedirectPage) content() fyne.CanvasObject {
	if !p.consent() {
		return widgets.NewCard(widgets.NewText(tr("apponly.redirect-none-text"), widgets.Style{}))
	}
	uris := widgets.Column(12)
	for _, u := range p.flow.draft.RedirectURIs() {
		uris.Add(copyLine(tr("apponly.redirect-uri"), u.URI))
	}
	return widgets.Column(14,
		widgets.NewCard(widgets.NewTitle(tr("apponly.redirect-button")), widgets.NewText(tr("apponly.redirect-button-text"), widgets.Style{})),
		widgets.NewCard(widgets.NewTitle(tr("apponly.redirect-link")), widgets.NewText(tr("apponly.redirect-link-text"), widgets.Style{}),
			p.flow.crumbs(catalog.PageAuthentication), uris, widgets.NewQuiet(tr("pages.localhost-note"))))
}
