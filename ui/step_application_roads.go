package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard/catalog"
)

// showRoads is the choice of the road of an application that signs in itself,
// with what each needs, costs, and how long it lives.
func (p *applicationPage) showRoads() {
	f, d := p.flow, p.flow.draft
	roads, fits, why := f.app.bench.Catalog.Roads(d.Product)
	chosen := f.app.bench.Catalog.RoadOf(d.Protocols, d.SMTPRBAC)
	options := make([]widgets.Option, len(roads))
	for i, r := range roads {
		options[i] = widgets.Option{ID: r.ID, Label: msg(r.Title), Detail: p.aboutRoad(r)}
		if r.ID == fits {
			options[i].Pill = tr("pages.recommended")
		}
	}
	p.roads = f.choice(options, false, chosen.ID, func(id string) {
		road, _ := f.app.bench.Catalog.Road(id)
		d.SetRoad(road.Preset, road.SMTPRBAC)
		p.showRoad(road)
	})
	p.road = widgets.Column(10)
	p.how.Objects = []fyne.CanvasObject{
		widgets.Column(3, widgets.NewLabel(tr("apponly.road")), widgets.NewQuiet(msg(why))), p.roads, p.road,
	}
	p.showRoad(chosen)
}

// showRoad shows what there is to choose and to know of the chosen road.
func (p *applicationPage) showRoad(r catalog.Road) {
	p.protocols, p.road.Objects = nil, nil
	if len(r.Protocols) > 1 {
		p.protocols = newProtocolTicks(p.flow, func() { p.flow.app.settle() })
		p.road.Add(p.protocols.content)
	}
	if end, known := r.Final(); known {
		p.road.Add(widgets.NewNotice(widgets.Warn, msg(r.Life), widgets.NewText(p.deadline(r, end), widgets.Style{})))
	}
	p.road.Hidden = len(p.road.Objects) == 0
	p.flow.app.settle()
}

// aboutRoad is what stands below the name of a road.
func (p *applicationPage) aboutRoad(r catalog.Road) string {
	lines := []string{
		tr("apponly.road-needs", "Text", msg(r.Needs)), tr("apponly.road-costs", "Text", msg(r.Costs)),
		tr("apponly.road-life", "Text", msg(r.Life)),
	}
	for _, day := range r.Countdown(p.flow.app.now()) {
		lines = append(lines, msg(day))
	}
	return strings.Join(lines, "\n")
}

// deadline says when a road ends for good.
func (p *applicationPage) deadline(r catalog.Road, end catalog.RoadDate) string {
	days := r.Countdown(p.flow.app.now())
	for i, d := range r.Ends {
		if d.Day == end.Day {
			return msg(days[i])
		}
	}
	return ""
}

// sharedAdvice warns where one user name must serve IMAP and SMTP of a shared
// mailbox that a delegate signs in for, and offers the way that works; nil where
// there is nothing to say. Take is what its button does.
func (f *flow) sharedAdvice(take func()) fyne.CanvasObject {
	d := f.draft
	if !d.OneUserName() {
		return nil
	}
	product, _ := f.app.bench.Catalog.Product(d.Product)
	text := tr("apponly.shared-if")
	if f.app.bench.Catalog.OneUserName(d.Product) {
		text = tr("apponly.shared-one", "Product", productName(product))
	}
	return widgets.NewNotice(widgets.Warn, tr("apponly.shared-title"), widgets.NewText(text, widgets.Style{}),
		widgets.Flow(8, widgets.NewButton(tr("apponly.shared-take"), widgets.Plain, take)))
}
