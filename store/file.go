package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/natefinch/atomic"
)

const (
	// version is what this Postkey writes, and the newest that it reads.
	version = 1
	// maxFile bounds what is read: a file above it is not ours.
	maxFile = 64 << 20
)

// damageError marks a file that cannot be understood, as opposed to one that
// cannot be reached.
type damageError struct{ err error }

func (e *damageError) Error() string { return e.err.Error() }
func (e *damageError) Unwrap() error { return e.err }

func damaged(format string, args ...any) error {
	return &damageError{fmt.Errorf(format, args...)}
}

// readFile decodes the file at path into out, a pointer to a struct. It returns
// os.ErrNotExist, a *damageError, ErrNewer, or why the file cannot be reached.
func readFile(path string, out any) error {
	// Looked at before it is opened: opening a named pipe would wait for ever.
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("cannot read the data folder: %w", err)
	}
	if !info.Mode().IsRegular() {
		return damaged("it is not a file")
	}
	if info.Size() > maxFile {
		return damaged("it is larger than %d MiB", maxFile>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot read the data folder: %w", err)
	}
	defer f.Close()
	var content bytes.Buffer
	content.Grow(int(info.Size()) + bytes.MinRead)
	_, err = content.ReadFrom(io.LimitReader(f, maxFile)) // it may grow meanwhile
	// Editors of Windows put a byte order mark in front of what they save.
	data := bytes.TrimPrefix(content.Bytes(), []byte("\uFEFF"))
	switch {
	case err != nil:
		return fmt.Errorf("cannot read %s: %w", path, err)
	case len(data) == 0:
		return damaged("it is empty")
	}
	var head struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return damaged("it cannot be understood: %w", err)
	}
	switch {
	case head.Version == nil || *head.Version < 1:
		return damaged("it has no version")
	case *head.Version > version:
		return fmt.Errorf("%s has version %d, this Postkey knows up to %d: %w", path, *head.Version, version, ErrNewer)
	}
	if err := json.Unmarshal(data, out); err != nil {
		return damaged("it cannot be understood: %w", err)
	}
	return nil
}

// writeFile replaces the file at path as a whole, readable by this user alone.
// After an error, or a power cut at any moment, the file is the old one or the
// new one. The caller holds the lock.
//
// atomic.WriteFile is not used because it hands the mode of the old file on and
// hides the system's error; its ReplaceFile is, for what Windows needs.
func (s *Store) writeFile(path string, value any) (err error) {
	dir, name := filepath.Split(path)
	defer func() {
		if err != nil {
			err = unwritable(fmt.Errorf("cannot save %s: %w", path, err))
		}
	}()
	// Under the lock, a temporary file can only be the rest of a crash.
	if rest, err := named(dir, "."+name+".*.tmp"); err == nil {
		for _, r := range rest {
			_ = s.disk.Remove(r) // a later write tries again
		}
	}
	f, err := s.disk.Create(dir, "."+name+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = s.disk.Remove(f.Name())
		}
	}()
	out := bufio.NewWriter(f)
	if err := encode(out, value); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := s.disk.Replace(f.Name(), path); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}

// streamed is a value that writes its JSON piece by piece.
type streamed interface{ encodeTo(w io.Writer) error }

func encode(w io.Writer, value any) error {
	if s, ok := value.(streamed); ok {
		return s.encodeTo(w)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// replace renames from to to. Windows refuses while another process reads the
// old file, which takes milliseconds, so it is asked again for a while.
func replace(from, to string) error {
	err := atomic.ReplaceFile(from, to)
	for try := 0; err != nil && runtime.GOOS == "windows" && try < 20; try++ {
		time.Sleep(5 * time.Millisecond)
		err = atomic.ReplaceFile(from, to)
	}
	return err
}

// named returns the files in dir whose names match the pattern of
// filepath.Match. Unlike filepath.Glob it takes dir as it is: a folder may well
// be called [work]. A folder that does not exist has none.
func named(dir, pattern string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var paths []string
	for _, e := range entries {
		if match, _ := filepath.Match(pattern, e.Name()); match { // a bad pattern is no match
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, err
}

// syncDir makes a rename outlast a power cut where the system can; not every
// file system lets a folder be synced, and the content is safe without it.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// moveAside renames a damaged file so that its content is kept.
func (s *Store) moveAside(path string, why error) error {
	base := path + ".damaged-" + s.now().Format("20060102-150405")
	kept := base
	for n := 1; ; n++ {
		if _, err := os.Lstat(kept); errors.Is(err, os.ErrNotExist) {
			break
		}
		kept = fmt.Sprintf("%s-%d", base, n)
	}
	if err := os.Rename(path, kept); err != nil {
		return fmt.Errorf("%s is damaged (%w) and cannot be moved aside: %w", path, why, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damaged = append(s.damaged, Damage{Path: path, KeptAs: kept, Err: why})
	return nil
}
