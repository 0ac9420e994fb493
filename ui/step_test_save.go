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

// aside is the button that saves the report, once there is a test to report.
func (p *testPage) aside() []action {
	if p.running() || p.outcome == nil {
		return nil
	}
	save := action{label: tr("save-file.report")}
	if p.stopReport == nil {
		save.run = p.saveReport
	}
	return []action{save}
}
