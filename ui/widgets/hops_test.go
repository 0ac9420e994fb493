package widgets

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

func row() []Hop {
	return []Hop{
		{Label: "Token", Note: "62 min left", State: HopOK},
		{Label: "Connect", Note: "41 ms", State: HopOK},
		{Label: "TLS 1.3", Note: "88 ms", State: HopRunning},
		{Label: "XOAUTH2", Note: "535 5.7.139", State: HopFailed},
		{Label: "Open inbox", State: HopSkipped},
		{Label: "Arrives", State: HopWaiting},
		{Label: "A name that is far too long for its column", State: HopWaiting},
	}
}

func texts(h *Hops) map[string]bool {
	shown := map[string]bool{}
	for _, o := range test.WidgetRenderer(h).Objects() {
		if t, ok := o.(*canvas.Text); ok && t.Visible() {
			shown[t.Text] = true
		}
	}
	return shown
}

func TestHopsShowEachState(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme())
	h := NewHops(row())
	h.Resize(h.MinSize())
	shown := texts(h)
	for _, want := range []string{"Token", "41 ms", "535 5.7.139", "3", "6", "7"} {
		if !shown[want] {
			t.Errorf("the picture lacks %q: %v", want, shown)
		}
	}
	for _, never := range []string{"1", "4", "5"} {
		if shown[never] {
			t.Errorf("a hop that ended still shows its number %s", never)
		}
	}
	lines := 0
	for _, o := range test.WidgetRenderer(h).Objects() {
		if l, ok := o.(*canvas.Line); ok && l.Visible() {
			lines++
		}
	}
	if want := 6 + 2 + 2 + 2 + 1; lines != want { // links, ticks, cross, dash
		t.Errorf("%d lines are drawn, want %d", lines, want)
	}
}

func TestHopsStayInTheirColumns(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme())
	h := NewHops(row())
	h.Resize(h.MinSize())
	column := h.MinSize().Width / 7
	for _, o := range test.WidgetRenderer(h).Objects() {
		if text, ok := o.(*canvas.Text); ok && text.MinSize().Width > column {
			t.Errorf("%q is %v wide, its column %v", text.Text, text.MinSize().Width, column)
		}
	}
	if w := h.MinSize().Width; w > 520 {
		t.Errorf("seven hops need %v, more than a small window has", w)
	}
}

func TestHopsTurnOnlyWhileSomethingRuns(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme())
	h := NewHops(row())
	w := test.NewTempWindow(t, h)
	w.Resize(fyne.NewSize(760, 100))
	before := w.Canvas().Capture()
	h.Turn()
	if same(before, w.Canvas().Capture()) {
		t.Error("a running hop does not move")
	}
	h.Set([]Hop{{Label: "Token", State: HopOK}})
	before = w.Canvas().Capture()
	h.Turn()
	if !same(before, w.Canvas().Capture()) {
		t.Error("the picture moves although nothing runs")
	}
}

func TestHopsFollowANewNumberOfHops(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme())
	h := NewHops(nil)
	h.Resize(fyne.NewSize(700, 80))
	h.Set(row())
	if !texts(h)["Connect"] {
		t.Error("hops set later are not shown")
	}
	h.Set(row()[:1])
	if texts(h)["Connect"] {
		t.Error("a hop that is gone is still shown")
	}
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}
