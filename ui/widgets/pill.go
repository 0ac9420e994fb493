package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Pill is a short state in a rounded field of its colour. The word says the
// state; the colour only repeats it.
type Pill struct {
	widget.BaseWidget
	mood Mood
	text *Text
	box  *Box
}

// NewPill makes a pill.
func NewPill(mood Mood, text string) *Pill {
	p := &Pill{text: NewText("", Style{})}
	p.box = NewBox("", "", 9, Pad(1, 8, 1, 8, p.text))
	p.ExtendBaseWidget(p)
	p.Set(mood, text)
	return p
}

// Set shows another state.
func (p *Pill) Set(mood Mood, text string) {
	p.mood = mood
	p.text.SetStyle(Style{Size: sizePill, Color: mood.ink(), Bold: true, OneLine: true})
	p.text.SetText(text)
	p.box.Fill = mood.soft()
	p.box.Refresh()
	p.Refresh()
}

// Text returns the word that is shown.
func (p *Pill) Text() string { return p.text.Text() }

// Mood returns the state that is shown.
func (p *Pill) Mood() Mood { return p.mood }

// CreateRenderer is called by Fyne.
func (p *Pill) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.box) }

// chipLetters is how much of a long name a chip shows.
const chipLetters = 40

// NewChip is a quiet word in a rounded box, such as one part of a path. A long
// one is cut, so that it never is wider than a page.
func NewChip(text string) *Box {
	if letters := []rune(text); len(letters) > chipLetters {
		text = string(letters[:chipLetters-1]) + "…"
	}
	return NewBox(ColorIdleSoft, "", 4, Pad(2, 8, 2, 8, NewText(text, Style{Size: SizeSmall, OneLine: true})))
}

// NewCrumbs shows the way to a place in the portal, and a link that opens it
// where open is not nil; more stands after the link.
func NewCrumbs(crumbs []string, open func(), more ...fyne.CanvasObject) *fyne.Container {
	row := Flow(6)
	for i, c := range crumbs {
		if i == 0 {
			row.Add(NewChip(c))
			continue
		}
		row.Add(Row(6, nil, NewIcon(IconChevron, ColorQuiet, 9), NewChip(c)))
	}
	if open != nil {
		row.Add(NewLink(word("ui.open-in-browser"), open))
	}
	for _, o := range more {
		row.Add(o)
	}
	return row
}

// NewLink is a text button that leads out of Postkey.
func NewLink(text string, open func()) *Button {
	b := NewButton(text, Link, open)
	b.SetIcon(IconOut)
	return b
}
