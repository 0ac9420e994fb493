package scripts

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const newKeyID = "1b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22"

// stubRotate is an az whose registrations have a secret already; the new one is
// listed first or last, and the second time it is asked.
const stubRotate = `#!/bin/bash
printf '%s\0' "$@" >>"$AZ_LOG"; printf '\n\0' >>"$AZ_LOG"
case " $* " in *" $AZ_FAILS "*) echo "stub: fails" >&2; exit 1;; esac
case "$*" in
"account show --query tenantId"*) printf '%s\r\n' "$AZ_TENANT";;
"cloud show --query name"*) echo "$AZ_CLOUD";;
"ad app credential reset"*) : >"$AZ_LOG.$6.made"; echo "WARNING: credentials" >&2; echo '` + secret + `';;
"ad app credential list"*"[].keyId"*)
  echo ` + keyID + `
  [ ! -e "$AZ_LOG.$6.made" ] || { [ -e "$AZ_LOG.$6.asked" ] && echo ` + newKeyID + `; : >"$AZ_LOG.$6.asked"; };;
"ad app credential list"*) printf 'Postkey\t2027-05-21T00:00:00Z\tabc\t%s\n' ` + keyID + `;;
"ad app credential delete"*) ;;
*) echo "stub: unknown $*" >&2; exit 9;;
esac
`

func rotation(ids ...string) Rotation {
	return Rotation{ClientIDs: ids, Cloud: "worldwide", TenantID: tenantID, SecretEnds: "2027-05-21"}
}

func rotateAzure(t *testing.T, env ...string) *azure {
	t.Helper()
	a := newAzure(t, append([]string{"AZ_FAILS=nothing-fails"}, env...)...)
	if err := os.WriteFile(filepath.Join(a.dir, "az"), []byte(stubRotate), 0o755); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestBashRotation(t *testing.T) {
	a := rotateAzure(t)
	text, err := rotation(clientID, otherID).Script(AzureCLI)
	if err != nil {
		t.Fatal(err)
	}
	out, errs, err := a.run("", "bash", a.file(text))
	if err != nil {
		t.Fatal(err, out, errs)
	}
	a.nothingLeft()
	got, err := ParseRotated(out)
	if err != nil || len(got) != 2 || got[0].ClientID != clientID || got[1].ClientID != otherID || got[1].KeyID != newKeyID || got[1].Secret.Reveal() != secret || got[0].Expires != "2027-05-21" {
		t.Errorf("%+v, %v of %s", got, err, out)
	}
	resets := 0
	for _, call := range a.calls() {
		if strings.HasPrefix(strings.Join(call, " "), "ad app credential reset") {
			resets++
			if !slices.Contains(call, "--append") || option(call, "--end-date") != "2027-05-21" || option(call, "--display-name") != "Postkey" {
				t.Errorf("the secret is made with %q", call)
			}
		}
	}
	if resets != 2 {
		t.Errorf("%d secrets are made", resets)
	}
}

// What fails for one registration leaves the others their secrets.
func TestBashRotationGoesOn(t *testing.T) {
	a := rotateAzure(t, "AZ_FAILS="+otherID)
	text, err := rotation(otherID, clientID).Script(AzureCLI)
	if err != nil {
		t.Fatal(err)
	}
	out, errs, err := a.run("", "bash", a.file(text))
	if err == nil || !strings.Contains(errs, "No secret was added to "+otherID) {
		t.Errorf("%v: %s", err, errs)
	}
	if got, err := ParseRotated(out); err != nil || len(got) != 1 || got[0].ClientID != clientID {
		t.Errorf("%+v, %v of %s", got, err, out)
	}
	for env, says := range map[string]string{"AZ_TENANT=" + otherID: "az login", "AZ_CLOUD=AzureChinaCloud": "az cloud set"} {
		a := rotateAzure(t, env)
		if _, errs, err := a.run("", "bash", a.file(text)); err == nil || !strings.Contains(errs, says) {
			t.Errorf("%s: %v, %s", env, err, errs)
		}
		for _, call := range a.calls() {
			if slices.Contains(call, "reset") {
				t.Errorf("%s: a secret was made", env)
			}
		}
	}
}

func TestBashRotationWithHostileLabel(t *testing.T) {
	for _, label := range hostile {
		a := rotateAzure(t)
		r := rotation(clientID)
		r.Label = label
		text, err := r.Script(AzureCLI)
		if err != nil {
			t.Fatal(err)
		}
		if out, errs, err := a.run("", "bash", a.file(text)); err != nil || option(a.call("ad", "app", "credential", "reset"), "--display-name") != label {
			t.Errorf("%q: %v\n%s%s", label, err, out, errs)
		}
		a.nothingLeft()
	}
}

// The old secret is removed after a question alone, and never the last one.
func TestBashRemove(t *testing.T) {
	text, err := rotation().Remove(AzureCLI, []OldSecret{{clientID, keyID}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, answer string
		made         bool
		text         string
		deleted      bool
		says         string
	}{
		{"yes", "yes\n", true, text, true, "Removed."},
		{"no", "no\n", true, text, false, "It stays."},
		{"the last one", "yes\n", false, text, false, "It is the last secret"},
		{"another key", "yes\n", true, strings.ReplaceAll(text, keyID, otherID), false, "has no secret with the key id"},
	} {
		a := rotateAzure(t)
		if tt.made {
			for _, name := range []string{".made", ".asked"} {
				if err := os.WriteFile(a.log+"."+clientID+name, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		answers := filepath.Join(a.dir, "tty")
		if err := os.WriteFile(answers, []byte(tt.answer), 0o600); err != nil {
			t.Fatal(err)
		}
		// There is no terminal in a test: a file answers, and what was asked comes on standard error.
		script := strings.ReplaceAll(strings.ReplaceAll(tt.text, "</dev/tty", "<"+answers), ">/dev/tty", ">&2")
		out, errs, _ := a.run("", "bash", a.file(script))
		deleted := slices.ContainsFunc(a.calls(), func(call []string) bool { return slices.Contains(call, "delete") })
		if deleted != tt.deleted || !strings.Contains(out+errs, tt.says) {
			t.Errorf("%s: deleted %v\n%s%s", tt.name, deleted, out, errs)
		}
		if tt.deleted && option(a.call("ad", "app", "credential", "delete"), "--key-id") != keyID {
			t.Errorf("%q", a.calls())
		}
	}
	list, err := rotation(clientID).List(AzureCLI)
	if err != nil {
		t.Fatal(err)
	}
	a := rotateAzure(t)
	if out, errs, err := a.run("", "bash", a.file(list)); err != nil || !strings.Contains(out, keyID) {
		t.Errorf("%v: %s%s", err, out, errs)
	}
}

func TestPowerShellRotation(t *testing.T) {
	r := rotation(clientID, otherID)
	r.Label = marker
	plain, err := r.Script(GraphPowerShell)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"Add-MgApplicationPassword", "ConvertTo-Json", "'" + otherID + "'", "-TenantId '" + tenantID + "'", "-Environment 'Global'"} {
		if !strings.Contains(plain, words) {
			t.Errorf("%s is not in\n%s", words, plain)
		}
	}
	for _, label := range hostile {
		r.Label = label
		got, err := r.Script(GraphPowerShell)
		if err == nil {
			err = sameBut(plain, got, label)
		}
		if err != nil {
			t.Errorf("%q: %v", label, err)
		}
	}
	remove, err := r.Remove(GraphPowerShell, []OldSecret{{clientID, keyID}})
	ask, last, do := strings.Index(remove, "Read-Host"), strings.Index(remove, "-eq 1"), strings.Index(remove, "Remove-MgApplicationPassword")
	if err != nil || last < 0 || ask < last || do < ask || !strings.Contains(remove, "Remove-OldSecret '"+clientID+"' '"+keyID+"'") {
		t.Errorf("%v\n%s", err, remove)
	}
	list, err := r.List(GraphPowerShell)
	if _, tokenErr := tokens(list); err != nil || tokenErr != nil || strings.Contains(list, "Remove-") || strings.Contains(list, "Add-") {
		t.Errorf("%v, %v\n%s", err, tokenErr, list)
	}
}

func TestRotationRefuses(t *testing.T) {
	for name, write := range map[string]func(Tool) (string, error){
		"no registration": rotation().Script,
		"no ID":           rotation("my app").Script,
		"no day":          Rotation{ClientIDs: []string{clientID}, SecretEnds: "soon"}.Script,
		"a label":         Rotation{ClientIDs: []string{clientID}, SecretEnds: "2027-05-21", Label: "a\nb"}.Script,
		"nothing to list": rotation().List,
		"nothing old":     func(t Tool) (string, error) { return rotation(clientID).Remove(t, nil) },
		"no key id":       func(t Tool) (string, error) { return rotation().Remove(t, []OldSecret{{clientID, "x"}}) },
	} {
		for _, tool := range Tools() {
			if text, err := write(tool); !errors.Is(err, ErrValue) || text != "" {
				t.Errorf("%s, %s: %v", name, tool, err)
			}
		}
	}
	if _, err := rotation(clientID).Script("perl"); !errors.Is(err, ErrTool) {
		t.Error(err)
	}
}
