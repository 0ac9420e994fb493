package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"postkey/internal/e2e/keyring"
	"postkey/internal/practice"
	"postkey/store"
)

// Of TestKilledWhileRotating: how often, how many side by side, and how long
// after the start of its work a process lives at most.
const (
	kills     = 200
	lanes     = 2
	longestMS = 400
)

// TestKilledWhileRotating kills a process at random moments while it rotates a
// client secret in a real keyring. After each kill the next start finds a
// connection that works with exactly one of the two secrets, the one its record
// tells of, and nothing of the other.
func TestKilledWhileRotating(t *testing.T) {
	env := append(keyring.Start(t, t.TempDir()), "LANG=en_US.UTF-8")
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	var (
		running sync.WaitGroup
		mu      sync.Mutex
		counts  = map[string]int{}
	)
	for lane := range lanes {
		dir := t.TempDir()
		running.Go(func() {
			if err := killLane(t, env, tenant, dir, kills/lanes, func(what string) {
				mu.Lock()
				defer mu.Unlock()
				counts[what]++
			}); err != nil {
				t.Errorf("lane %d: %v", lane, err)
			}
		})
	}
	running.Wait()
	t.Logf("%d kills; %d in the middle of something; afterwards the first secret worked %d times, the second %d times",
		counts["kills"], counts["middle"], counts["works 0"], counts["works 1"])
	if !t.Failed() && (counts["middle"] < kills/10 || counts["works 0"] == 0 || counts["works 1"] == 0) {
		t.Errorf("the kills did not meet the rotations: %v", counts)
	}
}

// killLane sets up a connection and kills the process that rotates it, n times.
func killLane(t *testing.T, env []string, tenant *practice.Tenant, dir string, n int, count func(string)) error {
	v := tenant.Values()
	added := tenant.AddSecret(time.Now().AddDate(1, 0, 0), 0)
	job, err := json.Marshal(killJob{
		Dir: dir, Cloud: tenant.Cloud(), Roots: string(tenant.RootsPEM()),
		Values: [2]string{v.ClientSecret.Reveal(), added.Value.Reveal()},
		Ends:   [2]string{v.SecretExpires, store.DateOf(added.Ends).String()},
		Tenant: v.TenantID, Client: v.ClientID, Address: v.Address,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	judge, err := startChild(ctx, env, "judge", job)
	if err != nil {
		return err
	}
	defer judge.end()
	what, rest, err := judge.says()
	if err != nil || what != "browse" {
		return fmt.Errorf("judge: %s %s %w", what, rest, err)
	}
	if _, err := tenant.Browse(ctx, rest, v.Address); err != nil {
		return err
	}
	if what, rest, err = judge.says(); err != nil || what != "connected" {
		return fmt.Errorf("judge: %s %s %w", what, rest, err)
	}
	for i := range n {
		if err := killOnce(ctx, env, job); err != nil {
			return fmt.Errorf("kill %d: %w", i+1, err)
		}
		count("kills")
		if _, err := fmt.Fprintln(judge.in); err != nil {
			return err
		}
		what, rest, err := judge.says()
		if err != nil || what != "works" {
			return fmt.Errorf("after kill %d: %s %s %w", i+1, what, rest, err)
		}
		which, left, _ := strings.Cut(rest, " ")
		count("works " + which)
		if left != "0" {
			count("middle")
		}
	}
	return nil
}

// killOnce lets a process rotate for a random while and kills it.
func killOnce(ctx context.Context, env []string, job []byte) error {
	p, err := startChild(ctx, env, "rotate", job)
	if err != nil {
		return err
	}
	defer p.end()
	// Half of them from the first question on, the others from the first write to
	// the keyring on, so that a slow machine meets that too.
	for _, want := range []string{"go", "store"}[:1+rand.IntN(2)] {
		if what, rest, err := p.says(); err != nil || what != want {
			return fmt.Errorf("it did not come to %s: %s %s %w", want, what, rest, err)
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if _, _, err := p.says(); err != nil {
				return
			}
		}
	}()
	defer func() { <-ended }()
	select {
	case <-ended:
		return fmt.Errorf("it ended by itself: %s", p.said.String())
	case <-time.After(time.Duration(rand.IntN(longestMS*1000)) * time.Microsecond):
	}
	return p.cmd.Process.Kill() // SIGKILL
}

// childProcess is the test binary as another process.
type childProcess struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said strings.Builder // on standard error
}

func startChild(ctx context.Context, env []string, kind string, job []byte) (*childProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &childProcess{cmd: exec.CommandContext(ctx, self)}
	p.cmd.Env = append(append([]string{}, env...), childVariable+"="+kind)
	p.cmd.Stderr = &p.said
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	_, err = p.in.Write(append(job, '\n'))
	return p, err
}

// says returns the next line, its first word apart.
func (p *childProcess) says() (word, rest string, err error) {
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", "", fmt.Errorf("%w: %s", err, p.said.String())
	}
	word, rest, _ = strings.Cut(strings.TrimSpace(line), " ")
	return word, rest, nil
}

// end ends it, if it has not ended.
func (p *childProcess) end() {
	_ = p.in.Close()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
