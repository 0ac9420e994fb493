package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// show changes the state and what stands on the page.
func (p *signInPage) show(state signInState) {
	p.state = state
	p.build()
	p.flow.refresh()
	p.flow.app.settle()
	p.flow.shell.scroll.ScrollToTop()
}

// build fills the page for its state.
func (p *signInPage) build() {
	switch p.state {
	case signInStarting:
		p.body.Objects = []fyne.CanvasObject{p.busyCard(tr("signin-page.starting"))}
	case signInWaiting:
		p.sign = widgets.NewDial()
		p.body.Objects = p.wait.objects(p.sign)
	case signInFinishing:
		p.body.Objects = []fyne.CanvasObject{p.busyCard(tr("signin-page.finishing"))}
	case signInOther:
		p.body.Objects = p.other.objects()
	case signInDone:
		p.body.Objects = append(p.outcome(), p.result()...)
	default:
		p.body.Objects = append(p.outcome(), p.before())
	}
	p.body.Refresh()
}

// busyCard is shown while nothing but waiting or cancelling can be done.
func (p *signInPage) busyCard(title string) fyne.CanvasObject {
	p.sign = widgets.NewDial()
	cancel := widgets.NewButton(tr("signin-page.cancel"), widgets.Plain, func() { p.cancel() })
	return waitCard(p.sign, title, container.NewCenter(cancel))
}

// tick moves the sign and counts the time down.
func (p *signInPage) tick() {
	if p.sign != nil {
		p.sign.Turn()
	}
	if p.wait != nil && p.state == signInWaiting {
		p.wait.update()
	}
}

// outcome is how the last try ended, unless it succeeded.
func (p *signInPage) outcome() []fyne.CanvasObject {
	switch {
	case p.failure != nil:
		objects := []fyne.CanvasObject{p.flow.app.findingCard(*p.failure)}
		if slices.Contains(consentFindings, p.failure.ID) {
			objects = append(objects, p.toConsent())
		}
		return objects
	case p.stopped:
		return []fyne.CanvasObject{widgets.NewNotice(widgets.Idle, tr("signin-page.cancelled"))}
	case p.state == signInBefore && p.flow.draft.Account != nil:
		// There was a sign-in, and it does not hold for the values as they are.
		return []fyne.CanvasObject{widgets.NewNotice(widgets.Warn, p.flow.check(wizard.FieldAccount).Text)}
	}
	return nil
}

// consentFindings are the findings that an administrator's consent mends.
var consentFindings = []string{"admin-consent-needed", "consent-needed"}

// toConsent leads to the step that gets an administrator's consent.
func (p *signInPage) toConsent() fyne.CanvasObject {
	return widgets.Flow(0, widgets.NewButton(tr("consent.at-permissions"), widgets.Plain,
		func() { p.flow.open(wizard.StepPermissions) }))
}

// before says what will happen.
func (p *signInPage) before() fyne.CanvasObject {
	d := p.flow.draft
	expected := d.Mailbox.Address
	if d.Shared {
		expected = d.Mailbox.Delegate
	}
	who := tr("signin-page.before." + p.kind())
	if expected != "" {
		who = tr("signin-page.before."+p.kind()+"-as", "Address", expected)
	}
	lines := widgets.Column(6)
	for i, text := range []string{
		tr("signin-page.before.browser"), who, tr("signin-page.before.consent"), tr("signin-page.before.keyring"),
	} {
		lines.Add(numbered(i+1, text))
	}
	on := p.choose != nil && p.choose.On()
	p.choose = widgets.NewTick(tr("signin-page.choose"), nil)
	p.choose.Set(on)
	return widgets.NewCard(widgets.NewTitle(tr("signin-page.before.title")), lines, p.choose)
}

// result shows who signed in and what was granted.
func (p *signInPage) result() []fyne.CanvasObject {
	a := p.account()
	name := a.Name
	if name == "" {
		name = a.Username
	}
	rows := widgets.Column(6)
	for _, row := range []struct {
		key, value string
		mono       bool
	}{
		{"signin-page.done.name", name, false},
		{"signin-page.done.account", a.Username, true},
		{"signin-page.done.tenant", a.TenantID, true},
		{"signin-page.done.at", momentText(a.At), false},
	} {
		style := widgets.Style{Size: widgets.SizeSmall, Mono: row.mono}
		rows.Add(widgets.Shares(12, []float32{3, 9},
			widgets.NewQuiet(tr(row.key)), widgets.NewText(row.value, style)))
	}
	head := widgets.Flow(8, widgets.NewText(tr("signin-page.done.title"), widgets.Style{Bold: true, OneLine: true}),
		widgets.NewPill(widgets.Good, tr("signin-page.done.pill")))
	objects := []fyne.CanvasObject{}
	if warning := p.wrongAccount(); warning != nil {
		objects = append(objects, warning)
	}
	if note := p.takesEffect(); note != nil {
		objects = append(objects, note)
	}
	return append(objects, widgets.NewCard(head, rows), p.grantedCard(a))
}

// wrongAccount warns when the account is neither the mailbox nor its delegate.
func (p *signInPage) wrongAccount() fyne.CanvasObject {
	field := wizard.FieldMailboxAddress
	if p.flow.draft.Shared {
		field = wizard.FieldMailboxDelegate
	}
	found := p.flow.check(field)
	if !found.Warning {
		return nil // right, or something that the next step asks for
	}
	return widgets.NewNotice(widgets.Warn, tr("signin-page.wrong.title"), widgets.NewText(found.Text, widgets.Style{}))
}

// grantedCard lists what Microsoft granted of what the sign-in asks for.
func (p *signInPage) grantedCard(a store.Account) fyne.CanvasObject {
	d := p.flow.draft
	asked, err := p.flow.app.bench.Scopes(d)
	if err != nil {
		asked = a.Granted // an unknown cloud: show what there is
	}
	cat := p.flow.app.bench.Catalog
	pills := widgets.Flow(10)
	var missing []string
	for _, perm := range cat.Permissions(d.Product, d.Shared) {
		var pill *widgets.Pill
		switch cat.Granted(perm, asked, a.Granted) {
		case catalog.Granted:
			pill = widgets.NewPill(widgets.Good, tr("signin-page.granted"))
		case catalog.Missing:
			pill = widgets.NewPill(widgets.Bad, tr("signin-page.missing"))
			missing = append(missing, perm.Name)
		default:
			continue
		}
		pills.Add(widgets.Row(6, nil, widgets.NewText(perm.Name, oneMonoLine), pill))
	}
	card := []fyne.CanvasObject{widgets.NewTitle(tr("signin-page.granted.title")), pills}
	if len(missing) > 0 {
		key := "signin-page.missing.one"
		if len(missing) > 1 {
			key = "signin-page.missing.many"
		}
		card = append(card, widgets.NewText(tr(key, "Names", strings.Join(slices.Compact(missing), ", ")),
			widgets.Style{Color: widgets.ColorBad}), p.toConsent())
	}
	return widgets.NewCard(card...)
}
