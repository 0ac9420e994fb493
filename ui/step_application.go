package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// applicationPage is step 1: for which product, whose mailbox, in which cloud.
type applicationPage struct {
	plainPage
	product   *widgets.Choice
	protocols *protocolTicks
	endpoints *fyne.Container // of a custom cloud
	unproven  *widgets.Box    // says that the hosts of a cloud are not confirmed
	fields    []*widgets.Field
	custom    []*widgets.Field // those of endpoints
}

func newApplicationPage(f *flow) *applicationPage { return &applicationPage{plainPage: plainPage{f}} }

func (p *applicationPage) heading() string  { return tr("pages.application") }
func (p *applicationPage) sentence() string { return tr("pages.application-sentence") }

func (p *applicationPage) content() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	var products []widgets.Option
	for _, q := range f.app.bench.Catalog.Products() {
		products = append(products, widgets.Option{ID: q.ID, Label: productName(q), Detail: msg(q.Reason)})
	}
	p.product = f.choice(products, false, d.Product, func(id string) { d.Product = id })
	mailbox := f.choice([]widgets.Option{
		{ID: "own", Label: tr("pages.mailbox-own"), Detail: tr("pages.mailbox-own-detail")},
		{ID: "shared", Label: tr("pages.mailbox-shared"), Detail: tr("pages.mailbox-shared-detail")},
	}, false, kindOf(d), func(id string) { d.Shared = id == "shared" })
	p.protocols = newProtocolTicks(f, func() { f.app.settle() })
	name := f.field(wizard.FieldName, tr("pages.name"), &d.Name).
		SetHint(tr("pages.name-hint")).SetPlaceholder(tr("pages.name-example"))
	f.offer(name, tr("pages.practice-name"))
	p.fields = []*widgets.Field{name}
	return widgets.Column(14,
		widgets.NewCard(widgets.NewTitle(tr("pages.product")), p.product),
		widgets.NewCard(widgets.NewTitle(tr("pages.mailbox")), mailbox,
			widgets.NewQuiet(tr("pages.user-signs-in")), p.protocols.content),
		p.cloudCard(),
		widgets.NewCard(name))
}

func kindOf(d *wizard.Draft) string {
	if d.Shared {
		return "shared"
	}
	return "own"
}

// cloudCard is the choice of the cloud with, for a custom one, its endpoints.
func (p *applicationPage) cloudCard() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	cat := f.app.bench.Catalog
	var clouds []widgets.Option
	for _, id := range f.app.bench.Clouds() {
		clouds = append(clouds, widgets.Option{ID: id, Label: msg(cat.CloudName(id))})
	}
	choice := f.choice(clouds, true, d.Cloud, func(id string) {
		d.Cloud = id
		p.showCloud()
	})
	world, _ := cat.Cloud(catalog.Worldwide)
	e := &d.Endpoints
	p.endpoints = widgets.Column(10, widgets.NewQuiet(tr("pages.endpoints")))
	for _, row := range []struct {
		name  wizard.Field
		value *string
		usual string
	}{
		{wizard.FieldAuthority, &e.Authority, world.Authority},
		{wizard.FieldIMAP, &e.IMAP, world.IMAP},
		{wizard.FieldPOP, &e.POP, world.POP},
		{wizard.FieldSMTP, &e.SMTP, world.SMTP},
		{wizard.FieldMailResource, &e.MailResource, world.MailResource},
	} {
		w := f.field(row.name, tr("pages.endpoint-"+string(row.name)), row.value).SetMono().SetPlaceholder(row.usual)
		p.custom = append(p.custom, w)
		p.endpoints.Add(w)
	}
	p.unproven = widgets.NewNotice(widgets.Warn, tr("pages.cloud-unverified"), widgets.NewQuiet(tr("pages.cloud-unverified-text")))
	p.showCloud()
	return widgets.NewCard(widgets.NewTitle(tr("pages.cloud")), choice, p.unproven, p.endpoints)
}

func (p *applicationPage) showCloud() {
	p.endpoints.Hidden = p.flow.draft.Cloud != catalog.Custom
	cloud, ok := p.flow.app.bench.Catalog.Cloud(p.flow.draft.Cloud)
	p.unproven.Hidden = !ok || !cloud.Unverified
	p.flow.app.settle()
}

func (p *applicationPage) focus() fyne.Focusable { return p.product }

func (p *applicationPage) commit(then func(ok bool)) {
	fields := p.fields
	if p.flow.draft.Cloud == catalog.Custom {
		fields = slices.Concat(p.custom, fields)
	}
	ok := p.flow.validate(fields...)
	if !p.protocols.validate() {
		p.flow.app.settle()
		p.flow.focusOn(p.protocols.ticks[0])
		ok = false
	}
	then(ok)
}

// productName is the product's own name, or our words for any other one.
func productName(p catalog.Product) string {
	if !p.NameText.IsZero() {
		return msg(p.NameText)
	}
	return p.Name
}
