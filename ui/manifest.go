package ui

import (
	"errors"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard/catalog"
	"postkey/wizard/manifest"
)

// manifestPage compares the manifest of an app registration with a connection,
// point by point.
type manifestPage struct {
	toolPage
	conn   store.Connection
	paste  *widgets.Area
	long   string // a text too long to show; empty otherwise
	wrong  *widgets.ProblemLine
	note   *widgets.Text
	result *fyne.Container
}

// mostManifest is what is read of a file, in bytes.
const mostManifest = 4 << 20

// openManifest opens the page for a connection, saved or not; back leads to
// where it was opened.
func (u *App) openManifest(c store.Connection, back func()) {
	u.openTool("manifest", back, func(t *tool) page { return &manifestPage{toolPage: toolPage{t}, conn: c} })
}

func (p *manifestPage) heading() string { return tr("registration-check.heading") }
func (p *manifestPage) sentence() string {
	return tr("registration-check.sentence", "Name", p.conn.Name)
}

func (p *manifestPage) focus() fyne.Focusable { return p.paste.Focus() }

func (p *manifestPage) primary() action { return action{tr("registration-check.compare"), p.compare} }

func (p *manifestPage) actions() []action {
	return []action{{tr("registration-check.open"), p.open}}
}

func (p *manifestPage) content() fyne.CanvasObject {
	p.paste = widgets.NewArea(8)
	p.paste.SetPlaceholder("{\n  \"appId\": \"" + p.tool.app.bench.Catalog.Limits().ExampleID + "\",\n  …\n}")
	p.paste.MaxPaste, p.paste.OnTooLong = maxPaste, p.takeLong
	p.paste.OnChanged = func(string) { p.forget() }
	p.wrong, p.note, p.result = widgets.NewProblemLine(), widgets.NewQuiet(""), widgets.Column(14)
	p.note.Hide()
	where := widgets.Flow(0)
	if crumbs := p.crumbs(catalog.PageManifest, nil); crumbs != nil {
		where = crumbs
	}
	return widgets.Column(14, widgets.NewCard(widgets.NewTitle(tr("registration-check.paste")),
		widgets.NewQuiet(tr("registration-check.hint")), where, p.paste, p.wrong, p.note), p.result)
}

// crumbs is the way to a page of the portal; nil where there is no such page.
func (p *manifestPage) crumbs(page string, more []string) *fyne.Container {
	app := p.tool.app
	cloud, err := app.bench.Catalog.CloudOf(p.conn)
	if err != nil || page == "" {
		return nil
	}
	place := app.bench.Catalog.PortalIn(currentLanguage(), page, cloud, p.conn)
	if len(place.Crumbs) == 0 {
		return nil
	}
	var open func()
	if place.URL != "" {
		open = func() { app.openURL(place.URL) }
	}
	crumbs := place.Crumbs
	if len(more) > 0 {
		crumbs = app.bench.Catalog.PortalWords(currentLanguage(), more)
	}
	return widgets.NewCrumbs(crumbs, open)
}

// open takes the manifest from a file.
func (p *manifestPage) open() {
	p.tool.app.openText(mostManifest, p.opened)
}

func (p *manifestPage) opened(text string, err error) {
	switch {
	case p.tool.ctx.Err() != nil:
	case err != nil:
		p.wrong.Set(widgets.Problem{Text: tr("registration-check.unreadable", "Error", reason(err))})
		p.tool.relayout()
	case len(text) > maxPaste:
		p.takeLong(text)
	default:
		p.paste.SetText(text)
		p.compare()
	}
}

// takeLong compares a text that would be too long to lay out.
func (p *manifestPage) takeLong(text string) {
	p.paste.SetText("")
	p.long = text
	p.note.SetText(tr("explain.long", "N", len(text)/1024))
	p.note.Show()
	p.compare()
}

// forget drops what belongs to another text.
func (p *manifestPage) forget() {
	p.long = ""
	p.note.Hide()
	p.wrong.Set(widgets.Problem{})
	p.paste.SetBad(false)
	if len(p.result.Objects) > 0 {
		p.result.Objects = nil
		p.tool.relayout()
	}
}

// compare reads the manifest and shows every point.
func (p *manifestPage) compare() {
	text := p.paste.Text()
	if p.long != "" {
		text = p.long
	}
	m, err := manifest.Read(text)
	if err != nil {
		p.result.Objects = nil
		text := err.Error()
		var unread *manifest.ReadError
		if errors.As(err, &unread) {
			text = msg(unread.Message)
		}
		p.wrong.Set(widgets.Problem{Text: text})
		p.paste.SetBad(true)
		p.tool.relayout()
		p.tool.app.window.Canvas().Focus(p.paste.Focus())
		return
	}
	p.wrong.Set(widgets.Problem{})
	p.paste.SetBad(false)
	p.show(manifest.Compare(m, p.conn, p.tool.app.bench.Catalog, p.tool.app.now()))
}

func (p *manifestPage) show(points []manifest.Point) {
	count := map[manifest.State]int{}
	table := widgets.Column(10)
	for i, point := range points {
		count[point.State]++
		if i > 0 {
			table.Add(widgets.NewRule())
		}
		table.Add(p.row(point))
	}
	mood, verdict := widgets.Good, tr("registration-check.right-all")
	if count[manifest.Wrong] > 0 {
		mood, verdict = widgets.Bad, tr("registration-check.wrong-some", "Wrong", count[manifest.Wrong], "All", len(points))
	} else if count[manifest.Undecidable] > 0 {
		mood, verdict = widgets.Warn, tr("registration-check.open-some", "Open", count[manifest.Undecidable], "All", len(points))
	}
	head := widgets.NewNotice(mood, verdict)
	p.result.Objects = []fyne.CanvasObject{head, widgets.NewCard(table)}
	p.tool.relayout()
	scrollTo(p.tool.scroll, head)
}

// row is one point: its state, what is needed and present, and the fix.
func (p *manifestPage) row(point manifest.Point) fyne.CanvasObject {
	pill := widgets.NewPill(widgets.Idle, tr("evidence.unknown"))
	switch point.State {
	case manifest.Right:
		pill.Set(widgets.Good, tr("evidence.right"))
	case manifest.Wrong:
		pill.Set(widgets.Bad, tr("evidence.wrong"))
	}
	words := widgets.Column(3, widgets.NewText(msg(point.What), widgets.Style{}))
	if point.Needed != "" {
		words.Add(besideTop(valueLabel(tr("evidence.needed")), widgets.NewMono(point.Needed)))
	}
	if point.State != manifest.Right || point.Present != point.Needed {
		present := fyne.CanvasObject(widgets.NewMono(point.Present))
		if point.Present == "" {
			present = widgets.NewQuiet(tr("registration-check.absent"))
		}
		words.Add(besideTop(valueLabel(tr("evidence.present")), present))
	}
	if !point.Fix.IsZero() {
		words.Add(widgets.NewText(msg(point.Fix), widgets.Style{}))
		if way := p.crumbs(point.Page, point.Crumbs); way != nil {
			words.Add(way)
		}
	}
	return widgets.Shares(12, []float32{1.6, 8}, widgets.Flow(0, pill), words)
}

// valueLabel stands before a value, in a column with others.
func valueLabel(text string) fyne.CanvasObject {
	return widgets.NewText(text+" ", oneQuietLine)
}

// aside offers the comparison of the registration at step 5.
func (p *permissionsPage) aside() []action {
	f := p.flow
	conn, err := f.draft.Connection()
	if err != nil {
		return nil
	}
	return []action{{tr("registration-check.menu"), func() {
		f.saveIfDirty()
		draft, others := f.draft, f.context.Others
		f.app.openManifest(conn, func() { f.app.show(newFlow(f.app, draft, others)) })
	}}}
}
