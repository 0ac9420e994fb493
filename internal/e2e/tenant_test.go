package e2e

import (
	"context"
	"net/url"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

func startTenant(t *testing.T) *practice.Tenant {
	t.Helper()
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tenant.Close(); err != nil {
			t.Error(err)
		}
	})
	return tenant
}

// signInto is a sign-in to the practice tenant as Postkey's own would be. The
// browser that it opens is nobody's: the address waits in the session.
func signInto(t *testing.T, tenant *practice.Tenant) oauth.SignIn {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	cloud, values := tenant.Cloud(), tenant.Values()
	return oauth.SignIn{
		Registration: oauth.Registration{
			Cloud: cloud, Audience: oauth.AudienceSingle, TenantID: values.TenantID,
			ClientID: values.ClientID, ClientSecret: values.ClientSecret,
		},
		Scopes:    cat.Scopes(cloud, []string{"imap", "pop", "smtp"}),
		LoginHint: values.Address,
		Page:      wizard.CallbackPage("en"),
		Timeout:   2 * time.Minute,
	}
}

// start starts a sign-in and closes it with the test.
func start(t *testing.T, s oauth.SignIn) *oauth.Session {
	t.Helper()
	session, err := s.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// robotToken signs in without a browser and returns the tokens.
func robotToken(t *testing.T, tenant *practice.Tenant) oauth.Token {
	t.Helper()
	session := start(t, signInto(t, tenant))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := tenant.Browse(ctx, session.URL(), tenant.Values().Address); err != nil {
		t.Fatal(err)
	}
	signedIn, err := session.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return signedIn.Token
}

// stateOf is the state that a sign-in's answer must carry.
func stateOf(t *testing.T, session *oauth.Session) string {
	t.Helper()
	u, err := url.Parse(session.URL())
	if err != nil || u.Query().Get("state") == "" {
		t.Fatalf("no state in the sign-in's address: %v", err)
	}
	return u.Query().Get("state")
}
