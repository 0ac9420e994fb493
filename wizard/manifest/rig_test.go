package manifest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

const (
	clientID   = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	objectID   = "99999999-8888-4777-8666-555555555555"
	keyID      = "0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22"
	graphAPI   = "00000003-0000-0000-c000-000000000000"
	exchange   = "00000002-0000-0ff1-ce00-000000000000"
	imapUser   = "652390e4-393a-48de-9484-05f9b1212954"
	smtpUser   = "258f6531-6087-4cc4-bb90-092c5fb3ed3f"
	imapApp    = "5e5addcd-3e8d-4e90-baf5-964efab2b20a"
	smtpApp    = "7146a1f0-8703-45b3-9eae-527a64c00995"
	unknownID  = "12345678-1234-4234-8234-123456789012"
	product    = "https://motion.contoso.example/api/cloudProviders/oauth2/microsoft/callback"
	postkey    = "http://localhost/postkey"
	thumb      = "AB4F1C0B5277AA4D5E9A350C9E2D1F8B10AABBCC"
	thumbBytes = "q08cC1J3qk1emjUMni0fixCqu8w="
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// part is a registration to be written in any of the forms.
type part struct {
	app, audience                  string
	web, spa, public               []string
	scopes, roles                  map[string][]string // by API
	ends, certificateEnds, printed string
	fallback                       string
}

func right() part {
	return part{
		app: clientID, audience: "AzureADMyOrg", web: []string{product, postkey},
		scopes: map[string][]string{graphAPI: {imapUser, smtpUser}}, ends: "2027-05-21T10:11:12.123Z", fallback: "null",
	}
}

func rightApp() part {
	p := right()
	p.web, p.scopes, p.roles = nil, nil, map[string][]string{exchange: {imapApp, smtpApp}}
	return p
}

func quoted(list []string) string {
	raw, _ := json.Marshal(append([]string{}, list...))
	return string(raw)
}

func (p part) required() string {
	var apis []string
	for api, ids := range map[string]map[string][]string{graphAPI: {"Scope": p.scopes[graphAPI], "Role": p.roles[graphAPI]}, exchange: {"Scope": p.scopes[exchange], "Role": p.roles[exchange]}} {
		var list []string
		for kind, of := range ids {
			for _, id := range of {
				list = append(list, fmt.Sprintf(`{"id": %q, "type": %q}`, id, kind))
			}
		}
		if len(list) > 0 {
			apis = append(apis, fmt.Sprintf("{\n\"resourceAppId\": %q, \"resourceAccess\": [%s]}", api, strings.Join(list, ",\n")))
		}
	}
	return "[" + strings.Join(apis, ", ") + "]"
}

// graph writes it as the portal and az ad app show do.
func (p part) graph() string {
	secrets, keys := "[]", "[]"
	if p.ends != "" {
		secrets = fmt.Sprintf(`[{"customKeyIdentifier": null, "displayName": "Postkey", "endDateTime": %q, "hint": "abc", "keyId": %q, "secretText": null, "startDateTime": "2026-11-20T10:11:12Z"}]`, p.ends, keyID)
	}
	if p.certificateEnds != "" {
		keys = fmt.Sprintf(`[{"customKeyIdentifier": %q, "displayName": "CN=Postkey", "endDateTime": %q, "keyId": %q, "type": "AsymmetricX509Cert", "usage": "Verify"}]`, p.printed, p.certificateEnds, keyID)
	}
	return fmt.Sprintf(`{
	"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications/$entity",
	"id": %q,
	"deletedDateTime": null,
	"appId": %q,
	"displayName": "XCALLY Motion mail",
	"signInAudience": %q,
	"isFallbackPublicClient": %s,
	"keyCredentials": %s,
	"passwordCredentials": %s,
	"requiredResourceAccess": %s,
	"publicClient": {"redirectUris": %s},
	"spa": {"redirectUris": %s},
	"web": {"redirectUris": %s, "implicitGrantSettings": {"enableIdTokenIssuance": false}}
}`, objectID, p.app, p.audience, p.fallback, keys, secrets, p.required(), quoted(p.public), quoted(p.spa), quoted(p.web))
}

// older writes it in the form of Azure AD Graph.
func (p part) older() string {
	var replies []string
	for kind, list := range map[string][]string{"Web": p.web, "Spa": p.spa, "InstalledClient": p.public} {
		for _, uri := range list {
			replies = append(replies, fmt.Sprintf(`{"url": %q, "type": %q}`, uri, kind))
		}
	}
	secrets, keys := "[]", "[]"
	if p.ends != "" {
		secrets = fmt.Sprintf(`[{"customKeyIdentifier": null, "endDate": %q, "keyId": %q, "startDate": "2026-11-20T10:11:12Z", "value": null, "createdOn": null, "hint": "abc", "displayName": "Postkey"}]`, p.ends, keyID)
	}
	if p.certificateEnds != "" {
		keys = fmt.Sprintf(`[{"customKeyIdentifier": %q, "endDate": %q, "keyId": %q, "type": "AsymmetricX509Cert", "usage": "Verify", "value": null, "displayName": "CN=Postkey"}]`, p.printed, p.certificateEnds, keyID)
	}
	return fmt.Sprintf(`{
	"id": %q,
	"accessTokenAcceptedVersion": null,
	"allowPublicClient": %s,
	"appId": %q,
	"name": "XCALLY Motion mail",
	"keyCredentials": %s,
	"passwordCredentials": %s,
	"replyUrlsWithType": [%s],
	"requiredResourceAccess": %s,
	"signInAudience": %q
}`, objectID, p.fallback, p.app, keys, secrets, strings.Join(replies, ", "), p.required(), p.audience)
}

func delegated() store.Connection {
	return store.Connection{
		Name: "Support", Product: "xcally", Mode: "delegated", Cloud: "worldwide", Audience: oauth.AudienceSingle, ClientID: clientID,
		Platform: "web", RedirectHost: "motion.contoso.example", SecretExpires: store.Date{Year: 2027, Month: 5, Day: 21},
		Mailbox: store.Mailbox{Address: "support@contoso.example"}, Protocols: []string{"imap", "smtp"},
	}
}

func appOnly(protocols ...string) store.Connection {
	c := delegated()
	c.Product, c.Mode, c.RedirectHost, c.Protocols = "imagicle", modeAppOnly, "", protocols
	return c
}

func catalogOf(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// said is a point in short: its state, what it is about, its finding, how it is mended.
func said(p Point) string {
	about := strings.TrimPrefix(p.What.Key, "manifest.point-")
	if name, ok := p.What.Data["Permission"].(string); ok {
		about += "=" + name
	}
	return strings.Join(strings.Fields(fmt.Sprint(p.State, " ", about, " ", p.Finding, " ", strings.TrimPrefix(p.Fix.Key, "manifest."))), " ")
}

// checkPoint proves that a point says what it must in every language.
func checkPoint(t *testing.T, p Point) {
	t.Helper()
	if (p.State == Right) != p.Fix.IsZero() || p.Finding != "" && p.State != Wrong {
		t.Errorf("%+v", p)
	}
	for _, lang := range assets.Languages() {
		for _, m := range []assets.Message{p.What, p.Fix} {
			if text := assets.Text(lang, m); !m.IsZero() && (text == m.Key || strings.Contains(text, "<no value>")) {
				t.Errorf("%s: %q says %q", lang, m.Key, text)
			}
		}
	}
}
