package ui

import (
	"context"
	"slices"
	"strings"
	"time"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"

	"fyne.io/fyne/v2"
)

// fencePart is the part of step 8 that shows which mailboxes an application
// reaches and which refuse it.
type fencePart struct {
	page  *testPage
	root  *fyne.Container
	rows  []check.FenceRow
	place map[fenceID]int // of the rows
	dirty bool            // rows have changed since they were drawn

	tested  time.Time // when the rows were tried last; zero: not in this window
	keeping bool      // the mailboxes are tried again and again
	next    time.Time // when that happens again
	trying  bool      // they are being tried now
	said    string    // of the wait, when the rows were drawn
}

// fenceID names a row.
type fenceID struct {
	address string
	leg     check.Leg
}

// newFencePart makes the part of a page; nil where the connection has no fence.
func newFencePart(p *testPage) *fencePart {
	if !wizard.Fenced(p.conn) {
		return nil
	}
	f := &fencePart{page: p, root: widgets.Column(0)}
	f.plan()
	return f
}

// plan lays out the rows, nothing tried, in the order in which they come.
func (f *fencePart) plan() {
	c := f.page.conn
	f.rows, f.place = nil, make(map[fenceID]int)
	add := func(addresses []string, want check.FenceState) {
		for _, address := range addresses {
			for _, leg := range f.page.legs {
				f.take(check.FenceRow{Address: address, Leg: leg.Leg, Want: want, Got: check.FenceWaiting})
			}
		}
	}
	add(append([]string{c.Mailbox.Address}, c.Reach...), check.FenceReachable)
	add(c.Refuse, check.FenceRefused)
}

// fits reports whether a result is one of these mailboxes over these roads; the
// lists may have changed since.
func (f *fencePart) fits(res *check.FenceResult) bool {
	if f == nil || res == nil {
		return res == nil // a test that did not come to the mailboxes says nothing of them
	}
	for _, row := range res.Rows {
		i, known := f.place[fenceID{strings.ToLower(row.Address), row.Leg}]
		if !known || f.rows[i].Want != row.Want {
			return false
		}
	}
	return len(res.Rows) == len(f.rows)
}

// take puts a row where it belongs.
func (f *fencePart) take(row check.FenceRow) {
	id := fenceID{strings.ToLower(row.Address), row.Leg}
	i, known := f.place[id]
	if !known {
		i = len(f.rows)
		f.place[id] = i
		f.rows = append(f.rows, row)
	}
	f.rows[i] = row
	f.dirty = true
}

// watch returns what is told of each change of a row while ctx lasts.
func (f *fencePart) watch(ctx context.Context) func(check.FenceRow) {
	return func(row check.FenceRow) {
		f.page.flow.app.do(func() {
			if ctx.Err() == nil {
				f.trying = true
				f.take(row)
			}
		})
	}
}

// result takes over all rows of a finished fence.
func (f *fencePart) result(res *check.FenceResult) {
	f.trying = false
	if res == nil {
		return
	}
	for _, row := range res.Rows {
		f.take(row)
	}
	f.tested = f.page.flow.app.now()
	f.page.flow.draft.NoteFence(res, f.tested)
}

// settledRows is how many rows have been tried, and how many are not as wanted.
func (f *fencePart) settledRows() (done, wrong int) {
	for _, row := range f.rows {
		switch row.Got {
		case check.FenceWaiting, check.FenceTesting:
			continue
		}
		done++
		if !row.OK() {
			wrong++
		}
	}
	return done, wrong
}

// keep tries the mailboxes every few minutes until all are as wanted.
func (f *fencePart) keep() {
	p := f.page
	if p.running() || p.outcome == nil {
		return
	}
	app, conn := p.flow.app, p.conn
	wait := time.Duration(0)
	if !f.tested.IsZero() {
		wait = max(app.fencePause()-app.now().Sub(f.tested), 0)
	}
	f.keeping, f.next = true, app.now().Add(wait)
	p.stopTick = tickEvery(p.flow, testTick, p.tick)
	p.stopWork = p.flow.work(func(ctx context.Context) func() {
		for {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return f.kept
			}
			app.bench.ForgetTokens() // they may be from before a change
			res, findings := app.bench.Fence(ctx, conn, f.watch(ctx))
			if ctx.Err() != nil {
				return f.kept
			}
			if res.OK() {
				return func() { f.round(&res, findings); f.kept() }
			}
			wait = app.fencePause()
			app.do(func() {
				if ctx.Err() == nil {
					f.round(&res, findings)
				}
			})
		}
	})
	p.showBelow()
	p.flow.refresh()
}

// round takes over one round of those that keep makes.
func (f *fencePart) round(res *check.FenceResult, findings []diagnose.Finding) {
	p := f.page
	f.result(res)
	f.next = p.flow.app.now().Add(p.flow.app.fencePause())
	o := *p.outcome
	o.fence = res
	o.findings = slices.Concat(o.ofLegs, findings)
	o.ok = o.legsOK && res.OK()
	o.cancelled = false
	p.outcome, p.earlier, p.flow.tested = &o, false, &o
	f.record()
	p.showBelow()
}

// record keeps with the draft, and with the saved connection, what was found.
func (f *fencePart) record() {
	p := f.page
	o, app := p.outcome, p.flow.app
	res := check.Result{Legs: o.legs, Fence: o.fence, Took: o.took}
	record := app.bench.TestRecord(res, o.findings)
	if last := p.flow.draft.LastTest; !record.OK && last != nil {
		record.LastOK = last.LastOK
	}
	p.flow.draft.LastTest = record
	p.flow.save()
	if id := p.conn.ID; p.recorded() {
		app.saver.put("", func(ctx context.Context) { _ = app.bench.Record(ctx, id, res, o.findings) })
	}
}

// kept ends keep.
func (f *fencePart) kept() {
	f.keeping, f.trying = false, false
	f.page.stopRunning()
	for i := range f.rows {
		if row := &f.rows[i]; row.Got == check.FenceTesting {
			row.Got = check.FenceWaiting
		}
	}
	f.page.showBelow()
	f.page.flow.refresh()
	f.page.flow.focusOn(f.page.flow.shell.bar.primary)
}

// fencePause is how long keep waits between two rounds.
func (u *App) fencePause() time.Duration {
	if u.fenceEvery > 0 {
		return u.fenceEvery
	}
	return wizard.FenceEvery
}

// rememberedFindings are those of a record, where its legs alone do not tell
// them all: the fence is no leg.
func (p *testPage) rememberedFindings(r *store.TestRecord) []diagnose.Finding {
	if p.fence == nil || r == nil {
		return nil
	}
	return findingsOf(p.flow.app.bench, p.conn, *r)
}
