package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// protocolTicks is the choice of what the application uses.
type protocolTicks struct {
	flow    *flow
	content fyne.CanvasObject
	ticks   []*widgets.Tick
	problem *widgets.Text
}

// protocols in the order of the page, which is also that of the draft.
var protocols = []string{wizard.ProtocolIMAP, wizard.ProtocolPOP, wizard.ProtocolSMTP}

func newProtocolTicks(f *flow, changed func()) *protocolTicks {
	t := &protocolTicks{flow: f, problem: widgets.NewText("", widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorBad})}
	row := widgets.Flow(14)
	for _, protocol := range protocols {
		tick := widgets.NewTick(tr("protocols."+protocol), func(bool) {
			t.take()
			changed()
		})
		tick.Set(slices.Contains(f.draft.Protocols, protocol))
		t.ticks = append(t.ticks, tick)
		row.Add(tick)
	}
	t.problem.Hide()
	t.content = widgets.Column(4, widgets.NewLabel(tr("protocols.title")), row, t.problem,
		widgets.NewQuiet(tr("protocols.hint")))
	return t
}

// take puts the choice into the draft.
func (t *protocolTicks) take() {
	var chosen []string
	for i, tick := range t.ticks {
		if tick.On() {
			chosen = append(chosen, protocols[i])
		}
	}
	t.flow.draft.Protocols = chosen
	t.validate()
	t.flow.changed()
}

// validate shows what is wrong with the choice and reports whether nothing is.
func (t *protocolTicks) validate() bool {
	p := t.flow.check(wizard.FieldProtocols)
	t.problem.SetText(p.Text)
	t.problem.Hidden = p.Text == ""
	return p.Text == "" || p.Warning
}
