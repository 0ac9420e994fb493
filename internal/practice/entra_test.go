package practice_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"postkey/internal/practice"
)

// post sends a form to the token endpoint of an authority.
func post(t *testing.T, tenant *practice.Tenant, authority string, form url.Values, header ...string) (*http.Response, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		tenant.Cloud().Authority+"/"+authority+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) (*http.Response, map[string]any) {
	t.Helper()
	resp, err := fresh.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	_ = json.Unmarshal(body, &got) // a page is no JSON, and got stays nil
	return resp, got
}

// fresh keeps no connection, so that none outlives a test.
var fresh = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}

func TestTokenErrorForm(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	const correlation = "0b6f4c2e-1d3a-4e5f-8a9b-7c6d5e4f3a2b"
	resp, got := post(t, tenant, v.TenantID, url.Values{
		"client_id": {v.ClientID}, "grant_type": {"refresh_token"}, "refresh_token": {"x"}, "client_secret": {v.SecretID},
	}, "client-request-id", correlation)
	if resp.StatusCode != 401 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%s %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	shape := regexp.MustCompile(`^AADSTS7000215: Invalid client secret provided\. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '` +
		v.ClientID + `'\.\r\nTrace ID: [0-9a-f-]{36}\r\nCorrelation ID: ` + correlation + `\r\nTimestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$`)
	if d, _ := got["error_description"].(string); !shape.MatchString(d) {
		t.Errorf("error_description is %q", d)
	}
	codes, _ := got["error_codes"].([]any)
	if got["error"] != "invalid_client" || len(codes) != 1 || codes[0] != 7000215.0 || got["correlation_id"] != correlation ||
		got["error_uri"] != "https://login.microsoftonline.com/error?code=7000215" || got["trace_id"] == nil || got["timestamp"] == nil {
		t.Errorf("%v", got)
	}
}

func TestTokenRefusals(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	refresh := f.signIn(t, v.Address).RefreshToken
	good := func(change ...string) url.Values {
		form := url.Values{
			"client_id": {v.ClientID}, "client_secret": {v.ClientSecret.Reveal()},
			"grant_type": {"refresh_token"}, "refresh_token": {refresh},
		}
		for i := 0; i < len(change); i += 2 {
			form.Set(change[i], change[i+1])
			if change[i+1] == "" {
				form.Del(change[i])
			}
		}
		return form
	}
	const unknown = "99999999-9999-4999-8999-999999999999"
	for name, c := range map[string]struct {
		authority string
		form      url.Values
		status    int
		want      string
	}{
		"all right":           {v.TenantID, good(), 200, ""},
		"by domain":           {v.Domain, good(), 200, ""},
		"no client":           {v.TenantID, good("client_id", ""), 400, "invalid_request AADSTS900144: The request body must contain the following parameter: 'client_id'."},
		"unknown client":      {v.TenantID, good("client_id", unknown), 400, "unauthorized_client AADSTS700016: Application with identifier '" + unknown + "' was not found in the directory"},
		"unknown tenant":      {unknown, good(), 400, "invalid_request AADSTS90002: Tenant '" + unknown + "' not found."},
		"unknown domain":      {"fabrikam.example", good(), 400, "invalid_request AADSTS90002: Tenant 'fabrikam.example' not found."},
		"malformed tenant":    {"contoso", good(), 400, "invalid_request AADSTS900023: Specified tenant identifier 'contoso' is neither a valid DNS name, nor a valid external domain."},
		"single on common":    {"common", good(), 400, "invalid_request AADSTS50194: Application '" + v.ClientID + "'(Postkey practice) is not configured as a multi-tenant application."},
		"consumers":           {"consumers", good(), 400, "invalid_request AADSTS9002332: "},
		"no secret":           {v.TenantID, good("client_secret", ""), 401, "invalid_client AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
		"secret of a desktop": {v.TenantID, good("client_id", v.DesktopClientID), 401, "invalid_client AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented."},
		"no grant type":       {v.TenantID, good("grant_type", ""), 400, "invalid_request AADSTS900144: The request body must contain the following parameter: 'grant_type'."},
		"password grant":      {v.TenantID, good("grant_type", "password"), 400, "unsupported_grant_type AADSTS70003: "},
		"no refresh token":    {v.TenantID, good("refresh_token", ""), 400, "invalid_request AADSTS900144: "},
		"foreign refresh":     {v.TenantID, good("refresh_token", "nonsense"), 400, "invalid_grant AADSTS70000: "},
		"another's refresh":   {v.TenantID, good("client_id", v.MultiTenantClientID), 400, "invalid_grant AADSTS70000: "},
		"two resources":       {v.TenantID, good("scope", mailScopes[4]+" https://graph.microsoft.com/Mail.Read"), 400, "invalid_request AADSTS28000: Provided value for the input parameter scope is not valid because it contains more than one resource."},
		"default and named":   {v.TenantID, good("scope", mailScopes[4]+" "+practice.MailResource+"/.default"), 400, "invalid_scope AADSTS70011: "},
		"no such scope":       {v.TenantID, good("scope", practice.MailResource+"/IMAP.AccessAsUser"), 401, "invalid_client AADSTS650053: The application 'Postkey practice' asked for scope 'IMAP.AccessAsUser' that doesn't exist on the resource"},
		"no such resource":    {v.TenantID, good("scope", "https://outlook.office.example/IMAP.AccessAsUser.All"), 400, "invalid_resource AADSTS500011: The resource principal named https://outlook.office.example was not found"},
		"not consented":       {v.TenantID, good("scope", "https://graph.microsoft.com/Mail.Read"), 400, "invalid_grant AADSTS65001: The user or administrator has not consented to use the application with ID '" + v.ClientID + "' named 'Postkey practice'."},
		"no code":             {v.TenantID, good("grant_type", "authorization_code"), 400, "invalid_request AADSTS900144: "},
		"foreign code":        {v.TenantID, good("grant_type", "authorization_code", "code", "x"), 400, "invalid_grant AADSTS9002313: "},
	} {
		t.Run(name, func(t *testing.T) {
			resp, got := post(t, tenant, c.authority, c.form)
			kind, _ := got["error"].(string)
			text, _ := got["error_description"].(string)
			if resp.StatusCode != c.status || !strings.HasPrefix(strings.TrimSpace(kind+" "+text), c.want) {
				t.Errorf("got %d %s %s, want %d %s", resp.StatusCode, kind, text, c.status, c.want)
			}
		})
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, tenant.Cloud().Authority+"/"+v.TenantID+"/oauth2/v2.0/token", nil)
	if _, got := do(t, req); !strings.HasPrefix(got["error_description"].(string), "AADSTS900561: ") {
		t.Errorf("GET gives %v", got)
	}
	if _, got := post(t, tenant, v.TenantID, good(), "Origin", "https://app.example"); !strings.HasPrefix(got["error_description"].(string), "AADSTS9002326: ") {
		t.Errorf("with an Origin: %v", got)
	}
	f.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if _, err := f.TokenSource(t.Context(), &oauth2.Token{RefreshToken: refresh}).Token(); err != nil {
		t.Errorf("HTTP Basic: %v", err)
	}
}

// TestDiscoveryFindsTheTenant is how an ID is found from a mail domain.
func TestDiscoveryFindsTheTenant(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	for name, want := range map[string]string{
		v.Domain:                               tenant.Cloud().Authority + "/" + v.TenantID + "/v2.0",
		strings.ToUpper(v.TenantID):            tenant.Cloud().Authority + "/" + v.TenantID + "/v2.0",
		"organizations":                        tenant.Cloud().Authority + "/{tenantid}/v2.0",
		"fabrikam.example":                     "invalid_tenant AADSTS90002: Tenant 'fabrikam.example' not found. ",
		"99999999-9999-4999-8999-999999999999": "invalid_tenant AADSTS90002: ",
		"not a domain":                         "invalid_request AADSTS900023: Specified tenant identifier 'not a domain' is neither a valid DNS name, nor a valid external domain.",
	} {
		for _, path := range []string{"/v2.0/.well-known/openid-configuration", "/discovery/v2.0/keys"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tenant.Cloud().Authority+"/"+url.PathEscape(name)+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, got := do(t, req)
			if refused := strings.Contains(want, "AADSTS"); refused != (resp.StatusCode == 400) {
				t.Errorf("%s%s: %s", name, path, resp.Status)
			}
			if path == "/discovery/v2.0/keys" {
				continue
			}
			found, _ := got["issuer"].(string)
			if found == "" {
				found = fmt.Sprint(got["error"], " ", got["error_description"])
			}
			if !strings.HasPrefix(found, want) {
				t.Errorf("%s: got %s, want %s", name, found, want)
			}
		}
	}
}

func TestCodeRefusals(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	tenant := start(t, practice.Options{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	code := func() string {
		back, err := f.browse(t, v.Address)
		if err != nil {
			t.Fatal(err)
		}
		return back.Get("code")
	}
	verifier := oauth2.VerifierOption(f.verifier)
	redeem := func(code string, opts ...oauth2.AuthCodeOption) error {
		_, err := f.Exchange(t.Context(), code, opts...)
		return err
	}
	aadsts(t, redeem(code(), oauth2.VerifierOption("a verifier of another sign-in, long enough for all")), 400, "invalid_grant", "AADSTS501481")
	aadsts(t, redeem(code()), 400, "invalid_grant", "AADSTS501481")
	used := code()
	if err := redeem(used, verifier); err != nil {
		t.Fatal(err)
	}
	aadsts(t, redeem(used, verifier), 400, "invalid_grant", "AADSTS54005")

	plain, err := tenant.Browse(t.Context(), f.AuthCodeURL("s",
		oauth2.SetAuthURLParam("code_challenge", f.verifier), oauth2.SetAuthURLParam("code_challenge_method", "plain")), v.Address)
	if err != nil {
		t.Fatal(err)
	}
	back, _ := url.Parse(plain)
	if err := redeem(back.Query().Get("code"), verifier); err != nil {
		t.Errorf("a plain challenge: %v", err)
	}

	there := code()
	redirect := f.RedirectURL
	f.RedirectURL = "http://localhost/postkey"
	aadsts(t, redeem(there, verifier), 401, "invalid_client", "AADSTS500112")
	f.RedirectURL = redirect

	there = code()
	f.ClientID = v.MultiTenantClientID
	aadsts(t, redeem(there, verifier), 400, "invalid_grant", "AADSTS70000")
	there = code()
	f.Endpoint.TokenURL = tenant.Cloud().Authority + "/organizations/oauth2/v2.0/token"
	aadsts(t, redeem(there, verifier), 400, "invalid_grant", "AADSTS700005")
	f.Endpoint.TokenURL = tenant.Cloud().Authority + "/" + v.TenantID + "/oauth2/v2.0/token"

	there = code()
	mu.Lock()
	now = now.Add(11 * time.Minute)
	mu.Unlock()
	aadsts(t, redeem(there, verifier), 400, "invalid_grant", "AADSTS70008")
}

// TestBareScopeGivesGraphToken is the classic mistake: all goes well until IMAP.
func TestBareScopeGivesGraphToken(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	f.Scopes = []string{"openid", "offline_access", "IMAP.AccessAsUser.All"}
	token := f.signIn(t, v.Address)
	if got := claims(t, token.AccessToken)["aud"]; got != "00000003-0000-0000-c000-000000000000" {
		t.Errorf("aud is %v", got)
	}
	if got := token.Extra("scope"); got != "openid https://graph.microsoft.com/IMAP.AccessAsUser.All" {
		t.Errorf("scope is %v", got)
	}
	_, err := openIMAP(t, tenant, v.Address, token.AccessToken)
	wantError(t, "IMAP", err, "imap: NO AUTHENTICATE failed.")
}

func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("the token has %d parts", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAccessTokenClaims(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	c := claims(t, signIn(t, tenant, v.Address).AccessToken)
	for name, want := range map[string]any{
		"aud": practice.MailResource, "tid": v.TenantID, "appid": v.ClientID, "upn": v.Address, "unique_name": v.Address,
		"scp": "IMAP.AccessAsUser.All POP.AccessAsUser.All SMTP.Send", "ver": "1.0", "idtyp": "user",
	} {
		if c[name] != want {
			t.Errorf("%s is %v, want %v", name, c[name], want)
		}
	}
}

func TestScopesDecideWhatComes(t *testing.T) {
	tenant := start(t, practice.Options{})
	f := newForeign(tenant)
	f.listen(t)
	f.Scopes = []string{"https://outlook.office365.com/.default"}
	token := f.signIn(t, tenant.Values().Address)
	if token.RefreshToken != "" || token.Extra("id_token") != nil {
		t.Error("a refresh token or an ID token came without being asked for")
	}
	if got := token.Extra("scope"); got != "https://outlook.office365.com/IMAP.AccessAsUser.All https://outlook.office365.com/POP.AccessAsUser.All https://outlook.office365.com/SMTP.Send" {
		t.Errorf("scope is %v", got)
	}
}

// TestIntrospection asks in the three ways of Dovecot's introspection_mode.
func TestIntrospection(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	f := newForeign(tenant)
	f.listen(t)
	token := f.signIn(t, v.Address)
	ask := func(method, query, body, bearer string) map[string]any {
		req, err := http.NewRequestWithContext(t.Context(), method, tenant.IntrospectionURL()+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		resp, got := do(t, req)
		if resp.StatusCode != 200 {
			t.Errorf("%s", resp.Status)
		}
		return got
	}
	for name, got := range map[string]map[string]any{
		"get":  ask("GET", "?token="+token.AccessToken, "", ""),
		"auth": ask("GET", "", "", token.AccessToken),
		"post": ask("POST", "", "token="+token.AccessToken, ""),
	} {
		if got["active"] != true || got["username"] != v.Address || got["client_id"] != v.ClientID ||
			got["scope"] != "IMAP.AccessAsUser.All POP.AccessAsUser.All SMTP.Send" || got["aud"] != practice.MailResource || got["exp"] == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	id, _ := token.Extra("id_token").(string)
	for name, bad := range map[string]string{"nothing": "", "garbage": "x.y.z", "an ID token": id, "a refresh token": token.RefreshToken, "a forged one": token.AccessToken[:len(token.AccessToken)-4] + "AAAA"} {
		if got := ask("POST", "", "token="+bad, ""); got["active"] != false || len(got) != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestExpiredAccessToken(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	tenant := start(t, practice.Options{TokenLife: time.Minute, Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	v := tenant.Values()
	token := signIn(t, tenant, v.Address).AccessToken
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	_, err := openIMAP(t, tenant, v.Address, token)
	wantError(t, "IMAP", err, "imap: NO AUTHENTICATE failed.")
	p := dialPOP(t, tenant)
	p.want(p.signIn(v.Address, token), "-ERR Authentication failure: unknown user name or bad password.")
	_, err = dialSMTP(t, tenant, v.Address, token)
	wantError(t, "SMTP", smtpWords(err), "535 5.7.3 Authentication unsuccessful [AM0PR10CA0077.EURPRD10.PROD.OUTLOOK.COM ")
}

func TestForeignHostIsTurnedAway(t *testing.T) {
	tenant := start(t, practice.Options{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tenant.IntrospectionURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "rebound.example:80"
	if resp, _ := do(t, req); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("%s", resp.Status)
	}
}
