package store

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzStoredFile: whatever stands in the file of the connections, the folder
// opens, what cannot be understood is kept aside whole, and what is understood
// can be written and read again.
func FuzzStoredFile(f *testing.F) {
	for _, seed := range []string{
		``, `{`, `null`, `[]`, `{"version":0}`, `{"version":1}`, `{"version":2,"connections":[]}`, `{"version":1,"connections":null}`,
		`{"version":1,"connections":[{"id":"00000000-0000-4000-8000-000000000001","name":"Support"}]}`,
		`{"version":1,"connections":[{"id":"../x"}]}`, `{"version":1,"connections":[{"secret_expires":"2026-13-01"}]}`,
		`{"version":1,"connections":[{"created":"yesterday"}]}`, "\xef\xbb\xbf{}", `{"version":1e9}`, "{\"version\":1,\"connections\":\x00}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, connectionsFile)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil {
			sameFile(t, path, data) // a newer version: left as it is
			return
		}
		before, err := s.Connections(t.Context())
		if err != nil {
			sameFile(t, path, data)
			return
		}
		for _, d := range s.Damaged() {
			sameFile(t, d.KeptAs, data)
			if len(before) != 0 {
				t.Errorf("%q: damaged, and %d connections", data, len(before))
			}
		}
		added := Connection{ID: NewID(), Name: "added"}
		if err := s.Put(t.Context(), added); err != nil {
			t.Fatalf("%q: cannot be added to: %v", data, err)
		}
		again, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		after, err := again.Connections(t.Context())
		if err != nil || len(after) != len(before)+1 || len(again.Damaged()) != 0 {
			t.Fatalf("%q: %d connections became %d, %v, %v", data, len(before), len(after), again.Damaged(), err)
		}
		for i := range before {
			if !sameJSON(t, before[i], after[i]) {
				t.Errorf("%q: %+v became %+v", data, before[i], after[i])
			}
		}
	})
}

// FuzzStoredDraft: a draft's file is read, moved aside whole, or left alone.
func FuzzStoredDraft(f *testing.F) {
	const id = "00000000-0000-4000-8000-000000000001"
	for _, seed := range []string{
		``, `{`, `null`, `{"version":1}`, `{"version":9,"id":"` + id + `"}`, `{"version":1,"id":"` + id + `","data":{"name":"x"}}`,
		`{"version":1,"id":"` + id + `","data":null,"changed":"2026-11-22T10:00:00Z"}`, `{"version":1,"id":"other","data":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, draftsDir, id+".json")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil {
			if !errors.Is(err, ErrNewer) {
				t.Errorf("%q: a draft keeps the folder from opening: %v", data, err)
			}
			sameFile(t, path, data)
			return
		}
		drafts, err := s.Drafts(t.Context())
		if err != nil {
			sameFile(t, path, data)
			return
		}
		for _, d := range s.Damaged() {
			sameFile(t, d.KeptAs, data)
		}
		if len(drafts) == 0 && len(s.Damaged()) == 0 {
			t.Errorf("%q: neither read nor damaged", data)
		}
		for _, d := range drafts {
			if err := s.PutDraft(t.Context(), d); err != nil {
				t.Errorf("%q: read, and cannot be saved: %v", data, err)
			}
		}
	})
}

// sameFile checks that nothing is lost of what stood in a file.
func sameFile(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != string(want) {
		t.Errorf("%q became %q, %v", want, got, err)
	}
}

// sameJSON compares as the file does, which knows no monotonic clock and no empty slice.
func sameJSON(t *testing.T, a, b any) bool {
	t.Helper()
	var plain [2]any
	for i, v := range []any{a, b} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &plain[i]); err != nil {
			t.Fatal(err)
		}
	}
	return reflect.DeepEqual(plain[0], plain[1])
}
