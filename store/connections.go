package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

const connectionsFile = "connections.json"

// connectionList is the content of connections.json.
type connectionList struct {
	Version     int          `json:"version"`
	Connections []Connection `json:"connections"`
}

// encodeTo implements streamed: the file is rewritten after each of many tests,
// and encoding/json would hold all of it in memory several times over.
func (l connectionList) encodeTo(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "{\n  \"version\": %d,\n  \"connections\": [", l.Version); err != nil {
		return err
	}
	before := "\n    "
	for _, c := range l.Connections {
		data, err := json.MarshalIndent(c, "    ", "  ")
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
		before = ",\n    "
	}
	_, err := io.WriteString(w, "\n  ]\n}\n")
	return err
}

func (l connectionList) find(id string) int {
	return slices.IndexFunc(l.Connections, func(c Connection) bool { return c.ID == id })
}

// check refuses a list that no Postkey would have written.
func (l connectionList) check() error {
	seen := map[string]bool{}
	for _, c := range l.Connections {
		if err := checkID(c.ID); err != nil {
			return damaged("%w", err)
		}
		if seen[c.ID] {
			return damaged("two connections have the id %s", c.ID)
		}
		seen[c.ID] = true
	}
	return nil
}

// Connections returns all connections in the order of their creation. It reads
// the file anew, so that changes by other processes are seen.
func (s *Store) Connections(ctx context.Context) ([]Connection, error) {
	list, err := s.readConnections(ctx, false)
	return list.Connections, err
}

// Connection returns one connection, or ErrNotFound.
func (s *Store) Connection(ctx context.Context, id string) (Connection, error) {
	list, err := s.readConnections(ctx, false)
	if err != nil {
		return Connection{}, err
	}
	i := list.find(id)
	if i < 0 {
		return Connection{}, fmt.Errorf("connection %s: %w", id, ErrNotFound)
	}
	return list.Connections[i], nil
}

// Put adds a connection, or replaces the one with the same ID in its place. It
// waits up to 10 seconds for another process's change to end, then returns
// ErrLocked. After an error the old file is in place.
func (s *Store) Put(ctx context.Context, c Connection) error {
	if err := checkID(c.ID); err != nil {
		return err
	}
	return s.changeConnections(ctx, func(list *connectionList) error {
		if i := list.find(c.ID); i >= 0 {
			list.Connections[i] = c
		} else {
			list.Connections = append(list.Connections, c)
		}
		return nil
	})
}

// Update changes one connection by a function that sees its newest state, and
// returns what was stored. Nothing is stored when change returns an error;
// ErrNotFound is returned when the connection is gone. It waits as Put does.
// The function must not call the Store.
func (s *Store) Update(ctx context.Context, id string, change func(*Connection) error) (Connection, error) {
	var stored Connection
	err := s.changeConnections(ctx, func(list *connectionList) error {
		i := list.find(id)
		if i < 0 {
			return fmt.Errorf("connection %s: %w", id, ErrNotFound)
		}
		c := list.Connections[i]
		if err := change(&c); err != nil {
			return err
		}
		if c.ID != id {
			return fmt.Errorf("connection %s: its id cannot change", id)
		}
		list.Connections[i] = c
		stored = c
		return nil
	})
	if err != nil {
		return Connection{}, err
	}
	return stored, nil
}

// Delete forgets a connection; its secrets are the Vault's. One that is not
// there is no error.
func (s *Store) Delete(ctx context.Context, id string) error {
	err := s.changeConnections(ctx, func(list *connectionList) error {
		list.Connections = slices.DeleteFunc(list.Connections, func(c Connection) bool { return c.ID == id })
		return nil
	})
	if err == nil && checkID(id) == nil {
		s.removeTokenLock(id)
	}
	return err
}

// removeTokenLock tidies up; a lock file that is in use stays.
func (s *Store) removeTokenLock(id string) {
	path := s.tokenLock(id)
	if _, err := os.Stat(path); err != nil {
		return
	}
	lock := flock.New(path)
	if got, err := lock.TryLock(); err == nil && got {
		_ = os.Remove(path)
		_ = lock.Close()
	}
}

func (s *Store) changeConnections(ctx context.Context, change func(*connectionList) error) error {
	unlock, err := s.lockFiles(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	list, err := s.readConnections(ctx, true)
	if err != nil {
		return err
	}
	if err := change(&list); err != nil {
		return err
	}
	list.Version = version
	return s.writeFile(filepath.Join(s.dir, connectionsFile), list)
}

func (s *Store) readConnections(ctx context.Context, locked bool) (connectionList, error) {
	return read(ctx, s, filepath.Join(s.dir, connectionsFile), locked, connectionList.check)
}

// read decodes one file; the zero value stands for one that does not exist. A
// damaged file is moved aside and then counts as one that does not exist.
func read[T any](ctx context.Context, s *Store, path string, locked bool, check func(T) error) (T, error) {
	value, err := decode(ctx, path, check)
	if asDamage(err) && !locked {
		// Read again under the lock: another process may have moved the file
		// aside meanwhile and written a good one.
		unlock, lockErr := s.lockFiles(ctx)
		if lockErr != nil {
			return value, fmt.Errorf("%s is damaged (%w) and cannot be moved aside: %w", path, err, lockErr)
		}
		defer unlock()
		value, err = decode(ctx, path, check)
	}
	if asDamage(err) {
		err = s.moveAside(path, err)
	}
	return value, err
}

func decode[T any](ctx context.Context, path string, check func(T) error) (value T, err error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	err = readFile(path, &value)
	if errors.Is(err, os.ErrNotExist) {
		return none, nil
	}
	if err == nil {
		err = check(value)
	}
	if err != nil {
		return none, err
	}
	return value, nil
}

func asDamage(err error) bool {
	var d *damageError
	return errors.As(err, &d)
}
