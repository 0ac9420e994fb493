package wizard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postkey/internal/e2e/keyring"
	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// refreshers are the processes that refresh one connection at once.
const refreshers = 16

// refreshJob is what another process of this test is to do.
type refreshJob struct {
	Role string // set-up, refresh or sign-in-again
	Dir  string // of the test
	ID   string // of the connection
	Go   string // file that starts all at once
	// What is the practice tenant's; the secret as it is.
	Cloud                                             oauth.Cloud
	TenantID, ClientID, RedirectHost, Address, Secret string
}

const refreshVariable = "POSTKEY_TEST_REFRESH_JOB"

// The other processes are this test program again.
func init() {
	text := os.Getenv(refreshVariable)
	if text == "" {
		return
	}
	var job refreshJob
	err := json.Unmarshal([]byte(text), &job)
	if err == nil {
		var id string
		id, err = job.run()
		fmt.Print(id)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run does the job with a workbench of its own, on the real keyring.
func (j refreshJob) run() (id string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cat, err := catalog.Load()
	if err != nil {
		return "", err
	}
	cat.Add(j.Cloud)
	s, err := store.Open(j.Dir)
	if err != nil {
		return "", err
	}
	b := &wizard.Workbench{
		Catalog: cat, Store: s, Vault: store.NewKeyring(), Practice: true,
		OpenBrowser: func(_ context.Context, url string) error {
			go func() { _, _ = practice.NewRobot(j.Address, nil).Browse(context.Background(), url) }()
			return nil
		},
	}
	defer b.Close()
	if j.Role == "set-up" {
		return j.setUp(ctx, b)
	}
	d, err := b.Edit(ctx, j.ID)
	if err != nil {
		return "", err
	}
	for _, err := os.Stat(j.Go); err != nil; _, err = os.Stat(j.Go) {
		time.Sleep(time.Millisecond)
	}
	if j.Role == "sign-in-again" {
		return "", signInOnce(ctx, b, d)
	}
	return "", b.Verify(ctx, d) // two refreshes, one for each resource
}

func (j refreshJob) setUp(ctx context.Context, b *wizard.Workbench) (string, error) {
	d := b.NewDraft()
	d.Name, d.TenantID, d.ClientID, d.RedirectHost = "Support", j.TenantID, j.ClientID, j.RedirectHost
	if err := b.PutSecret(ctx, d.ID, oauth.NewSecret(j.Secret)); err != nil {
		return "", err
	}
	if err := signInOnce(ctx, b, d); err != nil {
		return "", err
	}
	c, err := b.Save(ctx, d)
	return c.ID, err
}

func signInOnce(ctx context.Context, b *wizard.Workbench, d *wizard.Draft) error {
	session, err := b.SignIn(ctx, d, false)
	if err != nil {
		return err
	}
	defer session.Close()
	in, err := session.Wait(ctx)
	if err != nil {
		return err
	}
	return b.SignedIn(ctx, d, in)
}

// TestSixteenProcesses: sixteen processes refresh the same connection at once
// while a seventeenth signs in to it again, all on one real keyring. The tenant
// ends a refresh token at its first use, so a token that is redeemed twice, or
// overwritten by an older one, shows at once.
func TestSixteenProcesses(t *testing.T) {
	log := &quietLog{}
	tenant, err := practice.Start(practice.Options{
		StrictRotation: true,
		Log:            slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Close() })
	home := t.TempDir()
	v := tenant.Values()
	job := refreshJob{
		Dir: filepath.Join(home, "data"), Go: filepath.Join(home, "go"), Cloud: tenant.Cloud(),
		TenantID: v.TenantID, ClientID: v.ClientID, RedirectHost: v.RedirectHost, Address: v.Address, Secret: v.ClientSecret.Reveal(),
	}
	env := keyring.Start(t, home)
	run := func(role string) string {
		one := job
		one.Role = role
		out, err := runJob(t, one, env)
		if err != nil {
			t.Errorf("%s: %v", role, err)
		}
		return out
	}
	if job.ID = run("set-up"); job.ID == "" {
		t.FailNow()
	}
	var all sync.WaitGroup
	for range refreshers {
		all.Go(func() { run("refresh") })
	}
	all.Go(func() { run("sign-in-again") })
	time.Sleep(time.Second) // most of them stand at the start
	if err := os.WriteFile(job.Go, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	run("refresh") // what is stored now is good
	if text := log.String(); strings.Contains(text, "code=70000") {
		t.Errorf("a refresh token was redeemed twice:\n%s", text)
	}
}

// runJob runs a job in a process of its own and returns what it printed.
func runJob(t *testing.T, job refreshJob, env []string) (string, error) {
	text, err := json.Marshal(job)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append([]string{}, env...), refreshVariable+"="+string(text))
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, strings.TrimSpace(failed.String()))
	}
	return string(out), nil
}

// quietLog collects what the tenant logs.
type quietLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *quietLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the log so far.
func (l *quietLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
