package wizard

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

func TestNewDraft(t *testing.T) {
	d, e := NewDraft(noon), NewDraft(noon)
	if d.ID == "" || d.ID == e.ID {
		t.Errorf("ids %q and %q", d.ID, e.ID)
	}
	e.ID = d.ID
	want := &Draft{
		ID: d.ID, Product: "xcally", Mode: "delegated", Cloud: "worldwide", Audience: oauth.AudienceSingle, Platform: "web",
		Protocols: []string{"imap", "smtp"}, Step: StepApplication, Created: noon, Changed: noon,
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

// A saved connection survives being edited without a change.
func TestDraftRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyConnection(t)
		want.ID, want.Created, want.Changed = "id", noon, noon.Add(time.Hour)
		want.Ticked = []string{"37f7f235-527c-4136-accd-4a02d197296e"}
		want.LastTest = &store.TestRecord{At: noon}
		if rapid.Bool().Draw(t, "signed in") {
			want.Account = &store.Account{Username: "a@b.example", TenantID: want.TenantID, At: noon}
		}
		got, err := DraftOf(want).Connection()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-before +after)\n%s", diff)
		}
	})
}

// What was typed as the last day of a client secret means nothing beside a
// certificate, which brings its own, and without a secret at all.
func TestWrongDayBesideACertificate(t *testing.T) {
	d := rightDraft()
	d.SecretExpires = "21/05/2027"
	if _, err := d.Connection(); err == nil {
		t.Error("a wrong day passes beside a secret")
	}
	d.Certificate = &store.Certificate{Thumbprint: "AB", NotAfter: time.Date(2027, 5, 22, 1, 0, 0, 0, time.FixedZone("", 7200))}
	if c, err := d.Connection(); err != nil || c.SecretExpires != (store.Date{Year: 2027, Month: 5, Day: 21}) {
		t.Errorf("%s, %v", c.SecretExpires, err)
	}
	d.Platform = PlatformDesktop
	if c, err := d.Connection(); err != nil || !c.SecretExpires.IsZero() {
		t.Errorf("%s, %v", c.SecretExpires, err)
	}
}

// A draft is kept as typed, also where it is wrong.
func TestDraftJSON(t *testing.T) {
	d := rightDraft()
	d.TenantID, d.SecretExpires, d.Endpoints.IMAP, d.RedirectURI = " {half", "tomorrow", "x:y:z", "*"
	sharedDraft(d)
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	got := &Draft{}
	if err := json.Unmarshal(data, got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Error(diff)
	}
}

func TestConnectionLeavesOutWhatDoesNotCount(t *testing.T) {
	d := rightDraft()
	d.ClientID, d.TenantID = " {"+clientID+"} ", "“contoso.com”"
	d.Endpoints.SMTP, d.RedirectURI, d.Mailbox.Delegate = "localhost:25", "https://a.b", "andrea@contoso.com"
	d.RedirectHost, d.Mailbox.Address = "https://motion.contoso.com/x", "Support <support@contoso.com>"
	c, err := d.Connection()
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientID != clientID || c.TenantID != "contoso.com" || c.Endpoints != nil || c.RedirectURI != "" ||
		c.RedirectHost != "motion.contoso.com" || c.Mailbox.Shared() || c.Mailbox.Address != "support@contoso.com" {
		t.Errorf("%+v", c)
	}
	d.Platform = PlatformDesktop
	if c, err = d.Connection(); err != nil || !c.SecretExpires.IsZero() {
		t.Errorf("on a desktop: %v, %v", c.SecretExpires, err)
	}
	d.Platform, d.SecretExpires = PlatformWeb, "soon"
	if _, err := d.Connection(); err == nil {
		t.Error("a date that cannot be read passes")
	}
}

func TestSignedIn(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Draft)
		want   bool
	}{
		"nothing changed":          {func(*Draft) {}, true},
		"other case, spaces":       {client(" AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee "), true},
		"a name":                   {name("Other"), true},
		"client":                   {client(tenantID), false},
		"tenant":                   {tenant("contoso.com"), false},
		"cloud":                    {func(d *Draft) { d.Cloud = "china" }, false},
		"audience":                 {func(d *Draft) { d.Audience = oauth.AudienceMulti }, false},
		"ended":                    {func(d *Draft) { d.SignInEnded = noon }, false},
		"never":                    {func(d *Draft) { d.Account = nil }, false},
		"other endpoint":           {func(d *Draft) { d.Endpoints.Authority = "https://a.b" }, true},
		"changed and changed back": {func(d *Draft) { client(tenantID)(d); client(clientID)(d) }, true},
	} {
		d := rightDraft()
		tc.change(d)
		if got := d.SignedIn(); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
		if c := d.registrationPart(); (c.Account != nil) != tc.want {
			t.Errorf("%s: the connection's account is %v", name, c.Account)
		}
	}
	d := rightDraft()
	d.Cloud, d.Endpoints.Authority = catalog.Custom, "https://a.b/"
	d.SetAccount(*d.Account)
	if d.Endpoints.Authority = "https://a.b"; !d.SignedIn() {
		t.Error("a slash asks for a new sign-in")
	}
	if d.Endpoints.Authority = "https://b.c"; d.SignedIn() {
		t.Error("another authority keeps the sign-in")
	}
	// The tenant ID of the account is as good as the domain that was typed.
	d = rightDraft()
	d.TenantID = "contoso.com"
	d.SetAccount(store.Account{Username: "a@contoso.com", TenantID: tenantID})
	if d.TenantID = tenantID; !d.SignedIn() {
		t.Error("the tenant's other name asks for a new sign-in")
	}
}

func TestNoteSignIn(t *testing.T) {
	d := NewDraft(noon)
	d.SignInEnded = noon
	d.noteSignIn(oauth.Account{Username: "support@contoso.com", TenantID: tenantID}, []string{"SMTP.Send"}, noon)
	if d.Mailbox.Address != "support@contoso.com" || !d.SignedIn() || d.signInAddress() != "support@contoso.com" {
		t.Errorf("%+v", d)
	}
	if diff := cmp.Diff([]string{"SMTP.Send", "offline_access"}, d.Account.Granted); diff != "" {
		t.Error(diff)
	}
	d.Shared = true
	d.noteSignIn(oauth.Account{Email: "andrea@contoso.com"}, []string{"offline_access"}, noon)
	if d.Mailbox.Delegate != "andrea@contoso.com" || d.Mailbox.Address != "support@contoso.com" || len(d.Account.Granted) != 1 {
		t.Errorf("%+v", d)
	}
	d.noteSignIn(oauth.Account{Username: "else@contoso.com"}, nil, noon)
	if d.signInAddress() != "andrea@contoso.com" {
		t.Error("a sign-in replaced the delegate that was typed")
	}
}

func TestAppName(t *testing.T) {
	d := NewDraft(noon)
	if got := d.AppName(nil); got != "XCALLY Motion mail" {
		t.Errorf("suggested %q", got)
	}
	if d.Name = " Support "; d.AppName(nil) != "Support" {
		t.Errorf("suggested %q", d.AppName(nil))
	}
}

func TestSteps(t *testing.T) {
	d := NewDraft(noon)
	texts := []string{
		"Application: XCALLY Motion, a user signs in", "App registration: Client ID and tenant", "Redirect URI: Where Microsoft answers",
		"Client secret: Kept in the OS keyring", "Permissions: What the app may do", "Sign in: In your browser",
		"Mailbox: Who reads and sends", "Test: Send and receive", "Hand over: What to enter where",
	}
	steps := d.Steps()
	if len(steps) != len(texts) {
		t.Fatalf("%d steps", len(steps))
	}
	for i, s := range steps {
		if got := s.Title.String() + ": " + s.Hint.String(); got != texts[i] || s.Number != i+1 || s.Skipped {
			t.Errorf("step %d: %q, %+v", i+1, got, s)
		}
	}
	d.Product, d.Platform, d.Shared = "other", PlatformDesktop, true
	steps = d.Steps()
	for i, want := range map[int]string{0: "Other application, a user signs in", 3: "Not needed on this platform", 6: "Shared mailbox and delegate"} {
		if got := steps[i].Hint.String(); got != want || steps[i].Skipped != (i == 3) {
			t.Errorf("step %d: %q, skipped %v", i+1, got, steps[i].Skipped)
		}
	}
}

func TestNextAndPrevious(t *testing.T) {
	web, desktop := NewDraft(noon), NewDraft(noon)
	desktop.Platform = PlatformDesktop
	for _, tc := range []struct {
		d              *Draft
		at, next, back StepID
	}{
		{web, StepApplication, StepRegistration, StepApplication},
		{web, StepRedirect, StepSecret, StepRegistration},
		{desktop, StepRedirect, StepPermissions, StepRegistration},
		{desktop, StepSecret, StepPermissions, StepRedirect},
		{desktop, StepPermissions, StepSignIn, StepRedirect},
		{web, StepHandover, StepHandover, StepTest},
		{web, "gone", StepApplication, StepApplication},
	} {
		if next, back := tc.d.Next(tc.at), tc.d.Previous(tc.at); next != tc.next || back != tc.back {
			t.Errorf("%s on %s: next %s, previous %s", tc.at, tc.d.Platform, next, back)
		}
	}
}
