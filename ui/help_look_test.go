package ui

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"

	"postkey/wizard"
	"postkey/wizard/help"
)

// Pictures of each page's help, light and dark, English and Italian: set
// POSTKEY_SHOTS to a folder. Without it the test proves that no text sticks out.
func TestLookOfHelp(t *testing.T) {
	for _, look := range []struct {
		name, language string
		dark           bool
	}{{"light", "en", false}, {"dark", "en", true}, {"italian", "it", false}} {
		if look.dark && os.Getenv("POSTKEY_SHOTS") == "" {
			continue // colours move nothing
		}
		t.Run(look.name, func(t *testing.T) {
			r := newRig(t, rigOptions{dark: look.dark})
			useLanguage(look.language)
			t.Cleanup(func() { useLanguage("") })
			for _, step := range help.Data().Steps {
				d := r.atStep(step.ID)
				d.Shared = step.ID == wizard.StepMailbox
				f := r.wizard(d)
				r.shot(look.name+"-help-page-"+string(step.ID), windowSizes[""])
				r.press(fyne.KeyF1)
				r.shot(look.name+"-why-"+string(step.ID), windowSizes["-small"])
				f.closeSheet()
				if f.shell.help.where.Visible() {
					f.openWhere()
					r.shot(look.name+"-where-"+string(step.ID), fyne.NewSize(900, 1250))
				}
			}
		})
	}
}
