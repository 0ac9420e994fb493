package catalog

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
)

func load(t *testing.T) *Catalog {
	t.Helper()
	cat, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// The ids of Microsoft Graph's permissions, from Microsoft's own export.
var graphIDs = map[string]string{
	"delegated:openid":                      "37f7f235-527c-4136-accd-4a02d197296e",
	"delegated:profile":                     "14dad69e-099b-42c9-810b-d002981feec1",
	"delegated:email":                       "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0",
	"delegated:offline_access":              "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
	"delegated:IMAP.AccessAsUser.All":       "652390e4-393a-48de-9484-05f9b1212954",
	"delegated:POP.AccessAsUser.All":        "d7b7f2d9-0f45-4ea1-9d42-e50810c06991",
	"delegated:SMTP.Send":                   "258f6531-6087-4cc4-bb90-092c5fb3ed3f",
	"delegated:User.Read":                   "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
	"application:MailboxSettings.ReadWrite": "6931bccd-447a-43d1-b442-00a195474933",
	"application:MailboxSettings.Read":      "40f97065-369a-49f4-947c-6a255697ae91",
	"delegated:Mail.Send.Shared":            "a367ab51-6b49-43bf-a716-a1fb06d2a174",
	"application:Mail.Send":                 "b633e1c5-b582-4048-a93e-9f11b44c7e96",
	"delegated:Mail.ReadWrite.Shared":       "5df07973-7d5d-46ed-9847-1271055cbd51",
	"application:Mail.ReadWrite":            "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
	"application:Mail.ReadBasic.All":        "693c5e45-0940-467d-9b8a-1022fb9d42ef",
	"application:Mail.ReadBasic":            "6be147d2-ea4f-4b5a-a3fa-3eab6f3c140a",
	"delegated:Mail.Read.Shared":            "7b9103a5-4610-446b-9670-80643382c1fa",
	"application:Mail.Read":                 "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
	"delegated:Contacts.ReadWrite.Shared":   "afb6c84b-06be-49af-80bb-8f3f77004eab",
	"delegated:Contacts.Read.Shared":        "242b9d9e-ed24-4d09-9a52-f43769beb9d4",
}

func TestPermissionsOfASharedXCALLYMailbox(t *testing.T) {
	got := load(t).Permissions("xcally", true)
	if len(got) != 20 {
		t.Fatalf("%d permissions, want 20", len(got))
	}
	for _, p := range got {
		if want := graphIDs[p.Type+":"+p.Name]; p.ID != want {
			t.Errorf("%s %s has the id %s, want %s", p.Type, p.Name, p.ID, want)
		}
		if p.Resource != "Microsoft Graph" || p.ResourceAppID != "00000003-0000-0000-c000-000000000000" {
			t.Errorf("%s is on %s %s", p.Name, p.Resource, p.ResourceAppID)
		}
		if p.AdminByDefinition != (p.Type == Application) {
			t.Errorf("%s %s: admin consent by definition is %v", p.Type, p.Name, p.AdminByDefinition)
		}
		if kind := map[string]string{Delegated: "Delegated permissions", Application: "Application permissions"}[p.Type]; !slices.Contains(p.Portal, kind) ||
			p.Portal[len(p.Portal)-1] != p.Name {
			t.Errorf("%s is at %q", p.Name, p.Portal)
		}
	}
}

// The list of November 2025: Microsoft Learn, Manage app consent policies.
func TestAdminConsentInPractice(t *testing.T) {
	free := []string{"openid", "profile", "email", "offline_access", "SMTP.Send", "User.Read", "Mail.Send.Shared"}
	for _, p := range load(t).Permissions("xcally", true) {
		if want := p.Type == Application || !slices.Contains(free, p.Name); p.AdminInPractice != want {
			t.Errorf("%s %s: admin consent in practice is %v", p.Type, p.Name, p.AdminInPractice)
		}
	}
}

func TestPermissionsByProduct(t *testing.T) {
	cat := load(t)
	own := []string{"openid", "profile", "email", "offline_access", "IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send"}
	shared := slices.Concat(own, []string{"Mail.Read.Shared", "Mail.ReadWrite.Shared", "Mail.Send.Shared"})
	for _, tc := range []struct {
		product string
		shared  bool
		want    []string
	}{
		{"xcally", false, own},
		{"imagicle", false, own},
		{"imagicle", true, shared},
		{"other", true, shared},
		{"nothing", true, nil},
	} {
		var got []string
		for _, p := range cat.Permissions(tc.product, tc.shared) {
			got = append(got, p.Name)
			if p.Needed != slices.Contains(own, p.Name) {
				t.Errorf("%s: needed is %v", p.Name, p.Needed)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s, shared %v: %q, want %q", tc.product, tc.shared, got, tc.want)
		}
	}
}

func TestScopes(t *testing.T) {
	cat := load(t)
	high, _ := cat.Cloud("gcc-high")
	world, _ := cat.Cloud(Worldwide)
	openID := []string{"openid", "profile", "email", "offline_access"}
	for _, tc := range []struct {
		cloud     oauth.Cloud
		protocols []string
		want      []string
	}{
		{world, []string{"smtp", "imap"}, []string{"https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"}},
		{high, []string{"pop"}, []string{"https://outlook.office365.us/POP.AccessAsUser.All"}},
		{oauth.Cloud{MailResource: "https://mail.example/"}, []string{"smtp"}, []string{"https://mail.example/SMTP.Send"}},
		{world, nil, nil},
	} {
		if got, want := cat.Scopes(tc.cloud, tc.protocols), slices.Concat(openID, tc.want); !slices.Equal(got, want) {
			t.Errorf("%v: %q, want %q", tc.protocols, got, want)
		}
	}
}

func TestGranted(t *testing.T) {
	cat := load(t)
	world, _ := cat.Cloud(Worldwide)
	permission := func(name string) Permission {
		for _, p := range cat.Permissions("xcally", true) {
			if p.Name == name {
				return p
			}
		}
		t.Fatalf("no permission %s", name)
		return Permission{}
	}
	asked := cat.Scopes(world, []string{"imap", "smtp"})
	for _, tc := range []struct {
		name, permission string
		granted          []string
		want             GrantState
	}{
		{"full URI", "IMAP.AccessAsUser.All", []string{"https://outlook.office.com/IMAP.AccessAsUser.All"}, Granted},
		{"the other host", "IMAP.AccessAsUser.All", []string{"https://outlook.office365.com/IMAP.AccessAsUser.All"}, Granted},
		{"short name, other case", "SMTP.Send", []string{"smtp.send"}, Granted},
		{"only its neighbour", "SMTP.Send", []string{"https://outlook.office.com/IMAP.AccessAsUser.All"}, Missing},
		{"name within a name", "Mail.Send.Shared", []string{"Mail.Send"}, NotAsked},
		{"not asked for", "POP.AccessAsUser.All", []string{"https://outlook.office.com/SMTP.Send"}, NotAsked},
		{"given without asking", "POP.AccessAsUser.All", []string{"https://outlook.office.com/POP.AccessAsUser.All"}, Granted},
		{"no sign-in yet", "IMAP.AccessAsUser.All", nil, NotAsked},
		{"not echoed", "openid", []string{"https://outlook.office.com/SMTP.Send"}, Granted},
		{"no refresh token", "offline_access", []string{"https://outlook.office.com/SMTP.Send"}, Missing},
		{"refresh token", "offline_access", []string{"SMTP.Send", "offline_access"}, Granted},
		{"application", "Mail.Read", []string{"Mail.Read"}, NotAsked},
	} {
		if got := cat.Granted(permission(tc.permission), asked, tc.granted); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestCloudOf(t *testing.T) {
	cat := load(t)
	practice := oauth.Cloud{ID: "practice", Authority: "http://localhost:1"}
	cat.Add(practice)
	cat.Add(practice)
	if got := cat.Clouds(); got[0] != practice || len(got) != 5 {
		t.Fatalf("after adding twice: %d clouds, first %q", len(got), got[0].ID)
	}
	if other := load(t); len(other.Clouds()) != 4 {
		t.Error("adding to one catalogue changed another")
	}
	world, _ := cat.Cloud(Worldwide)
	custom := world
	custom.ID, custom.SMTP, custom.Authority, custom.Portal = Custom, "mail.example:25", "https://login.example", ""
	highPortal := world
	highPortal.ID, highPortal.Authority, highPortal.Portal = Custom, "https://login.microsoftonline.us", "https://portal.azure.us"
	plain := world
	plain.ID = Custom
	for _, tc := range []struct {
		conn store.Connection
		want oauth.Cloud
	}{
		{store.Connection{Cloud: "practice"}, practice},
		{store.Connection{Cloud: Worldwide, Endpoints: &store.Endpoints{SMTP: "ignored:1"}}, world},
		{store.Connection{Cloud: Custom}, plain},
		{store.Connection{Cloud: Custom, Endpoints: &store.Endpoints{SMTP: "mail.example:25", Authority: "https://login.example/"}}, custom},
		{store.Connection{Cloud: Custom, Endpoints: &store.Endpoints{Authority: "https://login.microsoftonline.us"}}, highPortal},
	} {
		if got, err := cat.CloudOf(tc.conn); err != nil || got != tc.want {
			t.Errorf("%+v: %+v, %v; want %+v", tc.conn, got, err, tc.want)
		}
	}
	if _, err := cat.CloudOf(store.Connection{Cloud: "germany"}); !errors.Is(err, ErrUnknownCloud) {
		t.Errorf("a cloud that closed: %v", err)
	}
}

// Only the worldwide hosts are confirmed by Microsoft's own pages.
func TestUnverifiedClouds(t *testing.T) {
	for _, c := range load(t).Clouds() {
		if c.Unverified == (c.ID == Worldwide) {
			t.Errorf("%s: unverified is %v", c.ID, c.Unverified)
		}
	}
}

func TestPortal(t *testing.T) {
	cat := load(t)
	world, _ := cat.Cloud(Worldwide)
	high, _ := cat.Cloud("gcc-high")
	conn := store.Connection{Name: "Support inbox", ClientID: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"}
	const blade = "/#view/Microsoft_AAD_RegisteredApps/"
	for _, tc := range []struct {
		page  string
		cloud oauth.Cloud
		conn  store.Connection
		want  Place
	}{
		{PageNewRegistration, world, store.Connection{}, Place{
			[]string{"Entra ID", "App registrations", "New registration"}, "https://entra.microsoft.com" + blade + "CreateApplicationBlade",
		}},
		{PageOverview, high, conn, Place{
			[]string{"Microsoft Entra ID", "App registrations", "Support inbox", "Overview"},
			"https://portal.azure.us" + blade + "ApplicationMenuBlade/~/Overview/appId/" + conn.ClientID,
		}},
		{PageSecrets, world, store.Connection{}, Place{
			[]string{"Entra ID", "App registrations", "…", "Manage", "Certificates & secrets", "Client secrets", "New client secret"},
			"https://entra.microsoft.com" + blade + "ApplicationsListBlade",
		}},
		{PageOverview, world, store.Connection{Name: "a", ClientID: "a/../b"}, Place{
			[]string{"Entra ID", "App registrations", "a", "Overview"},
			"https://entra.microsoft.com" + blade + "ApplicationMenuBlade/~/Overview/appId/a%2F..%2Fb",
		}},
		{PageConsent, oauth.Cloud{}, conn, Place{
			[]string{"Entra ID", "App registrations", "Support inbox", "Manage", "API permissions", "Grant admin consent"}, "",
		}},
		{"nowhere", world, conn, Place{}},
	} {
		if got := cat.Portal(tc.page, tc.cloud, tc.conn); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %+v, want %+v", tc.page, got, tc.want)
		}
	}
}

func TestPortalInItalian(t *testing.T) {
	cat := load(t)
	world, _ := cat.Cloud(Worldwide)
	conn := store.Connection{Name: "Overview"} // a name is never translated
	for lang, want := range map[string][]string{
		"it": {"Entra ID", "Registrazioni app", "Overview", "Panoramica"},
		"en": {"Entra ID", "App registrations", "Overview", "Overview"},
		"de": {"Entra ID", "App registrations", "Overview", "Overview"},
	} {
		if got := cat.PortalIn(lang, PageOverview, world, conn).Crumbs; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	for _, p := range cat.permissions {
		for i, word := range cat.PortalWords("it", p.Portal[:len(p.Portal)-2]) {
			if word == p.Portal[i] && !strings.HasPrefix(word, "Microsoft Graph") && !strings.HasPrefix(word, "Office 365") {
				t.Errorf("%s: %q has no Italian word", p.ID, word)
			}
		}
	}
}

// Every sentence that the data names has to be in the translations.
func TestMessagesExist(t *testing.T) {
	cat := load(t)
	var all []assets.Message
	for _, id := range []string{Worldwide, "gcc-high", "dod", "china", Custom} {
		all = append(all, cat.CloudName(id))
	}
	for _, p := range cat.permissions {
		all = append(all, p.Description)
	}
	for _, p := range cat.Products() {
		all = append(all, p.NameText, p.Reason)
		for _, s := range p.Sections {
			all = append(all, s.Title, s.Note, s.NoteShared)
			for _, f := range s.Fields {
				all = append(all, f.Text)
			}
		}
	}
	for _, m := range all {
		if !m.IsZero() && m.String() == m.Key {
			t.Errorf("no translation of %s", m.Key)
		}
	}
	if got := cat.CloudName("practice").String(); got != "Practice tenant" {
		t.Errorf("a cloud that was added is called %q", got)
	}
}

func TestFollow(t *testing.T) {
	cat := load(t)
	host := "mail.example:993"
	cat.Follow(func() oauth.Cloud { return oauth.Cloud{ID: "moving", Authority: "https://login.example", IMAP: host} })
	for _, host = range []string{"mail.example:993", "other.example:993"} {
		first := cat.Clouds()[0]
		named, known := cat.Cloud("moving")
		used, err := cat.CloudOf(store.Connection{Cloud: "moving"})
		if first.IMAP != host || named.IMAP != host || !known || used.IMAP != host || err != nil {
			t.Errorf("%s: %+v, %+v, %+v, %v", host, first, named, used, err)
		}
	}
	cat.Add(oauth.Cloud{ID: "moving", IMAP: "still.example:993"})
	if got := cat.Clouds()[0]; got.IMAP != "still.example:993" || cat.Clouds()[1].ID == "moving" {
		t.Errorf("Add does not replace it: %+v", got)
	}
}
