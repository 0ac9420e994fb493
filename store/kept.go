package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
)

// kept is one connection as it stands in the file. What is not changed is
// written again byte by byte as it was read, and nobody can change it by a
// pointer or a slice that he was given.
type kept struct {
	id   string
	json []byte
}

func keep(c Connection) (kept, error) {
	data, err := json.MarshalIndent(c, "    ", "  ")
	return kept{c.ID, bytes.Clone(data)}, err // without the room that indenting left
}

// UnmarshalJSON implements json.Unmarshaler. What is no connection is an error.
func (k *kept) UnmarshalJSON(data []byte) error {
	var c Connection
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	k.id, k.json = c.ID, bytes.Clone(data)
	return nil
}

func (k kept) connection() (c Connection, err error) {
	err = json.Unmarshal(k.json, &c)
	return c, err
}

// connectionList is the content of connections.json.
type connectionList struct {
	Version     int    `json:"version"`
	Connections []kept `json:"connections"`
}

// encodeTo implements streamed.
func (l connectionList) encodeTo(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "{\n  \"version\": %d,\n  \"connections\": [", l.Version); err != nil {
		return err
	}
	before := "\n    "
	for _, c := range l.Connections {
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		if _, err := w.Write(c.json); err != nil {
			return err
		}
		before = ",\n    "
	}
	_, err := io.WriteString(w, "\n  ]\n}\n")
	return err
}

func (l connectionList) find(id string) int {
	return slices.IndexFunc(l.Connections, func(c kept) bool { return c.id == id })
}

// put replaces the connection with the ID of c, or adds c.
func (l *connectionList) put(c Connection) error {
	k, err := keep(c)
	if err != nil {
		return err
	}
	if i := l.find(c.ID); i >= 0 {
		l.Connections[i] = k
	} else {
		l.Connections = append(l.Connections, k)
	}
	return nil
}

// check refuses a list that no Postkey would have written.
func (l connectionList) check() error {
	seen := map[string]bool{}
	for _, c := range l.Connections {
		if err := checkID(c.id); err != nil {
			return damaged("%w", err)
		}
		if seen[c.id] {
			return damaged("two connections have the id %s", c.id)
		}
		seen[c.id] = true
	}
	return nil
}

// fileSum stands for the whole content of a file.
type fileSum [sha256.Size]byte

// understood is the list of connections of the file that was read or written
// last. Time and size of a file would not do to know it again: two changes may
// fall into one tick of the clock.
type understood struct {
	mu   sync.Mutex
	sum  fileSum // zero: none yet
	list connectionList
}

func (u *understood) get(sum fileSum) (connectionList, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.list, sum == u.sum && sum != fileSum{}
}

func (u *understood) set(sum fileSum, list connectionList) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sum, u.list = sum, list
}

// sumOf reads the file at path; false when there is none to be read.
func sumOf(path string) (sum fileSum, ok bool) {
	info, err := os.Stat(path) // first: opening a named pipe would wait for ever
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return sum, false
	}
	f, err := os.Open(path)
	if err != nil {
		return sum, false
	}
	defer f.Close()
	h := sha256.New()
	few := make([]byte, 4<<10) // the file is read for its sum before each change
	if _, err := io.CopyBuffer(h, io.LimitReader(f, maxFile+1), few); err != nil {
		return sum, false
	}
	return fileSum(h.Sum(nil)), true
}

// summed is a list that knows, once it is written, the sum of its file.
type summed struct {
	connectionList
	sum *fileSum
}

func (s summed) encodeTo(w io.Writer) error {
	h := sha256.New()
	err := s.connectionList.encodeTo(io.MultiWriter(w, h))
	*s.sum = fileSum(h.Sum(nil))
	return err
}
