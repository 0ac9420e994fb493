package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	draftsDir    = "drafts"
	settingsFile = "settings.json"
)

// DraftRecord is a connection that is not finished yet. Its content belongs to
// wizard; it never holds a secret.
type DraftRecord struct {
	ID      string          `json:"id"`
	Changed time.Time       `json:"changed"`
	Data    json.RawMessage `json:"data"`
}

type draftFile struct {
	Version int `json:"version"`
	DraftRecord
}

// Drafts returns all drafts, the one changed last first.
func (s *Store) Drafts(ctx context.Context) ([]DraftRecord, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, draftsDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the data folder: %w", err)
	}
	var drafts []DraftRecord
	for _, e := range entries {
		id, isDraft := strings.CutSuffix(e.Name(), ".json")
		if !isDraft || checkID(id) != nil {
			continue
		}
		f, err := read(ctx, s, s.draftPath(id), false, func(f draftFile) error {
			if f.ID != id {
				return damaged("its id is not that of its file name")
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if f.ID != "" { // empty when it was moved aside, or deleted meanwhile
			drafts = append(drafts, f.DraftRecord)
		}
	}
	slices.SortStableFunc(drafts, func(a, b DraftRecord) int { return b.Changed.Compare(a.Changed) })
	return drafts, nil
}

// PutDraft adds a draft or replaces the one with the same ID. It waits as Put does.
func (s *Store) PutDraft(ctx context.Context, d DraftRecord) error {
	if err := checkID(d.ID); err != nil {
		return err
	}
	unlock, err := s.lockFiles(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.disk.MakeDir(filepath.Join(s.dir, draftsDir)); err != nil {
		return unwritable(fmt.Errorf("cannot save the draft: %w", err))
	}
	return s.writeFile(s.draftPath(d.ID), draftFile{Version: version, DraftRecord: d})
}

// DeleteDraft forgets a draft. One that is not there is no error.
func (s *Store) DeleteDraft(ctx context.Context, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	unlock, err := s.lockFiles(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.disk.Remove(s.draftPath(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return unwritable(fmt.Errorf("cannot delete the draft: %w", err))
	}
	return nil
}

func (s *Store) draftPath(id string) string {
	return filepath.Join(s.dir, draftsDir, id+".json")
}

// Settings are the choices that belong to no connection. The zero value is what
// a first start has.
type Settings struct {
	// Language is a tag such as en; empty: the system's.
	Language string `json:"language,omitempty"`
	// Theme is light or dark; empty: the system's.
	Theme string `json:"theme,omitempty"`
	// Width and Height are the size of the window when it was closed, in Fyne's units.
	Width  float32 `json:"width,omitempty"`
	Height float32 `json:"height,omitempty"`
	// SaveFolder is where a file was saved last; empty: nowhere yet.
	SaveFolder string `json:"save_folder,omitempty"`
	// Debug logs more, though never a secret.
	Debug bool `json:"debug,omitempty"`
}

type settingsContent struct {
	Version int `json:"version"`
	Settings
}

// Settings returns the stored settings, or the zero value when there are none.
func (s *Store) Settings(ctx context.Context) (Settings, error) {
	content, err := read(ctx, s, filepath.Join(s.dir, settingsFile), false, func(settingsContent) error { return nil })
	return content.Settings, err
}

// PutSettings replaces the settings. It waits as Put does.
func (s *Store) PutSettings(ctx context.Context, settings Settings) error {
	unlock, err := s.lockFiles(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return s.writeFile(filepath.Join(s.dir, settingsFile), settingsContent{Version: version, Settings: settings})
}
