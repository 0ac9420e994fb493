package handover

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"postkey/store"
	"postkey/wizard/catalog"
)

// TestSheetIsSafe: whatever a name holds stays text, and the page loads and runs
// nothing.
func TestSheetIsSafe(t *testing.T) {
	hostile := `</style></title><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>" onload="x {{.}}` +
		"\r\n\u202Eסוד 🎉" + strings.Repeat("W", 300)
	for name, change := range map[string]func(*Sheet){
		"usual": func(*Sheet) {},
		"hostile": func(s *Sheet) {
			c := &s.Connection
			c.Name, c.ClientID, c.TenantID, c.RedirectHost = hostile, hostile, hostile, hostile
			c.Mailbox = store.Mailbox{Name: hostile, Key: hostile, List: hostile, Address: hostile, Delegate: hostile}
			c.Account = &store.Account{Username: hostile}
			c.Cloud = catalog.Custom
			c.Endpoints = &store.Endpoints{Authority: "javascript:alert(1)//" + hostile, IMAP: hostile, SMTP: hostile, MailResource: hostile}
			s.Computer, s.Version = hostile, hostile
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := Sheet{Catalog: loadCatalog(t), Connection: someConnection(), Now: noon}
			change(&s)
			var page bytes.Buffer
			if err := WriteSheet(&page, s); err != nil {
				t.Fatal(err)
			}
			if name == "hostile" && !strings.Contains(page.String(), "&lt;script&gt;alert(1)") {
				t.Error("the hostile text is lost")
			}
			links := inspect(t, page.String())
			if name == "usual" && links == 0 {
				t.Error("the portal is not linked")
			}
		})
	}
}

// inspect refuses every element and attribute that could load or run something,
// and counts the links.
func inspect(t *testing.T, page string) (links int) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	policy := false
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		switch node.Data {
		case "script", "img", "link", "iframe", "object", "embed", "base", "form", "svg":
			t.Errorf("an element %s", node.Data)
		case "style":
			if css := node.FirstChild.Data; strings.Contains(css, "url(") || strings.Contains(css, "@import") || strings.Contains(css, "alert") {
				t.Error("the style loads something")
			}
		}
		for _, a := range node.Attr {
			switch {
			case a.Key == "src", a.Key == "style", a.Key == "srcdoc", a.Key == "onload", a.Key == "onerror":
				t.Errorf("an attribute %s=%q", a.Key, a.Val)
			case a.Key == "href":
				links++
				if !strings.HasPrefix(a.Val, "https://") {
					t.Errorf("a link to %q", a.Val)
				}
			case a.Key == "content" && strings.HasPrefix(a.Val, "default-src 'none'"):
				policy = true
			}
		}
	}
	if !policy {
		t.Error("no content security policy")
	}
	return links
}

func TestSheetInItalian(t *testing.T) {
	var page bytes.Buffer
	s := Sheet{Catalog: loadCatalog(t), Connection: someConnection(), Now: noon, Say: italian, Computer: "WS-0042"}
	if err := WriteSheet(&page, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<html lang="it">`, "Scheda di consegna", "WS-0042", "Scadenza del segreto client: 21 maggio 2027", "ID applicazione (client)",
	} {
		if !strings.Contains(html.UnescapeString(page.String()), want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"Support inbox":                      "Support inbox - sheet.html",
		"":                                   "Postkey - sheet.html",
		"...":                                "Postkey - sheet.html",
		"../../etc/passwd":                   "-..-etc-passwd - sheet.html",
		`a<b>c:d"e/f\g|h?i*j`:                "a-b-c-d-e-f-g-h-i-j - sheet.html",
		"  two\tlines\r\nhere. ":             "two lines here - sheet.html",
		"turned\u202Egpj\u200B\x00":          "turnedgpj - sheet.html",
		"CON":                                "CON - sheet.html",
		"Büro 🎉":                             "Büro 🎉 - sheet.html",
		strings.Repeat("é", 300):             strings.Repeat("é", 60) + " - sheet.html",
		strings.Repeat("a", 119) + " b cdef": strings.Repeat("a", 119) + " - sheet.html",
		"\xff":                               "- - sheet.html",
	} {
		if got := FileName(name, "sheet", ".html"); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}
