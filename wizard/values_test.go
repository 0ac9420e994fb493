package wizard

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// wholeFile is the file of the documentation, with a field on each line.
const wholeFile = `{
  "version": 1,
  "connections": [
    {
      "name": "Support inbox",
      "product": "xcally",
      "mode": "delegated",
      "cloud": "custom",
      "endpoints": {
        "authority": "https://localhost:9443",
        "imap": "localhost:9993",
        "pop": "localhost:9995",
        "smtp": "localhost:9587",
        "ews": "https://localhost:9443/EWS/Exchange.asmx",
        "graph": "https://localhost:9443/graph",
        "mail_resource": "https://outlook.office.com"
      },
      "audience": "single",
      "tenant_id": "11111111-2222-4333-8444-555555555555",
      "client_id": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
      "platform": "web",
      "redirect_host": "motion.contoso.example",
      "secret_expires": "2027-05-21",
      "mailbox": {
        "name": "Support",
        "key": "SUPPT",
        "list": "Customers",
        "address": "support@contoso.example",
        "delegate": "andrea@contoso.example"
      },
      "protocols": ["imap", "smtp", "pop"]
    }
  ]
}
`

func TestReadValues(t *testing.T) {
	for name, file := range map[string]string{
		"whole":                  wholeFile,
		"with a byte order mark": "\uFEFF" + wholeFile,
		"on Windows":             strings.ReplaceAll(wholeFile, "\n", "\r\n"),
	} {
		drafts, err := ReadValues(strings.NewReader(file), nil)
		if err != nil || len(drafts) != 1 {
			t.Fatalf("%s: %d drafts, %v", name, len(drafts), err)
		}
		d := drafts[0]
		got, err := d.Connection()
		if err != nil {
			t.Fatal(err)
		}
		if d.ID == "" || !d.Shared || d.HasSecret || d.Step != StepApplication {
			t.Errorf("%s: draft %+v", name, d)
		}
		want := store.Connection{
			ID: d.ID, Name: "Support inbox", Product: "xcally", Mode: "delegated", Cloud: "custom",
			Endpoints: &store.Endpoints{
				Authority: "https://localhost:9443", IMAP: "localhost:9993", POP: "localhost:9995", SMTP: "localhost:9587",
				EWS: "https://localhost:9443/EWS/Exchange.asmx", Graph: "https://localhost:9443/graph",
				MailResource: "https://outlook.office.com",
			},
			Audience: oauth.AudienceSingle, TenantID: tenantID, ClientID: clientID, Platform: "web",
			RedirectHost: "motion.contoso.example", SecretExpires: store.Date{Year: 2027, Month: 5, Day: 21},
			Mailbox: store.Mailbox{
				Name: "Support", Key: "SUPPT", List: "Customers", Address: "support@contoso.example", Delegate: "andrea@contoso.example",
			},
			Protocols: []string{"imap", "smtp", "pop"}, Created: d.Created, Changed: d.Changed, Draft: true,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// What only the wizard needs may be absent; the choices have their defaults.
func TestReadValuesShort(t *testing.T) {
	const file = `{"version":1,"connections":[{"name":"A","product":"other","tenant_id":"contoso.com",
		"client_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee","mailbox":{"address":"a@contoso.com"},"protocols":["pop"],"secret_expires":"2019-01-01"}]}`
	drafts, err := ReadValues(strings.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := drafts[0]
	if d.Mode != ModeDelegated || d.Cloud != catalog.Worldwide || d.Audience != oauth.AudienceSingle || d.Platform != PlatformWeb || d.Shared {
		t.Errorf("defaults: %+v", d)
	}
}

// The practice tenant's catalogue knows one more cloud.
func TestReadValuesPracticeCloud(t *testing.T) {
	file := edited(`"cloud": "custom"`, `"cloud": "practice"`)
	file = file[:strings.Index(file, `      "endpoints"`)] + file[strings.Index(file, `      "audience"`):]
	if _, err := ReadValues(strings.NewReader(file), nil); err == nil {
		t.Error("the practice cloud passes outside the practice tenant")
	}
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	cat.Add(oauth.Cloud{ID: "practice"})
	if _, err := ReadValues(strings.NewReader(file), cat); err != nil {
		t.Error(err)
	}
}

func edited(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(wholeFile) }

const protocols = `"protocols": ["imap", "smtp", "pop"]`

// valuesCases are wrong files with the whole error: line, field, sentence.
var valuesCases = []struct{ name, file, key, want string }{
	{"empty", " \n\t", "values-empty", "The file is empty."},
	{"UTF-16", "\xff\xfe{\x00}\x00", "values-not-utf8", "line 1: The file is not UTF-8 text. Save it as UTF-8."},
	{"no JSON", "hello", "values-syntax", "line 1: The file is not valid JSON here: invalid character 'h' looking for beginning of value."},
	{"comma too many", edited(`"pop"]`, `"pop",]`), "values-syntax", "line 31: The file is not valid JSON here: invalid character ']' looking for beginning of value."},
	{"cut off", wholeFile[:200], "values-syntax", "line 10: The file is not valid JSON here: unexpected end of JSON input."},
	{"something behind", wholeFile + "{}", "values-syntax", "line 35: The file is not valid JSON here: invalid character '{' after top-level value."},
	{"deep", `{"version":1,"connections":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + "}", "values-deep", "line 1: The file is nested too deeply for a values file."},
	{"very deep", strings.Repeat("[", 20000), "values-syntax", "line 1: The file is not valid JSON here: invalid character '[' exceeded max depth."},
	{"a list", "[]", "values-type-object", "line 1: A group of fields in braces { } is expected here."},
	{"no version", `{"connections":[]}`, "values-version-missing", `line 1: version: This field is missing. Add "version": 1.`},
	{"version 2", edited(`"version": 1`, `"version": 2`), "values-version", "line 2: version: This Postkey reads version 1. The file has version 2."},
	{"version as text", edited(`"version": 1`, `"version": "1"`), "values-type-number", "line 2: version: A number without quotes is expected here."},
	{"no connections", `{"version":1}`, "values-missing", "line 1: connections: This field is missing."},
	{"connections as object", `{"version":1,"connections":{}}`, "values-type-list", "line 1: connections: A list in brackets [ ] is expected here."},
	{"empty connections", `{"version":1,"connections":[]}`, "values-none", "line 1: connections: There is no connection in the list."},
	{"too many connections", `{"version":1,"connections":[` + strings.Repeat("{},", 1000) + "{}]}", "values-many", "line 1: connections: A values file has at most 1000 connections. This one has 1001."},
	{"null connection", `{"version":1,"connections":[null]}`, "values-type-object", "line 1: connections[0]: A group of fields in braces { } is expected here."},

	{"unknown field", edited(`"key"`, `"kee"`), "values-unknown-field", "line 26: connections[0].mailbox.kee: This field is unknown. Possible fields: name, key, list, address, delegate."},
	{"unknown field in other case", edited(`"key"`, `"Key"`), "values-unknown-field", "line 26: connections[0].mailbox.Key: This field is unknown. Possible fields: name, key, list, address, delegate."},
	{"odd name", edited(`"key"`, `"k\u001b[31m"`), "values-unknown-field", "line 26: connections[0].mailbox.\"k\uFFFD[31m\": This field is unknown. Possible fields: name, key, list, address, delegate."},
	{"secret", edited(`"platform": "web"`, `"client_secret": "abc8Q~xxxxxxxxxxxxxxxx"`), "values-secret", "line 21: connections[0].client_secret: A values file holds no secret. Remove this field; Postkey asks for the client secret itself."},
	{"twice", edited(`"list": "Customers"`, `"key": "OTHER"`), "values-twice", "line 27: connections[0].mailbox.key: This field is there twice. Remove one of them."},
	{"number as text", edited(`"SUPPT"`, `12345`), "values-type-text", "line 26: connections[0].mailbox.key: Text in quotes is expected here."},
	{"null as text", edited(`"SUPPT"`, `null`), "values-type-text", "line 26: connections[0].mailbox.key: Text in quotes is expected here."},
	{"text as object", edited(`"mailbox": {`, `"mailbox": "x", "reach": {`), "values-type-object", "line 24: connections[0].mailbox: A group of fields in braces { } is expected here."},
	{"text as list", edited(protocols, `"protocols": "imap"`), "values-type-list", "line 31: connections[0].protocols: A list in brackets [ ] is expected here."},
	{"number in a list", edited(`"pop"]`, `3]`), "values-type-text", "line 31: connections[0].protocols[2]: Text in quotes is expected here."},
	{"text as bool", edited(`"platform": "web"`, `"smtp_rbac": "yes"`), "values-type-bool", "line 21: connections[0].smtp_rbac: true or false, without quotes, is expected here."},

	{"unknown product", edited(`"xcally"`, `"genesys"`), "choice-unknown", "line 6: connections[0].product: “genesys” is not one of the possible values: xcally, imagicle, other."},
	{"unknown mode", edited(`"delegated"`, `"app"`), "choice-unknown", "line 7: connections[0].mode: “app” is not one of the possible values: delegated, app-only."},
	{"a delegate in app-only", edited(`"delegated"`, `"app-only"`), "values-delegate", "line 29: connections[0].mailbox.delegate: A delegate belongs to the mode delegated. Remove this field; the mailbox itself is address."},
	{"RBAC without SMTP", strings.Replace(appFile, `, "smtp"]`, `]`, 1), "values-rbac", "line 32: connections[0].smtp_rbac: smtp_rbac is for SMTP. Add smtp to protocols, or remove this field."},
	{"the client ID as Object ID", strings.Replace(appFile, objectID, clientID, 1), "object-id-is-client", "line 31: connections[0].service_principal_id: This is the Application (client) ID. Exchange wants the Object ID of the Enterprise application; with another ID it takes the command and refuses every sign-in later."},
	{"no address to reach", strings.Replace(appFile, "FAX2@contoso.example", "FAX2", 1), "address-no-domain", ""},
	{"an empty address", strings.Replace(appFile, "FAX2@contoso.example", "", 1), "address-empty-app-only", "line 33: connections[0].reach[1]: Enter the address of the mailbox to test with, like fax@contoso.com."},
	{"reach and refuse", strings.Replace(appFile, "boss@", "fax@", 1), "refuse-wanted", "line 34: connections[0].refuse: fax@contoso.example stands among the mailboxes that must be reachable. It can be in one of the two lists only."},
	{"several tenants in app-only", strings.Replace(appFile, `"single"`, `"multi"`, 1), "audience-app-only", "line 18: connections[0].audience: An application that signs in itself is registered for one tenant. Choose single tenant."},
	{"field of app-only", edited(`"platform": "web"`, `"service_principal_id": "x"`), "values-app-only-field", "line 21: connections[0].service_principal_id: This field belongs to the mode app-only. Remove it."},
	{"protocol of app-only", edited(`"pop"]`, `"ews"]`), "values-protocol-mode", "line 31: connections[0].protocols[2]: ews needs the mode app-only. With delegated use imap, pop and smtp."},
	{"no protocol", edited(protocols, `"protocols": []`), "protocols-none", "line 31: connections[0].protocols: Choose at least one way to the mailbox: IMAP, POP or SMTP; in the mode app-only also EWS or Graph."},
	{"unknown cloud", edited(`"cloud": "custom"`, `"cloud": "germany"`), "values-endpoints-alone", "line 8: connections[0].cloud: “germany” is not one of the possible values: worldwide, gcc-high, dod, china, custom."},
	{"endpoints of a known cloud", edited(`"cloud": "custom"`, `"cloud": "dod"`), "values-endpoints-alone", "line 9: connections[0].endpoints: Endpoints go with the cloud custom only. The cloud is “dod”."},
	{"custom without endpoints", strings.Replace(wholeFile, wholeFile[strings.Index(wholeFile, `      "endpoints"`):strings.Index(wholeFile, `      "audience"`)], "", 1), "values-endpoints-missing", "line 4: connections[0].endpoints: The cloud is custom, so this field is needed."},
	{"endpoint", edited(`"localhost:9993"`, `"localhost"`), "server-no-port", "line 11: connections[0].endpoints.imap: The port is missing. Server and port look like outlook.office365.com:993."},
	{"unknown audience", edited(`"single"`, `"everyone"`), "choice-unknown", "line 18: connections[0].audience: “everyone” is not one of the possible values: single, multi, multi-personal."},
	{"unknown platform", edited(`"platform": "web"`, `"platform": "spa"`), "choice-unknown", "line 21: connections[0].platform: “spa” is not one of the possible values: web, desktop."},
	{"redirect_uri for XCALLY", edited(`"redirect_host": "motion.contoso.example"`, `"redirect_uri": "https://a.b/c"`), "values-redirect-host", "line 22: connections[0].redirect_uri: XCALLY Motion fixes the path. Give redirect_host with the host of its server instead."},
	{"redirect_host for Imagicle", edited(`"xcally"`, `"imagicle"`), "values-redirect-uri", "line 22: connections[0].redirect_host: Imagicle UCX Suite does not fix the path. Give redirect_uri with the whole address instead."},
	{"wildcard", edited(`"motion.contoso.example"`, `"*.contoso.example"`), "redirect-wildcard", "line 22: connections[0].redirect_host: A redirect URI with * is refused. Register the whole address, without a wildcard."},
	{"date", edited(`"2027-05-21"`, `"21/05/2027"`), "expires-form", "line 23: connections[0].secret_expires: Write the day as year-month-day, like 2027-05-21."},
	{"no tenant", edited(`"tenant_id": "11111111-2222-4333-8444-555555555555",`, ``), "values-missing", "line 4: connections[0].tenant_id: This field is missing."},
	{"no mailbox address", edited(`"address": "support@contoso.example",`, ``), "values-missing", "line 4: connections[0].mailbox.address: This field is missing."},
	{"empty client ID", edited(clientID, ``), "client-id-empty", "line 20: connections[0].client_id: Paste the Application (client) ID from the Overview page of the app registration."},
	{"the same name twice", strings.Replace(wholeFile, "    }\n  ]", "    },\n"+wholeFile[strings.Index(wholeFile, "    {"):strings.Index(wholeFile, "  ]\n}")]+"  ]", 1), "name-taken", "line 34: connections[1].name: Another connection is called Support inbox. Choose a different name."},
}

func TestReadValuesRefuses(t *testing.T) {
	for _, tc := range valuesCases {
		drafts, err := ReadValues(strings.NewReader(tc.file), nil)
		var wrong *ValuesError
		if !errors.As(err, &wrong) || drafts != nil {
			t.Errorf("%s: %d drafts, error %v", tc.name, len(drafts), err)
			continue
		}
		if got := wrong.Error(); tc.want != "" && got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.name, got, tc.want)
		}
		if !slices.ContainsFunc(wrong.All(), func(e *ValuesError) bool { return e.Message.Key == "wizard."+tc.key }) {
			t.Errorf("%s: no %s in %v", tc.name, tc.key, wrong.All())
		}
		if strings.Contains(err.Error(), "abc8Q~") {
			t.Errorf("%s: the error holds a secret", tc.name)
		}
	}
}

func TestReadValuesTellsAll(t *testing.T) {
	file := edited(`"SUPPT"`, `"SUP"`, clientID, clientID[:20], `"list"`, `"lists"`, `"smtp": "localhost:9587"`, `"smtp": 25`)
	_, err := ReadValues(strings.NewReader(file), nil)
	var wrong *ValuesError
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range wrong.All() {
		got = append(got, e.Field)
	}
	want := []string{
		"connections[0].endpoints.smtp", "connections[0].client_id", "connections[0].mailbox.key", "connections[0].mailbox.lists",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// endless gives the same bytes for ever and counts them.
type endless struct {
	text string
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.text)
	}
	e.read += n
	return n, nil
}

func TestReadValuesIsBounded(t *testing.T) {
	for _, text := range []string{"\x00", "{", "[", "\"", " ", "0", wholeFile} {
		source := &endless{text: text}
		_, err := ReadValues(source, nil)
		var wrong *ValuesError
		if !errors.As(err, &wrong) || wrong.Message.Key != "wizard.values-too-big" {
			t.Errorf("%.5q for ever: %v", text, err)
			continue
		}
		checkSentence(t, wrong.Message.Key, wrong.Error())
		if source.read > 2*valuesLimit {
			t.Errorf("%.5q for ever: %d bytes were read", text, source.read)
		}
	}
}

// Files at the limit that could keep a careless reader busy end like any other.
func TestReadValuesIsPatient(t *testing.T) {
	fill := func(piece string) string { return strings.Repeat(piece, (valuesLimit-4096)/len(piece)) }
	for name, file := range map[string]string{
		"links in links":  edited("support@contoso.example", fill("mailto:")+">"),
		"unknown fields":  `{"version":1,` + fill(`"a":1,`) + `"b":2}`,
		"many protocols":  edited(protocols, `"protocols": [`+fill(`"ews",`)+`"ews"]`),
		"a very long ID":  edited(clientID, fill("a-")),
		"a very long URL": edited("https://outlook.office.com", "https://"+fill("a.")),
	} {
		_, err := ReadValues(strings.NewReader(file), nil)
		var wrong *ValuesError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := wrong.Error(); len(text) > 1000 {
			t.Errorf("%s: a sentence of %d bytes", name, len(text))
		}
	}
}

func TestReadValuesPassesOnReadErrors(t *testing.T) {
	_, err := ReadValues(io.MultiReader(strings.NewReader("{"), failing{}), nil)
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// What is written is read back the same, whatever the values.
func TestWriteValuesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var conns []store.Connection
		for range rapid.IntRange(1, 3).Draw(t, "count") {
			c := anyConnection(t)
			if !slices.ContainsFunc(conns, func(o store.Connection) bool { return strings.EqualFold(o.Name, c.Name) }) {
				conns = append(conns, c)
			}
		}
		var file bytes.Buffer
		if err := WriteValues(&file, conns); err != nil {
			t.Fatal(err)
		}
		drafts, err := ReadValues(bytes.NewReader(file.Bytes()), nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, file.String())
		}
		for i, d := range drafts {
			got, err := d.Connection()
			if err != nil {
				t.Fatal(err)
			}
			want := conns[i]
			want.ID, want.Created, want.Changed = got.ID, got.Created, got.Changed
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("(-written +read)\n%s\n%s", diff, file.String())
			}
		}
	})
}

// anyConnection draws a connection as Draft.Connection makes them.
func anyConnection(t *rapid.T) store.Connection {
	guid := rapid.StringMatching(`[1-9a-f][0-9a-f]{7}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}`)
	host := rapid.StringMatching(`[a-z]{1,10}(-[a-z]{1,4})?\.example`)
	address := rapid.StringMatching(`[a-z]{1,8}(\.[a-z]{1,5})?@[a-z]{1,8}\.example`)
	text := rapid.StringMatching(`[A-Za-zäß<>&"'/\\{}]([A-Za-zäß <>&"'/\\{}]{0,20}[A-Za-z<>&"'/\\{}])?`)
	c := store.Connection{
		Name: text.Draw(t, "name"), Product: rapid.SampledFrom([]string{"xcally", "imagicle", "other"}).Draw(t, "product"),
		Mode: ModeDelegated, Cloud: rapid.SampledFrom([]string{"worldwide", "china", "custom"}).Draw(t, "cloud"),
		Audience: rapid.SampledFrom([]oauth.Audience{oauth.AudienceSingle, oauth.AudienceMulti, oauth.AudienceMultiPersonal}).Draw(t, "audience"),
		TenantID: guid.Draw(t, "tenant"), ClientID: guid.Draw(t, "client"),
		Platform: rapid.SampledFrom([]string{PlatformWeb, PlatformDesktop}).Draw(t, "platform"),
		Mailbox: store.Mailbox{
			Name: text.Draw(t, "mailbox"), List: text.Draw(t, "list"), Address: "box." + address.Draw(t, "address"),
			Key: rapid.StringMatching(`[A-Za-z0-9]{5}`).Draw(t, "key"),
		},
		Protocols: rapid.SampledFrom([][]string{{"imap"}, {"smtp", "pop"}, {"imap", "pop", "smtp"}}).Draw(t, "protocols"),
		Draft:     true,
	}
	if rapid.Bool().Draw(t, "shared") {
		c.Mailbox.Delegate = "user." + address.Draw(t, "delegate")
	}
	if c.Cloud == catalog.Custom {
		c.Endpoints = &store.Endpoints{Authority: "https://" + host.Draw(t, "authority"), SMTP: host.Draw(t, "smtp") + ":587"}
	}
	if c.Product == "xcally" {
		c.RedirectHost = host.Draw(t, "redirect")
	} else if rapid.Bool().Draw(t, "redirects") {
		c.RedirectURI = "https://" + host.Draw(t, "redirect") + "/cb"
	}
	if c.Platform == PlatformWeb && rapid.Bool().Draw(t, "expires") {
		c.SecretExpires = store.Date{Year: rapid.IntRange(2000, 2100).Draw(t, "year"), Month: 2, Day: 28}
	}
	return c
}

func FuzzReadValues(f *testing.F) {
	f.Add([]byte(wholeFile))
	for _, tc := range valuesCases {
		f.Add([]byte(tc.file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		drafts, err := ReadValues(bytes.NewReader(file), nil)
		var wrong *ValuesError
		switch {
		case err == nil && len(drafts) == 0:
			t.Error("neither drafts nor an error")
		case err != nil && (!errors.As(err, &wrong) || drafts != nil):
			t.Errorf("%d drafts with %T %v", len(drafts), err, err)
		case err != nil:
			for _, e := range wrong.All() {
				checkSentence(t, e.Message.Key, e.Message.String())
				if strings.ContainsAny(e.Field, "\x1b\n\r\x00") {
					t.Errorf("the path %q would write control characters", e.Field)
				}
			}
		}
		for _, d := range drafts {
			if _, err := d.Connection(); err != nil {
				t.Errorf("a draft that was accepted is no connection: %v", err)
			}
		}
	})
}
