package wizard

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/scripts"
)

const scriptSecret = "abc8Q~PLANTED.secret-value_0123456789abc"

func printedBy(client, tenant, secret, expires string) string {
	return fmt.Sprintf(`{"client_id": %q, "tenant_id": %q, "secret": %q, "secret_expires": %q, "secret_key_id": ""}`,
		client, tenant, secret, expires)
}

func TestScriptOfDraft(t *testing.T) {
	d := rightDraft()
	d.Shared, d.SecretExpires = true, ""
	ctx := Context{Now: noon}
	r := d.Script("The name", ctx)
	var uris []string
	for _, u := range d.RedirectURIs() {
		uris = append(uris, u.URI)
	}
	if r.Name != "The name" || r.Audience != d.Audience || r.Cloud != d.Cloud || r.Desktop || r.TenantID != d.TenantID ||
		!slices.Equal(r.RedirectURIs, uris) || len(uris) != 2 || r.SecretEnds != "2027-05-22" {
		t.Errorf("%+v", r)
	}
	if want := orEmbedded(nil).Permissions(d.Product, true); !reflect.DeepEqual(r.Permissions, want) || len(want) != 20 {
		t.Errorf("%d permissions, want %d", len(r.Permissions), len(want))
	}
	d.SecretExpires, d.TenantID, d.RedirectHost = " 2027-01-31 ", "half-an-id", ""
	if r = d.Script("n", ctx); r.SecretEnds != "2027-01-31" || r.TenantID != "" || len(r.RedirectURIs) != 1 {
		t.Errorf("%+v", r)
	}
	d.SecretExpires, d.Platform, d.TenantID = "1999-01-01", PlatformDesktop, "contoso.com"
	if r = d.Script("n", ctx); r.SecretEnds != "" || !r.Desktop || r.TenantID != "contoso.com" {
		t.Errorf("%+v", r)
	}
	for _, tool := range scripts.Tools() {
		if _, err := r.Script(tool); err != nil {
			t.Error(err)
		}
	}
}

// Every road of an application that signs in itself has its script, also that
// without any API permission.
func TestScriptOfEachRoad(t *testing.T) {
	roads, _, _ := orEmbedded(nil).Roads("imagicle")
	for _, road := range roads {
		d := rightDraft()
		d.SetMode(ModeAppOnly)
		d.SetRoad(road.Preset, road.SMTPRBAC)
		r := d.Script("n", Context{Now: noon})
		if (len(r.Permissions) == 0) != road.SMTPRBAC {
			t.Errorf("%s: %d permissions", road.ID, len(r.Permissions))
		}
		for _, tool := range scripts.Tools() {
			if _, err := r.Script(tool); err != nil {
				t.Errorf("%s, %s: %v", road.ID, tool, err)
			}
		}
	}
}

func TestTakeScript(t *testing.T) {
	const client, tenant = "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11"
	for name, tt := range map[string]struct{ output, says string }{
		"right":          {printedBy(client, tenant, scriptSecret, "2027-05-22"), ""},
		"only a warning": {printedBy(client, tenant, scriptSecret, "2028-06-01"), ""},
		"prose":          {"none", "client_id"},
		"Microsoft's ID": {printedBy("00000003-0000-0000-c000-000000000000", tenant, scriptSecret, "2027-05-22"), "client_id: "},
		"the same IDs":   {printedBy(client, client, scriptSecret, "2027-05-22"), "client_id: "},
		"no tenant":      {printedBy(client, "9188040d-6c67-4c5b-b112-36a304b66dad", scriptSecret, "2027-05-22"), "tenant_id: "},
		"over":           {printedBy(client, tenant, scriptSecret, "2025-05-22"), "secret_expires: "},
		"the secret's ID": {
			printedBy(client, tenant, "0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22", "2027-05-22"),
			"secret: ",
		},
	} {
		d := rightDraft()
		before := *d
		secret, p := d.TakeScript(tt.output, Context{Now: noon})
		if tt.says == "" {
			if p != nil || !secret.Equal(oauth.NewSecret(scriptSecret)) || d.ClientID != client || d.TenantID != tenant || d.SecretExpires[:2] != "20" {
				t.Errorf("%s: %+v, %+v", name, p, d)
			}
			continue
		}
		text := ""
		if p != nil {
			text = p.Message.String() + fmt.Sprint(p.Message.Data)
			if _, nested := p.Message.Data["Problem"].(assets.Message); nested != strings.HasSuffix(tt.says, ": ") {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if !strings.Contains(text, strings.TrimSuffix(tt.says, ": ")) || !reflect.DeepEqual(before, *d) || !secret.IsZero() {
			t.Errorf("%s: says %q, draft %+v", name, text, d)
		}
		if strings.Contains(text, "PLANTED") {
			t.Errorf("%s: the secret is in %q", name, text)
		}
	}
	d := rightDraft()
	d.Platform, d.SecretExpires = PlatformDesktop, "2027-01-01"
	if _, p := d.TakeScript(`{"client_id":"`+client+`","tenant_id":"`+tenant+`"}`, Context{Now: noon}); p != nil || d.ClientID != client || d.SecretExpires != "2027-01-01" {
		t.Errorf("desktop: %+v, %+v", p, d)
	}
}
