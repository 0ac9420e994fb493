package ui

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// testTick moves the picture while a test runs; it stops with the test.
const testTick = 150 * time.Millisecond

// testOutcome is a finished test as the page shows it. The flow keeps the
// newest one, for coming back to the page.
type testOutcome struct {
	legs      []check.LegResult
	findings  []diagnose.Finding
	at        time.Time
	took      time.Duration
	ok        bool
	cancelled bool
	recordErr error // why it could not be kept; nil when it was

	// fence is what was found of the mailboxes inside and outside; nil where
	// none was tried. ofLegs and legsOK are findings and ok without it.
	fence  *check.FenceResult
	ofLegs []diagnose.Finding
	legsOK bool
}

// testPage is step 8: the test message, hop by hop.
type testPage struct {
	plainPage
	conn    store.Connection
	broken  error // why no test can start; nil when one can
	legs    []check.LegResult
	views   []*legView
	began   map[hopID]time.Time // when running hops began
	outcome *testOutcome        // nil before the first test
	earlier bool                // the outcome is of an earlier visit
	fence   *fencePart          // nil where the connection has none

	body     *fyne.Container
	below    *fyne.Container   // what stands below the picture
	saved    fyne.CanvasObject // what became of the report; nil before it was saved
	stopWork context.CancelFunc
	stopTick func()
	// stopReport ends the wait for the keyring before the report is saved; nil
	// while none goes on.
	stopReport context.CancelFunc
}

// hopID names a hop among all legs.
type hopID struct {
	leg check.Leg
	hop check.HopName
}

func newTestPage(f *flow) *testPage {
	p := &testPage{plainPage: plainPage{f}, body: widgets.Column(14), below: widgets.Column(14)}
	p.plan()
	p.fence = newFencePart(p)
	switch {
	case p.broken != nil:
	case f.tested != nil && sameLegs(f.tested.legs, p.legs) && p.fence.fits(f.tested.fence):
		p.outcome, p.earlier = f.tested, true
	case f.tested != nil && !p.fence.fits(f.tested.fence): // it was of other mailboxes
	case f.draft.LastTest != nil:
		if o := outcomeOf(f.app.bench, p.conn, f.draft.LastTest, p.legs); o != nil {
			p.outcome, p.earlier = o, true
			if all := p.rememberedFindings(f.draft.LastTest); all != nil {
				o.findings = all
			}
		}
	}
	if p.outcome != nil {
		p.legs = p.outcome.legs
		if p.fence != nil {
			p.fence.result(p.outcome.fence)
		}
	}
	return p
}

// plan lays out the legs of the draft as it is now, nothing tested.
func (p *testPage) plan() {
	p.began = make(map[hopID]time.Time)
	p.conn, p.broken = p.flow.draft.Connection()
	if p.broken != nil {
		return
	}
	cloud, err := p.flow.app.bench.Catalog.CloudOf(p.conn)
	p.broken = err
	p.legs = check.Plan(p.conn, cloud)
}

func sameLegs(a, b []check.LegResult) bool {
	return slices.EqualFunc(a, b, func(x, y check.LegResult) bool {
		return x.Leg == y.Leg && x.Server == y.Server && x.Login == y.Login
	})
}

func (p *testPage) heading() string { return tr("test-page.heading") }

func (p *testPage) sentence() string {
	if p.flow.draft.AppOnly() {
		return tr("apponly.test-sentence", "Address", p.conn.Mailbox.Address)
	}
	sends := slices.Contains(p.flow.draft.Protocols, wizard.ProtocolSMTP)
	key := "test-page.intro.both"
	switch {
	case !sends:
		key = "test-page.intro.receive"
	case len(p.flow.draft.Protocols) == 1:
		key = "test-page.intro.send"
	}
	return tr(key, "Address", p.conn.Mailbox.Address)
}

func (p *testPage) content() fyne.CanvasObject {
	p.buildLegs()
	p.showBelow()
	return p.body
}

func (p *testPage) primary() action {
	start := action{label: tr("test-page.start")}
	if !sends(p.flow.draft.Protocols) {
		start.label = tr("test-page.start.receive")
	}
	if p.outcome != nil {
		start.label = tr("test-page.again")
	}
	switch {
	case p.running() || p.broken != nil:
	case p.outcome != nil && p.outcome.ok:
		return action{} // Continue
	default:
		start.run = p.start
	}
	return start
}

func (p *testPage) actions() []action {
	switch {
	case p.running():
		return []action{{tr("test-page.cancel"), func() { p.cancel() }}}
	case p.outcome == nil:
		return nil
	case p.outcome.ok:
		return []action{{tr("test-page.again"), p.start}}
	}
	return []action{{tr("test-page.continue-anyway"), p.flow.next}}
}

func (p *testPage) running() bool { return p.stopWork != nil }

// start runs the test.
func (p *testPage) start() {
	if p.running() {
		return
	}
	if p.plan(); p.broken != nil {
		p.showBelow()
		return
	}
	p.outcome, p.earlier, p.saved = nil, false, nil
	p.fence = newFencePart(p)
	record := p.recorded()
	app, conn, began := p.flow.app, p.conn, p.flow.app.now()
	p.stopTick = tickEvery(p.flow, testTick, p.tick)
	fence := p.fence
	p.stopWork = p.flow.work(func(ctx context.Context) func() {
		var rows func(check.FenceRow)
		if fence != nil {
			rows = fence.watch(ctx)
		}
		res, findings, ofLegs := app.bench.TestWatched(ctx, conn, func(e check.Event) {
			app.do(func() {
				if ctx.Err() == nil {
					p.happened(e)
				}
			})
		}, rows)
		o := &testOutcome{legs: res.Legs, findings: findings, at: began, took: res.Took, ok: res.OK()}
		o.fence, o.ofLegs, o.legsOK = res.Fence, ofLegs, check.Result{Legs: res.Legs}.OK()
		o.cancelled = ctx.Err() != nil
		if record && !o.cancelled {
			o.recordErr = app.bench.Record(ctx, conn.ID, res, findings)
		}
		return func() { p.finished(o, app.bench.TestRecord(res, findings)) }
	})
	p.buildLegs()
	p.showBelow()
	p.flow.refresh()
}

// recorded reports whether the test is one of the saved connection as it
// stands, so that Home may show its outcome before the draft is saved.
func (p *testPage) recorded() bool {
	return slices.ContainsFunc(p.flow.context.Others, func(c store.Connection) bool {
		return c.ID == p.conn.ID && c.TenantID == p.conn.TenantID && c.ClientID == p.conn.ClientID &&
			c.Cloud == p.conn.Cloud && c.Audience == p.conn.Audience && c.Platform == p.conn.Platform &&
			c.Mailbox.Address == p.conn.Mailbox.Address && c.Mailbox.Delegate == p.conn.Mailbox.Delegate &&
			c.Mode == p.conn.Mode && c.SMTPRBAC == p.conn.SMTPRBAC &&
			slices.Equal(c.Reach, p.conn.Reach) && slices.Equal(c.Refuse, p.conn.Refuse) &&
			slices.Equal(c.Protocols, p.conn.Protocols)
	})
}

// happened takes one event into the picture.
func (p *testPage) happened(e check.Event) {
	for i := range p.legs {
		if p.legs[i].Leg != e.Leg {
			continue
		}
		for k := range p.legs[i].Hops {
			if p.legs[i].Hops[k].Name == e.Hop.Name {
				p.legs[i].Hops[k] = e.Hop
			}
		}
		id := hopID{e.Leg, e.Hop.Name}
		if _, known := p.began[id]; !known && e.Hop.Status == check.Running {
			p.began[id] = p.flow.app.now()
		}
		p.views[i].show(p, p.legs[i])
	}
	if e.Hop.Name == check.Arrive {
		p.showBelow()
	}
}

// sends reports whether one of the protocols sends mail.
func sends(protocols []string) bool {
	return slices.ContainsFunc(protocols, func(p string) bool {
		return p == wizard.ProtocolSMTP || p == wizard.ProtocolEWS || p == wizard.ProtocolGraph
	})
}

// finished shows the outcome and keeps it.
func (p *testPage) finished(o *testOutcome, record *store.TestRecord) {
	p.stopRunning()
	p.legs, p.outcome = o.legs, o
	p.flow.tested = o
	if p.fence != nil {
		p.fence.result(o.fence)
	}
	if !o.cancelled {
		if last := p.flow.draft.LastTest; !record.OK && last != nil {
			record.LastOK = last.LastOK
		}
		p.flow.draft.LastTest = record
		if !p.recorded() || !p.flow.pristine() { // otherwise the connection has it, and no draft is left
			p.flow.save()
		}
	}
	for i, v := range p.views {
		v.show(p, p.legs[i])
	}
	p.showBelow()
	p.flow.refresh()
	p.flow.focusOn(p.flow.shell.bar.primary)
}

func (p *testPage) stopRunning() {
	if p.stopWork != nil {
		p.stopWork()
		p.stopWork = nil
	}
	if p.stopTick != nil {
		p.stopTick()
		p.stopTick = nil
	}
}

// cancel stops the test; what had passed stays in the picture, which finished
// shows as soon as the hops under way have let go.
func (p *testPage) cancel() bool {
	if p.stopReport != nil {
		p.stopReport()
		return true
	}
	if !p.running() {
		return false
	}
	p.stopWork()
	return true
}

func (p *testPage) leave() { p.stopRunning() }

// outcomeOf rebuilds what a remembered test showed; nil when its legs are not
// those of the plan.
func outcomeOf(bench *wizard.Workbench, c store.Connection, r *store.TestRecord, plan []check.LegResult) *testOutcome {
	o := &testOutcome{at: r.At, ok: r.OK, findings: findingsOf(bench, c, *r)}
	if len(r.Legs) != len(plan) {
		return nil
	}
	for i, leg := range r.Legs {
		if leg.Leg != string(plan[i].Leg) {
			return nil
		}
		shown := check.LegResult{Leg: plan[i].Leg, Server: plan[i].Server, Login: plan[i].Login}
		for _, h := range leg.Hops {
			hop := check.Remembered(shown.Leg, h)
			shown.Took += hop.Took
			shown.Hops = append(shown.Hops, hop)
		}
		o.took = max(o.took, shown.Took)
		o.legs = append(o.legs, shown)
	}
	return o
}
