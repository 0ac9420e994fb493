package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Problem is what Field shows under itself. The zero value is: nothing wrong.
type Problem struct {
	Text string
	// Warning is shown in the warning colour and does not stop Continue.
	Warning bool
}

// ProblemLine is a sign and the sentence that says what is wrong; hidden while
// nothing is.
type ProblemLine struct {
	widget.BaseWidget
	icon *Icon
	text *Text
	row  *fyne.Container
}

// NewProblemLine makes a line without a problem.
func NewProblemLine() *ProblemLine {
	p := &ProblemLine{icon: NewIcon(IconBad, ColorBad, 14), text: NewText("", Style{Size: SizeSmall})}
	p.row = container.NewBorder(nil, nil, Pad(2, 2, 0, 0, Column(0, p.icon)), nil, p.text)
	p.ExtendBaseWidget(p)
	p.Hide()
	return p
}

// CreateRenderer is called by Fyne.
func (p *ProblemLine) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.row) }

// Set shows a problem; the zero value hides the line.
func (p *ProblemLine) Set(problem Problem) {
	icon, ink := IconBad, ColorBad
	if problem.Warning {
		icon, ink = IconWarn, ColorWarn
	}
	p.icon.Set(icon, ink)
	p.text.SetStyle(Style{Size: SizeSmall, Color: ink})
	p.text.SetText(problem.Text)
	p.Hidden = problem.Text == ""
	p.row.Refresh()
}
