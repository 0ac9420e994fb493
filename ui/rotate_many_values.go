package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/scripts"
)

// manyEnterPage takes the new values of all chosen connections.
type manyEnterPage struct {
	screen *rotateMany
	tool   *widgets.Choice
	texts  []*scriptText // one for each tenant
	of     []scripts.Rotation
	paste  *widgets.Area
	wrong  *widgets.ProblemLine
}

func newManyEnter(s *rotateMany) *manyEnterPage { return &manyEnterPage{screen: s} }

func (p *manyEnterPage) heading() string  { return tr("rotate-many.enter") }
func (p *manyEnterPage) sentence() string { return tr("rotate.sentence") }

func (p *manyEnterPage) content() fyne.CanvasObject {
	p.wrong = widgets.NewProblemLine()
	p.paste = widgets.NewArea(4)
	p.paste.MaxPaste, p.paste.OnTooLong = maxPaste, p.takeText
	take := widgets.NewButton(tr("script.take"), widgets.Plain, func() { p.takeText(p.paste.Text()) })
	body := widgets.Column(14)
	for _, r := range p.screen.rows {
		body.Add(r.entry())
	}
	body.Add(p.scriptCard())
	body.Add(widgets.NewCard(widgets.NewTitle(tr("rotate-many.paste")), widgets.NewQuiet(tr("rotate-many.paste-hint")),
		p.paste, p.wrong, widgets.Flow(0, take)))
	return body
}

// scriptCard shows the scripts that add the secrets, one for each tenant; folded
// until it is asked for.
func (p *manyEnterPage) scriptCard() fyne.CanvasObject {
	p.tool = toolChoice(p.show)
	inside := widgets.Column(10, widgets.NewQuiet(tr("rotate-many.script-text")), p.tool)
	p.of = rotationsOf(p.screen.app, p.screen.rows)
	p.texts = nil
	for range p.of {
		text := newScriptText(8)
		p.texts = append(p.texts, text)
		inside.Add(text.head(tr("rotate.script-run")))
		inside.Add(text.area)
	}
	inside.Hide()
	fold := widgets.NewButton(tr("rotate.script"), widgets.Link, nil)
	fold.OnTapped = func() {
		inside.Hidden = !inside.Hidden
		fold.SetText(tr(map[bool]string{true: "rotate.script", false: "rotate.script-fold"}[inside.Hidden]))
		p.show()
	}
	return widgets.NewCard(widgets.Flow(0, fold), inside)
}

// rotationsOf are the scripts that add a secret to the registrations of the
// rows: each registration once, one script for each tenant.
func rotationsOf(app *App, rows []*manyRow) []scripts.Rotation {
	var out []scripts.Rotation
	for _, r := range rows {
		next := rotationOf(app, r.connection, "")
		at := slices.IndexFunc(out, func(o scripts.Rotation) bool {
			return o.Cloud == next.Cloud && strings.EqualFold(o.TenantID, next.TenantID)
		})
		switch {
		case at < 0:
			out = append(out, next)
		case !slices.ContainsFunc(out[at].ClientIDs, func(id string) bool { return strings.EqualFold(id, r.connection.ClientID) }):
			out[at].ClientIDs = append(out[at].ClientIDs, r.connection.ClientID)
		}
	}
	return out
}

// show writes the scripts for the chosen tool.
func (p *manyEnterPage) show() {
	for i, r := range p.of {
		text, err := r.Script(scripts.Tool(p.tool.Selected()))
		if err != nil {
			text = "" // an ID that is none: the portal's way is left
		}
		p.texts[i].set(text)
	}
	p.screen.settle()
}

// takeText fills the rows from what scripts printed.
func (p *manyEnterPage) takeText(output string) {
	s := p.screen
	connections := make([]store.Connection, len(s.rows))
	for i, r := range s.rows {
		connections[i] = r.connection
	}
	found, wrong := wizard.TakeRotations(output, connections)
	if wrong != nil {
		p.wrong.Set(problem(wrong))
		s.settle()
		return
	}
	for i, c := range found {
		s.rows[i].fill(c)
	}
	p.paste.SetText("")
	p.wrong.Set(widgets.Problem{})
	s.settle()
}

func (p *manyEnterPage) focus() fyne.Focusable  { return p.screen.rows[0].value.Entry }
func (p *manyEnterPage) commit(then func(bool)) { then(true) }
func (p *manyEnterPage) actions() []action      { return nil }
func (p *manyEnterPage) leave()                 {}
func (p *manyEnterPage) primary() action        { return action{tr("rotate.prove"), p.prove} }

// prove goes on when every row is right, and otherwise to the first that is not.
func (p *manyEnterPage) prove() {
	s := p.screen
	rows := make([]wizard.RotateRow, len(s.rows))
	var wrong *manyRow
	for i, r := range s.rows {
		next, ok := r.credential()
		if !ok && wrong == nil {
			wrong = r
		}
		rows[i] = wizard.RotateRow{ID: r.connection.ID, Next: next}
	}
	s.settle()
	if wrong != nil {
		field := wrong.value
		if field.Problem().Text == "" || field.Problem().Warning {
			field = wrong.expires
		}
		s.app.window.Canvas().Focus(field.Entry)
		return
	}
	s.at = manyProof
	proof := newManyProof(s)
	s.present(proof)
	proof.run(rows)
}
