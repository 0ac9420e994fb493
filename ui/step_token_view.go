package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/exchange"
	"postkey/wizard/scripts"
)

// show shows the request as it stands.
func (p *tokenPage) show() {
	p.build()
	p.flow.refresh()
	p.flow.app.settle()
	p.flow.shell.scroll.ScrollToTop()
}

// build fills the upper part of the page.
func (p *tokenPage) build() {
	f := p.flow
	p.top.Objects = nil
	switch {
	case p.running():
		p.sign = widgets.NewDial()
		cancel := widgets.NewButton(tr("ui.cancel"), widgets.Plain, func() { p.cancel() })
		p.top.Objects = []fyne.CanvasObject{waitCard(p.sign, tr("apponly.token-asking"), container.NewCenter(cancel))}
	case p.failure != nil:
		p.top.Add(f.app.findingCard(*p.failure))
	case p.stopped:
		p.top.Add(widgets.NewNotice(widgets.Idle, tr("apponly.token-stopped")))
	case !p.done() && f.draft.Proof != nil:
		p.top.Add(widgets.NewNotice(widgets.Warn, f.check(wizard.FieldAccount).Text))
	}
	if !p.running() {
		if p.done() {
			p.top.Add(p.tokenCard())
		} else {
			p.top.Add(p.beforeCard())
		}
	}
	p.top.Refresh()
}

// beforeCard says what will happen.
func (p *tokenPage) beforeCard() fyne.CanvasObject {
	lines := widgets.Column(6)
	for i, key := range []string{"apponly.token-before-ask", "apponly.token-before-compare", "apponly.token-before-keep"} {
		lines.Add(numbered(i+1, tr(key)))
	}
	return widgets.NewCard(widgets.NewTitle(tr("apponly.token-before")), lines)
}

// tokenCard says that the tokens came, and what they carry.
func (p *tokenPage) tokenCard() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	head := widgets.Flow(8, widgets.NewText(tr("apponly.token-done"), widgets.Style{Bold: true, OneLine: true}),
		widgets.NewPill(widgets.Good, tr("apponly.token-pill")))
	parts := []fyne.CanvasObject{head, widgets.NewQuiet(tr("apponly.token-at", "When", momentText(d.Proof.At)))}
	list := f.app.bench.Permissions(d)
	pills := widgets.Flow(10)
	var missing, outside []string
	for _, perm := range list {
		pill := widgets.NewPill(widgets.Idle, tr("consent.says-cannot-tell"))
		switch f.app.bench.Granted(d, perm) {
		case catalog.Granted:
			pill.Set(widgets.Good, tr("signin-page.granted"))
		case catalog.Missing:
			pill.Set(widgets.Bad, tr("signin-page.missing"))
			missing = append(missing, perm.Name)
		case catalog.NotInToken:
			pill.Set(widgets.Idle, tr("apponly.not-in-token"))
			outside = append(outside, perm.Name)
		}
		pills.Add(widgets.Row(6, nil, widgets.NewText(perm.Name, oneMonoLine), pill))
	}
	unwanted := strings.Join(f.app.bench.UnwantedRoles(d), ", ")
	switch {
	case len(list) > 0:
		parts = append(parts, pills)
	case unwanted == "":
		parts = append(parts, widgets.NewText(tr("apponly.token-no-roles"), widgets.Style{}))
	}
	if unwanted != "" {
		parts = append(parts, widgets.NewText(tr("apponly.token-unwanted", "Names", unwanted), widgets.Style{Color: widgets.ColorBad}))
	}
	if len(outside) > 0 {
		parts = append(parts, widgets.NewText(tr("apponly.token-outside", "Names", strings.Join(outside, ", ")), widgets.Style{}))
	}
	if len(missing) > 0 {
		parts = append(parts, widgets.NewText(tr("apponly.token-missing", "Names", strings.Join(missing, ", ")),
			widgets.Style{Color: widgets.ColorBad}))
	}
	if len(missing)+len(outside) > 0 {
		toConsent := widgets.NewButton(tr("consent.at-permissions"), widgets.Plain, func() { f.open(wizard.StepPermissions) })
		parts = append(parts, widgets.Flow(0, toConsent))
	}
	return widgets.NewCard(parts...)
}

// objectCard asks for the Object ID by which Exchange Online knows the
// application, and says where it stands.
func (p *tokenPage) objectCard() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	label := tr("apponly.object-id")
	if !d.NeedsServicePrincipal() {
		label = tr("mailbox-page.optional", "Label", label)
	}
	p.object = f.field(wizard.FieldServicePrincipal, label, &d.ServicePrincipalID).SetMono().
		SetHint(tr("apponly.object-id-hint"))
	p.object.SetPlaceholder(f.app.bench.Catalog.Limits().ExampleID)
	if v := f.app.opts.Practice; v != nil {
		f.offer(p.object, v.App.ObjectID)
	}
	parts := []fyne.CanvasObject{f.crumbs(catalog.PageEnterprise), p.object}
	c, _ := d.Connection() // as far as it can be read
	if setup, err := exchange.SetupOf(f.app.bench.Catalog, c); err == nil {
		if commands, err := exchange.ObjectIDCommands(setup); err == nil {
			for _, tool := range scripts.Tools() {
				text := strings.TrimSpace(commands[tool])
				parts = append(parts, copyLine(tr("apponly.object-id-command", "Tool", tr("script."+string(tool))), text))
			}
		}
	}
	return widgets.NewCard(parts...)
}

// exchangeCard leads to the commands for Exchange Online.
func (p *tokenPage) exchangeCard() fyne.CanvasObject {
	open := widgets.NewButton(tr("apponly.exchange-open"), widgets.Plain, p.flow.openExchange)
	return widgets.NewCard(widgets.NewTitle(tr("apponly.exchange-title")),
		widgets.NewText(tr("apponly.exchange-text"), widgets.Style{}), widgets.Flow(8, open))
}
