package wizard

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for _, tc := range []struct {
		field      Field
		typed, got string
	}{
		{"", " a b ", "a b"},
		{"", "\u00a0\u200b\ufeff\"‘“x”’\"\r\n", "x"},
		{"", "\u200b", ""},
		{"", "a\u200bb", "a\u200bb"},
		{FieldName, ` "Support" `, `"Support"`},
		{FieldClientID, "{ " + clientID + " }", clientID},
		{FieldTenantID, "'{" + clientID + "}'", clientID},
		{FieldMailboxKey, "{SUPP}", "{SUPP}"},
		{FieldRedirectHost, "https://u:p@motion.contoso.com:8443/a/b?c=d#e", "motion.contoso.com:8443"},
		{FieldRedirectHost, "motion.contoso.com/", "motion.contoso.com"},
		{FieldRedirectHost, "<https://motion.contoso.com>", "motion.contoso.com"},
		{FieldRedirectURI, "<https://a.b/c/>", "https://a.b/c/"},
		{FieldAuthority, "https://login.contoso.com//", "https://login.contoso.com"},
		{FieldMailboxAddress, `"Support" <support@contoso.com>`, "support@contoso.com"},
		{FieldMailboxDelegate, "MAILTO:a@b.c", "a@b.c"},
		{FieldMailDomain, "Andrea <andrea@contoso.com>", "contoso.com"},
		{FieldMailDomain, "@contoso.com", "contoso.com"},
		{FieldMailDomain, "contoso.com.", "contoso.com"},
		{FieldMailboxAddress, "support@contoso.com, ", "support@contoso.com"},
		{FieldMailboxAddress, `"Support" <support@contoso.com>;`, "support@contoso.com"},
	} {
		if got := CleanField(tc.field, tc.typed); got != tc.got {
			t.Errorf("%s %q: %q, want %q", tc.field, tc.typed, got, tc.got)
		}
	}
}

var cleanable = []Field{
	"", FieldName, FieldClientID, FieldTenantID, FieldAuthority, FieldRedirectHost, FieldRedirectURI,
	FieldMailboxAddress, FieldMailDomain, FieldSecretExpires,
}

// Cleaning twice changes nothing more, and only ends are cut off.
func TestCleanProperties(t *testing.T) {
	pieces := rapid.SliceOfN(rapid.SampledFrom([]string{
		" ", "\u00a0", "\u200b", "\"", "“", "{", "}", "<", ">", "/", "://", "@", "mailto:", "?", "#", "a", "b.c", "é", "\xff",
	}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		typed := strings.Join(pieces.Draw(t, "pieces"), "")
		for _, f := range cleanable {
			once := CleanField(f, typed)
			if twice := CleanField(f, once); twice != once {
				t.Fatalf("%s: %q becomes %q, then %q", f, typed, once, twice)
			}
			if !strings.Contains(typed, once) {
				t.Fatalf("%s: %q becomes %q, which is no part of it", f, typed, once)
			}
		}
		if once := Clean(typed); Clean(once) != once || !strings.Contains(typed, once) {
			t.Fatalf("%q becomes %q", typed, once)
		}
	})
}
