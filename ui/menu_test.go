package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"postkey/wizard"
)

// The longest group of faults is higher than the smallest window: its last entry
// comes into sight and can be chosen, with the keyboard alone.
func TestTheLongestMenu(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.Show()
	r.settled()
	r.wizard(r.atStep(wizard.StepRedirect))
	r.shot("light-practice-small", windowSizes["-small"])
	group, last := longestGroup(r.opts.Practice.Faults)
	r.window.Canvas().Focus(r.button("What should go wrong?"))
	r.press(fyne.KeyReturn)
	for range group + 2 { // Nothing is before the groups
		r.press(fyne.KeyDown)
	}
	r.press(fyne.KeyRight)
	r.press(fyne.KeyEnd)
	r.shot("light-practice-menu-end-small", windowSizes["-small"])
	bottom := float32(-1)
	for _, o := range r.objects() {
		if text, ok := o.(interface{ Text() string }); ok && text.Text() == msg(last.Title) {
			bottom = r.fyne.Driver().AbsolutePositionForObject(o).Y + o.Size().Height
		}
	}
	if bottom < 0 || bottom > windowSizes["-small"].Height {
		t.Errorf("%q ends at %v", msg(last.Title), bottom)
	}
	r.press(fyne.KeyReturn)
	if r.fault != last.ID || r.window.Canvas().Overlays().Top() != nil {
		t.Errorf("chose %q, want %q", r.fault, last.ID)
	}
}

// longestGroup is which group of the faults is the longest, from 0, and its last fault.
func longestGroup(faults []PracticeFault) (int, PracticeFault) {
	var groups [][]PracticeFault
	for i, f := range faults {
		if i == 0 || msg(f.Group) != msg(faults[i-1].Group) {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], f)
	}
	longest := slices.MaxFunc(groups, func(a, b []PracticeFault) int { return len(a) - len(b) })
	at := slices.IndexFunc(groups, func(g []PracticeFault) bool { return len(g) == len(longest) })
	return at, longest[len(longest)-1]
}
