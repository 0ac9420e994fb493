package terminal

import (
	"context"
	"slices"
	"time"

	"postkey/assets"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// test is step 8.
func (w *Wizard) test() []question { return []question{{ask: w.askTest}} }

func (w *Wizard) askTest(ctx context.Context) error {
	const onward, start, again = "onward", "start", "again"
	for {
		if w.outcome != nil && w.outcome.result.OK() && w.draft.LastTest != nil && w.draft.LastTest.OK {
			w.outcome = nil // coming back asks again
			return nil
		}
		if !w.draft.SignedIn() {
			w.warn(w.noSignIn())
		}
		c := choice{title: assets.Msg("test-page.heading"), current: start, options: []option{
			{id: start, label: w.tr(w.startKey())}, {id: onward, label: w.tr("test-page.continue-anyway")},
		}}
		if last := w.draft.LastTest; last != nil && last.OK { // one of an earlier visit
			c.options[1].label = w.tr("terminal.onward")
		}
		if w.outcome != nil {
			c.options = append(c.options, option{id: paperReport, label: w.tr("save-file.report")})
		}
		if w.fenceWrong() {
			c.options = append(c.options, option{id: again, label: w.tr("apponly.fence-keep", "Minutes", int(w.fencePause().Minutes()))})
		}
		id, err := w.choose(ctx, c)
		switch {
		case err != nil || id == onward:
			return err
		case id == paperReport:
			err = w.paper(ctx, paperReport)
		case id == again:
			err = w.keepTrying(ctx)
		default:
			err = w.testNow(ctx)
		}
		if err == nil {
			err = w.save(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// noSignIn says that there is nothing to sign in to the servers with.
func (w *Wizard) noSignIn() assets.Message {
	if p := w.draft.CheckField(wizard.FieldAccount, w.check); w.draft.AppOnly() && p != nil {
		return p.Message
	}
	return assets.Msg("test-page.no-sign-in")
}

func (w *Wizard) startKey() string {
	switch {
	case w.draft.LastTest != nil:
		return "test-page.again"
	case slices.ContainsFunc(w.draft.Protocols, func(p string) bool { return p != wizard.ProtocolIMAP && p != wizard.ProtocolPOP }):
		return "test-page.start"
	}
	return "test-page.start.receive"
}

func (w *Wizard) testNow(ctx context.Context) error {
	c, err := w.draft.Connection()
	if err != nil {
		w.wrong(assets.Msg("test-page.cannot", "Why", err.Error()))
		return nil
	}
	w.note(w.tr("terminal.cancels"))
	w.line()
	var o outcome
	err = w.busy(ctx, func(ctx context.Context) error {
		o.result, o.findings, o.ofLegs = w.Bench.TestWatched(ctx, c, w.hop, w.mailboxTried)
		return ctx.Err()
	}, nil)
	if err != nil {
		return w.unlessOver(ctx, err)
	}
	for _, leg := range o.result.Legs {
		w.leg(leg)
	}
	return w.tested(ctx, o, o.findings)
}

// tested keeps what was found with the draft and explains what was not told yet.
func (w *Wizard) tested(ctx context.Context, o outcome, fresh []diagnose.Finding) error {
	if err := w.context(ctx); err != nil { // the time is another one now
		return err
	}
	for _, f := range fresh {
		w.finding(f)
	}
	record := w.Bench.TestRecord(o.result, o.findings)
	if last := w.draft.LastTest; !record.OK && last != nil {
		record.LastOK = last.LastOK
	}
	w.draft.LastTest, w.outcome = record, &o
	w.draft.NoteFence(o.result.Fence, w.check.Now)
	w.line()
	switch {
	case w.fenceWrong():
		w.note(w.sinceWhen())
	case record.OK && o.result.Fence != nil:
		w.styled(green, func() { w.say("apponly.test-passed", "Time", w.took(o.result.Took)) })
	case record.OK:
		w.styled(green, func() { w.say("test-page.passed", "Time", w.took(o.result.Took)) })
	}
	return nil
}

// leg says how one way to the mailbox fared.
func (w *Wizard) leg(leg check.LegResult) {
	verdict, look := "test-page.works", green
	if !leg.OK() {
		verdict, look = "test-page.failed", red
	}
	w.styled(look, func() {
		w.wrap("  ", "    ", w.tr("test-page.leg."+string(leg.Leg))+", "+leg.Server+": "+w.tr(verdict))
	})
	for _, note := range leg.NoteTexts {
		w.wrap("    ", "    ", plain(w.text(note)))
	}
}

// hop prints each hop as it ends.
func (w *Wizard) hop(e check.Event) {
	name := "  " + w.tr("apponly.leg-"+string(e.Leg)) + "  " + w.tr("test-page.hop."+string(e.Hop.Name)) + ": "
	switch e.Hop.Status {
	case check.OK:
		w.line(name, w.took(e.Hop.Took))
	case check.Failed:
		w.styled(red, func() { w.line(name, w.tr("test-page.hop.failed")) })
	case check.Running:
		if e.Hop.Name == check.Arrive {
			w.note(w.tr("test-page.arriving"))
		}
	}
}

// mailboxTried prints each mailbox that the application must reach or must not,
// once it has been tried.
func (w *Wizard) mailboxTried(row check.FenceRow) {
	if row.Got == check.FenceWaiting || row.Got == check.FenceTesting {
		return
	}
	key, look := "terminal.fence-right", green
	if !row.OK() {
		key, look = "terminal.fence-wrong", red
	}
	w.styled(look, func() {
		w.wrap("  ", "    ", w.tr("apponly.leg-"+string(row.Leg))+"  "+w.tr(key, "Address", plain(row.Address),
			"Got", assets.Msg("terminal.fence-"+string(row.Got)), "Want", assets.Msg("terminal.fence-"+string(row.Want))))
	})
}

// took is a duration as the test shows it: 41 ms, 1.4 s, 38 s.
func (w *Wizard) took(d time.Duration) string {
	switch {
	case d < time.Second:
		return w.tr("test-page.ms", "N", d.Milliseconds())
	case d < 10*time.Second:
		return w.tr("test-page.seconds", "N", assets.Decimal(w.language(), d.Seconds()))
	}
	return w.tr("test-page.seconds", "N", int(d.Round(time.Second)/time.Second))
}
