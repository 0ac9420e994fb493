package oauth

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestResolveTenant(t *testing.T) {
	e := newEntra(t)
	for _, typed := range []string{
		"contoso.example", " Contoso.Example. ", "andrea@contoso.example", "bücher.example", "contoso.onmicrosoft.com", testTenant,
	} {
		if got, err := ResolveTenant(t.Context(), nil, e.URL+"/", typed); err != nil || got != testTenant {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{
		"", " ", "@", "contoso", "andrea@", "contoso.example/evil", "contoso..example", "con toso.example",
		"http://contoso.example", "..", "contoso.example?x", "-contoso.example", strings.Repeat("a.", 200) + "example",
	} {
		if _, err := ResolveTenant(t.Context(), nil, e.URL, typed); !errors.Is(err, ErrDomain) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	_, err := ResolveTenant(t.Context(), nil, e.URL, "nowhere.example")
	var refused *Error
	if !errors.As(err, &refused) || refused.Code() != 90002 || refused.TraceID == "" {
		t.Errorf("unknown directory: %v", err)
	}
	if _, err := ResolveTenant(t.Context(), nil, "http://login.example", "contoso.example"); !errors.Is(err, ErrRegistration) {
		t.Errorf("authority in the clear: %v", err)
	}
	for _, issuer := range []string{"https://login.example/v2.0", "%zz", "https://login.example/{tenantid}/v2.0"} {
		e.metadata = func(m map[string]any) { m["issuer"] = issuer }
		if _, err := ResolveTenant(t.Context(), nil, e.URL, "contoso.example"); !errors.Is(err, ErrAnswer) {
			t.Errorf("issuer %s: %v", issuer, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ResolveTenant(ctx, nil, e.URL, "contoso.example"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestValidate(t *testing.T) {
	right := Registration{Cloud: Cloud{Authority: "https://login.example/"}, Audience: AudienceSingle, TenantID: testTenant, ClientID: testClient}
	if err := right.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Registration){
		"no authority":        func(r *Registration) { r.Cloud.Authority = "" },
		"http":                func(r *Registration) { r.Cloud.Authority = "http://login.example" },
		"http, almost local":  func(r *Registration) { r.Cloud.Authority = "http://localhost.example" },
		"no host":             func(r *Registration) { r.Cloud.Authority = "https:///x" },
		"no scheme":           func(r *Registration) { r.Cloud.Authority = "login.example" },
		"query":               func(r *Registration) { r.Cloud.Authority = "https://login.example?x=1" },
		"user name":           func(r *Registration) { r.Cloud.Authority = "https://a:b@login.example" },
		"no tenant":           func(r *Registration) { r.TenantID = "" },
		"tenant with a slash": func(r *Registration) { r.TenantID = "a/b" },
		"tenant of dots":      func(r *Registration) { r.TenantID = ".." },
		"no client":           func(r *Registration) { r.ClientID = "" },
		"audience":            func(r *Registration) { r.Audience = "everyone" },
	} {
		wrong := right
		change(&wrong)
		if err := wrong.Validate(); !errors.Is(err, ErrRegistration) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, local := range []string{"http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"} {
		plain := right
		plain.Cloud.Authority = local
		if err := plain.Validate(); err != nil {
			t.Errorf("%s: %v", local, err)
		}
	}
}

func TestURLs(t *testing.T) {
	reg := Registration{Cloud: Cloud{Authority: "https://login.example/"}, TenantID: "contoso.example"}
	for audience, tenant := range map[Audience]string{
		"": "contoso.example", AudienceSingle: "contoso.example", AudienceMulti: "organizations", AudienceMultiPersonal: "common",
	} {
		reg.Audience = audience
		base := "https://login.example/" + tenant
		for want, got := range map[string]string{
			base: reg.AuthorityURL(), base + "/oauth2/v2.0/authorize": reg.AuthURL(), base + "/oauth2/v2.0/token": reg.TokenURL(),
			base + "/v2.0/.well-known/openid-configuration": reg.DiscoveryURL(),
		} {
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}
