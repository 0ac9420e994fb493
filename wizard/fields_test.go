package wizard

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"postkey/oauth"
	"postkey/store"
)

const (
	tenantID = "11111111-2222-4333-8444-555555555555"
	clientID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
)

var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

// rightDraft is a draft without any problem.
func rightDraft() *Draft {
	d := NewDraft(noon)
	d.Name, d.TenantID, d.ClientID = "Support inbox", tenantID, clientID
	d.RedirectHost, d.SecretExpires, d.HasSecret = "motion.contoso.com", "2027-05-21", true
	d.Mailbox = store.Mailbox{Name: "Support", Key: "SUPPT", List: "Customers", Address: "support@contoso.com"}
	d.SetAccount(store.Account{Username: "support@contoso.com", TenantID: tenantID, At: noon})
	return d
}

func sharedDraft(d *Draft) {
	d.Shared, d.Mailbox.Delegate = true, "support@contoso.com"
	d.Mailbox.Address = "box@contoso.com"
}

func other(d *Draft) { d.Product, d.RedirectURI = "other", "https://app.contoso.com/cb" }

func custom(d *Draft) { d.Cloud = "custom" }

// A fieldCase changes a right draft and names the sentence that is due; the
// empty key stands for: right.
type fieldCase struct {
	name   string
	field  Field
	change func(*Draft)
	key    string
}

func name(v string) func(*Draft)    { return func(d *Draft) { d.Name = v } }
func tenant(v string) func(*Draft)  { return func(d *Draft) { d.TenantID = v } }
func client(v string) func(*Draft)  { return func(d *Draft) { d.ClientID = v } }
func host(v string) func(*Draft)    { return func(d *Draft) { d.RedirectHost = v } }
func uri(v string) func(*Draft)     { return func(d *Draft) { other(d); d.RedirectURI = v } }
func expires(v string) func(*Draft) { return func(d *Draft) { d.SecretExpires = v } }
func key(v string) func(*Draft)     { return func(d *Draft) { d.Mailbox.Key = v } }
func address(v string) func(*Draft) { return func(d *Draft) { d.Mailbox.Address = v } }
func delegate(v string) func(*Draft) {
	return func(d *Draft) { sharedDraft(d); d.Mailbox.Delegate = v }
}
func domain(v string) func(*Draft) { return func(d *Draft) { d.MailDomain = v } }
func endpoint(change func(*store.Endpoints)) func(*Draft) {
	return func(d *Draft) { custom(d); change(&d.Endpoints) }
}

var fieldCases = []fieldCase{
	{"right", FieldName, name("Support inbox"), ""},
	{"blank", FieldName, name("  \u200b "), "name-empty"},
	{"taken, other case", FieldName, name("billing"), "name-taken"},
	{"long", FieldName, name(strings.Repeat("ü", 81)), "text-long"},
	{"80 characters", FieldName, name(strings.Repeat("ü", 80)), ""},
	{"control character", FieldName, name("a\x07b"), "text-invisible"},
	{"direction mark", FieldName, name("a\u202eb"), "text-invisible"},
	{"no text", FieldName, name("a\xffb"), "text-not-utf8"},

	{"unknown", FieldProduct, func(d *Draft) { d.Product = "lotus" }, "choice-unknown"},
	{"empty", FieldCloud, func(d *Draft) { d.Cloud = "" }, "choice-unknown"},
	{"practice outside of it", FieldCloud, func(d *Draft) { d.Cloud = "practice" }, "choice-unknown"},
	{"custom", FieldCloud, custom, ""},
	{"unknown", FieldAudience, func(d *Draft) { d.Audience = "all" }, "choice-unknown"},
	{"unknown", FieldPlatform, func(d *Draft) { d.Platform = "spa" }, "choice-unknown"},
	{"XCALLY without a secret", FieldPlatform, func(d *Draft) { d.Platform = PlatformDesktop }, "platform-needs-secret"},
	{"other without a secret", FieldPlatform, func(d *Draft) { other(d); d.Platform = PlatformDesktop }, ""},
	{"none", FieldProtocols, func(d *Draft) { d.Protocols = nil }, "protocols-none"},
	{"twice", FieldProtocols, func(d *Draft) { d.Protocols = []string{"imap", "imap"} }, "choice-twice"},
	{"unknown", FieldProtocols, func(d *Draft) { d.Protocols = []string{"imap", "ews"} }, "choice-unknown"},

	{"right", FieldClientID, client(clientID), ""},
	{"upper case, spaces and quotes around", FieldClientID, client(" “" + strings.ToUpper(clientID) + "”\u00a0\n"), ""},
	{"empty", FieldClientID, client(" "), "client-id-empty"},
	{"cut short", FieldClientID, client(clientID[:35]), "id-short"},
	{"too long", FieldClientID, client(clientID + "0"), "id-long"},
	{"braces", FieldClientID, client("{" + clientID + "}"), "id-braces"},
	{"space inside", FieldClientID, client("aaaaaaaa- bbbb-4ccc-8ddd-eeeeeeeeeeee"), "id-space"},
	{"no hyphens", FieldClientID, client(strings.ReplaceAll(clientID, "-", "")), "id-no-hyphens"},
	{"hyphens elsewhere", FieldClientID, client("aaaaaaaab-bbb-4ccc-8ddd-eeeeeeeeeeee"), "id-hyphens"},
	{"not hex", FieldClientID, client("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeeo"), "id-not-hex"},
	{"not ASCII", FieldClientID, client("ааааааaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), "id-not-hex"},
	{"a mail address", FieldClientID, client("support@contoso.com"), "id-not-hex"},
	{"zero-width inside", FieldClientID, client("aaaa\u200baaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), "text-invisible"},
	{"zeros", FieldClientID, client(zeroGUID), "id-zero"},
	{"Graph", FieldClientID, client("00000003-0000-0000-C000-000000000000"), "id-known"},
	{"Exchange Online", FieldClientID, client("00000002-0000-0ff1-ce00-000000000000"), "id-known"},
	{"the tenant's", FieldClientID, client(strings.ToUpper(tenantID)), "ids-equal-client"},
	{"another connection's, XCALLY", FieldClientID, client("BBBBBBBB-bbbb-4ccc-8ddd-eeeeeeeeeeee"), "client-id-used-product"},
	{"another connection's", FieldClientID, func(d *Draft) { other(d); d.ClientID = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee" }, "client-id-used"},

	{"right", FieldTenantID, tenant(tenantID), ""},
	{"verified domain", FieldTenantID, tenant("contoso.onmicrosoft.com"), ""},
	{"empty", FieldTenantID, tenant(""), "tenant-id-empty"},
	{"cut short", FieldTenantID, tenant("8f1c0b52-77aa-4d5e-9a35"), "id-short"},
	{"mail address", FieldTenantID, tenant("andrea@contoso.com"), "tenant-id-mail"},
	{"broken mail address", FieldTenantID, tenant("andrea@contoso"), "tenant-id-mail-broken"},
	{"address of the portal", FieldTenantID, tenant("https://entra.microsoft.com/"), "tenant-id-url"},
	{"audience", FieldTenantID, tenant("Common"), "tenant-id-word"},
	{"domain with a space", FieldTenantID, tenant("contoso. com"), "domain-space"},
	{"domain with an underscore", FieldTenantID, tenant("con_toso.com"), "domain-broken"},
	{"IP address", FieldTenantID, tenant("10.0.0.1"), "domain-broken"},
	{"personal accounts", FieldTenantID, tenant("9188040d-6c67-4c5b-b112-36a304b66dad"), "id-known-tenant"},
	{"the client's", FieldTenantID, tenant(clientID), "ids-equal-tenant"},

	{"right", FieldMailDomain, domain("contoso.com"), ""},
	{"from a mail address", FieldMailDomain, domain("andrea@contoso.com"), ""},
	{"empty", FieldMailDomain, domain(""), "mail-domain-empty"},
	{"without a dot", FieldMailDomain, domain("contoso"), "domain-broken"},
	{"long", FieldMailDomain, domain(strings.Repeat("a", 255)), "text-long"},

	{"of another cloud", FieldAuthority, func(d *Draft) { d.Endpoints.Authority = "nonsense" }, ""},
	{"empty", FieldAuthority, custom, ""},
	{"right", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "https://login.contoso.com:9443/" }), ""},
	{"http on this computer", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "http://[::1]:80" }), ""},
	{"http elsewhere", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "http://login.contoso.com" }), "endpoint-scheme"},
	{"with the path", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "https://login.contoso.com/t/oauth2/v2.0/token" }), "authority-path"},
	{"with a query", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "https://login.contoso.com?a=b" }), "endpoint-query"},
	{"with a user", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "https://a:b@login.contoso.com" }), "endpoint-user"},
	{"a host alone", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "login.contoso.com" }), "endpoint-broken"},
	{"port too high", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "https://login.contoso.com:65536" }), "server-port"},
	{"space", FieldAuthority, endpoint(func(e *store.Endpoints) { e.Authority = "https://login .contoso.com" }), "endpoint-space"},
	{"right", FieldIMAP, endpoint(func(e *store.Endpoints) { e.IMAP = "localhost:9993" }), ""},
	{"IPv6", FieldPOP, endpoint(func(e *store.Endpoints) { e.POP = "[2001:db8::1]:995" }), ""},
	{"no port", FieldIMAP, endpoint(func(e *store.Endpoints) { e.IMAP = "mail.contoso.com" }), "server-no-port"},
	{"IPv6 without a port", FieldPOP, endpoint(func(e *store.Endpoints) { e.POP = "[::1]" }), "server-no-port"},
	{"port 0", FieldSMTP, endpoint(func(e *store.Endpoints) { e.SMTP = "localhost:0" }), "server-port"},
	{"port in words", FieldSMTP, endpoint(func(e *store.Endpoints) { e.SMTP = "localhost:smtp" }), "server-port"},
	{"port with a sign", FieldSMTP, endpoint(func(e *store.Endpoints) { e.SMTP = "localhost:+25" }), "server-port"},
	{"URL", FieldSMTP, endpoint(func(e *store.Endpoints) { e.SMTP = "smtp://localhost:25" }), "server-url"},
	{"nothing before the port", FieldSMTP, endpoint(func(e *store.Endpoints) { e.SMTP = ":25" }), "server-broken"},
	{"right", FieldEWS, endpoint(func(e *store.Endpoints) { e.EWS = "https://localhost:9443/EWS/Exchange.asmx" }), ""},
	{"no scheme", FieldGraph, endpoint(func(e *store.Endpoints) { e.Graph = "graph" }), "endpoint-broken"},
	{"right", FieldMailResource, endpoint(func(e *store.Endpoints) { e.MailResource = "https://outlook.office.com/" }), ""},
	{"http", FieldMailResource, endpoint(func(e *store.Endpoints) { e.MailResource = "http://localhost" }), "endpoint-scheme"},
	{"a whole scope", FieldMailResource, endpoint(func(e *store.Endpoints) { e.MailResource = "https://outlook.office.com/SMTP.Send" }), "mail-resource-path"},

	{"right", FieldRedirectHost, host("motion.contoso.com:8443"), ""},
	{"whole address", FieldRedirectHost, host("https://motion.contoso.com/api/x?y#z"), ""},
	{"one label", FieldRedirectHost, host("motion"), ""},
	{"not for other products", FieldRedirectHost, func(d *Draft) { other(d); d.RedirectHost = "" }, ""},
	{"empty", FieldRedirectHost, host(""), "redirect-host-empty"},
	{"wildcard", FieldRedirectHost, host("*.contoso.com"), "redirect-wildcard"},
	{"space", FieldRedirectHost, host("motion contoso.com"), "redirect-space"},
	{"underscore", FieldRedirectHost, host("motion_1.contoso.com"), "redirect-host-broken"},
	{"IPv6 loopback", FieldRedirectHost, host("[::1]:443"), "redirect-ipv6-loopback"},
	{"port", FieldRedirectHost, host("motion.contoso.com:99999"), "server-port"},
	{"the URI gets too long", FieldRedirectHost, host(strings.Repeat("abcdefghi.", 24) + "com"), "redirect-long"},

	{"right", FieldRedirectURI, uri("https://app.contoso.com:8443/cb?x=y"), ""},
	{"not for XCALLY", FieldRedirectURI, func(d *Draft) { d.RedirectURI = "nonsense" }, ""},
	{"empty", FieldRedirectURI, uri(""), "redirect-uri-empty"},
	{"empty on a desktop", FieldRedirectURI, func(d *Draft) { uri("")(d); d.Platform = PlatformDesktop }, ""},
	{"http", FieldRedirectURI, uri("http://app.contoso.com/cb"), "redirect-http"},
	{"http for localhost", FieldRedirectURI, uri("http://localhost:8080/cb"), ""},
	{"http for a host that begins like it", FieldRedirectURI, uri("http://localhost.contoso.com/cb"), "redirect-http"},
	{"127.0.0.1", FieldRedirectURI, uri("http://127.0.0.1/cb"), "redirect-loopback"},
	{"[::1]", FieldRedirectURI, uri("http://[::1]:80/cb"), "redirect-ipv6-loopback"},
	{"Postkey's", FieldRedirectURI, uri("http://localhost/postkey"), "redirect-same-as-postkey"},
	{"Postkey's but for the port", FieldRedirectURI, uri("http://LOCALHOST:8080/postkey"), "redirect-same-as-postkey"},
	{"another path", FieldRedirectURI, uri("http://localhost:8080/Postkey"), ""},
	{"https on localhost is another one", FieldRedirectURI, uri("https://localhost/postkey"), ""},
	{"wildcard", FieldRedirectURI, uri("https://*.contoso.com/cb"), "redirect-wildcard"},
	{"256 characters", FieldRedirectURI, uri("https://a.b/" + strings.Repeat("x", 244)), ""},
	{"257 characters", FieldRedirectURI, uri("https://a.b/" + strings.Repeat("x", 245)), "redirect-long"},
	{"refused !", FieldRedirectURI, uri("https://a.b/!"), "redirect-character"},
	{"refused $", FieldRedirectURI, uri("https://a.b/$x"), "redirect-character"},
	{"refused '", FieldRedirectURI, uri("https://a.b/'x"), "redirect-character"},
	{"refused (", FieldRedirectURI, uri("https://a.b/(x"), "redirect-character"},
	{"refused )", FieldRedirectURI, uri("https://a.b/)x"), "redirect-character"},
	{"refused ,", FieldRedirectURI, uri("https://a.b/,x"), "redirect-character"},
	{"refused ;", FieldRedirectURI, uri("https://a.b/;x"), "redirect-character"},
	{"fragment", FieldRedirectURI, uri("https://a.b/#"), "redirect-fragment"},
	{"no scheme", FieldRedirectURI, uri("app.contoso.com/cb"), "redirect-no-scheme"},
	{"another scheme", FieldRedirectURI, uri("myapp://auth"), "redirect-scheme"},
	{"broken escape", FieldRedirectURI, uri("https://a.b/%zz"), "redirect-broken"},
	{"no host", FieldRedirectURI, uri("https:///cb"), "redirect-no-host"},
	{"user", FieldRedirectURI, uri("https://u:p@a.b/cb"), "redirect-user"},
	{"open port", FieldRedirectURI, uri("https://a.b:/cb"), "redirect-host-broken"},
	{"control character", FieldRedirectURI, uri("https://a.b/c\x01b"), "text-invisible"},
	{"query for personal accounts", FieldRedirectURI, func(d *Draft) {
		uri("https://a.b/cb?x=y")(d)
		d.Audience = oauth.AudienceMultiPersonal
	}, "redirect-query"},

	{"none", FieldSecret, func(d *Draft) { d.HasSecret = false }, "secret-empty"},
	{"none on a desktop", FieldSecret, func(d *Draft) { d.HasSecret, d.Platform = false, PlatformDesktop }, ""},
	{"right", FieldSecretExpires, expires(" 2027-05-21 "), ""},
	{"empty", FieldSecretExpires, expires(""), "expires-empty"},
	{"other form", FieldSecretExpires, expires("21/05/2027"), "expires-form"},
	{"no such day", FieldSecretExpires, expires("2027-02-30"), "expires-form"},
	{"yesterday", FieldSecretExpires, expires("2026-11-21"), "expires-past"},
	{"today", FieldSecretExpires, expires("2026-11-22"), ""},
	{"a day under 12 months", FieldSecretExpires, expires("2027-11-21"), ""},
	{"12 months", FieldSecretExpires, expires("2027-11-22"), "expires-long"},
	{"24 months", FieldSecretExpires, expires("2028-11-22"), "expires-long"},
	{"a day over 24 months", FieldSecretExpires, expires("2028-11-23"), "expires-far"},
	{"anything on a desktop", FieldSecretExpires, func(d *Draft) { d.SecretExpires, d.Platform = "x", PlatformDesktop }, ""},

	{"never signed in", FieldAccount, func(d *Draft) { d.Account, d.SignedInWith = nil, nil }, "account-none"},
	{"another client since", FieldAccount, client("cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee"), "account-other-values"},
	{"ended", FieldAccount, func(d *Draft) { d.SignInEnded = noon }, "account-ended"},
	{"right", FieldAccount, func(*Draft) {}, ""},

	{"right", FieldMailboxKey, key("ab12Z"), ""},
	{"empty", FieldMailboxKey, key(""), "key-empty"},
	{"4", FieldMailboxKey, key("SUPP"), "key-length"},
	{"6", FieldMailboxKey, key("SUPPOR"), "key-length"},
	{"sign", FieldMailboxKey, key("SUP-T"), "key-characters"},
	{"umlaut", FieldMailboxKey, key("SÜPPT"), "key-characters"},
	{"no key elsewhere", FieldMailboxKey, func(d *Draft) { other(d); d.Mailbox.Key = "" }, ""},
	{"long", FieldMailboxName, func(d *Draft) { d.Mailbox.Name = strings.Repeat("x", 201) }, "text-long"},
	{"tab inside", FieldMailboxList, func(d *Draft) { d.Mailbox.List = "a\tb" }, "text-invisible"},

	{"display name", FieldMailboxAddress, address("Support <SUPPORT@contoso.com>"), ""},
	{"link", FieldMailboxAddress, address("mailto:support@contoso.com"), ""},
	{"empty", FieldMailboxAddress, address(""), "address-empty"},
	{"empty, shared", FieldMailboxAddress, func(d *Draft) { sharedDraft(d); d.Mailbox.Address = "" }, "address-empty-shared"},
	{"no domain", FieldMailboxAddress, address("support"), "address-no-domain"},
	{"nothing behind @", FieldMailboxAddress, address("support@"), "address-no-domain"},
	{"nothing before @", FieldMailboxAddress, address("@contoso.com"), "address-no-user"},
	{"two @", FieldMailboxAddress, address("a@b@contoso.com"), "address-two-ats"},
	{"half a domain", FieldMailboxAddress, address("support@contoso"), "address-short-domain"},
	{"half a domain, own server", FieldMailboxAddress, func(d *Draft) {
		custom(d)
		d.Mailbox.Address, d.Account = "support@localhost", nil
	}, ""},
	{"broken domain", FieldMailboxAddress, address("support@contoso..com"), "domain-broken"},
	{"space", FieldMailboxAddress, address("support desk@contoso.com"), "address-space"},
	{"comma", FieldMailboxAddress, address("a,b@contoso.com"), "address-broken"},
	{"letters of a language", FieldMailboxAddress, address("info@bücher.example"), "domain-letters"},
	{"no domain in any letters", FieldMailboxAddress, address("info@bü cher..example"), "address-space"},
	{"letters and two dots", FieldMailboxAddress, address("info@bücher..example"), "domain-broken"},
	{"the end of a sentence", FieldMailboxAddress, address("SUPPORT@contoso.com."), ""},
	{"letters of a language", FieldTenantID, tenant("bücher.example"), "domain-letters"},
	{"letters of a language", FieldMailDomain, domain("info@bücher.example"), ""},
	{"long", FieldMailboxAddress, address(strings.Repeat("a", 250) + "@b.com"), "text-long"},
	{"another account's", FieldMailboxAddress, address("billing@contoso.com"), "account-other-mailbox"},
	{"right", FieldMailboxDelegate, delegate("Support@contoso.com"), ""},
	{"not shared", FieldMailboxDelegate, func(d *Draft) { d.Mailbox.Delegate = "nonsense" }, ""},
	{"empty", FieldMailboxDelegate, delegate(""), "delegate-empty"},
	{"the shared mailbox", FieldMailboxDelegate, delegate("BOX@contoso.com"), "delegate-same"},
	{"no domain", FieldMailboxDelegate, delegate("andrea"), "address-no-domain"},
	{"another account's", FieldMailboxDelegate, delegate("andrea@contoso.com"), "account-other-delegate"},
}

// warnings are the sentences that do not stop Continue.
var warnings = map[string]bool{
	"platform-needs-secret": true, "client-id-used": true, "client-id-used-product": true,
	"expires-long": true, "account-other-mailbox": true, "account-other-delegate": true, "secret-rather-short": true,
}

var others = []store.Connection{{ID: "other", Name: "Billing", ClientID: "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"}}

func TestCheckField(t *testing.T) {
	ctx := Context{Now: noon, Others: others}
	for _, tc := range fieldCases {
		d := rightDraft()
		tc.change(d)
		checkProblem(t, string(tc.field)+", "+tc.name, d.CheckField(tc.field, ctx), tc.key)
	}
}

var secretCases = []struct{ name, value, key string }{
	{"right", "abc8Q~" + strings.Repeat("x", 34), ""},
	{"empty", "", "secret-empty"},
	{"Secret ID", clientID, "secret-is-id"},
	{"Secret ID in braces and upper case", "{" + strings.ToUpper(clientID) + "}", "secret-is-id"},
	{"Secret ID with a line break", clientID + "\n", "secret-is-id"},
	{"space inside", "abc8Q~xxxxxxxxxxxxxx xxxxxxxxxxxxxxxxxxx", "secret-space"},
	{"line break at the end", "abc8Q~xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", "secret-space"},
	{"quotes", "\"abc8Q~xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"", "secret-quotes"},
	{"curly quotes", "“abc8Q~xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx”", "secret-quotes"},
	{"hidden form", "abc*****************", "secret-hidden"},
	{"dots", "••••••••••••••••••••", "secret-hidden"},
	{"zero-width", "abc8Q~xxxxxxxxxxxx\u200bxxxxxxxxxxxxxxxxxxxxxx", "secret-invisible"},
	{"no text", "abc8Q~xxxxxxxxxxxx\xffxxxxxxxxxxxxxxxxxxxxxx", "secret-invisible"},
	{"15", strings.Repeat("x", 15), "secret-short"},
	{"16", strings.Repeat("x", 16), "secret-rather-short"},
	{"64", strings.Repeat("x", 64), ""},
	{"65", strings.Repeat("x", 65), "secret-long"},
}

func TestCheckSecret(t *testing.T) {
	for _, tc := range secretCases {
		p := CheckSecret(oauth.NewSecret(tc.value))
		checkProblem(t, tc.name, p, tc.key)
		if p != nil && tc.value != "" && strings.Contains(p.Message.String(), tc.value) {
			t.Errorf("%s: the sentence holds the secret", tc.name)
		}
	}
}

func checkProblem(t *testing.T, name string, p *Problem, key string) {
	t.Helper()
	switch {
	case p == nil && key == "":
	case p == nil:
		t.Errorf("%s: right, want %s", name, key)
	case p.Message.Key != "wizard."+key:
		t.Errorf("%s: %s (%s), want %q", name, p.Message.Key, p.Message, key)
	default:
		if p.Warning != warnings[key] {
			t.Errorf("%s: %s: warning is %v", name, key, p.Warning)
		}
		checkSentence(t, key, p.Message.String())
	}
}

func checkSentence(t *testing.T, key, text string) {
	t.Helper()
	if strings.HasPrefix(text, "wizard.") || strings.Contains(text, "<no value>") || strings.ContainsFunc(text, unicode.IsControl) {
		t.Errorf("%s reads %q", key, text)
	}
}
