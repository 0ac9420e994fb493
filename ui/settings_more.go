package ui

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"

	"postkey/assets"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// logMore is the choice of a log that tells more.
const logMore = "more"

// logCard chooses how much the log tells.
func (s *settings) logCard() fyne.CanvasObject {
	chosen := ""
	if s.app.settings.Debug {
		chosen = logMore
	}
	s.log = s.choice([]widgets.Option{
		{ID: "", Label: tr("settings.log-usual")},
		{ID: logMore, Label: tr("settings.log-more")},
	}, chosen, func(to *store.Settings, id string) { to.Debug = id == logMore })
	keep := s.log.OnChanged
	s.log.OnChanged = func(id string) {
		if set := s.app.opts.SetDebug; set != nil {
			set(id == logMore)
		}
		keep(id)
	}
	return widgets.NewCard(widgets.NewTitle(tr("settings.log")), s.log, widgets.NewQuiet(tr("settings.log-text")))
}

// folderCard shows the data folder.
func (s *settings) folderCard() fyne.CanvasObject {
	dir := s.app.bench.Store.Dir()
	open := widgets.NewButton(tr("settings.folder-open"), widgets.Small, func() { s.app.openFile(dir) })
	return widgets.NewCard(widgets.NewTitle(tr("settings.folder")), widgets.NewQuiet(tr("settings.folder-text")),
		widgets.NewMono(dir), widgets.Flow(8, open, widgets.NewCopy(func() string { return dir })))
}

// forgetCard removes all that Postkey remembers, after asking twice.
func (s *settings) forgetCard() fyne.CanvasObject {
	s.forget = widgets.NewButton(tr("settings.forget-start"), widgets.Plain, s.askForget)
	return widgets.NewCard(widgets.NewTitle(tr("settings.forget")), widgets.NewQuiet(tr("settings.forget-text")),
		widgets.Flow(8, s.forget))
}

func (s *settings) askForget() {
	s.app.ask(tr("settings.forget-title"), tr("settings.forget-what"), tr("settings.forget-go-on"), func() {
		s.app.ask(tr("settings.forget-sure"), tr("settings.forget-last"), tr("settings.forget-yes"), s.app.forgetAll)
	})
}

// forgetAll removes all that Postkey remembers on this computer, goes Home and
// says what was removed.
func (u *App) forgetAll() {
	u.work(u.ctx, func(ctx context.Context) func() {
		u.saver.wait() // what waits to be written would be there again
		gone, err := u.bench.ForgetAll(ctx)
		return func() { u.forgotten(gone, err) }
	})
}

// forgotten shows Home as at a first start, and what was removed.
func (u *App) forgotten(gone wizard.Forgotten, err error) {
	u.fresh = err == nil
	u.apply(store.Settings{})
	u.show(newHome(u))
	what := "settings.forgot-what"
	if len(gone.Files) == 0 {
		what = "settings.forgot-nothing"
	}
	body := widgets.Column(10, widgets.NewText(tr(what,
		"Connections", assets.Msg("settings.forgot-connections", "Count", gone.Connections),
		"Drafts", assets.Msg("settings.forgot-drafts", "Count", gone.Drafts)), widgets.Style{}))
	if len(gone.Files) > 0 {
		body.Add(widgets.NewMono(strings.Join(gone.Files, "  ")))
	}
	body.Add(widgets.NewQuiet(tr("settings.forgot-stays")))
	title := tr("settings.forgot")
	if err != nil {
		title = tr("settings.forgot-part")
		why := reason(err)
		if errors.Is(err, wizard.ErrSecretsLeft) {
			why = tr("settings.forgot-left")
		}
		body.Objects = append([]fyne.CanvasObject{widgets.NewText(why, widgets.Style{})}, body.Objects...)
	}
	u.tell(title, body)
}
