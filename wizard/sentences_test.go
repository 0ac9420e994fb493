package wizard

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"postkey/assets"
)

// Every sentence of the area is named in the sources and met by a case of the
// tables, so that none is without its text or its values, and none is left over.
func TestEverySentenceIsMet(t *testing.T) {
	met := map[string]bool{"values-too-big": true} // by TestReadValuesIsBounded
	for _, tc := range slices.Concat(fieldCases, appOnlyCases) {
		met[tc.key] = true
	}
	for _, tc := range secretCases {
		met[tc.key] = true
	}
	for _, tc := range valuesCases {
		met[tc.key] = true
	}
	raw, err := assets.Translations.ReadFile("translations/wizard.en.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	sources := readSources(t)
	for full, text := range texts {
		key, ours := strings.CutPrefix(full, "wizard.")
		if !ours || strings.Contains(text, "!") {
			t.Errorf("%s: the key is of another area, or the text %q exclaims", full, text)
		}
		if strings.HasPrefix(key, "step-") || strings.HasPrefix(key, "hint-") {
			continue // by TestSteps
		}
		if !met[key] {
			t.Errorf("no case meets %q", key)
		}
		if !strings.Contains(sources, `"`+key+`"`) && !strings.Contains(sources, `"`+full+`"`) && !strings.HasPrefix(key, "values-type-") {
			t.Errorf("%q is not named in the sources", key)
		}
	}
	for _, m := range regexp.MustCompile(`(?:problem|warning)\("([a-z0-9-]+)"`).FindAllStringSubmatch(sources, -1) {
		// What later pages say of themselves has files of its own.
		if full := "wizard." + m[1]; texts[full] == "" && assets.Msg(full).String() == full {
			t.Errorf("%q has no text", m[1])
		}
	}
}

// readSources returns the sources of the package in one text.
func readSources(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no sources", err)
	}
	var b strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(source)
	}
	return b.String()
}

func TestSentencesSayWhatRightLooksLike(t *testing.T) {
	for _, tc := range []struct {
		field  Field
		change func(*Draft)
		want   string
	}{
		{FieldTenantID, tenant("8f1c0b52-77aa-4d5e-9a35"), "An ID has 36 characters, like 8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10. This one is cut short: it has 23."},
		{FieldTenantID, tenant("andrea@contoso.com"), "This is a mail address. The tenant can be named by the part behind @: contoso.com."},
		{FieldClientID, client(strings.ReplaceAll(clientID, "-", "")), "The hyphens are missing. Written with them the ID is " + clientID + "."},
		{FieldRedirectURI, uri("https://a.b/x;y"), "Microsoft refuses the character ; in a redirect URI. None of these may be in it: ! $ ' ( ) , ;"},
		{FieldSecretExpires, expires("21.05.2027"), "Write the day as year-month-day, like 2027-05-22."},
		{FieldSecretExpires, expires("2029-01-01"), "A client secret lasts at most 24 months, so until 2028-11-22. Look at the column Expires again."},
		{FieldMailboxKey, key("SUP"), "A key has exactly 5 characters, like SUPPT. This one has 3."},
		{FieldName, name("a\x1bb"), "There is an invisible character (U+001B) in this text. Delete the text and type it again."},
		{FieldProduct, func(d *Draft) { d.Product = "a\x1b" + strings.Repeat("x", 100) }, "“a\uFFFD" + strings.Repeat("x", 58) + "…” is not one of the possible values: xcally, imagicle, other."},
	} {
		d := rightDraft()
		tc.change(d)
		p := d.CheckField(tc.field, Context{Now: noon})
		if p == nil || p.Message.String() != tc.want {
			t.Errorf("%s: %+v\nwant %s", tc.field, p, tc.want)
		}
	}
}
