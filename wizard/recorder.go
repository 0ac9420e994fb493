package wizard

import (
	"context"
	"time"

	"postkey/store"
)

const (
	// recordPause is how long an outcome may wait to be written together with
	// others: a crash loses no more than that.
	recordPause = 250 * time.Millisecond
	// recordGrace is how much longer than ctx a write may take, so that Cancel
	// does not lose what was tested before it.
	recordGrace = 50 * time.Millisecond
)

// recording is the outcome of one test on its way to the disk.
type recording struct {
	change store.Change
	done   chan error // gets one value
}

// recordAll writes what comes in, together what comes in within recordPause,
// until in is closed.
func (w *Workbench) recordAll(ctx context.Context, in <-chan recording) {
	for first := range in {
		batch := []recording{first}
		pause := time.NewTimer(recordPause)
		for open := true; open; {
			var next recording
			select {
			case next, open = <-in:
				if open {
					batch = append(batch, next)
				}
			case <-pause.C:
				open = false
			case <-ctx.Done():
				open = false
			}
		}
		pause.Stop()
		w.write(ctx, batch)
	}
}

func (w *Workbench) write(ctx context.Context, batch []recording) {
	writing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(recordGrace, stop) })()
	changes := make([]store.Change, len(batch))
	for i, r := range batch {
		changes[i] = r.change
	}
	for i, err := range w.Store.UpdateAll(writing, changes...) {
		batch[i].done <- err
	}
}
