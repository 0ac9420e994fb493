package wizard_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
	"postkey/wizard/support"
)

// repeated is a saved connection to a practice tenant of its own, with a log.
type repeated struct {
	bench  *wizard.Workbench
	tenant *practice.Tenant
	conn   store.Connection
	log    *support.Log
}

func newRepeated(t *testing.T) repeated {
	t.Helper()
	ctx := t.Context()
	tenant, err := practice.Start(practice.Options{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	t.Cleanup(func() {
		if err := tenant.Close(); err != nil {
			t.Error(err)
		}
	})
	cat, err := catalog.Load()
	must(err)
	cat.Add(tenant.Cloud())
	kept, err := store.Open(t.TempDir())
	must(err)
	known := &support.Known{}
	log := support.OpenLog(kept.Dir(), known, true)
	t.Cleanup(func() { _ = log.Close() })
	bench := &wizard.Workbench{
		Catalog: cat, Store: kept, Vault: store.NewMemory(), Roots: tenant.Roots(), Practice: true,
		Log: log.Logger(), Known: known, ArriveWithin: 5 * time.Second,
	}
	v := tenant.Values()
	d := wizard.NewDraft(time.Now())
	d.Name, d.Cloud, d.TenantID, d.ClientID = "Support inbox", tenant.Cloud().ID, v.TenantID, v.ClientID
	d.RedirectHost, d.SecretExpires, d.Mailbox.Address = v.RedirectHost, v.SecretExpires, v.Address
	d.Protocols = []string{wizard.ProtocolIMAP, wizard.ProtocolSMTP}
	must(bench.PutSecret(ctx, d.ID, v.ClientSecret))
	session, err := bench.SignIn(ctx, d, false)
	must(err)
	defer session.Close()
	_, err = tenant.Browse(ctx, session.URL(), v.Address)
	must(err)
	signedIn, err := session.Wait(ctx)
	must(err)
	must(bench.SignedIn(ctx, d, signedIn))
	conn, err := bench.Save(ctx, d)
	must(err)
	return repeated{bench, tenant, conn, log}
}

// A failure that comes and goes: of six runs the SMTP sign-in fails in three.
func TestRepeat(t *testing.T) {
	r := newRepeated(t)
	var told []wizard.Repeated
	out := r.bench.Repeat(t.Context(), r.conn, wizard.Repeat{Times: 6}, func(so wizard.Repeated) {
		told = append(told, so)
		r.tenant.Heal()
		if so.Runs%2 == 1 {
			r.tenant.Break(practice.FaultSMTPMailboxOff)
		}
	})
	if out.Runs != 6 || out.Failed != 3 || out.Cancelled || len(told) != 6 || told[0].Runs != 1 {
		t.Errorf("%d runs, %d failed, told %d times", out.Runs, out.Failed, len(told))
	}
	hops := map[string]wizard.HopCount{}
	for _, h := range out.Hops {
		hops[string(h.Leg)+" "+string(h.Hop)] = h
	}
	if h := hops["smtp auth"]; h.Runs != 6 || h.Failed != 3 {
		t.Errorf("smtp auth: %+v", h)
	}
	if h := hops["smtp send"]; h.Runs != 3 || h.Failed != 0 {
		t.Errorf("smtp send: %+v", h)
	}
	if h := hops["imap auth"]; h.Runs != 6 || h.Failed != 0 || h.Fastest <= 0 || h.Fastest > h.Median || h.Median > h.Slowest {
		t.Errorf("imap auth: %+v", h)
	}
	if len(out.Findings) != 1 || out.Findings[0].ID != "smtp-auth-disabled-mailbox" || out.Findings[0].Times != 3 {
		t.Errorf("findings: %+v", out.Findings)
	}
	if told[0].Hops[0].Runs != 1 {
		t.Error("what was told first has changed since")
	}
}

func TestRepeatForATime(t *testing.T) {
	r := newRepeated(t)
	out := r.bench.Repeat(t.Context(), r.conn, wizard.Repeat{For: 300 * time.Millisecond, Pause: 50 * time.Millisecond}, nil)
	if out.Runs < 1 || out.Failed != 0 || out.Cancelled {
		t.Errorf("%+v", out)
	}
	if one := r.bench.Repeat(t.Context(), r.conn, wizard.Repeat{}, nil); one.Runs != 1 {
		t.Errorf("neither times nor time: %d runs", one.Runs)
	}
}

// Cancelling ends the pause and the run, and keeps what was counted.
func TestRepeatCancelled(t *testing.T) {
	r := newRepeated(t)
	ctx, cancel := context.WithCancel(t.Context())
	out := r.bench.Repeat(ctx, r.conn, wizard.Repeat{Times: 100, Pause: time.Hour}, func(wizard.Repeated) { cancel() })
	if out.Runs != 1 || !out.Cancelled {
		t.Errorf("in the pause: %d runs, cancelled %v", out.Runs, out.Cancelled)
	}
	ctx, cancel = context.WithCancel(t.Context())
	r.tenant.Break(practice.FaultSilent)
	time.AfterFunc(200*time.Millisecond, cancel)
	if out := r.bench.Repeat(ctx, r.conn, wizard.Repeat{Times: 3}, nil); out.Runs != 0 || !out.Cancelled {
		t.Errorf("in a run: %d runs, cancelled %v", out.Runs, out.Cancelled)
	}
}

// What passes through a test is in no log and in no bundle: the client secret,
// the refresh token and the access token.
func TestNoSecretInLogAndBundle(t *testing.T) {
	r := newRepeated(t)
	r.bench.ForgetTokens() // so that a refresh is in the log too
	result, findings := r.bench.Test(t.Context(), r.conn, nil)
	if !result.OK() {
		t.Fatalf("the test failed: %+v", findings)
	}
	secrets := append(r.bench.Secrets(t.Context(), r.conn.ID), r.bench.Known.All()...)
	if len(secrets) < 3 {
		t.Fatalf("only %d secrets are known", len(secrets))
	}
	var all bytes.Buffer
	for _, s := range secrets { // as an error that repeats a request would have it
		r.log.Logger().LogAttrs(t.Context(), slog.LevelWarn, "repeated", slog.String("words", "Bearer "+s.Reveal()))
		all.WriteString(s.Reveal() + "\n")
	}
	items, err := r.bench.Bundle(t.Context(), "1.2.3", "abc", map[string][]byte{"report.html": all.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := support.WriteZIP(&file, items, time.Now()); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string]string{}
	for _, f := range z.File {
		one, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(one)
		if err != nil {
			t.Fatal(err)
		}
		contents[f.Name] = string(raw)
		for _, s := range secrets {
			if strings.Contains(string(raw), s.Reveal()) {
				t.Errorf("%s holds a secret", f.Name)
			}
		}
	}
	for name, want := range map[string][]string{
		"logs/postkey.log": {
			"hop=auth", "connection=\"Support inbox\"", "leg=imap", "took=", "C: AUTH XOAUTH2", oauth.Redacted,
			"grant_type=refresh_token", "S: 235",
		},
		"values.json":    {r.conn.ClientID},
		"preflight.json": {`"line": "keyring"`},
		"versions.txt":   {"postkey 1.2.3 (abc)"},
		"report.html":    {oauth.Redacted},
	} {
		for _, text := range want {
			if !strings.Contains(contents[name], text) {
				t.Errorf("%s lacks %q:\n%.3000s", name, text, contents[name])
			}
		}
	}
}

// Each hop that fails is one line of the log, with what Microsoft's support asks for.
func TestFailuresAreLogged(t *testing.T) {
	r := newRepeated(t)
	r.tenant.Break(practice.FaultSecretExpired)
	r.bench.ForgetTokens()
	if result, _ := r.bench.Test(t.Context(), r.conn, nil); result.OK() {
		t.Fatal("the test passed")
	}
	items, err := r.bench.Bundle(t.Context(), "1.2.3", "abc", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if item.Name != "logs/postkey.log" {
			continue
		}
		for line := range strings.Lines(string(item.Content)) {
			if strings.Contains(line, "msg=hop") && strings.Contains(line, "hop=token") && strings.Contains(line, "status="+string(check.Failed)) &&
				strings.Contains(line, "AADSTS7000222") && strings.Contains(line, "correlation=") && !strings.Contains(line, `correlation=""`) {
				return
			}
		}
		t.Fatalf("no such line:\n%s", item.Content)
	}
	t.Fatal("the log is not in the bundle")
}
