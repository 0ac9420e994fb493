package support

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postkey/oauth"
	"postkey/wizard/preflight"
)

// planted are secrets of every kind. Only the first two have a shape that betrays them.
var planted = []string{
	"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJwbGFudGVkIn0.cGxhbnRlZC1zaWduYXR1cmU",
	"abc8Q~Jq0f2nUQ5dY7rB1mZxWv9tKpLsE3hCgNaD",
	"refresh+token/with=signs&more",
	"a quite ordinary phrase \"quoted\"",
	"authorization-code-0123456789",
}

func secrets() []oauth.Secret {
	var out []oauth.Secret
	for _, p := range planted {
		out = append(out, oauth.NewSecret(p))
	}
	return out
}

// spelt are the ways in which a secret can come to stand in a text.
func spelt(s string) []string {
	quoted := fmt.Sprintf("%q", s)
	return []string{
		s, url.QueryEscape(s), url.PathEscape(s), quoted[1 : len(quoted)-1],
		base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		base64.StdEncoding.EncodeToString([]byte("user=support@contoso.example\x01auth=Bearer " + s + "\x01\x01")),
		base64.StdEncoding.EncodeToString([]byte("x" + s + "y")), base64.URLEncoding.EncodeToString([]byte("xy" + s + "z")),
	}
}

// leaks finds a planted secret in a text, in any spelling; most of one in base64 counts.
func leaks(text string) string {
	for _, s := range planted {
		for _, form := range append([]string{s, url.QueryEscape(s), url.PathEscape(s)}, base64Forms(s)...) {
			if strings.Contains(text, form) {
				return form
			}
		}
	}
	return ""
}

func TestKnownSecretsAreTakenOut(t *testing.T) {
	var known Known
	known.Add(secrets()...)
	for _, s := range planted {
		for _, form := range spelt(s) {
			text := known.Clean("before " + form + " after")
			if found := leaks(text); found != "" {
				t.Errorf("%s stays in %s", found, text)
			}
			if !strings.HasPrefix(text, "before ") || !strings.HasSuffix(text, " after") || !strings.Contains(text, oauth.Redacted) {
				t.Errorf("%q became %q", form, text)
			}
		}
	}
	if got := known.Clean("nothing to hide: support@contoso.example 0c2b1a9d-77f1-4f0e-8d6b-3b7c5d1e9f22"); strings.Contains(got, oauth.Redacted) {
		t.Errorf("too much is taken out: %s", got)
	}
}

// Wherever a secret begins in what was encoded, its base64 is found.
func TestBase64IsFoundAtEveryPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9~._-]{12,60}`).Draw(t, "secret")
		before := rapid.StringN(0, 9, -1).Draw(t, "before")
		after := rapid.StringN(0, 9, -1).Draw(t, "after")
		var known Known
		known.Add(oauth.NewSecret(secret))
		for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
			text := alphabet.EncodeToString([]byte(before + secret + after))
			if got := known.Clean(text); !strings.Contains(got, oauth.Redacted) {
				t.Fatalf("%q between %q and %q stays: %s", secret, before, after, got)
			}
		}
	})
}

func TestKnownIsBounded(t *testing.T) {
	var known Known
	known.Add(oauth.NewSecret("short"), oauth.Secret{})
	if n := len(known.All()); n != 0 {
		t.Errorf("%d are known", n)
	}
	for i := range most + 50 {
		known.Add(oauth.NewSecret(fmt.Sprintf("secret number %d", i)), oauth.NewSecret("secret number 0"))
	}
	all := known.All()
	if len(all) > most {
		t.Errorf("%d are known", len(all))
	}
	if last := fmt.Sprintf("secret number %d", most+49); !slices.ContainsFunc(all, func(s oauth.Secret) bool { return s.Reveal() == last }) {
		t.Error("the newest is forgotten")
	}
}

// written opens a log, lets f write, and returns what is on the disk.
func written(t *testing.T, debug bool, known *Known, f func(*Log)) string {
	t.Helper()
	dir := t.TempDir()
	l := OpenLog(dir, known, debug)
	f(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(LogDir(dir), logName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(raw)
}

func TestLogHoldsNoSecret(t *testing.T) {
	var known Known
	known.Add(secrets()...)
	text := written(t, true, &known, func(l *Log) {
		for _, s := range planted {
			for _, form := range spelt(s) {
				l.Logger().Info("said "+form, "detail", form, "error", errors.New(form), "secret", oauth.NewSecret(s))
			}
			l.Logger().Debug("request", "Authorization", "Basic "+s, "code", "x", slog.Group("form", "client_secret", "y"))
		}
	})
	if found := leaks(text); found != "" {
		t.Errorf("%s is in\n%s", found, text)
	}
	if strings.Contains(text, "client_secret=y") || strings.Contains(text, "code=x") || !strings.Contains(text, "level=DEBUG") {
		t.Errorf("got %s", text)
	}
}

func TestDebugTakesEffectAtOnce(t *testing.T) {
	text := written(t, false, &Known{}, func(l *Log) {
		l.Logger().Debug("before")
		l.SetDebug(true)
		l.Logger().Debug("during")
		if !l.Debug() {
			t.Error("debug is off")
		}
		l.SetDebug(false)
		l.Logger().Debug("behind")
		l.Logger().Info("at the end")
	})
	if strings.Contains(text, "before") || !strings.Contains(text, "during") || strings.Contains(text, "behind") || !strings.Contains(text, "at the end") {
		t.Errorf("got %s", text)
	}
}

// spoken plays a dialogue: lines that begin with > are sent.
func spoken(protocol string, script ...string) string {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	hear := Dialogue(log, protocol, "mail.contoso.example:1")
	for _, line := range script {
		sent := strings.HasPrefix(line, ">")
		for _, part := range []byte(strings.TrimPrefix(line, ">") + "\r\n") { // byte by byte, as a slow network does
			hear(sent, []byte{part})
		}
	}
	return out.String()
}

func TestDialogues(t *testing.T) {
	payload := base64.StdEncoding.EncodeToString([]byte("user=a\x01auth=Bearer " + planted[2] + "\x01\x01"))
	for name, c := range map[string]struct {
		protocol        string
		script          []string
		present, absent []string
	}{
		"SMTP": {"SMTP", []string{
			"220 ready", ">EHLO here", "250 AUTH XOAUTH2", ">AUTH XOAUTH2", "334 ", ">" + payload, "535 5.7.3 no", ">MAIL FROM:<a@x>",
			"250 ok", ">DATA", "354 go", ">Subject: private words", ">", ">.", "250 queued", ">QUIT",
		}, []string{"S: 220 ready", "C: AUTH XOAUTH2", "C: [secret]", "S: 535 5.7.3 no", "C: MAIL FROM:<a@x>", "[message, ", "S: 250 queued", "C: QUIT"}, []string{payload, "private words"}},
		"IMAP": {"IMAP", []string{
			"* OK ready", ">A1 AUTHENTICATE XOAUTH2 " + payload, "A1 NO AUTHENTICATE failed.", ">A2 SELECT INBOX", "* 3 EXISTS", "A2 OK done",
			">A3 FETCH 1 (BODY[])", "* 1 FETCH (BODY[] {15}", "private words!!", ")", "A3 OK done",
		}, []string{"C: A1 AUTHENTICATE XOAUTH2 [secret]", "S: A1 NO AUTHENTICATE failed.", "C: A2 SELECT INBOX", "* 1 FETCH …", "A3 OK done"}, []string{payload, "private words"}},
		"IMAP in two steps": {"IMAP", []string{
			">A1 AUTHENTICATE XOAUTH2", "+ ", ">" + payload, "* CAPABILITY IMAP4rev1", "A1 OK done", ">A2 NOOP",
		}, []string{"C: [secret]", "C: A2 NOOP"}, []string{payload}},
		"POP": {"POP", []string{
			"+OK ready", ">AUTH XOAUTH2", "+ ", ">" + payload, "+OK in", ">UIDL", "+OK", "1 private-uid", "2 private-uid", ".",
			">TOP 1 0", "+OK", "Subject: private words", ".", ">LIST 2", "+OK 2 200", ">QUIT",
		}, []string{"C: AUTH XOAUTH2", "C: [secret]", "[2 lines]", "[1 lines]", "S: +OK 2 200", "C: QUIT"}, []string{payload, "private"}},
		"a password": {"POP", []string{
			"+OK ready", ">USER support", "+OK", ">PASS USER private", "-ERR no", ">QUIT",
		}, []string{"C: USER support", "C: PASS [secret]", "S: -ERR no", "C: QUIT"}, []string{"private", "PASS USER"}},
	} {
		text := spoken(c.protocol, c.script...)
		for _, want := range c.present {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing in\n%s", name, want, text)
			}
		}
		for _, secret := range c.absent {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %q is in\n%s", name, secret, text)
			}
		}
	}
}

func TestWatchedWeb(t *testing.T) {
	got := make(chan url.Values, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		got <- r.PostForm
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"token_type":"Bearer","access_token":%q,"scope":"IMAP.AccessAsUser.All","error":"none"}`, planted[3])
	}))
	defer server.Close()
	var out bytes.Buffer
	for _, level := range []slog.Level{slog.LevelInfo, slog.LevelDebug} {
		client := &http.Client{Transport: WatchWeb(http.DefaultTransport, slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level})))}
		answer, err := client.PostForm(server.URL+"/token?code="+planted[4]+"&scope=openid", url.Values{
			"client_secret": {planted[2]}, "refresh_token": {planted[4]}, "grant_type": {"refresh_token"}, "unforeseen": {planted[3]},
		})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil || !strings.Contains(string(body), "ordinary phrase") {
			t.Errorf("the caller reads %s, %v", body, err)
		}
		if form := <-got; form.Get("client_secret") != planted[2] {
			t.Errorf("the server reads %v", form)
		}
		if level == slog.LevelInfo && out.Len() > 0 {
			t.Errorf("written without debug: %s", out.String())
		}
		client.CloseIdleConnections()
	}
	text := out.String()
	if found := leaks(text); found != "" || strings.Contains(text, "ordinary") {
		t.Errorf("%s is in\n%s", found, text)
	}
	for _, want := range []string{"grant_type=refresh_token", "client_secret=[secret]", "status=200", "IMAP.AccessAsUser.All", "scope=openid"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}

func TestBundle(t *testing.T) {
	const mostOfOne = 32 << 10
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	all := "words of a server\n"
	for _, s := range planted {
		all += strings.Join(spelt(s), "\n") + "\n"
	}
	must(os.MkdirAll(filepath.Join(dir, "logs"), 0o700))
	must(os.MkdirAll(filepath.Join(dir, "crashes"), 0o700))
	must(os.WriteFile(filepath.Join(dir, "logs", logName), []byte(strings.Repeat("old line\n", mostOfOne/9)+all), 0o600))
	must(os.WriteFile(filepath.Join(dir, "logs", "postkey-2026-11-20.log"), []byte(all), 0o600))
	must(os.WriteFile(filepath.Join(dir, "crashes", "crash-1.txt"), []byte(all), 0o600))
	must(os.WriteFile(filepath.Join(dir, "connections.json"), []byte("not for the bundle"), 0o600))
	var known Known
	known.Add(secrets()[2:]...)
	b := Bundle{
		Version: "1.2.3", Commit: "abc", DataDir: dir, Known: &known, Secrets: secrets()[:2], mostOfOne: mostOfOne,
		Reports: map[string][]byte{"report-support.html": []byte(all)}, Values: []byte(all),
		Preflight: []preflight.Line{{ID: preflight.Proxy, State: preflight.Failed, Err: errors.New(planted[1])}},
	}
	items, err := b.Collect(t.Context())
	must(err)
	var names []string
	for _, item := range items {
		names = append(names, item.Name)
		if found := leaks(string(item.Content)); found != "" {
			t.Errorf("%s: %s", item.Name, found)
		}
		if item.What.IsZero() || len(item.Content) == 0 || len(item.Content) > mostOfOne+1<<10 {
			t.Errorf("%s: %q, %d bytes", item.Name, item.What, len(item.Content))
		}
	}
	want := []string{"versions.txt", "report-support.html", "preflight.json", "values.json", "logs/postkey-2026-11-20.log", "logs/postkey.log", "crashes/crash-1.txt"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	var out bytes.Buffer
	must(WriteZIP(&out, items, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)))
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	must(err)
	if len(z.File) != len(items) {
		t.Errorf("%d files in the ZIP", len(z.File))
	}
	for _, f := range z.File {
		r, err := f.Open()
		must(err)
		content, err := io.ReadAll(r)
		must(err)
		if found := leaks(string(content)); found != "" {
			t.Errorf("%s: %s", f.Name, found)
		}
	}
}

func TestBundleOfNothing(t *testing.T) {
	items, err := Bundle{DataDir: filepath.Join(t.TempDir(), "absent")}.Collect(t.Context())
	if err != nil || len(items) != 1 || items[0].Name != "versions.txt" {
		t.Errorf("got %d items, %v", len(items), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Bundle{}).Collect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
