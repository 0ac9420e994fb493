package handover

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// The golden files show the whole hand-over as a reader sees it.
func TestSections(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	base := store.Connection{
		Name: "Support inbox", Product: "xcally", Mode: "delegated", Cloud: catalog.Worldwide,
		Audience: oauth.AudienceSingle, TenantID: "11111111-2222-4333-8444-555555555555",
		ClientID: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", Platform: "web", RedirectHost: "motion.contoso.example",
		Mailbox:   store.Mailbox{Name: "Support", Key: "SUPPT", List: "Customers", Address: "support@contoso.example"},
		Protocols: []string{"imap", "smtp"},
	}
	for name, change := range map[string]func(*store.Connection){
		"xcally-own":    func(*store.Connection) {},
		"xcally-shared": func(c *store.Connection) { c.Mailbox.Delegate = "andrea@contoso.example" },
		"xcally-desktop-nameless": func(c *store.Connection) {
			c.Platform, c.Mailbox.Name, c.RedirectHost = "desktop", "", ""
		},
		"imagicle-shared": func(c *store.Connection) {
			c.Product, c.RedirectHost, c.RedirectURI = "imagicle", "", "https://ucx.contoso.example/oauth"
			c.Mailbox.Delegate = "andrea@contoso.example"
		},
		"other-multi-custom": func(c *store.Connection) {
			c.Product, c.RedirectHost, c.RedirectURI = "other", "", "https://app.contoso.example/oauth"
			c.Audience, c.Cloud, c.Protocols = oauth.AudienceMulti, catalog.Custom, []string{"pop", "smtp"}
			c.Endpoints = &store.Endpoints{SMTP: "localhost:465", POP: "[::1]:9995"}
		},
		"imagicle-app": func(c *store.Connection) { c.Product, c.Mode, c.RedirectHost = "imagicle", "app-only", "" },
		"imagicle-app-certificate-ews": func(c *store.Connection) {
			c.Product, c.Mode, c.RedirectHost, c.Protocols = "imagicle", "app-only", "", []string{"ews"}
			c.Certificate = &store.Certificate{Thumbprint: "AB4F"}
		},
		"xcally-app": func(c *store.Connection) { c.Mode = "app-only" },
		"other-app-graph": func(c *store.Connection) {
			c.Product, c.Mode, c.Platform, c.Protocols = "other", "app-only", "desktop", []string{"graph", "imap"}
		},
		"unknown-app-and-cloud":     func(c *store.Connection) { c.Product, c.Cloud, c.Mode = "gone", "gone", "app-only" },
		"unknown-product-and-cloud": func(c *store.Connection) { c.Product, c.Cloud = "gone", "gone" },
	} {
		t.Run(name, func(t *testing.T) {
			c := base
			change(&c)
			got := draw(Sections(cat, c))
			golden := filepath.Join("testdata", name+".golden")
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				if os.Getenv("POSTKEY_GOLDEN") != "" {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				t.Errorf("(-golden +now)\n%s", diff)
			}
		})
	}
}

func draw(sections []Section) string {
	var b strings.Builder
	for _, s := range sections {
		fmt.Fprintf(&b, "# %s\n", s.Title)
		if len(s.Crumbs) > 0 {
			fmt.Fprintf(&b, "%s\n", strings.Join(s.Crumbs, " › "))
		}
		for _, f := range s.Fields {
			value := f.Value
			if f.Secret {
				value = "(secret) " + value
			}
			fmt.Fprintf(&b, "- %s: %s", f.Label, value)
			if !f.Text.IsZero() && f.Text.String() != f.Label {
				fmt.Fprintf(&b, " (but in the translations: %s)", f.Text)
			}
			b.WriteString("\n")
		}
		if !s.Note.IsZero() {
			fmt.Fprintf(&b, "%s\n", s.Note)
		}
	}
	return b.String()
}

// TestRotation: where a new secret goes, in the product's own words; a
// certificate of Postkey's goes nowhere.
func TestRotation(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for product, crumbs := range map[string]string{
		"xcally":   "Tools › Cloud Providers › Support inbox › ⋯ › Update Client Secret",
		"imagicle": "", "other": "", "of a newer Postkey": "",
	} {
		c := store.Connection{Name: "Support inbox", Product: product, ClientID: "client"}
		sections := Rotation(cat, c)
		if len(sections) != 1 || strings.Join(sections[0].Crumbs, " › ") != crumbs {
			t.Fatalf("%s: %+v", product, sections)
		}
		last := sections[0].Fields[len(sections[0].Fields)-1]
		if !last.Secret || last.Value != "" {
			t.Errorf("%s: the last field is %+v", product, last)
		}
		c.Certificate = &store.Certificate{}
		if got := Rotation(cat, c); len(got) != 0 {
			t.Errorf("%s with a certificate: %+v", product, got)
		}
	}
}

// A certificate whose end is not known has a sheet that says so, and no reminder.
func TestCertificateWithoutAnEnd(t *testing.T) {
	c := someConnection()
	appConnection(&c)
	c.SecretExpires, c.Certificate = store.Date{}, &store.Certificate{Thumbprint: "AB4F"}
	var page strings.Builder
	if err := WriteSheet(&page, Sheet{Catalog: loadCatalog(t), Connection: c, Now: noon}); err != nil || !strings.Contains(page.String(), "The certificate expires on: not known") {
		t.Errorf("%v\n%s", err, page.String())
	}
	if err := WriteCalendar(&page, Reminder{Catalog: loadCatalog(t), Connection: c, Now: noon}); !errors.Is(err, ErrNoDay) {
		t.Error(err)
	}
}
