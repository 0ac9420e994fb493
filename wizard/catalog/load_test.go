package catalog

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"postkey/assets"
)

// A fault in the data is found at loading and named with its file and entry.
func TestParseFaults(t *testing.T) {
	for _, tc := range []struct{ file, old, new, want string }{
		{"clouds.json", `"id": "worldwide"`, `"id": "world"`, `clouds.json: cloud "worldwide" is missing`},
		{"clouds.json", `"id": "dod"`, `"id": "gcc-high"`, `clouds.json: cloud "gcc-high"`},
		{"clouds.json", `"id": "dod"`, `"id": "custom"`, `clouds.json: cloud "custom"`},
		{"clouds.json", `"authority": "https://login.microsoftonline.com"`, `"authority": "http://login.microsoftonline.com"`, "not an https address"},
		{"clouds.json", `"imap": "outlook.office365.com:993"`, `"imap": "outlook.office365.com"`, "is not host:port"},
		{"clouds.json", `"pop"`, `"pop3"`, `unknown field "pop3"`},
		{"clouds.json", `"name": "catalog.cloud-dod",`, ``, "name or source is missing"},
		{"permissions.json", "37f7f235", "37f7f23g", `permission "delegated:openid": an id is not a GUID`},
		{"permissions.json", "14dad69e-099b-42c9-810b-d002981feec1", "37f7f235-527c-4136-accd-4a02d197296e", "there twice"},
		{"permissions.json", `"name": "profile"`, `"name": "openid"`, "there twice"},
		{"permissions.json", `"resource": "graph"`, `"resource": "sharepoint"`, `unknown resource "sharepoint"`},
		{"permissions.json", `"group": "OpenId permissions"`, `"group": ""`, "group or source is missing"},
		{"permissions.json", `"admin_in_practice": true`, `"admin_in_practice": false`, "is admin consent in practice"},
		{"permissions.json", `"type": "delegated"`, `"type": "delegate"`, "type or place in the portal is missing"},
		{"products.json", `"delegated:openid"`, `"delegated:opnid"`, `product "xcally": permission "delegated:opnid" is unknown`},
		{"products.json", `"delegated:profile"`, `"delegated:openid"`, "there twice"},
		{"products.json", `"id": "imagicle"`, `"id": "xcally"`, `product "xcally": the id is empty or there twice`},
		{"products.json", `"redirect_path": "/api`, `"redirect_path": "api`, "does not begin with a slash"},
		{"products.json", `"reason": "catalog.product-xcally"`, `"reason": ""`, "suggested name or source is missing"},
		{"products.json", `"only": "shared"`, `"only": "sometimes"`, `unknown condition "sometimes"`},
		{"products.json", `{"label": "Client Secret", "secret": true}`, `{"label": "Client Secret"}`, "needs a label, and a value or secret"},
		{"products.json", `"title": "handover.xcally-provider"`, `"title": ""`, "a section has no title"},
		{"products.json", `"note_shared": "handover.xcally-account-shared"`, `"note_others": ""`, `unknown field "note_others"`},
		{"clouds.json", `"app_resource": "https://outlook.office365.com"`, `"app_resource": ""`, "is not an https address"},
		{"permissions.json", `"name": "Mail-Advanced.ReadWrite"`, `"name": ""`, "known permission"},
		{"permissions.json", "f3af82f6-18e0-4a41-8dc8-a03c11854a8d", "9769c687-087d-48ac-9cb3-c37dde652038", "known permission"},
		{"roads.json", `"id": "ews"`, `"id": "esw"`, `road "ews" is missing`},
		{"roads.json", `"life": "roads.ews-life"`, `"life": ""`, `road "ews": a text or the source is missing`},
		{"roads.json", `"preset": ["graph"]`, `"preset": ["ews"]`, `road "graph": the preset "ews"`},
		{"roads.json", `"protocols": ["graph"]`, `"protocols": ["fax"]`, `unknown protocol "fax"`},
		{"roads.json", `"protocols": ["ews"]`, `"protocols": []`, `the protocols are missing`},
		{"roads.json", `"day": "2027-04-01"`, `"day": "2025-04-01"`, "out of order"},
		{"roads.json", `"day": "2027-04-01"`, `"day": "1.4.2027"`, "roads.json: "},
		{"roads.json", `"application:Mail.Send"`, `"delegated:SMTP.Send"`, "is no application permission"},
		{"roads.json", `"application:full_access_as_app", "needed": true`, `"application:full_access_as_app"`, `protocol "ews" needs no permission`},
		{"roads.json", `"reason": "roads.reason-imagicle"`, `"reason": ""`, `product "imagicle"`},
		{"portal.json", `"secrets": {`, `"secret": {`, `page "secrets"`},
		{"portal.json", `ApplicationsListBlade"`, `ApplicationsListBlade/{client_id}"`, "must need no id"},
		{"portal.json", `"default"`, `"others"`, "default directory is missing"},
		{"limits.json", `"secret_min": 16`, `"secret_min": 65`, "lengths of a secret"},
		{"limits.json", `"secret_months": 24`, `"secret_months": 2`, "months of a secret"},
		{"limits.json", `"redirect_uri": 256`, `"redirect_uri": 0`, "limit of redirect URIs"},
		{"limits.json", `"name": 80`, `"name": 0`, "a length is missing"},
		{"limits.json", `"example_id": "8f1c0b52`, `"example_id": "xf1c0b52`, "example_id is not a GUID"},
		{"limits.json", `"id": "14d82eec`, `"id": "14D82EEC`, "not a GUID in lower case"},
		{"limits.json", `{`, `[`, "limits.json: "},
	} {
		files := embeddedFiles(t)
		changed := strings.ReplaceAll(string(files[tc.file].Data), tc.old, tc.new)
		if changed == string(files[tc.file].Data) {
			t.Errorf("%s does not hold %s", tc.file, tc.old)
		}
		files[tc.file] = &fstest.MapFile{Data: []byte(changed)}
		if _, err := parse(files); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s, %s instead of %s: %v; want %q in it", tc.file, tc.new, tc.old, err, tc.want)
		}
	}
}

func TestParseMissingFile(t *testing.T) {
	files := embeddedFiles(t)
	delete(files, "portal.json")
	if _, err := parse(files); err == nil || !strings.Contains(err.Error(), "portal.json") {
		t.Errorf("error %v", err)
	}
}

// Each limit of Microsoft stands beside its source.
func TestLimitsHaveSources(t *testing.T) {
	var file map[string]json.RawMessage
	if err := json.Unmarshal(embeddedFiles(t)["limits.json"].Data, &file); err != nil {
		t.Fatal(err)
	}
	var sources map[string]string
	if err := json.Unmarshal(file["source"], &sources); err != nil {
		t.Fatal(err)
	}
	for name := range file {
		if name != "source" && sources[name] == "" {
			t.Errorf("%s has no source", name)
		}
	}
}

func embeddedFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := make(fstest.MapFS)
	for _, name := range []string{"clouds.json", "permissions.json", "products.json", "roads.json", "portal.json", "limits.json"} {
		data, err := fs.ReadFile(assets.Catalog, "catalog/"+name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}
