package ui

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// rotateMany changes the client secrets of several connections: which, their
// new values, and the proof of each.
type rotateMany struct {
	*guided
	all  []store.Connection // that have a secret, the most urgent first
	rows []*manyRow         // those that are chosen
	at   int
}

// The steps of the rail.
const (
	manyChoose = iota
	manyEnter
	manyProof
)

func newRotateMany(app *App, all []store.Connection, chosen func(store.Connection) bool) *rotateMany {
	s := &rotateMany{all: rotatable(all, app)}
	s.guided = newGuided(app, "", tr("rotate.note"), s.steps)
	s.present(newManyChoose(s, chosen))
	return s
}

// rotateMany opens the change of several secrets from Home; ticked is what ends
// within the month.
func (h *home) rotateMany() {
	now := h.app.now()
	h.app.show(newRotateMany(h.app, h.data.connections, func(c store.Connection) bool {
		return wizard.Warning(c, now).Level > wizard.LevelNone
	}))
}

// rotatable are the connections with a client secret of their own, the one that
// ends first before the others.
func rotatable(all []store.Connection, app *App) []store.Connection {
	now := app.now()
	out := slices.DeleteFunc(slices.Clone(all), func(c store.Connection) bool { return !canRotate(c) || c.Certificate != nil })
	slices.SortStableFunc(out, func(a, b store.Connection) int { return cmp.Compare(daysOf(a, now), daysOf(b, now)) })
	return out
}

func (s *rotateMany) steps() []railLine {
	return railAt(s.at, []railLine{
		{title: tr("rotate-many.step-choose"), hint: tr("rotate-many.hint-choose")},
		{title: tr("rotate-many.step-enter"), hint: tr("rotate.hint-new")},
		{title: tr("rotate-many.step-proof"), hint: tr("rotate-many.hint-proof")},
	})
}

// manyChoosePage ticks the connections.
type manyChoosePage struct {
	screen *rotateMany
	ticks  []*widgets.Tick
	said   *widgets.Text
	first  *widgets.Button
}

func newManyChoose(s *rotateMany, chosen func(store.Connection) bool) *manyChoosePage {
	p := &manyChoosePage{screen: s, said: widgets.NewQuiet("")}
	for _, c := range s.all {
		tick := widgets.NewTick(c.Name, func(bool) { s.refresh() })
		tick.Set(chosen(c))
		p.ticks = append(p.ticks, tick)
	}
	p.first = widgets.NewButton(tr("rotate-many.open"), widgets.Plain, p.open)
	p.said.Hide()
	return p
}

func (p *manyChoosePage) heading() string  { return tr("rotate-many.heading") }
func (p *manyChoosePage) sentence() string { return tr("rotate-many.choose") }

func (p *manyChoosePage) content() fyne.CanvasObject {
	s, now := p.screen, p.screen.app.now()
	list := widgets.Column(8)
	for i, c := range s.all {
		text, mood := daysLeft(c, now)
		list.Add(widgets.Shares(12, []float32{5, 4, 3}, p.ticks[i],
			widgets.Pad(3, 0, 0, 0, widgets.NewQuiet(c.Mailbox.Address)), widgets.Flow(0, widgets.NewPill(mood, text))))
	}
	return widgets.Column(14,
		widgets.NewCard(list),
		widgets.NewCard(widgets.NewQuiet(tr("rotate-many.file-hint")), widgets.Flow(8, p.first), p.said))
}

func (p *manyChoosePage) focus() fyne.Focusable {
	if len(p.ticks) > 0 {
		return p.ticks[0]
	}
	return p.first
}
func (p *manyChoosePage) commit(then func(bool)) { then(true) }
func (p *manyChoosePage) actions() []action      { return nil }
func (p *manyChoosePage) leave()                 {}

func (p *manyChoosePage) primary() action {
	n := 0
	for _, t := range p.ticks {
		if t.On() {
			n++
		}
	}
	if n == 0 {
		return action{label: tr("ui.continue")}
	}
	return action{tr("ui.continue"), p.next}
}

func (p *manyChoosePage) next() {
	s := p.screen
	s.rows = nil
	for i, c := range s.all {
		if p.ticks[i].On() {
			s.rows = append(s.rows, newManyRow(s, c))
		}
	}
	s.at = manyEnter
	s.present(newManyEnter(s))
}

// open ticks the connections that a values file names.
func (p *manyChoosePage) open() {
	s := p.screen
	pick := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil {
			p.say(tr("rotate-many.file-failed", "Error", err.Error()))
		}
		if file != nil {
			p.read(file)
		}
	}, s.app.window)
	pick.SetFilter(storage.NewExtensionFileFilter([]string{".json"}))
	pick.Resize(s.app.window.Canvas().Size())
	pick.Show()
}

// read reads a values file off the UI goroutine.
func (p *manyChoosePage) read(file io.ReadCloser) {
	s := p.screen
	s.work(func(ctx context.Context) func() {
		defer file.Close()
		drafts, err := wizard.ReadValues(file, s.app.bench.Catalog)
		var targets []wizard.RotateTarget
		if err == nil {
			targets, err = s.app.bench.RotateTargets(ctx, drafts)
		}
		return func() {
			if err != nil {
				p.say(tr("rotate-many.file-failed", "Error", reason(err)))
				return
			}
			p.take(targets)
		}
	})
}

// take ticks what was found and names what was not.
func (p *manyChoosePage) take(targets []wizard.RotateTarget) {
	found, missing := 0, []string{}
	for _, t := range targets {
		at := slices.IndexFunc(p.screen.all, func(c store.Connection) bool { return t.Found && c.ID == t.Connection.ID })
		if at < 0 {
			missing = append(missing, t.Name)
			continue
		}
		p.ticks[at].Set(true)
		found++
	}
	text := tr("rotate-many.file-found", "Count", found)
	if len(missing) > 0 {
		text += " " + tr("rotate-many.file-missing", "Names", strings.Join(missing, ", "))
	}
	p.say(text)
	p.screen.refresh()
}

func (p *manyChoosePage) say(text string) {
	p.said.SetText(text)
	p.said.Show()
	p.screen.settle()
}
