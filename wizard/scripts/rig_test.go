package scripts

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"postkey/oauth"
	"postkey/wizard/catalog"
)

const (
	clientID = "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10"
	tenantID = "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11"
	keyID    = "0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22"
	secret   = "abc8Q~PLANTED.secret-value_0123456789abc"
)

// hostile are display names that end a literal, a line or a comment in one shell
// or the other, where the quoting has a hole.
var hostile = []string{
	`O'Brien's "mail" $HOME ${IFS} $(touch owned) ` + "`touch owned`",
	`'; touch owned; '`, `'`, `''`, `'''`, `\`, `\'`, `'\''`, `$'\x27'`, `"`, `"; touch owned; "`,
	"!!", "a!touch b!", `it's !x`, "#none", "-rf", "--help", "@/etc/passwd", "%s%n", "*", "~", "{{.}}",
	"‘; touch owned; ’", "‚touch owned‛", "“$(touch owned)”„", "‘’‚‛'", "’; Remove-Item *; ‘",
	"; & | < > ( ) [ ] { }", "Ñandú Ò Ó Ô 🙂 日本語", "a\u00a0b", "\ufffd",
}

func catalogOf(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// right is a registration with everything in it; shared mailboxes have
// permissions of both types.
func right(t testing.TB) Registration {
	return Registration{
		Name: "XCALLY Motion mail (Support)", Audience: oauth.AudienceSingle, Cloud: catalog.Worldwide,
		TenantID:     tenantID,
		RedirectURIs: []string{"https://motion.contoso.com/api/cloudProviders/oauth2/microsoft/callback", "http://localhost/postkey"},
		Permissions:  catalogOf(t).Permissions("xcally", true), SecretEnds: "2027-05-21",
	}
}

func script(t testing.TB, r Registration, tool Tool) string {
	t.Helper()
	text, err := r.Script(tool)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// stubAZ is an az that keeps its arguments and gives the answers of a tenant.
const stubAZ = `#!/bin/bash
printf '%s\0' "$@" >>"$AZ_LOG"; printf '\n\0' >>"$AZ_LOG"
for word in $AZ_FAILS; do case " $* " in *" $word "*) echo "stub: $word fails" >&2; exit 1;; esac; done
if [ -n "$AZ_TWICE" ]; then case " $* " in *" $AZ_TWICE "*)
  if [ ! -e "$AZ_LOG.once" ]; then : >"$AZ_LOG.once"; echo "stub: not yet" >&2; exit 1; fi;; esac; fi
case "$*" in
"account show --query tenantId"*) printf '%s\r\n' "$AZ_TENANT";;
"cloud show --query name"*) echo "$AZ_CLOUD";;
"cloud show --query endpoints.microsoftGraphResourceId"*) echo https://graph.microsoft.com/;;
"rest "*) echo ` + clientID + `;;
"ad sp create"*) echo an-object-id;;
"ad app credential reset"*) echo "WARNING: credentials" >&2; echo '` + secret + `';;
"ad app credential list"*keyId"'"*|"ad app credential list"*"[0].keyId"*) echo ` + keyID + `;;
"ad app credential list"*) printf 'Postkey\t2027-05-21T00:00:00Z\t%s\n' ` + keyID + `;;
"ad app show"*"tags["*) echo "$AZ_TAG";;
"ad app show"*displayName*) echo 'The app';;
"ad app show"*signInAudience*) echo AzureADMyOrg;;
"ad app show"*redirectUris*) printf '%s\n' "$AZ_URIS";;
"ad app show"*requiredResourceAccess*) printf '%s\n' "$AZ_PERMISSIONS";;
"ad app delete"*) : >"$AZ_LOG.deleted";;
*) echo "stub: unknown $*" >&2; exit 9;;
esac
`

// azure is a folder with the stub on the path.
type azure struct {
	t    *testing.T
	dir  string
	env  []string
	log  string
	home string // where a script would leave something behind
}

func newAzure(t *testing.T, env ...string) *azure {
	t.Helper()
	a := &azure{t: t, dir: t.TempDir(), home: t.TempDir()}
	a.log = filepath.Join(a.dir, "log")
	for name, text := range map[string]string{"az": stubAZ, "sleep": "#!/bin/bash\n"} {
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	a.env = append([]string{
		"PATH=" + a.dir + ":" + os.Getenv("PATH"), "HOME=" + a.home, "AZ_LOG=" + a.log, "TERM=dumb", "LC_ALL=C.UTF-8",
		"AZ_TENANT=" + tenantID, "AZ_CLOUD=AzureCloud", "AZ_TAG=postkey-script", "HISTFILE=/dev/null",
	}, env...)
	return a
}

// run runs a command in the empty folder and returns what it printed.
func (a *azure) run(stdin, name string, args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = a.home, a.env, strings.NewReader(stdin)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// file saves a script as the window does.
func (a *azure) file(script string) string {
	a.t.Helper()
	path := filepath.Join(a.dir, "script.sh")
	if err := os.WriteFile(path, AzureCLI.File(script), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// calls are the commands that were given to az.
func (a *azure) calls() [][]string {
	a.t.Helper()
	raw, err := os.ReadFile(a.log)
	if err != nil {
		a.t.Fatal("az was never called: ", err)
	}
	var all [][]string
	call := []string{}
	for _, arg := range strings.Split(strings.TrimSuffix(string(raw), "\x00"), "\x00") {
		if arg == "\n" {
			all = append(all, call)
			call = nil
			continue
		}
		call = append(call, arg)
	}
	return all
}

// call is the one command that begins with these words.
func (a *azure) call(words ...string) []string {
	a.t.Helper()
	for _, c := range a.calls() {
		if strings.HasPrefix(strings.Join(c, " ")+" ", strings.Join(words, " ")+" ") {
			return c
		}
	}
	a.t.Fatalf("az %s was not called, but %q", strings.Join(words, " "), a.calls())
	return nil
}

// option is the value behind an option of a command.
func option(call []string, name string) string {
	for i, arg := range call[:len(call)-1] {
		if arg == name {
			return call[i+1]
		}
	}
	return ""
}

// body is what was sent to Microsoft Graph.
type body struct {
	DisplayName    string
	SignInAudience string
	API            struct{ RequestedAccessTokenVersion int }
	Web            struct{ RedirectURIs []string }
	PublicClient   struct{ RedirectURIs []string }
	Tags           []string
	Required       []struct {
		ResourceAppID  string
		ResourceAccess []struct{ ID, Type string }
	} `json:"requiredResourceAccess"`
}

func (a *azure) sent() body {
	a.t.Helper()
	var b body
	raw := option(a.call("rest"), "--body")
	if err := json.Unmarshal([]byte(raw), &b); err != nil {
		a.t.Fatalf("%v in %s", err, raw)
	}
	return b
}

// nothingLeft proves that the script did nothing but call az.
func (a *azure) nothingLeft() {
	a.t.Helper()
	left, err := os.ReadDir(a.home)
	if err != nil || len(left) > 0 {
		a.t.Errorf("the script left %v, %v", left, err)
	}
}
