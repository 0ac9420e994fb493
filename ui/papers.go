package ui

import (
	"bytes"
	"io"
	"os"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/handover"
	"postkey/wizard/report"
)

// paper is a file that Postkey hands out: its content is made when it is asked
// for, in the window's language.
type paper struct {
	kind   string // names the texts: sheet, calendar, values or report
	ending string
	write  func(io.Writer) error
}

func (u *App) sheetPaper(c store.Connection) paper {
	return paper{"sheet", ".html", func(w io.Writer) error {
		computer, err := os.Hostname()
		if err != nil {
			computer = "" // the sheet then names no computer
		}
		return handover.WriteSheet(w, handover.Sheet{
			Catalog: u.bench.Catalog, Connection: c, Say: msg, Now: u.now(), Version: u.opts.Version,
			Computer: computer, InMemory: u.memory || u.bench.Practice, Practice: u.bench.Practice,
		})
	}}
}

func (u *App) calendarPaper(c store.Connection) paper {
	return paper{"calendar", ".ics", func(w io.Writer) error {
		return handover.WriteCalendar(w, handover.Reminder{
			Catalog: u.bench.Catalog, Connection: c, Say: msg, Now: u.now(), Practice: u.bench.Practice,
		})
	}}
}

func (u *App) valuesPaper(c store.Connection) paper {
	return paper{"values", ".json", func(w io.Writer) error {
		return wizard.WriteValues(w, []store.Connection{c})
	}}
}

func (u *App) reportPaper(c store.Connection, o *testOutcome, secrets []oauth.Secret) paper {
	return paper{"report", ".html", func(w io.Writer) error {
		return report.Write(w, report.Report{
			Catalog: u.bench.Catalog, Connection: c, Legs: o.legs, Fence: o.fence, Findings: o.findings,
			At: o.at, Took: o.took, OK: o.ok, Stopped: o.cancelled, Secrets: secrets,
			Say: msg, Now: u.now(), Version: u.opts.Version, Practice: u.bench.Practice,
		})
	}}
}

// savePaper asks where to save and says at the end how it went: say shows a card.
func (u *App) savePaper(c store.Connection, p paper, say func(fyne.CanvasObject)) {
	var content bytes.Buffer
	// Made here, because the texts of the window belong to its goroutine.
	if err := p.write(&content); err != nil {
		say(notSaved(err))
		return
	}
	name := handover.FileName(c.Name, tr(p.kind+".file"), p.ending)
	write := func(w io.Writer) error {
		_, err := w.Write(content.Bytes())
		return err
	}
	u.saveFile(name, []string{p.ending}, write, func(path string, err error) {
		if err != nil {
			say(notSaved(err))
			return
		}
		say(u.savedNote(p.kind, path))
	})
}

// savedNote says what was saved, where, and opens it; values are for Postkey alone.
func (u *App) savedNote(kind, path string) fyne.CanvasObject {
	parts := []fyne.CanvasObject{widgets.NewMono(path)}
	if kind != "values" {
		parts = append(parts, widgets.Flow(8, widgets.NewButton(tr("save-file.open"), widgets.Small, func() { u.openFile(path) })))
	}
	return widgets.NewNotice(widgets.Good, tr("save-file.saved-"+kind), parts...)
}

func notSaved(err error) fyne.CanvasObject {
	return widgets.NewNotice(widgets.Bad, tr("save-file.failed"),
		widgets.NewText(tr("save-file.failed.what"), widgets.Style{}), widgets.NewMono(err.Error()))
}

// tellSaved shows the outcome over the window, where no page has a place for it.
func (u *App) tellSaved(o fyne.CanvasObject) { u.tell(tr("save-file.title"), o) }
