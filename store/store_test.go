package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postkey/oauth"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// full is a connection with every field set.
func full(id string) Connection {
	at := time.Date(2026, 5, 21, 10, 30, 0, 0, time.UTC)
	return Connection{
		ID: id, Name: "Support inbox", Product: "xcally", Mode: "delegated", Cloud: "custom",
		Endpoints: &Endpoints{Authority: "https://localhost:9443", IMAP: "localhost:9993", POP: "localhost:9995", SMTP: "localhost:9587", MailResource: "https://outlook.office.com"},
		Audience:  oauth.AudienceSingle, TenantID: "11111111-2222-4333-8444-555555555555", ClientID: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
		Platform: "web", RedirectHost: "motion.contoso.example", SecretExpires: Date{2027, 5, 21},
		Mailbox:   Mailbox{Name: "Support – Zürich", Key: "SUPPT", List: "Customers", Address: "support@contoso.example", Delegate: "andrea@contoso.example"},
		Protocols: []string{"imap", "smtp"}, Ticked: []string{"a", "b"},
		Account: &Account{Username: "andrea@contoso.example", TenantID: "t", Granted: []string{"openid"}, At: at}, SignInEnded: at,
		LastTest: &TestRecord{At: at, OK: false, LastOK: at, Findings: []string{"dns-failed"}, Legs: []LegRecord{{Leg: "imap", Hops: []HopRecord{{Hop: "token", Status: "ok", MS: 12, Detail: "d", Server: "s"}}}}},
		Created:  at, Changed: at,
	}
}

func names(t *testing.T, s *Store) string {
	t.Helper()
	list, err := s.Connections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range list {
		out = append(out, c.Name)
	}
	return strings.Join(out, " ")
}

func TestConnections(t *testing.T) {
	ctx := t.Context()
	dir := filepath.Join(t.TempDir(), "new", "postkey")
	s := open(t, dir)
	if got, err := s.Connections(ctx); err != nil || len(got) != 0 {
		t.Fatalf("a new store has %v, %v", got, err)
	}
	ids := []string{NewID(), NewID(), NewID()}
	for i, name := range []string{"one", "two", "three"} {
		c := full(ids[i])
		c.Name = name
		if err := s.Put(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	want := full(ids[1])
	if err := s.Put(ctx, want); err != nil {
		t.Fatal(err)
	}
	if got := names(t, s); got != "one Support inbox three" {
		t.Errorf("a replaced connection does not keep its place: %s", got)
	}

	other := open(t, dir) // as another process would
	got, err := other.Connection(ctx, ids[1])
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, differs from what was put:\n%s", err, diff)
	}
	updated, err := other.Update(ctx, ids[0], func(c *Connection) error { c.Name = "first"; return nil })
	if err != nil || updated.Name != "first" {
		t.Errorf("Update = %v, %v", updated.Name, err)
	}
	if got := names(t, s); got != "first Support inbox three" {
		t.Errorf("a change by another store is not seen: %s", got)
	}

	refusal := errors.New("no")
	if _, err := s.Update(ctx, ids[0], func(c *Connection) error { c.Name = "x"; return refusal }); !errors.Is(err, refusal) {
		t.Errorf("the error of the change is not returned: %v", err)
	}
	if _, err := s.Update(ctx, ids[0], func(c *Connection) error { c.ID = "other"; return nil }); err == nil {
		t.Error("an id could be changed")
	}
	if _, err := s.Update(ctx, "gone", func(*Connection) error { return nil }); !errors.Is(err, ErrNotFound) {
		t.Errorf("Update of an absent connection: %v", err)
	}
	if _, err := s.Connection(ctx, "gone"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an absent connection: %v", err)
	}
	for range 2 { // the second time it is absent
		if err := s.Delete(ctx, ids[1]); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, other); got != "first three" {
		t.Errorf("after Delete: %s", got)
	}
}

// Nobody else on the computer can look into the folder.
func TestPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		// Windows has no such modes: the folder inherits the rights of the user's profile.
		t.Log("modes are not looked at on Windows")
		return
	}
	ctx := t.Context()
	outer := t.TempDir()
	dir := filepath.Join(outer, "postkey")
	s := open(t, dir)
	use(t, s)
	// A file that was opened to others, as by a backup tool, is closed by the next change.
	if err := os.Chmod(filepath.Join(dir, connectionsFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(ctx, full(NewID())); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		files int
		want  os.FileMode
	}{{0, 0o700}, {1, 0o755}} {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range c.files {
			writeTo(t, filepath.Join(dir, fmt.Sprint(i)), "theirs")
		}
		open(t, dir)
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != c.want {
			t.Errorf("an existing folder with %d files: mode %v (%v), want %v", c.files, info.Mode().Perm(), err, c.want)
		}
	}
}

// use makes every file that a Store has.
func use(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	unlock, err := s.LockToken(ctx, NewID())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	release, err := s.HoldWindow()
	if err != nil {
		t.Fatal(err)
	}
	release()
	err = errors.Join(s.Put(ctx, full(NewID())), s.PutDraft(ctx, DraftRecord{ID: NewID(), Data: json.RawMessage(`{}`)}), s.PutSettings(ctx, Settings{Debug: true}))
	if err != nil {
		t.Fatal(err)
	}
}

func writeTo(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDrafts(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir())
	if got, err := s.Drafts(ctx); err != nil || len(got) != 0 {
		t.Fatalf("a new store has the drafts %v, %v", got, err)
	}
	at := time.Date(2026, 5, 21, 10, 30, 0, 0, time.UTC)
	older := DraftRecord{ID: "older", Changed: at, Data: json.RawMessage(`{"name":"a"}`)}
	newer := DraftRecord{ID: "newer", Changed: at.Add(time.Hour), Data: json.RawMessage(`{"name":"b"}`)}
	for _, d := range []DraftRecord{newer, older, newer} {
		if err := s.PutDraft(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	writeTo(t, filepath.Join(s.Dir(), draftsDir, "note.txt"), "not a draft")
	got, err := s.Drafts(ctx)
	if diff := cmp.Diff([]string{"newer {\"name\":\"b\"}", "older {\"name\":\"a\"}"}, show(t, got)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for range 2 {
		if err := s.DeleteDraft(ctx, "newer"); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Drafts(ctx); err != nil || len(got) != 1 || got[0].ID != "older" {
		t.Errorf("after DeleteDraft: %v, %v", got, err)
	}
}

func show(t *testing.T, drafts []DraftRecord) (out []string) {
	t.Helper()
	for _, d := range drafts {
		var data map[string]any
		if err := json.Unmarshal(d.Data, &data); err != nil {
			t.Fatal(err)
		}
		compact, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d.ID+" "+string(compact))
	}
	return out
}

func TestSettings(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir())
	if got, err := s.Settings(ctx); err != nil || got != (Settings{}) {
		t.Fatalf("a new store has the settings %v, %v", got, err)
	}
	want := Settings{Language: "de", Theme: "dark", Width: 1024.5, Height: 700, Debug: true}
	if err := s.PutSettings(ctx, want); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, s.Dir()).Settings(ctx); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
}

// An id becomes part of a path, so it must not lead anywhere else.
func TestForeignIDs(t *testing.T) {
	ctx := t.Context()
	outer := t.TempDir()
	s := open(t, filepath.Join(outer, "postkey"))
	for _, id := range []string{"", ".", "..", "../escape", "a/b", `a\b`, "a\x00b", "-x", "a b", "ä", strings.Repeat("a", 65), "con:", "x.json"} {
		_, lockErr := s.LockToken(ctx, id)
		for name, err := range map[string]error{
			"Put":         s.Put(ctx, Connection{ID: id}),
			"PutDraft":    s.PutDraft(ctx, DraftRecord{ID: id, Data: json.RawMessage(`1`)}),
			"DeleteDraft": s.DeleteDraft(ctx, id),
			"LockToken":   lockErr,
		} {
			if err == nil {
				t.Errorf("%s accepts the id %q", name, id)
			}
		}
	}
	if entries, err := os.ReadDir(outer); err != nil || len(entries) != 1 {
		t.Errorf("something was written outside the folder: %v, %v", entries, err)
	}
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewID()
		if checkID(id) != nil || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}

func TestDefaultDir(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, home)
	}
	config, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	real, err1 := DefaultDir(false)
	practice, err2 := DefaultDir(true)
	if err1 != nil || err2 != nil || real != filepath.Join(config, "postkey") || practice == real || !strings.HasPrefix(practice, home) {
		t.Errorf("%q %v, %q %v", real, err1, practice, err2)
	}
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, "")
	}
	if dir, err := DefaultDir(false); err == nil {
		t.Errorf("without a home the folder is %q", dir)
	}
}

// Goroutines over two stores change one file; no change is lost.
func TestConcurrentChanges(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	id := NewID()
	stores := []*Store{open(t, dir), open(t, dir)}
	if err := stores[0].Put(ctx, Connection{ID: id}); err != nil {
		t.Fatal(err)
	}
	const each = 10
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			s := stores[i%2]
			for range each {
				if _, err := s.Update(ctx, id, func(c *Connection) error { c.Ticked = append(c.Ticked, "x"); return nil }); err != nil {
					t.Error(err)
				}
				if err := s.Put(ctx, Connection{ID: NewID()}); err != nil {
					t.Error(err)
				}
				if _, err := s.Connections(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	c, err := stores[0].Connection(ctx, id)
	all, err2 := stores[1].Connections(ctx)
	if err != nil || err2 != nil || len(c.Ticked) != 4*each || len(all) != 1+4*each {
		t.Errorf("%d updates of %d, %d connections of %d; %v %v", len(c.Ticked), 4*each, len(all), 1+4*each, err, err2)
	}
	if d := stores[0].Damaged(); len(d) != 0 {
		t.Errorf("damaged: %v", d)
	}
}

func TestCancelled(t *testing.T) {
	s := open(t, t.TempDir())
	use(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, errs := s.Connections(ctx)
	_, one := s.Connection(ctx, "a")
	_, update := s.Update(ctx, "a", func(*Connection) error { return nil })
	_, drafts := s.Drafts(ctx)
	_, settings := s.Settings(ctx)
	_, lock := s.LockToken(ctx, "a")
	for name, err := range map[string]error{
		"Connections": errs, "Connection": one, "Update": update, "Drafts": drafts, "Settings": settings, "LockToken": lock,
		"Put": s.Put(ctx, Connection{ID: "a"}), "Delete": s.Delete(ctx, "a"), "PutDraft": s.PutDraft(ctx, DraftRecord{ID: "a"}),
		"DeleteDraft": s.DeleteDraft(ctx, "a"), "PutSettings": s.PutSettings(ctx, Settings{}),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: %v", name, err)
		}
	}
}
