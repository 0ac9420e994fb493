package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"postkey/assets"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
)

// legView is the card of one leg: its name and state, and the row of hops.
type legView struct {
	pill  *widgets.Pill
	where *widgets.Text
	hops  *widgets.Hops
	notes *widgets.Text
	head  *fyne.Container // title, pill and where
	card  fyne.CanvasObject
}

func newLegView(leg check.LegResult) *legView {
	v := &legView{
		pill:  widgets.NewPill(widgets.Idle, ""),
		where: widgets.NewText("", widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorQuiet, OneLine: true, Cut: true}),
		hops:  widgets.NewHops(nil),
		notes: widgets.NewQuiet(""),
	}
	title := widgets.NewText(tr("test-page.leg."+string(leg.Leg)), widgets.Style{Bold: true, OneLine: true})
	v.head = widgets.Row(8, v.where, title, v.pill, v.where)
	v.card = widgets.NewBox(widgets.ColorCard, widgets.ColorLine, 10, widgets.Pad(13, 18, 12, 18,
		widgets.Column(8, v.head, v.hops, v.notes)))
	return v
}

// show follows the leg.
func (v *legView) show(p *testPage, leg check.LegResult) {
	mood, state := legState(leg, p.running())
	v.pill.Set(mood, state)
	head := []string{leg.Server}
	if took := legTime(leg); took > 0 {
		head = append(head, spanText(took))
	}
	row := make([]widgets.Hop, len(leg.Hops))
	for i, hop := range leg.Hops {
		row[i] = hopShown(p, leg, hop)
		if hop.Name == check.Open && hop.Status == check.OK && !hop.Text.IsZero() {
			head = append(head, msg(hop.Text))
		}
	}
	v.where.SetText(strings.Join(head, " · "))
	v.hops.Set(row)
	notes := make([]string, len(leg.NoteTexts))
	for i, note := range leg.NoteTexts {
		notes[i] = msg(note)
	}
	v.notes.SetText(strings.Join(notes, "\n"))
	v.notes.Hidden = len(notes) == 0
	v.head.Refresh()
}

// legState is the word for a leg and its colour.
func legState(leg check.LegResult, running bool) (widgets.Mood, string) {
	if _, failed := leg.Failed(); failed {
		return widgets.Bad, tr("test-page.failed")
	}
	untouched, open := true, false
	for _, h := range leg.Hops {
		if errors.Is(h.Err, context.Canceled) {
			return widgets.Idle, tr("test-page.stopped")
		}
		untouched = untouched && h.Status == check.Waiting
		open = open || h.Status == check.Waiting || h.Status == check.Running
	}
	switch {
	case open && running:
		return widgets.Info, tr("test-page.testing")
	case untouched || !leg.OK():
		return widgets.Idle, tr("test-page.not-tested")
	}
	return widgets.Good, tr("test-page.works")
}

// legTime is how long a leg took, or what its ended hops have taken so far.
func legTime(leg check.LegResult) time.Duration {
	if leg.Took > 0 {
		return leg.Took
	}
	var sum time.Duration
	for _, h := range leg.Hops {
		sum += h.Took
	}
	return sum
}

// hopShown is a hop as the picture shows it.
func hopShown(p *testPage, leg check.LegResult, hop check.Hop) widgets.Hop {
	out := widgets.Hop{Label: tr("test-page.hop." + string(hop.Name))}
	if hop.Name == check.TLS {
		if leg.Leg == check.SMTP && !strings.HasSuffix(leg.Server, ":465") {
			out.Label = tr("test-page.hop.starttls")
		} else if hop.Detail != "" && hop.Status == check.OK {
			out.Label = hop.Detail // the version
		}
	}
	switch hop.Status {
	case check.Running:
		out.State, out.Note = widgets.HopRunning, tr("test-page.hop.running")
		if since := p.flow.app.now().Sub(p.began[hopID{leg.Leg, hop.Name}]); since >= time.Second && since < time.Hour {
			out.Note = tr("test-page.seconds", "N", int(since/time.Second))
		}
	case check.OK:
		out.State, out.Note = widgets.HopOK, spanText(hop.Took)
	case check.Failed:
		out.State, out.Note = widgets.HopFailed, failureNote(hop)
	case check.Skipped:
		out.State, out.Note = widgets.HopSkipped, tr("test-page.hop.skipped")
		if p.outcome != nil && p.outcome.ok {
			out.Note = tr("test-page.hop.needless") // another leg has done it
		}
	default:
		out.State, out.Note = widgets.HopWaiting, tr("test-page.hop.waiting")
	}
	return out
}

// failureNote is the server's reply code where it gave one, or how long it took to fail.
func failureNote(hop check.Hop) string {
	if code := hop.ReplyCode(); code != "" {
		return code
	}
	return tr("test-page.hop.failed") + " · " + spanText(hop.Took)
}

// spanText is a duration as the hops show it: 41 ms, 1.4 s, 38 s.
func spanText(d time.Duration) string {
	switch {
	case d < time.Second:
		return tr("test-page.ms", "N", d.Milliseconds())
	case d < 10*time.Second:
		return tr("test-page.seconds", "N", assets.Decimal(currentLanguage(), d.Seconds()))
	}
	return tr("test-page.seconds", "N", int(d.Round(time.Second)/time.Second))
}

// buildLegs makes the cards of all legs anew.
func (p *testPage) buildLegs() {
	p.views, p.body.Objects = nil, nil
	for _, leg := range p.legs {
		v := newLegView(leg)
		v.show(p, leg)
		p.views = append(p.views, v)
		p.body.Add(v.card)
	}
	if p.fence != nil {
		p.fence.show()
		p.body.Add(p.fence.root)
	}
	p.body.Add(p.below)
}

// tick turns the signs, and shows how long a hop has been running.
func (p *testPage) tick() {
	if !p.running() {
		return
	}
	if p.fence != nil && p.fence.stale() {
		p.fence.show()
		p.flow.app.settle()
	}
	for i, v := range p.views {
		v.hops.Turn()
		for k, hop := range p.legs[i].Hops {
			if hop.Status == check.Running && v.hops.Hops()[k] != hopShown(p, p.legs[i], hop) {
				v.show(p, p.legs[i])
			}
		}
	}
}

// showBelow shows what stands below the picture: how the test ended, and the findings.
func (p *testPage) showBelow() {
	p.below.Objects = nil
	if p.fence != nil {
		p.fence.show()
	}
	add := func(mood widgets.Mood, text string) { p.below.Add(widgets.NewNotice(mood, text)) }
	switch o := p.outcome; {
	case p.broken != nil:
		add(widgets.Bad, tr("test-page.cannot", "Why", reason(p.broken)))
	case p.running():
		if p.arriving() {
			p.below.Add(widgets.NewQuiet(tr("test-page.arriving")))
		}
	case o == nil:
		if !p.flow.draft.SignedIn() {
			if p.flow.draft.AppOnly() {
				add(widgets.Warn, p.flow.check(wizard.FieldAccount).Text)
				break
			}
			add(widgets.Warn, tr("test-page.no-sign-in"))
		}
	case o.cancelled:
		add(widgets.Idle, tr("test-page.cancelled"))
	case o.ok:
		if o.fence != nil {
			add(widgets.Good, tr("apponly.test-passed", "Time", spanText(o.took)))
			break
		}
		add(widgets.Good, tr("test-page.passed", "Time", spanText(o.took)))
	}
	if o := p.outcome; o != nil {
		p.showFindings(o)
	}
	if p.saved != nil {
		p.below.Add(p.saved)
	}
	p.below.Hidden = len(p.below.Objects) == 0
	p.flow.app.settle()
}

func (p *testPage) showFindings(o *testOutcome) {
	for _, card := range p.flow.app.findingCards(o.findings) {
		p.below.Add(card)
	}
	if again := signInButton(o.findings, func() { p.flow.open(wizard.StepSignIn) }); again != nil {
		p.below.Add(again)
	}
	if !o.ok && !o.cancelled {
		p.below.Add(widgets.NewQuiet(tr("test-page.anyway")))
	}
	if o.recordErr != nil {
		p.below.Add(widgets.NewNotice(widgets.Warn, tr("test-page.not-kept", "Why", o.recordErr.Error())))
	}
	if p.earlier {
		p.below.Add(widgets.NewQuiet(tr("test-page.earlier", "When", momentText(o.at))))
	}
}

// arriving reports whether the message is under way to a mailbox.
func (p *testPage) arriving() bool {
	for _, leg := range p.legs {
		for _, hop := range leg.Hops {
			if hop.Name == check.Arrive && hop.Status == check.Running {
				return true
			}
		}
	}
	return false
}
