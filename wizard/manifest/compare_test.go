package manifest

import (
	"slices"
	"strings"
	"testing"

	"postkey/oauth"
	"postkey/store"
)

func TestRightRegistrations(t *testing.T) {
	cat := catalogOf(t)
	certificate := appOnly("imap")
	certificate.Certificate = &store.Certificate{Thumbprint: strings.ToLower(thumb)}
	withCertificate := rightApp()
	withCertificate.ends, withCertificate.certificateEnds, withCertificate.printed = "", "2028-01-01T00:00:00Z", thumb
	base64Print := withCertificate
	base64Print.printed = thumbBytes
	desktop := delegated()
	desktop.Platform, desktop.RedirectHost = "desktop", ""
	public := right()
	public.web, public.public, public.ends, public.fallback = nil, []string{"http://localhost:8080/postkey"}, "", "true"
	for _, tt := range []struct {
		name string
		part part
		conn store.Connection
	}{
		{"delegated", right(), delegated()},
		{"app-only", rightApp(), appOnly("imap", "smtp")},
		{"certificate", withCertificate, certificate},
		{"certificate in base64", base64Print, certificate},
		{"desktop", public, desktop},
	} {
		for form, text := range map[Form]string{Graph: tt.part.graph(), Older: tt.part.older()} {
			m, err := Read(text)
			if err != nil || m.Form != form || m.ObjectID != objectID || m.Name != "XCALLY Motion mail" {
				t.Fatalf("%s, %s: %+v, %v", tt.name, form, m, err)
			}
			for _, p := range Compare(m, tt.conn, cat, now) {
				checkPoint(t, p)
				optional := p.State == Undecidable && slices.Contains([]string{"manifest.fix-permission-openid", "manifest.fix-permission-optional", "manifest.fix-redirect-consent", "manifest.fix-permission-extra"}, p.Fix.Key)
				if p.State != Right && !optional {
					t.Errorf("%s, %s: %s (%s, needed %s)", tt.name, form, said(p), p.Present, p.Needed)
				}
			}
		}
	}
}

// Each fault is named, in both forms.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*part, *store.Connection)
		want   string
	}{
		{"another registration", func(p *part, _ *store.Connection) { p.app = keyID }, "wrong client-id client-unknown fix-client-id"},
		{"the Object ID", func(_ *part, c *store.Connection) { c.ClientID = objectID }, "wrong client-id client-unknown fix-client-id-is-object"},
		{"no client ID yet", func(_ *part, c *store.Connection) { c.ClientID = "" }, "undecidable client-id fix-client-id-unknown"},
		{"too narrow", func(_ *part, c *store.Connection) { c.Audience = oauth.AudienceMulti }, "wrong audience single-tenant-on-common fix-audience"},
		{"personal alone", func(p *part, _ *store.Connection) { p.audience = "PersonalMicrosoftAccount" }, "wrong audience single-tenant-on-common fix-audience"},
		{"wider", func(p *part, _ *store.Connection) { p.audience = "AzureADandPersonalMicrosoftAccount" }, "undecidable audience fix-audience-wider"},
		{"no redirect URI", func(p *part, _ *store.Connection) { p.web = nil }, "wrong redirect-product redirect-not-registered fix-redirect"},
		{"none of Postkey", func(p *part, _ *store.Connection) { p.web = []string{product} }, "wrong redirect-postkey redirect-not-registered fix-redirect"},
		{"capitals", func(p *part, _ *store.Connection) { p.web[0] = strings.ToLower(product) }, "wrong redirect-product redirect-not-registered fix-redirect-near"},
		{"a slash", func(p *part, _ *store.Connection) { p.web[1] = postkey + "/" }, "wrong redirect-postkey redirect-not-registered fix-redirect-near"},
		{"single-page", func(p *part, _ *store.Connection) { p.spa, p.web = p.web, nil }, "wrong redirect-product redirect-is-spa fix-redirect-platform"},
		{"desktop", func(p *part, _ *store.Connection) { p.public, p.web = p.web[1:], p.web[:1] }, "wrong redirect-postkey secret-on-public-client fix-redirect-platform"},
		{"on two platforms", func(p *part, _ *store.Connection) { p.public = []string{"http://localhost:8400/postkey"} }, "wrong redirect-postkey secret-on-public-client fix-redirect-platform"},
		{"web for desktop", func(_ *part, c *store.Connection) { c.Platform = "desktop" }, "wrong redirect-postkey secret-missing fix-redirect-platform"},
		{"another host", func(p *part, _ *store.Connection) { p.web[1] = "http://localhost.evil:80/postkey" }, "wrong redirect-postkey redirect-not-registered fix-redirect"},
		{"no IMAP", func(p *part, _ *store.Connection) { p.scopes[graphAPI] = []string{smtpUser} }, "wrong permission=IMAP.AccessAsUser.All permission-not-in-registration fix-permission"},
		{"for the application", func(p *part, _ *store.Connection) {
			p.scopes[graphAPI] = []string{smtpUser}
			p.roles = map[string][]string{exchange: {imapApp}}
		}, "wrong permission=IMAP.AccessAsUser.All permission-not-in-registration fix-permission-twin"},
		{"the id under another API", func(p *part, _ *store.Connection) {
			p.scopes = map[string][]string{graphAPI: {smtpUser}, exchange: {imapUser}}
		}, "wrong permission=IMAP.AccessAsUser.All permission-not-in-registration fix-permission-resource"},
		{"the id as a role", func(p *part, _ *store.Connection) {
			p.scopes[graphAPI] = []string{smtpUser}
			p.roles = map[string][]string{graphAPI: {imapUser}}
		}, "wrong permission=IMAP.AccessAsUser.All permission-not-in-registration fix-permission-type"},
		{"Exchange's copy", func(p *part, _ *store.Connection) {
			p.scopes = map[string][]string{graphAPI: {smtpUser}, exchange: {"195adc35-e27b-454b-a7ed-1ecdffa1c09f"}}
		}, "undecidable permission=IMAP.AccessAsUser.All fix-permission-copy"},
		{"a role more", func(p *part, _ *store.Connection) {
			p.roles = map[string][]string{exchange: {"dc890d15-9560-4a4c-9b7f-a736ec74ec40"}}
		}, "undecidable permission-extra fix-permission-extra"},
		{"an unknown one", func(p *part, _ *store.Connection) { p.scopes[exchange] = []string{unknownID} }, "undecidable permission-unknown fix-permission-unknown"},
		{"no secret", func(p *part, _ *store.Connection) { p.ends = "" }, "wrong secret secret-missing fix-secret-none"},
		{"ended", func(p *part, _ *store.Connection) { p.ends = "2026-11-22T11:59:59Z" }, "wrong secret secret-expired fix-secret-ended"},
		{"ends soon", func(p *part, _ *store.Connection) { p.ends = "2026-12-01T00:00:00Z" }, "undecidable secret fix-secret-soon"},
		{"another day", func(p *part, _ *store.Connection) { p.ends = "2027-06-21T00:00:00Z" }, "undecidable secret-used fix-secret-used"},
		{"an odd day", func(p *part, _ *store.Connection) { p.ends = "one day" }, "undecidable secret fix-secret-no-end"},
		{"Windows PowerShell's day", func(p *part, _ *store.Connection) { p.ends = "/Date(1763800000000)/" }, "wrong secret secret-expired fix-secret-ended"},
		{"public client flows", func(p *part, _ *store.Connection) { p.fallback = "true" }, "undecidable public fix-public"},
		{"no certificate", func(_ *part, c *store.Connection) { c.Certificate = &store.Certificate{Thumbprint: thumb} }, "wrong certificate certificate-wrong fix-certificate"},
		{"a certificate that ended", func(p *part, c *store.Connection) {
			c.Certificate, p.printed, p.certificateEnds = &store.Certificate{Thumbprint: thumb}, thumb, "2026-01-01T00:00:00Z"
		}, "wrong certificate certificate-wrong fix-certificate-ended"},
		{"a certificate that ends soon", func(p *part, c *store.Connection) {
			c.Certificate, p.printed, p.certificateEnds = &store.Certificate{Thumbprint: thumb}, thumb, "2026-11-24T00:00:00Z"
		}, "undecidable certificate fix-certificate-soon"},
		{"a certificate without its print", func(p *part, c *store.Connection) {
			c.Certificate, p.printed, p.certificateEnds = &store.Certificate{Thumbprint: thumb}, "?", "2028-01-01T00:00:00Z"
		}, "undecidable certificate fix-certificate-unreadable"},
	} {
		p, c := right(), delegated()
		tt.change(&p, &c)
		for form, text := range map[Form]string{Graph: p.graph(), Older: p.older()} {
			expect(t, tt.name+", "+string(form), text, c, tt.want)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*part, *store.Connection)
		want   string
	}{
		{"delegated instead", func(p *part, _ *store.Connection) {
			p.roles, p.scopes = map[string][]string{exchange: {smtpApp}}, map[string][]string{graphAPI: {imapUser}}
		}, "wrong permission=IMAP.AccessAsApp token-missing-role fix-permission-twin"},
		{"EWS taken for IMAP", func(p *part, _ *store.Connection) {
			p.roles = map[string][]string{exchange: {"dc890d15-9560-4a4c-9b7f-a736ec74ec40", smtpApp}}
		}, "wrong permission=IMAP.AccessAsApp token-missing-role fix-permission"},
		{"an unknown id for SMTP", func(p *part, _ *store.Connection) { p.roles[exchange] = []string{imapApp, unknownID} }, "undecidable permission=SMTP.SendAsApp fix-permission-unverified"},
		{"no SMTP", func(p *part, _ *store.Connection) { p.roles[exchange] = []string{imapApp} }, "wrong permission=SMTP.SendAsApp token-missing-role fix-permission"},
		{"SMTP beside RBAC", func(_ *part, c *store.Connection) { c.SMTPRBAC = true }, "wrong permission-none=SMTP.SendAsApp smtp-auth-failed fix-permission-none"},
		{"no redirect URI for the consent", func(*part, *store.Connection) {}, "undecidable redirect-postkey fix-redirect-consent"},
		{"Graph", func(_ *part, c *store.Connection) { c.Protocols = []string{"graph"} }, "undecidable permission=Mail.Send fix-permission-by-exchange"},
		{"EWS", func(p *part, c *store.Connection) { c.Protocols = []string{"ews"} }, "undecidable permission=full_access_as_app fix-permission-by-exchange"},
		{"Graph for a user", func(p *part, c *store.Connection) {
			c.Protocols, p.scopes = []string{"graph"}, map[string][]string{graphAPI: {"e383f46e-2787-4529-855e-0e479a3ffac0"}}
		}, "wrong permission=Mail.Send token-missing-role fix-permission-twin"},
	} {
		p, c := rightApp(), appOnly("imap", "smtp")
		tt.change(&p, &c)
		expect(t, tt.name, p.graph(), c, tt.want)
	}
}

func expect(t *testing.T, name, text string, c store.Connection, want string) {
	t.Helper()
	m, err := Read(text)
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
		return
	}
	var all []string
	for _, p := range Compare(m, c, catalogOf(t), now) {
		checkPoint(t, p)
		all = append(all, said(p))
	}
	if !slices.Contains(all, want) {
		t.Errorf("%s: no %q among\n%s", name, want, strings.Join(all, "\n"))
	}
}

// A left-over secret beside a good one is no fault, and one that starts later is told.
func TestSecretsSideBySide(t *testing.T) {
	two := strings.Replace(right().graph(), `"passwordCredentials": [`, `"passwordCredentials": [{"displayName": "old", "endDateTime": "2026-01-01T00:00:00Z", "keyId": "x"}, {"startDateTime": "2026-12-24T00:00:00Z", "endDateTime": "2027-12-24T00:00:00Z", "keyId": "y"}, `, 1)
	for _, want := range []string{"undecidable secret fix-secret-left", "undecidable secret fix-secret-not-yet", "right secret", "right secret-used"} {
		expect(t, "two", two, delegated(), want)
	}
}

// What a text does not hold at all is not decided.
func TestPartsThatAreAbsent(t *testing.T) {
	short := `{"appId": "` + clientID + `"}`
	certificate := delegated()
	certificate.Certificate = &store.Certificate{Thumbprint: thumb}
	for _, want := range []string{
		"right client-id", "undecidable audience fix-absent", "undecidable redirect-product fix-absent", "undecidable redirect-postkey fix-absent",
		"undecidable permissions fix-absent", "undecidable secret fix-absent", "right public",
	} {
		expect(t, "short", short, delegated(), want)
	}
	expect(t, "short", short, certificate, "undecidable certificate fix-absent")
}

// An unknown product is compared as any other application.
func TestUnknownProduct(t *testing.T) {
	c := delegated()
	c.Product, c.RedirectHost, c.RedirectURI = "fax", "", product
	expect(t, "unknown", right().graph(), c, "right redirect-product")
}
