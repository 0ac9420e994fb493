package assets

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// builtKeys are the keys that the code puts together while it runs: prefix,
// then a string constant or a number that stands elsewhere in the code or in
// assets/catalog, then suffix. A new one goes here, or the test fails.
var builtKeys = []struct{ prefix, suffix string }{
	{"", ".file"},                    // ui: the name of a file to save, by kind
	{"consent.", "-text"},            // ui: why consent was not given
	{"consent.mail.", ""},            // wizard: the mail for the administrator
	{"consent.mail.permission.", ""}, // catalog.Permission.Type
	{"expiry.cert-", ""},             // wizard.Warning
	{"expiry.cert-", "-title"},       //
	{"expiry.secret-", ""},           //
	{"expiry.secret-", "-title"},     //
	{"exchange.script.", ""},         // wizard/exchange: the IDs of its scripts
	{"exchange.script.", "-why"},     //
	{"exchange.read-", ""},           // what its functions are called with
	{"exchange.line-", ""},           //
	{"exchange.fix-", ""},            //
	{"facts.server-", ""},            // imap, pop, smtp
	{"graphics.", ""},                // internal/graphics: line, text, display
	{"graphics.", "-unix"},           //
	{"help.", ""},                    // ui: pages of the help, by data
	{"help.label.", ""},              // platforms
	{"help.label.types-", ""},        // oauth.Audience
	{"save-file.saved-", ""},         // ui: what was saved, by kind
	{"repeat.way-", ""},              // ui: how often a test is repeated
	{"consent.paste.", ""},           // oauth.PasteKind
	{"consent.role.", ""},            // internal/practice: permissions of an application
	{"finding-card.who.", ""},        // diagnose.Who
	{"findings.", ".title"},          // diagnose: the IDs of assets/catalog/findings.json
	{"findings.", ".what"},           //
	{"findings.", ".why"},            //
	{"findings.", ".fix.1"},          //
	{"findings.", ".fix.2"},          //
	{"findings.", ".fix.3"},          //
	{"findings.", ".fix.4"},          //
	{"findings.delay.", ""},          // how long it takes, by name
	{"findings.guidance.", ""},       // advice of a product's guide, by its id
	{"apponly.leg-", ""},             // check.Leg
	{"home.hop-", ""},                // check.HopName
	{"", ".heading"},                 // wizard: what the browser shows after the sign-in
	{"", ".text"},                    //
	{"manifest.read-", ""},           // wizard/manifest: what its functions are called with
	{"manifest.point-", ""},          //
	{"manifest.fix-", ""},            //
	{"page-date.month-", ""},         // 1 to 12
	{"pages.endpoint-", ""},          // wizard.Field of a custom cloud
	{"pages.says-", ""},              // catalog.GrantState
	{"pages.type-", ""},              // catalog.Permission.Type
	{"practice.fault.", ""},          // practice.Fault
	{"practice.group.", ""},          // internal/practice: groups of faults
	{"practice.scope.", ""},          // names of permissions
	{"protocols.", ""},               // imap, pop, smtp
	{"rotatescript.", ""},            // wizard/scripts: the errors of what a rotation printed
	{"script.", ""},                  // wizard/scripts: its kinds and its errors
	{"script.", "-detail"},           //
	{"rotate.proof-", ""},            // wizard.RotateStep
	{"rotate.proof-", "-certificate"},
	{"signin-page.before.", ""},    // own, shared
	{"signin-page.before.", "-as"}, //
	{"signin-page.intro.", ""},     //
	{"signin-page.paste.", ""},     // oauth.PasteKind
	{"test-page.hop.", ""},         // check.HopName
	{"test-page.leg.", ""},         // check.Leg
	{"mailbox-page.intro.", ""},    // internal/terminal: own, shared
	{"pages.", "-sentence"},        // internal/terminal: wizard.StepID
	{"terminal.fence-", ""},        // check.FenceState
	{"ui.month-", ""},              // 1 to 12
	{"wizard.", ""},                // what problem, warning and fail are called with
	{"wizard.hint-", ""},           // wizard.StepID
	{"wizard.hint-", "-app-only"},  //
	{"wizard.step-", ""},           //
	{"wizard.values-type-", ""},    // kinds of JSON values
}

// fyneKeys is the area whose keys are Fyne's own.
const fyneKeys = "fyne"

// sources is what the code and the catalogue say.
type sources struct {
	literals map[string]string // string constant → where it stands
	built    map[string]string // the left side of "…" + something → where
	called   map[string]string // the key that a function for texts is called with → where
}

// textFunctions take a key as their first argument; the value goes before it.
var textFunctions = map[string]string{"tr": "", "word": "", "Msg": "", "X": "", "XN": "", "problem": "wizard.", "warning": "wizard."}

func readSources(t *testing.T) sources {
	t.Helper()
	s := sources{make(map[string]string), make(map[string]string), make(map[string]string)}
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "build" || d.Name() == "testdata"):
			return fs.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			return s.readGo(path)
		case strings.HasSuffix(path, ".json") && strings.Contains(filepath.ToSlash(path), "assets/catalog/"):
			return s.readJSON(path)
		case strings.HasSuffix(path, ".html") || strings.HasSuffix(path, ".tmpl"):
			return s.readTemplate(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sources) readGo(path string) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if text, ok := literal(n); ok {
				s.literals[text] = files.Position(n.Pos()).String()
			}
		case *ast.BinaryExpr:
			if text, ok := literal(n.X); ok && n.Op == token.ADD {
				s.built[text] = files.Position(n.Pos()).String()
			}
		case *ast.CallExpr:
			if len(n.Args) == 0 {
				break
			}
			prefix, known := textFunctions[nameOf(n.Fun)]
			if text, ok := literal(n.Args[0]); ok && known {
				s.called[prefix+text] = files.Position(n.Pos()).String()
			}
		}
		return true
	})
	return nil
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func nameOf(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

func (s *sources) readJSON(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var content any
	if err := json.Unmarshal(data, &content); err != nil {
		return err
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			s.literals[v] = path
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		case map[string]any:
			for key, inner := range v {
				s.literals[key] = path
				walk(inner)
			}
		}
	}
	walk(content)
	return nil
}

// quoted is a constant in a template.
var quoted = regexp.MustCompile("\"([^\"{}<>]+)\"")

func (s *sources) readTemplate(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, m := range quoted.FindAllStringSubmatch(string(data), -1) {
		s.literals[m[1]] = path
	}
	return nil
}

// uses reports whether the code or the catalogue needs key.
func (s *sources) uses(key string) bool {
	if _, ok := s.literals[key]; ok {
		return true
	}
	for _, b := range builtKeys {
		inner, ok := strings.CutPrefix(key, b.prefix)
		if !ok {
			continue
		}
		if inner, ok = strings.CutSuffix(inner, b.suffix); !ok || inner == "" {
			continue
		}
		if _, err := strconv.Atoi(inner); err == nil {
			return true
		}
		if _, ok := s.literals[inner]; ok {
			return true
		}
		// Where there is a suffix, the constant may carry the prefix.
		if _, ok := s.literals[b.prefix+inner]; ok && b.suffix != "" {
			return true
		}
	}
	return false
}

var (
	looksLikeKey  = regexp.MustCompile(`^([a-z0-9-]+)\.[a-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$`)
	looksLikeFile = regexp.MustCompile(`\.(json|html|svg|png|go|log|lock|com|example|toml|desktop|md|txt|ics|eml|ps1|sh|cer|exe)$`)
)

// Every key is used, and every key that the code or the catalogue names is there.
func TestKeysAndCodeAgree(t *testing.T) {
	s := readSources(t)
	known, prefixes, own := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, name := range translationFiles() {
		area, lang, _ := areaAndLanguage(name)
		if lang != "en" {
			continue
		}
		messages, err := Area(name)
		if err != nil {
			t.Fatal(err)
		}
		for key := range messages {
			known[key] = true
			if area == fyneKeys {
				own[key] = true
				continue
			}
			prefix, _, _ := strings.Cut(key, ".")
			prefixes[prefix] = true
		}
	}
	for key := range known {
		if !own[key] && !s.uses(key) {
			t.Errorf("%q is used nowhere", key)
		}
	}
	for key, at := range s.called {
		if looksLikeKey.MatchString(key) && !known[key] {
			t.Errorf("%s: %q is in no file of translations", at, key)
		}
	}
	for text, at := range s.literals {
		m := looksLikeKey.FindStringSubmatch(text)
		if m == nil || !prefixes[m[1]] || known[text] || looksLikeFile.MatchString(text) || completed(text, known) {
			continue
		}
		t.Errorf("%s: %q looks like a key and is in no file of translations", at, text)
	}
	documented := make(map[string]bool)
	for _, b := range builtKeys {
		documented[b.prefix] = true
	}
	for text, at := range s.built {
		prefix, rest, _ := strings.Cut(text, ".")
		if prefixes[prefix] && strings.HasSuffix(text, ".") || prefixes[prefix] && rest != "" && strings.HasSuffix(text, "-") {
			if !documented[text] {
				t.Errorf("%s: keys are built from %q, which builtKeys does not list", at, text)
			}
		}
	}
	for prefix := range documented {
		if !s.begins(prefix) {
			t.Errorf("builtKeys lists %q, with which nothing begins", prefix)
		}
	}
}

// begins reports whether something in the code begins with prefix, or is its
// end: a function may put the area before it.
func (s *sources) begins(prefix string) bool {
	for text := range s.literals {
		if strings.HasPrefix(text, prefix) || len(text) > 1 && strings.HasSuffix(prefix, "."+text) {
			return true
		}
	}
	return false
}

// completed reports whether text is a key with one of the suffixes.
func completed(text string, known map[string]bool) bool {
	for _, b := range builtKeys {
		if b.suffix != "" && known[text+b.suffix] {
			return true
		}
	}
	return false
}
