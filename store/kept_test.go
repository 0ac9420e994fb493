package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listOf is the content of a file with these connections.
func listOf(t *testing.T, connections ...Connection) connectionList {
	t.Helper()
	list := connectionList{Version: version}
	for _, c := range connections {
		if err := list.put(c); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// countingDisk counts the files that are replaced.
type countingDisk struct {
	Disk
	replaced int
}

func (d *countingDisk) Replace(from, to string) error {
	d.replaced++
	return d.Disk.Replace(from, to)
}

func TestUpdateAll(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir())
	ids := []string{NewID(), NewID(), NewID()}
	for _, id := range ids {
		if err := s.Put(ctx, full(id)); err != nil {
			t.Fatal(err)
		}
	}
	disk := &countingDisk{Disk: s.disk}
	s.disk = disk
	refusal := errors.New("no")
	name := func(to string) func(*Connection) error {
		return func(c *Connection) error { c.Name = to; return nil }
	}
	errs := s.UpdateAll(ctx,
		Change{ids[0], name("first")},
		Change{"gone", name("nobody")},
		Change{ids[1], func(c *Connection) error { c.Name = "x"; return refusal }},
		Change{ids[2], name("third")},
		Change{ids[2], func(c *Connection) error { c.Name += " again"; return nil }},
	)
	for i, want := range []error{nil, ErrNotFound, refusal, nil, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("change %d: %v, want %v", i, errs[i], want)
		}
	}
	if got := names(t, s); got != "first Support inbox third again" || disk.replaced != 1 {
		t.Errorf("%d writes made it %s", disk.replaced, got)
	}
	if errs := s.UpdateAll(ctx, Change{"gone", name("nobody")}); !errors.Is(errs[0], ErrNotFound) || disk.replaced != 1 {
		t.Errorf("nothing to store is %v, %d writes", errs, disk.replaced)
	}
}

// An edit that leaves size and time of the file as they were is seen.
func TestEditInPlaceIsSeen(t *testing.T) {
	s := open(t, t.TempDir())
	c := full(NewID())
	c.Name = "before"
	if err := s.Put(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Dir(), connectionsFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), "before", "edited", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Connection(t.Context(), c.ID); err != nil || got.Name != "edited" {
		t.Errorf("%q, %v", got.Name, err)
	}
}

// What a caller does with what he was given changes nothing for others.
func TestConnectionsAreCopies(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir())
	c := full(NewID())
	if err := s.Put(ctx, c); err != nil {
		t.Fatal(err)
	}
	spoil := func(c *Connection) {
		c.Protocols[0], c.Account.Username, c.LastTest.Legs[0].Leg = "spoilt", "spoilt", "spoilt"
	}
	spoil(&c)
	all, err := s.Connections(ctx)
	if err != nil {
		t.Fatal(err)
	}
	spoil(&all[0])
	one, err := s.Connection(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	spoil(&one)
	refusal := errors.New("no")
	if _, err := s.Update(ctx, c.ID, func(c *Connection) error { spoil(c); return refusal }); !errors.Is(err, refusal) {
		t.Fatal(err)
	}
	now, err := s.Connection(ctx, c.ID)
	if err != nil || now.Protocols[0] == "spoilt" || now.Account.Username == "spoilt" || now.LastTest.Legs[0].Leg == "spoilt" {
		t.Errorf("%+v, %v", now, err)
	}
}
