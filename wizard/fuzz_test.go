package wizard

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"postkey/wizard/catalog"
)

// FuzzDraft: whatever stands in a draft's file, its checks end, what passes
// them all is a connection, and what is written is read back the same.
func FuzzDraft(f *testing.F) {
	whole, err := json.Marshal(NewDraft(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(whole), `{}`, `null`, `{"step":"nowhere"}`, `{"cloud":"custom","endpoints":{"imap":":"}}`, `{"protocols":["","imap","imap"]}`,
		`{"product":"other","redirect_uri":"://"}`, `{"shared":true,"mailbox":{"delegate":"@"}}`, `{"secret_expires":"9999-99-99"}`,
		`{"account":{},"signed_in_with":null}`, `{"ticked":["x","x"]}`, `{"name":"\u0000\ud800"}`, `{"tenant_id":"{00000000-0000-0000-0000-000000000000}"}`,
	} {
		f.Add([]byte(seed))
	}
	cat, err := catalog.Load()
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &Draft{}
		if json.Unmarshal(data, d) != nil {
			return
		}
		stopped := false
		for _, s := range d.Steps() {
			for _, p := range d.CheckStep(s.ID, Context{Now: now, Catalog: cat}) {
				checkSentence(t, p.Message.Key, p.Message.String())
				stopped = stopped || !p.Warning
			}
			if next := d.Next(s.ID); next != "" && !slices.ContainsFunc(d.Steps(), func(o Step) bool { return o.ID == next }) {
				t.Errorf("%q: %s is followed by %q", data, s.ID, next)
			}
		}
		if _, err := d.Connection(); err != nil && !stopped {
			t.Errorf("%q: passes every check and is no connection: %v", data, err)
		}
		first, err := json.Marshal(d.onFile())
		if err != nil {
			t.Fatalf("%q: cannot be kept: %v", data, err)
		}
		again := &Draft{}
		if err := json.Unmarshal(first, again); err != nil {
			t.Fatalf("%q: cannot be read again: %v", first, err)
		}
		if second, err := json.Marshal(again.onFile()); err != nil || string(first) != string(second) {
			t.Errorf("%s became %s, %v", first, second, err)
		}
	})
}
