package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// home is the first screen: the connections with their state, and the drafts
// to go on with.
type home struct {
	app  *App
	ctx  context.Context
	stop context.CancelFunc

	root     *fyne.Container
	banner   *fyne.Container // what is wrong with this computer
	search   *widgets.Field
	drafts   *fyne.Container
	cards    *fyne.Container
	test     *widgets.Button
	create   *widgets.Button
	rotate   *widgets.Button // several client secrets
	settings *widgets.Button
	tools    *widgets.Button
	foot     *fyne.Container
	progress *progressLine
	status   *widgets.Text
	scroll   *container.Scroll

	data       homeData
	cardsOfAll []*card   // the most urgent first
	shownCards []*card   // those that the search leaves
	all        *allTests // Test all; nil while it does not run
	note       string    // how Test all ended, until something else is done
}

// homeData is what Home reads from the disk.
type homeData struct {
	connections []store.Connection
	drafts      []*wizard.Draft
	damaged     []store.Damage
	err         error
}

func newHome(app *App) *home {
	h := &home{app: app, banner: widgets.Column(10), drafts: widgets.Column(10), cards: widgets.Column(10)}
	h.ctx, h.stop = context.WithCancel(app.ctx)
	h.status = widgets.NewQuiet("")
	h.create = widgets.NewButton(tr("home.new"), widgets.Primary, func() { h.open(app.bench.NewDraft()) })
	h.test = widgets.NewButton(tr("home.test-all"), widgets.Plain, h.testAll)
	h.test.Hide()
	h.rotate = widgets.NewButton(tr("rotate-many.menu"), widgets.Plain, h.rotateMany)
	h.rotate.Hide()
	h.search = widgets.NewField("").SetPlaceholder(tr("home.search"))
	h.search.OnChanged = func(string) {
		h.note = ""
		h.arrange()
	}
	h.search.OnReturn = func() { app.window.Canvas().FocusNext() }
	h.search.Hide()
	title := widgets.NewText(tr("home.title"), widgets.Style{Size: theme.SizeNameHeadingText, Bold: true, OneLine: true})
	head := widgets.Sides(8, title, widgets.Row(8, nil, h.rotate, h.test, h.create))
	h.scroll = container.NewVScroll(widgets.Pad(26, 36, 24, 36,
		widgets.Column(14, head, h.search, h.banner, h.drafts, h.cards)))
	h.scroll.OnScrolled = func(fyne.Position) { h.grow() }
	h.banner.Hide()
	h.drafts.Hide()
	h.progress = newProgressLine()
	h.foot = widgets.NewFoot(widgets.Pad(14, 36, 14, 36, widgets.Column(8, h.progress.root, h.status)))
	h.foot.Hide()
	h.root = container.New(&homeLayout{h.scroll}, h.top(), practiceStrip(app), h.scroll, h.foot)
	return h
}

// top is the dark bar of Home: the version, and the way to the settings.
func (h *home) top() fyne.CanvasObject {
	version := widgets.NewText("", widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorRailQuiet, OneLine: true})
	if h.app.opts.Version != "" {
		version.SetText(tr("home.version", "Version", h.app.opts.Version))
	}
	h.settings = widgets.NewButton(tr("settings.title"), widgets.OnRail, func() { h.app.show(newSettings(h.app)) })
	h.tools = widgets.NewButton(tr("tools.title"), widgets.OnRail, nil)
	h.tools.OnTapped = func() { h.app.toolsMenu(h.tools) }
	return topBar(version, h.tools, h.settings)
}

// topBar is the dark bar with the name of the program, and more at its right.
func topBar(more ...fyne.CanvasObject) fyne.CanvasObject {
	logo := canvas.NewImageFromResource(icon())
	logo.SetMinSize(fyne.NewSquareSize(26))
	logo.FillMode = canvas.ImageFillContain
	name := widgets.NewText(tr("ui.title"), widgets.Style{
		Bold: true, Size: theme.SizeNameSubHeadingText, Color: widgets.ColorRailText, OneLine: true,
	})
	space := widgets.NewText("", widgets.Style{})
	parts := append([]fyne.CanvasObject{logo, name, space}, more...)
	return widgets.NewBox(widgets.ColorRail, "", 0, widgets.Pad(16, 36, 16, 36, widgets.Row(10, space, parts...)))
}

func (h *home) content() fyne.CanvasObject { return h.root }

func (h *home) shown() {
	h.app.noteShown("home")
	h.app.window.Canvas().Focus(h.create)
	h.load()
	h.probe()
}

func (h *home) leave() {
	h.stop()
}

func (h *home) key(k windowKey) {
	switch {
	case k == keyFind && !h.search.Hidden:
		h.app.window.Canvas().Focus(h.search.Entry)
		h.search.Entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	case k == keyEscape:
		h.escape()
	}
}

// escape clears the search where the cursor is in it, cancels what runs, and
// clears the search otherwise.
func (h *home) escape() {
	inSearch := h.app.window.Canvas().Focused() == fyne.Focusable(h.search.Entry)
	if h.searched() != "" && inSearch {
		h.emptySearch()
		return
	}
	running := h.all != nil
	h.cancelAll()
	for _, c := range h.cardsOfAll {
		running = running || c.stop != nil
		c.cancel()
	}
	if !running && h.searched() != "" {
		h.emptySearch()
	}
}

// focusMoved brings what has the focus into view, and makes the next cards when
// it comes near the last one.
func (h *home) focusMoved(o fyne.CanvasObject) {
	built := len(h.cards.Objects)
	for _, c := range h.shownCards[max(min(built, len(h.shownCards))-3, 0):min(built, len(h.shownCards))] {
		if o == fyne.CanvasObject(c.test) || o == fyne.CanvasObject(c.more) || o == fyne.CanvasObject(c.details) {
			h.buildMore()
			break
		}
	}
	scrollTo(h.scroll, o)
}

func (h *home) pane() *container.Scroll { return h.scroll }

func (h *home) work(wait func(ctx context.Context) func()) context.CancelFunc {
	return h.app.work(h.ctx, wait)
}

// load reads connections and drafts and shows them.
func (h *home) load() {
	imports := h.app.opts.Import
	h.app.opts.Import = nil
	for _, d := range imports {
		h.app.saver.save(d, func(err error) { h.failed(err) })
	}
	h.work(func(ctx context.Context) func() {
		h.app.saver.wait()
		var data homeData
		data.connections, data.err = h.app.bench.Store.Connections(ctx)
		if data.err == nil {
			data.drafts, data.err = h.app.bench.Drafts(ctx)
		}
		data.damaged = h.app.bench.Store.Damaged()
		return func() {
			h.show(data)
			h.app.notifyExpiry(data.connections)
			// One connection from a values file is what somebody wants to go on with now.
			if len(imports) == 1 && h.app.screen == screen(h) {
				h.open(imports[0])
			}
		}
	})
}

// probe asks the keyring, once, whether it works.
func (h *home) probe() {
	if h.app.asked {
		return
	}
	u, fault := h.app, h.app.fault
	u.asked = true
	u.work(u.ctx, func(ctx context.Context) func() {
		select {
		case <-u.seen: // it would take the time that the first frame needs
		case <-ctx.Done():
			return nil
		}
		problem := u.bench.KeyringProblem(ctx)
		if problem == nil || ctx.Err() != nil {
			return nil
		}
		return func() {
			if u.fault != fault {
				return // another keyring, so to speak
			}
			u.keyring = problem
			if now, ok := u.screen.(*home); ok {
				now.load()
			}
		}
	})
}

// probeAgain forgets what the keyring said and asks it anew, on Home at once,
// which also looks at its files again.
func (u *App) probeAgain() {
	u.asked, u.keyring = false, nil
	if now, ok := u.screen.(*home); ok {
		now.probe()
		now.load()
	}
}

func (h *home) show(data homeData) {
	h.data = data
	h.showBanner(data)
	h.makeCards()
	h.search.Hidden = len(data.connections) < searchFrom
	h.rotate.Hidden = len(rotatable(data.connections, h.app)) < 2
	h.arrange()
}

func (h *home) relayout() {
	h.root.Refresh()
	h.scroll.Refresh()
}

// showBanner names damaged files and what is wrong with the keyring.
func (h *home) showBanner(data homeData) {
	h.banner.Objects = nil
	if data.err != nil {
		h.banner.Add(widgets.NewNotice(widgets.Bad, tr("home.read-failed"), widgets.NewText(reason(data.err), widgets.Style{})))
	}
	for _, d := range data.damaged {
		h.banner.Add(widgets.NewNotice(widgets.Warn, tr("home.damaged-title"),
			widgets.NewText(tr("home.damaged", "Path", d.Path), widgets.Style{}),
			widgets.NewMono(d.KeptAs),
			widgets.Flow(0, widgets.NewCopy(func() string { return d.KeptAs }))))
	}
	if h.app.keyring != nil && !h.app.memory {
		keep := widgets.NewButton(tr("home.keep-in-memory"), widgets.Plain, h.useMemory)
		h.banner.Add(h.app.findingCard(*h.app.keyring))
		h.banner.Add(widgets.NewCard(widgets.NewQuiet(tr("home.memory-hint")), widgets.Flow(0, keep)))
	}
	if h.app.memory {
		h.banner.Add(widgets.NewNotice(widgets.Info, tr("home.memory-title"), widgets.NewQuiet(tr("home.memory-text"))))
	}
	h.banner.Hidden = len(h.banner.Objects) == 0
}

func (h *home) useMemory() {
	h.app.useMemory()
	h.load()
}

// useMemory keeps secrets in memory from now on.
func (u *App) useMemory() {
	u.bench.UseMemory()
	u.memory = true
}

// failed shows an error that has no better place.
func (h *home) failed(err error) {
	if err != nil && h.ctx.Err() == nil {
		h.app.tell(tr("home.failed"), widgets.NewText(reason(err), widgets.Style{}))
	}
}

// open leads into the wizard with a draft.
func (h *home) open(d *wizard.Draft) {
	h.app.show(newFlow(h.app, d, connectionsOf(h.cardsOfAll)))
}

// homeLayout puts the bar on top and the foot at the bottom; its minimum is
// fixed, so that no text makes the window grow.
type homeLayout struct{ scroll *container.Scroll }

func (l *homeLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 420) }

func (l *homeLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	top, strip, foot := objects[0], objects[1], objects[3]
	y := float32(0)
	for _, o := range []fyne.CanvasObject{top, strip} {
		if o.Visible() {
			o.Move(fyne.NewPos(0, y))
			o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
			y += o.Size().Height
		}
	}
	h := float32(0)
	if foot.Visible() {
		h = heightAt(foot, size.Width)
	}
	foot.Move(fyne.NewPos(0, size.Height-h))
	foot.Resize(fyne.NewSize(size.Width, h))
	l.scroll.Move(fyne.NewPos(0, y))
	placeScroll(l.scroll, fyne.NewSize(size.Width, size.Height-y-h))
}
