package packaging

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"postkey/internal/cli"
)

// root is the top of the source; id names the program to every desktop.
const (
	root = "../.."
	id   = "io.postkey.Postkey"
)

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestOneID: the program, its settings and each package go by the same name.
func TestOneID(t *testing.T) {
	for file, want := range map[string]string{
		root + "/FyneApp.toml":          `ID = "` + id + `"`,
		root + "/main.go":               `appID = "` + id + `"`,
		"linux/" + id + ".desktop":      "Icon=" + id + "\n",
		"linux/" + id + ".metainfo.xml": "<id>" + id + "</id>",
		"mac/Info.plist":                "<string>" + id + "</string>",
		"windows/winres.json":           `"name": "` + id + `"`,
		"windows/setup.nsi":             `$APPDATA\fyne\` + id + `"`,
	} {
		if !strings.Contains(read(t, file), want) {
			t.Errorf("%s does not say %q", file, want)
		}
	}
}

// TestMan: the manual knows each command and each option, and no other.
func TestMan(t *testing.T) {
	manual := strings.ReplaceAll(read(t, "linux", "postkey.1"), `\-`, "-")
	help := func(args ...string) string {
		var out bytes.Buffer
		p := cli.Program{Out: &out, Err: io.Discard, Getenv: os.Getenv}
		if status := p.Run(context.Background(), append(args, "--help")); status != cli.ExitOK {
			t.Fatalf("%q --help: status %d", args, status)
		}
		return out.String()
	}
	said := help()
	_, list, _ := strings.Cut(said, "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var commands []string
	for line := range strings.Lines(list) {
		if name := strings.Fields(line)[0]; name != "help" {
			commands = append(commands, name)
			said += help(name)
		}
	}
	if len(commands) < 4 {
		t.Fatalf("the commands are %q", commands)
	}
	for _, name := range commands {
		if !regexp.MustCompile(`(?m)^\.BR? "?` + name + `\b`).MatchString(manual) {
			t.Errorf("linux/postkey.1 does not explain the command %s", name)
		}
	}
	option := regexp.MustCompile(`--[a-z]+`)
	known := map[string]bool{}
	for _, o := range option.FindAllString(said, -1) {
		known[o] = true
		if !strings.Contains(manual, o) {
			t.Errorf("linux/postkey.1 does not explain %s", o)
		}
	}
	for _, o := range option.FindAllString(manual, -1) {
		if !known[o] {
			t.Errorf("the manual explains %s, which is no option", o)
		}
	}
}

// TestPlist: the bundle for macOS is put together as it is on a Mac.
func TestPlist(t *testing.T) {
	dir := t.TempDir()
	icon, err := ICNS(svg(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"program": []byte("program"), "icon": icon} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	app := filepath.Join(dir, "Postkey.app")
	cmd := exec.Command("mac/bundle.sh", filepath.Join(dir, "program"), filepath.Join(dir, "icon"), app)
	cmd.Env = append(os.Environ(), "POSTKEY_VERSION=1.2.3-dev.4.gabc", "POSTKEY_COUNT=4")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	values := plist(t, read(t, app, "Contents", "Info.plist"))
	for key, want := range map[string]string{
		"CFBundleIdentifier": id, "CFBundleShortVersionString": "1.2.3", "CFBundleVersion": "4", "CFBundlePackageType": "APPL",
	} {
		if values[key] != want {
			t.Errorf("%s is %q", key, values[key])
		}
	}
	info, err := os.Stat(filepath.Join(app, "Contents", "MacOS", values["CFBundleExecutable"]))
	if err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("the program: %v, %v", info, err)
	}
	if read(t, app, "Contents", "Resources", values["CFBundleIconFile"]) != string(icon) {
		t.Error("the icon is another one")
	}
}

// plist reads the keys of a property list whose values are strings.
func plist(t *testing.T, text string) map[string]string {
	t.Helper()
	values, key, inside := map[string]string{}, "", ""
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = true
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return values
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inside = token.Name.Local
		case xml.EndElement:
			inside = ""
		case xml.CharData:
			switch inside {
			case "key":
				key = string(token)
			case "string":
				values[key] = string(token)
			}
		}
	}
}

// TestManifest: the program for Windows asks for no rights and knows each screen's scale.
func TestManifest(t *testing.T) {
	var resources struct {
		Manifest map[string]map[string]struct {
			Level string `json:"execution-level"`
			DPI   string `json:"dpi-awareness"`
		} `json:"RT_MANIFEST"`
	}
	if err := json.Unmarshal([]byte(read(t, "windows", "winres.json")), &resources); err != nil {
		t.Fatal(err)
	}
	if m := resources.Manifest["#1"]["0409"]; m.Level != "as invoker" || m.DPI != "per monitor v2" {
		t.Errorf("the manifest is %+v", m)
	}
}

// TestVersion: the version comes from git and begins as FyneApp.toml says, or is a tag's.
func TestVersion(t *testing.T) {
	out, err := exec.Command("./version.sh").Output()
	if err != nil || !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?\n$`).Match(out) {
		t.Errorf("%q, %v", out, err)
	}
}

// TestDependencies: what the program is linked with is named by both kinds of package.
func TestDependencies(t *testing.T) {
	wanted := read(t, "linux", "nfpm.yaml")
	libc := regexp.MustCompile(`(?m)^ +- libc6 \(>= ([0-9.]+)\)$`).FindStringSubmatch(wanted)
	if libc == nil || !strings.Contains(wanted, "- libc.so.6(GLIBC_"+libc[1]+")(64bit)\n") {
		t.Errorf("the .deb wants glibc %q, and the .rpm another or none", libc)
	}
	for library, debian := range map[string]string{
		"libGL.so.1": "libgl1", "libX11.so.6": "libx11-6", "libXcursor.so.1": "libxcursor1", "libXi.so.6": "libxi6",
		"libXinerama.so.1": "libxinerama1", "libXrandr.so.2": "libxrandr2", "libXxf86vm.so.1": "libxxf86vm1",
	} {
		if !strings.Contains(wanted, "- "+debian+"\n") || !strings.Contains(wanted, "- "+library+"()(64bit)\n") {
			t.Errorf("%s is not named", library)
		}
		if !strings.Contains(read(t, "linux", "INSTALL.txt"), debian) {
			t.Errorf("INSTALL.txt does not name %s", debian)
		}
	}
}
