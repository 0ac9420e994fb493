package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
)

// asClient makes this binary the client of a measurement instead of a test, so
// that its memory and its time are its own and not the servers'.
const asClient = "POSTKEY_BENCH_CLIENT"

func TestMain(m *testing.M) {
	if os.Getenv(asClient) != "" {
		if err := client(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// order is what a client is to do, on its standard input.
type order struct {
	Cloud       oauth.Cloud
	Roots       []byte // PEM
	Refresh     string
	Connections []store.Connection
	// Only measures one test with the token cached; otherwise all are tested, AtOnce at a time.
	Only bool
}

// outcome is what it found, on its standard output.
type outcome struct {
	Took time.Duration
	// Reached tells, by leg, when its last hop before the arrival was over,
	// counted from the start of the test.
	Reached map[check.Leg]time.Duration
	Peak    int // bytes; the most that the process ever had in memory
}

// client carries out an order.
func client(in io.Reader, out io.Writer) error {
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "postkey-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bench, err := o.bench(dir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	for _, c := range o.Connections {
		if err := bench.Store.Put(ctx, c); err != nil {
			return err
		}
		if err := bench.Vault.Set(ctx, store.RefreshTokenKey(c.ID), oauth.NewSecret(o.Refresh)); err != nil {
			return err
		}
	}
	if err := forgetPeak(); err != nil {
		return err
	}
	var found outcome
	if o.Only {
		found, err = one(ctx, bench, o.Connections[0])
	} else {
		found, err = all(ctx, bench, o.Connections)
	}
	if err != nil {
		return err
	}
	if found.Peak, err = peak(os.Getpid()); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(found)
}

func (o order) bench(dir string) (*wizard.Workbench, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	cat.Add(o.Cloud)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(o.Roots)
	s, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	return &wizard.Workbench{Catalog: cat, Store: s, Vault: store.NewMemory(), Roots: roots}, nil
}

// one tests c twice: the second time its token is cached.
func one(ctx context.Context, bench *wizard.Workbench, c store.Connection) (outcome, error) {
	if res, _ := bench.Test(ctx, c, nil); !res.OK() {
		return outcome{}, failure(res)
	}
	found := outcome{Reached: map[check.Leg]time.Duration{}}
	begun := time.Now()
	res, _ := bench.Test(ctx, c, func(e check.Event) {
		if e.Hop.Status == check.OK && slices.Contains([]check.HopName{check.Open, check.Send}, e.Hop.Name) {
			found.Reached[e.Leg] = time.Since(begun)
		}
	})
	found.Took = time.Since(begun)
	if !res.OK() {
		return found, failure(res)
	}
	return found, nil
}

// all does what postkey check and Test all do.
func all(ctx context.Context, bench *wizard.Workbench, conns []store.Connection) (outcome, error) {
	begun := time.Now()
	var errs []error
	for _, t := range bench.TestAll(ctx, conns, nil) {
		if !t.Result.OK() {
			errs = append(errs, failure(t.Result))
		}
		errs = append(errs, t.RecordErr)
	}
	return outcome{Took: time.Since(begun)}, errors.Join(errs...)
}

func failure(res check.Result) error {
	for _, l := range res.Legs {
		if h, failed := l.Failed(); failed {
			return fmt.Errorf("%s %s: %w", l.Leg, h.Name, h.Err)
		}
	}
	return errors.New("the test was not carried out")
}

// forgetPeak makes peak begin anew (clear_refs in proc(5)), so that what the
// preparation needed does not count.
func forgetPeak() error {
	debug.FreeOSMemory()
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peak is the most memory, in bytes, that a process ever had (VmHWM of proc(5)).
func peak(pid int) (int, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, ok := bytes.CutPrefix(lines.Bytes(), []byte("VmHWM:")); ok {
			kib, err := strconv.Atoi(string(bytes.TrimSpace(bytes.TrimSuffix(value, []byte("kB")))))
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmHWM in /proc/PID/status")
}

// run has a process of its own carry out the order.
func (o order) run(t testing.TB) outcome {
	t.Helper()
	in, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asClient+"=1")
	cmd.Stdin = bytes.NewReader(in)
	var said bytes.Buffer
	cmd.Stderr = &said
	answer, err := cmd.Output()
	var found outcome
	if err == nil {
		err = json.Unmarshal(answer, &found)
	}
	if err != nil {
		t.Fatalf("the client: %v\n%s", err, said.String())
	}
	return found
}
