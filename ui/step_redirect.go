package ui

import (
	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// redirectPage is step 3: where Microsoft sends the browser back to.
type redirectPage struct {
	plainPage
	platform *widgets.Choice
	unfit    *widgets.ProblemLine // what is wrong with the platform
	field    *widgets.Field       // the host, or the whole URI
	list     *fyne.Container      // the URIs to register
}

func newRedirectPage(f *flow) *redirectPage { return &redirectPage{plainPage: plainPage{f}} }

func (p *redirectPage) heading() string  { return tr("pages.redirect") }
func (p *redirectPage) sentence() string { return tr("pages.redirect-sentence") }

func (p *redirectPage) product() catalog.Product {
	product, _ := p.flow.app.bench.Catalog.Product(p.flow.draft.Product)
	return product
}

func (p *redirectPage) content() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	p.unfit = widgets.NewProblemLine()
	p.platform = f.choice([]widgets.Option{
		{ID: wizard.PlatformWeb, Label: tr("pages.platform-web"), Detail: tr("pages.platform-web-detail"), Pill: tr("pages.recommended")},
		{ID: wizard.PlatformDesktop, Label: tr("pages.platform-desktop"), Detail: tr("pages.platform-desktop-detail")},
	}, false, d.Platform, func(id string) {
		d.Platform = id
		p.checkPlatform()
		p.recheck()
	})
	p.field = f.redirectField()
	changed := p.field.OnChanged
	p.field.OnChanged = func(text string) {
		changed(text)
		p.showURIs()
	}
	p.list = widgets.Column(12)
	p.showURIs()
	p.checkPlatform()
	return widgets.Column(14,
		widgets.NewCard(f.crumbs(catalog.PageAuthentication), widgets.NewTitle(tr("pages.platform")), p.platform, p.unfit),
		widgets.NewCard(p.field),
		widgets.NewCard(widgets.NewTitle(tr("pages.register-both")), p.list, widgets.NewQuiet(tr("pages.localhost-note"))))
}

// redirectField asks for the host of the product, or for the whole URI where
// the product does not fix its path.
func (f *flow) redirectField() *widgets.Field {
	d := f.draft
	product, _ := f.app.bench.Catalog.Product(d.Product)
	var w *widgets.Field
	if path := product.RedirectPath; path != "" {
		w = f.field(wizard.FieldRedirectHost, tr("pages.redirect-host", "Product", productName(product)), &d.RedirectHost).
			SetPlaceholder("motion.contoso.com").SetHint(tr("pages.redirect-host-hint", "Path", path))
		if v := f.app.opts.Practice; v != nil {
			f.offer(w, v.RedirectHost)
		}
	} else {
		w = f.field(wizard.FieldRedirectURI, tr("pages.redirect-uri", "Product", productName(product)), &d.RedirectURI).
			SetPlaceholder("https://app.contoso.com/oauth2/callback").SetHint(tr("pages.redirect-uri-hint"))
		if v := f.app.opts.Practice; v != nil && v.RedirectHost != "" {
			f.offer(w, "https://"+v.RedirectHost+"/callback")
		}
	}
	return w.SetMono()
}

// showURIs lists what to register, as far as it can be built from what was typed.
func (p *redirectPage) showURIs() {
	p.list.Objects = nil
	own := false
	for _, u := range p.flow.draft.RedirectURIs() {
		label := tr("pages.uri-postkey")
		if !u.Postkey {
			label = tr("pages.uri-product", "Product", productName(p.product()))
			own = true
		}
		p.list.Add(copyLine(label, u.URI))
	}
	if !own && p.product().RedirectPath != "" {
		p.list.Objects = append([]fyne.CanvasObject{widgets.Column(1,
			widgets.NewLabel(tr("pages.uri-product", "Product", productName(p.product()))),
			widgets.NewQuiet(tr("pages.uri-waits")))}, p.list.Objects...)
	}
	p.flow.app.settle()
}

func (p *redirectPage) checkPlatform() bool {
	problem := p.flow.check(wizard.FieldPlatform)
	p.unfit.Set(problem)
	p.flow.app.settle()
	return problem.Text == "" || problem.Warning
}

// recheck looks at a shown problem anew: another platform has other rules.
func (p *redirectPage) recheck() {
	if p.field.Problem().Text != "" {
		p.field.Validate()
	}
}

func (p *redirectPage) focus() fyne.Focusable { return p.field.Entry }

func (p *redirectPage) commit(then func(ok bool)) {
	ok := p.flow.validate(p.field)
	if !p.checkPlatform() {
		p.flow.focusOn(p.platform)
		ok = false
	}
	then(ok)
}
