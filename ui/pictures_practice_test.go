//go:build !race

package ui

import "fyne.io/fyne/v2"

// picturesOfPractice are of the banner: what should go wrong, with the longest
// group at its first and at its last entry, and what it says once one is chosen.
func picturesOfPractice(r *rig, take taking) {
	group, last := longestGroup(r.opts.Practice.Faults)
	open := func(keys ...fyne.KeyName) func() {
		return func() {
			for r.window.Canvas().Overlays().Top() != nil {
				r.press(fyne.KeyEscape)
			}
			r.window.Canvas().Focus(r.button(tr("ui.practice-fault")))
			r.press(fyne.KeyReturn)
			for range group + 2 { // past Nothing
				r.press(fyne.KeyDown)
			}
			for _, key := range keys {
				r.press(key)
			}
		}
	}
	take("practice-menu", open(fyne.KeyRight))
	take("practice-menu-end", open(fyne.KeyRight, fyne.KeyEnd))
	r.press(fyne.KeyReturn)
	r.until("it goes wrong", func() bool { return r.fault == last.ID && closed(r.breaking) })
	take("practice-fault")
}
