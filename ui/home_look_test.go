package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/wizard"
)

// The pictures of Home with one connection and with twelve, at rest, searched
// and under test; see TestLook.
func TestLookOfHome(t *testing.T) {
	for _, dark := range []bool{false, true} {
		look := map[bool]string{false: "light", true: "dark"}[dark]
		t.Run(look, func(t *testing.T) {
			some := someConnections(newRig(t, rigOptions{}).clock)
			r := homeWith(t, rigOptions{dark: dark}, some[0])
			shots := func(r *rig, name string) {
				for suffix, size := range windowSizes {
					r.shot(look+"-home-"+name+suffix, size)
				}
			}
			shots(r, "one")
			vault := blocking{store.NewMemory(), make(chan struct{}, 100)}
			r = homeWith(t, rigOptions{dark: dark, vault: vault}, append(some, manyConnections(8)...)...)
			shots(r, "many")
			r.chord(fyne.KeyModifierControl, fyne.KeyF)
			r.typeIn("contoso inbox00")
			shots(r, "search")
			r.typeIn("nowhere")
			shots(r, "search-none")
			r.press(fyne.KeyEscape)
			r.home().testAll()
			for range 12 {
				<-vault.asked
			}
			h := r.home()
			h.all.done, h.all.failing = 5, 1
			h.showProgress()
			shots(r, "test-all")
			r.press(fyne.KeyEscape)
			r.until("the tests end", func() bool { return h.all == nil })
			shots(r, "test-all-cancelled")
			if wizard.AtOnce < 12 {
				t.Error("not all twelve were under test")
			}
		})
	}
}
