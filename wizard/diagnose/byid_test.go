package diagnose_test

import (
	"strings"
	"testing"

	"postkey/store"
	"postkey/wizard/diagnose"
)

// What was kept of a test as an id alone reads as it did then.
func TestByID(t *testing.T) {
	ev := diagnose.Evidence{Connection: store.Connection{Mailbox: store.Mailbox{Address: "support@contoso.com"}}}
	for _, id := range diagnose.IDs() {
		f, known := diagnose.ByID(id, ev)
		if !known || f.ID != id || f.Title.String() == "" || strings.Contains(f.Title.String(), "findings.") {
			t.Errorf("%s: %v, %q", id, known, f.Title)
		}
	}
	f, _ := diagnose.ByID("smtp-auth-disabled-mailbox", ev)
	if len(f.Commands) == 0 || !strings.Contains(strings.Join(f.Commands, "\n"), "support@contoso.com") {
		t.Errorf("the commands are %q", f.Commands)
	}
	if _, known := diagnose.ByID("from-another-version", ev); known {
		t.Error("an id that is not in the catalogue is known")
	}
}
