package ui

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// someSheet is a body with many buttons, so that it scrolls.
func someSheet() (fyne.CanvasObject, []*widgets.Button) {
	column := widgets.Column(10)
	var buttons []*widgets.Button
	for i := range 30 {
		b := widgets.NewButton(fmt.Sprintf("Button %d", i+1), widgets.Small, nil)
		buttons = append(buttons, b)
		column.Add(widgets.NewText(strings.Repeat("A sentence that wraps. ", 6), widgets.Style{}))
		column.Add(widgets.Flow(0, b))
	}
	return column, buttons
}

// The sheet takes the focus and gives it back, however it is closed.
func TestSheetTakesAndGivesTheFocus(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRegistration))
	tenant := f.page.(*registrationPage).tenant.Entry
	for name, leave := range map[string]func(){
		"Escape":   func() { r.press(fyne.KeyEscape) },
		"Return":   func() { r.press(fyne.KeyReturn) },
		"its name": f.closeSheet,
		"a click beside it": func() {
			test.TapCanvas(r.window.Canvas(), fyne.NewPos(200, 300))
		},
	} {
		r.window.Canvas().Focus(tenant)
		body, _ := someSheet()
		f.openSheet("A title", body)
		r.sees("A title")
		if r.focused() != fyne.Focusable(r.sheet.close) {
			t.Errorf("%s: the focus is on %T", name, r.focused())
		}
		leave()
		r.seesNot("A title")
		if r.focused() != fyne.Focusable(tenant) {
			t.Errorf("%s: the focus is on %T afterwards", name, r.focused())
		}
	}
	body, _ := someSheet()
	f.openSheet("A title", body)
	test.TapCanvas(r.window.Canvas(), fyne.NewPos(900, 300))
	r.sees("A title")
}

// Tab and the window's keys stay on the sheet, and what has the focus is seen.
func TestTabStaysOnTheSheet(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRegistration))
	r.window.Resize(windowSizes["-small"])
	body, buttons := someSheet()
	f.openSheet("A title", body)
	scroll := r.sheet.scroll
	for range 2 {
		for i, b := range buttons {
			r.press(fyne.KeyTab)
			if r.focused() != fyne.Focusable(b) {
				t.Fatalf("Tab %d leads to %T", i+1, r.focused())
			}
			y := r.fyne.Driver().AbsolutePositionForObject(b).Y - r.fyne.Driver().AbsolutePositionForObject(scroll).Y
			if y < 0 || y+b.Size().Height > scroll.Size().Height {
				t.Errorf("button %d is out of sight at %v", i+1, y)
			}
		}
		r.press(fyne.KeyTab)
		if r.focused() != fyne.Focusable(r.sheet.close) {
			t.Fatalf("after the last button the focus is on %T", r.focused())
		}
	}
	if scroll.Offset.Y == 0 {
		t.Error("nothing was scrolled, so nothing was tested")
	}
	r.window.Canvas().FocusPrevious()
	if r.focused() != fyne.Focusable(buttons[len(buttons)-1]) {
		t.Errorf("Shift+Tab leads to %T", r.focused())
	}
	r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
	r.chord(fyne.KeyModifierAlt, fyne.KeyLeft)
	r.wantStep(wizard.StepRegistration)
}

// A question over the sheet is closed first; with its page the sheet goes too.
func TestSheetUnderAndOver(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.Show()
	r.until("Home is there", func() bool { return len(r.home().cards.Objects) == 1 })
	body, _ := someSheet()
	r.openSheet("On Home", body)
	r.ask("A question", "Text", "Yes", func() { t.Error("Escape said yes") })
	r.press(fyne.KeyEscape)
	r.seesNot("A question")
	r.sees("On Home")
	again, _ := someSheet()
	r.openSheet("Another one", again)
	r.seesNot("On Home")
	f := r.wizard(r.atStep(wizard.StepRegistration))
	r.seesNot("Another one")
	body, _ = someSheet()
	f.openSheet("Third", body)
	f.open(wizard.StepRedirect)
	r.seesNot("Third")
	if r.focused() != fyne.Focusable(f.page.(*redirectPage).field.Entry) {
		t.Errorf("the focus is on %T", r.focused())
	}
}

// The sheet fits the smallest window, light and dark, and leaves something of
// the page to be seen.
func TestLookOfTheSheet(t *testing.T) {
	for look, dark := range map[string]bool{"light": false, "dark": true} {
		r := newRig(t, rigOptions{dark: dark})
		f := r.wizard(r.atStep(wizard.StepRegistration))
		body, _ := someSheet()
		f.openSheet(strings.Repeat("A long title ", 6), body)
		for suffix, size := range windowSizes {
			r.shot(look+"-sheet"+suffix, size)
			if left := r.sheet.scroll.Position().X; left != size.Width-sheetWidth {
				t.Errorf("%s%s: the sheet begins at %v", look, suffix, left)
			}
			if bottom := r.sheet.scroll.Position().Y + r.sheet.scroll.Size().Height; bottom != size.Height {
				t.Errorf("%s%s: the sheet ends at %v", look, suffix, bottom)
			}
		}
	}
}
