// Package store keeps what Postkey remembers between two starts.
//
// There are two places. A Store is a folder with plain files: the connections,
// the drafts of unfinished ones, and the settings; nothing in it is secret, and
// all of it can be read in an editor. A Vault is the keyring of the operating
// system and holds the secrets: one client secret and one refresh token for
// each connection. Start with Open and NewKeyring.
//
// Several Postkeys may use one folder at the same time, such as a window and a
// check from a timer: files are replaced whole, under a lock, and read anew
// each time. The package knows nothing of windows or of Microsoft's rules; what
// is a valid connection is decided in wizard.
package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"
)

// Errors that callers decide on. They are wrapped; use errors.Is.
var (
	// ErrNotFound: no connection has this id, or no secret has this key.
	ErrNotFound = errors.New("not found")
	// ErrLocked: another Postkey kept the data folder locked for too long.
	ErrLocked = errors.New("the data folder is locked by another Postkey")
	// ErrHeld: another window already works on this data folder.
	ErrHeld = errors.New("another Postkey window uses this data folder")
	// ErrNewer: a newer Postkey wrote the file. It is left as it is.
	ErrNewer = errors.New("the file was written by a newer Postkey")
	// ErrUnwritable: the system does not let the data folder be written: a full
	// disk, a missing permission. What was there is as it was.
	ErrUnwritable = errors.New("the data folder cannot be written")
)

// unwritableError is ErrUnwritable in the words of the system alone.
type unwritableError struct{ err error }

func unwritable(err error) error { return &unwritableError{err} }

func (e *unwritableError) Error() string        { return e.err.Error() }
func (e *unwritableError) Unwrap() error        { return e.err }
func (e *unwritableError) Is(target error) bool { return target == ErrUnwritable }

// Store is one data folder. It holds no open file, so there is nothing to close,
// and what another process writes is seen at the next call. It is safe for
// concurrent use.
type Store struct {
	dir      string
	now      func() time.Time
	lockWait time.Duration // how long a change waits for the lock
	disk     Disk

	known understood

	mu      sync.Mutex
	damaged []Damage
}

// Damage tells of a file that could not be understood and was moved aside.
type Damage struct {
	Path   string // where the file was
	KeptAs string // where it is now
	Err    error  // what is wrong with it
}

// Open prepares the data folder and looks through its files once.
//
// A folder that does not exist is made, for this user alone. A damaged file is
// moved aside, never deleted, and told by Damaged; Open then succeeds without
// it. ErrNewer is returned when a newer Postkey wrote a file.
func Open(dir string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder %q: %w", dir, err)
	}
	s := &Store{dir: abs, now: time.Now, lockWait: 10 * time.Second, disk: systemDisk{}}
	if err := makePrivate(abs); err != nil {
		return nil, unwritable(fmt.Errorf("cannot make the data folder: %w", err))
	}
	ctx := context.Background()
	if _, err := s.Connections(ctx); err != nil {
		return nil, err
	}
	if _, err := s.Settings(ctx); err != nil {
		return nil, err
	}
	if _, err := s.Drafts(ctx); err != nil {
		return nil, err
	}
	if _, err := s.Claims(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// DefaultDir returns the data folder of this user: postkey in the user's
// configuration folder, or practice within it for the practice tenant.
func DefaultDir(practice bool) (string, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("cannot find the configuration folder of this user: %w", err)
	}
	if practice {
		return filepath.Join(config, "postkey", "practice"), nil
	}
	return filepath.Join(config, "postkey"), nil
}

// Dir returns the data folder as an absolute path.
func (s *Store) Dir() string { return s.dir }

// Damaged lists the files that were moved aside since Open, oldest first.
func (s *Store) Damaged() []Damage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.damaged)
}

// NewID returns a random id for a connection or a draft: 32 hexadecimal digits.
func NewID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, as its documentation says
	return hex.EncodeToString(id[:])
}

// Ids become file names, so they must not lead out of the folder.
var idShape = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$`)

func checkID(id string) error {
	if !idShape.MatchString(id) {
		return fmt.Errorf("%q cannot be the id of a connection", id)
	}
	return nil
}

// makePrivate makes the folder for this user alone. A folder that exists is
// closed to others only while it is empty: who names an existing folder full of
// files, such as /tmp, wants its permissions left alone.
func makePrivate(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return os.MkdirAll(dir, 0o700)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is a file, not a folder", dir)
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Readdirnames(1); errors.Is(err, io.EOF) {
		_ = os.Chmod(dir, info.Mode().Perm()&^0o077) // fails for another's folder, which then stays as it is
	}
	return nil
}
