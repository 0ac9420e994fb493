package practice_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.uber.org/goleak"
	"golang.org/x/oauth2"

	"postkey/internal/practice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var mailScopes = []string{
	"openid", "profile", "email", "offline_access",
	practice.MailResource + "/IMAP.AccessAsUser.All",
	practice.MailResource + "/POP.AccessAsUser.All",
	practice.MailResource + "/SMTP.Send",
}

func start(t *testing.T, opts practice.Options) *practice.Tenant {
	t.Helper()
	tenant, err := practice.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tenant.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return tenant
}

// foreign is an OAuth client that knows nothing of this project: x/oauth2.
type foreign struct {
	oauth2.Config
	tenant   *practice.Tenant
	verifier string
}

func newForeign(tenant *practice.Tenant) *foreign {
	v := tenant.Values()
	base := tenant.Cloud().Authority + "/" + v.TenantID + "/oauth2/v2.0"
	return &foreign{
		Config: oauth2.Config{
			ClientID: v.ClientID, ClientSecret: v.ClientSecret.Reveal(), Scopes: mailScopes,
			RedirectURL: "http://localhost:49152/postkey",
			Endpoint: oauth2.Endpoint{
				AuthURL: base + "/authorize", TokenURL: base + "/token", AuthStyle: oauth2.AuthStyleInParams,
			},
		},
		tenant: tenant, verifier: oauth2.GenerateVerifier(),
	}
}

// listen makes the redirect URI answer, on a free port.
func (f *foreign) listen(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "back")
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	f.RedirectURL = fmt.Sprintf("http://localhost:%d/postkey", l.Addr().(*net.TCPAddr).Port)
}

// browse returns the parameters with which the browser came back.
func (f *foreign) browse(t *testing.T, user string, opts ...oauth2.AuthCodeOption) (url.Values, error) {
	t.Helper()
	opts = append(opts, oauth2.S256ChallengeOption(f.verifier))
	final, err := f.tenant.Browse(t.Context(), f.AuthCodeURL("the-state", opts...), user)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(final)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(final, f.RedirectURL+"?") {
		return nil, fmt.Errorf("ended at %s", final)
	}
	if got := u.Query().Get("state"); got != "the-state" {
		return nil, fmt.Errorf("state is %q", got)
	}
	return u.Query(), nil
}

func (f *foreign) signIn(t *testing.T, user string) *oauth2.Token {
	t.Helper()
	back, err := f.browse(t, user)
	if err != nil {
		t.Fatal(err)
	}
	token, err := f.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(f.verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// signIn gives an access token for mail.
func signIn(t *testing.T, tenant *practice.Tenant, user string) *oauth2.Token {
	t.Helper()
	f := newForeign(tenant)
	f.listen(t)
	return f.signIn(t, user)
}

// aadsts fails the test unless err is a refusal by the token endpoint with this
// status, kind and number.
func aadsts(t *testing.T, err error, status int, kind, number string) *oauth2.RetrieveError {
	t.Helper()
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a refusal with %s", err, number)
	}
	if refused.Response.StatusCode != status || refused.ErrorCode != kind || !strings.HasPrefix(refused.ErrorDescription, number+": ") {
		t.Errorf("got %d %s %s, want %d %s %s", refused.Response.StatusCode, refused.ErrorCode, refused.ErrorDescription, status, kind, number)
	}
	return refused
}

func TestForeignClientSignsIn(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	for name, client := range map[string]struct{ id, secret, authority string }{
		"web":                      {v.ClientID, v.ClientSecret.Reveal(), v.TenantID},
		"web, by domain":           {v.ClientID, v.ClientSecret.Reveal(), v.Domain},
		"desktop":                  {v.DesktopClientID, "", v.TenantID},
		"multitenant, at its own":  {v.MultiTenantClientID, v.ClientSecret.Reveal(), v.TenantID},
		"multitenant, by any":      {v.MultiTenantClientID, v.ClientSecret.Reveal(), "organizations"},
		"multitenant, with common": {v.MultiTenantClientID, v.ClientSecret.Reveal(), "common"},
	} {
		t.Run(name, func(t *testing.T) {
			issuer := tenant.Cloud().Authority + "/" + v.TenantID + "/v2.0"
			ctx := t.Context()
			if client.authority != v.TenantID {
				ctx = oidc.InsecureIssuerURLContext(ctx, issuer)
				if client.authority != v.Domain {
					ctx = oidc.InsecureIssuerURLContext(ctx, tenant.Cloud().Authority+"/{tenantid}/v2.0")
				}
			}
			provider, err := oidc.NewProvider(ctx, tenant.Cloud().Authority+"/"+client.authority+"/v2.0")
			if err != nil {
				t.Fatal(err)
			}
			f := newForeign(tenant)
			f.Endpoint = provider.Endpoint()
			f.Endpoint.AuthStyle = oauth2.AuthStyleInParams
			f.ClientID, f.ClientSecret = client.id, client.secret
			f.listen(t)
			back, err := f.browse(t, v.Address, oidc.Nonce("the-nonce"))
			if err != nil {
				t.Fatal(err)
			}
			token, err := f.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(f.verifier))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := token.Extra("id_token").(string)
			verifier := provider.Verifier(&oidc.Config{ClientID: client.id, SkipIssuerCheck: true})
			id, err := verifier.Verify(ctx, raw)
			if err != nil {
				t.Fatal(err)
			}
			var claims struct{ TID, OID, Name, Ver, Email, Preferred_username string }
			if err := id.Claims(&claims); err != nil {
				t.Fatal(err)
			}
			if id.Issuer != issuer || id.Nonce != "the-nonce" || claims.TID != v.TenantID || claims.Ver != "2.0" ||
				claims.Preferred_username != v.Address || claims.Email != v.Address || claims.OID == "" || claims.Name == "" {
				t.Errorf("ID token: %+v %+v", id, claims)
			}
			if n := len(token.RefreshToken); n <= 2560 {
				t.Errorf("refresh token has %d bytes", n)
			}
			if n := len(token.AccessToken); n < 1900 || n > 2300 {
				t.Errorf("access token has %d bytes", n)
			}
			if got, want := token.Extra("scope"), strings.Join(mailScopes[4:], " "); got != want {
				t.Errorf("scope is %v, want %s", got, want)
			}
			if left := time.Until(token.Expiry); left < 50*time.Minute || left > time.Hour {
				t.Errorf("the token lasts %v", left)
			}
		})
	}
}

func TestRefreshRotates(t *testing.T) {
	for _, strict := range []bool{false, true} {
		tenant := start(t, practice.Options{StrictRotation: strict})
		f := newForeign(tenant)
		f.listen(t)
		first := f.signIn(t, tenant.Values().Address)
		refresh := func(token string) (*oauth2.Token, error) {
			return f.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token}).Token()
		}
		second, err := refresh(first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		if second.RefreshToken == first.RefreshToken || second.AccessToken == first.AccessToken {
			t.Error("the refreshed tokens are the old ones")
		}
		if _, err := refresh(second.RefreshToken); err != nil {
			t.Error(err)
		}
		_, err = refresh(first.RefreshToken)
		if strict {
			aadsts(t, err, 400, "invalid_grant", "AADSTS70000")
		} else if err != nil {
			t.Errorf("the old refresh token: %v", err)
		}
	}
}

func TestRefreshTokenEndsAfterNinetyIdleDays(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	tenant := start(t, practice.Options{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	f := newForeign(tenant)
	f.listen(t)
	token := f.signIn(t, tenant.Values().Address)
	mu.Lock()
	now = now.Add(91 * 24 * time.Hour)
	mu.Unlock()
	_, err := f.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	aadsts(t, err, 400, "invalid_grant", "AADSTS700082")
	mu.Lock()
	now = now.AddDate(0, 6, 0)
	mu.Unlock()
	_, err = f.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	aadsts(t, err, 401, "invalid_client", "AADSTS7000222")
}

func TestTwoSignInsAtOnce(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	var wg sync.WaitGroup
	for _, user := range []string{v.Address, v.Delegate, v.Address, v.Delegate} {
		f := newForeign(tenant)
		f.listen(t)
		wg.Go(func() {
			back, err := f.browse(t, user)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := f.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(f.verifier)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestCloseHangsUpAndReturns(t *testing.T) {
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tenant.Break(practice.FaultSlow)
	cloud := tenant.Cloud()
	var open []net.Conn
	for _, address := range []string{cloud.IMAP, cloud.POP, cloud.SMTP, strings.TrimPrefix(cloud.Authority, "http://")} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET /common/v2.0/.well-known/openid-configuration HTTP/1.1\r\nHost: %s\r\n\r\n", address)
		open = append(open, c)
	}
	if err := tenant.Close(); err != nil {
		t.Error(err)
	}
	if err := tenant.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	for _, c := range open {
		buf := make([]byte, 1)
		for {
			if _, err := c.Read(buf); err != nil {
				break // the peer is gone
			}
		}
		_ = c.Close()
	}
	if c, err := net.Dial("tcp", cloud.IMAP); err == nil {
		_ = c.Close()
		t.Error("the IMAP port still answers")
	}
}

func TestFixedPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = practice.Start(practice.Options{Ports: practice.Ports{POP: l.Addr().(*net.TCPAddr).Port}})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

func TestValuesAreThoseOfAPortal(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	if s := v.ClientSecret.Reveal(); len(s) != 40 || !strings.Contains(s, "~") {
		t.Error("the secret does not look like Microsoft's")
	}
	expires, err := time.Parse("2006-01-02", v.SecretExpires)
	if months := time.Until(expires).Hours() / 24 / 30; err != nil || months < 5 || months > 7 {
		t.Errorf("the secret expires on %s", v.SecretExpires)
	}
	if strings.Contains(fmt.Sprintf("%v %+v", v, v), v.ClientSecret.Reveal()) {
		t.Error("printing the values shows the secret")
	}
}

func randomWord() string { return rand.Text() }

func timeout(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
