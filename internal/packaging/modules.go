package packaging

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Module is one Go module that is inside the program.
type Module struct {
	Path, Version string
	Sum           string // of its content, as in go.sum; empty for the standard library
	Dir           string // where its source is on this computer
}

// Inside reads from built programs which modules are in them, the Go standard
// library first, and finds their sources with the Go tool, called in dir.
func Inside(dir string, programs ...string) ([]Module, error) {
	sources, err := sourceDirs(dir)
	if err != nil {
		return nil, err
	}
	found := map[Module]bool{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, fmt.Errorf("read what is in %s: %w", program, err)
		}
		found[Module{Path: standard, Version: info.GoVersion}] = true
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			found[Module{Path: m.Path, Version: m.Version, Sum: m.Sum}] = true
		}
	}
	var modules []Module
	for m := range found {
		m.Dir = sources[m.Path+"@"+m.Version]
		if m.Path == standard {
			m.Dir = sources[standard]
		}
		if m.Dir == "" {
			return nil, fmt.Errorf("the source of %s %s is not on this computer", m.Path, m.Version)
		}
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b Module) int {
		// The standard library has no dot in its name.
		return cmp.Or(cmp.Compare(first(b), first(a)), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Version, b.Version))
	})
	return modules, nil
}

// standard is the name of Go's standard library among the modules.
const standard = "std"

func first(m Module) int {
	if m.Path == standard {
		return 1
	}
	return 0
}

// sourceDirs maps each module that may be in a program to the folder of its source.
func sourceDirs(dir string) (map[string]string, error) {
	root, err := tool(dir, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	list, err := tool(dir, "list", "-m", "-json", "all")
	if err != nil {
		return nil, err
	}
	dirs := map[string]string{standard: strings.TrimSpace(string(root))}
	for d := json.NewDecoder(bytes.NewReader(list)); ; {
		var m struct{ Path, Version, Dir string }
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			return dirs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the list of modules: %w", err)
		}
		dirs[m.Path+"@"+m.Version] = m.Dir
	}
}

func tool(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, said.String())
	}
	return out, nil
}

// licenceName is what files with a licence are called.
var licenceName = regexp.MustCompile(`(?i)^(un)?(licen[cs]es?|copying|notice|copyright|patents|ofl)([._-].*)?$`)

// Licence is one text that a module comes with.
type Licence struct {
	File string // within the module, with slashes
	Text string
}

// Licences finds the texts that a module comes with, also those of the fonts and
// the C sources in its folders.
func (m Module) Licences() ([]Licence, error) {
	var found []Licence
	err := filepath.WalkDir(m.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			// The Go distribution holds more than its library.
			if path != m.Dir && (m.Path == standard || slices.Contains([]string{"testdata", ".git", "node_modules"}, e.Name())) {
				return fs.SkipDir
			}
			return nil
		}
		if !licenceName.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(m.Dir, path)
		found = append(found, Licence{filepath.ToSlash(name), strings.ReplaceAll(string(text), "\r\n", "\n")})
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s %s comes without a licence", m.Path, m.Version)
	}
	return found, err
}
