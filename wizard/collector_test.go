package wizard

import (
	"runtime/debug"
	"testing"
)

// percent is the collector's setting.
func percent() int {
	now := debug.SetGCPercent(-1)
	debug.SetGCPercent(now)
	return now
}

// Runs that overlap share the setting, and the last to end gives back what was.
func TestCollectOften(t *testing.T) {
	for _, c := range []struct{ before, during int }{
		{100, oftenPercent},
		{300, oftenPercent},
		{10, 10},
		{-1, -1}, // GOGC=off
	} {
		given := debug.SetGCPercent(c.before)
		t.Cleanup(func() { debug.SetGCPercent(given) })
		var f frugal
		first := f.often()
		second := f.often()
		if got := percent(); got != c.during {
			t.Errorf("from %d: %d while two run, want %d", c.before, got, c.during)
		}
		first()
		first() // a second call does not end the other run
		if got := percent(); got != c.during {
			t.Errorf("from %d: %d while one runs, want %d", c.before, got, c.during)
		}
		second()
		if got := percent(); got != c.before {
			t.Errorf("from %d: %d afterwards", c.before, got)
		}
	}
}
