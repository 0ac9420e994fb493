package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

const connectionsFile = "connections.json"

// Connections returns all connections in the order of their creation. It reads
// the file anew, so that changes by other processes are seen.
func (s *Store) Connections(ctx context.Context) ([]Connection, error) {
	list, err := s.readConnections(ctx, false)
	if err != nil {
		return nil, err
	}
	var all []Connection
	for _, k := range list.Connections {
		c, err := k.connection()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
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
	return list.Connections[i].connection()
}

// Put adds a connection, or replaces the one with the same ID in its place. It
// waits up to 10 seconds for another process's change to end, then returns
// ErrLocked. After an error the old file is in place.
func (s *Store) Put(ctx context.Context, c Connection) error {
	if err := checkID(c.ID); err != nil {
		return err
	}
	return s.changeConnections(ctx, func(list *connectionList) error {
		return list.put(c)
	})
}

// Update changes one connection by a function that sees its newest state, and
// returns what was stored. Nothing is stored when change returns an error;
// ErrNotFound is returned when the connection is gone. It waits as Put does.
// The function must not call the Store.
func (s *Store) Update(ctx context.Context, id string, change func(*Connection) error) (Connection, error) {
	var stored Connection
	errs := s.UpdateAll(ctx, Change{ID: id, Do: func(c *Connection) error {
		err := change(c)
		stored = *c
		return err
	}})
	if errs[0] != nil {
		return Connection{}, errs[0]
	}
	return stored, nil
}

// Change is what UpdateAll does to one connection; see Update.
type Change struct {
	ID string
	Do func(*Connection) error
}

// UpdateAll makes several changes and writes them all at once. The errors are in
// the order of the changes: one that fails leaves its connection as it is and
// does not keep the others from being stored.
func (s *Store) UpdateAll(ctx context.Context, changes ...Change) []error {
	errs := make([]error, len(changes))
	err := s.changeConnections(ctx, func(list *connectionList) error {
		for i, change := range changes {
			errs[i] = list.change(change)
		}
		if !slices.Contains(errs, nil) {
			return errs[0] // nothing to write
		}
		return nil
	})
	for i := range errs {
		if errs[i] == nil {
			errs[i] = err
		}
	}
	return errs
}

func (l *connectionList) change(change Change) error {
	i := l.find(change.ID)
	if i < 0 {
		return fmt.Errorf("connection %s: %w", change.ID, ErrNotFound)
	}
	c, err := l.Connections[i].connection()
	if err != nil {
		return err
	}
	if err := change.Do(&c); err != nil {
		return err
	}
	if c.ID != change.ID {
		return fmt.Errorf("connection %s: its id cannot change", change.ID)
	}
	return l.put(c)
}

// Delete forgets a connection; its secrets are the Vault's. One that is not
// there is no error.
func (s *Store) Delete(ctx context.Context, id string) error {
	err := s.changeConnections(ctx, func(list *connectionList) error {
		list.Connections = slices.DeleteFunc(list.Connections, func(c kept) bool { return c.id == id })
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
		removed := os.Remove(path) == nil
		_ = lock.Close()
		if !removed {
			_ = os.Remove(path) // Windows removes no open file
		}
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
	list.Connections = slices.Clone(list.Connections) // the others' stays as it is
	if err := change(&list); err != nil {
		return err
	}
	list.Version = version
	var sum fileSum
	if err := s.writeFile(filepath.Join(s.dir, connectionsFile), summed{list, &sum}); err != nil {
		return err
	}
	s.known.set(sum, list)
	return nil
}

// readConnections reads the file, and understands it only when it is not the one
// that it was the last time.
func (s *Store) readConnections(ctx context.Context, locked bool) (connectionList, error) {
	path := filepath.Join(s.dir, connectionsFile)
	if err := ctx.Err(); err != nil {
		return connectionList{}, err
	}
	before, there := sumOf(path)
	if list, known := s.known.get(before); there && known {
		return list, nil
	}
	list, err := read(ctx, s, path, locked, connectionList.check)
	if err != nil {
		return connectionList{}, err
	}
	if after, _ := sumOf(path); there && after == before {
		s.known.set(after, list)
	}
	return list, nil
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
