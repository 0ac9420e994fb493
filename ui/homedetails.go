package ui

import (
	"errors"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// showDetails shows or hides the last test hop by hop, with its findings.
func (k *card) showDetails(on bool) {
	k.open = on
	if k.root == nil {
		return
	}
	k.showLink()
	k.below.Objects = nil
	if on && k.connection.LastTest != nil {
		k.below.Objects = k.detailsOf(*k.connection.LastTest)
	}
	k.below.Hidden = len(k.below.Objects) == 0
	k.below.Refresh()
	k.home.relayout()
}

func (k *card) toggleDetails() { k.showDetails(!k.open) }

// showLink shows the link to the details where there are any.
func (k *card) showLink() {
	text := tr("home.details")
	if k.open {
		text = tr("home.details-hide")
	}
	k.details.SetText(text)
	k.details.Hidden = k.connection.LastTest == nil || k.running()
}

// detailsOf is the picture of a test that was kept.
func (k *card) detailsOf(r store.TestRecord) []fyne.CanvasObject {
	parts := []fyne.CanvasObject{widgets.NewQuiet(tr("home.details-at", "When", momentText(r.At)))}
	bench := k.home.app.bench
	// The legs of that test, which may be others than those of today.
	then := k.connection
	then.Protocols = nil
	for _, leg := range r.Legs {
		then.Protocols = append(then.Protocols, leg.Leg)
	}
	if cloud, err := bench.Catalog.CloudOf(then); err == nil {
		if o := outcomeOf(bench, then, &r, check.Plan(then, cloud)); o != nil {
			page := &testPage{outcome: o}
			for _, leg := range o.legs {
				v := newLegView(leg)
				v.show(page, leg)
				parts = append(parts, v.card)
			}
		}
	}
	findings := k.found
	if findings == nil {
		findings = findingsOf(bench, k.connection, r)
	}
	parts = append(parts, k.home.app.findingCards(findings)...)
	if again := signInButton(findings, k.signIn); again != nil {
		parts = append(parts, again)
	}
	return parts
}

// findingsOf are the findings of a test of which their ids were kept, with
// what the server said where it said something.
func findingsOf(bench *wizard.Workbench, c store.Connection, r store.TestRecord) []diagnose.Finding {
	said := make(map[string]diagnose.Finding)
	for _, leg := range r.Legs {
		for _, h := range leg.Hops {
			if check.Status(h.Status) == check.Failed && h.Server != "" {
				f := bench.Explain(c, check.Leg(leg.Leg), check.HopName(h.Hop), errors.New(h.Server))
				said[f.ID] = f
			}
		}
	}
	var findings []diagnose.Finding
	for _, id := range r.Findings {
		if f, ok := said[id]; ok {
			findings = append(findings, f)
			continue
		}
		cloud, err := bench.Catalog.CloudOf(c)
		if err != nil {
			continue
		}
		if f, ok := diagnose.ByID(id, diagnose.Evidence{Connection: c, Cloud: cloud}); ok {
			findings = append(findings, f)
		}
	}
	return findings
}

// besidePill puts a link beside a pill without moving the pill, although the
// link is higher; where there is no room, below it.
type besidePill struct{ height float32 }

// Layout is called by Fyne with the pill and the link.
func (l *besidePill) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	pill, link := objects[0], objects[1]
	p, k := pill.MinSize(), link.MinSize()
	pill.Resize(p)
	pill.Move(fyne.Position{})
	link.Resize(k)
	l.height = p.Height
	if p.Width+k.Width <= size.Width {
		link.Move(fyne.NewPos(p.Width+2, (p.Height-k.Height)/2))
		return
	}
	link.Move(fyne.NewPos(0, p.Height))
	if link.Visible() {
		l.height += k.Height
	}
}

// MinSize is called by Fyne.
func (l *besidePill) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := objects[0].MinSize()
	s.Height = max(s.Height, l.height)
	return s
}
