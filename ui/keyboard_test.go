package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/wizard"
)

// Each page begins with the focus on its first field.
func TestFocusOnTheFirstField(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepApplication))
	for step, want := range map[wizard.StepID]func() fyne.Focusable{
		wizard.StepApplication:  func() fyne.Focusable { return f.page.(*applicationPage).product },
		wizard.StepRegistration: func() fyne.Focusable { return f.page.(*registrationPage).client.Entry },
		wizard.StepRedirect:     func() fyne.Focusable { return f.page.(*redirectPage).field.Entry },
		wizard.StepSecret:       func() fyne.Focusable { return f.page.(*secretPage).value.Entry },
		wizard.StepPermissions:  func() fyne.Focusable { return f.page.(*permissionsPage).first },
	} {
		f.open(step)
		if r.focused() != want() {
			t.Errorf("%s: the focus is on %T", step, r.focused())
		}
	}
}

// The Tab key goes from top to bottom, then left to right, through the page and
// then the bar, and misses nothing on the way.
func TestTabGoesFromTopToBottom(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	f := r.wizard(r.atStep(wizard.StepApplication))
	for _, step := range firstSteps {
		f.open(step)
		r.window.Resize(fyne.NewSize(1040, 2400)) // so that nothing scrolls
		r.window.Resize(fyne.NewSize(1041, 2400))
		r.window.Content().Refresh()
		r.window.Canvas().Focus(firstFocusable(r))
		seen := map[fyne.Focusable]bool{}
		var last fyne.Position
		for !f.shell.bar.holds(r.focused()) {
			o := r.focused()
			if o == nil || seen[o] {
				t.Fatalf("%s: the focus went astray at %T", step, o)
			}
			seen[o] = true
			at := r.fyne.Driver().AbsolutePositionForObject(o.(fyne.CanvasObject))
			if at.Y < last.Y-30 || at.Y <= last.Y+2 && at.X < last.X-2 && last.Y-at.Y < 2 {
				t.Errorf("%s: %T at %v comes after %v", step, o, at, last)
			}
			last = at
			r.press(fyne.KeyTab)
		}
		for _, o := range r.objects() {
			if focusable, ok := o.(fyne.Focusable); ok && !seen[focusable] && !f.shell.bar.holds(focusable) {
				if _, inRail := o.(*railStep); !inRail && o != fyne.CanvasObject(f.shell.fillAll) {
					t.Errorf("%s: Tab never comes to %T", step, o)
				}
			}
		}
	}
}

// firstFocusable is the first one of the page itself.
func firstFocusable(r *rig) fyne.Focusable {
	r.window.Canvas().Unfocus()
	for {
		r.press(fyne.KeyTab)
		if r.focused() != fyne.Focusable(r.flow().shell.fillAll) {
			return r.focused()
		}
	}
}

// With Return alone one comes through a page that is filled in.
func TestReturnGoesOn(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepApplication)
	d.ClientID, d.TenantID, d.RedirectHost = "", "", ""
	f := r.wizard(d)
	for range 4 { // product, mailbox, cloud, name
		r.press(fyne.KeyReturn)
	}
	r.wantStep(wizard.StepRegistration)
	r.typeIn("3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10")
	r.press(fyne.KeyReturn)
	r.typeIn("contoso.com")
	r.press(fyne.KeyEnter)
	r.wantStep(wizard.StepRedirect)
	r.typeIn("motion.contoso.com")
	r.press(fyne.KeyReturn)
	r.wantStep(wizard.StepSecret)
	r.typeIn(plantedSecret)
	r.press(fyne.KeyReturn)
	r.press(fyne.KeyReturn)
	r.until("the secret is stored", func() bool { return f.draft.Step == wizard.StepPermissions })
}

func TestKeysOfTheWindow(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRegistration))
	for name, focus := range map[string]fyne.Focusable{
		"field":   f.page.(*registrationPage).tenant.Entry,
		"button":  f.shell.bar.close,
		"nothing": nil,
	} {
		f.open(wizard.StepRegistration)
		if focus == nil {
			r.window.Canvas().Unfocus()
		} else {
			r.window.Canvas().Focus(focus)
		}
		r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
		if r.shownStep() != wizard.StepRedirect {
			t.Errorf("%s: Ctrl+Return does not go on", name)
		}
		f.open(wizard.StepRegistration)
		r.chord(fyne.KeyModifierAlt, fyne.KeyLeft)
		if r.shownStep() != wizard.StepApplication {
			t.Errorf("%s: Alt+Left does not go back", name)
		}
	}
	r.chord(fyne.KeyModifierAlt, fyne.KeyLeft)
	if _, ok := r.screen.(*home); !ok {
		t.Error("Back on the first page does not lead to Home")
	}
}

// What gets the focus is scrolled into view.
func TestFocusIsScrolledIntoView(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepPermissions)
	d.Shared = true
	f := r.wizard(d)
	r.window.Resize(fyne.NewSize(900, 600))
	r.window.Content().Refresh()
	scroll := f.shell.scroll
	for n := 0; !f.shell.bar.holds(r.focused()); n++ {
		o := r.focused().(fyne.CanvasObject)
		top := r.fyne.Driver().AbsolutePositionForObject(o).Y - r.fyne.Driver().AbsolutePositionForObject(scroll).Y
		if top < 0 || top+o.Size().Height > scroll.Size().Height {
			t.Fatalf("the %dth focus is out of sight: %v in %v", n, top, scroll.Size().Height)
		}
		r.press(fyne.KeyTab)
	}
	if scroll.Offset.Y == 0 {
		t.Error("nothing was scrolled, so nothing was tested")
	}
}

func TestRailShrinksAndLeadsBack(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRedirect))
	r.sees("Draft")
	r.window.Resize(fyne.NewSize(900, 600))
	if w := f.shell.rail.root.Size().Width; w != railNarrow {
		t.Errorf("the rail is %v wide at 900", w)
	}
	r.seesNot("Client secret")
	steps := f.shell.rail.steps
	test.Tap(steps[0])
	r.wantStep(wizard.StepApplication)
	if !steps[4].Disabled() {
		t.Error("a step that was not reached can be opened")
	}
	r.window.Canvas().Focus(steps[2])
	r.press(fyne.KeyReturn)
	r.wantStep(wizard.StepRedirect)
	// A later step is opened only when the page is right.
	f.open(wizard.StepRegistration)
	f.page.(*registrationPage).client.SetText("wrong")
	test.Tap(steps[2])
	r.wantStep(wizard.StepRegistration)
}

// Typing is saved after a pause, and the rail says so.
func TestTypingIsSaved(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRegistration))
	r.typeIn("3f1c0b52-77aa")
	r.until("the draft is saved", func() bool { return f.shell.rail.note.Text() == "Draft saved · nothing secret on disk" })
	if got := r.saved(f.draft.ID).ClientID; got != "3f1c0b52-77aa" {
		t.Errorf("saved %q", got)
	}
}

// Texts of every page are in the translations: no key is shown as itself.
func TestNoKeyIsShown(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.Show()
	r.settled()
	check := func(where string) {
		for _, line := range strings.Split(r.texts(), "\n") {
			for _, area := range []string{"ui.", "home.", "pages.", "wizard.", "catalog."} {
				if strings.HasPrefix(line, area) || strings.Contains(line, "<no value>") {
					t.Errorf("%s: %q is shown", where, line)
				}
			}
		}
	}
	check("home")
	for _, step := range firstSteps {
		d := r.atStep(step)
		d.Cloud = "custom"
		r.wizard(d)
		check(string(step))
	}
}
