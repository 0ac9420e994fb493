package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// rotation is what --json prints beside the rest.
type rotation struct {
	Connections []struct {
		Name  string
		OK    bool
		Steps []struct{ Step, Status string }
		Legs  []struct {
			Hops []struct{ Hop, Status string }
		}
		Findings []struct{ ID string }
	}
	Error string
}

func (r *run) rotation(t *testing.T) rotation {
	t.Helper()
	var rep rotation
	if err := json.Unmarshal(r.out.Bytes(), &rep); err != nil {
		t.Fatalf("standard output is no JSON object: %v\n%s%s", err, r.out.String(), r.err.String())
	}
	return rep
}

func TestRotatePractice(t *testing.T) {
	r := newRun(t)
	if status := r.Run(t.Context(), []string{"rotate", "--practice"}); status != ExitOK {
		t.Fatalf("exit status %d\n%s%s", status, r.out.String(), r.err.String())
	}
	for _, want := range []string{"Microsoft accepts", "read back", "sent and received", "the old one is removed", "Update Client Secret", "Practice inbox: works"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, r.out.String())
		}
	}
}

func TestRotatePracticeJSON(t *testing.T) {
	r := newRun(t)
	if status := r.Run(t.Context(), []string{"rotate", "--practice", "--json", "Practice inbox"}); status != ExitOK {
		t.Fatalf("exit status %d\n%s%s", status, r.out.String(), r.err.String())
	}
	one := r.rotation(t).Connections[0]
	if !one.OK || len(one.Steps) != 4 || len(one.Legs) != 3 {
		t.Fatalf("%+v", one)
	}
	for i, step := range []string{"accept", "store", "test", "remove"} {
		if one.Steps[i].Step != step || one.Steps[i].Status != "ok" {
			t.Errorf("step %d: %+v", i+1, one.Steps[i])
		}
	}
	for _, hop := range one.Legs[0].Hops {
		if hop.Status != "ok" {
			t.Errorf("%+v", hop)
		}
	}
}

// stored is a program whose data folder and keyring hold connections to a
// tenant, which all its commands use.
type stored struct {
	*run
	bench   *wizard.Workbench
	tenant  *practice.Tenant
	dir     string
	answers []string // to prompts
}

func newStored(t *testing.T, names ...string) *stored {
	t.Helper()
	p, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	s := &stored{run: newRun(t), tenant: p, dir: t.TempDir()}
	s.run.tenant = p
	vault := store.NewMemory()
	s.prepare = func(w *wizard.Workbench) {
		w.Vault, w.Roots = vault, p.Roots()
		if !w.Practice {
			w.Catalog.Add(p.Cloud())
		}
	}
	s.StartPractice = func() (Practice, error) { return lasting{tenant{p}}, nil }
	s.Prompt = func(context.Context, string) (oauth.Secret, error) {
		if len(s.answers) == 0 {
			return oauth.Secret{}, ErrNoTerminal
		}
		answer := s.answers[0]
		s.answers = s.answers[1:]
		return oauth.NewSecret(answer), nil
	}
	ses, err := s.open(flags{practice: true, data: s.dir})
	if err != nil {
		t.Fatal(err)
	}
	s.bench = ses.bench
	drafts, secrets := ses.practice.Drafts()
	for _, name := range names {
		d := *drafts[0]
		d.ID, d.Name = store.NewID(), name
		one, err := s.connectPractice(t.Context(), ses, &d, secrets[0])
		if err != nil || !one.OK {
			t.Fatalf("%+v, %v", one, err)
		}
	}
	t.Cleanup(ses.close)
	return s
}

// lasting is a tenant that outlives the commands.
type lasting struct{ tenant }

func (lasting) Close() error { return nil }

// rotates runs the command as it runs outside the practice tenant.
func (s *stored) rotates(ctx context.Context, args ...string) int {
	s.out.Reset()
	s.err.Reset()
	return s.Run(ctx, append([]string{"rotate", "--data", s.dir}, args...))
}

func (s *stored) connection(t *testing.T, name string) store.Connection {
	t.Helper()
	all, err := s.bench.Store.Connections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no connection %s", name)
	return store.Connection{}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	s := newStored(t, "One", "Two")
	next := s.tenant.AddSecret(time.Now().AddDate(1, 0, 0), 0)
	ends := store.DateOf(next.Ends).String()

	// From a prompt, for one of two.
	s.answers = []string{next.Value.Reveal()}
	if status := s.rotates(t.Context(), "One", "--expires", ends); status != ExitOK {
		t.Fatalf("exit status %d\n%s%s", status, s.out.String(), s.err.String())
	}
	for name, want := range map[string]oauth.Secret{"One": next.Value, "Two": s.tenant.Values().ClientSecret} {
		if got, err := s.bench.SecretOf(t.Context(), s.connection(t, name)); err != nil || !got.Equal(want) {
			t.Errorf("%s has another secret: %v", name, err)
		}
	}
	if got := s.connection(t, "One").SecretExpires.String(); got != ends {
		t.Errorf("it ends on %s", got)
	}
	if strings.Contains(s.out.String()+s.err.String(), next.Value.Reveal()) {
		t.Error("the secret was printed")
	}

	// From the environment.
	again := s.tenant.AddSecret(time.Now().AddDate(1, 0, 0), 0)
	s.env["POSTKEY_CLIENT_SECRET"] = again.Value.Reveal()
	if status := s.rotates(t.Context(), "Two", "--json"); status != ExitOK || !s.rotation(t).Connections[0].OK {
		t.Fatalf("exit status %d\n%s%s", status, s.out.String(), s.err.String())
	}
	// The same once more is refused, and nothing changes.
	if status := s.rotates(t.Context(), "Two", "--json"); status != ExitFailed || s.rotation(t).Connections[0].OK {
		t.Errorf("exit status %d\n%s", status, s.out.String())
	}
	// A Secret ID is told as what it is.
	s.env["POSTKEY_CLIENT_SECRET"] = s.tenant.Values().SecretID
	if status := s.rotates(t.Context(), "Two", "--json"); status != ExitFailed || s.rotation(t).Connections[0].Findings[0].ID != "secret-is-id" {
		t.Errorf("exit status %d\n%s", status, s.out.String())
	}
}

// A values file rotates many, with a prompt for each; what a script printed fills all.
func TestRotateMany(t *testing.T) {
	s := newStored(t, "One", "Two", "Three")
	all, err := s.bench.Store.Connections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "values.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	// The practice tenant's cloud is no cloud of a values file; names are enough.
	for i := range all {
		all[i].Cloud = "worldwide"
	}
	if err := errors.Join(wizard.WriteValues(f, all), f.Close()); err != nil {
		t.Fatal(err)
	}
	var secrets []practice.AppSecret
	for range all {
		one := s.tenant.AddSecret(time.Now().AddDate(1, 0, 0), 0)
		secrets = append(secrets, one)
		s.answers = append(s.answers, one.Value.Reveal())
	}
	if status := s.rotates(t.Context(), "--import", path, "--json"); status != ExitOK {
		t.Fatalf("exit status %d\n%s%s", status, s.out.String(), s.err.String())
	}
	for i, c := range all {
		if got, err := s.bench.SecretOf(t.Context(), s.connection(t, c.Name)); err != nil || !got.Equal(secrets[i].Value) {
			t.Errorf("%s has another secret: %v", c.Name, err)
		}
	}

	added := s.tenant.AddSecret(time.Now().AddDate(1, 0, 0), 0)
	v := s.tenant.Values()
	s.In = strings.NewReader(fmt.Sprintf(`noise {"client_id": %q, "tenant_id": %q, "secret": %q, "secret_expires": "2030-01-02", "secret_key_id": %q}`,
		v.ClientID, v.TenantID, added.Value.Reveal(), added.KeyID))
	if status := s.rotates(t.Context(), "One", "Two", "Three", "--paste"); status != ExitOK {
		t.Fatalf("exit status %d\n%s%s", status, s.out.String(), s.err.String())
	}
	for _, c := range all {
		now := s.connection(t, c.Name)
		if got, err := s.bench.SecretOf(t.Context(), now); err != nil || !got.Equal(added.Value) || now.SecretExpires.String() != "2030-01-02" {
			t.Errorf("%s: %s, %v", c.Name, now.SecretExpires, err)
		}
	}
}

func TestRotateUsage(t *testing.T) {
	s := newStored(t, "One")
	for name, args := range map[string][]string{
		"no name":            {},
		"unknown":            {"Other"},
		"both":               {"One", "--import", "x"},
		"no terminal":        {"One"},
		"no date":            {"One", "--expires", "tomorrow"},
		"past":               {"One", "--expires", "2020-01-01"},
		"practice with date": {"--practice", "--expires", "2099-01-01"},
		"nothing pasted":     {"One", "--paste"},
	} {
		if status := s.rotates(t.Context(), args...); status != ExitUsage || s.err.Len() == 0 {
			t.Errorf("%s: exit status %d\n%s%s", name, status, s.out.String(), s.err.String())
		}
	}
	s.env["POSTKEY_CLIENT_SECRET"] = "too short"
	if status := s.rotates(t.Context(), "One"); status != ExitUsage {
		t.Errorf("exit status %d", status)
	}
}

// A secret that Microsoft never knows: cancelled while it waits.
func TestRotateCancelled(t *testing.T) {
	s := newStored(t, "One")
	s.env["POSTKEY_CLIENT_SECRET"] = s.tenant.AddSecret(time.Now().AddDate(1, 0, 0), time.Hour).Value.Reveal()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if status := s.rotates(ctx, "One"); status != ExitCancelled || !strings.Contains(s.out.String(), "does not know the new value yet") {
		t.Errorf("exit status %d\n%s%s", status, s.out.String(), s.err.String())
	}
}

func TestCheckExpiry(t *testing.T) {
	s := newStored(t, "Practice")
	ctx := t.Context()
	day := func(n int) store.Date { return store.DateOf(time.Now().AddDate(0, 0, n)) }
	for _, c := range []store.Connection{
		{ID: store.NewID(), Name: "Later", Platform: "web", SecretExpires: day(40)},
		{ID: store.NewID(), Name: "Soon", Platform: "web", SecretExpires: day(5)},
		{ID: store.NewID(), Name: "Public", Platform: "desktop"},
		{ID: store.NewID(), Name: "Unknown", Platform: "web"},
	} {
		if err := s.bench.Store.Put(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		args []string
		want int
	}{
		{[]string{"--expiry", "4"}, ExitOK},
		{[]string{"--expiry", "5"}, ExitFailed},
		{[]string{"--expiry", "5", "Later"}, ExitOK},
		{[]string{"--expiry", "40", "Later"}, ExitFailed},
		{[]string{"--expiry", "0", "Public", "Unknown"}, ExitOK},
		{[]string{"--expiry", "-1"}, ExitUsage},
		{[]string{"--expiry", "soon"}, ExitUsage},
		{[]string{"--expiry", "5", "Nobody"}, ExitUsage},
		{[]string{"--expiry", "5", "--import", "x"}, ExitUsage},
	} {
		s.out.Reset()
		s.err.Reset()
		if got := s.Run(ctx, append([]string{"check", "--data", s.dir}, tc.args...)); got != tc.want {
			t.Errorf("%v: exit status %d\n%s%s", tc.args, got, s.out.String(), s.err.String())
		}
	}
	s.out.Reset()
	if got := s.Run(ctx, []string{"check", "--data", s.dir, "--expiry", "7", "--json"}); got != ExitFailed {
		t.Errorf("exit status %d", got)
	}
	var rep struct{ Connections []expiryReport }
	if err := json.Unmarshal(s.out.Bytes(), &rep); err != nil || len(rep.Connections) != 5 {
		t.Fatalf("%+v, %v", rep, err)
	}
	if first := rep.Connections[0]; first.Name != "Soon" || first.OK || *first.Days != 5 || first.Expires == "" {
		t.Errorf("%+v", first)
	}
	if last := rep.Connections[4]; last.Days != nil || !last.OK {
		t.Errorf("%+v", last)
	}
}
