package ui

import (
	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// filesCard says when the client secret ends and saves what outlives this
// window: the day for a calendar, the sheet, the values.
func (p *handoverPage) filesCard() fyne.CanvasObject {
	app, c := p.flow.app, p.conn
	row := widgets.Flow(8)
	add := func(key string, f paper) {
		row.Add(widgets.NewButton(tr(key), widgets.Plain, func() { p.savePaper(f) }))
	}
	days := c.SecretExpires.DaysFrom(app.now())
	hasSecret := c.Platform != wizard.PlatformDesktop
	if hasSecret && !c.SecretExpires.IsZero() && days >= 0 {
		add("save-file.calendar", app.calendarPaper(c))
	}
	add("save-file.sheet", app.sheetPaper(c))
	add("save-file.values", app.valuesPaper(c))
	if !hasSecret {
		return widgets.NewCard(widgets.NewTitle(tr("handover-files.keep")), row, p.saved)
	}
	return expiryCard(c, app.now(), row, p.saved)
}

// savePaper saves a file and says below the buttons how it went.
func (p *handoverPage) savePaper(f paper) {
	page := p.flow.ctx
	p.flow.app.savePaper(p.conn, f, func(o fyne.CanvasObject) {
		if page.Err() != nil {
			return
		}
		p.saved.Objects = []fyne.CanvasObject{o}
		p.saved.Show()
		p.flow.app.settle()
		scrollTo(p.flow.shell.scroll, o)
	})
}

// redirectCard is the advice to take Postkey's redirect URI out of the
// registration when Postkey is no longer needed.
func (p *handoverPage) redirectCard() fyne.CanvasObject {
	uri := p.flow.app.bench.Catalog.Limits().PostkeyRedirect
	return widgets.NewCard(
		widgets.NewTitle(tr("sheet.redirect")),
		widgets.NewText(tr("sheet.redirect.text", "URI", uri), widgets.Style{Color: widgets.ColorQuiet}),
		widgets.NewText(tr("sheet.redirect.after"), widgets.Style{Color: widgets.ColorQuiet}),
		p.flow.crumbs(catalog.PageRedirectURIs))
}

// saveValues and saveSheet save from Home and say over the window how it went.
func (u *App) saveValues(c store.Connection) { u.savePaper(c, u.valuesPaper(c), u.tellSaved) }

func (u *App) saveSheet(c store.Connection) { u.savePaper(c, u.sheetPaper(c), u.tellSaved) }
