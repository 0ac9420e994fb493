package store

import (
	"io"
	"os"
)

// Disk is how a Store changes files; reading and locking go past it. The one
// that is not the system's is for tests: it fails where they want it to.
type Disk interface {
	// Create makes a new file of a name like pattern, for this user alone.
	Create(dir, pattern string) (File, error)
	// Replace renames from to to, which may exist.
	Replace(from, to string) error
	Remove(path string) error
	MakeDir(path string) error
}

// File is a file that is being written.
type File interface {
	io.WriteCloser
	Name() string
	Sync() error
}

// UseDisk makes the Store write through d from now on.
func (s *Store) UseDisk(d Disk) { s.disk = d }

// SystemDisk returns the Disk that a Store has after Open.
func SystemDisk() Disk { return systemDisk{} }

type systemDisk struct{}

func (systemDisk) Create(dir, pattern string) (File, error) {
	f, err := os.CreateTemp(dir, pattern) // mode 0600
	if err != nil {
		return nil, err // not f, which would be no nil File
	}
	return f, nil
}

func (systemDisk) Replace(from, to string) error { return replace(from, to) }
func (systemDisk) Remove(path string) error      { return os.Remove(path) }
func (systemDisk) MakeDir(path string) error     { return os.MkdirAll(path, 0o700) }
