package wizard

import (
	"runtime/debug"
	"sync"
)

// oftenPercent is how much garbage, in hundredths of what is in use, may lie
// while many connections are tested. Each handshake leaves some 100 KiB; with
// Go's 100 the memory would grow with the number of tests more than with what
// they keep. Collecting five times as often costs 2 ms of a test.
const oftenPercent = 20

// collector is the garbage collector of the process. There is one, however many
// runs of TestAll share it.
var collector frugal

type frugal struct {
	mu     sync.Mutex
	runs   int // that want it to collect often
	before int // the percentage to go back to after the last
}

// often lets garbage lie no longer than oftenPercent says until done is called.
// A collector that is told to be more frugal yet, or that is off, is left alone.
func (f *frugal) often() (done func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.runs++; f.runs == 1 {
		f.before = debug.SetGCPercent(oftenPercent)
		if f.before < oftenPercent {
			debug.SetGCPercent(f.before)
		}
	}
	return sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.runs--; f.runs == 0 {
			debug.SetGCPercent(f.before)
		}
	})
}
