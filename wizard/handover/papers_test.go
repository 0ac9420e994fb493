package handover

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

var golden = flag.Bool("golden", false, "write the golden files anew")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func loadCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func someConnection() store.Connection {
	return store.Connection{
		ID: "0123456789abcdef0123456789abcdef", Name: "Support inbox", Product: "xcally", Mode: "delegated",
		Cloud: catalog.Worldwide, Audience: oauth.AudienceSingle,
		TenantID: "11111111-2222-4333-8444-555555555555", ClientID: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
		Platform: "web", RedirectHost: "motion.contoso.example", SecretExpires: store.Date{Year: 2027, Month: 5, Day: 21},
		Mailbox:   store.Mailbox{Name: "Support", Key: "SUPPT", List: "Customers", Address: "support@contoso.example"},
		Protocols: []string{"imap", "smtp"},
		Account:   &store.Account{Username: "support@contoso.example"},
	}
}

// appConnection makes it one whose application signs in itself.
func appConnection(c *store.Connection) {
	c.Product, c.Mode, c.RedirectHost, c.Account, c.Platform = "imagicle", "app-only", "", nil, "desktop"
	c.ServicePrincipalID = "99999999-8888-4777-8666-555555555555"
	c.Reach, c.Refuse = []string{"fax2@contoso.example"}, []string{"boss@contoso.example"}
	c.Protocols = []string{"imap", "smtp", "ews", "graph"}
}

// italian says a text in Italian as the window does, values that are texts included.
func italian(m assets.Message) string {
	data := map[string]any{}
	for name, value := range m.Data {
		if inner, ok := value.(assets.Message); ok {
			value = italian(inner)
		}
		data[name] = value
	}
	return assets.Text("it", assets.Message{Key: m.Key, Data: data})
}

// compare compares with a file of testdata, or writes it with -golden.
func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *golden {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-golden +now)\n%s", name, diff)
	}
}

func TestSheet(t *testing.T) {
	for name, change := range map[string]func(*Sheet){
		"sheet-xcally.html": func(*Sheet) {},
		"sheet-xcally-shared.html": func(s *Sheet) {
			s.Connection.Mailbox.Delegate, s.Computer = "andrea@contoso.example", "WS-0042"
		},
		"sheet-other-desktop.html": func(s *Sheet) {
			s.Connection.Product, s.Connection.Platform = "other", "desktop"
			s.Connection.SecretExpires = store.Date{}
			s.Connection.RedirectHost, s.Connection.RedirectURI = "", "https://app.contoso.example/oauth"
			s.Practice = true
		},
		"sheet-imagicle-app.html": func(s *Sheet) { appConnection(&s.Connection) },
		"sheet-app-certificate.html": func(s *Sheet) {
			appConnection(&s.Connection)
			s.Connection.Certificate = &store.Certificate{Thumbprint: "AB4F", NotAfter: noon.AddDate(0, 0, -1)}
			s.Connection.SecretExpires = store.Date{}
		},
		"sheet-unknown-date.html": func(s *Sheet) {
			s.Connection.SecretExpires, s.InMemory = store.Date{}, true
			s.Connection.Cloud = "gone"
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := Sheet{Catalog: loadCatalog(t), Connection: someConnection(), Now: noon, Version: "1.2.3"}
			change(&s)
			var page bytes.Buffer
			if err := WriteSheet(&page, s); err != nil {
				t.Fatal(err)
			}
			compare(t, name, page.Bytes())
		})
	}
}

func TestCalendarFile(t *testing.T) {
	for name, change := range map[string]func(*Reminder){
		"reminder.ics":         func(*Reminder) {},
		"reminder-italian.ics": func(r *Reminder) { r.Say = italian },
		"reminder-app.ics":     func(r *Reminder) { appConnection(&r.Connection) },
		"reminder-certificate.ics": func(r *Reminder) {
			appConnection(&r.Connection)
			r.Connection.Certificate = &store.Certificate{Thumbprint: "AB4F", NotAfter: noon.AddDate(1, 0, 0)}
			r.Connection.SecretExpires = store.Date{}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := Reminder{Catalog: loadCatalog(t), Connection: someConnection(), Now: noon}
			change(&r)
			var file bytes.Buffer
			if err := WriteCalendar(&file, r); err != nil {
				t.Fatal(err)
			}
			compare(t, name, file.Bytes())
		})
	}
}
