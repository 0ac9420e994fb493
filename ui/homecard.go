package ui

import (
	"context"
	"image/color"
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// card is one connection on Home. Its objects are made when it comes near to
// what is seen: build makes them, and root is nil before.
type card struct {
	home       *home
	connection store.Connection
	root       *fyne.Container

	state   *widgets.Pill
	when    *widgets.Text
	details *widgets.Button
	test    *widgets.Button
	more    *widgets.Button
	again   *fyne.Container // leads to the sign-in, where it has ended
	below   *fyne.Container // the last test, hop by hop

	open   bool               // below is shown
	found  []diagnose.Finding // of the last test in this window; nil when there was none
	stop   context.CancelFunc // of the running test; nil when none runs
	queued bool               // the test is part of Test all
	doing  string             // what the test does now
	since  time.Time          // since when; zero while the test waits for its turn
	quiet  context.CancelFunc // ends the counting of seconds
}

func newCard(h *home, c store.Connection) *card { return &card{home: h, connection: c} }

// build makes the objects of the card.
func (k *card) build() *fyne.Container {
	if k.root != nil {
		return k.root
	}
	h, c := k.home, k.connection
	k.state, k.when, k.below = widgets.NewPill(widgets.Idle, ""), widgets.NewQuiet(""), widgets.Column(10)
	k.details = widgets.NewButton("", widgets.Link, k.toggleDetails)
	k.test = widgets.NewButton(tr("home.test"), widgets.Plain, k.toggle)
	k.more = widgets.NewButton("", widgets.Plain, k.menu)
	k.more.SetIcon(widgets.IconMore)

	who := widgets.Column(1, widgets.NewTitle(c.Name), widgets.NewQuiet(k.line()))
	k.again = widgets.Flow(0, widgets.NewButton(tr("again.now"), widgets.Link, k.signIn))
	state := widgets.Column(2, container.New(&besidePill{}, k.state, k.details), k.when, k.again)
	left := widgets.Column(2)
	if text, mood := daysLeft(c, h.app.now()); text != "" {
		left = widgets.Column(2, widgets.Flow(0, widgets.NewPill(mood, text)), k.whatEnds())
	}
	middle := widgets.Shares(16, []float32{4.4, 3.2, 2.2}, who, state, left)
	row := widgets.Row(14, middle, avatar(c.Name), middle, k.test, k.more)
	k.root = widgets.Column(8, widgets.NewCard(row), k.below)
	k.below.Hide()
	k.showState()
	if k.open {
		k.showDetails(true)
	}
	return k.root
}

// whatEnds names what the pill counts, and offers to update it once it is time.
func (k *card) whatEnds() fyne.CanvasObject {
	if wizard.Warning(k.connection, k.home.app.now()).Level > wizard.LevelNone {
		return widgets.Flow(0, widgets.NewButton(tr("rotate.update"), widgets.Link, k.openRotate))
	}
	if k.connection.Certificate != nil {
		return widgets.NewQuiet(tr("home.certificate"))
	}
	return widgets.NewQuiet(tr("home.client-secret"))
}

// line says which mailbox, who reads it, and for which product.
func (k *card) line() string {
	c := k.connection
	parts := []string{c.Mailbox.Address}
	if c.Mailbox.Shared() {
		parts = append(parts, tr("home.shared", "Delegate", c.Mailbox.Delegate))
	}
	if c.Mode == wizard.ModeAppOnly {
		parts = append(parts, tr("apponly.home"))
	}
	if p := k.home.productOf(c.Product); p != "" {
		parts = append(parts, p)
	}
	return strings.Join(parts, " · ")
}

// showState shows the running test, or how the last one ended.
func (k *card) showState() {
	if k.root == nil {
		return
	}
	k.showLink()
	k.again.Hidden = k.running() || !needsSignIn(k.connection)
	k.test.SetEnabled(!k.queued)
	if k.running() {
		k.state.Set(widgets.Info, tr("home.testing"))
		if !k.queued {
			k.test.SetText(tr("ui.cancel"))
		}
		k.showProgress()
		return
	}
	mood, text, when := connectionState(k.connection, k.home.app.now())
	k.test.SetText(tr("home.test"))
	k.state.Set(mood, text)
	k.say(when)
}

// say changes the line below the state, and lays Home out anew only when that
// changes its height.
func (k *card) say(text string) {
	height := k.when.MinSize().Height
	k.when.SetText(text)
	if k.when.MinSize().Height != height {
		k.home.relayout()
	}
}

func (k *card) running() bool { return k.stop != nil || k.queued }

func (k *card) toggle() {
	if k.stop != nil {
		k.cancel()
		return
	}
	k.start()
}

// start tests the connection and shows hop by hop how far it is.
func (k *card) start() {
	if k.running() {
		return
	}
	h, c := k.home, k.connection
	k.quiet = h.app.every(h.ctx, time.Second, k.showProgress)
	k.stop = h.work(func(ctx context.Context) func() {
		res, findings := h.app.bench.TestWhole(ctx, c, func(e check.Event) {
			if e.Hop.Status == check.Running {
				h.app.do(func() {
					if ctx.Err() == nil {
						k.happened(e)
					}
				})
			}
		})
		if ctx.Err() != nil {
			return nil
		}
		err := h.app.bench.Record(ctx, c.ID, res, findings)
		now, readErr := h.app.bench.Store.Connection(ctx, c.ID)
		if readErr != nil {
			now = c
		}
		return func() {
			if k.stop == nil {
				return // cancelled meanwhile
			}
			k.tested(now, findings)
			k.showDetails(len(findings) > 0)
			h.note = ""
			h.showStatus()
			h.failed(err)
		}
	})
	k.progress(tr("home.test-begins"))
	k.showDetails(false)
	k.showState()
}

// queue makes the card part of Test all, which tests it when its turn comes.
func (k *card) queue() {
	k.queued, k.since, k.doing = true, time.Time{}, tr("home.test-waits")
	if k.open {
		k.showDetails(false)
	}
	k.showState()
}

// happened shows what the test does now.
func (k *card) happened(e check.Event) {
	if k.running() {
		k.progress(tr("home.progress", "Leg", strings.ToUpper(string(e.Leg)), "Hop", tr("home.hop-"+string(e.Hop.Name))))
	}
}

// progress shows what the test does now, and from then on for how long.
func (k *card) progress(doing string) {
	k.doing, k.since = doing, k.home.app.now()
	k.showProgress()
}

func (k *card) showProgress() {
	switch {
	case k.root == nil || !k.running():
	case k.since.IsZero():
		k.say(k.doing)
	default:
		k.say(since(k.doing, k.since, k.home.app.now()))
	}
}

// cancel stops the card's own test, if one runs, and shows the last known state.
func (k *card) cancel() {
	if k.stop != nil {
		k.stop()
		k.ended()
	}
}

func (k *card) ended() {
	if k.quiet != nil {
		k.quiet()
	}
	k.stop, k.quiet, k.queued = nil, nil, false
	k.showState()
}

// tested takes the outcome of a test.
func (k *card) tested(now store.Connection, findings []diagnose.Finding) {
	k.connection, k.found = now, findings
	k.ended()
}

// menu shows what else can be done with the connection.
func (k *card) menu() { k.home.app.popUp(k.more, k.entries()) }

// entries are what the menu offers for the connection.
func (k *card) entries() []*fyne.MenuItem {
	u := k.home.app
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(tr("home.open"), func() { k.edit("") }),
	}
	if canRotate(k.connection) {
		items = append(items, fyne.NewMenuItem(tr("rotate.menu"), k.openRotate))
	}
	return append(items,
		fyne.NewMenuItem(tr(signInWord(k.connection)), k.signIn),
		fyne.NewMenuItem(tr("tools.preflight"), func() { u.openPreflight(&k.connection, nil) }),
		fyne.NewMenuItem(tr("repeat.menu"), func() { u.openRepeat(k.connection) }),
		fyne.NewMenuItem(tr("registration-check.menu"), func() { u.openManifest(k.connection, nil) }),
		fyne.NewMenuItem(tr("save-file.menu-sheet"), func() { u.saveSheet(k.connection) }),
		fyne.NewMenuItem(tr("save-file.values"), func() { u.saveValues(k.connection) }),
		fyne.NewMenuItem(tr("home.remove"), k.askRemove))
}

// signIn opens the sign-in of the connection.
func (k *card) signIn() { k.edit(wizard.StepSignIn) }

// signInWord is what the menu calls step 6.
func signInWord(c store.Connection) string {
	if c.Mode == wizard.ModeAppOnly {
		return "apponly.home-token"
	}
	return "home.sign-in-again"
}

// edit opens the connection in the wizard, at the given step or at the first one.
func (k *card) edit(step wizard.StepID) {
	h := k.home
	h.work(func(ctx context.Context) func() {
		d, err := h.app.bench.Edit(ctx, k.connection.ID)
		return func() {
			if err != nil {
				h.failed(err)
				return
			}
			if step != "" {
				d.Step = step
			}
			h.open(d)
		}
	})
}

func (k *card) askRemove() {
	k.home.app.ask(tr("home.remove-title", "Name", k.connection.Name), tr("home.remove-text"), tr("home.remove-yes"), k.remove)
}

func (k *card) remove() {
	h := k.home
	k.cancel()
	h.work(func(ctx context.Context) func() {
		err := h.app.bench.Remove(ctx, k.connection.ID)
		return func() {
			h.failed(err)
			h.load()
			h.app.window.Canvas().Focus(h.create)
		}
	})
}

// avatar is the first letter of a name on a soft square.
func avatar(name string) fyne.CanvasObject {
	letter := "?"
	for _, r := range name {
		letter = string(unicode.ToUpper(r))
		break
	}
	text := widgets.NewText(letter, widgets.Style{Bold: true, Color: widgets.ColorAccentText, OneLine: true, Align: fyne.TextAlignCenter})
	side := canvas.NewRectangle(color.Transparent)
	side.SetMinSize(fyne.NewSize(38, 0))
	return widgets.NewBox(widgets.ColorAccentSoft, "", 8, widgets.Pad(9, 0, 9, 0, widgets.Column(0, side, text)))
}

// needsSignIn reports whether somebody has to sign in; to an application that
// signs in itself nobody does.
func needsSignIn(c store.Connection) bool {
	return c.Mode != wizard.ModeAppOnly && (c.Account == nil || !c.SignInEnded.IsZero())
}

// connectionState is the pill of a connection and the line below it.
func connectionState(c store.Connection, now time.Time) (mood widgets.Mood, text, when string) {
	last := ""
	if c.LastTest != nil && !c.LastTest.LastOK.IsZero() {
		last = tr("home.last-worked", "When", ago(c.LastTest.LastOK, now))
	}
	switch {
	case needsSignIn(c):
		return widgets.Warn, tr("home.state-sign-in"), last
	case c.LastTest == nil:
		return widgets.Idle, tr("home.state-untested"), ""
	case c.LastTest.OK:
		return widgets.Good, tr("home.state-works"), tr("home.tested", "When", ago(c.LastTest.At, now))
	}
	if last == "" {
		last = tr("home.tested", "When", ago(c.LastTest.At, now))
	}
	return widgets.Bad, tr("home.state-failing"), last
}

// daysLeft is the pill for the client secret or certificate; empty for a
// connection without one.
func daysLeft(c store.Connection, now time.Time) (text string, mood widgets.Mood) {
	if !canRotate(c) {
		return "", widgets.Idle
	}
	e := wizard.Warning(c, now)
	switch {
	case !e.Known:
		return tr("home.no-date"), widgets.Idle
	case e.Level == wizard.LevelExpired:
		return tr("home.expired"), widgets.Bad
	case e.Level >= wizard.LevelDay:
		return tr("home.days-left", "Count", e.Days), widgets.Bad
	case e.Level > wizard.LevelNone:
		return tr("home.days-left", "Count", e.Days), widgets.Warn
	}
	return tr("home.days-left", "Count", e.Days), widgets.Good
}

// ago says when something was, from now: minutes and hours, then the day.
func ago(t, now time.Time) string {
	t = t.In(now.Location())
	past := now.Sub(t)
	days := -store.DateOf(t).DaysFrom(now)
	switch {
	case past < time.Minute:
		return tr("ui.just-now")
	case past < time.Hour:
		return tr("ui.minutes-ago", "Count", int(past.Minutes()))
	case days == 0:
		return tr("ui.hours-ago", "Count", max(int(past.Hours()), 1))
	case days == 1:
		return tr("ui.yesterday")
	}
	month := tr("ui.month-" + t.Format("1"))
	if t.Year() == now.Year() {
		return tr("ui.day-month", "Day", t.Day(), "Month", month)
	}
	return tr("ui.day-month-year", "Day", t.Day(), "Month", month, "Year", t.Year())
}
