package wizard

import (
	"testing"
	"time"
)

func TestDraftOnFileHoldsNoSecret(t *testing.T) {
	for value, kept := range map[string]bool{
		"3f9a7c21-5d84-4e6b-8a10-9c0e2d1f8b10":   true,
		"{3f9a7c21-5d84-4e6b-8a10-9c0e2d1f8b10}": true,
		"3f9a7c21-5d84-4e6b-8a":                  true, // cut short
		"contoso.onmicrosoft.com":                true,
		"andrea@contoso.example":                 true,
		"short":                                  true,
		"":                                       true,
		"abc8Q~XyZ0123456789abcdefghijklmnopqrstu": false,
		" \"abc8Q~XyZ0123456789abcdefghij.lmno\"":  false,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ":               false,
	} {
		d := NewDraft(time.Now())
		d.ClientID, d.TenantID = value, value
		want := ""
		if kept {
			want = value
		}
		if got := d.onFile(); got.ClientID != want || got.TenantID != want {
			t.Errorf("%q is written as %q, want %q", value, got.ClientID, want)
		}
		if d.ClientID != value {
			t.Errorf("%q: the draft itself was changed", value)
		}
	}
}
