package scripts

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postkey/oauth"
)

// Every hostile value arrives at az as it is, saved and run, and pasted into an
// interactive shell, and the script leaves nothing else behind.
func TestBashScriptWithHostileValues(t *testing.T) {
	for _, name := range hostile {
		t.Run(name, func(t *testing.T) {
			r := right(t)
			r.Name = name
			r.RedirectURIs = []string{"https://x/" + name, "http://localhost/postkey"}
			text := script(t, r, AzureCLI)
			for how, run := range map[string]func(a *azure) (string, string, error){
				"syntax": func(a *azure) (string, string, error) { return a.run("", "bash", "-n", a.file(text)) },
				"saved":  func(a *azure) (string, string, error) { return a.run("", "bash", a.file(text)) },
				"pasted": func(a *azure) (string, string, error) {
					return a.run("set -o history; set -H\n"+text+"\nexit\n", "bash", "--norc", "--noprofile", "-i")
				},
			} {
				a := newAzure(t)
				out, errs, err := run(a)
				if err != nil {
					t.Fatalf("%s: %v\n%s%s", how, err, out, errs)
				}
				a.nothingLeft()
				if how == "syntax" {
					continue
				}
				if b := a.sent(); b.DisplayName != name || b.Web.RedirectURIs[0] != r.RedirectURIs[0] {
					t.Errorf("%s: sent %q, %q", how, b.DisplayName, b.Web.RedirectURIs)
				}
				if got, err := Parse(out, true); err != nil || got.ClientID != clientID {
					t.Errorf("%s: printed %q: %v", how, out, err)
				}
			}
		})
	}
}

func TestBashScript(t *testing.T) {
	a := newAzure(t, "AZ_TWICE=create")
	r := right(t)
	out, errs, err := a.run("", "bash", a.file(script(t, r, AzureCLI)))
	if err != nil {
		t.Fatal(err, out, errs)
	}
	b := a.sent()
	if b.DisplayName != r.Name || b.SignInAudience != "AzureADMyOrg" || !slices.Equal(b.Tags, []string{"postkey-script"}) {
		t.Errorf("sent %+v", b)
	}
	if !slices.Equal(b.Web.RedirectURIs, r.RedirectURIs) || len(b.PublicClient.RedirectURIs) > 0 || b.API.RequestedAccessTokenVersion != 0 {
		t.Errorf("platforms %+v", b)
	}
	if len(b.Required) != 1 || b.Required[0].ResourceAppID != "00000003-0000-0000-c000-000000000000" {
		t.Fatalf("resources %+v", b.Required)
	}
	for i, p := range r.Permissions {
		want := map[string]string{"delegated": "Scope", "application": "Role"}[p.Type]
		if got := b.Required[0].ResourceAccess[i]; got.ID != p.ID || got.Type != want {
			t.Errorf("%s: sent %+v", p.Name, got)
		}
	}
	if url := option(a.call("rest"), "--url"); url != "https://graph.microsoft.com/v1.0/applications" {
		t.Errorf("sent to %s", url)
	}
	reset := a.call("ad", "app", "credential", "reset")
	if !slices.Contains(reset, "--append") || option(reset, "--end-date") != "2027-05-21" || option(reset, "--id") != clientID {
		t.Errorf("the secret is made with %q", reset)
	}
	tries := 0
	for _, call := range a.calls() {
		if strings.HasPrefix(strings.Join(call, " "), "ad sp create") {
			tries++
		}
		if slices.Contains(call, "delete") || slices.Contains(call, "remove") {
			t.Errorf("az %q", call)
		}
	}
	if tries != 2 {
		t.Errorf("az ad sp create was called %d times and should be tried again once", tries)
	}
	got, err := Parse(out, true)
	if err != nil {
		t.Fatal(err, out)
	}
	if !got.Secret.Equal(oauth.NewSecret(secret)) {
		t.Error("another secret")
	}
	got.Secret = oauth.Secret{}
	if diff := cmp.Diff(Result{ClientID: clientID, TenantID: tenantID, Expires: "2027-05-21", SecretKeyID: keyID}, got,
		cmp.Comparer(oauth.Secret.Equal)); diff != "" {
		t.Error(diff)
	}
	a.nothingLeft()
}

// The tenant is the same whether its ID was typed in capitals or not; az writes it
// in small letters.
func TestBashScriptWithTenantInCapitals(t *testing.T) {
	r := right(t)
	r.TenantID = strings.ToUpper(tenantID)
	rotation := Rotation{ClientIDs: []string{clientID}, TenantID: r.TenantID, SecretEnds: "2027-05-21"}
	text, err := rotation.Script(AzureCLI)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{script(t, r, AzureCLI), text} {
		a := newAzure(t)
		if out, errs, err := a.run("", "bash", a.file(text)); strings.Contains(errs, "tenant") {
			t.Errorf("%v: %s%s", err, out, errs)
		}
	}
}

// SMTP through RBAC for Applications needs a registration without any permission
// (Exchange Online: Onboard SMTP with RBAC for Applications).
func TestScriptsWithoutPermissions(t *testing.T) {
	r := right(t)
	r.Permissions = nil
	a := newAzure(t, "AZ_URIS="+strings.Join(r.RedirectURIs, "\n"))
	out, errs, err := a.run("", "bash", a.file(script(t, r, AzureCLI)))
	if err != nil {
		t.Fatal(err, out, errs)
	}
	if b := a.sent(); b.DisplayName != r.Name || len(b.Required) != 0 {
		t.Errorf("sent %+v", b)
	}
	if got, err := Parse(out, true); err != nil || got.ClientID != clientID {
		t.Errorf("printed %s: %v", out, err)
	}
	verify, err := r.Verify(AzureCLI, clientID)
	if err != nil {
		t.Fatal(err)
	}
	if out, errs, err := a.run("", "bash", a.file(verify)); err != nil || strings.Contains(out, "missing") {
		t.Errorf("%v: %s%s", err, out, errs)
	}
	text := script(t, r, GraphPowerShell)
	if _, err := tokens(text); err != nil || strings.Contains(text, "RequiredResourceAccess") || !strings.Contains(text, "New-MgApplication @app") {
		t.Errorf("%v in\n%s", err, text)
	}
}

func TestBashScriptForDesktopAndPersonal(t *testing.T) {
	a := newAzure(t)
	r := right(t)
	r.Desktop, r.SecretEnds, r.Audience = true, "", oauth.AudienceMultiPersonal
	out, errs, err := a.run("", "bash", a.file(script(t, r, AzureCLI)))
	if err != nil {
		t.Fatal(err, out, errs)
	}
	b := a.sent()
	if len(b.Web.RedirectURIs) > 0 || !slices.Equal(b.PublicClient.RedirectURIs, r.RedirectURIs) ||
		b.SignInAudience != "AzureADandPersonalMicrosoftAccount" || b.API.RequestedAccessTokenVersion != 2 {
		t.Errorf("sent %+v", b)
	}
	for _, call := range a.calls() {
		if slices.Contains(call, "credential") {
			t.Errorf("az %q", call)
		}
	}
	if got, err := Parse(out, false); err != nil || !got.Secret.IsZero() || got.TenantID != tenantID {
		t.Errorf("%v in %s", err, out)
	}
}

// In the wrong place, or without a sign-in, nothing is made; after a failure on
// the way the script says what it left.
func TestBashScriptStops(t *testing.T) {
	other := "11111111-2222-4333-8444-555555555555"
	for name, tt := range map[string]struct {
		env   string
		says  string
		makes bool
	}{
		"not signed in":      {"AZ_FAILS=account", "Sign in first", false},
		"another tenant":     {"AZ_TENANT=" + other, "--tenant " + tenantID, false},
		"another cloud":      {"AZ_CLOUD=AzureChinaCloud", "az cloud set --name AzureCloud", false},
		"no right to create": {"AZ_FAILS=rest", "rest fails", true},
		"no enterprise app":  {"AZ_FAILS=sp", "az ad app delete --id " + clientID, true},
		"no secret":          {"AZ_FAILS=reset", "az ad app delete --id " + clientID, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAzure(t, tt.env)
			out, errs, err := a.run("", "bash", a.file(script(t, right(t), AzureCLI)))
			if err == nil || !strings.Contains(errs, tt.says) {
				t.Errorf("%v: %s%s", err, out, errs)
			}
			made := slices.ContainsFunc(a.calls(), func(c []string) bool { return c[0] == "rest" })
			if made != tt.makes || strings.Contains(out, "client_id") {
				t.Errorf("made %v, printed %s", made, out)
			}
		})
	}
	// The key ID is not worth losing the secret for.
	a := newAzure(t, "AZ_FAILS=list")
	out, errs, err := a.run("", "bash", a.file(script(t, right(t), AzureCLI)))
	if got, parsed := Parse(out, true); err != nil || parsed != nil || got.Secret.IsZero() || got.SecretKeyID != "" {
		t.Errorf("%v, %v: %s%s", err, parsed, out, errs)
	}
}

func TestBashVerifyOnlyReads(t *testing.T) {
	r := right(t)
	var permissions []string
	for _, p := range r.Permissions {
		permissions = append(permissions, p.ID+"="+map[string]string{"delegated": "Scope", "application": "Role"}[p.Type])
	}
	r.RedirectURIs[0] = "https://x/it's $(touch owned)"
	text, err := r.Verify(AzureCLI, clientID)
	if err != nil {
		t.Fatal(err)
	}
	a := newAzure(t, "AZ_URIS="+strings.Join(r.RedirectURIs, "\n"), "AZ_PERMISSIONS="+strings.Join(permissions, "\n"))
	out, errs, err := a.run("", "bash", a.file(text))
	if err != nil || strings.Contains(out, "missing") || strings.Count(out, "ok ") != 3+len(permissions) || !strings.Contains(out, keyID) {
		t.Errorf("%v: %s%s", err, out, errs)
	}
	a.nothingLeft()
	for _, call := range a.calls() {
		if !slices.Contains(call, "show") && !slices.Contains(call, "list") {
			t.Errorf("az %q does not only read", call)
		}
	}
	a = newAzure(t, "AZ_URIS="+r.RedirectURIs[1], "AZ_PERMISSIONS="+permissions[0])
	out, _, err = a.run("", "bash", a.file(text))
	if err == nil || !strings.Contains(out, "missing  redirect URI "+r.RedirectURIs[0]) || !strings.Contains(out, "missing  permission "+permissions[1]) {
		t.Errorf("%v: %s", err, out)
	}
}

// Undo asks at the terminal, so script(1) gives it one.
func TestBashUndo(t *testing.T) {
	text, err := right(t).Undo(AzureCLI, clientID)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		answer, tag string
		deleted     bool
	}{
		"yes":             {"yes\n", "postkey-script", true},
		"no":              {"no\n", "postkey-script", false},
		"only Return":     {"\n", "postkey-script", false},
		"not the scripts": {"yes\n", "", false},
		"another tag":     {"yes\n", "None", false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAzure(t, "AZ_TAG="+tt.tag)
			out, errs, _ := a.run(tt.answer, "script", "-qec", "bash "+a.file(text), "/dev/null")
			_, err := os.Stat(a.log + ".deleted")
			if (err == nil) != tt.deleted {
				t.Errorf("deleted %v: %s%s", err == nil, out, errs)
			}
			if tt.deleted && (option(a.call("ad", "app", "delete"), "--id") != clientID || !strings.Contains(out, "The app ("+clientID+")")) {
				t.Errorf("deleted %q after %s", a.call("ad", "app", "delete"), out)
			}
		})
	}
	// Without a terminal nobody can say yes.
	a := newAzure(t)
	out, errs, err := a.run("yes\n", "setsid", "--wait", "bash", a.file(text))
	if _, deleted := os.Stat(a.log + ".deleted"); err == nil || deleted == nil {
		t.Errorf("%v: %s%s", err, out, errs)
	}
}
