package oauth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

func TestSignIn(t *testing.T) {
	for _, audience := range []Audience{AudienceSingle, AudienceMulti, AudienceMultiPersonal} {
		t.Run(string(audience), func(t *testing.T) {
			e := newEntra(t)
			s := e.signIn()
			s.Registration.Audience = audience
			session := start(t, s)
			resp, page := fetch(t, e.agree(session.URL()))
			if resp.StatusCode != 200 || !strings.Contains(page, plainTexts[LandingDone][0]) {
				t.Errorf("page: %d %s", resp.StatusCode, page)
			}
			got, err := session.Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := Account{
				Username: "andrea@contoso.example", Name: "Andrea Doe", Email: "andrea@contoso.example",
				TenantID: testTenant, ObjectID: "99999999-0000-4000-8000-000000000000",
			}
			if diff := cmp.Diff(want, got.Account); diff != "" {
				t.Errorf("account (-want +got):\n%s", diff)
			}
			if got.Token.Access.Reveal() != "access-2" || got.Token.Refresh.Reveal() != "refresh-2" {
				t.Error("the tokens are not those of the answer")
			}
			if diff := cmp.Diff([]string{testScope}, got.Token.Scopes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAuthorizeURL(t *testing.T) {
	e := newEntra(t)
	s := e.signIn()
	s.LoginHint = "andrea+x@contoso.example"
	session := start(t, s)
	u, err := url.Parse(session.URL())
	if err != nil {
		t.Fatal(err)
	}
	if want := e.URL + "/" + testTenant + "/oauth2/v2.0/authorize"; !strings.HasPrefix(session.URL(), want+"?") {
		t.Errorf("%s does not begin with %s", session.URL(), want)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"client_id": testClient, "response_type": "code", "response_mode": "query",
		"redirect_uri": session.RedirectURI(), "scope": strings.Join(testScopes, " "),
		"code_challenge_method": "S256", "login_hint": "andrea+x@contoso.example",
		"code_challenge": oauth2.S256ChallengeFromVerifier(session.proof.verifier.Reveal()),
		"nonce":          session.proof.nonce, "state": session.proof.state,
	} {
		if q.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, q.Get(name), want)
		}
	}
	if q.Has("prompt") || q.Has("client_secret") {
		t.Error("neither a prompt nor the secret belongs into the address")
	}
	for name, value := range map[string]string{"state": q.Get("state"), "nonce": q.Get("nonce"), "verifier": session.proof.verifier.Reveal()} {
		if len(value) != 43 { // 256 bits in base64url
			t.Errorf("%s has %d characters", name, len(value))
		}
	}
	s.Prompt = "select_account"
	u, _ = url.Parse(start(t, s).URL())
	if q = u.Query(); q.Get("prompt") != "select_account" || q.Has("login_hint") {
		t.Errorf("select_account goes without a hint: %v", q)
	}
}

// TestChallenge is the example of RFC 7636, appendix B.
func TestChallenge(t *testing.T) {
	p := proof{verifier: NewSecret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), state: "s", nonce: "n"}
	u, _ := url.Parse(SignIn{}.authorizeURL("http://localhost:1/postkey", p))
	if got := u.Query().Get("code_challenge"); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Errorf("challenge %s", got)
	}
}

func TestTokenRequest(t *testing.T) {
	for name, secret := range map[string]string{"web": plantedSecret, "desktop": ""} {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t)
			s := e.signIn()
			s.Registration.ClientSecret = NewSecret(secret)
			s.Registration.ClientID = strings.ToUpper(testClient) // as some people type it
			session := start(t, s)
			fetch(t, e.agree(session.URL()))
			if _, err := session.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			form := e.lastForm(t)
			if form.Get("client_secret") != secret || form.Has("client_secret") != (secret != "") {
				t.Errorf("client_secret: %v", form["client_secret"])
			}
			if form.Get("client_id") != testClient || form.Get("scope") != strings.Join(testScopes, " ") {
				t.Errorf("client_id %q, scope %q", form.Get("client_id"), form.Get("scope"))
			}
		})
	}
}

// TestHundredSignIns: none of what else reaches the port may spoil a sign-in.
func TestHundredSignIns(t *testing.T) {
	e := newEntra(t)
	client := NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	for i := range 100 {
		s := e.signIn()
		s.Client = client
		session := start(t, s)
		right := e.agree(session.URL())
		port := ":" + session.loop.port
		strays := []func(){
			func() { fetch(t, session.RedirectURI()) },
			func() { fetch(t, "http://127.0.0.1"+port+"/favicon.ico") },
			func() { fetch(t, "http://localhost"+port+"/") },
			func() { fetch(t, session.RedirectURI()+"?code=c&state=of-another") },
			func() { fetch(t, session.RedirectURI()+"?error=access_denied&state=of-another") },
			func() { fetch(t, session.RedirectURI()+"?error=access_denied") },
			func() { fetch(t, session.RedirectURI()+"?state="+session.proof.state) },
			func() { send(t, "POST", right, "", strings.NewReader("code=x")) },
			func() { send(t, "HEAD", right, "", nil) },
			func() { send(t, "GET", right, "evil.example", nil) },
		}
		strays[i%len(strays)]()
		strays[(i*7+3)%len(strays)]()
		var both sync.WaitGroup
		for range 2 { // the browser that calls twice
			both.Go(func() { fetch(t, right) })
		}
		_, err := session.Wait(t.Context())
		both.Wait()
		if err != nil {
			t.Fatalf("sign-in %d: %v", i, err)
		}
		if resp, page := fetch(t, right); resp.StatusCode != 200 || !strings.Contains(page, plainTexts[LandingAgain][0]) {
			t.Fatalf("sign-in %d, callback after the end: %d %s", i, resp.StatusCode, page)
		}
		session.Close()
	}
}

func TestBothLoopbackAddresses(t *testing.T) {
	session := start(t, newEntra(t).signIn())
	addresses := []string{"127.0.0.1"}
	if probe, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		_ = probe.Close()
		addresses = append(addresses, "[::1]")
	}
	if len(session.loop.listeners) != len(addresses) {
		t.Errorf("%d listeners on %v", len(session.loop.listeners), addresses)
	}
	for _, host := range addresses {
		if resp, _ := fetch(t, "http://"+host+":"+session.loop.port+callbackPath); resp.StatusCode != 400 {
			t.Errorf("%s: %d", host, resp.StatusCode)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	e := newEntra(t)
	unknown := e.signIn()
	unknown.Registration.TenantID = "nowhere.example"
	_, err := unknown.Start(t.Context())
	var refused *Error
	if !errors.As(err, &refused) || refused.Code() != 90002 {
		t.Errorf("unknown tenant: %v", err)
	}
	plain := e.signIn()
	plain.Registration.Cloud.Authority = "http://login.example"
	if _, err := plain.Start(t.Context()); !errors.Is(err, ErrRegistration) {
		t.Errorf("http authority: %v", err)
	}
	e.metadata = func(m map[string]any) { m["jwks_uri"] = "" }
	if _, err := e.signIn().Start(t.Context()); !errors.Is(err, ErrAnswer) {
		t.Errorf("metadata without keys: %v", err)
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<html><body>Please log in to the guest network"))
	}))
	t.Cleanup(page.Close)
	guest := e.signIn()
	guest.Registration.Cloud.Authority = page.URL
	if _, err := guest.Start(t.Context()); !errors.As(err, &refused) || refused.Description != "Please log in to the guest network" {
		t.Errorf("a page instead of metadata: %v", err)
	}
}

func TestKeysThatCannotBeRead(t *testing.T) {
	for _, address := range []string{"/nowhere", "/" + testTenant + "/oauth2/v2.0/token"} {
		e := newEntra(t)
		e.metadata = func(m map[string]any) { m["jwks_uri"] = e.URL + address }
		session := start(t, e.signIn())
		fetch(t, e.agree(session.URL()))
		_, err := session.Wait(t.Context())
		var refused *Error
		if !errors.As(err, &refused) || errors.Is(err, ErrIDToken) {
			t.Errorf("%s: %v", address, err)
		}
	}
	e := newEntra(t)
	e.metadata = func(m map[string]any) { m["jwks_uri"] = "http://login.example/keys" }
	session := start(t, e.signIn())
	fetch(t, e.agree(session.URL()))
	if _, err := session.Wait(t.Context()); !errors.Is(err, ErrAnswer) {
		t.Errorf("keys in the clear: %v", err)
	}
}

func TestRefusalThroughTheBrowser(t *testing.T) {
	session := start(t, newEntra(t).signIn())
	text := "AADSTS65004: User declined to consent. <script>alert(1)</script>\r\nTrace ID: 00000000-0000-4000-8000-000000000001\r\n" +
		"Correlation ID: 00000000-0000-4000-8000-000000000002\r\nTimestamp: 2026-11-22 10:00:00Z"
	q := url.Values{
		"error": {"access_denied"}, "error_description": {text}, "error_subcode": {"cancel"},
		"code": {"a-code-beside-it"}, "state": {session.proof.state},
	}
	_, page := fetch(t, session.RedirectURI()+"?"+q.Encode())
	if !strings.Contains(page, "AADSTS65004") || strings.Contains(page, "<script") {
		t.Errorf("the page does not show Microsoft's words escaped: %s", page)
	}
	_, err := session.Wait(t.Context())
	var refused *Error
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	want := &Error{
		Kind: "access_denied", Suberror: "cancel", Description: text, Codes: []int{65004},
		TraceID:       "00000000-0000-4000-8000-000000000001",
		CorrelationID: "00000000-0000-4000-8000-000000000002", Timestamp: "2026-11-22 10:00:00Z",
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Error(diff)
	}
}

func TestSilence(t *testing.T) {
	e := newEntra(t)
	s := e.signIn()
	s.Timeout = 50 * time.Millisecond
	if _, err := start(t, s).Wait(t.Context()); !errors.Is(err, ErrTimeout) || errors.Is(err, ErrState) {
		t.Errorf("nothing came: %v", err)
	}
	s.Timeout = 500 * time.Millisecond
	bare := start(t, s)
	fetch(t, bare.RedirectURI())
	if _, err := bare.Wait(t.Context()); !errors.Is(err, ErrTimeout) || errors.Is(err, ErrState) {
		t.Errorf("only a visit without an answer came: %v", err)
	}
	foreign := start(t, s)
	fetch(t, foreign.RedirectURI()+"?code=c&state=of-another")
	if _, err := foreign.Wait(t.Context()); !errors.Is(err, ErrState) || errors.Is(err, ErrTimeout) {
		t.Errorf("only another sign-in's answer came: %v", err)
	}
	if _, page := fetch(t, e.agree(foreign.URL())); !strings.Contains(page, plainTexts[LandingAgain][0]) {
		t.Errorf("the browser came after the end: %s", page)
	}
}

func TestDeadline(t *testing.T) {
	s := newEntra(t).signIn()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	s.Now = func() time.Time { return at }
	if got := start(t, s).Deadline(); !got.Equal(at.Add(5 * time.Minute)) {
		t.Errorf("deadline %v", got)
	}
}

func TestBrowserThatDoesNotOpen(t *testing.T) {
	e := newEntra(t)
	s := e.signIn()
	opened := make(chan string, 1)
	s.OpenBrowser = func(_ context.Context, address string) error {
		opened <- address
		return errors.New("no display")
	}
	session := start(t, s)
	if got := <-opened; got != session.URL() {
		t.Errorf("opened %s", got)
	}
	for session.BrowserError() == nil { // set just after the opener has returned
		time.Sleep(time.Millisecond)
	}
	if err := session.BrowserError(); !errors.Is(err, ErrBrowser) || !strings.Contains(err.Error(), "no display") {
		t.Errorf("got %v", err)
	}
	fetch(t, e.agree(session.URL())) // by hand
	if _, err := session.Wait(t.Context()); err != nil {
		t.Errorf("the sign-in did not go on: %v", err)
	}
}

func TestStartContextDoesNotEndTheSession(t *testing.T) {
	e := newEntra(t)
	ctx, cancel := context.WithCancel(t.Context())
	session, err := e.signIn().Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	cancel()
	fetch(t, e.agree(session.URL()))
	if _, err := session.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSlowClientHoldsNothingUp(t *testing.T) {
	e := newEntra(t)
	session := start(t, e.signIn())
	conn, err := net.Dial("tcp", "127.0.0.1:"+session.loop.port)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = conn.Write([]byte("GET /postkey?st")) // and no more
	fetch(t, e.agree(session.URL()))
	if _, err := session.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if session.server.ReadHeaderTimeout <= 0 || session.server.WriteTimeout <= 0 {
		t.Error("a slow client is not bounded")
	}
}

func TestPortIsChosenAnew(t *testing.T) {
	first, second := start(t, newEntra(t).signIn()), start(t, newEntra(t).signIn())
	if first.RedirectURI() == second.RedirectURI() {
		t.Error("two sessions share a port")
	}
	for _, s := range []*Session{first, second} {
		u, _ := url.Parse(s.RedirectURI())
		if port, err := strconv.Atoi(u.Port()); err != nil || port < 1024 || u.Hostname() != "localhost" || u.Path != "/postkey" {
			t.Errorf("redirect URI %s", s.RedirectURI())
		}
	}
}
