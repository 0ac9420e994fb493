package wizard

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
)

const objectID = "99999999-aaaa-4bbb-8ccc-dddddddddddd"

// rightAppDraft is a draft without any problem whose application signs in itself.
func rightAppDraft() *Draft {
	d := rightDraft()
	d.Account, d.SignedInWith, d.Product = nil, nil, "imagicle"
	d.SetMode(ModeAppOnly)
	d.ServicePrincipalID, d.Mailbox.Address = objectID, "fax@contoso.com"
	d.Reach, d.Refuse = "fax2@contoso.com", "boss@contoso.com"
	d.Proof = &Proof{With: d.signInIDs(), At: noon, Known: true, Roles: []string{"IMAP.AccessAsApp"}}
	return d
}

func object(v string) func(*Draft) { return func(d *Draft) { d.ServicePrincipalID = v } }
func reach(v string) func(*Draft)  { return func(d *Draft) { d.Reach = v } }
func refuse(v string) func(*Draft) { return func(d *Draft) { d.Refuse = v } }

// many is a list of n mailboxes.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "box%d@contoso.com;\n", i)
	}
	return b.String()
}

var appOnlyCases = []fieldCase{
	{"right", FieldServicePrincipal, object(objectID), ""},
	{"in braces", FieldServicePrincipal, object("{" + objectID + "}"), "id-braces"},
	{"empty", FieldServicePrincipal, object(" "), "object-id-empty"},
	{"empty for Graph alone", FieldServicePrincipal, func(d *Draft) {
		d.ServicePrincipalID, d.Protocols = "", []string{ProtocolGraph}
	}, ""},
	{"cut short", FieldServicePrincipal, object(objectID[:20]), "id-short"},
	{"the client ID", FieldServicePrincipal, object(strings.ToUpper(clientID)), "object-id-is-client"},
	{"the tenant ID", FieldServicePrincipal, object(tenantID), "object-id-is-tenant"},
	{"where a user signs in", FieldServicePrincipal, func(d *Draft) { d.SetMode(ModeDelegated) }, ""},

	{"none", FieldReach, reach(""), ""},
	{"pasted from Outlook", FieldReach, reach(`"Doe, Jane" <jane@contoso.com>; Fax <fax3@contoso.com>`), ""},
	{"500", FieldReach, reach(many(500)), ""},
	{"501", FieldReach, reach(many(501)), "list-many"},
	{"1000 of which half are there twice", FieldReach, reach(many(500) + strings.ToUpper(many(500))), ""},
	{"no address", FieldReach, reach("fax3@contoso.com, fax4"), "list-entry"},
	{"no address alone", FieldReach, reach("fax4"), "address-no-domain"},
	{"none", FieldRefuse, refuse(" ,;\n"), "refuse-empty"},
	{"no address", FieldRefuse, refuse("a@b@c.de\nboss@contoso.com"), "list-entry"},
	{"the mailbox itself", FieldRefuse, refuse("FAX@contoso.com"), "refuse-wanted"},
	{"one that must be reachable", FieldRefuse, refuse("boss@contoso.com fax2@contoso.com"), "refuse-wanted"},

	{"several tenants", FieldAudience, func(d *Draft) { d.Audience = oauth.AudienceMulti }, "audience-app-only"},
	{"no secret", FieldPlatform, func(d *Draft) { d.Platform = PlatformDesktop }, "platform-app-only"},
	{"EWS", FieldProtocols, func(d *Draft) { d.Protocols = []string{ProtocolEWS} }, ""},
	{"EWS where a user signs in", FieldProtocols, func(d *Draft) { d.Mode, d.Protocols = ModeDelegated, []string{ProtocolEWS} }, "choice-unknown"},
	{"unknown", FieldMode, func(d *Draft) { d.Mode = "both" }, "choice-unknown"},
	{"none", FieldMailboxAddress, address(""), "address-empty-app-only"},
	{"another account", FieldMailboxAddress, func(d *Draft) { d.Account = &store.Account{Username: "boss@contoso.com"} }, ""},
	{"no delegate", FieldMailboxDelegate, func(d *Draft) { d.Shared, d.Mailbox.Delegate = true, "" }, ""},
	{"no product redirect", FieldRedirectURI, func(d *Draft) { d.RedirectURI = "" }, ""},
	{"no product host", FieldRedirectHost, func(d *Draft) { d.Product, d.RedirectHost = "xcally", "" }, ""},
	{"tokens", FieldAccount, func(*Draft) {}, ""},
	{"no token yet", FieldAccount, func(d *Draft) { d.Proof = nil }, "token-none"},
	{"a token of another registration", FieldAccount, client("bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"), "token-other-values"},
	{"a sign-in of a user", FieldAccount, func(d *Draft) { d.Proof = nil; d.SetAccount(store.Account{Username: "a@b.de"}) }, "token-none"},
}

func TestAppOnlyFields(t *testing.T) {
	ctx := Context{Now: noon, Others: others}
	right := rightAppDraft()
	for _, s := range right.Steps() {
		if got := right.CheckStep(s.ID, ctx); len(got) != 0 || s.Skipped {
			t.Errorf("%s of a right draft: %v, skipped %v", s.ID, got, s.Skipped)
		}
	}
	for _, tc := range appOnlyCases {
		d := rightAppDraft()
		tc.change(d)
		checkProblem(t, string(tc.field)+", "+tc.name, d.CheckField(tc.field, ctx), tc.key)
	}
}

// Two full lists and the mailbox of the test are all tried.
func TestFullListsFitTheFence(t *testing.T) {
	if most := 2*MostMailboxes + 1; check.MaxFence < most {
		t.Errorf("%d mailboxes can be named, and %d are tried", most, check.MaxFence)
	}
}

func TestAddresses(t *testing.T) {
	for typed, want := range map[string][]string{
		"":                              nil,
		" , ;; \n\t":                    nil,
		"a@b.de":                        {"a@b.de"},
		"a@b.de, c@d.de;e@f.de\ng@h.de": {"a@b.de", "c@d.de", "e@f.de", "g@h.de"},
		"a@b.de\r\n A@B.DE \u200b\r\n":  {"a@b.de"},
		"a@b.de c@d.de":                 {"a@b.de", "c@d.de"},
		`"Doe, Jane" <jane@b.de>, Support Desk <desk@b.de>`: {"jane@b.de", "desk@b.de"},
		`"a@b.de", "c@d.de"`:          {"a@b.de", "c@d.de"},
		"mailto:a@b.de":               {"a@b.de"},
		"Sales sales@b.de":            {"Sales", "sales@b.de"},
		"\"not closed <a@b.de>":       {"a@b.de"},
		"'a@b.de'\n“c@d.de”\n`e@f.g`": {"a@b.de", "c@d.de", "e@f.g"},
	} {
		if got := Addresses(typed); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestSetMode(t *testing.T) {
	d := rightDraft()
	d.Audience, d.Platform = oauth.AudienceMulti, PlatformDesktop
	d.SetMode(ModeAppOnly)
	if d.Audience != oauth.AudienceSingle || d.Platform != PlatformWeb || d.SignedIn() {
		t.Errorf("app-only: %+v", d)
	}
	d.SetRoad([]string{ProtocolGraph}, false)
	d.SetMode(ModeDelegated)
	if !slices.Equal(d.Protocols, []string{ProtocolIMAP, ProtocolSMTP}) {
		t.Errorf("a user signs in to %v", d.Protocols)
	}
	if shared := rightDraft(); shared.OneUserName() {
		t.Error("an own mailbox has one user name for both")
	} else if sharedDraft(shared); !shared.OneUserName() {
		t.Error("nothing is said of the two user names of a shared mailbox")
	}
}

func TestAppOnlyConnection(t *testing.T) {
	d := rightAppDraft()
	d.Shared, d.Mailbox.Delegate = true, "someone@contoso.com" // of the other mode
	d.ServicePrincipalID = " {" + objectID + "} "
	d.Reach = "fax2@contoso.com;FAX2@contoso.com\nFax@contoso.com"
	d.SMTPRBAC = true
	got, err := d.Connection()
	if err != nil {
		t.Fatal(err)
	}
	if got.Mailbox.Shared() || got.Account != nil || got.ServicePrincipalID != objectID || !got.SMTPRBAC ||
		!slices.Equal(got.Reach, []string{"fax2@contoso.com"}) || !slices.Equal(got.Refuse, []string{"boss@contoso.com"}) {
		t.Errorf("%+v", got)
	}
	got.LastTest = &store.TestRecord{At: noon, Legs: []store.LegRecord{{Hops: []store.HopRecord{{Hop: "token", Status: "ok"}}}}}
	again := DraftOf(got)
	if !again.SignedIn() || again.Proof.Known {
		t.Errorf("the tokens of the last test are forgotten, or known too well: %+v", again.Proof)
	}
	if back, err := again.Connection(); err != nil || !slices.Equal(back.Reach, got.Reach) || back.ServicePrincipalID != objectID {
		t.Errorf("edited without a change: %+v, %v", back, err)
	}
	d.Protocols = []string{ProtocolIMAP}
	if got, _ := d.Connection(); got.SMTPRBAC {
		t.Error("RBAC for SMTP without SMTP")
	}
}

func TestAppOnlyOnFile(t *testing.T) {
	const secret = "abc8Q~xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	d := rightAppDraft()
	d.ServicePrincipalID, d.Reach, d.Refuse = secret, "a@b.de\n"+secret, secret+",c@d.de"
	kept := d.onFile()
	if text := fmt.Sprint(kept); strings.Contains(text, "abc8Q~") {
		t.Errorf("the file holds a secret: %s", text)
	}
	if !slices.Equal(Addresses(kept.Reach), []string{"a@b.de"}) || !slices.Equal(Addresses(kept.Refuse), []string{"c@d.de"}) {
		t.Errorf("kept %q and %q", kept.Reach, kept.Refuse)
	}
}

// appFile is wholeFile where the application signs in itself.
var appFile = edited(`"delegated"`, `"app-only"`, protocols, `"protocols": ["ews", "graph", "smtp"],
      "service_principal_id": "`+objectID+`",
      "smtp_rbac": true,
      "reach": ["fax@contoso.example", "FAX2@contoso.example"],
      "refuse": ["boss@contoso.example"]`, `,
        "delegate": "andrea@contoso.example"`, ``)

func TestReadValuesAppOnly(t *testing.T) {
	drafts, err := ReadValues(strings.NewReader(appFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := drafts[0].Connection()
	if err != nil {
		t.Fatal(err)
	}
	if got.Mode != ModeAppOnly || got.ServicePrincipalID != objectID || !got.SMTPRBAC ||
		!slices.Equal(got.Protocols, []string{"ews", "graph", "smtp"}) ||
		!slices.Equal(got.Reach, []string{"fax@contoso.example", "FAX2@contoso.example"}) ||
		!slices.Equal(got.Refuse, []string{"boss@contoso.example"}) {
		t.Errorf("%+v", got)
	}
	short := strings.NewReplacer(`"service_principal_id": "`+objectID+`",`, "", `"smtp_rbac": true,`, "",
		`"reach": ["fax@contoso.example", "FAX2@contoso.example"],`, `"reach": [],`,
		`"refuse": ["boss@contoso.example"]`, `"refuse": []`).Replace(appFile)
	if _, err := ReadValues(strings.NewReader(short), nil); err != nil {
		t.Errorf("without what only the wizard needs: %v", err)
	}
}

// What is written of an app-only connection is read back the same.
func TestWriteValuesAppOnlyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConnection(t)
		address := rapid.StringMatching(`[a-z]{1,8}(\.[a-z]{1,5})?@[a-z]{1,8}\.example`)
		c.Mode, c.Audience, c.Platform, c.Mailbox.Delegate = ModeAppOnly, oauth.AudienceSingle, PlatformWeb, ""
		c.Protocols = rapid.SampledFrom([][]string{{"graph"}, {"ews", "imap"}, {"imap", "smtp"}}).Draw(t, "app protocols")
		c.SMTPRBAC = slices.Contains(c.Protocols, "smtp") && rapid.Bool().Draw(t, "rbac")
		if rapid.Bool().Draw(t, "known to Exchange") || len(c.Protocols) > 1 {
			c.ServicePrincipalID = objectID
		}
		same := func(a string) string { return a }
		c.Reach = rapid.SliceOfNDistinct(address, 0, 4, same).Draw(t, "reach")
		for _, a := range rapid.SliceOfNDistinct(address, 0, 4, same).Draw(t, "refuse") {
			c.Refuse = append(c.Refuse, "not."+a)
		}
		if len(c.Reach) == 0 {
			c.Reach = nil
		}
		var file bytes.Buffer
		if err := WriteValues(&file, []store.Connection{c}); err != nil {
			t.Fatal(err)
		}
		drafts, err := ReadValues(bytes.NewReader(file.Bytes()), nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, file.String())
		}
		got, err := drafts[0].Connection()
		if err != nil {
			t.Fatal(err)
		}
		want := c
		want.ID, want.Created, want.Changed = got.ID, got.Created, got.Changed
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-written +read)\n%s\n%s", diff, file.String())
		}
	})
}

func FuzzAddresses(f *testing.F) {
	for _, typed := range []string{"a@b.de, c@d.de;\n", `"Doe, Jane" <jane@b.de>; x <`, "\"\"<>\",;", many(3)} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		list := Addresses(typed)
		seen := make(map[string]bool)
		for _, address := range list {
			if address == "" || seen[strings.ToLower(address)] || strings.ContainsAny(address, ",;\n\r\t") {
				t.Fatalf("%q in the list of %q", address, typed)
			}
			seen[strings.ToLower(address)] = true
		}
		if again := Addresses(strings.Join(list, "\n")); !slices.Equal(again, list) && !strings.ContainsAny(typed, `"<>`) {
			t.Fatalf("%q and then %q", list, again)
		}
	})
}
