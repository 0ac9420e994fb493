package oauth

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestCallback(t *testing.T) {
	const foreign = "another-state"
	at := func(s *Session, path string, query url.Values) string {
		return "http://localhost:" + s.loop.port + path + "?" + query.Encode()
	}
	code := func(state string) url.Values { return url.Values{"code": {"c"}, "state": {state}} }
	cases := []struct {
		name    string
		method  string
		address func(s *Session) string
		host    func(s *Session) string
		status  int
		takes   bool // the request ends the sign-in
	}{
		{name: "right", address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 200, takes: true},
		{name: "IPv4", host: func(s *Session) string { return "127.0.0.1:" + s.loop.port }, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 200, takes: true},
		{name: "IPv6", host: func(s *Session) string { return "[::1]:" + s.loop.port }, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 200, takes: true},
		{name: "host in capitals", host: func(s *Session) string { return "LOCALHOST:" + s.loop.port }, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 200, takes: true},
		{name: "right issuer", address: func(s *Session) string {
			q := code(s.proof.state)
			q.Set("iss", s.provider.Issuer)
			return at(s, "/postkey", q)
		}, status: 200, takes: true},
		{name: "wrong issuer", address: func(s *Session) string {
			q := code(s.proof.state)
			q.Set("iss", "https://evil.example/v2.0")
			return at(s, "/postkey", q)
		}, status: 400},
		{name: "long code", address: func(s *Session) string {
			return at(s, "/postkey", url.Values{"code": {strings.Repeat("c", 12<<10)}, "state": {s.proof.state}})
		}, status: 200, takes: true},
		{name: "error", address: func(s *Session) string {
			return at(s, "/postkey", url.Values{"error": {"server_error"}, "state": {s.proof.state}})
		}, status: 200, takes: true},
		{name: "error in words that cannot be read", address: func(s *Session) string {
			return s.RedirectURI() + "?error=access_denied&error_description=100%+sure;+no&state=" + s.proof.state
		}, status: 200, takes: true},
		{name: "error without state", address: func(s *Session) string { return at(s, "/postkey", url.Values{"error": {"server_error"}}) }, status: 400},
		{name: "error with another state", address: func(s *Session) string {
			return at(s, "/postkey", url.Values{"error": {"server_error"}, "state": {foreign}})
		}, status: 400},
		{name: "another state", address: func(s *Session) string { return at(s, "/postkey", code(foreign)) }, status: 400},
		{name: "state in capitals", address: func(s *Session) string { return at(s, "/postkey", code(strings.ToUpper(s.proof.state))) }, status: 400},
		{name: "no state", address: func(s *Session) string { return at(s, "/postkey", url.Values{"code": {"c"}}) }, status: 400},
		{name: "two states", address: func(s *Session) string {
			return at(s, "/postkey", url.Values{"code": {"c"}, "state": {s.proof.state, foreign}})
		}, status: 400},
		{name: "two codes", address: func(s *Session) string {
			return at(s, "/postkey", url.Values{"code": {"c", "d"}, "state": {s.proof.state}})
		}, status: 400},
		{name: "no code", address: func(s *Session) string { return at(s, "/postkey", url.Values{"state": {s.proof.state}}) }, status: 400},
		{name: "bare", address: func(s *Session) string { return s.RedirectURI() }, status: 400},
		{name: "bad escape", address: func(s *Session) string { return s.RedirectURI() + "?code=%zz&state=" + s.proof.state }, status: 400},
		{name: "semicolon", address: func(s *Session) string { return s.RedirectURI() + "?code=c;state=" + s.proof.state }, status: 400},
		{name: "other path", address: func(s *Session) string { return at(s, "/", code(s.proof.state)) }, status: 404},
		{name: "longer path", address: func(s *Session) string { return at(s, "/postkey/", code(s.proof.state)) }, status: 404},
		{name: "favicon", address: func(s *Session) string { return at(s, "/favicon.ico", nil) }, status: 204},
		{name: "favicon head", method: http.MethodHead, address: func(s *Session) string { return at(s, "/favicon.ico", nil) }, status: 204},
		{name: "head", method: http.MethodHead, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 200},
		{name: "post", method: http.MethodPost, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 405},
		{name: "options", method: http.MethodOptions, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 405},
		{name: "unheard-of method", method: "BREW", address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 405},
		{name: "other host", host: func(*Session) string { return "evil.example" }, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 400},
		{name: "rebound host", host: func(s *Session) string { return "localhost.evil.example:" + s.loop.port }, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 400},
		{name: "other port", host: func(*Session) string { return "localhost:1" }, address: func(s *Session) string { return at(s, "/postkey", code(s.proof.state)) }, status: 400},
		{name: "too long", address: func(s *Session) string {
			return at(s, "/postkey", url.Values{"code": {strings.Repeat("c", 17<<10)}, "state": {s.proof.state}})
		}, status: 414},
		{name: "far too long", address: func(s *Session) string {
			return at(s, "/postkey", url.Values{"code": {strings.Repeat("c", 64<<10)}, "state": {s.proof.state}})
		}, status: 414},
	}
	e := newEntra(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			session := start(t, e.signIn())
			method, host := http.MethodGet, ""
			if c.method != "" {
				method = c.method
			}
			if c.host != nil {
				host = c.host(session)
			}
			resp, page := send(t, method, c.address(session), host, nil)
			if resp.StatusCode != c.status {
				t.Errorf("status %d, want %d: %s", resp.StatusCode, c.status, page)
			}
			if method == http.MethodHead && page != "" {
				t.Error("HEAD has a body")
			}
			checkHeaders(t, resp)
			session.mu.Lock()
			taken := session.answered
			session.mu.Unlock()
			if taken != c.takes {
				t.Errorf("taken as the answer: %v", taken)
			}
		})
	}
}

func checkHeaders(t *testing.T, resp *http.Response) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.HasSuffix(policy, "; sandbox") || strings.Contains(policy, "unsafe") {
		t.Errorf("content policy %q", policy)
	}
	if got := resp.Header.Get("Cross-Origin-Opener-Policy"); got != "" {
		t.Errorf("a sandboxed page with the opener policy %q is a network error to browsers", got)
	}
}

// TestCookiesOfOthers: what other programs have stored for localhost, which
// browsers send to each of its ports, does not keep the answer out.
func TestCookiesOfOthers(t *testing.T) {
	e := newEntra(t)
	session := start(t, e.signIn())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.agree(session.URL()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		req.AddCookie(&http.Cookie{Name: fmt.Sprintf("program-%d", i), Value: strings.Repeat("v", 4<<10)})
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	if _, err := session.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestIssuerOfTheAnswer: where the metadata promises the issuer with every
// answer, one without it is not taken (RFC 9207, section 2.4).
func TestIssuerOfTheAnswer(t *testing.T) {
	e := newEntra(t)
	e.metadata = func(m map[string]any) { m["authorization_response_iss_parameter_supported"] = true }
	session := start(t, e.signIn())
	right := e.agree(session.URL())
	failure := session.RedirectURI() + "?error=server_error&state=" + session.proof.state
	for _, address := range []string{right, failure} {
		if resp, _ := fetch(t, address); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	fetch(t, right+"&iss="+url.QueryEscape(session.provider.Issuer))
	if _, err := session.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	consent := askConsent(t, e.adminConsent()) // is no authorization response
	fetch(t, consent.RedirectURI()+"?admin_consent=True&state="+consent.session.proof.state)
	if _, err := consent.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPageThatFails(t *testing.T) {
	e := newEntra(t)
	s := e.signIn()
	s.Page = func(Landing, string) []byte { panic("no page") }
	session := start(t, s)
	address := e.agree(session.URL())
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req); err == nil {
		_ = resp.Body.Close()
	}
	if _, err := session.Wait(t.Context()); err != nil {
		t.Errorf("the sign-in fell with its page: %v", err)
	}
}

func TestContentPolicy(t *testing.T) {
	// The hash is of the text between the tags: printf 'b{}' | openssl dgst -sha256 -binary | base64
	const want = "style-src 'sha256-7yqHVAesot11p6HczDsgKRipvI5UPgs97z80zNXlans='"
	got := contentPolicy([]byte("<html><style media=all>b{}</style><script>x()</script>"))
	if !strings.Contains(got, "; "+want+"; ") {
		t.Errorf("policy %q", got)
	}
	if got, unix := contentPolicy([]byte("<style>a{}\r\nb{}\r</style>")), contentPolicy([]byte("<style>a{}\nb{}\n</style>")); got != unix {
		t.Errorf("lines of Windows: %q, and %q without", got, unix)
	}
	if got := contentPolicy(nil); !strings.Contains(got, "style-src 'none'") {
		t.Errorf("policy without a page %q", got)
	}
}

func TestPlainPageEscapes(t *testing.T) {
	for landing := LandingDone; landing <= LandingUnknown+1; landing++ {
		page := string(plainPage(landing, `"><img src=x onerror=alert(1)>`))
		if strings.Contains(page, "<img") || !strings.Contains(page, "&lt;img") {
			t.Errorf("landing %d: %s", landing, page)
		}
		if strings.Contains(page, "http://") || strings.Contains(page, "https://") || strings.Contains(page, "style=") {
			t.Errorf("landing %d loads something or has a style the policy stops", landing)
		}
	}
}
