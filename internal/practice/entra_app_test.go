package practice_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
)

const (
	outlook = "https://outlook.office365.com/.default"
	onGraph = "https://graph.microsoft.com/.default"
)

var allRoles = []string{"IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp", "full_access_as_app"}

// alone is the registration of an application that signs in itself.
func alone(tenant *practice.Tenant) oauth.Registration {
	v := tenant.Values()
	return oauth.Registration{
		Cloud: tenant.Cloud(), Audience: oauth.AudienceSingle, TenantID: v.TenantID,
		ClientID: v.AppClientID, ClientSecret: v.ClientSecret,
	}
}

// appToken asks for a token anew, as the program does.
func appToken(t *testing.T, reg oauth.Registration, scopes ...string) (oauth.Token, error) {
	t.Helper()
	client := oauth.NewClient(nil)
	defer client.CloseIdleConnections()
	return oauth.NewAppTokenSource(reg, client, nil).Token(t.Context(), scopes)
}

// roles asks for a token and returns its roles.
func roles(t *testing.T, tenant *practice.Tenant, scope string) []string {
	t.Helper()
	token, err := appToken(t, alone(tenant), scope)
	if err != nil {
		t.Fatalf("%s: %v", scope, err)
	}
	claims, readable := oauth.Inspect(token.Access)
	if !readable {
		t.Fatal("the token is not readable")
	}
	return claims.Roles
}

// refused is the number and the kind of a refusal.
func refused(err error) (int, string) {
	var e *oauth.Error
	if !errors.As(err, &e) {
		return 0, ""
	}
	return e.Code(), e.Kind
}

// TestAppTokenPerResource: each resource, under each of its names, has its own
// audience and its own roles.
func TestAppTokenPerResource(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	graphRoles := []string{"Mail.Send", "Mail.Read", "Mail.ReadWrite"}
	const graphID, exchangeID = "00000003-0000-0000-c000-000000000000", "00000002-0000-0ff1-ce00-000000000000"
	for scope, want := range map[string]struct {
		audience string
		roles    []string
	}{
		"https://outlook.office.com/.default": {"https://outlook.office.com", allRoles},
		outlook:                               {"https://outlook.office365.com", allRoles},
		"https://outlook.office365.com//.default": {"https://outlook.office365.com", allRoles},
		"https://ps.outlook.com/.default":         {"https://ps.outlook.com", allRoles},
		exchangeID + "/.default":                  {"https://outlook.office.com", allRoles},
		onGraph:                                   {graphID, graphRoles},
		graphID + "/.default":                     {graphID, graphRoles},
		tenant.Cloud().Graph + "/.default":        {graphID, graphRoles},
	} {
		token, err := appToken(t, alone(tenant), scope)
		if err != nil {
			t.Errorf("%s: %v", scope, err)
			continue
		}
		c := claims(t, token.Access.Reveal())
		for name, value := range map[string]any{
			"aud": want.audience, "tid": v.TenantID, "appid": v.AppClientID, "appidacr": "1", "idtyp": "app",
			"oid": v.ServicePrincipalID, "sub": v.ServicePrincipalID, "ver": "1.0",
			"scp": nil, "upn": nil, "unique_name": nil, "name": nil,
		} {
			if c[name] != value {
				t.Errorf("%s: %s is %v, want %v", scope, name, c[name], value)
			}
		}
		read, _ := oauth.Inspect(token.Access)
		if !slices.Equal(read.Roles, want.roles) || len(read.Scopes) != 0 || read.Username != "" {
			t.Errorf("%s: roles %v, scopes %v, user %q", scope, read.Roles, read.Scopes, read.Username)
		}
		if !token.Refresh.IsZero() || len(token.Access.Reveal()) < 1500 {
			t.Errorf("%s: refresh token %v, %d characters", scope, !token.Refresh.IsZero(), len(token.Access.Reveal()))
		}
	}
	if v.ServicePrincipalID == v.AppClientID || v.ServicePrincipalID == v.AppObjectID || v.AppObjectID == v.AppClientID || v.AppObjectID == "" {
		t.Errorf("the three ids are not three: %s, %s, %s", v.AppClientID, v.AppObjectID, v.ServicePrincipalID)
	}
}

// TestAppTokenForm: the answer holds four fields and no other.
func TestAppTokenForm(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	resp, got := post(t, tenant, v.TenantID, url.Values{
		"client_id": {v.AppClientID}, "client_secret": {v.ClientSecret.Reveal()}, "grant_type": {"client_credentials"}, "scope": {outlook},
	})
	if resp.StatusCode != 200 || got["token_type"] != "Bearer" || got["expires_in"] != 3599.0 || got["ext_expires_in"] != 3599.0 {
		t.Errorf("%s %v", resp.Status, got["error_description"])
	}
	for name := range got {
		if !slices.Contains([]string{"token_type", "expires_in", "ext_expires_in", "access_token"}, name) {
			t.Errorf("there is %s in the answer", name)
		}
	}
}

func TestAppTokenRefusals(t *testing.T) {
	tenant := start(t, practice.Options{})
	v := tenant.Values()
	form := func(change ...string) url.Values {
		f := url.Values{
			"client_id": {v.AppClientID}, "client_secret": {v.ClientSecret.Reveal()}, "grant_type": {"client_credentials"}, "scope": {outlook},
		}
		for i := 0; i < len(change); i += 2 {
			f.Set(change[i], change[i+1])
			if change[i+1] == "" {
				f.Del(change[i])
			}
		}
		return f
	}
	const badScope = "invalid_scope AADSTS1002012: The provided value for scope "
	for name, c := range map[string]struct {
		authority string
		form      url.Values
		status    int
		want      string
	}{
		"all right":         {v.TenantID, form(), 200, ""},
		"by domain":         {v.Domain, form(), 200, ""},
		"multitenant app":   {v.TenantID, form("client_id", v.MultiTenantClientID), 200, ""},
		"no scope":          {v.TenantID, form("scope", ""), 400, "invalid_request AADSTS900144: The request body must contain the following parameter: 'scope'."},
		"named permission":  {v.TenantID, form("scope", "https://outlook.office365.com/IMAP.AccessAsApp"), 400, badScope + "https://outlook.office365.com/IMAP.AccessAsApp is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."},
		"bare permission":   {v.TenantID, form("scope", "Mail.Send"), 400, badScope + "Mail.Send is not valid. "},
		"offline_access":    {v.TenantID, form("scope", outlook+" offline_access"), 400, badScope + outlook + " offline_access is not valid. "},
		"bare .default":     {v.TenantID, form("scope", ".default"), 400, badScope + ".default is not valid. "},
		"two resources":     {v.TenantID, form("scope", outlook+" "+onGraph), 400, "invalid_scope AADSTS70011: The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope " + outlook + " " + onGraph + " is not valid. static scope limit exceeded."},
		"unknown resource":  {v.TenantID, form("scope", "https://outlook.office.example/.default"), 400, "invalid_resource AADSTS500011: The resource principal named https://outlook.office.example was not found in the tenant named Contoso (practice)."},
		"unknown API":       {v.TenantID, form("scope", v.AppObjectID+"/.default"), 400, "invalid_resource AADSTS500011: The resource principal named " + v.AppObjectID + " was not found"},
		"no secret":         {v.TenantID, form("client_secret", ""), 401, "invalid_client AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."},
		"public client":     {v.TenantID, form("client_id", v.DesktopClientID, "client_secret", ""), 401, "invalid_client AADSTS7000216: "},
		"public and secret": {v.TenantID, form("client_id", v.DesktopClientID), 401, "invalid_client AADSTS700025: "},
		"secret ID":         {v.TenantID, form("client_secret", v.SecretID), 401, "invalid_client AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + v.AppClientID + "'."},
		"object ID":         {v.TenantID, form("client_id", v.AppObjectID), 400, "unauthorized_client AADSTS700016: Application with identifier '" + v.AppObjectID + "' was not found"},
		"principal's ID":    {v.TenantID, form("client_id", v.ServicePrincipalID), 400, "unauthorized_client AADSTS700016: "},
		"single on common":  {"common", form(), 400, "invalid_request AADSTS50194: "},
		"multi on common":   {"common", form("client_id", v.MultiTenantClientID), 400, "invalid_request AADSTS9001023: The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."},
		"organizations":     {"organizations", form("client_id", v.MultiTenantClientID), 400, "invalid_request AADSTS50059: No tenant-identifying information found"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, got := post(t, tenant, c.authority, c.form)
			kind, _ := got["error"].(string)
			text, _ := got["error_description"].(string)
			if resp.StatusCode != c.status || !strings.HasPrefix(strings.TrimSpace(kind+" "+text), c.want) {
				t.Errorf("got %d %s %s, want %d %s", resp.StatusCode, kind, text, c.status, c.want)
			}
		})
	}
}

// TestRolesFollowTheGrants: the token carries what is granted and nothing else;
// with nothing granted it comes all the same, without roles.
func TestRolesFollowTheGrants(t *testing.T) {
	tenant := start(t, practice.Options{})
	tenant.GrantRoles("IMAP.AccessAsApp", "Mail.Send")
	if got := roles(t, tenant, outlook); !slices.Equal(got, []string{"IMAP.AccessAsApp"}) {
		t.Errorf("Exchange: %v", got)
	}
	if got := roles(t, tenant, onGraph); !slices.Equal(got, []string{"Mail.Send"}) {
		t.Errorf("Graph: %v", got)
	}
	tenant.GrantRoles()
	if got := roles(t, tenant, outlook); len(got) != 0 {
		t.Errorf("nothing granted: %v", got)
	}
	other := alone(tenant)
	other.ClientID = tenant.Values().ClientID
	token, err := appToken(t, other, onGraph)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := oauth.Inspect(token.Access); len(c.Roles) != 0 {
		t.Errorf("XCALLY's registration before consent: %v", c.Roles)
	}
	f := newForeign(tenant)
	f.listen(t)
	f.consent(t, onGraph)
	if token, err = appToken(t, other, onGraph); err != nil {
		t.Fatal(err)
	}
	if c, _ := oauth.Inspect(token.Access); !slices.Contains(c.Roles, "MailboxSettings.Read") || slices.Contains(c.Roles, "IMAP.AccessAsApp") {
		t.Errorf("XCALLY's registration after consent: %v", c.Roles)
	}
}

// appConsent consents for AppClientID at one of the two endpoints and returns
// what the browser brought back.
func appConsent(t *testing.T, tenant *practice.Tenant, endpoint, scope, user string) url.Values {
	t.Helper()
	f := newForeign(tenant)
	f.listen(t)
	v := tenant.Values()
	q := url.Values{"client_id": {v.AppClientID}, "redirect_uri": {f.RedirectURL}, "state": {"s"}}
	if scope != "" {
		q.Set("scope", scope)
	}
	final, err := tenant.Browse(t.Context(), tenant.Cloud().Authority+"/"+v.TenantID+endpoint+"?"+q.Encode(), user)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(final)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// TestAppAdminConsent: what an administrator consents to is in the next token,
// after either endpoint, and with each fault that says that consent is missing.
func TestAppAdminConsent(t *testing.T) {
	for name, c := range map[string]struct {
		endpoint, scope string
		fault           practice.Fault
		before          []string
	}{
		"revoked, v1":    {"/adminconsent", "", "", nil},
		"revoked, v2":    {"/v2.0/adminconsent", outlook, "", nil},
		"ps.outlook.com": {"/v2.0/adminconsent", "https://ps.outlook.com/.default", "", nil},
		"fault, v1":      {"/adminconsent", "", practice.FaultAppConsentMissing, nil},
		"fault, v2":      {"/v2.0/adminconsent", onGraph, practice.FaultAppConsentMissing, nil},
		"fewer roles":    {"/v2.0/adminconsent", outlook, practice.FaultAppFewerRoles, []string{"IMAP.AccessAsApp", "POP.AccessAsApp", "full_access_as_app"}},
	} {
		t.Run(name, func(t *testing.T) {
			tenant := start(t, practice.Options{})
			if c.fault == "" {
				tenant.RevokeConsent()
			} else {
				tenant.Break(c.fault)
			}
			if got := roles(t, tenant, outlook); !slices.Equal(got, c.before) {
				t.Errorf("before: %v", got)
			}
			declined := appConsent(t, tenant, c.endpoint, c.scope, tenant.Values().Address)
			if declined.Get("error") != "access_denied" || !strings.HasPrefix(declined.Get("error_description"), "AADSTS90094: ") {
				t.Errorf("a user: %v", declined)
			}
			back := appConsent(t, tenant, c.endpoint, c.scope, tenant.Values().Admin)
			if back.Has("error") || back.Get("admin_consent") != "True" || back.Get("tenant") != tenant.Values().TenantID || back.Has("scope") != (c.scope != "") {
				t.Errorf("came back with %v", back)
			}
			if c.scope != "" && (!strings.Contains(back.Get("scope"), "https://outlook.office365.com/IMAP.AccessAsApp") || strings.Contains(back.Get("scope"), "AsUser")) {
				t.Errorf("scope is %s", back.Get("scope"))
			}
			if got := roles(t, tenant, outlook); !slices.Equal(got, allRoles) {
				t.Errorf("after: %v", got)
			}
		})
	}
}

// TestAppFaults has the refusals that a fault causes.
func TestAppFaults(t *testing.T) {
	tenant := start(t, practice.Options{})
	for fault, want := range map[practice.Fault]struct {
		code int
		kind string
	}{
		practice.FaultSecretWrong:     {7000215, "invalid_client"},
		practice.FaultSecretExpired:   {7000222, "invalid_client"},
		practice.FaultConsentMissing:  {65001, "invalid_grant"},
		practice.FaultAppDisabled:     {7000112, "unauthorized_client"},
		practice.FaultThrottledSignIn: {90055, "temporarily_unavailable"},
		practice.FaultSignInDown:      {90033, "server_error"},
	} {
		tenant.Break(fault)
		_, err := appToken(t, alone(tenant), outlook)
		if code, kind := refused(err); code != want.code || kind != want.kind {
			t.Errorf("%s: %v", fault, err)
		}
		tenant.Heal()
	}
	tenant.Break(practice.FaultConsentMissing)
	appConsent(t, tenant, "/adminconsent", "", tenant.Values().Admin)
	if got := roles(t, tenant, outlook); !slices.Equal(got, allRoles) {
		t.Errorf("after consent: %v", got)
	}
	tenant.Heal()
	tenant.Break(practice.FaultWrongAudience)
	token, err := appToken(t, alone(tenant), outlook)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := oauth.Inspect(token.Access); c.Audience != "00000003-0000-0000-c000-000000000000" {
		t.Errorf("audience %s", c.Audience)
	}
	tenant.Heal()
	if !slices.Equal(roles(t, tenant, outlook), allRoles) {
		t.Error("not healed")
	}
	if time.Until(token.Expires) > time.Hour {
		t.Errorf("expires %v", token.Expires)
	}
}
