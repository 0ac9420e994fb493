package terminal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/handover"
)

// fenceWrong reports whether the newest test found mailboxes that are not as wanted.
func (w *Wizard) fenceWrong() bool {
	return w.outcome != nil && w.outcome.result.Fence != nil && !w.outcome.result.Fence.OK()
}

func (w *Wizard) fencePause() time.Duration {
	if w.FenceEvery > 0 {
		return w.FenceEvery
	}
	return wizard.FenceEvery
}

// keepTrying tries the mailboxes again and again until Exchange has taken a
// change over and all of them are as wanted, or < is typed.
func (w *Wizard) keepTrying(ctx context.Context) error {
	c, err := w.draft.Connection()
	if err != nil {
		return w.unlessOver(ctx, err)
	}
	w.note(w.tr("terminal.cancels"))
	for w.fenceWrong() {
		pause := w.fencePause()
		w.note(w.tr("apponly.fence-next", "Time", clock(pause)))
		var res check.FenceResult
		var found []diagnose.Finding
		err := w.busy(ctx, func(ctx context.Context) error {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return ctx.Err()
			}
			w.Bench.ForgetTokens() // they may be from before a change
			res, found = w.Bench.Fence(ctx, c, nil)
			return ctx.Err()
		}, nil)
		if err != nil {
			return w.unlessOver(ctx, err)
		}
		if err := w.triedAgain(ctx, res, found); err != nil {
			return err
		}
	}
	return nil
}

// triedAgain takes over one round. Of the mailboxes it tells those that are not
// as wanted and those that have changed: there may be hundreds.
func (w *Wizard) triedAgain(ctx context.Context, res check.FenceResult, found []diagnose.Finding) error {
	o := *w.outcome
	before := make(map[string]check.FenceState)
	of := func(row check.FenceRow) string { return strings.ToLower(row.Address) + " " + string(row.Leg) }
	for _, row := range o.result.Fence.Rows {
		before[of(row)] = row.Got
	}
	w.line()
	for _, row := range res.Rows {
		if !row.OK() || row.Got != before[of(row)] {
			w.mailboxTried(row)
		}
	}
	known := o.findings
	o.result.Fence = &res
	o.findings = slices.Concat(o.ofLegs, found)
	if res.OK() && !o.result.OK() { // what fails besides was told by the test
		w.styled(green, func() { w.note(w.tr("apponly.fence-heading") + ": " + w.tr("apponly.fence-right")) })
	}
	fresh := slices.DeleteFunc(slices.Clone(found), func(f diagnose.Finding) bool {
		return slices.ContainsFunc(known, func(k diagnose.Finding) bool { return k.ID == f.ID })
	})
	if err := w.tested(ctx, o, fresh); err != nil {
		return err
	}
	return w.save(ctx)
}

// sinceWhen says since when the mailboxes are not as wanted.
func (w *Wizard) sinceWhen() string {
	since := w.draft.FenceSince.Local()
	if w.draft.FenceSince.IsZero() {
		return ""
	}
	when := w.tr("page-date.moment", "Date", w.text(handover.DayText(store.DateOf(since))), "Time", since.Format("15:04"))
	if minutes := int(w.check.Now.Sub(since).Minutes()); minutes > 0 {
		return w.tr("apponly.fence-since", "When", when, "Count", minutes)
	}
	return w.tr("apponly.fence-just", "When", when)
}

// clock is a duration in minutes and seconds.
func clock(d time.Duration) string {
	s := max(int((d+time.Second/2)/time.Second), 0)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
