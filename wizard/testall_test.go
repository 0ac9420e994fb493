package wizard_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// writes counts how often a file of connections is replaced.
type writes struct {
	store.Disk
	n atomic.Int32
}

func (d *writes) Replace(from, to string) error {
	if strings.HasSuffix(to, "connections.json") {
		d.n.Add(1)
	}
	return d.Disk.Replace(from, to)
}

// slowVault does not answer for one connection.
type slowVault struct {
	store.Vault
	id string
}

func (v slowVault) Get(ctx context.Context, key string) (oauth.Secret, error) {
	if strings.Contains(key, v.id) {
		<-ctx.Done()
		return oauth.Secret{}, ctx.Err()
	}
	return v.Vault.Get(ctx, key)
}

// endings tells of each test that has ended.
type endings struct {
	slog.Handler
	ended chan<- string
}

func (endings) Enabled(context.Context, slog.Level) bool { return true }

func (e endings) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "tested" {
		e.ended <- r.Message
	}
	return nil
}

// manyUnsigned stores connections that nobody has signed in for: their tests
// fail at once, without a network.
func manyUnsigned(t *testing.T, n int) (*wizard.Workbench, *writes, []store.Connection) {
	t.Helper()
	b := newBench(t, "")
	v := b.tenant.Values()
	var conns []store.Connection
	for i := range n {
		d := b.NewDraft()
		d.Name, d.TenantID, d.ClientID, d.Platform = fmt.Sprint("Queue ", i), v.TenantID, v.DesktopClientID, wizard.PlatformDesktop
		d.Mailbox.Address = v.Address
		c, err := d.Connection()
		if err == nil {
			err = b.Store.Put(t.Context(), c)
		}
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	disk := &writes{Disk: store.SystemDisk()}
	b.Store.UseDisk(disk)
	return b.Workbench, disk, conns
}

// Outcomes that come together are written together, and all of them are told.
func TestTestAllWritesTogether(t *testing.T) {
	b, disk, conns := manyUnsigned(t, 100)
	told := make(map[int]bool)
	all := b.TestAll(t.Context(), conns, func(i int, tested wizard.Tested) {
		c, err := b.Store.Connection(t.Context(), conns[i].ID)
		if told[i] || err != nil || c.LastTest == nil {
			t.Errorf("%d is told before it is recorded, or twice: %v", i, err)
		}
		told[i] = true
	})
	for i, tested := range all {
		if tested.RecordErr != nil || tested.Result.OK() || tested.Connection.ID != conns[i].ID {
			t.Errorf("%d: %+v", i, tested)
		}
	}
	if len(told) != len(conns) || disk.n.Load() > int32(len(conns)/5) {
		t.Errorf("%d of %d told, %d writes", len(told), len(conns), disk.n.Load())
	}
}

// Cancel does not lose what was tested before it.
func TestTestAllKeepsWhatWasTestedBeforeCancel(t *testing.T) {
	b, _, conns := manyUnsigned(t, 3)
	slow := conns[2].ID
	b.Vault = slowVault{b.Vault, slow}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan string, len(conns))
	b.Log = slog.New(endings{slog.DiscardHandler, ended})
	go func() {
		<-ended
		<-ended
		cancel()
	}()
	b.TestAll(ctx, conns, nil)
	for _, c := range conns {
		now, err := b.Store.Connection(t.Context(), c.ID)
		if err != nil || (now.LastTest == nil) != (c.ID == slow) {
			t.Errorf("%s: recorded %v, %v", c.Name, now.LastTest != nil, err)
		}
	}
}
