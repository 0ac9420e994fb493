package diagnose

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/mail"
)

// full is evidence in which every value is known.
var full = Evidence{
	Connection: store.Connection{
		Name: "Support inbox", Mode: "delegated", TenantID: "11111111-2222-4333-8444-555555555555",
		ClientID: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", RedirectHost: "motion.contoso.example",
		Mailbox: store.Mailbox{Address: "support@contoso.example", Delegate: "andrea@contoso.example"},
	},
	Cloud: oauth.Cloud{
		Authority: "https://login.microsoftonline.us", Portal: "https://portal.azure.us", ExchangeEnvironment: "O365USGovGCCHigh",
		SMTP: "smtp.office365.us:587",
	},
	Leg: check.SMTP, Err: errors.New("x"),
}

// Every sentence exists, reads without a hole whether the values are known or
// not, and every command and link is complete.
func TestSentences(t *testing.T) {
	for i, ev := range []Evidence{full, {}} {
		c := data()
		for _, e := range c.Findings {
			f := c.finding(e, ev, "")
			if !slices.Contains([]Who{You, Admin, Network, Microsoft}, f.Who) || e.Source == "" || len(f.Fix) == 0 {
				t.Errorf("%s: who %q, source %q, %d steps", e.ID, f.Who, e.Source, len(f.Fix))
			}
			for _, m := range slices.Concat([]assets.Message{f.Title, f.What, f.Why}, f.Fix, f.Guidance) {
				checkSentence(t, m)
				if first, _ := utf8.DecodeRuneInString(m.String()); i == 1 && unicode.IsLower(first) && !strings.HasPrefix(m.String(), "http") {
					t.Errorf("%s begins small: %q", m.Key, m)
				}
			}
			if !f.Delay.IsZero() {
				checkSentence(t, f.Delay)
			}
			if next := assets.Msg(fmt.Sprintf("findings.%s.fix.%d", e.ID, e.Fix+1)); next.String() != next.Key {
				t.Errorf("%s has more than %d steps", e.ID, e.Fix)
			}
			for _, s := range append([]string{f.Link}, f.Commands...) {
				if strings.ContainsAny(strings.ReplaceAll(s, "{}", ""), "{}") {
					t.Errorf("%s: %q is not filled", e.ID, s)
				}
			}
			if f.Link != "" && !strings.HasPrefix(f.Link, "https://") {
				t.Errorf("%s: link %q", e.ID, f.Link)
			}
		}
	}
}

func checkSentence(t *testing.T, m assets.Message) {
	t.Helper()
	text := m.String()
	switch {
	case text == m.Key || text == "":
		t.Errorf("%s: no sentence", m.Key)
	case strings.Contains(text, "<no value>"), strings.Contains(text, "{{"), strings.Contains(text, "  "),
		strings.Contains(text, " . "), strings.Contains(text, "()"), strings.Contains(text, "!"):
		t.Errorf("%s: %q", m.Key, text)
	case !strings.HasSuffix(m.Key, ".title") && !strings.HasSuffix(text, "."):
		t.Errorf("%s: %q does not end", m.Key, text)
	case strings.HasSuffix(m.Key, ".title") && strings.HasSuffix(text, "."):
		t.Errorf("%s: %q ends like a sentence", m.Key, text)
	}
}

func TestRefinementsNameFindings(t *testing.T) {
	c := data()
	for _, e := range c.Findings {
		for _, r := range e.Refines {
			for _, id := range r.Of {
				if c.byID[id] == nil && id != withoutError {
					t.Errorf("%s refines %q, which does not exist", e.ID, id)
				}
			}
		}
		for _, r := range e.Match {
			for _, w := range slices.Concat(r.Words, r.With, r.Not) {
				if w != lower(w) || w != plain(w, " ") {
					t.Errorf("%s: %q is not written as rules are", e.ID, w)
				}
			}
		}
	}
}

func TestCommandsCarryTheConnection(t *testing.T) {
	ev := full
	ev.Err = smtpReply("AUTH", 535, "5.7.139", "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.")
	f := Explain(ev)
	if want := "Set-CASMailbox -Identity 'andrea@contoso.example' -SmtpClientAuthenticationDisabled $false"; f.Commands[0] != want {
		t.Errorf("got %q, want %q", f.Commands[0], want)
	}
	if step := f.Fix[0].String(); !strings.Contains(step, "Connect-ExchangeOnline -ExchangeEnvironmentName O365USGovGCCHigh") {
		t.Errorf("the cloud's environment is missing: %s", step)
	}
	f = ExplainText("SmtpClientAuthentication is disabled for the Tenant")[0]
	if want := "Set-CASMailbox -Identity <login> -SmtpClientAuthenticationDisabled $false"; f.Commands[0] != want {
		t.Errorf("got %q, want %q", f.Commands[0], want)
	}
	ev.Err = imapOpen
	ev.Leg = check.IMAP
	if got := Explain(ev).Commands[0]; got != "Add-MailboxPermission -Identity 'support@contoso.example' -User 'andrea@contoso.example' -AccessRights FullAccess" {
		t.Errorf("got %q", got)
	}
	ev.Connection.Mailbox.Delegate = ""
	for _, command := range Explain(ev).Commands {
		if strings.Contains(command, "Add-MailboxPermission") {
			t.Errorf("%q needs a delegate, and there is none", command)
		}
	}
}

func TestPowerShellQuoting(t *testing.T) {
	for in, want := range map[string]string{
		"support@contoso.example": "'support@contoso.example'",
		"o'brien@contoso.example": "'o''brien@contoso.example'",
		"a'; Remove-Mailbox b; '": "'a''; Remove-Mailbox b; '''",
		"‘a’ ‚b‛":                 "'‘‘a’’ ‚‚b‛‛'",
		"$(whoami) `n \"x\"":      "'$(whoami) `n \"x\"'",
		"a\r\nRemove-Mailbox b":   "'aRemove-Mailbox b'",
		"a\u2028b\x00c\u0085d":    "'abcd'",
	} {
		if got := quote(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestLinks(t *testing.T) {
	ev := full
	ev.Err = entra("invalid_grant", 90094, "AADSTS90094")
	if got, want := Explain(ev).Link, "https://login.microsoftonline.us/11111111-2222-4333-8444-555555555555/v2.0/adminconsent?client_id=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee&redirect_uri=http%3A%2F%2Flocalhost%2Fpostkey&scope="+
		"https%3A%2F%2Foutlook.office.com%2FIMAP.AccessAsUser.All%20https%3A%2F%2Foutlook.office.com%2FSMTP.Send%20offline_access"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := ExplainText("AADSTS90094")[0].Link; got != commonPortal {
		t.Errorf("without IDs: %s", got)
	}
	ev.Connection.ClientID = "a/../b?c#d"
	if got := Explain(ev).Link; strings.Contains(got, "../") || strings.Contains(got, "#") || strings.Count(got, "?") != 1 {
		t.Errorf("the ID is not escaped: %s", got)
	}
}

func TestSupportDetails(t *testing.T) {
	texts := []string{
		"AADSTS50011: The redirect URI." + trace,
		`{"error":"invalid_request","error_description":"AADSTS50011: x","trace_id":"5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00","correlation_id":"0c2b1a9d-77f1-4f0e-8d6b-3b7c5d1e9f22","timestamp":"2026-11-20 09:14:07Z"}`,
		"Request Id: 5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00\nCorrelation Id: 0c2b1a9d-77f1-4f0e-8d6b-3b7c5d1e9f22\nTimestamp: 2026-11-20 09:14:07Z\nMessage: AADSTS50011: x",
		"http://localhost/postkey?error=invalid_request&error_description=AADSTS50011%3a+x%0d%0aTrace+ID%3a+5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00%0d%0aCorrelation+ID%3a+0c2b1a9d-77f1-4f0e-8d6b-3b7c5d1e9f22%0d%0aTimestamp%3a+2026-11-20+09%3a14%3a07Z",
	}
	check := func(f Finding, from string) {
		t.Helper()
		if f.CorrelationID != "0c2b1a9d-77f1-4f0e-8d6b-3b7c5d1e9f22" || f.TraceID != "5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00" || f.Timestamp != "2026-11-20 09:14:07Z" {
			t.Errorf("%s: got %q %q %q", from, f.CorrelationID, f.TraceID, f.Timestamp)
		}
	}
	for _, text := range texts {
		check(ExplainText(text)[0], text)
	}
	check(Explain(Evidence{Err: &oauth.Error{
		Codes: []int{50011}, CorrelationID: "0c2b1a9d-77f1-4f0e-8d6b-3b7c5d1e9f22",
		TraceID: "5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00", Timestamp: "2026-11-20 09:14:07Z",
	}}), "typed")
	check(Explain(Evidence{Err: &oauth.Error{Codes: []int{99999}, Description: "AADSTS99999: new." + trace}}), "unknown")
}

func TestBackOff(t *testing.T) {
	f := ExplainText("BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds")[0]
	if got := f.What.String(); !strings.Contains(got, "1m33s") {
		t.Errorf("got %q", got)
	}
}

func TestExplainResult(t *testing.T) {
	failed := func(leg check.Leg, login string, hop check.HopName, err error) check.LegResult {
		return check.LegResult{Leg: leg, Login: login, Hops: []check.Hop{
			{Name: check.Connect, Status: check.OK}, {Name: hop, Status: check.Failed, Err: err}, {Name: check.Arrive, Status: check.Skipped},
		}}
	}
	expired := entra("invalid_grant", 700082, "AADSTS700082: expired")
	lost := fmt.Errorf("imap: %w", mail.ErrLost)
	disabled := smtpReply("AUTH", 535, "5.7.139", "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.")
	for name, c := range map[string]struct {
		legs []check.LegResult
		ev   Evidence
		want []string
	}{
		"passed":           {[]check.LegResult{{Leg: check.IMAP, Hops: []check.Hop{{Name: check.Token, Status: check.OK}}}}, full, nil},
		"one cause":        {[]check.LegResult{failed(check.IMAP, "", check.Token, expired), failed(check.POP, "", check.Token, expired), failed(check.SMTP, "", check.Token, expired)}, full, []string{"sign-in-expired"}},
		"token first":      {[]check.LegResult{failed(check.SMTP, "andrea@contoso.example", check.Auth, disabled), failed(check.IMAP, "", check.Token, expired)}, full, []string{"sign-in-expired", "smtp-auth-disabled-mailbox"}},
		"specific first":   {[]check.LegResult{failed(check.IMAP, "", check.Auth, lost), failed(check.SMTP, "", check.Auth, disabled)}, full, []string{"smtp-auth-disabled-mailbox", "connection-lost"}},
		"login of the leg": {[]check.LegResult{failed(check.SMTP, "support@contoso.example", check.Auth, smtpAuth)}, full, []string{"smtp-shared-login"}},
		"one audience":     {[]check.LegResult{failed(check.IMAP, "", check.Auth, imapAuth), failed(check.SMTP, "", check.Auth, smtpAuth)}, Evidence{Connection: own, Claims: claims("https://graph.microsoft.com", "")}, []string{"token-wrong-audience"}},
		"only words":       {[]check.LegResult{{Leg: check.IMAP, Hops: []check.Hop{{Name: check.Auth, Status: check.Failed, Server: "NO AUTHENTICATE failed."}}}}, Evidence{}, []string{"imap-auth-failed"}},
		"two unknown":      {[]check.LegResult{failed(check.IMAP, "", check.Auth, errors.New("odd")), failed(check.POP, "", check.Auth, errors.New("strange"))}, full, []string{Unknown, Unknown}},
	} {
		if got := ids(ExplainResult(check.Result{Legs: c.legs}, c.ev)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestSeveralCausesInOneLog(t *testing.T) {
	log := strings.Repeat("2026-11-20 INFO nothing to see\n", 2000) +
		"10:01 AADSTS7000222: The provided client secret keys are expired." + trace + "\n" +
		strings.Repeat("2026-11-20 INFO nothing to see\n", 2000) +
		"10:02 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.\n" +
		"10:03 AADSTS7000222: The provided client secret keys are expired.\n"
	got := ExplainText(log)
	if want := []string{"smtp-auth-disabled-tenant", "secret-expired"}; !slices.Equal(ids(got), want) {
		t.Fatalf("got %v, want %v", ids(got), want)
	}
	if s := got[1].Server; !strings.Contains(s, "AADSTS7000222: The provided") || len(s) > 2000 {
		t.Errorf("the excerpt is %q", s)
	}
	if got[1].CorrelationID == "" || got[0].CorrelationID != "" {
		t.Errorf("correlation IDs: %q %q", got[0].CorrelationID, got[1].CorrelationID)
	}
}

func TestOtherEncodings(t *testing.T) {
	text := "AADSTS50011: The redirect URI"
	little, big := []byte("\xff\xfe"), []byte("\xfe\xff")
	for _, c := range text {
		little = append(little, byte(c), 0)
		big = append(big, 0, byte(c))
	}
	for _, s := range []string{string(little), string(big), "\ufeff" + text, strings.ReplaceAll(text, "A", "A\u200b"), "AADSTS=\r\n50011", "AADSTS50011\u00a0: x"} {
		if got := ExplainText(s)[0].ID; got != "redirect-not-registered" {
			t.Errorf("%q: got %s", s, got)
		}
	}
}

func TestSecretsAreNotRepeated(t *testing.T) {
	secrets := []string{
		"3f2504e0-4f89-41d3-9a0c-0305e82c3301", "abc8Q~Jq0f2nUQ5dY7rB1mZxWv9tKpLsE3hCgNaD",
		"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL291dGxvb2sifQ.c2lnbmF0dXJlLWJ5dGVz",
		"0.AXoAq1Jx8b2Zk0mZ1234567890abcdefghijklmnopqrstuvwxyzABCDEFGHIJ", "dXNlcj1zdXBwb3J0QGNvbnRvc28uZXhhbXBsZQFhdXRoPUJlYXJlciBleUow",
		"hunter2-and-more",
	}
	text := "POST client_secret=" + secrets[0] + "&x=1\nclient_secret: " + secrets[1] + "\nAuthorization: Bearer " + secrets[2] +
		"\nGET /postkey?code=" + secrets[3] + "&state=1\nAUTH XOAUTH2 " + secrets[4] + "\n\"password\": \"" + secrets[5] + "\"\nvalue " + secrets[1] +
		"\nAADSTS7000215: Invalid client secret provided."
	outputs := ExplainText(text)
	outputs = append(outputs, Explain(Evidence{Err: errors.New(text)}), Explain(Evidence{Err: entra("invalid_client", 7000215, text)}))
	for _, f := range outputs {
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range secrets {
			if strings.Contains(string(raw), s) {
				t.Errorf("%s repeats %s", f.ID, s)
			}
		}
		if !strings.Contains(f.Server, oauth.Redacted) || !strings.Contains(f.Server, "AADSTS7000215") {
			t.Errorf("%s: server's words are %q", f.ID, f.Server)
		}
	}
}

func TestDamaged(t *testing.T) {
	f := Damaged(store.Damage{Path: "/x/connections.json", KeptAs: "/x/connections.json.damaged", Err: errors.New("unexpected end of JSON input")})
	if f.ID != "store-corrupt" || !strings.Contains(f.What.String(), "/x/connections.json") || !strings.Contains(f.Fix[0].String(), ".damaged") {
		t.Errorf("got %s: %s %s", f.ID, f.What, f.Fix[0])
	}
}

func TestJSON(t *testing.T) {
	raw, err := json.Marshal(ExplainText("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.")[0])
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		ID, Title, Who, Server string
		Fix, Commands          []string
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != "smtp-auth-disabled-tenant" || got.Title != "SMTP AUTH is switched off for this mailbox" || got.Who != "admin" || len(got.Fix) < 2 ||
		len(got.Commands) == 0 || !strings.HasPrefix(got.Commands[0], "Set-CASMailbox") || !strings.HasPrefix(got.Server, "535 5.7.139") {
		t.Errorf("got %s", raw)
	}
	raw, err = json.Marshal(ExplainText("odd")[0])
	if err != nil || !strings.Contains(string(raw), `"commands":[]`) {
		t.Errorf("got %s, %v", raw, err)
	}
}

// Megabytes of anything end, and little of them is kept.
func TestLongTexts(t *testing.T) {
	const size = 5 << 20
	pieces := []string{
		"a", "%25", `\`, "&amp;", "<", "AADSTS50011 ", "5.7.139 ", "error code: 53003 ", "\xff\xfe", "\n", "535-5.7.3 x\n", nothing,
	}
	var mixed strings.Builder
	for _, piece := range pieces {
		part := strings.Repeat(piece, size/len(pieces)/len(piece))
		mixed.WriteString(part)
		checkLong(t, part)
	}
	checkLong(t, mixed.String())
	if n := len(readable(strings.Repeat("x", maxText+size))); n > maxText+1 {
		t.Errorf("%d bytes are read", n)
	}
}

func checkLong(t *testing.T, text string) {
	t.Helper()
	for _, f := range ExplainText(text) {
		if !utf8.ValidString(f.Server) || len(f.Server) > 3*wholeText {
			t.Errorf("%.20q: %d bytes of server's words", text, len(f.Server))
		}
	}
}

func FuzzExplainText(f *testing.F) {
	for _, c := range textCases {
		f.Add(c.text)
	}
	f.Add("\xff\xfeA")
	f.Add("%&#x;\\u00\\x\\")
	f.Fuzz(func(t *testing.T, text string) {
		findings := ExplainText(text)
		if len(findings) == 0 || len(findings) > len(IDs()) {
			t.Fatalf("%d findings", len(findings))
		}
		for _, finding := range findings {
			raw, err := json.Marshal(finding)
			if err != nil || !utf8.Valid(raw) || !utf8.ValidString(finding.Server) {
				t.Fatalf("%s: %v", raw, err)
			}
			if finding.ID == Unknown && len(findings) > 1 {
				t.Fatal("unknown beside a known cause")
			}
		}
	})
}
