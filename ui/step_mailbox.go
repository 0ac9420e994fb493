package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// mailboxPage is step 7: whose mail it is.
type mailboxPage struct {
	plainPage
	fields  []*widgets.Field // in the order of the page
	names   []wizard.Field   // of the same
	notices *fyne.Container  // warnings that belong to no field
}

func newMailboxPage(f *flow) *mailboxPage {
	return &mailboxPage{plainPage: plainPage{f}, notices: widgets.Column(14)}
}

func (p *mailboxPage) heading() string { return tr("mailbox-page.heading") }

func (p *mailboxPage) sentence() string {
	if p.flow.draft.Shared {
		return tr("mailbox-page.intro.shared")
	}
	return tr("mailbox-page.intro.own")
}

func (p *mailboxPage) content() fyne.CanvasObject {
	m := &p.flow.draft.Mailbox
	address := p.addressCard(m)
	name := p.add(wizard.FieldMailboxName, optional("mailbox-page.name"), &m.Name, tr("mailbox-page.name.hint"))
	described := widgets.NewCard(name)
	if length := p.keyLength(); length > 0 {
		key := p.add(wizard.FieldMailboxKey, tr("mailbox-page.key"), &m.Key, tr("mailbox-page.key.hint", "Count", length))
		list := p.add(wizard.FieldMailboxList, optional("mailbox-page.list"), &m.List, tr("mailbox-page.list.hint"))
		described = widgets.NewCard(name, widgets.Shares(14, []float32{1, 2}, key, list))
		p.flow.offer(key, tr("mailbox-page.practice-key"))
	}
	p.flow.offer(name, tr("mailbox-page.practice-name"))
	p.showNotices()
	return widgets.Column(14, p.notices, address, described)
}

// addressCard asks for the mailbox and, for a shared one, for who reads it.
func (p *mailboxPage) addressCard(m *store.Mailbox) fyne.CanvasObject {
	offered := p.flow.app.opts.Practice
	if offered == nil {
		offered = &PracticeValues{}
	}
	if !p.flow.draft.Shared {
		address := p.add(wizard.FieldMailboxAddress, tr("mailbox-page.address"), &m.Address, tr("mailbox-page.address.own"))
		p.flow.offer(address, offered.Address)
		return widgets.NewCard(address)
	}
	address := p.add(wizard.FieldMailboxAddress, tr("mailbox-page.address.shared"), &m.Address, tr("mailbox-page.address.shared-hint"))
	delegate := p.add(wizard.FieldMailboxDelegate, tr("mailbox-page.delegate"), &m.Delegate, tr("mailbox-page.delegate.hint"))
	p.flow.offer(address, offered.Shared)
	p.flow.offer(delegate, offered.Delegate)
	return widgets.NewCard(address, delegate)
}

// optional is the label of a field that may stay empty.
func optional(key string) string { return tr("mailbox-page.optional", "Label", tr(key)) }

// keyLength is the length of the product's account key; 0 when it has none.
func (p *mailboxPage) keyLength() int {
	product, _ := p.flow.app.bench.Catalog.Product(p.flow.draft.Product)
	return product.KeyLength
}

func (p *mailboxPage) add(name wizard.Field, label string, value *string, hint string) *widgets.Field {
	f := p.flow.field(name, label, value).SetHint(hint)
	p.fields, p.names = append(p.fields, f), append(p.names, name)
	if f.Text() != "" {
		f.SetProblem(p.flow.check(name)) // such as an account that is not this mailbox
	}
	return f
}

// showNotices shows the warnings that belong to no field of the page.
func (p *mailboxPage) showNotices() {
	d := p.flow.draft
	p.notices.Objects = nil
	warn := func(text string) {
		p.notices.Add(widgets.NewNotice(widgets.Warn, text))
	}
	for name, problem := range d.CheckStep(wizard.StepMailbox, p.flow.context) {
		if problem.Warning && !slices.Contains(p.names, name) {
			warn(msg(problem.Message))
		}
	}
	switch names := notAsked(p.flow); {
	case !d.SignedIn():
		warn(msg(d.CheckField(wizard.FieldAccount, p.flow.context).Message))
	case len(names) > 0:
		warn(tr("mailbox-page.not-granted", "Names", strings.Join(names, ", ")))
	}
	if advice := p.flow.sharedAdvice(func() {
		d.SetMode(wizard.ModeAppOnly)
		p.flow.changed()
		p.flow.open(wizard.StepApplication) // the way from there is another one
	}); advice != nil {
		p.notices.Add(advice)
	}
	p.notices.Hidden = len(p.notices.Objects) == 0
	p.flow.app.settle()
}

// notAsked names the protocols that were chosen after the sign-in, so that
// their permission was never asked for.
func notAsked(f *flow) []string {
	d := f.draft
	if d.Account == nil {
		return nil
	}
	cat := f.app.bench.Catalog
	var names []string
	for _, perm := range cat.Permissions(d.Product, d.Shared) {
		chosen := perm.Protocol != "" && slices.Contains(d.Protocols, perm.Protocol)
		if chosen && cat.Granted(perm, nil, d.Account.Granted) != catalog.Granted {
			names = append(names, strings.ToUpper(perm.Protocol))
		}
	}
	return names
}

func (p *mailboxPage) focus() fyne.Focusable { return p.fields[0].Entry }

func (p *mailboxPage) commit(then func(ok bool)) { then(p.flow.validate(p.fields...)) }
