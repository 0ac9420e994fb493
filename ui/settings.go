package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"postkey/assets"
	"postkey/store"
	"postkey/ui/widgets"
)

// The values of store.Settings.Theme; empty follows the system.
const (
	themeLight = "light"
	themeDark  = "dark"
)

// settingsWait is how long the first frame waits for the settings. They are a
// small file that store.Open has just read, so this is for a disk that hangs:
// then the window comes up as the system has it, and changes when they arrive.
const settingsWait = 150 * time.Millisecond

// readSettings begins to read the settings, beside the making of the window.
func (u *App) readSettings() {
	u.read = make(chan store.Settings, 1)
	u.work(u.ctx, func(ctx context.Context) func() {
		read, err := u.bench.Store.Settings(ctx)
		if err != nil {
			read = store.Settings{} // a damaged file is told on Home
		}
		u.read <- read
		return nil
	})
}

// awaitSettings applies the settings before anything is shown, or as soon as
// they are there when the disk is slow.
func (u *App) awaitSettings() {
	late := time.NewTimer(settingsWait)
	defer late.Stop()
	select {
	case read := <-u.read:
		u.apply(read)
	case <-late.C:
		u.work(u.ctx, func(ctx context.Context) func() {
			select {
			case read := <-u.read:
				return func() {
					if u.apply(read) {
						u.rebuild()
					}
				}
			case <-ctx.Done():
				return nil
			}
		})
	}
}

// apply puts language and theme into use, and reports whether the texts of the
// window have to be made anew.
func (u *App) apply(s store.Settings) (rebuild bool) {
	if s.Theme != u.settings.Theme {
		u.fyne.Settings().SetTheme(themeOf(s))
	}
	u.settings = s
	return useLanguage(s.Language)
}

func themeOf(s store.Settings) fyne.Theme {
	switch s.Theme {
	case themeLight:
		return widgets.NewThemeIn(theme.VariantLight)
	case themeDark:
		return widgets.NewThemeIn(theme.VariantDark)
	}
	return widgets.NewTheme()
}

// rebuilder is a screen that can make its texts anew and keep what it holds.
type rebuilder interface{ rebuild() }

// rebuild makes the texts of the window anew, after the language has changed.
func (u *App) rebuild() {
	u.window.SetTitle(tr("ui.title"))
	if s, ok := u.screen.(rebuilder); ok {
		s.rebuild()
	}
}

// change applies at once what set changes and keeps it, off the UI goroutine;
// failed hears why not.
func (u *App) change(set func(*store.Settings), failed func(error)) {
	to := u.settings
	set(&to)
	again := u.apply(to)
	u.keep(set, failed)
	if again {
		u.rebuild()
	}
}

// keep writes what set changes into the settings on the disk and nothing else of
// them; another window may have changed the rest.
func (u *App) keep(set func(*store.Settings), failed func(error)) {
	u.saver.put("", func(ctx context.Context) {
		kept, err := u.bench.Store.Settings(ctx)
		if err == nil {
			set(&kept)
			err = u.bench.Store.PutSettings(ctx, kept)
		}
		u.do(func() { failed(err) })
	})
}

// settings is the screen with the choices that belong to no connection.
type settings struct {
	app      *App
	root     *fyne.Container
	scroll   *container.Scroll
	language *widgets.Choice
	theme    *widgets.Choice
	log      *widgets.Choice
	forget   *widgets.Button
	problem  *fyne.Container
	done     *widgets.Button
	err      error // why the last change could not be kept
}

func newSettings(app *App) *settings {
	s := &settings{app: app, root: container.NewStack()}
	s.build()
	return s
}

// build makes the screen in the language in use.
func (s *settings) build() {
	tongues := []widgets.Option{{ID: "", Label: tr("settings.language-system")}}
	for _, tag := range assets.Languages() {
		// Each language by its own name, so that it is found from any other.
		tongues = append(tongues, widgets.Option{ID: tag, Label: assets.Text(tag, assets.Msg("settings.this-language"))})
	}
	s.language = s.choice(tongues, s.app.settings.Language, func(to *store.Settings, id string) { to.Language = id })
	s.theme = s.choice([]widgets.Option{
		{ID: "", Label: tr("settings.theme-system")},
		{ID: themeLight, Label: tr("settings.theme-light")},
		{ID: themeDark, Label: tr("settings.theme-dark")},
	}, s.app.settings.Theme, func(to *store.Settings, id string) { to.Theme = id })
	s.problem = widgets.Column(0)
	s.showProblem()
	s.done = widgets.NewButton(tr("settings.done"), widgets.Primary, s.close)
	s.scroll = container.NewVScroll(widgets.Pad(26, 36, 24, 36, widgets.Column(14,
		widgets.NewHeading(tr("settings.title")),
		widgets.NewQuiet(tr("settings.kept")),
		widgets.NewCard(widgets.NewTitle(tr("settings.language")), s.language),
		widgets.NewCard(widgets.NewTitle(tr("settings.theme")), s.theme),
		s.logCard(), s.folderCard(), s.forgetCard(),
		s.problem)))
	space := widgets.NewText("", widgets.Style{})
	foot := widgets.NewFoot(widgets.Pad(11, 34, 11, 34, widgets.Row(8, space, space, s.done)))
	s.root.Objects = []fyne.CanvasObject{
		container.New(&homeLayout{s.scroll}, topBar(), practiceStrip(s.app), s.scroll, foot),
	}
	s.root.Refresh()
}

// choice is one group of rows; set writes what is chosen into the settings.
func (s *settings) choice(options []widgets.Option, chosen string, set func(*store.Settings, string)) *widgets.Choice {
	c := widgets.NewChoice(options, true)
	c.Select(chosen)
	if !c.Has(chosen) {
		c.Select("") // a value of another version
	}
	c.OnChanged = func(id string) {
		s.app.change(func(to *store.Settings) { set(to, id) }, s.failed)
	}
	return c
}

// rebuild makes the screen anew; the focus stays where it was.
func (s *settings) rebuild() {
	c := s.app.window.Canvas()
	onTheme := c.Focused() == fyne.Focusable(s.theme)
	s.build()
	if onTheme {
		c.Focus(s.theme)
	} else {
		c.Focus(s.language)
	}
}

// failed shows why the settings could not be kept; nil takes it away.
func (s *settings) failed(err error) {
	s.err = err
	s.showProblem()
	s.app.settle()
}

func (s *settings) showProblem() {
	s.problem.Objects = nil
	if s.err != nil {
		s.problem.Add(widgets.NewNotice(widgets.Bad, tr("settings.failed", "Error", reason(s.err))))
	}
	s.problem.Hidden = s.err == nil
}

func (s *settings) close() { s.app.show(newHome(s.app)) }

func (s *settings) content() fyne.CanvasObject { return s.root }

func (s *settings) shown() {
	s.app.noteShown("settings")
	s.app.window.Canvas().Focus(s.language)
}

func (s *settings) leave() {}

// key goes Home with each of the window's keys but those that look for
// something: there is nothing to cancel.
func (s *settings) key(k windowKey) {
	if k != keyFind && k != keyHelp {
		s.close()
	}
}

func (s *settings) focusMoved(o fyne.CanvasObject) { scrollTo(s.scroll, o) }

func (s *settings) pane() *container.Scroll { return s.scroll }

// rebuild makes Home anew.
func (h *home) rebuild() { h.app.show(newHome(h.app)) }

// rebuild makes the wizard's page anew; what was typed is in the draft.
func (f *flow) rebuild() {
	f.leavePage()
	f.shell = newShell(f)
	f.app.window.SetContent(f.shell.root)
	f.showPage()
}
