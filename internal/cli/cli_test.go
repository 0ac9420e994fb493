package cli

import (
	"bytes"
	"context"
	"encoding/json"
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

// tenant is the practice tenant as main hands it to the commands.
type tenant struct{ *practice.Tenant }

func (t tenant) Drafts() ([]*wizard.Draft, []oauth.Secret) {
	v := t.Values()
	d := wizard.NewDraft(time.Now())
	d.Name, d.Cloud, d.TenantID, d.ClientID = "Practice inbox", t.Cloud().ID, v.TenantID, v.ClientID
	d.SecretExpires, d.RedirectHost = v.SecretExpires, v.RedirectHost
	d.Protocols = []string{"imap", "pop", "smtp"}
	d.Mailbox.Address = v.Address
	return []*wizard.Draft{d}, []oauth.Secret{v.ClientSecret}
}

func (t tenant) NewSecret() (oauth.Secret, string) {
	made := t.AddSecret(time.Now().AddDate(1, 0, 0), 0)
	return made.Value, store.DateOf(made.Ends).String()
}

// run is a program whose practice tenant a test can break, with what it printed.
type run struct {
	Program
	out, err bytes.Buffer
	env      map[string]string
	broken   practice.Fault
	tenant   *practice.Tenant
}

func newRun(t *testing.T) *run {
	r := &run{env: map[string]string{}}
	r.Program = Program{
		Version: "1.2.3", Commit: "abc", In: strings.NewReader(""), Out: &r.out, Err: &r.err,
		Getenv: func(k string) string { return r.env[k] },
		Prompt: func(context.Context, string) (oauth.Secret, error) { return oauth.Secret{}, ErrNoTerminal },
		StartPractice: func() (Practice, error) {
			p, err := practice.Start(practice.Options{})
			if err != nil {
				return nil, err
			}
			if r.broken != "" {
				p.Break(r.broken)
			}
			r.tenant = p
			return tenant{p}, nil
		},
		Window: func(context.Context, Window) error { t.Error("the window was opened"); return nil },
	}
	return r
}

type jsonReport struct {
	Connections []struct {
		Name string
		OK   bool
		Legs []struct {
			Leg  string
			OK   bool
			Hops []struct {
				Hop, Status, Detail, Server string
				MS                          *int64
			}
		}
		Findings []struct {
			ID, Title, Who string
			Fix, Commands  []string
		}
	}
	Findings []struct{ ID string }
	Error    string
}

func (r *run) report(t *testing.T) jsonReport {
	t.Helper()
	var rep jsonReport
	dec := json.NewDecoder(&r.out)
	if err := dec.Decode(&rep); err != nil {
		t.Fatalf("standard output is no JSON object: %v\n%s%s", err, r.out.String(), r.err.String())
	}
	if dec.More() {
		t.Fatal("standard output holds more than one object")
	}
	return rep
}

// found reports whether the first connection has the finding.
func (r jsonReport) found(id string) bool {
	for _, f := range r.Connections[0].Findings {
		if f.ID == id {
			return true
		}
	}
	return false
}

func TestCheckPracticePasses(t *testing.T) {
	r := newRun(t)
	if status := r.Run(t.Context(), []string{"check", "--practice", "--json"}); status != ExitOK {
		t.Fatalf("exit status %d\n%s%s", status, r.out.String(), r.err.String())
	}
	rep := r.report(t)
	if len(rep.Connections) != 1 || !rep.Connections[0].OK || rep.Connections[0].Name != "Practice inbox" {
		t.Fatalf("report: %+v", rep)
	}
	want := map[string]string{
		"imap": "token connect tls auth open arrive cleanup",
		"pop":  "token connect tls auth open arrive cleanup",
		"smtp": "token connect tls auth send",
	}
	for _, l := range rep.Connections[0].Legs {
		var hops []string
		for _, h := range l.Hops {
			hops = append(hops, h.Hop)
			if h.Status == "ok" && h.MS == nil {
				t.Errorf("%s %s is ok without a time", l.Leg, h.Hop)
			}
		}
		if got := strings.Join(hops, " "); got != want[l.Leg] {
			t.Errorf("%s: hops %q, want %q", l.Leg, got, want[l.Leg])
		}
		delete(want, l.Leg)
	}
	if len(want) > 0 {
		t.Errorf("legs missing: %v", want)
	}
}

func TestCheckPracticeNamesTheFinding(t *testing.T) {
	for fault, id := range map[practice.Fault]string{
		practice.FaultSecretWrong:          "secret-wrong",
		practice.FaultSecretExpired:        "secret-expired",
		practice.FaultConsentMissing:       "consent-needed",
		practice.FaultAdminConsent:         "admin-consent-needed",
		practice.FaultWrongAudience:        "token-wrong-audience",
		practice.FaultFewerScopes:          "token-missing-scope",
		practice.FaultThrottledSignIn:      "service-busy",
		practice.FaultSMTPTenantOff:        "smtp-auth-disabled-tenant",
		practice.FaultSMTPMailboxOff:       "smtp-auth-disabled-mailbox",
		practice.FaultNotConnected:         "imap-not-connected",
		practice.FaultSendAsDenied:         "send-as-denied",
		practice.FaultBounce:               "message-rejected",
		practice.FaultThrottledMail:        "imap-throttled",
		practice.FaultHangUp:               "connection-lost",
		practice.FaultGarbage:              "not-a-mail-server",
		practice.FaultNoSTARTTLS:           "starttls-missing",
		practice.FaultNoXOAUTH2:            "xoauth2-missing",
		practice.FaultCertificateName:      "tls-name-mismatch",
		practice.FaultCertificateExpired:   "tls-expired",
		practice.FaultCertificateUntrusted: "tls-untrusted",
	} {
		t.Run(id, func(t *testing.T) {
			r := newRun(t)
			r.broken = fault
			t.Parallel()
			if status := r.Run(t.Context(), []string{"--json", "check", "--practice"}); status != ExitFailed {
				t.Fatalf("exit status %d\n%s%s", status, r.out.String(), r.err.String())
			}
			rep := r.report(t)
			if len(rep.Connections) != 1 || rep.Connections[0].OK || !rep.found(id) {
				t.Fatalf("report: %+v", rep)
			}
			for _, f := range rep.Connections[0].Findings {
				if f.Title == "" || f.Who == "" || len(f.Fix) == 0 {
					t.Errorf("finding without title, who or fix: %+v", f)
				}
			}
		})
	}
}

func TestWrongUse(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	unknown := file("unknown.json", "{\n\"version\": 1,\n\"connections\": [{\n\"name\": \"A\",\n\"colour\": \"red\"\n}]}")
	wrongType := file("type.json", "{\n\"version\": 1,\n\"connections\": [{\n\"name\": 5}]}")
	garbage := file("garbage.json", strings.Repeat("\x00\xffgarbage", 1<<20))
	for _, c := range []struct {
		name string
		args []string
		says []string
	}{
		{"unknown command", []string{"conect"}, []string{"conect"}},
		{"unknown flag", []string{"check", "--jsn"}, []string{"--jsn"}},
		{"no values file", []string{"connect"}, []string{"--import"}},
		{"missing values file", []string{"connect", "--import", filepath.Join(dir, "none.json")}, []string{"none.json"}},
		{"unknown field", []string{"connect", "--import", unknown}, []string{"colour", "line 5"}},
		{"wrong type", []string{"connect", "--import", wrongType}, []string{"name", "line 4"}},
		{"garbage", []string{"connect", "--import", garbage}, []string{"garbage.json"}},
		{"unknown connection", []string{"check", "Nobody"}, []string{"Nobody"}},
		{"nothing to check", []string{"check"}, []string{"no connection"}},
		{"secret as an argument", []string{"connect", "--secret", "x"}, []string{"--secret"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRun(t)
			args := append(c.args, "--data", t.TempDir())
			if status := r.Run(t.Context(), args); status != ExitUsage {
				t.Errorf("exit status %d, want %d", status, ExitUsage)
			}
			for _, s := range c.says {
				if !strings.Contains(r.err.String(), s) {
					t.Errorf("%q is not in %q", s, r.err.String())
				}
			}
			if r.err.Len() > 2000 {
				t.Errorf("%d bytes of complaint", r.err.Len())
			}
		})
	}
}

func TestCancelledCheck(t *testing.T) {
	r := newRun(t)
	r.broken = practice.FaultSlow
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(500*time.Millisecond, cancel)
	if status := r.Run(ctx, []string{"check", "--practice"}); status != ExitCancelled {
		t.Errorf("exit status %d, want %d\n%s", status, ExitCancelled, r.err.String())
	}
}

func TestVersion(t *testing.T) {
	r := newRun(t)
	if status := r.Run(t.Context(), []string{"version"}); status != ExitOK {
		t.Fatal(status)
	}
	if got := r.out.String(); !strings.HasPrefix(got, "postkey 1.2.3 (commit abc, go1.") {
		t.Errorf("version: %q", got)
	}
}

// noKeyring is a keyring that is not there.
type noKeyring struct{ store.Vault }

func (noKeyring) Get(context.Context, string) (oauth.Secret, error) {
	return oauth.Secret{}, store.ErrKeyringMissing
}

func (noKeyring) Set(context.Context, string, oauth.Secret) error { return store.ErrKeyringMissing }

// Without a keyring the user is asked, and only a yes goes on, in memory.
func TestConnectWithoutKeyring(t *testing.T) {
	for answer, wants := range map[string]bool{"y\n": true, "Yes\n": true, "\n": false, "n\n": false, "": false} {
		r := newRun(t)
		p, err := r.StartPractice()
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		s, err := r.open(flags{data: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		s.bench.Catalog.Add(p.Cloud())
		s.bench.Roots, s.bench.Vault = p.Roots(), noKeyring{}
		drafts, secrets := p.Drafts()
		s.bench.OpenBrowser = func(_ context.Context, url string) error {
			go func() { _, _ = p.Browse(context.Background(), url, drafts[0].Mailbox.Address) }()
			return nil
		}
		c := connector{bench: s.bench, out: &r.out, pasted: lines(strings.NewReader(answer))}
		rep, err := c.connect(t.Context(), drafts[0], secrets[0])
		if err != nil || rep.OK != wants {
			t.Errorf("%q: %+v, %v", answer, rep, err)
		}
		if !wants && (len(rep.Findings) != 1 || rep.Findings[0].ID != "keyring-missing") {
			t.Errorf("%q: findings %v", answer, rep.Findings)
		}
		if stored, _ := s.bench.Store.Connections(t.Context()); len(stored) != 0 {
			t.Errorf("%q: a connection without secrets was stored", answer)
		}
	}
}
