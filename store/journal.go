package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"
)

const journalFile = "keyring.json"

// Purpose says why a key of the Vault is claimed.
type Purpose string

// The purposes.
const (
	ForDraft    Purpose = "draft"    // a draft has it: not in use before it is saved
	ForRotation Purpose = "rotation" // a rotation has stored it: not in use before it is proved
	ForRemoval  Purpose = "removal"  // it is about to be removed
)

// Claim says that a key of the Vault may hold a secret that no record names: not
// yet, or not any more. It is written before the keyring is touched, because a
// keyring cannot be listed: what a crash leaves behind is found by its claim.
// The record of a connection decides what is in use, never a claim.
type Claim struct {
	Key string `json:"key"`
	// ID is the connection or draft that the key belongs to.
	ID  string  `json:"id"`
	For Purpose `json:"for"`
	// Owner is the process at work, see HoldOwner.
	Owner string `json:"owner,omitempty"`
}

// journal is the content of keyring.json.
type journal struct {
	Version int     `json:"version"`
	Claims  []Claim `json:"claims"`
}

func (j journal) check() error {
	for _, c := range j.Claims {
		if err := c.check(); err != nil {
			return damaged("%w", err)
		}
	}
	return nil
}

// check refuses a key that is another connection's: its secret would be removed.
func (c Claim) check() error {
	if err := checkID(c.ID); err != nil {
		return err
	}
	if !strings.HasPrefix(c.Key, c.ID+"/") {
		return fmt.Errorf("the key %q is none of the connection %s", c.Key, c.ID)
	}
	return nil
}

// Claims returns all claims, the oldest first.
func (s *Store) Claims(ctx context.Context) ([]Claim, error) {
	j, err := read(ctx, s, s.journalPath(), false, journal.check)
	return j.Claims, err
}

// Claim adds claims, or replaces those with the same keys. It waits as Put does.
func (s *Store) Claim(ctx context.Context, claims ...Claim) error {
	for _, c := range claims {
		if err := c.check(); err != nil {
			return err
		}
	}
	return s.changeClaims(ctx, func(j *journal) bool {
		for _, c := range claims {
			if i := slices.IndexFunc(j.Claims, func(o Claim) bool { return o.Key == c.Key }); i >= 0 {
				j.Claims[i] = c
			} else {
				j.Claims = append(j.Claims, c)
			}
		}
		return len(claims) > 0
	})
}

// Unclaim takes back the claims of the keys; those that are not there are no error.
func (s *Store) Unclaim(ctx context.Context, keys ...string) error {
	return s.changeClaims(ctx, func(j *journal) bool {
		before := len(j.Claims)
		j.Claims = slices.DeleteFunc(j.Claims, func(c Claim) bool { return slices.Contains(keys, c.Key) })
		return len(j.Claims) != before
	})
}

func (s *Store) changeClaims(ctx context.Context, change func(*journal) (changed bool)) error {
	unlock, err := s.lockFiles(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	j, err := read(ctx, s, s.journalPath(), true, journal.check)
	if err != nil || !change(&j) {
		return err
	}
	j.Version = version
	return s.writeFile(s.journalPath(), j)
}

func (s *Store) journalPath() string { return filepath.Join(s.dir, journalFile) }

// HoldOwner returns a name that stands for this process in claims until it is
// released or the process ends, however it ends.
func (s *Store) HoldOwner() (name string, release func(), err error) {
	if err := os.MkdirAll(filepath.Join(s.dir, tokenLocks), 0o700); err != nil {
		return "", nil, unwritable(fmt.Errorf("cannot lock the data folder: %w", err))
	}
	for try := 1; try <= ownerTries; try++ {
		name = NewSlot()
		lock := flock.New(s.ownerLock(name))
		got, err := lock.TryLock()
		if err != nil {
			return "", nil, unwritable(fmt.Errorf("cannot lock the data folder: %w", err))
		}
		release = sync.OnceFunc(func() {
			_ = lock.Close() // first: Windows removes no open file
			_ = os.Remove(s.ownerLock(name))
		})
		// Between the making of the file and the lock on it another process may
		// have taken it for one that a dead process has left, see OwnerLives.
		if got && (isThere(lock, s.ownerLock(name)) || try == ownerTries) {
			return name, release, nil
		}
		release()
	}
	return "", nil, fmt.Errorf("cannot lock the data folder: %w", ErrLocked)
}

// ownerTries bounds how many names are tried: on some network drives a file never
// looks like itself.
const ownerTries = 10

// isThere reports whether the locked file is still the one at path.
func isThere(lock *flock.Flock, path string) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(locked, now)
}

// OwnerLives reports whether the process that holds the name still runs. Of one
// that does not, nothing is left afterwards.
func (s *Store) OwnerLives(name string) bool {
	path := s.ownerLock(name)
	if name == "" || checkID(name) != nil {
		return false
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return false
	}
	lock := flock.New(path)
	got, err := lock.TryLock()
	if err != nil || !got {
		return true // in doubt
	}
	// Under the lock, so that nobody can take it meanwhile; Windows removes no
	// open file, and none that another process has opened after that.
	removed := os.Remove(path) == nil
	_ = lock.Close()
	if !removed {
		_ = os.Remove(path)
	}
	return false
}

// The point keeps owners apart from the ids of connections.
const ownerPrefix, lockSuffix = "owner.", ".lock"

func (s *Store) ownerLock(name string) string {
	return filepath.Join(s.dir, tokenLocks, ownerPrefix+name+lockSuffix)
}

// Tidy removes what processes that were killed have left in the data folder:
// files half written, and the locks of owners that are gone.
func (s *Store) Tidy(ctx context.Context) error {
	owners, err := named(filepath.Join(s.dir, tokenLocks), ownerPrefix+"*"+lockSuffix)
	if err != nil {
		return err
	}
	for _, path := range owners {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), ownerPrefix), lockSuffix)
		s.OwnerLives(name)
	}
	var rest []string
	for _, dir := range []string{s.dir, filepath.Join(s.dir, draftsDir)} {
		found, err := named(dir, ".*.json.*.tmp")
		if err != nil {
			return err
		}
		rest = append(rest, found...)
	}
	if len(rest) == 0 {
		return nil
	}
	unlock, err := s.lockFiles(ctx) // nobody writes now
	if err != nil {
		return err
	}
	defer unlock()
	for _, path := range rest {
		if rmErr := s.disk.Remove(path); rmErr != nil && !errors.Is(rmErr, os.ErrNotExist) {
			err = errors.Join(err, rmErr)
		}
	}
	return err
}
