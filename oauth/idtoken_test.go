package oauth

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const otherTenant = "77777777-2222-4333-8444-555555555555"

func TestIDTokenRefused(t *testing.T) {
	unsigned := func(claims map[string]any) string {
		payload, _ := json.Marshal(claims)
		part := base64.RawURLEncoding.EncodeToString
		return part([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part(payload) + "."
	}
	cases := []struct {
		name  string
		setUp func(e *entra)
		says  string
	}{
		{"missing", func(e *entra) { e.sign = func(map[string]any) string { return "" } }, "holds none"},
		{"garbage", func(e *entra) { e.sign = func(map[string]any) string { return "a.b" } }, "malformed"},
		{"not signed", func(e *entra) { e.sign = unsigned }, "malformed"},
		{"signed with the public key as HMAC key", func(e *entra) {
			e.sign = func(c map[string]any) string {
				return signed(jose.HS256, x509.MarshalPKCS1PublicKey(&testKeys()[0].PublicKey), "one", c)
			}
		}, "malformed"},
		{"algorithm the directory does not use", func(e *entra) {
			e.sign = func(c map[string]any) string { return signed(jose.PS512, testKeys()[0], "one", c) }
		}, "malformed"},
		{"another's key", func(e *entra) {
			e.sign = func(c map[string]any) string { return signed(jose.RS256, testKeys()[1], "one", c) }
		}, "none of the directory's keys"},
		{"unknown key", func(e *entra) {
			e.sign = func(c map[string]any) string { return signed(jose.RS256, testKeys()[0], "two", c) }
		}, "none of the directory's keys"},
		{"key for another issuer", func(e *entra) {
			e.keys = func() any { return keyDocument("one", testKeys()[0], "https://other.example/{tenantid}/v2.0") }
		}, "none of the directory's keys"},
		{"altered", func(e *entra) {
			e.sign = func(c map[string]any) string {
				parts := strings.Split(signed(jose.RS256, testKeys()[0], "one", c), ".")
				c["name"] = "Mallory"
				payload, _ := json.Marshal(c)
				return parts[0] + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + parts[2]
			}
		}, "none of the directory's keys"},
		{"audience", claim("aud", "another-client"), "audience"},
		{"no audience", claim("aud", nil), "audience"},
		{"several audiences", claim("aud", []string{testClient, "another-client"}), "several applications"},
		{"issuer", claim("iss", "https://evil.example/v2.0"), "issued by"},
		{"no tenant", claim("tid", nil), "names no tenant"},
		{"tenant that is none", claim("tid", "../evil"), "names no tenant"},
		{"another tenant", func(e *entra) { e.claims = func(c map[string]any) { c["tid"] = otherTenant } }, "issued for tenant"},
		{"nonce", claim("nonce", "of another"), "nonce"},
		{"no nonce", claim("nonce", nil), "nonce"},
		{"expired", claim("exp", time.Now().Add(-time.Hour).Unix()), "expired"},
		{"no expiry", claim("exp", nil), "expired"},
		{"not yet valid", claim("nbf", time.Now().Add(time.Hour).Unix()), "not valid before"},
		{"claims of wrong types", claim("name", []int{1}), "types"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := newEntra(t)
			c.setUp(e)
			session := start(t, e.signIn())
			fetch(t, e.agree(session.URL()))
			_, err := session.Wait(t.Context())
			if !errors.Is(err, ErrIDToken) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want ErrIDToken with %q", err, c.says)
			}
			if skew := new(ClockSkewError); errors.As(err, &skew) {
				t.Errorf("the clocks agree: %v", err)
			}
		})
	}
}

func claim(name string, value any) func(*entra) {
	return func(e *entra) {
		e.claims = func(c map[string]any) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
	}
}

func TestIDTokenAccepted(t *testing.T) {
	cases := []struct {
		name  string
		reg   func(*Registration)
		setUp func(*entra)
	}{
		{"guest tenant through organizations", func(r *Registration) { r.Audience = AudienceMulti }, func(e *entra) {
			e.claims = func(c map[string]any) { c["tid"], c["iss"] = otherTenant, e.URL+"/"+otherTenant+"/v2.0" }
		}},
		{"tenant as a domain", func(r *Registration) { r.TenantID = "contoso.example" }, func(*entra) {}},
		{"tenant in capitals", func(r *Registration) { r.TenantID = strings.ToUpper(r.TenantID) }, func(*entra) {}},
		{"key with the issuer's pattern", func(*Registration) {}, func(e *entra) {
			e.keys = func() any { return keyDocument("one", testKeys()[0], e.URL+"/{tenantid}/v2.0") }
		}},
		{"several audiences, issued to us", func(*Registration) {}, func(e *entra) {
			e.claims = func(c map[string]any) { c["aud"], c["azp"] = []string{"x", testClient}, testClient }
		}},
		{"no algorithms named", func(*Registration) {}, func(e *entra) {
			e.metadata = func(m map[string]any) { m["id_token_signing_alg_values_supported"] = []string{"none", "HS256"} }
		}},
		{"no beginning", func(*Registration) {}, claim("nbf", nil)},
		{"clock four minutes late", func(*Registration) {}, claim("nbf", time.Now().Add(4*time.Minute).Unix())},
		{"clock four minutes ahead", func(*Registration) {}, claim("exp", time.Now().Add(-4*time.Minute).Unix())},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := newEntra(t)
			c.setUp(e)
			s := e.signIn()
			c.reg(&s.Registration)
			session := start(t, s)
			fetch(t, e.agree(session.URL()))
			if _, err := session.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestIssuerBelongsToTheTenant: a token of one tenant cannot carry another's issuer.
func TestIssuerBelongsToTheTenant(t *testing.T) {
	e := newEntra(t)
	e.claims = func(c map[string]any) { c["tid"] = otherTenant }
	s := e.signIn()
	s.Registration.Audience = AudienceMulti
	session := start(t, s)
	fetch(t, e.agree(session.URL()))
	if _, err := session.Wait(t.Context()); !errors.Is(err, ErrIDToken) {
		t.Errorf("got %v", err)
	}
}

func TestClockSkew(t *testing.T) {
	e := newEntra(t)
	late := time.Now().Add(-20 * time.Minute)
	s := e.signIn()
	s.Now = func() time.Time { return late }
	session := start(t, s)
	fetch(t, e.agree(session.URL()))
	_, err := session.Wait(t.Context())
	var skew *ClockSkewError
	if !errors.As(err, &skew) || !errors.Is(err, ErrIDToken) {
		t.Fatalf("got %v", err)
	}
	if text := skew.Error(); !strings.Contains(text, "clock is ") || !strings.Contains(text, "not valid before") {
		t.Errorf("it says %q", text)
	}
	if !skew.Local.Equal(late.Round(0)) || time.Since(skew.Server).Abs() > time.Minute {
		t.Errorf("server %v, local %v", skew.Server, skew.Local)
	}
	e.claims = func(c map[string]any) { c["nonce"] = "of another" }
	session = start(t, s)
	fetch(t, e.agree(session.URL()))
	if _, err := session.Wait(t.Context()); errors.As(err, &skew) {
		t.Errorf("a wrong nonce is no matter of clocks: %v", err)
	}
}

func TestIssuerInCallback(t *testing.T) {
	open := provider{Issuer: "https://login.example/{tenantid}/v2.0"}
	for iss, want := range map[string]bool{
		"https://login.example/" + testTenant + "/v2.0":      true,
		"https://login.example/{tenantid}/v2.0":              false,
		"https://login.example//v2.0":                        false,
		"https://login.example/v2.0":                         false,
		"https://login.example/a/b/v2.0":                     false,
		"https://evil.example/" + testTenant + "/v2.0":       false,
		"https://login.example/" + testTenant + "/v2.0/":     false,
		"https://login.example/" + testTenant + "/v2.0?evil": false,
	} {
		if open.accepts(iss) != want {
			t.Errorf("%s: %v", iss, !want)
		}
	}
}
