package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Lock files. They are empty, and stay when they are not held.
const (
	filesLock  = "postkey.lock" // held for the moment of a change
	windowLock = "window.lock"  // held as long as a window is open
	tokenLocks = "locks"        // folder of one file for each connection
)

// lockRetry is how often a held lock is tried again; the systems have no way to
// wait for a file lock that can be cancelled.
const lockRetry = 20 * time.Millisecond

// lockFiles takes the lock for a change of files.
func (s *Store) lockFiles(ctx context.Context) (unlock func(), err error) {
	waiting, cancel := context.WithTimeoutCause(ctx, s.lockWait, ErrLocked)
	defer cancel()
	unlock, err = takeLock(waiting, filepath.Join(s.dir, filesLock))
	if err != nil && errors.Is(context.Cause(waiting), ErrLocked) {
		return nil, fmt.Errorf("%s: %w", s.dir, ErrLocked)
	}
	return unlock, err
}

// Hold keeps every change of the data folder waiting, those of other processes
// too, until release is called, which may happen more than once. It waits as Put
// does.
func (s *Store) Hold(ctx context.Context) (release func(), err error) { return s.lockFiles(ctx) }

// LockToken makes sure that one refresh at a time runs for a connection, across
// all processes that use this data folder. It waits until the lock is free or
// ctx ends. The unlock function may be called more than once.
func (s *Store) LockToken(ctx context.Context, id string) (unlock func(), err error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir := filepath.Join(s.dir, tokenLocks)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(fmt.Errorf("cannot lock the data folder: %w", err))
	}
	return takeLock(ctx, s.tokenLock(id))
}

func (s *Store) tokenLock(id string) string {
	return filepath.Join(s.dir, tokenLocks, id+".lock")
}

// HoldWindow reserves the data folder for one window. ErrHeld is returned when
// another process, or another caller in this one, has reserved it. The release
// function may be called more than once; the end of the process releases too.
func (s *Store) HoldWindow() (release func(), err error) {
	lock := flock.New(filepath.Join(s.dir, windowLock))
	got, err := lock.TryLock()
	if err != nil {
		return nil, unwritable(fmt.Errorf("cannot lock the data folder: %w", err))
	}
	if !got {
		return nil, fmt.Errorf("%s: %w", s.dir, ErrHeld)
	}
	return releaseOnce(lock), nil
}

// takeLock waits for the lock file at path. Each call opens the file anew, so
// that goroutines of one process exclude one another as processes do.
func takeLock(ctx context.Context, path string) (unlock func(), err error) {
	lock := flock.New(path)
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unwritable(fmt.Errorf("cannot lock the data folder: %w", err))
	}
	return releaseOnce(lock), nil
}

func releaseOnce(lock *flock.Flock) func() {
	return sync.OnceFunc(func() { _ = lock.Close() })
}
