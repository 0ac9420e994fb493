package widgets

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// HopState is how far one hop of a leg has come.
type HopState int

// The states of a hop. Each is drawn with a sign of its own beside its colour.
const (
	HopWaiting HopState = iota // its number in a ring
	HopRunning                 // its number, and a dot that goes round
	HopOK                      // a tick
	HopFailed                  // a cross
	HopSkipped                 // a dash
)

// Hop is one step on a leg: a disc with a name and a note under it.
type Hop struct {
	// Label is the name; Note the small line under it, such as 41 ms. Both are
	// cut off with an ellipsis where the column is too narrow.
	Label, Note string
	State       HopState
}

// Hops is one leg of a test as a picture: discs in a row, joined by lines,
// that fill from left to right.
//
// It has no timer of its own: whoever shows it calls Turn while a hop runs, so
// that nothing wakes up when nothing moves.
type Hops struct {
	widget.BaseWidget

	hops []Hop
	turn int
	spin func() // moves the dots alone; nil until the widget is drawn
}

// NewHops makes a row of hops.
func NewHops(hops []Hop) *Hops {
	h := &Hops{hops: hops}
	h.ExtendBaseWidget(h)
	return h
}

// Set shows other hops.
func (h *Hops) Set(hops []Hop) {
	h.hops = hops
	h.Refresh()
}

// Hops returns what is shown.
func (h *Hops) Hops() []Hop { return h.hops }

// Running reports whether a hop is under way, so that Turn would move it.
func (h *Hops) Running() bool {
	for _, hop := range h.hops {
		if hop.State == HopRunning {
			return true
		}
	}
	return false
}

// Turn moves the dot of a running hop one place on; it does nothing when none runs.
func (h *Hops) Turn() {
	if h.Running() {
		h.turn++
		if h.spin != nil {
			h.spin()
		}
	}
}

// CreateRenderer is called by fyne.
func (h *Hops) CreateRenderer() fyne.WidgetRenderer {
	r := &hopsRenderer{hops: h}
	r.build()
	r.paint()
	h.spin = r.spin
	return r
}

// number is the text in the disc of a hop that has not ended.
func number(i int) string { return strconv.Itoa(i + 1) }
