package report

import (
	"bytes"
	"strings"
	"testing"

	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
)

func TestFenceInTheReport(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	err = Write(&page, Report{
		Catalog: cat, Connection: store.Connection{Name: "Fax", Mode: "app-only", Cloud: catalog.Worldwide},
		Fence: &check.FenceResult{Rows: []check.FenceRow{
			{Address: "fax@contoso.com", Leg: check.IMAP, Want: check.FenceReachable, Got: check.FenceReachable},
			{Address: "box@contoso.com", Leg: check.Graph, Want: check.FenceReachable, Got: check.FenceRefused, Server: "[RAOP] <b>"},
			{Address: "ceo@contoso.com", Leg: check.IMAP, Want: check.FenceRefused, Got: check.FenceReachable},
			{Address: "cfo@contoso.com", Leg: check.SMTP, Want: check.FenceRefused, Got: check.FenceFailed},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := page.String()
	at := -1
	for _, words := range []string{
		"Mailboxes inside and outside", "box@contoso.com", "GRAPH: Refused, must be reachable", "[RAOP] &lt;b&gt;",
		"ceo@contoso.com", "IMAP: Open, must be refused", "cfo@contoso.com", "SMTP: Not known, must be refused",
		"fax@contoso.com", "IMAP: Reachable, must be reachable",
	} {
		next := strings.Index(text, words)
		if next < at {
			t.Errorf("%q is not in its place in\n%s", words, text)
		}
		at = next
	}
}
