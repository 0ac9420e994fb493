package handover

import (
	"bytes"
	"html/template"
	"io"
	"slices"
	"time"

	"postkey/assets"
	"postkey/store"
	"postkey/wizard/catalog"
)

// Sheet is the hand-over sheet: what to enter in the product, when the client
// secret ends, and what is known of the registration, on paper.
type Sheet struct {
	// Catalog holds the products and the portal. Required.
	Catalog    *catalog.Catalog
	Connection store.Connection
	// Say renders a text in the reader's language; nil: English.
	Say func(assets.Message) string
	// Now is the time of the sheet; the zero time: now.
	Now time.Time
	// Version is Postkey's; empty leaves it out.
	Version string
	// Computer is the name of the computer whose keyring holds the client secret;
	// empty leaves it out.
	Computer string
	// InMemory says that the client secret is in no keyring and gone when Postkey closes.
	InMemory bool
	// Practice says that the values are those of the practice tenant.
	Practice bool
}

// Row is a line of a table on a page to print: a label, and a value or words.
type Row struct {
	Label, Value, Words string
	// Quiet says that the words stand for no value.
	Quiet bool
}

// paper parses a page together with what pages share.
func paper(name, page string) *template.Template {
	return template.Must(template.Must(template.New(name).Parse(assets.Paper)).Parse(page))
}

var sheetPage = paper("sheet", assets.SheetPage)

// sheetView is what the page shows.
type sheetView struct {
	Lang, Kind, Heading, Intro, Practice, Foot string
	Sections                                   []sheetSection
}

type sheetSection struct {
	Class, Title string
	Crumbs       []string
	Rows         []Row
	Text         []string
	Link         string
}

// WriteSheet writes the sheet as one HTML file that needs nothing else and
// prints on A4 and Letter. The client secret is never in it: its row says where
// it is kept. The only errors are those of w.
func WriteSheet(w io.Writer, s Sheet) error {
	if s.Now.IsZero() {
		s.Now = time.Now()
	}
	if s.Say == nil {
		s.Say = assets.Message.String
	}
	var page bytes.Buffer
	if err := sheetPage.Execute(&page, s.view()); err != nil {
		return err
	}
	_, err := page.WriteTo(w)
	return err
}

func (s Sheet) tr(key string, pairs ...any) string { return s.Say(assets.Msg(key, pairs...)) }

func (s Sheet) view() sheetView {
	c := s.Connection
	v := sheetView{
		Lang: s.tr("sheet.lang"), Kind: s.tr("sheet.kind"),
		Heading: s.tr("sheet.heading", "Name", c.Name),
		Intro:   s.tr("sheet.intro", "Product", s.product(), "Address", c.Mailbox.Address),
		Foot:    s.tr("sheet.foot", "Version", s.Version, "Date", s.Say(DayText(store.DateOf(s.Now)))),
	}
	if s.Practice {
		v.Practice = s.tr("sheet.practice")
	}
	for _, section := range Sections(s.Catalog, c) {
		v.Sections = append(v.Sections, s.productSection(section))
	}
	if proves(c) {
		v.Sections = append(v.Sections, s.endSection())
	}
	for _, group := range Facts(s.Catalog, c) {
		v.Sections = append(v.Sections, sheetSection{Title: s.Say(group.Title), Rows: FactRows(group.Facts, s.Say)})
	}
	if !appOnly(c) {
		v.Sections = append(v.Sections, s.redirectSection())
	}
	return v
}

func (s Sheet) product() string {
	name, words := ProductName(s.Catalog, s.Connection)
	if name == "" {
		return s.Say(words)
	}
	return name
}

// productSection is one screen of the product.
func (s Sheet) productSection(section Section) sheetSection {
	out := sheetSection{Title: s.Say(section.Title), Crumbs: section.Crumbs}
	for _, f := range section.Fields {
		row := Row{Label: f.Label, Value: f.Value}
		if !f.Text.IsZero() {
			row.Label = s.Say(f.Text)
		}
		switch {
		case f.Secret:
			row.Value, row.Words = "", s.whereTheSecretIs()
		case f.Value == "":
			row.Words, row.Quiet = s.tr("sheet.empty"), true
		}
		out.Rows = append(out.Rows, row)
	}
	if !section.Note.IsZero() {
		out.Text = append(out.Text, s.Say(section.Note))
	}
	return out
}

func (s Sheet) whereTheSecretIs() string {
	switch {
	case s.InMemory:
		return s.tr("sheet.secret-in-memory")
	case s.Computer == "":
		return s.tr("sheet.secret-in-keyring")
	}
	return s.tr("sheet.secret-in-keyring-of", "Computer", s.Computer)
}

// endSection says when the client secret or the certificate ends, and what to do before.
func (s Sheet) endSection() sheetSection {
	if s.Connection.Certificate != nil {
		return s.certificateSection()
	}
	out := sheetSection{Class: "due", Title: s.tr("sheet.ends-unknown"), Text: []string{s.tr("sheet.ends-unknown.text")}}
	if ends := s.Connection.SecretExpires; !ends.IsZero() {
		title := "sheet.ends"
		if ends.DaysFrom(s.Now) < 0 {
			title = "sheet.ended"
		}
		out.Title = s.tr(title, "Date", s.Say(DayText(ends)))
		out.Text = []string{s.tr("sheet.ends.text", "Product", s.product())}
	}
	out.Crumbs, out.Link = s.place(catalog.PageSecrets)
	return out
}

func (s Sheet) certificateSection() sheetSection {
	title, ends := "sheet.certificate-ends", lastDay(s.Connection)
	if ends.DaysFrom(s.Now) < 0 {
		title = "sheet.certificate-ended"
	}
	heading := s.tr("facts.certificate-end") + ": " + s.tr("facts.secret-end-unknown")
	if !ends.IsZero() {
		heading = s.tr(title, "Date", s.Say(DayText(ends)))
	}
	out := sheetSection{Class: "due", Title: heading, Text: []string{s.tr("sheet.certificate-ends.text", "Product", s.product())}}
	out.Crumbs, out.Link = s.place(catalog.PageCertificates)
	return out
}

// redirectSection is the advice to take Postkey's redirect URI out of the
// registration when it has done its work.
func (s Sheet) redirectSection() sheetSection {
	out := sheetSection{
		Title: s.tr("sheet.redirect"),
		Text: []string{
			s.tr("sheet.redirect.text", "URI", s.Catalog.Limits().PostkeyRedirect), s.tr("sheet.redirect.after"),
		},
	}
	out.Crumbs, out.Link = s.place(catalog.PageRedirectURIs)
	return out
}

func (s Sheet) place(page string) (crumbs []string, url string) {
	cloud, err := s.Catalog.CloudOf(s.Connection)
	if err != nil {
		return nil, "" // a cloud that this Postkey does not know has no portal
	}
	place := s.Catalog.Portal(page, cloud, s.Connection)
	return slices.Clone(place.Crumbs), place.URL
}

// FactRows renders facts for a table.
func FactRows(facts []Fact, say func(assets.Message) string) []Row {
	rows := make([]Row, len(facts))
	for i, f := range facts {
		rows[i] = Row{Label: say(f.Label), Value: f.Value}
		if !f.Words.IsZero() {
			rows[i].Words = say(f.Words)
		}
	}
	return rows
}
