package terminal

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/natefinch/atomic"

	"postkey/assets"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/handover"
	"postkey/wizard/report"
)

// The papers, as the texts name them.
const (
	paperSheet    = "sheet"
	paperCalendar = "calendar"
	paperValues   = "values"
	paperReport   = "report"
)

// paper writes a file that Postkey hands out. None of them holds the client secret.
func (w *Wizard) paper(ctx context.Context, kind string) error {
	c, _ := w.draft.Connection() // a date that cannot be read was asked for before
	ending := map[string]string{paperSheet: ".html", paperCalendar: ".ics", paperValues: ".json", paperReport: ".html"}[kind]
	var content bytes.Buffer
	if err := w.write(ctx, &content, kind, c); err != nil {
		w.notSaved(err)
		return nil
	}
	name := handover.FileName(c.Name, w.tr(kind+".file"), ending)
	saved, err := w.keepFile(ctx, name, content.Bytes())
	if saved {
		w.note(w.tr("save-file.saved-" + kind))
	}
	return err
}

func (w *Wizard) write(ctx context.Context, to io.Writer, kind string, c store.Connection) error {
	now := w.check.Now
	switch kind {
	case paperSheet:
		computer, err := os.Hostname()
		if err != nil {
			computer = "" // the sheet then names no computer
		}
		return handover.WriteSheet(to, handover.Sheet{
			Catalog: w.Bench.Catalog, Connection: c, Say: w.text, Now: now, Version: w.Version,
			Computer: computer, InMemory: w.memory || w.Bench.Practice, Practice: w.Bench.Practice,
		})
	case paperCalendar:
		return handover.WriteCalendar(to, handover.Reminder{
			Catalog: w.Bench.Catalog, Connection: c, Say: w.text, Now: now, Practice: w.Bench.Practice,
		})
	case paperValues:
		return wizard.WriteValues(to, []store.Connection{c})
	}
	o := w.outcome
	return report.Write(to, report.Report{
		Catalog: w.Bench.Catalog, Connection: c, Legs: o.result.Legs, Fence: o.result.Fence, Findings: o.findings,
		At: o.result.Started, Took: o.result.Took, OK: o.result.OK(), Secrets: w.Bench.Secrets(ctx, c.ID),
		Say: w.text, Now: now, Version: w.Version, Practice: w.Bench.Practice,
	})
}

// outcome is the newest test of this run.
type outcome struct {
	result   check.Result
	findings []diagnose.Finding
	ofLegs   []diagnose.Finding // those without the fence's
}

// keepFile asks where to save and writes the file whole or not at all. What is
// there already is replaced only where that was said. Saved is false after < and
// where it could not be written, which has been told.
func (w *Wizard) keepFile(ctx context.Context, name string, content []byte) (saved bool, err error) {
	w.title(w.tr("save-file.name"))
	for {
		typed, err := w.read(ctx, "["+name+"] > ")
		if err != nil {
			return false, w.unlessBack(err)
		}
		path := at(typed, name)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, name)
		}
		if _, err := os.Stat(path); err == nil {
			replace, err := w.confirm(ctx, assets.Msg("terminal.replace", "Path", path))
			if err != nil {
				return false, w.unlessBack(err)
			}
			if !replace {
				continue
			}
		}
		return w.putFile(path, content), nil
	}
}

// at is the path that was typed, or the proposed one.
func at(typed, proposed string) string {
	path := wizard.Clean(typed)
	if path == "" {
		path = proposed
	}
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(path, "~/") {
		path = filepath.Join(home, path[len("~/"):])
	}
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// putFile writes a file and says where it is, or why it could not.
func (w *Wizard) putFile(path string, content []byte) bool {
	if err := atomic.WriteFile(path, bytes.NewReader(content)); err != nil {
		w.notSaved(err)
		return false
	}
	w.wrap("  ", "  ", w.tr("script.saved", "Path", path))
	return true
}

func (w *Wizard) notSaved(err error) {
	w.wrong(assets.Msg("script.save-failed", "Error", err.Error()))
}

// confirm asks for a yes or a no; Enter is a no.
func (w *Wizard) confirm(ctx context.Context, question assets.Message) (bool, error) {
	id, err := w.choose(ctx, choice{title: question, current: "no", options: []option{
		{id: "yes", label: w.tr("terminal.yes")}, {id: "no", label: w.tr("terminal.no")},
	}})
	return id == "yes", err
}
