package diagnose

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/mail"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// told is a row in one line.
func told(rows []Row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Claim+" "+string(r.State))
	}
	return out
}

func TestTokenIsComparedWithWhatTheLegNeeds(t *testing.T) {
	user := full.Connection
	user.Audience = oauth.AudienceSingle
	good := oauth.Claims{
		Audience: mailResource, Scopes: []string{"IMAP.AccessAsUser.All"}, TenantID: user.TenantID, AppID: user.ClientID,
		Username: "andrea@contoso.example", Expires: noon.Add(time.Hour),
	}
	with := func(change func(*oauth.Claims)) *oauth.Claims {
		c := good
		change(&c)
		return &c
	}
	asApp := user
	asApp.Mode, asApp.Mailbox.Delegate = "app-only", ""
	throughRBAC := asApp
	throughRBAC.SMTPRBAC = true
	several := user
	several.Audience = oauth.AudienceMulti
	byDomain := user
	byDomain.TenantID = "contoso.example"
	for name, c := range map[string]struct {
		conn   store.Connection
		leg    check.Leg
		claims *oauth.Claims
		want   []string
	}{
		"all right":       {user, check.IMAP, &good, []string{"aud right", "scp right", "tid right", "appid right", "upn right", "exp right"}},
		"Graph's token":   {user, check.IMAP, with(func(c *oauth.Claims) { c.Audience = "https://graph.microsoft.com" }), []string{"aud wrong", "scp right", "tid right", "appid right", "upn right", "exp right"}},
		"no SMTP.Send":    {user, check.SMTP, &good, []string{"aud right", "scp wrong", "tid right", "appid right", "upn right", "exp right"}},
		"other directory": {user, check.IMAP, with(func(c *oauth.Claims) { c.TenantID = "99999999-2222-4333-8444-555555555555" }), []string{"aud right", "scp right", "tid wrong", "appid right", "upn right", "exp right"}},
		"other app":       {user, check.IMAP, with(func(c *oauth.Claims) { c.AppID = "x" }), []string{"aud right", "scp right", "tid right", "appid wrong", "upn right", "exp right"}},
		"somebody else":   {user, check.IMAP, with(func(c *oauth.Claims) { c.Username = "eva@contoso.example" }), []string{"aud right", "scp right", "tid right", "appid right", "upn wrong", "exp right"}},
		"expired":         {user, check.IMAP, with(func(c *oauth.Claims) { c.Expires = noon.Add(-time.Second) }), []string{"aud right", "scp right", "tid right", "appid right", "upn right", "exp wrong"}},
		"silent token":    {user, check.IMAP, &oauth.Claims{Audience: mailResource}, []string{"aud right", "scp unknown", "tid unknown", "appid unknown", "upn unknown", "exp unknown"}},
		"any directory":   {several, check.IMAP, &good, []string{"aud right", "scp right", "tid unknown", "appid right", "upn right", "exp right"}},
		"a domain":        {byDomain, check.IMAP, &good, []string{"aud right", "scp right", "tid unknown", "appid right", "upn right", "exp right"}},
		"app, no role":    {asApp, check.IMAP, with(func(c *oauth.Claims) { c.Roles = []string{"full_access_as_app"} }), []string{"aud right", "roles wrong", "tid right", "appid right", "exp right"}},
		"app, its role":   {asApp, check.EWS, with(func(c *oauth.Claims) { c.Roles = []string{"full_access_as_app"} }), []string{"aud right", "roles right", "tid right", "appid right", "exp right"}},
		"app on Graph": {asApp, check.Graph, with(func(c *oauth.Claims) {
			c.Audience, c.Roles = "00000003-0000-0000-c000-000000000000", []string{"Mail.Send"}
		}), []string{"aud right", "roles wrong", "tid right", "appid right", "exp right"}},
		"mail for Graph": {asApp, check.Graph, with(func(c *oauth.Claims) { c.Roles = []string{"Mail.Send", "Mail.ReadWrite"} }), []string{"aud wrong", "roles right", "tid right", "appid right", "exp right"}},
		"RBAC, no role":  {throughRBAC, check.SMTP, &good, []string{"aud right", "roles right", "tid right", "appid right", "exp right"}},
		"RBAC, the role": {throughRBAC, check.SMTP, with(func(c *oauth.Claims) { c.Roles = []string{"SMTP.SendAsApp"} }), []string{"aud right", "roles wrong", "tid right", "appid right", "exp right"}},
	} {
		f := Explain(Evidence{Connection: c.conn, Leg: c.leg, Hop: check.Auth, Err: imapAuth, Claims: c.claims, Now: noon})
		if got := told(f.Evidence); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

// Where no server refused the token there is nothing to compare.
func TestNoComparison(t *testing.T) {
	good := claims(mailResource, "andrea@contoso.example", "IMAP.AccessAsUser.All")
	for name, ev := range map[string]Evidence{
		"opaque token":   {Connection: own, Leg: check.IMAP, Hop: check.Auth, Err: imapAuth},
		"no connection":  {Connection: own, Leg: check.IMAP, Hop: check.Connect, Err: mail.ErrLost, Claims: good},
		"no leg":         {Connection: own, Hop: check.Auth, Err: imapAuth, Claims: good},
		"at the sign-in": {Connection: own, Leg: check.IMAP, Hop: check.Token, Err: entra("invalid_grant", 700082, "AADSTS700082"), Claims: good},
	} {
		if rows := Explain(ev).Evidence; len(rows) > 0 {
			t.Errorf("%s: %v", name, told(rows))
		}
	}
}

// Legs with a token of their own are judged by it.
func TestEachLegHasItsToken(t *testing.T) {
	res := check.Result{Legs: []check.LegResult{
		{Leg: check.IMAP, Hops: []check.Hop{{Name: check.Auth, Status: check.Failed, Err: imapAuth}}},
		{Leg: check.POP, Hops: []check.Hop{{Name: check.Auth, Status: check.Failed, Err: popAuth}}},
	}}
	right := &oauth.Claims{Audience: mailResource, Roles: []string{"IMAP.AccessAsApp", "POP.AccessAsApp"}}
	wrong := &oauth.Claims{Audience: "https://graph.microsoft.com"}
	got := ExplainResult(res, Evidence{Connection: app, Tokens: map[check.Leg]TokenFacts{check.IMAP: {Claims: wrong}, check.POP: {Claims: right}}})
	if want := []string{"token-wrong-audience", "imap-app-mailbox-access"}; !slices.Equal(ids(got), want) {
		t.Errorf("got %v, want %v", ids(got), want)
	}
}

func TestComparisonInJSON(t *testing.T) {
	f := Explain(Evidence{
		Connection: own, Leg: check.IMAP, Hop: check.Auth, Err: imapAuth, Now: noon,
		Claims: claims("https://graph.microsoft.com", "", "Mail.Read"),
	})
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"claim":"aud","needed":"https://outlook.office.com","present":"https://graph.microsoft.com","state":"wrong"}`,
		`{"claim":"scp","needed":"IMAP.AccessAsUser.All","present":"Mail.Read","state":"wrong"}`,
		`{"claim":"upn","needed":"support@contoso.example","state":"unknown"}`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is missing in\n%s", want, raw)
		}
	}
}

func TestGuidanceOfTheProduct(t *testing.T) {
	about := func(f Finding) string { return strings.Join(english(f.Guidance), "\n") }
	xcally, other := own, own
	xcally.Product, other.Product = "xcally", "other"
	if got := about(Explain(Evidence{Connection: xcally, Err: imapOpen})); !strings.Contains(got, "how many mail clients") || !strings.Contains(got, "/var/log/xcally") {
		t.Errorf("XCALLY's list: %q", got)
	}
	if got := about(Explain(Evidence{Connection: other, Err: imapOpen})); got != "" {
		t.Errorf("another product gets %q", got)
	}
	if got := about(ExplainText("A2 BAD User is authenticated but not connected.")[0]); !strings.Contains(got, "XCALLY Motion") {
		t.Errorf("without a product: %q", got)
	}
	if got := about(ExplainText("the frobnicator refused to turn")[0]); got != "" {
		t.Errorf("unknown words get %q", got)
	}
	if got := about(ExplainText("/var/log/xcally/email-error.log: the frobnicator refused to turn")[0]); !strings.Contains(got, "XC_DEBUG_LEVEL") {
		t.Errorf("words of XCALLY's log get %q", got)
	}
	for _, g := range data().Guidance {
		for _, id := range g.Of {
			if data().byID[id] == nil || g.Source == "" {
				t.Errorf("%s is about %q, source %q", g.ID, id, g.Source)
			}
		}
	}
}
