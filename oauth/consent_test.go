package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func (e *entra) adminConsent() AdminConsent {
	return AdminConsent{Registration: e.registration(), Scopes: []string{"openid", testScope}}
}

func askConsent(t testing.TB, a AdminConsent) *ConsentSession {
	t.Helper()
	session, err := a.Start(t.Context())
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(session.Close)
	return session
}

// Answers that end the wait, and what they end it with.
func TestConsentAnswers(t *testing.T) {
	e := newEntra(t)
	asked := e.adminConsent().Scopes
	for _, c := range []struct {
		name   string
		query  url.Values
		scopes []string
		tenant string
		kind   string // of the *Error
		code   int
		page   string
	}{
		{
			name:   "granted",
			query:  url.Values{"admin_consent": {"True"}, "tenant": {testTenant}, "scope": {"openid " + testScope + " extra"}},
			scopes: []string{"openid", testScope, "extra"}, tenant: testTenant, page: "You can close this window",
		},
		{
			name:  "granted without a list",
			query: url.Values{"admin_consent": {"true"}}, scopes: asked, page: "You can close this window",
		},
		{
			// It is reported and believed by nobody.
			name:  "another tenant",
			query: url.Values{"admin_consent": {"True"}, "tenant": {strings.ToUpper(otherTenant)}}, scopes: asked, tenant: otherTenant,
			page: "You can close this window",
		},
		{
			name:  "a tenant that is none",
			query: url.Values{"admin_consent": {"True"}, "tenant": {"<b>contoso</b>"}}, scopes: asked, page: "You can close this window",
		},
		{
			name: "declined, with admin_consent beside the error",
			query: url.Values{
				"admin_consent": {"True"}, "tenant": {testTenant}, "scope": {testScope}, "error": {"access_denied"},
				"error_description": {"AADSTS65004: User declined to consent to access the app."},
			},
			kind: "access_denied", code: 65004, page: "The consent was not given",
		},
		{
			name: "not an administrator",
			query: url.Values{
				"admin_consent": {"True"}, "error": {"access_denied"}, "error_description": {"AADSTS90094: An administrator of Contoso <b>has</b> set a policy."},
			},
			kind: "access_denied", code: 90094, page: "Contoso &lt;b&gt;has&lt;/b&gt; set",
		},
		{
			name: "an error alone", query: url.Values{"error": {"server_error"}}, kind: "server_error", page: "The consent was not given",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			session := askConsent(t, e.adminConsent())
			c.query.Set("state", session.session.proof.state)
			resp, page := fetch(t, session.RedirectURI()+"?"+c.query.Encode())
			if resp.StatusCode != http.StatusOK || !strings.Contains(page, c.page) || strings.Contains(page, "<b>") {
				t.Errorf("status %d, page %s", resp.StatusCode, page)
			}
			checkHeaders(t, resp)
			given, err := session.Wait(t.Context())
			var refused *Error
			switch {
			case c.kind != "":
				if !errors.As(err, &refused) || refused.Kind != c.kind || refused.Code() != c.code || given.Scopes != nil {
					t.Errorf("got %+v, %v", given, err)
				}
			case err != nil || !slices.Equal(given.Scopes, c.scopes) || given.TenantID != c.tenant:
				t.Errorf("got %+v, %v", given, err)
			}
		})
	}
}

// Requests that end nothing: the wait goes on and takes the right one after them.
func TestConsentGoesOnWaiting(t *testing.T) {
	e := newEntra(t)
	for name, query := range map[string]url.Values{
		"wrong state":               {"admin_consent": {"True"}, "state": {"another"}},
		"no state":                  {"admin_consent": {"True"}},
		"error with a wrong state":  {"error": {"access_denied"}, "state": {"another"}},
		"two states":                {"admin_consent": {"True"}, "state": {"STATE", "another"}},
		"nothing but our state":     {"state": {"STATE"}},
		"consent that is no":        {"admin_consent": {"False"}, "state": {"STATE"}},
		"consent twice":             {"admin_consent": {"True", "True"}, "state": {"STATE"}},
		"a code":                    {"code": {"c"}, "state": {"STATE"}},
		"right, but another issuer": {"admin_consent": {"True"}, "iss": {"https://evil.example/v2.0"}, "state": {"STATE"}},
	} {
		t.Run(name, func(t *testing.T) {
			session := askConsent(t, e.adminConsent())
			if len(query["state"]) > 0 && query["state"][0] == "STATE" {
				query["state"][0] = session.session.proof.state
			}
			resp, _ := fetch(t, session.RedirectURI()+"?"+query.Encode())
			if resp.StatusCode != http.StatusBadRequest {
				t.Errorf("status %d", resp.StatusCode)
			}
			right := url.Values{"admin_consent": {"True"}, "state": {session.session.proof.state}}
			if resp, _ := fetch(t, session.RedirectURI()+"?"+right.Encode()); resp.StatusCode != http.StatusOK {
				t.Errorf("the right one: status %d", resp.StatusCode)
			}
			if _, err := session.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConsentComesTwice(t *testing.T) {
	session := askConsent(t, newEntra(t).adminConsent())
	given := url.Values{"admin_consent": {"True"}, "state": {session.session.proof.state}}
	declined := url.Values{"admin_consent": {"True"}, "error": {"access_denied"}, "state": {session.session.proof.state}}
	fetch(t, session.RedirectURI()+"?"+given.Encode())
	if resp, page := fetch(t, session.RedirectURI()+"?"+declined.Encode()); resp.StatusCode != 200 || !strings.Contains(page, "has ended") {
		t.Errorf("the second: %d %s", resp.StatusCode, page)
	}
	for range 2 {
		if _, err := session.Wait(t.Context()); err != nil {
			t.Errorf("the first counts: %v", err)
		}
	}
}

func TestConsentOnlyForeignAnswers(t *testing.T) {
	a := newEntra(t).adminConsent()
	a.Timeout = 300 * time.Millisecond
	session := askConsent(t, a)
	fetch(t, session.RedirectURI()+"?admin_consent=True&state=another")
	if _, err := session.Wait(t.Context()); !errors.Is(err, ErrState) {
		t.Errorf("got %v", err)
	}
}

func TestConsentIsPasted(t *testing.T) {
	session := askConsent(t, newEntra(t).adminConsent())
	var wrong *PasteError
	for text, kind := range map[string]PasteKind{
		session.URL(): PasteAtMicrosoft,
		"http://localhost/postkey?admin_consent=True":           PasteOtherSignIn,
		"http://localhost/postkey":                              PasteNoCode,
		"http://localhost/postkey?admin_consent=True&state=one": PasteOtherSignIn,
		"": PasteNotAddress,
	} {
		if err := session.Paste(text); !errors.As(err, &wrong) || wrong.Kind != kind {
			t.Errorf("%q: %v, want %s", text, err, kind)
		}
	}
	if err := session.Paste("admin_consent=True&state=" + session.session.proof.state); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConsentIsGivenUp(t *testing.T) {
	session := askConsent(t, newEntra(t).adminConsent())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := session.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	session.Close()
	if _, err := http.Get(session.RedirectURI()); err == nil {
		t.Error("the port is still listened on")
	}
}

func TestConsentAddress(t *testing.T) {
	e := newEntra(t)
	for _, c := range []struct {
		audience Audience
		segment  string
	}{{AudienceSingle, testTenant}, {AudienceMulti, "organizations"}, {AudienceMultiPersonal, "organizations"}} {
		a := e.adminConsent()
		a.Registration.Audience = c.audience
		a.Registration.ClientID = strings.ToUpper(testClient)
		session := askConsent(t, a)
		link, err := a.Link()
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]struct{ address, redirect, state string }{
			"session": {session.URL(), session.RedirectURI(), session.session.proof.state},
			"link":    {link, "http://localhost/postkey", ""},
		} {
			u, err := url.Parse(want.address)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			if got := e.URL + "/" + c.segment + "/v2.0/adminconsent"; !strings.HasPrefix(want.address, got+"?") {
				t.Errorf("%s %s: %s is not at %s", c.audience, name, want.address, got)
			}
			if q.Get("client_id") != testClient || q.Get("scope") != "openid "+testScope || q.Get("redirect_uri") != want.redirect || q.Get("state") != want.state {
				t.Errorf("%s %s: %v", c.audience, name, q)
			}
			if strings.Contains(want.address, "+") || q.Has("state") != (want.state != "") {
				t.Errorf("%s %s: %s", c.audience, name, want.address)
			}
		}
	}
}

func TestConsentRefusesToStart(t *testing.T) {
	e := newEntra(t)
	none := e.adminConsent()
	none.Scopes = nil
	nobody := e.adminConsent()
	nobody.Registration.ClientID = ""
	for name, a := range map[string]AdminConsent{"no scope": none, "no client": nobody} {
		if _, err := a.Start(t.Context()); !errors.Is(err, ErrRegistration) {
			t.Errorf("%s: Start: %v", name, err)
		}
		if _, err := a.Link(); !errors.Is(err, ErrRegistration) {
			t.Errorf("%s: Link: %v", name, err)
		}
	}
	lost := e.adminConsent()
	lost.Registration.TenantID = "nowhere.example"
	var refused *Error
	if _, err := lost.Start(t.Context()); !errors.As(err, &refused) || refused.Code() != 90002 {
		t.Errorf("unknown tenant: %v", err)
	}
}

// A token of before the consent is not taken for one of after it.
func TestForget(t *testing.T) {
	tokens, _ := source(t, newEntra(t), nil)
	first, err := tokens.Token(t.Context(), testScopes)
	if err != nil {
		t.Fatal(err)
	}
	if held, err := tokens.Token(t.Context(), testScopes); err != nil || !held.Access.Equal(first.Access) {
		t.Fatalf("not the held one: %v", err)
	}
	tokens.Forget()
	if fresh, err := tokens.Token(t.Context(), testScopes); err != nil || fresh.Access.Equal(first.Access) {
		t.Errorf("still the held one: %v", err)
	}
}

// FuzzConsent: nothing without our state counts as a consent, and nothing with
// an error in it does.
func FuzzConsent(f *testing.F) {
	for _, seed := range []string{
		"admin_consent=True&state=the-state", "admin_consent=True&state=the-state&error=access_denied", "admin_consent=True&state=x",
		"admin_consent=True&state=the-state&tenant=" + testTenant + "&scope=a%20b", "admin_consent=False&state=the-state", "",
		"admin_consent=True&admin_consent=True&state=the-state", "code=c&state=the-state", "state=the-state&scope=a",
	} {
		f.Add(seed)
	}
	s := bare()
	s.forAll = true
	f.Fuzz(func(t *testing.T, raw string) {
		q, _ := url.ParseQuery(raw)
		answer, worth := s.judge(q)
		if !answer.code.IsZero() {
			t.Errorf("%q: a code was taken", raw)
		}
		if worth != verdictGood {
			return
		}
		consented := answer.err == nil
		if q.Get("state") != "the-state" || consented != (q.Get("error") == "") || consented && !strings.EqualFold(q.Get("admin_consent"), "true") {
			t.Errorf("%q: taken as %+v", raw, answer)
		}
		if id := answer.consent.TenantID; id != "" && !guidShape.MatchString(id) {
			t.Errorf("%q: the tenant is %q", raw, id)
		}
	})
}
