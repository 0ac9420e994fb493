package packaging

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// About is what the papers say of Postkey itself.
type About struct {
	Version, Commit string
	// Made is the moment of the commit, so that the same commit gives the same papers.
	Made time.Time
	// Licence is the text of Postkey's own.
	Licence string
}

// spdx recognises the usual licences by words that only they have; the first
// that fits counts.
var spdx = []struct{ id, words string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"MPL-2.0", "Mozilla Public License Version 2.0"},
	{"OFL-1.1", "SIL OPEN FONT LICENSE Version 1.1"},
	{"Zlib", "This software is provided 'as-is', without any express or implied warranty"},
	{"BSD-3-Clause", "Neither the name of"},
	{"BSD-3-Clause", "may be used to endorse or promote products"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software"},
	{"ISC", "Permission to use, copy, modify, and distribute this software"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"CC-BY-4.0", "Creative Commons Attribution 4.0"},
	{"Unlicense", "This is free and unencumbered software released into the public domain"},
}

// SPDX names a licence by its identifier at SPDX; empty when the text is none
// of the usual ones.
func (l Licence) SPDX() string {
	text := strings.Join(strings.Fields(l.Text), " ")
	for _, known := range spdx {
		if strings.Contains(text, known.words) {
			return known.id
		}
	}
	return ""
}

// The parts of CycloneDX 1.5 that are used.
type (
	bom struct {
		Format       string      `json:"bomFormat"`
		Spec         string      `json:"specVersion"`
		Serial       string      `json:"serialNumber"`
		Version      int         `json:"version"`
		Metadata     metadata    `json:"metadata"`
		Components   []component `json:"components"`
		Dependencies []depends   `json:"dependencies"`
	}
	metadata struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	}
	component struct {
		Type     string     `json:"type"`
		Ref      string     `json:"bom-ref"`
		Name     string     `json:"name"`
		Version  string     `json:"version"`
		Hashes   []hash     `json:"hashes,omitempty"`
		Licences []choice   `json:"licenses,omitempty"`
		PURL     string     `json:"purl,omitempty"`
		Props    []property `json:"properties,omitempty"`
	}
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	choice struct {
		Licence licenceID `json:"license"`
	}
	licenceID struct {
		ID   string `json:"id,omitempty"`
		Name string `json:"name,omitempty"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	depends struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn"`
	}
)

// WriteBill writes what is inside the program as CycloneDX 1.5 in JSON. The same
// modules and the same About give the same bytes.
func WriteBill(w io.Writer, about About, modules []Module) error {
	own := component{
		Type: "application", Ref: "postkey", Name: "Postkey", Version: about.Version,
		Licences: []choice{{licenceID{ID: "Apache-2.0"}}},
		Props:    []property{{"postkey:commit", about.Commit}},
	}
	b := bom{
		Format: "CycloneDX", Spec: "1.5", Version: 1,
		Metadata:     metadata{about.Made.UTC().Format(time.RFC3339), own},
		Dependencies: []depends{{Ref: own.Ref}},
	}
	digest := sha256.New()
	fmt.Fprintln(digest, about.Version, about.Commit)
	for _, m := range modules {
		c, err := m.component()
		if err != nil {
			return err
		}
		fmt.Fprintln(digest, m.Path, m.Version, m.Sum)
		b.Components = append(b.Components, c)
		b.Dependencies[0].On = append(b.Dependencies[0].On, c.Ref)
	}
	b.Serial = serial(digest.Sum(nil))
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(b)
}

// serial makes a UUID of a digest, of the version that is for own schemes (RFC 9562).
func serial(digest []byte) string {
	id := slices.Clone(digest[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	h := hex.EncodeToString(id)
	return "urn:uuid:" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// beside is the name of a text that comes with a licence and is none.
var beside = regexp.MustCompile(`(?i)(^|/)(notice|patents)[^/]*$`)

func (m Module) component() (component, error) {
	licences, err := m.Licences()
	if err != nil {
		return component{}, err
	}
	purl := "pkg:golang/" + (&url.URL{Path: m.Path}).EscapedPath() + "@" + url.QueryEscape(m.Version)
	c := component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
	if m.Sum != "" {
		c.Props = []property{{"go:sum", m.Sum}}
		// h1: is a SHA-256 over the list of files (golang.org/x/mod/sumdb/dirhash).
		if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:")); err == nil {
			c.Hashes = []hash{{"SHA-256", hex.EncodeToString(raw)}}
		}
	}
	var seen []string
	for _, l := range licences {
		id := licenceID{ID: l.SPDX()}
		if id.ID == "" {
			if beside.MatchString(l.File) {
				continue
			}
			id.Name = l.File
		}
		if key := id.ID + id.Name; !slices.Contains(seen, key) {
			seen = append(seen, key)
			c.Licences = append(c.Licences, choice{id})
		}
	}
	return c, nil
}

// WriteLicences writes Postkey's licence and those of everything inside it.
func WriteLicences(w io.Writer, about About, modules []Module) error {
	fmt.Fprintf(w, "Postkey %s\n\n%s\n", about.Version, about.Licence)
	fmt.Fprintln(w, "\nInside the program are:")
	texts := map[string][]string{} // text → whose it is
	var order []string
	for _, m := range modules {
		licences, err := m.Licences()
		if err != nil {
			return err
		}
		name := m.Path + " " + m.Version
		if m.Path == standard {
			name = "the Go standard library and runtime, " + m.Version
		}
		fmt.Fprintln(w, "  "+name)
		for _, l := range licences {
			if texts[l.Text] == nil {
				order = append(order, l.Text)
			}
			texts[l.Text] = append(texts[l.Text], name+" ("+l.File+")")
		}
	}
	for _, text := range order {
		fmt.Fprintf(w, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 78), strings.Join(texts[text], "\n"), strings.TrimSpace(text))
	}
	_, err := fmt.Fprintln(w, "\n"+runtimes)
	return err
}

// runtimes is about what the C compiler adds.
const runtimes = `The program for Windows also holds parts of the mingw-w64 runtime (ZPL-2.1 and
public domain) and of libgcc (GPL-3.0 with the GCC Runtime Library Exception,
which lets it be part of programs under any licence).`
