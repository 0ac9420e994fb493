package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/wizard"
)

// atEnd reports whether the end of what scrolls is seen.
func atEnd(s *container.Scroll) bool {
	return s.Offset.Y > 0 && s.Offset.Y+s.Size().Height >= s.Content.Size().Height
}

// A page that is higher than the window is read to its end and back with the
// keys alone, wherever the focus is.
func TestKeysScrollThePage(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepSecret))
	r.window.Resize(fyne.NewSize(900, 500))
	r.window.Content().Refresh()
	scroll := f.shell.scroll
	for name, focus := range map[string]fyne.Focusable{
		"button": f.shell.bar.back, "field": f.page.(*secretPage).value.Entry, "nothing": nil,
	} {
		if r.window.Canvas().Unfocus(); focus != nil {
			r.window.Canvas().Focus(focus)
		}
		scroll.ScrollToTop()
		for range 20 {
			r.press(fyne.KeyPageDown)
		}
		if !atEnd(scroll) {
			t.Errorf("%s: Page Down ends at %v of %v", name, scroll.Offset.Y+scroll.Size().Height, scroll.Content.Size().Height)
		}
		for range 20 {
			r.press(fyne.KeyPageUp)
		}
		if scroll.Offset.Y != 0 {
			t.Errorf("%s: Page Up ends at %v", name, scroll.Offset.Y)
		}
	}
	r.window.Canvas().Focus(f.shell.bar.back)
	if r.press(fyne.KeyEnd); !atEnd(scroll) {
		t.Errorf("End leads to %v", scroll.Offset.Y)
	}
	if r.press(fyne.KeyHome); scroll.Offset.Y != 0 {
		t.Errorf("Home leads to %v", scroll.Offset.Y)
	}
	if r.press(fyne.KeyDown); scroll.Offset.Y != lineStep {
		t.Errorf("the arrow leads to %v", scroll.Offset.Y)
	}
	if r.press(fyne.KeyUp); scroll.Offset.Y != 0 {
		t.Errorf("the arrow leads back to %v", scroll.Offset.Y)
	}
}

// On a sheet the keys scroll the sheet, whose last words have no button, and
// under a question they scroll nothing.
func TestKeysScrollWhatIsOnTop(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepSecret))
	r.window.Resize(fyne.NewSize(900, 500))
	r.window.Content().Refresh()
	f.openWhere()
	for range 20 {
		r.press(fyne.KeyPageDown)
	}
	if !atEnd(r.sheet.scroll) || f.shell.scroll.Offset.Y != 0 {
		t.Errorf("the sheet is at %v, the page under it at %v", r.sheet.scroll.Offset.Y, f.shell.scroll.Offset.Y)
	}
	r.press(fyne.KeyEscape)
	before := f.shell.scroll.Offset
	r.ask("Sure?", "", "Yes", func() {})
	if r.press(fyne.KeyEnd); f.shell.scroll.Offset != before {
		t.Errorf("the page under a question scrolls from %v to %v", before, f.shell.scroll.Offset)
	}
}

// Page Down comes to the last of many connections: it makes further cards on
// the way, as the wheel does.
func TestPageDownMakesFurtherCards(t *testing.T) {
	r := homeWith(t, rigOptions{}, manyConnections(3*cardsAtOnce)...)
	h := r.home()
	for range 3 * cardsAtOnce {
		r.press(fyne.KeyPageDown)
	}
	if n := len(h.cards.Objects); n != 3*cardsAtOnce || !atEnd(h.scroll) {
		t.Errorf("%d cards, at %v of %v", n, h.scroll.Offset.Y, h.scroll.Content.Size().Height)
	}
}

// Settings scroll too.
func TestKeysScrollTheSettings(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.show(newSettings(r.App))
	r.window.Resize(fyne.NewSize(640, 421))
	r.window.Content().Refresh()
	r.window.Canvas().Unfocus()
	if r.press(fyne.KeyEnd); !atEnd(r.screen.pane()) {
		t.Errorf("End leads to %v of %v", r.screen.pane().Offset.Y, r.screen.pane().Content.Size().Height)
	}
}

// In a window that is too low for all steps the rail shows the one that is open
// and the one that has the focus.
func TestRailShowsTheStepThatCounts(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.ready(wizard.StepHandover))
	r.window.Resize(fyne.NewSize(640, 420))
	rail := f.shell.rail
	seen := func(what string, s *railStep) {
		t.Helper()
		top := s.Position().Y - rail.scroll.Offset.Y
		if top < 0 || top+s.Size().Height > rail.scroll.Size().Height {
			t.Errorf("%s: step %d stands at %v of %v", what, s.number, top, rail.scroll.Size().Height)
		}
	}
	if rail.list.Size().Height <= rail.scroll.Size().Height {
		t.Fatal("all steps are seen, so nothing is tested")
	}
	f.open(wizard.StepHandover)
	seen("open", rail.steps[8])
	f.open(wizard.StepApplication)
	seen("open", rail.steps[0])
	for _, i := range []int{8, 0, 7} {
		r.window.Canvas().Focus(rail.steps[i])
		seen("focus", rail.steps[i])
	}
	r.show(newFlow(r.App, r.ready(wizard.StepHandover), nil))
	f = r.flow()
	r.window.Content().Refresh()
	rail = f.shell.rail
	seen("opened at its end", rail.steps[8])
}
