package scripts

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"postkey/assets"
)

const otherID = "4f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10"

// azureReset is what az ad app credential reset prints.
const azureReset = `The output includes credentials that you must protect.
{
  "appId": "` + clientID + `",
  "password": "` + secret + `",
  "tenant": "` + tenantID + `"
}`

// graphPassword is Add-MgApplicationPassword | ConvertTo-Json.
const graphPassword = `{
    "CustomKeyIdentifier":  null,
    "DisplayName":  "Postkey",
    "EndDateTime":  "\/Date(1811376000000)\/",
    "Hint":  "abc",
    "KeyId":  "` + keyID + `",
    "SecretText":  "` + secret + `",
    "StartDateTime":  "\/Date(1779840000000)\/",
    "AdditionalProperties":  { "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x", "a": [1, {"b": true}] }
}`

func entry(client, value string) string {
	return fmt.Sprintf(`{"client_id": %q, "tenant_id": %q, "secret": %q, "secret_expires": "2027-05-21", "secret_key_id": %q}`, client, tenantID, value, keyID)
}

var rotatedOutputs = []struct {
	name, text string
	want       []Rotated // Secret is left out: it is always the planted one
}{
	{"one", "[" + entry(clientID, secret) + "]", []Rotated{{ClientID: clientID, TenantID: tenantID, Expires: "2027-05-21", KeyID: keyID}}},
	{
		"several", "PS C:\\> .\\x.ps1\r\nCopy:\r\n[\r\n" + entry(clientID, secret) + ",\r\n" + entry(strings.ToUpper(otherID), secret) + "\r\n]\r\nPS C:\\> ",
		[]Rotated{{ClientID: clientID, TenantID: tenantID, Expires: "2027-05-21", KeyID: keyID}, {ClientID: otherID, TenantID: tenantID, Expires: "2027-05-21", KeyID: keyID}},
	},
	{"Azure CLI", azureReset, []Rotated{{ClientID: clientID, TenantID: tenantID}}},
	{"Microsoft Graph PowerShell", graphPassword, []Rotated{{Expires: "2027-05-27", KeyID: keyID}}},
	{"PowerShell 7", strings.Replace(graphPassword, `\/Date(1811376000000)\/`, "2027-05-27T00:00:00Z", 1), []Rotated{{Expires: "2027-05-27", KeyID: keyID}}},
	{"a tenant by its domain", strings.Replace(azureReset, tenantID, "contoso.onmicrosoft.com", 1), []Rotated{{ClientID: clientID, TenantID: "contoso.onmicrosoft.com"}}},
	{"pasted twice", azureReset + azureReset, []Rotated{{ClientID: clientID, TenantID: tenantID}}},
	{"a broken line", strings.Replace(azureReset, "PLANTED", "PLAN\r\nTED", 1), []Rotated{{ClientID: clientID, TenantID: tenantID}}},
	{"a file of Windows PowerShell", "\xff\xfe" + utf16LE("[\r\n"+azureReset+"\r\n]"), []Rotated{{ClientID: clientID, TenantID: tenantID}}},
	{"colours", strings.ReplaceAll(azureReset, ":", "\x1b[39m:\x1b[32m"), []Rotated{{ClientID: clientID, TenantID: tenantID}}},
	{"the script above", `get ad app credential reset --id "$1" {} { "$x" } {"a": 1}` + azureReset, []Rotated{{ClientID: clientID, TenantID: tenantID}}},
}

func TestParseRotated(t *testing.T) {
	for _, tt := range rotatedOutputs {
		got, err := ParseRotated(tt.text)
		if err != nil || len(got) != len(tt.want) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
			continue
		}
		for i, r := range got {
			if r.Secret.Reveal() != secret {
				t.Errorf("%s: another secret", tt.name)
			}
			r.Secret = tt.want[i].Secret
			if r != tt.want[i] {
				t.Errorf("%s: %+v, want %+v", tt.name, r, tt.want[i])
			}
		}
	}
}

// What a script of a rotation prints for one registration is read by Parse too.
func TestParseReadsARotation(t *testing.T) {
	if got, err := Parse("["+entry(clientID, secret)+"]", true); err != nil || got.ClientID != clientID || got.SecretKeyID != keyID {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParseRotatedRefuses(t *testing.T) {
	met := make(map[string]bool)
	var many []string
	for i := range maxRotated + 1 {
		many = append(many, entry(fmt.Sprintf("%08x-0000-4000-8000-000000000000", i), secret))
	}
	for _, tt := range []struct{ name, text, key, says string }{
		{"nothing", " \n", "empty", ""},
		{"too much", strings.Repeat(" ", maxOutput+1), "too-big", "1 MiB"},
		{"prose", "done", "none", ""},
		{"an empty list", "[]{}", "none", ""},
		{"no secret", `{"appId": "` + clientID + `", "password": null}`, "none", ""},
		{"cut", azureReset[:len(azureReset)-3], "none", ""},
		{"no colon", strings.ReplaceAll(azureReset, ":", ""), "none", ""},
		{"no comma", strings.ReplaceAll(azureReset, ",", ""), "none", ""},
		{"a bad value", strings.Replace(graphPassword, "null", "nul", 1), "none", ""},
		{"two passwords in one", strings.Replace(azureReset, `"tenant"`, `"secret"`, 1), "none", ""},
		{"a name for an ID", strings.Replace(azureReset, clientID, "my app", 1), "not-id", "appId"},
		{"no key ID", strings.Replace(graphPassword, keyID, "x", 1), "not-id", "KeyId"},
		{"no tenant", strings.Replace(azureReset, tenantID, "a b", 1), "not-id", "tenant"},
		{"no day", strings.Replace(graphPassword, "1811376000000", "soon", 1), "not-day", "EndDateTime"},
		{"a day far off", strings.Replace(graphPassword, "1811376000000", "999999999999999", 1), "not-day", "EndDateTime"},
		{"two for one", "[" + entry(clientID, secret) + "," + entry(clientID, "another") + "]", "twice", clientID},
		{"whose", graphPassword + strings.Replace(graphPassword, "PLANTED", "ANOTHER", 1), "no-client", ""},
		{"whose of them", graphPassword + entry(clientID, secret), "no-client", ""},
		{"too many", strings.Join(many, ","), "too-many", "500"},
	} {
		got, err := ParseRotated(tt.text)
		var wrong *OutputError
		if !errors.As(err, &wrong) || wrong.Message.Key != "rotatescript."+tt.key || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "PLANTED") {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		met[tt.key] = true
		if got != nil {
			t.Errorf("%s: gives %+v", tt.name, got)
		}
		for _, lang := range assets.Languages() {
			if assets.Text(lang, wrong.Message) == wrong.Message.Key {
				t.Errorf("%s: no text for %s", lang, wrong.Message.Key)
			}
		}
	}
	texts, err := assets.Area("rotatescript.en.json")
	if err != nil || len(met) != len(texts) {
		t.Errorf("met %d of %d sentences, %v", len(met), len(texts), err)
	}
}

func FuzzParseRotated(f *testing.F) {
	for _, tt := range rotatedOutputs {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseRotated(text)
		var wrong *OutputError
		switch {
		case err != nil && (!errors.As(err, &wrong) || got != nil):
			t.Fatalf("%T beside %d: %v", err, len(got), err)
		case err == nil && len(got) == 0:
			t.Fatal("neither a secret nor an error")
		}
		for _, r := range got {
			if r.Secret.IsZero() || r.ClientID != "" && !guid.MatchString(r.ClientID) || r.KeyID != "" && !guid.MatchString(r.KeyID) || r.Expires != "" && !day.MatchString(r.Expires) {
				t.Fatalf("accepted %+v", r)
			}
			if raw, err := json.Marshal(r.Secret); err != nil || string(raw) != `"[secret]"` {
				t.Fatalf("printed: %s, %v", raw, err)
			}
		}
	})
}
