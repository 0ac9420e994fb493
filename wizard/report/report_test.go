package report

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	nethtml "golang.org/x/net/html"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

var golden = flag.Bool("golden", false, "write the golden files anew")

var at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	time.Local = time.UTC // the report shows times of this computer's clock
	os.Exit(m.Run())
}

const disabled = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information."

func someReport(t *testing.T) Report {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := store.Connection{
		Name: "Support inbox", Product: "xcally", Mode: "delegated", Cloud: catalog.Worldwide, Audience: oauth.AudienceSingle,
		TenantID: "11111111-2222-4333-8444-555555555555", ClientID: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
		Platform: "web", RedirectHost: "motion.contoso.example", SecretExpires: store.Date{Year: 2027, Month: 5, Day: 21},
		Mailbox:   store.Mailbox{Address: "support@contoso.example", Delegate: "andrea@contoso.example"},
		Protocols: []string{"imap", "smtp"},
	}
	hop := func(name check.HopName, status check.Status, took time.Duration, detail string) check.Hop {
		return check.Hop{Name: name, Status: status, Took: took, Detail: detail}
	}
	refused := hop(check.Auth, check.Failed, 210*time.Millisecond, "")
	refused.Server = disabled
	legs := []check.LegResult{
		{Leg: check.IMAP, Server: "outlook.office365.com:993", Login: "support@contoso.example", Took: 900 * time.Millisecond, Hops: []check.Hop{
			hop(check.Token, check.OK, 0, ""), hop(check.Connect, check.OK, 41*time.Millisecond, ""),
			hop(check.TLS, check.OK, 88*time.Millisecond, "TLS 1.3"), hop(check.Auth, check.OK, 210*time.Millisecond, ""),
			hop(check.Open, check.OK, 12*time.Millisecond, "1,204 messages"),
			hop(check.Arrive, check.Skipped, 0, ""), hop(check.Cleanup, check.Skipped, 0, ""),
		}},
		{Leg: check.SMTP, Server: "smtp.office365.com:587", Login: "andrea@contoso.example", Took: 600 * time.Millisecond, Hops: []check.Hop{
			hop(check.Token, check.OK, 0, ""), hop(check.Connect, check.OK, 38*time.Millisecond, ""),
			hop(check.TLS, check.OK, 91*time.Millisecond, ""), refused, hop(check.Send, check.Skipped, 0, ""),
		}, Notes: []string{"SMTP accepts the delegate's name."}},
	}
	// A key that no file knows is its own text.
	findings := []diagnose.Finding{{
		ID: "smtp-auth-disabled-tenant", Who: diagnose.Admin,
		Title: assets.Msg("SMTP AUTH is switched off for this mailbox"), What: assets.Msg("The organization has it switched off."),
		Fix:      []assets.Message{assets.Msg("Run the command below."), assets.Msg("Test again.")},
		Commands: []string{"Set-CASMailbox -Identity 'andrea@contoso.example' -SmtpClientAuthenticationDisabled $false"},
		Delay:    assets.Msg("Allow up to an hour."), Link: "https://aka.ms/smtp_auth_disabled", Server: disabled,
	}}
	findings[0].Guidance = []assets.Message{assets.Msg("XCALLY Motion: for this mailbox only.")}
	findings[0].Evidence = []diagnose.Row{
		{Claim: "aud", Label: assets.Msg("evidence.audience"), Needed: "https://outlook.office.com", Present: "https://graph.microsoft.com", State: diagnose.RowWrong},
		{Claim: "roles", Label: assets.Msg("evidence.roles"), Note: assets.Msg("evidence.no-role"), State: diagnose.RowRight},
		{Claim: "tid", Label: assets.Msg("evidence.tenant"), Present: c.TenantID, State: diagnose.RowUnknown},
	}
	findings[0].CorrelationID, findings[0].Timestamp = "0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22", "2026-11-22 12:00:01Z"
	return Report{
		Catalog: cat, Connection: c, Legs: legs, Findings: findings, At: at, Took: 1440 * time.Millisecond,
		Now: at.Add(time.Minute), Version: "1.2.3",
	}
}

func write(t *testing.T, r Report) string {
	t.Helper()
	var page bytes.Buffer
	if err := Write(&page, r); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func TestReport(t *testing.T) {
	for name, change := range map[string]func(*Report){
		"report-failed.html": func(*Report) {},
		"report-passed.html": func(r *Report) {
			r.Legs, r.Findings, r.OK, r.Practice = r.Legs[:1], nil, true, true
		},
		"report-stopped.html": func(r *Report) {
			r.Findings, r.Stopped = nil, true
			r.Legs = r.Legs[1:]
			r.Legs[0].Hops[3] = check.Hop{Name: check.Auth, Status: check.Skipped, Err: context.Canceled}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := someReport(t)
			change(&r)
			system := html.EscapeString(runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version())
			got := strings.Replace(write(t, r), system, "SYSTEM", 1)
			path := filepath.Join("testdata", name)
			if *golden {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-golden +now)\n%s", diff)
			}
		})
	}
}

func TestReportSaysWhyAHopFailedWithoutAServer(t *testing.T) {
	r := someReport(t)
	r.Legs[0].Hops[1] = check.Hop{Name: check.Connect, Status: check.Failed, Err: errors.New("dial tcp: connection refused")}
	if !strings.Contains(write(t, r), "connection refused") {
		t.Error("the error is not in the report")
	}
}

// TestReportIsSafe: whatever a name or a server holds stays text, and no page
// loads or runs anything.
func TestReportIsSafe(t *testing.T) {
	r := someReport(t)
	hostile := `</style></pre><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>{{.}}` + "\r\n\u202Eסוד 🎉" + strings.Repeat("W", 300)
	r.Connection.Name, r.Connection.Mailbox.Address, r.Connection.ClientID = hostile, hostile, hostile
	r.Legs[1].Hops[3].Server, r.Legs[0].Hops[4].Detail, r.Legs[1].Notes[0] = hostile, hostile, hostile
	r.Findings[0].Server, r.Findings[0].Commands, r.Findings[0].Link = hostile, []string{hostile}, "javascript:alert(1)"
	r.Findings[0].Title = assets.Msg("report.heading", "Name", hostile)
	page := write(t, r)
	root, err := nethtml.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Type != nethtml.ElementNode {
			continue
		}
		switch node.Data {
		case "script", "img", "link", "iframe", "object", "base", "form":
			t.Errorf("an element %s", node.Data)
		}
		for _, a := range node.Attr {
			if a.Key == "src" || a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "href" && strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("an attribute %s=%q", a.Key, a.Val)
			}
		}
	}
	if !strings.Contains(page, "&lt;script&gt;alert(1)") || !strings.Contains(page, "🎉") {
		t.Error("the hostile text is lost")
	}
	if !strings.Contains(page, "{{.}}") {
		t.Error("the text was carried out as a template")
	}
}

// TestReportRedacts plants secrets by value and by shape in every field.
func TestReportRedacts(t *testing.T) {
	const (
		plain   = `plant "ed" <secret> & value/with+odd=signs`
		refresh = "planted-refresh-token-without-a-known-shape"
	)
	shapes := []string{
		"eyJhbGciOiJSUzI1NiJ9.eyJwbGFudGVkIjoxMjM0fQ.c2lnbmF0dXJlLXBsYW50ZWQ",
		"abc8Q~planted0123456789planted0123456789",
		"dXNlcj1zdXBwb3J0QGNvbnRvc28uZXhhbXBsZQFhdXRoPUJlYXJlciBwbGFudGVk",
	}
	spellings := []string{plain, html.EscapeString(plain), url.QueryEscape(plain), url.PathEscape(plain), strings.ReplaceAll(plain, `"`, `\"`), refresh}
	all := strings.Join(append(append([]string{"said:"}, spellings...), shapes...), " ; ")
	r := someReport(t)
	r.Secrets = []oauth.Secret{oauth.NewSecret(plain), oauth.NewSecret(refresh), {}}
	r.Connection.Name, r.Connection.ClientID, r.Connection.TenantID = all, all, all
	r.Connection.Mailbox = store.Mailbox{Address: all, Delegate: all}
	r.Connection.RedirectHost, r.Connection.Account = all, &store.Account{Username: all}
	r.Connection.Cloud, r.Connection.Endpoints = catalog.Custom, &store.Endpoints{IMAP: all, SMTP: all, Authority: all, MailResource: all}
	r.Version = all
	for i := range r.Legs {
		r.Legs[i].Server, r.Legs[i].Login, r.Legs[i].Notes = all, all, []string{all}
		for k := range r.Legs[i].Hops {
			hop := &r.Legs[i].Hops[k]
			hop.Detail, hop.Server = all, all
		}
	}
	r.Legs[0].Hops[0] = check.Hop{Name: check.Token, Status: check.Failed, Err: errors.New(all)}
	f := &r.Findings[0]
	f.Server, f.CorrelationID, f.TraceID, f.Timestamp, f.Link = all, all, all, all, "https://example.org/?"+all
	f.Commands = []string{all}
	f.Title, f.What = assets.Msg("report.heading", "Name", all), assets.Msg("report.heading", "Name", all)
	f.Fix = []assets.Message{assets.Msg("report.heading", "Name", all)}
	page := write(t, r)
	for _, form := range []string{page, html.UnescapeString(page)} {
		for _, secret := range append(spellings, shapes...) {
			if i := strings.Index(form, secret); i >= 0 {
				t.Errorf("%q stands at …%s…", secret, form[max(0, i-120):i])
			}
		}
	}
	if !strings.Contains(page, oauth.Redacted) {
		t.Error("nothing was replaced")
	}
}
