package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postkey/assets"
	"postkey/oauth"
)

// The ids of Exchange Online's roles, which tests do not take from the data.
var exchangeIDs = map[string]string{
	"IMAP.AccessAsApp":   "5e5addcd-3e8d-4e90-baf5-964efab2b20a",
	"POP.AccessAsApp":    "cb842b43-da6e-4506-86fe-bb12199c656d",
	"SMTP.SendAsApp":     "7146a1f0-8703-45b3-9eae-527a64c00995",
	"full_access_as_app": "dc890d15-9560-4a4c-9b7f-a736ec74ec40",
}

func TestAppPermissions(t *testing.T) {
	cat := load(t)
	for _, tc := range []struct {
		protocols []string
		rbac      bool
		want      []string
	}{
		{[]string{"smtp", "imap"}, false, []string{"IMAP.AccessAsApp", "SMTP.SendAsApp"}},
		{[]string{"imap", "pop", "smtp"}, true, []string{"IMAP.AccessAsApp", "POP.AccessAsApp"}},
		{[]string{"smtp"}, true, nil},
		{[]string{"graph"}, false, []string{"Mail.Send", "Mail.Read", "Mail.ReadWrite"}},
		{[]string{"ews"}, true, []string{"full_access_as_app"}},
		{nil, false, nil},
	} {
		var got []string
		for _, p := range cat.AppPermissions(tc.protocols, tc.rbac) {
			got = append(got, p.Name)
			if p.Type != Application || !p.AdminByDefinition || p.Portal[len(p.Portal)-1] != p.Name {
				t.Errorf("%s: %+v", p.Name, p)
			}
			if id := exchangeIDs[p.Name]; id != "" && (p.ID != id || p.ResourceAppID != exchangeAppID ||
				p.Resource != "Office 365 Exchange Online" || !slices.Contains(p.Portal, "APIs my organization uses")) {
				t.Errorf("%s is on %s with the id %s, at %q", p.Name, p.ResourceAppID, p.ID, p.Portal)
			}
			if p.Protocol == "graph" && p.ID != graphIDs["application:"+p.Name] {
				t.Errorf("%s has the id %s", p.Name, p.ID)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%v, RBAC %v: %q, want %q", tc.protocols, tc.rbac, got, tc.want)
		}
	}
	for leg, want := range map[string][]string{
		"imap": {"IMAP.AccessAsApp"}, "pop": {"POP.AccessAsApp"}, "smtp": {"SMTP.SendAsApp"},
		"graph": {"Mail.Send", "Mail.ReadWrite"}, "ews": {"full_access_as_app"}, "fax": nil,
	} {
		if got := cat.NeededRoles(leg, false); !slices.Equal(got, want) {
			t.Errorf("%s needs %q, want %q", leg, got, want)
		}
	}
	if got := cat.NeededRoles("smtp", true); got != nil {
		t.Errorf("SMTP with RBAC needs %q", got)
	}
}

func TestAppScope(t *testing.T) {
	cat := load(t)
	cloud := func(id string) oauth.Cloud { c, _ := cat.Cloud(id); return c }
	practice := oauth.Cloud{ID: "practice", MailResource: "https://outlook.office.com/", Graph: "https://localhost:1/graph/"}
	cat.Add(practice)
	for _, tc := range []struct {
		cloud     oauth.Cloud
		leg, want string
	}{
		{cloud(Worldwide), "imap", "https://outlook.office365.com/.default"},
		{cloud(Worldwide), "smtp", "https://outlook.office365.com/.default"},
		{cloud(Worldwide), "ews", "https://outlook.office365.com/.default"},
		{cloud(Worldwide), "graph", "https://graph.microsoft.com/.default"},
		{cloud("gcc-high"), "pop", "https://outlook.office365.us/.default"},
		{cloud("china"), "graph", "https://microsoftgraph.chinacloudapi.cn/.default"},
		{practice, "imap", "https://outlook.office365.com/.default"},
		{practice, "graph", "https://localhost:1/graph/.default"},
		{oauth.Cloud{MailResource: "https://mail.example"}, "ews", "https://mail.example/.default"},
	} {
		if got := cat.AppScope(tc.cloud, tc.leg); got != tc.want {
			t.Errorf("%s, %s: %s, want %s", tc.cloud.ID, tc.leg, got, tc.want)
		}
	}
}

func TestConsentScopesOfARoad(t *testing.T) {
	cat := load(t)
	world, _ := cat.Cloud(Worldwide)
	for _, tc := range []struct {
		protocols []string
		want      string
	}{
		{[]string{"imap", "smtp"}, "https://outlook.office365.com/.default"},
		{[]string{"ews"}, "https://outlook.office365.com/.default"},
		{[]string{"graph"}, "https://graph.microsoft.com/.default"},
		{[]string{"graph", "imap"}, "https://graph.microsoft.com/.default"},
	} {
		list := cat.AppPermissions(tc.protocols, false)
		if got := cat.ConsentScopes(world, list, tc.protocols); !slices.Equal(got, []string{tc.want}) || !cat.ConsentToAll(list) {
			t.Errorf("%v: %q, want %q", tc.protocols, got, tc.want)
		}
	}
}

func TestRoadsByProduct(t *testing.T) {
	cat := load(t)
	for _, product := range []string{"xcally", "imagicle", "other", "nothing"} {
		roads, preselected, reason := cat.Roads(product)
		var ids []string
		for _, r := range roads {
			ids = append(ids, r.ID)
		}
		if !slices.Equal(ids, []string{RoadMail, RoadSMTPRBAC, RoadGraph, RoadEWS}) || preselected != RoadMail || reason.IsZero() {
			t.Errorf("%s: %q, preselected %s because of %s", product, ids, preselected, reason)
		}
		roads[0].Protocols[0] = "changed"
	}
	if mail, _ := cat.Road(RoadMail); mail.Protocols[0] != "imap" {
		t.Error("a caller changed the data")
	}
	_, _, reason := cat.Roads("imagicle")
	for _, word := range []string{"EWS", "1 April 2027"} {
		if !strings.Contains(reason.String(), word) {
			t.Errorf("%q does not say %s", reason, word)
		}
	}
	if ews, _ := cat.Road(RoadEWS); !strings.Contains(reason.String(), DayText(ews.Ends[1].Day).Data["Month"].(assets.Message).String()) {
		t.Errorf("the reason %q and the date %s disagree", reason, ews.Ends[1].Day)
	}
	if _, ok := cat.Road("fax"); ok {
		t.Error("there is no such road")
	}
}

func TestModeOf(t *testing.T) {
	cat := load(t)
	for product, want := range map[string]string{
		"xcally": ModeDelegated, "imagicle": ModeAppOnly, "other": ModeDelegated, "nothing": ModeDelegated,
	} {
		if got := cat.ModeOf(product); got != want {
			t.Errorf("%s: %s, want %s", product, got, want)
		}
		if got := cat.OneUserName(product); got != (product == "xcally") {
			t.Errorf("%s has one user name: %v", product, got)
		}
	}
}

func TestRoadOf(t *testing.T) {
	cat := load(t)
	for _, tc := range []struct {
		protocols []string
		rbac      bool
		want      string
	}{
		{[]string{"imap", "smtp"}, false, RoadMail},
		{[]string{"imap", "smtp"}, true, RoadSMTPRBAC},
		{[]string{"imap"}, true, RoadMail},
		{[]string{"graph"}, false, RoadGraph},
		{[]string{"imap", "graph", "ews"}, false, RoadEWS},
		{nil, false, RoadMail},
	} {
		if got := cat.RoadOf(tc.protocols, tc.rbac); got.ID != tc.want {
			t.Errorf("%v, RBAC %v: %s, want %s", tc.protocols, tc.rbac, got.ID, tc.want)
		}
	}
}

func TestCountdown(t *testing.T) {
	cat := load(t)
	ews, _ := cat.Road(RoadEWS)
	at := func(month time.Month, day, year int) time.Time {
		return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	}
	for _, tc := range []struct {
		now  time.Time
		want []string
	}{
		{at(11, 22, 2026), []string{"52 days ago: Tenants", "in 130 days: EWS ends"}},
		{at(10, 1, 2026), []string{"today: Tenants", "in 182 days"}},
		{at(9, 30, 2026), []string{"tomorrow: Tenants", "in 183 days"}},
		{at(10, 2, 2026), []string{"yesterday: Tenants", "in 181 days"}},
		{at(4, 1, 2027), []string{"182 days ago", "1 April 2027, today: EWS ends"}},
	} {
		for i, m := range ews.Countdown(tc.now) {
			if got := spoken("en", m); !strings.Contains(got, tc.want[i]) {
				t.Errorf("%s: %q, want %q in it", tc.now, got, tc.want[i])
			}
		}
		if got := ews.Over(tc.now); got != (tc.now.Year() == 2027) {
			t.Errorf("%s: over is %v", tc.now, got)
		}
	}
	if got := spoken("it", ews.Countdown(at(11, 22, 2026))[1]); got != "1 aprile 2027, tra 130 giorni: EWS termina definitivamente, senza eccezioni." {
		t.Errorf("in Italian: %q", got)
	}
	if mail, _ := cat.Road(RoadMail); mail.Over(at(1, 1, 2040)) {
		t.Error("the road of mail has no end")
	}
}

// spoken renders a message with those inside it, as the window does.
func spoken(lang string, m assets.Message) string {
	out := assets.Message{Key: m.Key, Data: map[string]any{}}
	for name, value := range m.Data {
		if inner, ok := value.(assets.Message); ok {
			value = spoken(lang, inner)
		}
		out.Data[name] = value
	}
	return assets.Text(lang, out)
}

func TestRoadTexts(t *testing.T) {
	cat := load(t)
	roads, _, _ := cat.Roads("other")
	var all []assets.Message
	for _, r := range roads {
		all = append(all, r.Title, r.Needs, r.Costs, r.Life, r.Grant)
		for _, end := range r.Ends {
			all = append(all, end.Text)
		}
	}
	for _, p := range cat.AppPermissions(legs, false) {
		all = append(all, p.Description)
	}
	for _, p := range cat.Products() {
		_, _, reason := cat.Roads(p.ID)
		all = append(all, reason)
	}
	for _, m := range all {
		for _, lang := range assets.Languages() {
			if assets.Text(lang, m) == m.Key {
				t.Errorf("%s: no text for %q", lang, m.Key)
			}
		}
	}
}

func TestKnownPermission(t *testing.T) {
	cat := load(t)
	const graph = "00000003-0000-0000-c000-000000000000"
	for _, tc := range []struct{ resource, id, name, kind string }{
		{graph, "652390E4-393A-48DE-9484-05F9B1212954", "IMAP.AccessAsUser.All", Delegated},
		{exchangeAppID, "195adc35-e27b-454b-a7ed-1ecdffa1c09f", "IMAP.AccessAsUser.All", Delegated},
		{exchangeAppID, "dc890d15-9560-4a4c-9b7f-a736ec74ec40", "full_access_as_app", Application},
		{graph, "dc890d15-9560-4a4c-9b7f-a736ec74ec40", "", ""},
	} {
		if p, ok := cat.KnownPermission(tc.resource, tc.id); ok != (tc.name != "") || p.Name != tc.name || p.Type != tc.kind {
			t.Errorf("%s on %s: %+v, %v", tc.id, tc.resource, p, ok)
		}
	}
	if cat.ResourceName(graph) != "Microsoft Graph" || cat.ResourceName("x") != "" {
		t.Error("the names of the APIs are wrong")
	}
}
