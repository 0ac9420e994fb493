package scripts

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"postkey/assets"
)

const printed = `{
  "client_id": "` + clientID + `",
  "tenant_id": "` + tenantID + `",
  "secret": "` + secret + `",
  "secret_expires": "2027-05-21",
  "secret_key_id": "` + keyID + `"
}`

func replaced(old, with string) string { return strings.Replace(printed, old, with, 1) }

var rightOutputs = []struct{ name, text string }{
	{"as printed", printed},
	{"one line", strings.Join(strings.Fields(printed), "")},
	{"Windows", "PS C:\\> .\\postkey-register.ps1\r\n" + strings.ReplaceAll(printed, "\n", "\r\n") + "\r\nPS C:\\> "},
	{"with the script above", "andrea@Azure:~$ postkey_register() (\n  app='{\"displayName\":'\"'x'\n printf '{\\n  \"client_id\": \"%s\"' \"$id\"\n" + printed + "\nandrea@Azure:~$ "},
	{"another object above", `{"appId": "x", "tags": []} {} { "a": {"client_id": 1}}` + "\n" + printed},
	{"pasted twice", printed + "\n" + printed},
	{"a broken line", replaced("PLANTED.", "PLAN\r\nTED.")},
	{"a time", replaced("2027-05-21", "2027-05-21T00:00:00Z")},
	{"capitals", replaced(clientID, strings.ToUpper(clientID))},
	{"spaces", replaced(clientID, " "+clientID+" ")},
	{"escaped", replaced("~", `\u007e`)},
	{"colours", "\x1b]0;PowerShell\x07\x1b[32;1m" + strings.ReplaceAll(printed, `"`, "\x1b[33m\"\x1b[0m") + "\x1b[0m"},
	{"a window that wraps", replaced("PLANTED.", "PLAN\x1b[K\r\n\x1b[1GTED.")},
	{"a file of Windows PowerShell", "\xff\xfe" + utf16LE("WARNING: x\r\n"+printed)},
	{"the same without its mark", utf16LE(printed)},
	{"a mark", "\ufeff" + printed},
}

// utf16LE is text as Windows PowerShell 5.1 writes it with > into a file (Microsoft
// Learn: about_Character_Encoding).
func utf16LE(text string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return string(out)
}

func TestParse(t *testing.T) {
	for _, tt := range rightOutputs {
		got, err := Parse(tt.text, true)
		if err != nil || got.ClientID != clientID || got.TenantID != tenantID || got.Secret.Reveal() != secret ||
			got.Expires != "2027-05-21" || got.SecretKeyID != keyID {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
	noKey := replaced(keyID, "")
	if got, err := Parse(noKey, true); err != nil || got.SecretKeyID != "" {
		t.Errorf("without the key ID: %+v, %v", got, err)
	}
	desktop := `{"client_id": "` + clientID + `", "tenant_id": "` + tenantID + `"}`
	if got, err := Parse(desktop, false); err != nil || !got.Secret.IsZero() {
		t.Errorf("desktop: %+v, %v", got, err)
	}
}

func TestParseRefuses(t *testing.T) {
	met := make(map[string]bool)
	for _, tt := range []struct{ name, text, key, says string }{
		{"nothing", " \r\n", "empty", ""},
		{"too much", strings.Repeat(" ", 1<<20) + printed, "too-big", "1 MiB"},
		{"prose", "no such thing", "none", ""},
		{"an array", `["client_id"]`, "none", ""},
		{"cut off", printed[:len(printed)-2], "none", ""},
		{"a number", replaced(`"`+clientID+`"`, "5"), "none", ""},
		{"nested", replaced(`"`+clientID+`"`, `{"id": "x"}`), "none", ""},
		{"no comma", replaced("\",", "\""), "none", ""},
		{"no colon", replaced(`":`, `"`), "none", ""},
		{"a bad escape", replaced("~", `\q`), "none", ""},
		{"a long object", replaced(`"client_id"`, strings.Repeat(" ", maxObject)+`"client_id"`), "none", ""},
		{"endless braces", strings.Repeat("{", maxBraces) + printed, "none", ""},
		{"two runs", printed + replaced(clientID, keyID), "twice", ""},
		{"two secrets", printed + replaced("PLANTED", "ANOTHER"), "twice", ""},
		{"no secret", replaced(`"secret": "`+secret+`",`, ""), "missing", "secret."},
		{"an empty secret", replaced(secret, " "), "missing", "secret."},
		{"more missing", `{"client_id": "` + clientID + `"}`, "missing", "tenant_id, secret, secret_expires."},
		{"something else", replaced(`"secret_key_id"`, `"keyId"`), "unknown", "keyId"},
		{"a long name", replaced(`"secret_key_id"`, `"`+strings.Repeat("n\\u001b", 50)+`"`), "unknown", "n\ufffdn\ufffd"},
		{"twice a field", replaced(`"tenant_id"`, `"client_id"`), "field-twice", "client_id"},
		{"no client ID", replaced(clientID, "$id"), "not-id", "client_id"},
		{"a domain", replaced(tenantID, "contoso.com"), "not-id", "tenant_id"},
		{"no key ID", replaced(keyID, "x"), "not-id", "secret_key_id"},
		{"another date", replaced("2027-05-21", "21.5.2027"), "not-day", "secret_expires"},
		{"no such day", replaced("2027-05-21", "2027-02-30"), "not-day", "secret_expires"},
	} {
		got, err := Parse(tt.text, true)
		var wrong *OutputError
		if !errors.As(err, &wrong) || wrong.Message.Key != "script."+tt.key || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		met[wrong.Message.Key] = true
		if !got.Secret.IsZero() || got.ClientID != "" || strings.Contains(err.Error(), "PLANTED") {
			t.Errorf("%s: gives %+v, says %v", tt.name, got, err)
		}
	}
	if _, err := Parse(printed, false); err == nil || !strings.Contains(err.Error(), "platform") {
		t.Errorf("a secret for the platform desktop: %v", err)
	}
	everySentence(t, met)
}

// everySentence proves that each message that the sources name has its texts and
// was met.
func everySentence(t *testing.T, met map[string]bool) {
	t.Helper()
	source, err := os.ReadFile("output.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "it"} {
		raw, err := assets.Translations.ReadFile(filepath.Join("translations", "script."+lang+".json"))
		texts := make(map[string]string)
		if err == nil {
			err = json.Unmarshal(raw, &texts)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(source), `outputError("`)[1:] {
			key := "script." + part[:strings.IndexByte(part, '"')]
			if texts[key] == "" || !met[key] {
				t.Errorf("%s: %q, met %v", lang, key, met[key])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range rightOutputs {
		f.Add(tt.text)
	}
	f.Add("{{{\"client_id\":\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text, true)
		var wrong *OutputError
		switch {
		case err != nil && !errors.As(err, &wrong):
			t.Errorf("%T: %v", err, err)
		case err != nil && (got.ClientID != "" || !got.Secret.IsZero()):
			t.Error("values beside an error")
		case err == nil && (!guid.MatchString(got.ClientID) || !guid.MatchString(got.TenantID) || got.Secret.IsZero() || !day.MatchString(got.Expires)):
			t.Errorf("accepted %+v", got)
		}
	})
}
