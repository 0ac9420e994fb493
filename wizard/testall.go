package wizard

import (
	"context"
	"sync"

	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// AtOnce bounds how many connections TestAll tests side by side: enough to hide
// the round trips, and few enough that no mail server takes it for an attack.
const AtOnce = 16

// Tested is the outcome of one of the tests of TestAll.
type Tested struct {
	Connection store.Connection
	Result     check.Result
	Findings   []diagnose.Finding
	// RecordErr says why the outcome could not be kept with the connection.
	RecordErr error
}

// TestAll tests connections side by side, AtOnce at a time, and records each
// outcome, together with those of the same moment. It returns them in the order
// of conns. Tell, which may be nil, is called with the place in conns of each
// that has been recorded, never concurrently. When ctx is cancelled, what runs
// and what is still ahead ends as Test does.
func (w *Workbench) TestAll(ctx context.Context, conns []store.Connection, tell func(i int, t Tested)) []Tested {
	return w.WatchAll(ctx, conns, nil, tell)
}

// WatchAll is TestAll for a screen: events, which may be nil, hears how far the
// test in each place is. Events of one place come in order, those of different
// places concurrently.
func (w *Workbench) WatchAll(ctx context.Context, conns []store.Connection, events func(i int, e check.Event), tell func(i int, t Tested)) []Tested {
	defer collector.often()()
	all := make([]Tested, len(conns))
	places := make(chan struct{}, AtOnce)
	outcomes := make(chan recording)
	var (
		testing, running sync.WaitGroup
		telling          sync.Mutex
	)
	running.Go(func() { w.recordAll(ctx, outcomes) })
	for i, c := range conns {
		places <- struct{}{}
		testing.Add(1)
		running.Go(func() {
			t := Tested{Connection: c}
			var watch func(check.Event)
			if events != nil {
				watch = func(e check.Event) { events(i, e) }
			}
			t.Result, t.Findings = w.TestWhole(ctx, c, watch)
			<-places
			kept := make(chan error, 1)
			if cancelled(t.Result) {
				kept <- nil
			} else {
				outcomes <- recording{w.recordChange(c.ID, t.Result, t.Findings), kept}
			}
			testing.Done()
			t.RecordErr = <-kept
			all[i] = t
			if tell != nil {
				telling.Lock()
				defer telling.Unlock()
				tell(i, t)
			}
		})
	}
	testing.Wait()
	close(outcomes)
	running.Wait()
	return all
}
