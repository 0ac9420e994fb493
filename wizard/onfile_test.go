package wizard

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A client secret that was pasted into the wrong field, whichever it is, never
// gets into the file of the draft; what belongs there does, as it was typed.
func TestNoFieldOfADraftKeepsASecret(t *testing.T) {
	const secret = "abc8Q~XyZ0123456789abcdefghijklmnopqrstu"
	var d Draft
	fields := []*string{
		&d.Name, &d.TenantID, &d.ClientID, &d.RedirectHost, &d.RedirectURI, &d.SecretExpires, &d.ServicePrincipalID,
		&d.Reach, &d.Refuse, &d.MailDomain, &d.Mailbox.Name, &d.Mailbox.Key, &d.Mailbox.List, &d.Mailbox.Address, &d.Mailbox.Delegate,
		&d.Endpoints.Authority, &d.Endpoints.IMAP, &d.Endpoints.POP, &d.Endpoints.SMTP, &d.Endpoints.EWS, &d.Endpoints.Graph, &d.Endpoints.MailResource,
	}
	for _, f := range fields {
		*f = " \"" + secret + "\""
	}
	kept, err := json.Marshal(d.onFile())
	if err != nil || strings.Contains(string(kept), "XyZ0123456789") {
		t.Errorf("%s, %v", kept, err)
	}
	wrong := rightDraft()
	wrong.Name, wrong.RedirectHost, wrong.Mailbox.Address, wrong.Mailbox.Key = "Password: Büro ~ 1", "motion_server_of_the_branch.contoso.local/x", "first_last.of.sales@", "TOO LONG KEY"
	wrong.Endpoints.IMAP, wrong.RedirectURI = "localhost:x", "https://app.contoso.com/~x/oauth_callback"
	if got := wrong.onFile(); !cmp.Equal(got, *wrong) {
		t.Error(cmp.Diff(*wrong, got))
	}
}

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
