package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"postkey/ui/widgets"
	"postkey/wizard/catalog"
)

// permissionsPage is step 5: what the application may do, to be ticked off
// while it is added in the portal.
type permissionsPage struct {
	plainPage
	first *widgets.Tick
	count *widgets.Text
	list  []catalog.Permission
	says  map[string]*fyne.Container // what Microsoft says, by the permission's id

	consent *consentPart
	// wasMissing says that something was missing when Microsoft was last asked on request.
	wasMissing bool
}

func newPermissionsPage(f *flow) *permissionsPage {
	p := &permissionsPage{plainPage: plainPage{f}, count: widgets.NewQuiet(""), says: map[string]*fyne.Container{}}
	p.consent = newConsentPart(p)
	p.list = f.app.bench.Permissions(f.draft)
	return p
}

func (p *permissionsPage) heading() string {
	if len(p.list) == 0 {
		return tr("wizard.step-permissions") // none is to be added
	}
	return tr("pages.permissions")
}

func (p *permissionsPage) sentence() string {
	switch {
	case len(p.list) == 0:
		return tr("apponly.permissions-none")
	case p.flow.draft.AppOnly():
		return tr("apponly.permissions-sentence")
	}
	return tr("pages.permissions-sentence")
}

func (p *permissionsPage) content() fyne.CanvasObject {
	if len(p.list) == 0 {
		return widgets.NewNotice(widgets.Info, tr("apponly.permissions-none-title"),
			widgets.NewText(tr("apponly.permissions-none-text"), widgets.Style{}), p.flow.crumbs(catalog.PagePermissionList))
	}
	body := widgets.Column(14, p.consent.top)
	for _, group := range p.groups() {
		body.Add(p.groupCard(group))
	}
	words := widgets.NewCard(p.count,
		legend(tr("pages.consent-no"), tr("pages.consent-no-text")),
		legend(tr("pages.consent-often"), tr("pages.consent-often-text")),
		legend(tr("pages.consent-always"), tr("pages.consent-always-text")))
	if p.flow.draft.AppOnly() {
		words = widgets.NewCard(p.count, legend(tr("pages.consent-always"), tr("pages.consent-always-text")))
	}
	body.Add(p.consent.bottom)
	body.Add(words)
	p.showCount()
	p.consent.build()
	if p.flow.app.bench.Unverified(p.flow.draft) {
		p.consent.look()
	}
	return body
}

// groups puts together what stands at one place of the portal, in the order of the list.
func (p *permissionsPage) groups() [][]catalog.Permission {
	var groups [][]catalog.Permission
	for _, perm := range p.list {
		i := slices.IndexFunc(groups, func(g []catalog.Permission) bool { return slices.Equal(place(g[0]), place(perm)) })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], perm)
	}
	return groups
}

// place is what a card shows of the way to a permission: all but the heading
// under which the portal lists it and its name, which stand in its row.
func place(p catalog.Permission) []string { return p.Portal[:max(len(p.Portal)-2, 0)] }

// The columns: tick, name, type, admin consent, Microsoft says.
var permissionColumns = []float32{4.2, 1.3, 1.6, 1.5}

func (p *permissionsPage) groupCard(group []catalog.Permission) fyne.CanvasObject {
	f := p.flow
	head := func(key string) fyne.CanvasObject {
		return widgets.NewText(tr(key), widgets.Style{Size: widgets.SizeSmall, Bold: true, Color: widgets.ColorQuiet})
	}
	columns := widgets.Shares(10, permissionColumns,
		head("pages.column-permission"), head("pages.column-type"), head("pages.column-consent"), head("pages.column-says"))
	all := widgets.NewButton(tr("pages.tick-all"), widgets.Small, nil)
	table := widgets.Column(5, widgets.Pad(0, 0, 0, 30, columns), widgets.NewRule())
	var ticks []*widgets.Tick
	for _, perm := range group {
		tick, row := p.row(perm)
		ticks = append(ticks, tick)
		table.Add(row)
		table.Add(widgets.NewRule())
	}
	all.OnTapped = func() {
		for i, tick := range ticks {
			tick.Set(true)
			p.tick(group[i].ID, true)
		}
	}
	if p.first == nil {
		p.first = ticks[0]
	}
	c, _ := f.draft.Connection() // as far as it can be read, to find the page
	cloud, _ := f.app.bench.Catalog.CloudOf(c)
	page := f.app.bench.Catalog.Portal(catalog.PagePermissions, cloud, c)
	var open func()
	if page.URL != "" {
		open = func() { f.app.openURL(page.URL) }
	}
	return widgets.NewCard(widgets.NewCrumbs(f.app.bench.Catalog.PortalWords(currentLanguage(), place(group[0])), open, all), table)
}

// row is one permission: its tick, and beside it all that is known of it.
func (p *permissionsPage) row(perm catalog.Permission) (*widgets.Tick, fyne.CanvasObject) {
	tick := widgets.NewTick("", func(on bool) { p.tick(perm.ID, on) })
	tick.Set(slices.Contains(p.flow.draft.Ticked, perm.ID))
	about := msg(perm.Description)
	if way := perm.Portal; len(way) >= 2 && way[len(way)-2] != perm.Name {
		about = way[len(way)-2] + " · " + about // the heading under which the portal lists it
	}
	name := widgets.Column(1,
		widgets.Flow(8, widgets.NewText(perm.Name, widgets.Style{Size: widgets.SizeSmall, Mono: true, OneLine: true}),
			widgets.NewCopy(func() string { return perm.Name })),
		widgets.NewText(about, widgets.Style{Size: "helperText", Color: widgets.ColorQuiet}))
	cells := widgets.Shares(10, permissionColumns, name, cell(tr("pages.type-"+perm.Type)), cell(consentWord(perm)), p.saysCell(perm))
	front := widgets.Pad(0, 1, 0, 0, tick)
	// Not NewBorder: the tick stands first, also for the Tab key.
	return tick, container.New(layout.NewBorderLayout(nil, nil, front, nil), front, cells)
}

func cell(text string) fyne.CanvasObject {
	return widgets.Pad(4, 0, 0, 0, widgets.NewText(text, widgets.Style{Size: widgets.SizeSmall}))
}

// consentWord says whether an administrator must consent: No, Often or Always.
func consentWord(p catalog.Permission) string {
	switch {
	case p.AdminByDefinition:
		return tr("pages.consent-always")
	case p.AdminInPractice:
		return tr("pages.consent-often")
	}
	return tr("pages.consent-no")
}

// saysCell is the place for Microsoft's answer for a permission.
func (p *permissionsPage) saysCell(perm catalog.Permission) fyne.CanvasObject {
	holder := container.NewStack(p.saysNow(perm))
	p.says[perm.ID] = holder
	return holder
}

// showSays shows Microsoft's answers anew.
func (p *permissionsPage) showSays() {
	for _, perm := range p.list {
		if holder := p.says[perm.ID]; holder != nil {
			holder.Objects = []fyne.CanvasObject{p.saysNow(perm)}
			holder.Refresh()
		}
	}
}

// saysNow is Microsoft's answer for a permission after the sign-in.
func (p *permissionsPage) saysNow(perm catalog.Permission) fyne.CanvasObject {
	if !p.flow.draft.SignedIn() {
		if p.flow.draft.AppOnly() {
			return cell(tr("apponly.says-nothing"))
		}
		return cell(tr("pages.says-nothing"))
	}
	pill := widgets.NewPill(widgets.Idle, tr("pages.says-not-asked"))
	switch p.flow.app.bench.Granted(p.flow.draft, perm) {
	case catalog.Granted:
		pill.Set(widgets.Good, tr("pages.says-granted"))
	case catalog.Missing:
		pill.Set(widgets.Bad, tr("pages.says-missing"))
	case catalog.CannotTell:
		pill.Set(widgets.Idle, tr("consent.says-cannot-tell"))
	case catalog.NotInToken:
		pill.Set(widgets.Idle, tr("apponly.not-in-token"))
	}
	return widgets.Pad(2, 0, 0, 0, widgets.Flow(0, pill))
}

// missing names what was asked for and not given.
func (p *permissionsPage) missing() []string { return p.named(catalog.Missing) }

// outside names what the tokens lack, and Exchange Online may give.
func (p *permissionsPage) outside() []string { return p.named(catalog.NotInToken) }

func (p *permissionsPage) named(state catalog.GrantState) []string {
	var names []string
	for _, perm := range p.list {
		if p.flow.app.bench.Granted(p.flow.draft, perm) == state {
			names = append(names, perm.Name)
		}
	}
	return names
}

func (p *permissionsPage) tick(id string, on bool) {
	d := p.flow.draft
	had := slices.Contains(d.Ticked, id)
	switch {
	case on && !had:
		d.Ticked = append(d.Ticked, id)
	case !on && had:
		d.Ticked = slices.DeleteFunc(slices.Clone(d.Ticked), func(t string) bool { return t == id })
	}
	p.showCount()
	p.flow.changed()
}

func (p *permissionsPage) showCount() {
	n := 0
	for _, perm := range p.list {
		if slices.Contains(p.flow.draft.Ticked, perm.ID) {
			n++
		}
	}
	p.count.SetText(tr("pages.ticked", "Done", n, "All", len(p.list)))
}

// legend explains one word of the table.
func legend(word, text string) fyne.CanvasObject {
	t := widgets.NewQuiet(text)
	return widgets.Row(8, t, widgets.NewPill(widgets.Idle, word), t)
}

// cancel stops the wait for a consent.
func (p *permissionsPage) cancel() bool { return p.consent.cancel() }

func (p *permissionsPage) leave() { p.consent.stop() }

// focus is on what stands first: the consent where something is missing, or the
// first tick. With the tick, the page would open scrolled past what is missing.
func (p *permissionsPage) focus() fyne.Focusable {
	if p.consent.above && p.consent.ask != nil {
		return p.consent.ask
	}
	if p.first == nil {
		return nil
	}
	return p.first
}
