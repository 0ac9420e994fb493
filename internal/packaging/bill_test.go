package packaging

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// inside are the modules of the command of this folder.
func inside(t *testing.T) []Module {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-o", program, "./make").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	modules, err := Inside(root, program)
	if err != nil {
		t.Fatal(err)
	}
	return modules
}

func about(t *testing.T) About {
	return About{"1.2.3", "0123abc", time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), read(t, root, "LICENSE")}
}

func TestInside(t *testing.T) {
	modules := inside(t)
	if modules[0].Path != "std" || !strings.HasPrefix(modules[0].Version, "go1.") {
		t.Errorf("the first is %+v", modules[0])
	}
	i := slices.IndexFunc(modules, func(m Module) bool { return m.Path == "github.com/fyne-io/oksvg" })
	if i < 0 || modules[i].Sum == "" || modules[i].Version == "" {
		t.Errorf("oksvg is not listed: %+v", modules)
	}
	if _, err := Inside(root, filepath.Join(root, "go.mod")); err == nil {
		t.Error("a file that is no program was read")
	}
}

func TestBill(t *testing.T) {
	var first, second bytes.Buffer
	modules := inside(t)
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := WriteBill(b, about(t), modules); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() {
		t.Error("the same modules gave two lists")
	}
	var b bom
	if err := json.Unmarshal(first.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	if b.Format != "CycloneDX" || b.Spec != "1.5" || b.Metadata.Component.Version != "1.2.3" || b.Metadata.Timestamp != "2026-11-22T10:00:00Z" {
		t.Errorf("the head is %+v", b.Metadata)
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(b.Serial) {
		t.Errorf("the serial number is %s", b.Serial)
	}
	refs := map[string]bool{}
	for _, c := range b.Components {
		if c.Name == "" || c.Version == "" || !strings.HasPrefix(c.PURL, "pkg:golang/") || len(c.Licences) == 0 || refs[c.Ref] {
			t.Errorf("%+v", c)
		}
		if c.Licences[0].Licence.ID == "" {
			t.Errorf("the licence of %s is not known", c.Name)
		}
		refs[c.Ref] = true
	}
	if len(b.Dependencies[0].On) != len(b.Components) {
		t.Errorf("%d of %d components are what Postkey depends on", len(b.Dependencies[0].On), len(b.Components))
	}
}

func TestLicences(t *testing.T) {
	var out bytes.Buffer
	if err := WriteLicences(&out, about(t), inside(t)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Apache License", "the Go standard library and runtime, go1.", "Copyright 2009 The Go Authors",
		"github.com/srwiley/rasterx ", "GCC Runtime Library Exception",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	empty := Module{Path: "example.com/none", Version: "v1", Dir: t.TempDir()}
	if err := WriteLicences(&out, about(t), []Module{empty}); err == nil {
		t.Error("a module without a licence was passed over")
	}
}

func TestSPDX(t *testing.T) {
	for text, want := range map[string]string{
		"Permission is hereby granted, free of\ncharge, to any person obtaining a copy": "MIT",
		"Redistributions in binary form must reproduce\nNeither the name of":            "BSD-3-Clause",
		"Redistributions in binary form must reproduce":                                 "BSD-2-Clause",
		"Apache License\n    Version 2.0":                                               "Apache-2.0",
		"This software is provided 'as-is', without any\nexpress or implied warranty":   "Zlib",
		"something else": "",
	} {
		if got := (Licence{Text: text}).SPDX(); got != want {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
}
