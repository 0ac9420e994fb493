//go:build !race

package ui

import (
	"context"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2/test"

	"postkey/wizard"
)

// TestPicturesAtScale2 draws key pages at the smallest size and scale 2, as a
// screen with small pixels shows them, and compares them with those that are
// kept. See TestPictures.
func TestPicturesAtScale2(t *testing.T) {
	g := newGallery(t, filepath.Join("testdata", "scale2"))
	r := newRig(t, rigOptions{prepare: func(w *wizard.Workbench) {
		w.OpenBrowser = func(context.Context, string) error { return nil }
	}})
	r.window.Canvas().(test.WindowlessCanvas).SetScale(2)
	take := func(name string, before ...func()) {
		t.Helper()
		r.pinPorts()
		if f, ok := r.screen.(*flow); ok {
			f.saveIfDirty() // not at a time of its own
		}
		r.shot("scale2-"+name, windowSizes["-small"])
		for _, f := range before {
			f()
		}
		g.hang(name, r.window.Canvas().Capture())
	}
	r.Show()
	r.until("Home is there", func() bool { return len(r.home().cards.Objects) == 1 })
	for _, c := range someConnections(r.clock) {
		must(t, r.bench.Store.Put(t.Context(), c))
	}
	r.home().load()
	r.until("the cards are there", func() bool { return len(r.home().shownCards) == 4 })
	take("home")
	for _, step := range []wizard.StepID{wizard.StepApplication, wizard.StepPermissions, wizard.StepMailbox, wizard.StepHandover} {
		r.wizard(r.atStep(step))
		take(string(step))
	}
	g.close()
}
