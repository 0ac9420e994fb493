package wizard_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// A kind of fault, and when it comes.
type fault int

const (
	fails     fault = iota // nothing happens, and an error is returned; all goes on after it
	failsLate              // it happens, and an error is returned all the same
	cutsShort              // half of what is written is, as on a full disk
	crashes                // from this step on nothing happens any more
)

var faultKinds = map[string]fault{
	"fails": fails, "fails late": failsLate, "cut short": cutsShort, "crash": crashes,
}

var errInjected = errors.New("injected")

// injector counts the steps of the keyring and of the disk together, and makes
// one of them go wrong.
type injector struct {
	mu    sync.Mutex
	steps int
	what  []step // of each step
	at    int    // 0: none
	kind  fault
}

// step is what a step does: the kinds of fault that differ depend on it.
type step int

const (
	looks   step = iota
	changes      // all or nothing
	puts         // can be cut short
)

// step says whether a step happens at all, happens in part, and its error.
func (f *injector) step(what step) (does, half bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps++
	f.what = append(f.what, what)
	if f.at == 0 || f.steps < f.at {
		return true, false, nil
	}
	first := f.steps == f.at
	switch {
	case f.kind == crashes, f.kind == fails && first:
		return false, false, errInjected
	case f.kind == failsLate && first:
		return true, false, errInjected
	case f.kind == cutsShort && first:
		return false, true, errInjected
	}
	return true, false, nil
}

// ring is a keyring in memory with faults.
type ring struct {
	*injector
	items map[string]string
}

func (r *ring) Get(name string) (string, error) {
	if _, _, err := r.step(looks); err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	value, ok := r.items[name]
	if !ok {
		return "", store.ErrNotFound
	}
	return value, nil
}

func (r *ring) Set(name, value string) error {
	does, half, err := r.step(puts)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case does:
		r.items[name] = value
	case half:
		r.items[name] = value[:len(value)/2]
	}
	return err
}

func (r *ring) Delete(name string) error {
	does, _, err := r.step(changes)
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.items[name]
	if does {
		delete(r.items, name)
	}
	if err == nil && !ok {
		return store.ErrNotFound
	}
	return err
}

// disk is the system's disk with faults.
type disk struct {
	*injector
	store.Disk
}

func (d disk) do(op func() error) error {
	does, _, err := d.step(changes)
	if !does {
		return err
	}
	return errors.Join(op(), err)
}

func (d disk) Replace(from, to string) error {
	return d.do(func() error { return d.Disk.Replace(from, to) })
}

func (d disk) Remove(path string) error { return d.do(func() error { return d.Disk.Remove(path) }) }

func (d disk) MakeDir(path string) error { return d.do(func() error { return d.Disk.MakeDir(path) }) }

func (d disk) Create(dir, pattern string) (store.File, error) {
	does, _, err := d.step(changes)
	if !does {
		return nil, err
	}
	f, createErr := d.Disk.Create(dir, pattern)
	if createErr != nil || err != nil {
		return nil, errors.Join(createErr, err)
	}
	return file{d.injector, f}, nil
}

// file is a file on that disk.
type file struct {
	*injector
	store.File
}

func (f file) Write(p []byte) (int, error) {
	does, half, err := f.step(puts)
	switch {
	case half:
		n, writeErr := f.File.Write(p[:len(p)/2])
		return n, errors.Join(writeErr, syscall.ENOSPC)
	case !does:
		return 0, err
	}
	n, writeErr := f.File.Write(p)
	return n, errors.Join(writeErr, err)
}

func (f file) Sync() error {
	_, _, err := f.step(looks)
	return err // what a sync adds is not seen in a test
}

func (f file) Close() error {
	_, _, err := f.step(looks)
	return errors.Join(f.File.Close(), err) // the end of a process closes it too
}

// snapshot is a data folder and a keyring to begin with again and again.
type snapshot struct {
	tenant *practice.Tenant
	cat    *catalog.Catalog
	files  map[string][]byte
	items  map[string]string
}

// rig is one run on a copy of a snapshot.
type rig struct {
	*wizard.Workbench
	t      *testing.T
	tenant *practice.Tenant
	cat    *catalog.Catalog
	faults *injector
	ring   *ring
	dir    string
}

// start begins a process on the data folder and keyring of r.
func (r *rig) start() {
	r.t.Helper()
	s, err := store.Open(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	s.UseDisk(disk{r.faults, store.SystemDisk()})
	r.Workbench = &wizard.Workbench{
		Catalog: r.cat, Store: s, Vault: store.NewVault(r.ring), Roots: r.tenant.Roots(), Practice: true,
		OpenBrowser: func(_ context.Context, url string) error {
			go func() { _, _ = r.tenant.Browse(context.Background(), url, r.tenant.Values().Address) }()
			return nil
		},
	}
}

// restart is the end of a process, whatever it was doing, and the next start,
// when nothing is broken any more.
func (r *rig) restart() {
	r.t.Helper()
	r.Close() // the system releases its locks
	r.faults.mu.Lock()
	r.faults.at = 0
	r.faults.mu.Unlock()
	r.start()
	if err := r.Recover(r.t.Context()); err != nil {
		r.t.Errorf("recover: %v", err)
	}
}

func newRig(t *testing.T, from snapshot) *rig {
	t.Helper()
	r := &rig{t: t, tenant: from.tenant, cat: from.cat, faults: &injector{}, dir: t.TempDir()}
	r.ring = &ring{r.faults, maps.Clone(from.items)}
	if r.ring.items == nil {
		r.ring.items = map[string]string{}
	}
	for name, data := range from.files {
		if err := os.WriteFile(filepath.Join(r.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.start()
	return r
}

// nothing is the snapshot of a tenant without a connection.
func nothing(t *testing.T) snapshot {
	t.Helper()
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Close() })
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	cat.Add(tenant.Cloud())
	return snapshot{tenant: tenant, cat: cat}
}

// snapshot keeps the state as it is.
func (r *rig) snapshot() snapshot {
	r.t.Helper()
	s := snapshot{tenant: r.tenant, cat: r.cat, files: map[string][]byte{}, items: maps.Clone(r.ring.items)}
	data, err := os.ReadFile(filepath.Join(r.dir, "connections.json"))
	if err != nil {
		r.t.Fatal(err)
	}
	s.files["connections.json"] = data
	return s
}

// tidy fails unless nothing is left over: no claim, no half file, no lock of an
// owner, and in the keyring what the keys hold and nothing else.
func (r *rig) tidy(what string, keys ...string) {
	r.t.Helper()
	if claims, err := r.Store.Claims(r.t.Context()); err != nil || len(claims) != 0 {
		r.t.Errorf("%s: claims %+v, %v", what, claims, err)
	}
	for _, pattern := range []string{".*", "drafts/.*", "locks/owner.*"} {
		if rest, _ := filepath.Glob(filepath.Join(r.dir, pattern)); len(rest) != 0 {
			r.t.Errorf("%s: left over: %v", what, rest)
		}
	}
	heads := 0
	for name := range r.ring.items {
		key, part, isPart := name, "", false
		for _, place := range []string{"/a/", "/b/"} {
			if k, p, ok := strings.Cut(name, place); ok {
				key, part, isPart = k, p, true
			}
		}
		if !contains(keys, key) {
			r.t.Errorf("%s: left in the keyring: %s %s", what, key, part)
		}
		if !isPart {
			heads++
		}
	}
	if heads != len(keys) {
		r.t.Errorf("%s: %d secrets in the keyring, want %d", what, heads, len(keys))
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// proven fails unless Microsoft accepts what the connection proves itself with
// and its sign-in, and returns its secret.
func (r *rig) proven(what string, c store.Connection) oauth.Secret {
	r.t.Helper()
	secret, err := r.SecretOf(r.t.Context(), c)
	if err != nil {
		r.t.Errorf("%s: no secret: %v", what, err)
		return secret
	}
	c.Protocols = []string{} // the token alone
	if res, findings := r.Test(r.t.Context(), onlyIMAP(c), nil); !res.OK() {
		r.t.Errorf("%s: does not work: %v", what, findings)
	}
	return secret
}

func onlyIMAP(c store.Connection) store.Connection {
	c.Protocols = []string{wizard.ProtocolIMAP}
	return c
}
