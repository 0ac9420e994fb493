package practice_test

import (
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"postkey/internal/practice"
)

// consentURL is the admin consent page for scopes, back to f.
func (f *foreign) consentURL(scopes ...string) string {
	v := f.tenant.Values()
	q := url.Values{"client_id": {v.ClientID}, "redirect_uri": {f.RedirectURL}, "state": {"s"}, "scope": {strings.Join(scopes, " ")}}
	return f.tenant.Cloud().Authority + "/" + v.TenantID + "/v2.0/adminconsent?" + q.Encode()
}

// consent lets the administrator consent and returns the scopes of the answer.
func (f *foreign) consent(t *testing.T, scopes ...string) []string {
	t.Helper()
	final, err := f.tenant.Browse(t.Context(), f.consentURL(scopes...), f.tenant.Values().Admin)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(final)
	if err != nil || u.Query().Get("admin_consent") != "True" || u.Query().Has("error") {
		t.Fatalf("ended at %s, %v", final, err)
	}
	return strings.Fields(u.Query().Get("scope"))
}

// refresh asks for other scopes with the refresh token of a sign-in and returns
// the granted ones, or the error's number.
func (f *foreign) refresh(t *testing.T, refresh string, scopes ...string) string {
	t.Helper()
	v := f.tenant.Values()
	resp, got := post(t, f.tenant, v.TenantID, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {v.ClientID},
		"client_secret": {v.ClientSecret.Reveal()}, "scope": {strings.Join(scopes, " ")},
	})
	if resp.StatusCode != 200 {
		number, _, _ := strings.Cut(got["error_description"].(string), ":")
		return number
	}
	return got["scope"].(string)
}

// A Graph token comes from the refresh token of a mail sign-in, for what has
// been consented to and for nothing else.
func TestGraphTokenNeedsConsent(t *testing.T) {
	tenant := start(t, practice.Options{})
	f := newForeign(tenant)
	f.listen(t)
	refresh := f.signIn(t, tenant.Values().Address).RefreshToken
	graph := tenant.Cloud().Graph
	two := []string{graph + "/Mail.Read.Shared", "https://graph.microsoft.com/User.Read"}
	if got := f.refresh(t, refresh, two...); got != "AADSTS65001" {
		t.Fatalf("before consent: %s", got)
	}
	if got := f.consent(t, two[1], practice.MailResource+"/IMAP.AccessAsUser.All"); !slices.Equal(got, []string{
		"https://graph.microsoft.com/User.Read", practice.MailResource + "/IMAP.AccessAsUser.All",
	}) {
		t.Errorf("two resources at once give %v", got)
	}
	if got := f.refresh(t, refresh, two...); got != "AADSTS65001" {
		t.Errorf("one of two: %s", got)
	}
	if got := f.refresh(t, refresh, two[1]); !strings.Contains(got, "https://graph.microsoft.com/User.Read") {
		t.Errorf("the consented one: %s", got)
	}
	answer := f.consent(t, graph+"/.default")
	for _, want := range []string{
		"openid", practice.MailResource + "/SMTP.Send", "https://graph.microsoft.com/Contacts.Read.Shared", "https://graph.microsoft.com/Mail.ReadBasic.All",
	} {
		if !slices.Contains(answer, want) {
			t.Errorf("%s is not in %v", want, answer)
		}
	}
	if got := f.refresh(t, refresh, two...); !strings.Contains(got, "https://graph.microsoft.com/Mail.Read.Shared") || strings.Contains(got, "Contacts") {
		t.Errorf("after consent to all: %s", got)
	}
}

// The consent page of .default lists application permissions in words.
func TestConsentPageListsRoles(t *testing.T) {
	tenant := start(t, practice.Options{})
	f := newForeign(tenant)
	f.listen(t)
	_, body := page(t, f.consentURL(tenant.Cloud().Graph+"/.default"))
	_, rest, _ := strings.Cut(body, `name="flow" value="`)
	flow, _, _ := strings.Cut(rest, `"`)
	base := tenant.Cloud().Authority + "/" + tenant.Values().TenantID
	resp, err := fresh.PostForm(base+"/practice/account", url.Values{"flow": {flow}, "user": {tenant.Values().Admin}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	body = string(raw)
	for _, want := range []string{"Read mail in all mailboxes", "Read mail you can access", "Send emails from your mailboxes"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not on the page:\n%s", want, body)
		}
	}
	if strings.Contains(body, "consent.role.") || strings.Contains(body, "practice.scope.") {
		t.Error("a text is missing")
	}
}

// What an administrator mends in Entra is mended here by the same act.
func TestAdminConsentHeals(t *testing.T) {
	for _, fault := range []practice.Fault{practice.FaultAdminConsent, practice.FaultConsentMissing, practice.FaultFewerScopes} {
		t.Run(string(fault), func(t *testing.T) {
			tenant := start(t, practice.Options{})
			v := tenant.Values()
			f := newForeign(tenant)
			f.listen(t)
			tenant.Break(fault)
			f.consent(t, tenant.Cloud().Graph+"/.default")
			token := f.signIn(t, v.Address)
			if got, _ := token.Extra("scope").(string); !strings.Contains(got, "SMTP.Send") {
				t.Errorf("granted %q", got)
			}
		})
	}
}
