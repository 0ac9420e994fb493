package store

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What can stand in place of a file, each made at the path.
var damages = map[string]func(t *testing.T, path string){
	"not JSON":      content("hello"),
	"truncated":     content(`{"version":1,"connections":[{"id":"a","na`),
	"0 bytes":       content(""),
	"spaces":        content("  \n"),
	"null":          content("null"),
	"a list":        content(`[]`),
	"no version":    content(`{"connections":[]}`),
	"version 0":     content(`{"version":0}`),
	"version text":  content(`{"version":"one"}`),
	"huge version":  content(`{"version":99999999999999999999}`),
	"trailing":      content(`{"version":1} {"version":1}`),
	"binary":        content("\x00\xff\xfe\x00"),
	"deep":          content(`{"version":1,"connections":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`),
	"10 MB garbage": content(strings.Repeat("garbage \x01", 10<<20/9)),
	"65 MB": func(t *testing.T, path string) {
		content(`{"version":1}`)(t, path)
		if err := os.Truncate(path, 65<<20); err != nil {
			t.Fatal(err)
		}
	},
	"a folder": func(t *testing.T, path string) {
		writeTo(t, filepath.Join(path, "inside"), "kept")
	},
}

func content(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) { writeTo(t, path, text) }
}

// What is wrong in one kind of file alone.
var damagesOf = map[string]map[string]string{
	connectionsFile: {
		"wrong type":    `{"version":1,"connections":[{"id":1}]}`,
		"wrong date":    `{"version":1,"connections":[{"id":"a","secret_expires":"soon"}]}`,
		"list is map":   `{"version":1,"connections":{}}`,
		"empty id":      `{"version":1,"connections":[{}]}`,
		"escaping id":   `{"version":1,"connections":[{"id":"../x"}]}`,
		"the same id":   `{"version":1,"connections":[{"id":"a"},{"id":"a"}]}`,
		"half-way good": `{"version":1,"connections":[{"id":"a"},7]}`,
	},
	settingsFile: {
		"wrong type": `{"version":1,"width":"wide"}`,
		"overflow":   `{"version":1,"width":1e99}`,
	},
	filepath.Join(draftsDir, "d.json"): {
		"wrong type": `{"version":1,"id":"d","changed":7}`,
		"other id":   `{"version":1,"id":"e","data":{}}`,
	},
}

var keptName = regexp.MustCompile(`\.damaged-\d{8}-\d{6}(-\d+)?$`)

func TestDamaged(t *testing.T) {
	for file, own := range damagesOf {
		all := map[string]func(*testing.T, string){}
		for name, text := range own {
			all[name] = content(text)
		}
		for name, damage := range damages {
			all[name] = damage
		}
		for name, damage := range all {
			t.Run(file+"/"+name, func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, file)
				damage(t, path)
				before, _ := os.ReadFile(path) // a folder has no content
				s := open(t, dir)
				d := s.Damaged()
				if len(d) != 1 || d[0].Path != path || d[0].Err == nil || !keptName.MatchString(d[0].KeptAs) {
					t.Fatalf("Damaged = %v", d)
				}
				after, _ := os.ReadFile(d[0].KeptAs)
				if string(before) != string(after) {
					t.Error("the content was not kept")
				}
				if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("the damaged file is still in place: %v", err)
				}
				if name == "65 MB" && !strings.Contains(d[0].Err.Error(), "64 MiB") {
					t.Errorf("the size is not the reason: %v", d[0].Err)
				}
				if strings.Contains(d[0].Err.Error(), "garbage") || len(d[0].Err.Error()) > 200 {
					t.Errorf("the reason is no clear sentence: %v", d[0].Err)
				}
				use(t, s)
				if again := open(t, dir); len(again.Damaged()) != 0 || names(t, again) != "Support inbox" {
					t.Errorf("after the next start: %v, %s", again.Damaged(), names(t, again))
				}
			})
		}
	}
}

// A byte order mark, which editors of Windows put in front, damages nothing.
func TestByteOrderMark(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	use(t, s)
	if err := s.PutSettings(t.Context(), Settings{Theme: "dark"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{connectionsFile, settingsFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		writeTo(t, filepath.Join(dir, name), "\uFEFF"+strings.ReplaceAll(string(text), "\n", "\r\n"))
	}
	edited := open(t, dir)
	got, err := edited.Settings(t.Context())
	if err != nil || got.Theme != "dark" || names(t, edited) != "Support inbox" || len(edited.Damaged()) != 0 {
		t.Errorf("%+v, %s, %v, %v", got, names(t, edited), edited.Damaged(), err)
	}
}

// Files damaged in one second, or while Postkey runs, are all kept.
func TestDamagedAgain(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir())
	now := time.Date(2026, 5, 21, 10, 30, 5, 0, time.Local)
	s.now = func() time.Time { return now }
	path := filepath.Join(s.Dir(), connectionsFile)
	want := []string{path + ".damaged-20260521-103005", path + ".damaged-20260521-103005-1", path + ".damaged-20260521-103005-2"}
	for i, kept := range want {
		writeTo(t, path, strings.Repeat("x", i+1))
		if i%2 == 0 { // by a reading call, by a changing call
			if list, err := s.Connections(ctx); err != nil || len(list) != 0 {
				t.Fatal(list, err)
			}
		} else if err := s.Put(ctx, full(NewID())); err != nil {
			t.Fatal(err)
		}
		if d := s.Damaged(); len(d) != i+1 || d[i].KeptAs != kept {
			t.Fatalf("Damaged = %v, want %s", d, kept)
		}
		if text, err := os.ReadFile(kept); err != nil || len(text) != i+1 {
			t.Errorf("%s holds %q, %v", kept, text, err)
		}
	}
}

// What a newer Postkey wrote is neither read, nor moved, nor overwritten.
func TestNewer(t *testing.T) {
	ctx := t.Context()
	for file := range damagesOf {
		t.Run(file, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			path := filepath.Join(dir, file)
			text := `{"version":2,"connections":"of another kind","id":{}}`
			writeTo(t, path, text)
			if _, err := Open(dir); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "version 2") || !strings.Contains(err.Error(), path) {
				t.Errorf("Open = %v", err)
			}
			if file == connectionsFile {
				if err := s.Put(ctx, full(NewID())); !errors.Is(err, ErrNewer) {
					t.Errorf("Put = %v", err)
				}
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != text {
				t.Errorf("the file changed: %q, %v", after, err)
			}
			if len(s.Damaged()) != 0 {
				t.Errorf("Damaged = %v", s.Damaged())
			}
		})
	}
}

// Unknown fields are passed over, and are not in the file any more after a change.
func TestUnknownFields(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	path := filepath.Join(dir, connectionsFile)
	writeTo(t, path, `{"version":1,"colour":"red","connections":[{"id":"a","name":"A","client_secret":"planted"}]}`)
	s := open(t, dir)
	if names(t, s) != "A" || len(s.Damaged()) != 0 {
		t.Fatalf("%s, %v", names(t, s), s.Damaged())
	}
	if _, err := s.Update(ctx, "a", func(c *Connection) error { c.Name = "B"; return nil }); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "planted") || strings.Contains(string(text), "red") || !json.Valid(text) {
		t.Errorf("%v: %s", err, text)
	}
}

// A folder that cannot be one is told, not worked around.
func TestOpenRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeTo(t, file, "x")
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "data folder") {
			t.Errorf("Open(%s) = %v", dir, err)
		}
	}
}
