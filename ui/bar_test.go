package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// No button of the bar is cut off or covered, and none covers the page, however
// narrow the window is and however long its words are: where one line does not
// hold them, the bar has two.
func TestBarFitsEveryWidth(t *testing.T) {
	for _, language := range []string{"en", "it"} {
		r := newRig(t, rigOptions{prepare: func(w *wizard.Workbench) {
			must(t, w.Store.PutSettings(t.Context(), store.Settings{Language: language}))
		}})
		t.Cleanup(func() { useLanguage("") })
		r.Show()
		d := r.atStep(wizard.StepPermissions)
		d.Mailbox.Address = "support@contoso.com"
		f := r.wizard(d)
		for _, step := range []wizard.StepID{wizard.StepPermissions, wizard.StepSignIn, wizard.StepTest, wizard.StepHandover} {
			f.open(step)
			for _, width := range []float32{1040, 960, 901, 900, 640} {
				r.window.Resize(fyne.NewSize(width, 600))
				where := fmt.Sprintf("%s, %s at %v", language, step, width)
				b := f.shell.bar
				// As after a test: all buttons that a page can have.
				f.page = everyButton{f.page}
				f.refresh()
				checkBar(t, r, where, b, width, f.shell.scroll.Size().Height)
				f.page = f.page.(everyButton).page
				f.refresh()
				checkBar(t, r, where+" again", b, width, f.shell.scroll.Size().Height)
			}
		}
	}
}

// everyButton is a page with the buttons that a failed test has.
type everyButton struct{ page }

func (everyButton) actions() []action { return []action{{tr("test-page.continue-anyway"), func() {}}} }
func (everyButton) aside() []action   { return []action{{tr("save-file.report"), func() {}}} }
func (everyButton) primary() action   { return action{tr("test-page.start"), func() {}} }

func checkBar(t *testing.T, r *rig, where string, b *bar, width, top float32) {
	t.Helper()
	driver := r.fyne.Driver()
	type spot struct {
		text     string
		from, to fyne.Position
	}
	var seen []spot
	for _, o := range r.objects() {
		button, ok := o.(*widgets.Button)
		if !ok || !b.holds(button) {
			continue
		}
		at := driver.AbsolutePositionForObject(button)
		seen = append(seen, spot{button.Text(), at, at.AddXY(button.Size().Width, button.Size().Height)})
	}
	if len(seen) < 3 {
		t.Fatalf("%s: the bar has %v", where, seen)
	}
	for i, s := range seen {
		if s.to.X > width || s.to.Y > 600 || s.from.Y < top {
			t.Errorf("%s: %q at %v to %v is cut off or over the page, which ends at %v", where, s.text, s.from, s.to, top)
		}
		for _, other := range seen[:i] {
			if s.from.X < other.to.X && other.from.X < s.to.X && s.from.Y < other.to.Y && other.from.Y < s.to.Y {
				t.Errorf("%s: %q covers %q", where, s.text, other.text)
			}
		}
	}
}
