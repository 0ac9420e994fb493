package scripts

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"postkey/oauth"
	"postkey/wizard/catalog"
)

func TestNoScriptOfWhatCannotBeQuoted(t *testing.T) {
	for name, change := range map[string]func(*Registration){
		"line feed":       func(r *Registration) { r.Name = "a\nb" },
		"carriage return": func(r *Registration) { r.Name = "a\rb" },
		"next line":       func(r *Registration) { r.Name = "a\u0085b" },
		"line separator":  func(r *Registration) { r.Name = "a\u2028b" },
		"NUL":             func(r *Registration) { r.Name = "a\x00b" },
		"escape":          func(r *Registration) { r.Name = "a\x1b[2Jb" },
		"tab":             func(r *Registration) { r.Name = "a\tb" },
		"right to left":   func(r *Registration) { r.Name = "a\u202eb" },
		"no UTF-8":        func(r *Registration) { r.Name = "a\xffb" },
		"a URI":           func(r *Registration) { r.RedirectURIs[0] = "https://x\n" },
		"no name":         func(r *Registration) { r.Name = "" },
		"no URI":          func(r *Registration) { r.RedirectURIs = nil },
		"audience":        func(r *Registration) { r.Audience = "all" },
		"no day":          func(r *Registration) { r.SecretEnds = "soon" },
		"permission type": func(r *Registration) { r.Permissions[0].Type = "" },
		"permission ID":   func(r *Registration) { r.Permissions[0].ID = "openid" },
		"permission name": func(r *Registration) { r.Permissions[0].Name = "openid\nrm" },
		"resource":        func(r *Registration) { r.Permissions[0].ResourceAppID = "Graph" },
	} {
		for _, tool := range Tools() {
			r := right(t)
			r.RedirectURIs, r.Permissions = slices.Clone(r.RedirectURIs), slices.Clone(r.Permissions)
			change(&r)
			text, err := r.Script(tool)
			if !errors.Is(err, ErrValue) || text != "" {
				t.Errorf("%s, %s: %v\n%s", tool, name, err, text)
			}
		}
	}
	if _, err := right(t).Script("perl"); !errors.Is(err, ErrTool) {
		t.Error(err)
	}
	for _, id := range []string{"", "common", clientID + "'", clientID + "\n"} {
		if _, err := right(t).Undo(AzureCLI, id); !errors.Is(err, ErrValue) {
			t.Errorf("undo of %q: %v", id, err)
		}
		if _, err := right(t).Verify(GraphPowerShell, id); !errors.Is(err, ErrValue) {
			t.Errorf("verify of %q: %v", id, err)
		}
	}
}

// Every script is fit to be pasted: no tab, which a shell completes, and nothing
// outside of ASCII but in values. All products and clouds have one.
func TestScriptsForAllProductsAndClouds(t *testing.T) {
	cat := catalogOf(t)
	clouds := []string{catalog.Custom, "practice"}
	for _, c := range cat.Clouds() {
		clouds = append(clouds, c.ID)
	}
	for _, product := range cat.Products() {
		for _, shared := range []bool{false, true} {
			for _, cloud := range clouds {
				for _, audience := range []oauth.Audience{oauth.AudienceSingle, oauth.AudienceMulti, oauth.AudienceMultiPersonal} {
					r := right(t)
					r.Cloud, r.Audience, r.Permissions = cloud, audience, cat.Permissions(product.ID, shared)
					for _, tool := range Tools() {
						verify, err1 := r.Verify(tool, clientID)
						undo, err2 := r.Undo(tool, clientID)
						if err := errors.Join(err1, err2); err != nil {
							t.Fatal(err)
						}
						for _, text := range []string{script(t, r, tool), verify, undo} {
							if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }); i >= 0 {
								t.Fatalf("%q in\n%s", text[i], text)
							}
							if strings.Contains(text, "<no value>") {
								t.Fatal(text)
							}
						}
					}
				}
			}
		}
	}
}

func FuzzBash(f *testing.F) {
	for _, value := range hostile {
		f.Add(value)
	}
	f.Add("a\nb")
	f.Fuzz(func(t *testing.T, value string) {
		word, err := Bash(value)
		if err != nil {
			if !errors.Is(err, ErrValue) {
				t.Error(err)
			}
			return
		}
		out, err := exec.Command("bash", "-c", "set -- "+word+"; printf '%s|%s' $# \"$1\"").CombinedOutput()
		if err != nil || string(out) != "1|"+value {
			t.Errorf("%s means %q: %v", word, out, err)
		}
	})
}

func FuzzPowerShell(f *testing.F) {
	for _, value := range hostile {
		f.Add(value)
	}
	f.Add("a\nb")
	f.Fuzz(func(t *testing.T, value string) {
		literal, err := PowerShell(value)
		if err != nil {
			if !errors.Is(err, ErrValue) {
				t.Error(err)
			}
			return
		}
		got, err := tokens("f " + literal + " g")
		if err != nil || !slices.Equal(got, []token{{"other", "f"}, {"literal", value}, {"other", "g"}}) {
			t.Errorf("%s means %q: %v", literal, got, err)
		}
	})
}
