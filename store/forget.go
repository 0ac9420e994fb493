package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// forgettable are the names in the data folder that Forget removes, as patterns
// of path/filepath.Match. Locks stay: they are empty, and held by who works here.
var forgettable = []string{
	connectionsFile, settingsFile, draftsDir, "*.damaged-*", ".*.json.*.tmp", "logs", "crashes",
}

// Forget removes the files of the data folder and returns their names: the
// connections, drafts and settings, what was moved aside, the logs and the crash
// reports. Files that are not Postkey's stay, and so does the list of what may
// still be in the keyring as long as something is on it. It waits as Put does.
//
// A log that another part of this process has open is emptied where the system
// does not let it be removed.
func (s *Store) Forget(ctx context.Context) (removed []string, err error) {
	unlock, err := s.lockFiles(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the data folder: %w", err)
	}
	var failed error
	claims, err := read(ctx, s, s.journalPath(), true, journal.check)
	failed = errors.Join(failed, err)
	for _, e := range entries {
		ours := e.Name() == journalFile && err == nil && len(claims.Claims) == 0 || slices.ContainsFunc(forgettable, func(pattern string) bool {
			match, _ := filepath.Match(pattern, e.Name()) // a bad pattern is no match
			return match
		})
		if !ours {
			continue
		}
		if err := forget(filepath.Join(s.dir, e.Name())); err != nil {
			failed = errors.Join(failed, fmt.Errorf("cannot remove %s: %w", e.Name(), err))
			continue
		}
		removed = append(removed, e.Name())
	}
	return removed, failed
}

// forget removes a file, or a folder with its files.
func forget(path string) error {
	err := os.RemoveAll(path)
	if err == nil {
		return nil
	}
	// Windows does not remove an open file.
	return errors.Join(filepath.WalkDir(path, func(at string, e fs.DirEntry, walked error) error {
		if walked != nil || e.IsDir() {
			return walked
		}
		if os.Remove(at) == nil {
			return nil
		}
		if !strings.HasSuffix(at, ".log") {
			return err
		}
		return os.Truncate(at, 0)
	}))
}
