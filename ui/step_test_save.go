package ui

import (
	"context"

	"fyne.io/fyne/v2"
)

// saveReport saves the report of the test that is shown. The secrets that are
// taken out of it come from the keyring, which may make one wait.
func (p *testPage) saveReport() {
	app, conn, outcome, typed := p.flow.app, p.conn, p.outcome, p.flow.secret
	if outcome == nil || p.stopReport != nil {
		return
	}
	page := p.flow.ctx
	p.stopReport = p.flow.work(func(ctx context.Context) func() {
		secrets := append(app.bench.Secrets(ctx, conn.ID), typed)
		stopped := ctx.Err() != nil
		return func() {
			p.stopReport = nil
			p.flow.refresh()
			if stopped {
				return
			}
			app.savePaper(conn, app.reportPaper(conn, outcome, secrets), func(o fyne.CanvasObject) {
				if page.Err() == nil {
					p.saved = o
					p.showBelow()
					scrollTo(p.flow.shell.scroll, o)
				}
			})
		}
	})
	p.flow.refresh()
}

// look checks network and computer before the first test, and comes back.
func (p *testPage) look() {
	app, draft, others, conn := p.flow.app, p.flow.draft, p.flow.context.Others, p.conn
	app.openPreflight(&conn, func() { app.show(newFlow(app, draft, others)) })
}

// aside is what can be done beside the test: before it a look at network and
// computer, after it saving the report.
func (p *testPage) aside() []action {
	switch {
	case p.running() || p.broken != nil:
		return nil
	case p.outcome == nil:
		return []action{{tr("tools.preflight"), p.look}}
	}
	save := action{label: tr("save-file.report")}
	if p.stopReport == nil {
		save.run = p.saveReport
	}
	return []action{save}
}
