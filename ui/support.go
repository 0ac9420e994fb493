package ui

import (
	"bytes"
	"context"
	"io"
	"strconv"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/ui/widgets"
	"postkey/wizard/check"
	"postkey/wizard/handover"
	"postkey/wizard/support"
)

// supportPage collects a support bundle, lists what is inside, and saves it.
type supportPage struct {
	toolPage
	items []support.Item
	list  *fyne.Container
	below *fyne.Container
	stop  context.CancelFunc // of the collecting; nil when none goes on
	run   int                // counts the beginnings, so that what was cancelled is told from what runs
}

// openSupport opens the page from Home and begins to collect.
func (u *App) openSupport() {
	u.openTool("support", nil, func(t *tool) page {
		return &supportPage{toolPage: toolPage{t}, list: widgets.Column(7), below: widgets.Column(12)}
	})
	if t, ok := u.screen.(*tool); ok {
		if p, ok := t.page.(*supportPage); ok {
			p.collect()
		}
	}
}

// openLogs shows the folder of the logs.
func (u *App) openLogs() { u.openFile(support.LogDir(u.bench.Store.Dir())) }

func (p *supportPage) heading() string  { return tr("support.heading") }
func (p *supportPage) sentence() string { return tr("support.sentence") }

func (p *supportPage) primary() action {
	a := action{label: tr("support.save")}
	if p.stop == nil && len(p.items) > 0 {
		a.run = p.save
	}
	return a
}

func (p *supportPage) actions() []action {
	if p.stop != nil {
		return []action{{tr("ui.cancel"), func() { p.cancel() }}}
	}
	return []action{{tr("support.again"), p.collect}}
}

func (p *supportPage) aside() []action {
	return []action{{tr("support.logs"), p.tool.app.openLogs}}
}

func (p *supportPage) content() fyne.CanvasObject {
	return widgets.Column(14,
		widgets.NewCard(widgets.NewTitle(tr("support.inside")), p.list,
			widgets.NewQuiet(tr("support.redacted", "Redacted", oauth.Redacted))),
		p.below)
}

// collect reads everything: the reports here, because the texts of the window
// belong to its goroutine, the rest off it.
func (p *supportPage) collect() {
	if p.stop != nil {
		return
	}
	app := p.tool.app
	p.items, p.below.Objects = nil, nil
	p.list.Objects = []fyne.CanvasObject{widgets.NewQuiet(tr("support.collecting"))}
	p.run++
	run := p.run
	p.stop = p.tool.work(func(ctx context.Context) func() {
		conns, err := app.bench.Store.Connections(ctx)
		if ctx.Err() != nil {
			return nil
		}
		return func() {
			if p.run != run || p.stop == nil {
				return // cancelled meanwhile
			}
			if err != nil {
				p.collected(nil, err)
				return
			}
			reports := map[string][]byte{}
			for _, c := range conns {
				cloud, err := app.bench.Catalog.CloudOf(c)
				if err != nil || c.LastTest == nil {
					continue
				}
				o := outcomeOf(app.bench, c, c.LastTest, check.Plan(c, cloud))
				if o == nil {
					continue
				}
				var content bytes.Buffer
				if app.reportPaper(c, o, nil).write(&content) == nil {
					reports[handover.FileName(c.Name, tr("report.file"), ".html")] = content.Bytes()
				}
			}
			p.stop = p.tool.work(func(ctx context.Context) func() {
				items, err := app.bench.Bundle(ctx, app.opts.Version, app.opts.Commit, reports)
				if ctx.Err() != nil {
					return nil
				}
				return func() {
					if p.run == run && p.stop != nil {
						p.collected(items, err)
					}
				}
			})
		}
	})
	p.tool.refresh()
}

func (p *supportPage) collected(items []support.Item, err error) {
	p.stop, p.items, p.list.Objects = nil, items, nil
	for _, item := range items {
		size := widgets.NewText(tr("support.kilobytes", "N", strconv.Itoa((len(item.Content)+1023)/1024)),
			widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorQuiet, OneLine: true, Align: fyne.TextAlignTrailing})
		p.list.Add(widgets.Shares(12, []float32{4, 5, 1.3}, widgets.NewMono(item.Name), widgets.NewText(msg(item.What), widgets.Style{}), size))
	}
	if err != nil {
		p.below.Add(widgets.NewNotice(widgets.Warn, tr("support.missing", "Error", reason(err))))
	}
	p.tool.refresh()
	p.tool.app.window.Canvas().Focus(p.tool.bar.primary)
}

// save writes what is listed, and nothing else.
func (p *supportPage) save() {
	app, items, now := p.tool.app, p.items, p.tool.app.now()
	name := handover.FileName("postkey", tr("support.file"), ".zip")
	app.saveFile(name, []string{".zip"}, func(w io.Writer) error { return support.WriteZIP(w, items, now) }, func(path string, err error) {
		if p.tool.ctx.Err() != nil {
			return
		}
		var note fyne.CanvasObject
		if err != nil {
			note = notSaved(err)
		} else {
			note = app.savedNote("support", path)
		}
		p.below.Objects = []fyne.CanvasObject{note}
		p.tool.refresh()
		scrollTo(p.tool.scroll, note)
	})
}

// cancel ends the collecting.
func (p *supportPage) cancel() bool {
	if p.stop == nil {
		return false
	}
	p.stop()
	p.stop = nil
	p.list.Objects = nil
	p.tool.refresh()
	return true
}

func (p *supportPage) leave() {
	if p.stop != nil {
		p.stop()
	}
}
