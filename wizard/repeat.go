package wizard

import (
	"context"
	"slices"
	"time"

	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// Repeat says how often a test is run, for a failure that comes and goes.
type Repeat struct {
	// Times is how many runs there are; 0: as many as fit into For.
	Times int
	// For is how long new runs begin; 0: until Times are done. With both the
	// first that is reached counts; with neither there is one run.
	For time.Duration
	// Pause lies between two runs, so that no server takes them for an attack.
	Pause time.Duration
}

// HopCount is how one hop fared in all runs so far.
type HopCount struct {
	Leg check.Leg
	Hop check.HopName
	// Runs is how often it was tried, Failed how often in vain. A hop that was
	// skipped was not tried.
	Runs, Failed int
	// Fastest, Median and Slowest are of the runs in which it passed; zero when
	// there were none.
	Fastest, Median, Slowest time.Duration

	took []time.Duration
}

// FindingCount is a finding and in how many runs it was found.
type FindingCount struct {
	diagnose.Finding
	Times int
}

// Repeated is the outcome of all runs so far.
type Repeated struct {
	Runs, Failed int
	// Hops are in the order of the test, leg by leg.
	Hops []HopCount
	// Findings are the most frequent first.
	Findings []FindingCount
	Began    time.Time
	Took     time.Duration
	// Cancelled says that it was ended before its time; the run that was under
	// way then is not counted.
	Cancelled bool
}

// Repeat tests c again and again. Tell, which may be nil, hears of the outcome so
// far after each run, on the caller's goroutine. Nothing is recorded with the
// connection.
func (w *Workbench) Repeat(ctx context.Context, c store.Connection, how Repeat, tell func(Repeated)) Repeated {
	if how.Times <= 0 && how.For <= 0 {
		how.Times = 1
	}
	begun := time.Now()
	out := Repeated{Began: w.now()}
	for {
		res, findings := w.Test(ctx, c, nil)
		out.Took = time.Since(begun)
		if ctx.Err() != nil {
			out.Cancelled = true
			return out
		}
		out.add(res, findings)
		if tell != nil {
			tell(out.clone())
		}
		if how.Times > 0 && out.Runs >= how.Times || how.For > 0 && time.Since(begun)+how.Pause >= how.For {
			return out
		}
		pause := time.NewTimer(how.Pause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			out.Cancelled = true
			return out
		}
	}
}

// clone shares nothing that a further run changes.
func (r Repeated) clone() Repeated {
	r.Hops, r.Findings = slices.Clone(r.Hops), slices.Clone(r.Findings)
	return r
}

// add counts one run.
func (r *Repeated) add(res check.Result, findings []diagnose.Finding) {
	r.Runs++
	if !res.OK() {
		r.Failed++
	}
	for _, leg := range res.Legs {
		for _, hop := range leg.Hops {
			r.hop(leg.Leg, hop.Name).add(hop)
		}
	}
	for _, f := range findings {
		i := slices.IndexFunc(r.Findings, func(known FindingCount) bool { return known.ID == f.ID })
		if i < 0 {
			r.Findings = append(r.Findings, FindingCount{f, 0})
			i = len(r.Findings) - 1
		}
		r.Findings[i].Finding = f // the newest, with the server's newest words
		r.Findings[i].Times++
	}
	slices.SortStableFunc(r.Findings, func(a, b FindingCount) int { return b.Times - a.Times })
}

// hop is the count of a hop, made at its first run.
func (r *Repeated) hop(leg check.Leg, name check.HopName) *HopCount {
	i := slices.IndexFunc(r.Hops, func(h HopCount) bool { return h.Leg == leg && h.Hop == name })
	if i < 0 {
		r.Hops = append(r.Hops, HopCount{Leg: leg, Hop: name})
		i = len(r.Hops) - 1
	}
	return &r.Hops[i]
}

func (h *HopCount) add(hop check.Hop) {
	switch hop.Status {
	case check.Failed:
		h.Runs++
		h.Failed++
	case check.OK:
		h.Runs++
		at, _ := slices.BinarySearch(h.took, hop.Took)
		// A new slice, because clones have the old one.
		h.took = slices.Concat(h.took[:at], []time.Duration{hop.Took}, h.took[at:])
		h.Fastest, h.Slowest = h.took[0], h.took[len(h.took)-1]
		h.Median = h.took[(len(h.took)-1)/2]
	}
}
