package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postkey/internal/e2e/chromium"
	"postkey/oauth"
)

// consentInBrowser goes through the practice tenant's pages up to the button on
// the consent page.
func consentInBrowser(t *testing.T, b *chromium.Browser, session *oauth.Session, user, button string) {
	t.Helper()
	b.Open(session.URL())
	if heading := b.Text("h1"); heading != "Pick an account" {
		t.Fatalf("the first page is %q", heading)
	}
	b.Find(`button.account[value="` + user + `"]`).Click()
	b.Find("#consent")
	if heading := b.Text("h1"); heading != "Permissions requested" {
		t.Fatalf("the second page is %q", heading)
	}
	if asked := b.Text("ul"); !strings.Contains(asked, "IMAP") && !strings.Contains(asked, "mail") {
		t.Errorf("the permissions asked for are %q", asked)
	}
	b.Find(`#consent button[value="` + button + `"]`).Click()
}

// mustShow wants the callback's page with this heading.
func mustShow(t *testing.T, b *chromium.Browser, session *oauth.Session, heading, text string) {
	t.Helper()
	arrived := b.Await("h1", heading)
	gotHeading, gotText := b.Text("h1"), b.Text("body")
	if !arrived || !strings.Contains(gotText, text) || !strings.HasPrefix(b.Address(), session.RedirectURI()+"?") {
		t.Errorf("the page says %q: %q", gotHeading, gotText)
	}
}

func mustBeQuiet(t *testing.T, b *chromium.Browser, page string) {
	t.Helper()
	if complaints := b.Complaints(); len(complaints) != 0 {
		t.Errorf("%s: the browser complains:\n%s", page, strings.Join(complaints, "\n"))
	}
}

func wait(t *testing.T, session *oauth.Session) (oauth.SignedIn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return session.Wait(ctx)
}

// TestBrowserSignIn signs in with a real Chromium: the page at the end is
// Postkey's, it looks as it should, and what the browser does with it later
// changes nothing.
func TestBrowserSignIn(t *testing.T) {
	tenant := startTenant(t)
	values := tenant.Values()
	b := chromium.Start(t)
	session := start(t, signInto(t, tenant))
	consentInBrowser(t, b, session, values.Address, "accept")
	mustShow(t, b, session, "You can close this window", "Microsoft's answer has arrived. Go back to Postkey")
	// The next pages are asked for while the port still answers.
	b.Reload()
	mustShow(t, b, session, "This sign-in has ended", "Its answer arrived before.")
	b.Back()
	b.Forward()
	mustShow(t, b, session, "This sign-in has ended", "You can close this window.")

	signedIn, err := wait(t, session)
	if err != nil {
		t.Fatal(err)
	}
	if signedIn.Account.Username != values.Address || signedIn.Account.TenantID != values.TenantID {
		t.Errorf("signed in as %+v", signedIn.Account)
	}
	claims, known := oauth.Inspect(signedIn.Token.Access)
	if !known || !strings.Contains(strings.Join(claims.Scopes, " "), "IMAP.AccessAsUser.All") || signedIn.Token.Refresh.IsZero() {
		t.Errorf("the token has the scopes %v; a refresh token came: %v", claims.Scopes, !signedIn.Token.Refresh.IsZero())
	}
	// The page's own style sheet is the one thing that its policy lets through.
	if margin := b.Style("body", "margin-top"); margin == "8px" {
		t.Error("the page has the browser's own look: its style sheet was refused")
	}
	mustBeQuiet(t, b, "the whole sign-in")

	// Signing in again finds the account signed in and the consent given.
	again := start(t, signInto(t, tenant))
	b.Open(again.URL())
	if b.Title() == "Pick an account" {
		b.Find(`button.account[value="` + values.Address + `"]`).Click()
	}
	mustShow(t, b, again, "You can close this window", "")
	if _, err := wait(t, again); err != nil {
		t.Error(err)
	}
}

// TestBrowserCancel declines the consent.
func TestBrowserCancel(t *testing.T) {
	tenant := startTenant(t)
	b := chromium.Start(t)
	session := start(t, signInto(t, tenant))
	consentInBrowser(t, b, session, tenant.Values().Address, "cancel")
	mustShow(t, b, session, "The sign-in did not succeed", "AADSTS65004")
	b.Reload()
	mustShow(t, b, session, "This sign-in has ended", "")
	_, err := wait(t, session)
	var refusal *oauth.Error
	if !errors.As(err, &refusal) || refusal.Kind != "access_denied" || refusal.Code() != 65004 {
		t.Errorf("Wait = %v", err)
	}
	mustBeQuiet(t, b, "the cancelled sign-in")
}

// TestBrowserHostilePage proves that the policy of the callback's page takes
// effect: of a page with everything in it that could do harm, nothing happens.
// The browser is told in three ways to reach a server; each could carry the code away.
func TestBrowserHostilePage(t *testing.T) {
	tenant := startTenant(t)
	var reached atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer elsewhere.Close()
	signIn := signInto(t, tenant)
	signIn.Page = func(oauth.Landing, string) []byte {
		return fmt.Appendf(nil, `<!doctype html><html lang="en"><head><title>harmless</title>
<style>h1 { color: rgb(1, 2, 3) }</style>
<link rel="stylesheet" href="%[1]s/style"><script src="%[1]s/script"></script>
<script>document.title = "script ran"; fetch("%[1]s/fetch")</script></head>
<body onload="document.title = 'handler ran'"><h1>hostile</h1>
<img src="%[1]s/image" onerror="document.title = 'handler ran'"><iframe src="%[1]s/frame"></iframe>
<p style="background: url(%[1]s/background)">text</p>
<form id="form" action="%[1]s/form"><button>send</button></form></body></html>`, elsewhere.URL)
	}
	b := chromium.Start(t)
	session := start(t, signIn)
	consentInBrowser(t, b, session, tenant.Values().Address, "accept")
	mustShow(t, b, session, "hostile", "")
	b.Find("#form button").Click()
	if _, err := wait(t, session); err != nil {
		t.Fatal(err)
	}
	complaints := strings.Join(b.Complaints(), "\n")
	for _, refused := range []string{
		"Loading the stylesheet '" + elsewhere.URL + "/style'", "Loading the image '" + elsewhere.URL + "/image'", "Framing '" + elsewhere.URL,
		"Blocked script execution", "Applying inline style", "Blocked form submission to '" + elsewhere.URL + "/form'",
	} {
		if !strings.Contains(complaints, refused) {
			t.Errorf("the browser does not complain: %s\n%s", refused, complaints)
		}
	}
	if title := b.Title(); title != "harmless" {
		t.Errorf("the page's title is %q", title)
	}
	if colour := b.Style("h1", "color"); colour != "rgba(1, 2, 3, 1)" {
		t.Errorf("the page's own style sheet was refused: %s", colour)
	}
	if n := reached.Load(); n != 0 || !strings.HasPrefix(b.Address(), session.RedirectURI()) {
		t.Errorf("the page reached another server %d times and is at %s", n, strings.SplitN(b.Address(), "?", 2)[0])
	}
}

// TestBrowserErrorWords shows words of the sign-in service that look like HTML.
func TestBrowserErrorWords(t *testing.T) {
	tenant := startTenant(t)
	b := chromium.Start(t)
	session := start(t, signInto(t, tenant))
	b.Open(session.RedirectURI() + "?error=server_error&error_description=%3Cscript%3Edocument.title%3D%22ran%22%3C%2Fscript%3E%3Cb%3Eäöü%3C%2Fb%3E&state=" + stateOf(t, session))
	mustShow(t, b, session, "The sign-in did not succeed", `<script>document.title="ran"</script><b>äöü</b>`)
	_, err := wait(t, session)
	var refusal *oauth.Error
	if !errors.As(err, &refusal) || refusal.Kind != "server_error" || !strings.Contains(refusal.Description, "<b>äöü</b>") {
		t.Errorf("Wait = %v", err)
	}
	mustBeQuiet(t, b, "the page with the error")
}
