package practice_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"postkey/assets"
	"postkey/internal/practice"
)

func TestEveryFaultHasATitle(t *testing.T) {
	seen, groups := map[practice.Fault]bool{}, []string{}
	for _, f := range practice.Faults() {
		if key := f.Group().Key; len(groups) == 0 || groups[len(groups)-1] != key {
			groups = append(groups, key)
			if title := assets.Text("it", f.Group()); title == key {
				t.Errorf("the group %s has no title", key)
			}
		}
		if seen[f] {
			t.Errorf("%s is listed twice", f)
		}
		seen[f] = true
		for _, lang := range []string{"en", "it"} {
			if title := assets.Text(lang, f.Title()); title == f.Title().Key {
				t.Errorf("%s has no title in %s", f, lang)
			}
		}
	}
	if len(groups) != 9 {
		t.Errorf("the faults of a group do not stand together: %v", groups)
	}
	if len(seen) < 25 {
		t.Errorf("only %d faults are listed", len(seen))
	}
}

// TestTokenFaults breaks what happens after the browser came back.
func TestTokenFaults(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	refresh := f.signIn(t, v.Address).RefreshToken
	for fault, want := range map[practice.Fault]struct {
		status     int
		kind, text string
		atCode     bool // a new sign-in meets it too
	}{
		practice.FaultSecretWrong:     {401, "invalid_client", "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + v.ClientID + "'.\r\n", true},
		practice.FaultSecretExpired:   {401, "invalid_client", "AADSTS7000222: The provided client secret keys for app '" + v.ClientID + "' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.\r\n", true},
		practice.FaultConsentMissing:  {400, "invalid_grant", "AADSTS65001: The user or administrator has not consented to use the application with ID '" + v.ClientID + "' named 'Postkey practice'. Send an interactive authorization request for this user and resource.\r\n", true},
		practice.FaultSignInExpired:   {400, "invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on ", false},
		practice.FaultSignInRevoked:   {400, "invalid_grant", "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed. ", false},
		practice.FaultThrottledSignIn: {429, "temporarily_unavailable", "AADSTS90055: ", true},
	} {
		t.Run(string(fault), func(t *testing.T) {
			tenant.Heal()
			tenant.Break(fault)
			check := func(err error) {
				t.Helper()
				number, _, _ := strings.Cut(want.text, ":")
				got := aadsts(t, err, want.status, want.kind, number)
				if !strings.HasPrefix(got.ErrorDescription, want.text) {
					t.Errorf("got %q, want %q", got.ErrorDescription, want.text)
				}
				if fault == practice.FaultThrottledSignIn && got.Response.Header.Get("Retry-After") != "30" {
					t.Errorf("Retry-After is %q", got.Response.Header.Get("Retry-After"))
				}
				if fault == practice.FaultConsentMissing && !strings.Contains(string(got.Body), `"suberror":"consent_required"`) {
					t.Errorf("no suberror in %s", got.Body)
				}
			}
			_, err := f.TokenSource(t.Context(), &oauth2.Token{RefreshToken: refresh}).Token()
			check(err)
			back, err := f.browse(t, v.Address)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(f.verifier))
			if want.atCode {
				check(err)
			} else if err != nil {
				t.Errorf("a new sign-in: %v", err)
			}
		})
	}
	tenant.Heal()
	if _, err := f.TokenSource(t.Context(), &oauth2.Token{RefreshToken: refresh}).Token(); err != nil {
		t.Errorf("healed: %v", err)
	}
}

func TestGrantFaults(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()

	tenant.Break(practice.FaultFewerScopes)
	token := signIn(t, tenant, v.Address)
	if got, want := token.Extra("scope"), strings.Join(mailScopes[4:6], " "); got != want {
		t.Errorf("fewer scopes: %v", got)
	}
	_, err := dialSMTP(t, tenant, v.Address, token.AccessToken)
	wantError(t, "SMTP without SMTP.Send", smtpWords(err), "535 5.7.3 Authentication unsuccessful [")
	if _, err := openIMAP(t, tenant, v.Address, token.AccessToken); err != nil {
		t.Error(err)
	}

	tenant.Heal()
	tenant.Break(practice.FaultWrongAudience)
	token = signIn(t, tenant, v.Address)
	if got := claims(t, token.AccessToken)["aud"]; got != "00000003-0000-0000-c000-000000000000" {
		t.Errorf("wrong audience: aud is %v", got)
	}
	if got, want := token.Extra("scope"), strings.Join(mailScopes[4:], " "); got != want {
		t.Errorf("wrong audience: scope is %v", got)
	}
	_, err = openIMAP(t, tenant, v.Address, token.AccessToken)
	wantError(t, "IMAP with a Graph token", err, "imap: NO AUTHENTICATE failed.")

	tenant.Heal()
	tenant.Break(practice.FaultClockSkew)
	resp, err := fresh.Get(tenant.Cloud().Authority + "/common/discovery/v2.0/keys")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if at, err := http.ParseTime(resp.Header.Get("Date")); err != nil || time.Until(at) < 9*time.Minute {
		t.Errorf("the Date header says %s", resp.Header.Get("Date"))
	}
}

// TestMailFaults has the words of each fault on each protocol; empty is success.
func TestMailFaults(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	own := signIn(t, tenant, v.Address).AccessToken
	delegate := signIn(t, tenant, v.Delegate).AccessToken
	const (
		ok        = "+OK User successfully authenticated."
		popNo     = "-ERR Authentication failure: unknown user name or bad password."
		imapBad   = "imap: BAD User is authenticated but not connected."
		sendAs    = "554 5.2.252 SendAsDenied; %s not allowed to send as %s; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; "
		switched  = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the %s. Visit https://aka.ms/smtp_auth_disabled for more information. ["
		throttled = "imap: BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds"
	)
	for fault, c := range map[practice.Fault]struct {
		imap, pop, smtp       string // own mailbox
		sharedIMAP, sharedPOP string // the delegate in the shared mailbox
		sharedSMTP            string // the delegate sending as the shared mailbox
	}{
		practice.FaultSMTPTenantOff:  {"", ok, fmt.Sprintf(switched, "Tenant"), "", ok, fmt.Sprintf(switched, "Tenant")},
		practice.FaultSMTPMailboxOff: {"", ok, fmt.Sprintf(switched, "Mailbox"), "", ok, fmt.Sprintf(switched, "Mailbox")},
		practice.FaultNotConnected:   {imapBad, ok, "", imapBad, ok, ""},
		practice.FaultSharedNoRights: {"", ok, "", imapBad, popNo, fmt.Sprintf(sendAs, v.Delegate, v.Shared)},
		practice.FaultSendAsDenied:   {"", ok, fmt.Sprintf(sendAs, v.Address, v.Address), "", ok, fmt.Sprintf(sendAs, v.Delegate, v.Shared)},
		practice.FaultThrottledMail: {
			throttled, ok, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [",
			throttled, ok, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [",
		},
	} {
		t.Run(string(fault), func(t *testing.T) {
			tenant.Heal()
			tenant.Break(fault)
			_, err := openIMAP(t, tenant, v.Address, own)
			wantError(t, "IMAP", err, c.imap)
			_, err = openIMAP(t, tenant, v.Shared, delegate)
			wantError(t, "IMAP, shared", err, c.sharedIMAP)
			if got := dialPOP(t, tenant).signIn(v.Address, own); got != c.pop {
				t.Errorf("POP: %s", got)
			}
			if got := dialPOP(t, tenant).signIn(v.Shared, delegate); got != c.sharedPOP {
				t.Errorf("POP, shared: %s", got)
			}
			err = smtpWords(send(t, tenant, v.Address, own, v.Address, v.Address, "x"))
			wantError(t, "SMTP", err, c.smtp)
			bracketed(t, err)
			err = smtpWords(send(t, tenant, v.Delegate, delegate, v.Shared, v.Shared, "x"))
			wantError(t, "SMTP, shared", err, c.sharedSMTP)
			bracketed(t, err)
		})
	}
}

var bracketShape = regexp.MustCompile(`\[AM0PR10CA0077\.EURPRD10\.PROD\.OUTLOOK\.COM \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 08DE[0-9A-F]{12}\]$`)

// bracketed checks the end of an SMTP refusal: server, time and id.
func bracketed(t *testing.T, err error) {
	t.Helper()
	if err != nil && !bracketShape.MatchString(err.Error()) {
		t.Errorf("no server, time and id at the end of %v", err)
	}
}

func TestNeverArrivesAndBounce(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	token := signIn(t, tenant, v.Address).AccessToken
	tenant.Break(practice.FaultNeverArrives)
	if err := send(t, tenant, v.Address, token, v.Address, v.Delegate, "lost"); err != nil {
		t.Fatal(err)
	}
	if n := len(tenant.Inbox(v.Delegate)) + len(tenant.Inbox(v.Address)); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
	tenant.Heal()
	tenant.Break(practice.FaultBounce)
	if err := send(t, tenant, v.Address, token, v.Address, v.Delegate, "returned"); err != nil {
		t.Fatal(err)
	}
	if n := len(tenant.Inbox(v.Delegate)); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
	got := tenant.Inbox(v.Address)
	if len(got) != 1 {
		t.Fatalf("%d bounces", len(got))
	}
	for _, want := range []string{
		"Subject: Undeliverable: A test\r\n", "In-Reply-To: <returned@test>\r\n", "Message-ID: <returned@test>\r\n",
		"report-type=delivery-status", "Final-Recipient: rfc822;" + v.Delegate + "\r\n", "Diagnostic-Code: smtp;550 5.7.520 Access denied,",
	} {
		if !strings.Contains(string(got[0]), want) {
			t.Errorf("the bounce lacks %q:\n%s", want, got[0])
		}
	}
}

func TestBreakAndHealAtAnyMoment(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	token := signIn(t, tenant, v.Address).AccessToken
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				tenant.Break(practice.FaultSMTPTenantOff)
				tenant.Heal()
			}
		}
	})
	for range 5 {
		if err := send(t, tenant, v.Address, token, v.Address, v.Address, "x"); err != nil {
			wantError(t, "SMTP", smtpWords(err), "535 5.7.139 Authentication unsuccessful, ")
		}
	}
	close(stop)
	wg.Wait()
	if err := send(t, tenant, v.Address, token, v.Address, v.Address, "last"); err != nil {
		t.Errorf("healed: %v", err)
	}
}

func TestAdminConsentFault(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	tenant.Break(practice.FaultAdminConsent)
	back, err := f.browse(t, v.Delegate)
	if err != nil {
		t.Fatal(err)
	}
	want := "AADSTS90094: An administrator of Contoso (practice) has set a policy that prevents you from granting Postkey practice the permissions it is requesting. Contact an administrator of Contoso (practice) who can grant permissions to this application on your behalf.\r\n"
	if got := back.Get("error_description"); back.Get("error") != "access_denied" || !strings.HasPrefix(got, want) {
		t.Errorf("got %v", back)
	}
	if back, err := f.browse(t, v.Admin); err != nil || !back.Has("code") {
		t.Errorf("the administrator: %v, %v", back, err)
	}
	// Pressing Accept by hand does not get round it.
	_, body := page(t, f.AuthCodeURL("s"))
	_, rest, _ := strings.Cut(body, `name="flow" value="`)
	flow, _, _ := strings.Cut(rest, `"`)
	base := tenant.Cloud().Authority + "/" + v.TenantID + "/practice/"
	for _, step := range []url.Values{{"flow": {flow}, "user": {v.Address}}, {"flow": {flow}, "decision": {"accept"}}} {
		path := "account"
		if step.Has("decision") {
			path = "consent"
		}
		client := *fresh
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		resp, err := client.PostForm(base+path, step)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if strings.Contains(resp.Header.Get("Location"), "code=") {
			t.Errorf("%s gives a code", path)
		}
	}
}
