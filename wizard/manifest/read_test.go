package manifest

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"postkey/assets"
)

func TestReadAnywhere(t *testing.T) {
	text := right().graph()
	var wide []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	for name, pasted := range map[string]string{
		"prompt":      "PS C:\\> az ad app show --id " + clientID + "\r\n" + strings.ReplaceAll(text, "\n", "\r\n") + "\r\nPS C:\\> ",
		"braces":      "$ az ad app show --query '{a:b}'\n" + text,
		"one line":    "x: " + strings.Join(strings.Fields(text), " "),
		"in a list":   "[\n  " + text + "\n]",
		"UTF-16":      "\xff\xfe" + string(wide),
		"BOM":         "\ufeff" + text,
		"PowerShell":  strings.NewReplacer(`"appId"`, `"AppId"`, `"web"`, `"Web"`, `"redirectUris"`, `"RedirectUris"`, `"requiredResourceAccess"`, `"RequiredResourceAccess"`).Replace(text),
		"two, second": text + "\n" + right().older(),
		"comments":    "/* the registration {of} mail */\n" + strings.Replace(text, "\n", " // see https://entra.microsoft.com/ {\"\n/* \"appId\": \"x\", */\n", 1),
		"Exchange":    "[PS] C:\\Windows>az ad app show\n" + text,
		"a chat":      "[10:22, 22/11/2026] Andrea: here it is\n" + text,
		"Graph":       "{\"@odata.context\": \"x\", \"value\": [\n" + text + "]}",
		"Az":          strings.Replace(text, `"redirectUris"`, `"RedirectUri"`, -1),
		"bytes":       strings.Replace(text, `"keyCredentials": []`, `"KeyCredentials": [{"CustomKeyIdentifier": [171, 79, 28, 11, 82, 119, 170, 77, 94, 154, 53, 12, 158, 45, 31, 139, 16, 170, 187, 204], "EndDateTime": "2028-01-01T00:00:00Z"}]`, 1),
	} {
		m, err := Read(pasted)
		if err != nil || m.ClientID != clientID || len(m.Redirects) != 2 || len(m.Permissions) != 2 || len(m.Secrets) != 1 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
		if name == "bytes" && (len(m.Certificates) != 1 || m.Certificates[0].Thumbprint != thumb) {
			t.Errorf("the bytes of the thumbprint: %+v", m.Certificates)
		}
	}
}

// Azure CLI before 2.37 told of the audience with a yes or no.
func TestOlderAudience(t *testing.T) {
	for others, want := range map[string]string{"false": "AzureADMyOrg", "true": "AzureADMultipleOrgs", "null": ""} {
		m, err := Read(`{"appId": "` + clientID + `", "availableToOtherTenants": ` + others + `, "replyUrls": []}`)
		if err != nil || m.Audience != want || m.Absent[AreaAudience] != (want == "") {
			t.Errorf("%s: %+v, %v", others, m, err)
		}
	}
}

// The oldest form has no platforms, and says whether the whole is a public client.
func TestOldestForm(t *testing.T) {
	for public, want := range map[string]Platform{"null": Web, "false": Web, "true": PublicClient} {
		m, err := Read(`{"appId": "` + clientID + `", "objectId": "` + objectID + `", "publicClient": ` + public + `, "replyUrls": ["` + postkey + `"]}`)
		if err != nil || m.Form != Older || len(m.Redirects) != 1 || m.Redirects[0].Platform != want || m.Public != (public == "true") || m.ObjectID != objectID {
			t.Errorf("%s: %+v, %v", public, m, err)
		}
	}
}

func TestReadErrors(t *testing.T) {
	text := right().graph()
	met := make(map[string]bool)
	for _, tt := range []struct{ name, text, key, says string }{
		{"nothing", " \r\n", "empty", ""},
		{"too much", strings.Repeat("x", maxText+1), "too-big", "4 MiB"},
		{"prose", "my app", "none", ""},
		{"an empty list", "[]", "none", ""},
		{"cut", text[:len(text)/2], "cut", "line"},
		{"a comma too many", strings.Replace(text, "\"deletedDateTime\": null,", "\"deletedDateTime\": null,,", 1), "bad-json", "Line 4 "},
		{"curly quotes", strings.Replace(text, `"appId"`, "“appId”", 1), "bad-json", "Line 5 "},
		{"a list for a name", strings.Replace(text, `"signInAudience": "AzureADMyOrg"`, `"signInAudience": ["x"]`, 1), "wrong-type", "signInAudience (line 7)"},
		{"a number in a list", "[1]", "wrong-type", "line 1"},
		{"two in a list", "[" + text + ", " + text + "]", "several", "2 app"},
		{"the Enterprise application", `{"appId": "x", "servicePrincipalType": "Application"}`, "enterprise", ""},
		{"something else", `{"name": "x"}`, "no-app-id", ""},
		{"a list of PowerShell's", "AppId               : " + clientID + "\nDisplayName         : mail\nPasswordCredentials : {Microsoft.Graph.PowerShell.Models.MicrosoftGraphPasswordCredential}\n", "powershell", "-Depth 6"},
		{"a list without a brace", "DisplayName : mail\nAppId       : " + clientID + "\n", "powershell", "-Depth 6"},
		{"JSON that is not deep", `{"AppId": "` + clientID + `", "RequiredResourceAccess": [{"ResourceAppId": "` + graphAPI + `", "ResourceAccess": "Microsoft.Graph.PowerShell.Models.MicrosoftGraphResourceAccess"}]}`, "powershell", "-Depth 6"},
		{"two of Graph's", `{"value": [` + text + "," + text + "]}", "several", "2 app"},
		{"an open comment", "{ /* \"appId\": \"x\" }", "bad-json", "Line 1 "},
		{"deep", strings.Repeat(`{"a":`, 20000) + "1", "bad-json", ""},
	} {
		m, err := Read(tt.text)
		var wrong *ReadError
		if !errors.As(err, &wrong) || wrong.Message.Key != "manifest.read-"+tt.key || !strings.Contains(err.Error(), tt.says) || m.ClientID != "" {
			t.Errorf("%s: %+v, %v", tt.name, m, err)
			continue
		}
		met[tt.key] = true
		for _, lang := range assets.Languages() {
			if assets.Text(lang, wrong.Message) == wrong.Message.Key {
				t.Errorf("%s: no text for %s", lang, wrong.Message.Key)
			}
		}
	}
	if len(met) != 10 {
		t.Errorf("met %v", met)
	}
}

func FuzzRead(f *testing.F) {
	for _, p := range []part{right(), rightApp()} {
		f.Add(p.graph())
		f.Add(p.older())
	}
	f.Add(`[{"appId":"x","publicClient":true,"replyUrls":["http://localhost:/x"]}]`)
	cat := catalogOf(f)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Read(text)
		var wrong *ReadError
		switch {
		case err != nil && (!errors.As(err, &wrong) || m.ClientID != ""):
			t.Fatalf("%T beside %+v: %v", err, m, err)
		case err != nil:
			return
		}
		for _, p := range append(Compare(m, delegated(), cat, now), Compare(m, appOnly("imap", "smtp", "graph", "ews"), cat, now)...) {
			checkPoint(t, p)
			if len([]rune(p.Present)) > 170 || strings.ContainsAny(p.Present, "\n\r\x1b") || p.Area == "" {
				t.Fatalf("%+v", p)
			}
			if p.State == Right && p.Area == AreaClientID && !strings.EqualFold(m.ClientID, clientID) {
				t.Fatalf("right: %+v", p)
			}
		}
	})
}
