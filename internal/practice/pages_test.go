package practice_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"postkey/internal/practice"
)

// page fetches an address without following redirects.
func page(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *fresh
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestErrorsThatStayOnThePage(t *testing.T) {
	tenant := start(t, practice.Options{RedirectURIs: []string{"https://app.example/Back?x=1"}})
	v := tenant.Values()
	for name, c := range map[string]struct {
		change func(*foreign)
		code   int
	}{
		"unregistered path":   {func(f *foreign) { f.RedirectURL = "http://localhost:1/other" }, 50011},
		"path in other case":  {func(f *foreign) { f.RedirectURL = "http://localhost:1/Postkey" }, 50011},
		"slash at the end":    {func(f *foreign) { f.RedirectURL = "http://localhost:1/postkey/" }, 50011},
		"by number":           {func(f *foreign) { f.RedirectURL = "http://127.0.0.1:1/postkey" }, 50011},
		"https on localhost":  {func(f *foreign) { f.RedirectURL = "https://localhost:1/postkey" }, 50011},
		"other port, no name": {func(f *foreign) { f.RedirectURL = "https://app.example:444/Back?x=1" }, 50011},
		"other query":         {func(f *foreign) { f.RedirectURL = "https://app.example/Back?x=2" }, 50011},
		"user in front":       {func(f *foreign) { f.RedirectURL = "http://localhost@evil.example/postkey" }, 50011},
		"web's at desktop":    {func(f *foreign) { f.ClientID = v.DesktopClientID; f.RedirectURL = "https://app.example/Back?x=1" }, 50011},
		"unknown client":      {func(f *foreign) { f.ClientID = "99999999-9999-4999-8999-999999999999" }, 700016},
		"no client":           {func(f *foreign) { f.ClientID = "" }, 900144},
		"unknown tenant":      {func(f *foreign) { f.Endpoint.AuthURL = strings.Replace(f.Endpoint.AuthURL, v.TenantID, v.ClientID, 1) }, 90002},
		"malformed tenant":    {func(f *foreign) { f.Endpoint.AuthURL = strings.Replace(f.Endpoint.AuthURL, v.TenantID, "contoso", 1) }, 900023},
		"single on common":    {func(f *foreign) { f.Endpoint.AuthURL = strings.Replace(f.Endpoint.AuthURL, v.TenantID, "common", 1) }, 50194},
		"consumers":           {func(f *foreign) { f.Endpoint.AuthURL = strings.Replace(f.Endpoint.AuthURL, v.TenantID, "consumers", 1) }, 9002332},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForeign(tenant)
			c.change(f)
			_, err := f.browse(t, v.Address)
			var shown *practice.PageError
			if !errors.As(err, &shown) || shown.Code != c.code || !strings.HasPrefix(shown.Text, "AADSTS") {
				t.Errorf("got %v, want a page with %d", err, c.code)
			}
		})
	}
}

func TestErrorsThatGoBack(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	set := oauth2.SetAuthURLParam
	for name, c := range map[string]struct {
		scopes []string
		opts   []oauth2.AuthCodeOption
		want   string
	}{
		"response type":         {mailScopes, []oauth2.AuthCodeOption{set("response_type", "token")}, "unsupported_response_type AADSTS700054: "},
		"no response type":      {mailScopes, []oauth2.AuthCodeOption{set("response_type", "")}, "invalid_request AADSTS900144: "},
		"response mode":         {mailScopes, []oauth2.AuthCodeOption{set("response_mode", "pigeon")}, "invalid_request AADSTS70007: "},
		"prompt":                {mailScopes, []oauth2.AuthCodeOption{set("prompt", "maybe")}, "invalid_request AADSTS90023: "},
		"nobody signed in":      {mailScopes, []oauth2.AuthCodeOption{set("prompt", "none")}, "login_required AADSTS50058: "},
		"no scope":              {nil, nil, "invalid_request AADSTS900144: "},
		"no such scope":         {[]string{practice.MailResource + "/Imap"}, nil, "invalid_client AADSTS650053: "},
		"default and named":     {[]string{"https://graph.microsoft.com/.default", "User.Read"}, nil, "invalid_scope AADSTS70011: "},
		"PKCE method":           {mailScopes, []oauth2.AuthCodeOption{set("code_challenge_method", "S512")}, "invalid_request AADSTS50147: "},
		"PKCE challenge length": {mailScopes, []oauth2.AuthCodeOption{set("code_challenge", "short")}, "invalid_request AADSTS501491: "},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForeign(tenant)
			f.listen(t)
			f.Scopes = c.scopes
			opts := append([]oauth2.AuthCodeOption{oauth2.S256ChallengeOption(f.verifier)}, c.opts...)
			final, err := tenant.Browse(t.Context(), f.AuthCodeURL("s", opts...), v.Address)
			if err != nil {
				t.Fatal(err)
			}
			u, _ := url.Parse(final)
			if got := u.Query().Get("error") + " " + u.Query().Get("error_description"); !strings.HasPrefix(got, c.want) || u.Query().Get("state") != "s" || u.Query().Has("code") {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestDecline(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	robot := tenant.NewRobot(v.Address)
	robot.Decline = true
	final, err := robot.Browse(t.Context(), f.AuthCodeURL("s"))
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(final)
	q := u.Query()
	if q.Get("error") != "access_denied" || q.Get("error_subcode") != "cancel" || q.Get("state") != "s" ||
		!strings.HasPrefix(q.Get("error_description"), "AADSTS65004: User declined to consent to access the app.\r\nTrace ID: ") {
		t.Errorf("%v", q)
	}
}

func TestOneBrowserRemembers(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	robot := tenant.NewRobot(v.Address)
	silent := func(opts ...oauth2.AuthCodeOption) string {
		final, err := robot.Browse(t.Context(), f.AuthCodeURL("s", append(opts, oauth2.SetAuthURLParam("prompt", "none"))...))
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(final)
		return u.Query().Get("error") + u.Query().Get("code")[:min(4, len(u.Query().Get("code")))]
	}
	if _, err := robot.Browse(t.Context(), f.AuthCodeURL("s")); err != nil {
		t.Fatal(err)
	}
	if got := silent(); got != "1.AX" {
		t.Errorf("signed in and consented: %s", got)
	}
	if got := silent(oauth2.SetAuthURLParam("login_hint", v.Delegate)); got != "login_required" {
		t.Errorf("another account: %s", got)
	}
	if got := silent(oauth2.SetAuthURLParam("scope", "Mail.Read")); got != "consent_required" {
		t.Errorf("another scope: %s", got)
	}
	// With select_account the page comes again, and the other account is there.
	robot.Username = v.Delegate
	if _, err := robot.Browse(t.Context(), f.AuthCodeURL("s", oauth2.SetAuthURLParam("prompt", "select_account"))); err != nil {
		t.Fatal(err)
	}
	if got := silent(oauth2.SetAuthURLParam("login_hint", v.Delegate)); got != "1.AX" {
		t.Errorf("the second account: %s", got)
	}
	robot.Username = "nobody@contoso.example"
	if _, err := robot.Browse(t.Context(), f.AuthCodeURL("s", oauth2.SetAuthURLParam("prompt", "login"))); err == nil || !strings.Contains(err.Error(), "not offered") {
		t.Errorf("an unknown account: %v", err)
	}
}

// keyShape is a text that was not found.
var keyShape = regexp.MustCompile(`practice\.[a-z]`)

func TestPagesAreSafeAndPlain(t *testing.T) {
	tenant := start(t, practice.Options{})
	f := newForeign(tenant)
	const nasty = `"><script>alert(1)</script>`
	for _, address := range []string{
		f.AuthCodeURL(nasty, oauth2.SetAuthURLParam("login_hint", nasty)),
		f.AuthCodeURL("s", oauth2.SetAuthURLParam("client_id", nasty)),
		f.AuthCodeURL("s", oauth2.SetAuthURLParam("redirect_uri", nasty)),
		f.AuthCodeURL(nasty, oauth2.SetAuthURLParam("response_mode", "form_post"), oauth2.SetAuthURLParam("prompt", nasty)),
		tenant.Cloud().Authority + "/" + url.PathEscape(nasty) + "/oauth2/v2.0/authorize",
		tenant.Cloud().Portal + "/view/anything",
	} {
		resp, body := page(t, address)
		if resp.StatusCode >= 300 && resp.StatusCode < 400 {
			continue // went back to the application
		}
		if strings.Contains(body, "<script") {
			t.Errorf("%s: the page holds a script:\n%s", address, body)
		}
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'nonce-") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", address, policy)
		}
		if !strings.Contains(body, "practice tenant of Postkey") || keyShape.MatchString(body) {
			t.Errorf("%s: a text is missing:\n%s", address, body)
		}
	}
	if resp, _ := page(t, tenant.Cloud().Authority+"/elsewhere"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("%s", resp.Status)
	}
	resp, body := page(t, f.AuthCodeURL("s", oauth2.SetAuthURLParam("login_hint", tenant.Values().Delegate)))
	if first, _, _ := strings.Cut(body[strings.Index(body, `name="user"`):], ">"); !strings.Contains(first, tenant.Values().Delegate) || !strings.Contains(first, "autofocus") {
		t.Errorf("the hinted account is not first: %s", first)
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' http://localhost:49152;") {
		t.Errorf("the way back is closed: %s", policy)
	}
}

func TestResponseModes(t *testing.T) {
	tenant := start(t, practice.Options{RedirectURIs: []string{"https://bare.example", "https://app.example/Back?x=1"}})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	final, err := tenant.Browse(t.Context(), f.AuthCodeURL("s", oauth2.SetAuthURLParam("response_mode", "fragment")), v.Address)
	if err != nil || !strings.HasPrefix(final, f.RedirectURL+"#code=") {
		t.Errorf("fragment: %s, %v", final, err)
	}
	final, err = tenant.Browse(t.Context(), f.AuthCodeURL("s", oauth2.SetAuthURLParam("response_mode", "form_post")), v.Address)
	if err != nil || final != f.RedirectURL {
		t.Errorf("form_post: %s, %v", final, err)
	}
	f.RedirectURL = "https://" + v.RedirectHost + "/api/cloudProviders/oauth2/microsoft/callback"
	final, err = tenant.Browse(t.Context(), f.AuthCodeURL("s"), v.Address)
	if err != nil || !strings.HasPrefix(final, f.RedirectURL+"?code=") {
		t.Errorf("another host: %s, %v", final, err)
	}
	for redirect, want := range map[string]string{
		"https://bare.example":         "https://bare.example/?code=",
		"https://app.example/Back?x=1": "https://app.example/Back?x=1&code=",
	} {
		f.RedirectURL = redirect
		if final, err = tenant.Browse(t.Context(), f.AuthCodeURL("s"), v.Address); err != nil || !strings.HasPrefix(final, want) {
			t.Errorf("%s: %s, %v", redirect, final, err)
		}
	}
}

func TestAdminConsent(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	address := func(path string, more url.Values) string {
		q := url.Values{"client_id": {v.ClientID}, "redirect_uri": {f.RedirectURL}, "state": {"s"}}
		for k, v := range more {
			q[k] = v
		}
		return tenant.Cloud().Authority + "/" + v.TenantID + path + "?" + q.Encode()
	}
	scoped := url.Values{"scope": {strings.Join(mailScopes, " ")}}
	come := func(robot *practice.Robot, address string) url.Values {
		t.Helper()
		final, err := robot.Browse(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(final)
		return u.Query()
	}
	refuse := tenant.NewRobot(v.Admin)
	refuse.Decline = true
	if q := come(refuse, address("/v2.0/adminconsent", scoped)); q.Get("error") != "access_denied" || q.Get("admin_consent") != "True" || q.Get("state") != "s" || q.Has("tenant") {
		t.Errorf("declined: %v", q)
	}
	if q := come(tenant.NewRobot(v.Address), address("/v2.0/adminconsent", scoped)); q.Get("error") != "access_denied" || !strings.HasPrefix(q.Get("error_description"), "AADSTS90094: ") {
		t.Errorf("not an administrator: %v", q)
	}
	if q := come(tenant.NewRobot(v.Admin), address("/v2.0/adminconsent", nil)); !strings.HasPrefix(q.Get("error_description"), "AADSTS900144: ") || q.Get("admin_consent") != "True" {
		t.Errorf("without scope: %v", q)
	}

	// Until an administrator consents, the fault stops ordinary users.
	tenant.Break(practice.FaultAdminConsent)
	back, err := f.browse(t, v.Address)
	if err != nil || back.Get("error") != "access_denied" || !strings.HasPrefix(back.Get("error_description"), "AADSTS90094: An administrator of ") {
		t.Errorf("before consent: %v, %v", back, err)
	}
	q := come(tenant.NewRobot(v.Admin), address("/v2.0/adminconsent", scoped))
	if q.Get("admin_consent") != "True" || q.Get("tenant") != v.TenantID || q.Get("state") != "s" || !strings.Contains(q.Get("scope"), mailScopes[4]) || q.Has("error") {
		t.Errorf("granted: %v", q)
	}
	if back, err := f.browse(t, v.Address); err != nil || !back.Has("code") {
		t.Errorf("after consent: %v, %v", back, err)
	}
	if q := come(tenant.NewRobot(v.Admin), address("/adminconsent", nil)); q.Get("admin_consent") != "True" || q.Has("scope") {
		t.Errorf("version 1: %v", q)
	}
}

func TestFormOfALostSignIn(t *testing.T) {
	tenant := start(t, practice.Options{})
	for _, path := range []string{"account", "consent"} {
		resp, err := fresh.PostForm(tenant.Cloud().Authority+"/common/practice/"+path, url.Values{"flow": {"x"}, "user": {tenant.Values().Address}, "decision": {"accept"}})
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if !strings.Contains(string(body), "AADSTS50089") {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestAuthorityOverTLS(t *testing.T) {
	dir := t.TempDir()
	tenant := start(t, practice.Options{AuthorityTLS: true, Dir: dir})
	if !strings.HasPrefix(tenant.Cloud().Authority, "https://localhost:") {
		t.Fatalf("authority %s", tenant.Cloud().Authority)
	}
	f := newForeign(tenant)
	f.listen(t)
	if back, err := f.browse(t, tenant.Values().Address); err != nil || !back.Has("code") {
		t.Errorf("%v, %v", back, err)
	}
	if _, err := fresh.Get(tenant.IntrospectionURL()); err == nil {
		t.Error("a client without the roots was content")
	}
	kept, err := os.ReadFile(filepath.Join(dir, "practice-ca.pem"))
	if err != nil || string(kept) != string(tenant.RootsPEM()) {
		t.Errorf("the certificate on disk: %v", err)
	}
}
