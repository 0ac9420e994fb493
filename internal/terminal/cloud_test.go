package terminal

import (
	"strings"
	"testing"

	"postkey/store"
	"postkey/wizard/catalog"
)

// The addresses of a custom cloud, some wrong and some left empty, and the
// warning of a cloud whose servers nobody confirms.
func TestCloud(t *testing.T) {
	k := newTalk(t)
	k.bench.Practice = false
	k.start("")
	k.answer("Product", "")
	k.answer("Who signs in", "")
	k.until("What the application uses")
	k.until("Enter to go on: ")
	k.typed("")
	clouds := k.bench.Clouds()
	unproven := 0
	for i, id := range clouds {
		if c, ok := k.bench.Catalog.Cloud(id); ok && c.Unverified {
			unproven = i + 1
		}
	}
	if unproven > 0 {
		k.answer("Microsoft cloud", string(rune('0'+unproven)))
		k.until("Check the servers of this cloud")
		k.until("> ")
		k.typed("<")
	}
	k.answer("Microsoft cloud", string(rune('0'+len(clouds))))
	k.fill("Sign-in service (optional)", "ftp://login.contoso.com")
	k.until("The address must begin with https://")
	k.until("> ")
	k.typed("https://login.contoso.com/")
	k.fill("IMAP server and port", "mail.contoso.com:993")
	k.fill("POP server and port", "")
	k.fill("SMTP server and port", "<")
	k.fill("POP server and port", "")
	k.fill("SMTP server and port", "")
	k.fill("Mail resource", "")
	k.fill("Connection name", "<")
	k.until("Mail resource")
	k.until("> ")
	k.stop()
	_ = k.end()
	want := store.Endpoints{Authority: "https://login.contoso.com", IMAP: "mail.contoso.com:993"}
	if d := k.kept(); d.Cloud != catalog.Custom || d.Endpoints != want {
		t.Errorf("kept: %s %+v", d.Cloud, d.Endpoints)
	}
	if strings.Contains(k.all(), "EWS address") {
		t.Error("EWS is asked for where a user signs in")
	}
}
