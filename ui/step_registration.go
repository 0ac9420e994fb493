package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// registrationPage is step 2: the app registration and its two IDs.
type registrationPage struct {
	plainPage
	client, tenant, domain *widgets.Field

	ends    *endsNote       // of the audience
	finder  *fyne.Container // the row that finds the tenant, hidden at first
	failure *fyne.Container // why it was not found
	find    *widgets.Button
	stop    func() // of the search that runs; nil when none does
	quiet   func() // ends the counting of its seconds
}

func newRegistrationPage(f *flow) *registrationPage {
	return &registrationPage{plainPage: plainPage{f}}
}

func (p *registrationPage) heading() string  { return tr("pages.registration") }
func (p *registrationPage) sentence() string { return tr("pages.registration-sentence") }

func (p *registrationPage) content() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	audience := fyne.CanvasObject(f.choice([]widgets.Option{
		{
			ID: string(oauth.AudienceSingle), Pill: tr("pages.recommended"),
			Label: tr("pages.audience-single"), Detail: tr("pages.audience-single-detail"),
		},
		{ID: string(oauth.AudienceMulti), Label: tr("pages.audience-multi"), Detail: tr("pages.audience-multi-detail")},
		{ID: string(oauth.AudienceMultiPersonal), Label: tr("pages.audience-personal"), Detail: tr("pages.audience-personal-detail")},
	}, false, string(d.Audience), func(id string) {
		d.Audience = oauth.Audience(id)
		p.ends.show()
	}))
	if d.AppOnly() { // which is registered for one tenant
		audience = widgets.Column(0, widgets.NewText(tr("pages.audience-single"), widgets.Style{}), widgets.NewQuiet(tr("apponly.audience")))
	}

	p.ends = newEndsNote(f, wizard.FieldAudience)
	p.client = f.field(wizard.FieldClientID, tr("pages.client-id"), &d.ClientID).SetMono()
	p.tenant = f.field(wizard.FieldTenantID, tr("pages.tenant-id"), &d.TenantID).SetMono().SetHint(tr("pages.tenant-hint"))
	p.client.SetPlaceholder(f.app.bench.Catalog.Limits().ExampleID)
	recheckOther(p.client, p.tenant)
	recheckOther(p.tenant, p.client)
	if v := f.app.opts.Practice; v != nil {
		client := v.ClientID
		if d.AppOnly() {
			client = v.App.ClientID
		}
		f.offer(p.client, client)
		f.offer(p.tenant, v.TenantID)
	}
	script := widgets.NewButton(tr("script.link"), widgets.Link, f.openScript)
	return widgets.Column(14,
		widgets.NewCard(f.crumbs(catalog.PageNewRegistration, script), p.suggestedName(),
			widgets.NewTitle(tr("pages.audience")), audience, p.ends.root),
		widgets.NewCard(p.client, p.tenant, p.finderRow()))
}

// recheckOther looks at a field anew when the other one changes, because the
// two IDs must differ.
func recheckOther(changed, other *widgets.Field) {
	before := changed.OnChanged
	changed.OnChanged = func(text string) {
		before(text)
		if other.Problem().Text != "" {
			other.Validate()
		}
	}
}

// suggestedName is a display name for the registration, to be copied.
func (p *registrationPage) suggestedName() fyne.CanvasObject {
	return copyLine(tr("pages.display-name-label"), p.flow.appName())
}

// appName is the display name that the registration should get.
func (f *flow) appName() string {
	product, _ := f.app.bench.Catalog.Product(f.draft.Product)
	if own := wizard.Clean(f.draft.Name); own != "" {
		return tr("pages.display-name", "Product", product.SuggestedName, "Name", own)
	}
	return product.SuggestedName
}

// copyLine is a quiet label, a value that wraps, and its Copy button.
func copyLine(label, value string) fyne.CanvasObject {
	text := widgets.Column(1, widgets.NewLabel(label), widgets.NewMono(value))
	return widgets.Row(10, text, text, widgets.NewCopy(func() string { return value }))
}

func (p *registrationPage) finderRow() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	p.domain = f.field(wizard.FieldMailDomain, tr("pages.mail-domain"), &d.MailDomain).SetPlaceholder("contoso.com")
	p.domain.OnReturn = p.search
	p.find = widgets.NewButton(tr("pages.find"), widgets.Small, p.search)
	p.domain.AddButton(p.find)
	if v := f.app.opts.Practice; v != nil {
		f.offer(p.domain, v.Domain)
		f.offers = f.offers[:len(f.offers)-1] // the tenant ID itself is offered already
	}
	p.failure = widgets.Column(0)
	p.failure.Hide()
	p.finder = widgets.Column(8, p.domain, p.failure)
	p.finder.Hide()
	show := widgets.NewButton(tr("pages.find-show"), widgets.Link, func() {
		p.finder.Hidden = !p.finder.Hidden
		f.app.settle()
		if p.finder.Visible() {
			f.focusOn(p.domain.Entry)
		}
	})
	ask := widgets.NewText(tr("pages.find-ask"), widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorQuiet, OneLine: true})
	return widgets.Column(8, widgets.Flow(0, ask, show), p.finder)
}

// search asks the sign-in service for the tenant behind the mail domain; a
// second press stops it.
func (p *registrationPage) search() {
	if p.cancel() {
		return
	}
	if !p.domain.Validate() {
		p.flow.app.settle()
		return
	}
	f := p.flow
	draft := cloneDraft(f.draft)
	domain := wizard.CleanField(wizard.FieldMailDomain, draft.MailDomain)
	p.failure.Hide()
	p.find.SetText(tr("ui.cancel"))
	began := time.Now()
	count := func() {
		p.domain.SetHint(since(tr("pages.finding"), began, time.Now()))
		f.app.settle()
	}
	count()
	p.quiet = f.app.every(f.ctx, time.Second, count)
	p.stop = f.work(func(ctx context.Context) func() {
		id, err := f.app.bench.FindTenant(ctx, draft, domain)
		if ctx.Err() != nil {
			return nil
		}
		return func() { p.found(draft, id, err) }
	})
}

func (p *registrationPage) found(asked *wizard.Draft, id string, err error) {
	if p.stop == nil {
		return // cancelled meanwhile
	}
	p.cancel()
	if err != nil {
		c, _ := asked.Connection() // as far as it can be read, to explain the error
		p.failure.Objects = []fyne.CanvasObject{p.flow.app.findingCard(p.flow.app.bench.Explain(c, "", "", err))}
		p.failure.Show()
		p.flow.app.settle()
		return
	}
	p.tenant.SetText(id)
	p.tenant.Validate()
	p.finder.Hide()
	p.flow.app.settle()
	p.flow.focusOn(p.tenant.Entry)
}

// cancel stops a search.
func (p *registrationPage) cancel() bool {
	if p.stop == nil {
		return false
	}
	p.stop()
	p.quiet()
	p.stop = nil
	p.find.SetText(tr("pages.find"))
	p.domain.SetHint("")
	p.flow.app.settle()
	return true
}

func (p *registrationPage) focus() fyne.Focusable { return p.client.Entry }

func (p *registrationPage) commit(then func(ok bool)) { then(p.flow.validate(p.client, p.tenant)) }
