package help

import (
	"testing"

	"postkey/wizard"
)

func TestEachStepHasHelp(t *testing.T) {
	for _, mode := range []string{wizard.ModeDelegated, wizard.ModeAppOnly} {
		d := &wizard.Draft{Mode: mode}
		for _, s := range Data().Steps {
			d.Step = s.ID
			got := Data().Step(d)
			if got.ID != s.ID || got.Why == "" || got.Without == "" {
				t.Errorf("%s, %s: %+v", mode, s.ID, got)
			}
			for _, view := range got.Views {
				if len(Data().Views[view].Steps) == 0 {
					t.Errorf("%s, %s: the view %s says nothing", mode, s.ID, view)
				}
			}
		}
		d.Step = "none"
		if got := Data().Step(d); got.ID != "" {
			t.Errorf("%s: a step that there is none of has %+v", mode, got)
		}
	}
	if len(Data().Steps) != 9 || len(Data().AppOnly) == 0 {
		t.Errorf("%d steps, %d for an application", len(Data().Steps), len(Data().AppOnly))
	}
}

func TestHolds(t *testing.T) {
	d := &wizard.Draft{Product: "xcally", Platform: wizard.PlatformWeb, Shared: true, Protocols: []string{"imap", "smtp"}}
	for only, want := range map[string]bool{
		"": true, "shared": true, "own": false, "web": true, "desktop": false, "imap": true, "pop": false, "xcally": true,
		"imagicle": false, "shared+imap": true, "imap+own": false, "web+xcally+smtp": true,
	} {
		if got := Holds(d, only); got != want {
			t.Errorf("%q holds: %v", only, got)
		}
	}
}
