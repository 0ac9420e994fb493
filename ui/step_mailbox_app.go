package ui

import (
	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// appMailboxPage is step 7 where the application signs in itself: the mailbox
// to test with, those that it must reach as well, and those that it must not.
type appMailboxPage struct {
	plainPage
	fields        []*widgets.Field // in the order of the page
	reach, refuse *listField
	notices       *fyne.Container
}

func newAppMailboxPage(f *flow) *appMailboxPage {
	return &appMailboxPage{plainPage: plainPage{f}, notices: widgets.Column(14)}
}

func (p *appMailboxPage) heading() string  { return tr("apponly.mailboxes") }
func (p *appMailboxPage) sentence() string { return tr("apponly.mailboxes-sentence") }

func (p *appMailboxPage) content() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	m := &d.Mailbox
	address := p.add(wizard.FieldMailboxAddress, tr("apponly.mailbox"), &m.Address, tr("apponly.mailbox-hint"))
	name := p.add(wizard.FieldMailboxName, optional("mailbox-page.name"), &m.Name, tr("mailbox-page.name.hint"))
	own := widgets.NewCard(address, name)
	product, _ := f.app.bench.Catalog.Product(d.Product)
	if length := product.KeyLength; length > 0 {
		key := p.add(wizard.FieldMailboxKey, tr("mailbox-page.key"), &m.Key, tr("mailbox-page.key.hint", "Count", length))
		list := p.add(wizard.FieldMailboxList, optional("mailbox-page.list"), &m.List, tr("mailbox-page.list.hint"))
		own = widgets.NewCard(address, name, widgets.Shares(14, []float32{1, 2}, key, list))
		f.offer(key, tr("mailbox-page.practice-key"))
	}
	p.reach = newListField(f, wizard.FieldReach, optional("apponly.reach"), &d.Reach).setHint(tr("apponly.reach-hint"))
	p.refuse = newListField(f, wizard.FieldRefuse, tr("apponly.refuse"), &d.Refuse).setHint(tr("apponly.refuse-hint"))
	f.offer(name, tr("mailbox-page.practice-name"))
	if v := f.app.opts.Practice; v != nil {
		f.offer(address, v.App.Address)
		p.reach.offer(v.App.Reach)
		p.refuse.offer(v.App.Refuse)
	}
	p.showNotices()
	commands := widgets.NewButton(tr("apponly.exchange-open"), widgets.Plain, f.openExchange)
	return widgets.Column(14, p.notices, own,
		widgets.NewCard(widgets.NewTitle(tr("apponly.fence")), widgets.NewText(tr("apponly.fence-text"), widgets.Style{}),
			p.reach.content, p.refuse.content, widgets.Flow(8, commands)))
}

func (p *appMailboxPage) add(name wizard.Field, label string, value *string, hint string) *widgets.Field {
	w := p.flow.field(name, label, value).SetHint(hint)
	p.fields = append(p.fields, w)
	return w
}

// showNotices shows the warnings that belong to no field of the page.
func (p *appMailboxPage) showNotices() {
	d := p.flow.draft
	p.notices.Objects = nil
	if used := d.CheckField(wizard.FieldClientID, p.flow.context); used != nil && used.Warning {
		p.notices.Add(widgets.NewNotice(widgets.Warn, msg(used.Message)))
	}
	if !d.SignedIn() {
		p.notices.Add(widgets.NewNotice(widgets.Warn, p.flow.check(wizard.FieldAccount).Text))
	}
	p.notices.Hidden = len(p.notices.Objects) == 0
}

func (p *appMailboxPage) focus() fyne.Focusable { return p.fields[0].Entry }

func (p *appMailboxPage) commit(then func(ok bool)) {
	ok := p.flow.validate(p.fields...)
	for _, l := range []*listField{p.reach, p.refuse} {
		if !l.validate() && ok {
			p.flow.focusOn(l.area.Focus())
			ok = false
		}
	}
	then(ok)
}
