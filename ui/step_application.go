package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// applicationPage is step 1: for which product, who signs in, over which road,
// in which cloud.
type applicationPage struct {
	plainPage
	product   *widgets.Choice
	who       *widgets.Choice
	how       *fyne.Container // what follows from who signs in
	advice    *fyne.Container // what a delegate's sign-in cannot do
	protocols *protocolTicks  // nil where the road leaves no choice
	roads     *widgets.Choice // nil where a user signs in
	road      *fyne.Container // what follows from the road
	endpoints *fyne.Container // of a custom cloud
	ends      *endsNote       // of who signs in and of the cloud
	unproven  *widgets.Box    // says that the hosts of a cloud are not confirmed
	fields    []*widgets.Field
	custom    []*widgets.Field // those of endpoints
	appOnly   []*widgets.Field // those of them that a user who signs in has no use for
}

func newApplicationPage(f *flow) *applicationPage { return &applicationPage{plainPage: plainPage{f}} }

func (p *applicationPage) heading() string  { return tr("pages.application") }
func (p *applicationPage) sentence() string { return tr("pages.application-sentence") }

func (p *applicationPage) content() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	cat := f.app.bench.Catalog
	var products []widgets.Option
	for _, q := range cat.Products() {
		products = append(products, widgets.Option{ID: q.ID, Label: productName(q), Detail: msg(q.Reason)})
	}
	p.product = f.choice(products, false, d.Product, func(id string) {
		d.SetProduct(id, cat)
		p.who.Select(kindOf(d))
		p.showHow()
	})
	p.who = f.choice([]widgets.Option{
		{ID: kindOwn, Label: tr("pages.mailbox-own"), Detail: tr("pages.mailbox-own-detail")},
		{ID: kindShared, Label: tr("pages.mailbox-shared"), Detail: tr("pages.mailbox-shared-detail")},
		{ID: kindApp, Label: tr("apponly.kind"), Detail: tr("apponly.kind-detail")},
	}, false, kindOf(d), p.choose)
	p.how = widgets.Column(10)
	p.ends = newEndsNote(f, wizard.FieldMode, wizard.FieldCloud)
	cloud := p.cloudCard()
	p.showHow()
	name := f.field(wizard.FieldName, tr("pages.name"), &d.Name).
		SetHint(tr("pages.name-hint")).SetPlaceholder(tr("pages.name-example"))
	f.offer(name, tr("pages.practice-name"))
	p.fields = []*widgets.Field{name}
	return widgets.Column(14,
		widgets.NewCard(widgets.NewTitle(tr("pages.product")), p.product),
		widgets.NewCard(widgets.NewTitle(tr("apponly.who")), p.who, p.how),
		cloud,
		widgets.NewCard(name))
}

// The answers to who signs in.
const (
	kindOwn    = "own"    // the user of the mailbox
	kindShared = "shared" // a delegate of a shared mailbox
	kindApp    = "app"    // the application itself
)

func kindOf(d *wizard.Draft) string {
	switch {
	case d.AppOnly():
		return kindApp
	case d.Shared:
		return kindShared
	}
	return kindOwn
}

// choose is another answer to who signs in.
func (p *applicationPage) choose(kind string) {
	d := p.flow.draft
	switch kind {
	case kindApp:
		d.SetMode(wizard.ModeAppOnly)
	default:
		d.Shared = kind == kindShared
		if d.AppOnly() {
			d.SetMode(wizard.ModeDelegated)
		}
	}
	p.showHow()
}

// showHow shows what there is to say and to choose of the answer.
func (p *applicationPage) showHow() {
	f, d := p.flow, p.flow.draft
	p.roads, p.road, p.protocols, p.how.Objects = nil, nil, nil, nil
	if d.AppOnly() {
		p.showRoads()
	} else {
		p.how.Add(widgets.NewQuiet(tr("pages.user-signs-in")))
		p.protocols = newProtocolTicks(f, func() {
			p.advise() // which depends on it
			f.app.settle()
		})
		p.how.Add(p.protocols.content)
		p.advice = widgets.Column(0)
		p.how.Add(p.advice)
		p.advise()
	}
	p.showCloud()
}

// advise says what a delegate's sign-in cannot do.
func (p *applicationPage) advise() {
	f := p.flow
	p.advice.Objects = nil
	if advice := f.sharedAdvice(func() {
		p.who.Choose(kindApp)
		f.focusOn(p.who)
	}); advice != nil {
		p.advice.Objects = []fyne.CanvasObject{advice}
	}
	p.advice.Hidden = len(p.advice.Objects) == 0
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
		name    wizard.Field
		value   *string
		usual   string
		appOnly bool
	}{
		{wizard.FieldAuthority, &e.Authority, world.Authority, false},
		{wizard.FieldIMAP, &e.IMAP, world.IMAP, false},
		{wizard.FieldPOP, &e.POP, world.POP, false},
		{wizard.FieldSMTP, &e.SMTP, world.SMTP, false},
		{wizard.FieldEWS, &e.EWS, world.EWS, true},
		{wizard.FieldGraph, &e.Graph, world.Graph, true},
		{wizard.FieldMailResource, &e.MailResource, world.MailResource, false},
	} {
		w := f.field(row.name, tr("pages.endpoint-"+string(row.name)), row.value).SetMono().SetPlaceholder(row.usual)
		p.custom = append(p.custom, w)
		if row.appOnly {
			p.appOnly = append(p.appOnly, w)
		}
		p.endpoints.Add(w)
	}
	p.unproven = widgets.NewNotice(widgets.Warn, tr("pages.cloud-unverified"), widgets.NewQuiet(tr("pages.cloud-unverified-text")))
	return widgets.NewCard(widgets.NewTitle(tr("pages.cloud")), choice, p.ends.root, p.unproven, p.endpoints)
}

func (p *applicationPage) showCloud() {
	p.endpoints.Hidden = p.flow.draft.Cloud != catalog.Custom
	for _, w := range p.appOnly {
		w.Hidden = !p.flow.draft.AppOnly()
	}
	cloud, ok := p.flow.app.bench.Catalog.Cloud(p.flow.draft.Cloud)
	p.unproven.Hidden = !ok || !cloud.Unverified
	p.ends.show()
	p.flow.app.settle()
}

func (p *applicationPage) focus() fyne.Focusable { return p.product }

func (p *applicationPage) commit(then func(ok bool)) {
	fields := p.fields
	if p.flow.draft.Cloud == catalog.Custom {
		fields = slices.Concat(p.custom, fields)
	}
	ok := p.flow.validate(fields...)
	if p.protocols != nil && !p.protocols.validate() {
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
