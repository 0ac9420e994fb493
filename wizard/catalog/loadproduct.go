package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"postkey/assets"
)

type productsFile struct {
	Source string         `json:"source"`
	Plain  []sectionEntry `json:"plain"` // the sections of a product that has no screens of its own here
	// AppPlain is Plain for an application that signs in itself; AppServers
	// follow it, and the screens of a product that asks for the servers.
	AppPlain   []sectionEntry `json:"app_plain"`
	AppServers []sectionEntry `json:"app_servers"`
	// Rotate is where a new client secret is entered in such a product.
	Rotate   []sectionEntry `json:"rotate"`
	Products []productEntry `json:"products"`
}

type productEntry struct {
	ID               string   `json:"id"`
	Name             string   `json:"name"`
	NameText         string   `json:"name_text"`
	Reason           string   `json:"reason"`
	SuggestedName    string   `json:"suggested_name"`
	RedirectPath     string   `json:"redirect_path"`
	NeedsSecret      bool     `json:"needs_secret"`
	OneAppPerAccount bool     `json:"one_app_per_account"`
	KeyLength        int      `json:"key_length"`
	Own              []string `json:"own"`
	Shared           []string `json:"shared"`
	Sections         sections `json:"sections"`
	AppSections      sections `json:"app_sections"`
	AppServers       bool     `json:"app_asks_servers"`
	Rotate           sections `json:"rotate"`
	Source           string   `json:"source"`
}

// sections is a list, or the word "plain" for the common one.
type sections struct {
	plain bool
	list  []sectionEntry
}

// UnmarshalJSON reads either form.
func (s *sections) UnmarshalJSON(raw []byte) error {
	if string(raw) == `"plain"` {
		s.plain = true
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(&s.list)
}

type sectionEntry struct {
	Title      string       `json:"title"`
	Crumbs     []string     `json:"crumbs"`
	Fields     []fieldEntry `json:"fields"`
	Note       string       `json:"note"`
	NoteShared string       `json:"note_shared"`
}

type fieldEntry struct {
	Label  string `json:"label"`
	Text   string `json:"text"`
	Value  string `json:"value"`
	Secret bool   `json:"secret"`
	Only   string `json:"only"`
}

func (d *data) addProducts(f productsFile) error {
	seen := make(map[string]bool)
	for _, e := range f.Products {
		list := e.Sections.list
		if e.Sections.plain {
			list = f.Plain
		}
		switch {
		case e.ID == "" || seen[e.ID]:
			return fmt.Errorf("product %q: the id is empty or there twice", e.ID)
		case e.Name == "" || e.Reason == "" || e.SuggestedName == "" || e.Source == "":
			return fmt.Errorf("product %q: name, reason, suggested name or source is missing", e.ID)
		case len(list) == 0 || len(e.Own) == 0 || len(e.Rotate.list) == 0 && !e.Rotate.plain:
			return fmt.Errorf("product %q: sections or permissions are missing", e.ID)
		case e.RedirectPath != "" && !strings.HasPrefix(e.RedirectPath, "/"):
			return fmt.Errorf("product %q: the redirect path does not begin with a slash", e.ID)
		}
		seen[e.ID] = true
		if err := d.checkRefs(e); err != nil {
			return fmt.Errorf("product %q: %w", e.ID, err)
		}
		p := Product{
			ID: e.ID, Name: e.Name, NameText: message(e.NameText), Reason: message(e.Reason),
			SuggestedName: e.SuggestedName, RedirectPath: e.RedirectPath,
			NeedsSecret: e.NeedsSecret, OneAppPerAccount: e.OneAppPerAccount, KeyLength: e.KeyLength,
			own: e.Own, shared: e.Shared,
		}
		rotate := e.Rotate.list
		if e.Rotate.plain {
			rotate = f.Rotate
		}
		app := e.AppSections.list
		if e.AppSections.plain {
			app = f.AppPlain
		}
		if e.AppSections.plain || e.AppServers {
			app = append(slices.Clone(app), f.AppServers...)
		}
		if len(app) == 0 {
			return fmt.Errorf("product %q: the sections for an application that signs in itself are missing", e.ID)
		}
		var err, err2, err3 error
		p.Sections, err = sectionsOf(list)
		p.Rotate, err2 = sectionsOf(rotate)
		p.AppSections, err3 = sectionsOf(app)
		if err := errors.Join(err, err2, err3); err != nil {
			return fmt.Errorf("product %q: %w", e.ID, err)
		}
		d.products = append(d.products, p)
	}
	if len(d.products) == 0 {
		return errors.New("no products")
	}
	return nil
}

func sectionsOf(entries []sectionEntry) ([]Section, error) {
	out := make([]Section, 0, len(entries))
	for _, e := range entries {
		section, err := e.section()
		if err != nil {
			return nil, err
		}
		out = append(out, section)
	}
	return out, nil
}

// checkRefs makes sure that each permission is known and there once.
func (d *data) checkRefs(e productEntry) error {
	seen := make(map[string]bool)
	for _, ref := range append(append([]string{}, e.Own...), e.Shared...) {
		if _, ok := d.byRef[ref]; !ok || seen[ref] {
			return fmt.Errorf("permission %q is unknown or there twice", ref)
		}
		seen[ref] = true
	}
	return nil
}

func (s sectionEntry) section() (Section, error) {
	out := Section{Title: message(s.Title), Crumbs: s.Crumbs, Note: message(s.Note), NoteShared: message(s.NoteShared)}
	if out.Title.IsZero() {
		return Section{}, errors.New("a section has no title")
	}
	for _, f := range s.Fields {
		if f.Label == "" || (f.Value == "") != f.Secret {
			return Section{}, fmt.Errorf("section %q: field %q needs a label, and a value or secret", s.Title, f.Label)
		}
		switch f.Only {
		case "", "shared", "own", "imap", "pop", "smtp", "mail", "graph", "ews":
		default:
			return Section{}, fmt.Errorf("section %q: field %q: unknown condition %q", s.Title, f.Label, f.Only)
		}
		out.Fields = append(out.Fields, Field{Label: f.Label, Text: message(f.Text), Value: f.Value, Secret: f.Secret, Only: f.Only})
	}
	return out, nil
}

func message(key string) assets.Message {
	if key == "" {
		return assets.Message{}
	}
	return assets.Msg(key)
}
