package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/ui/widgets"
)

// shell is the wizard around its page: the rail with the steps at the left, the
// page that scrolls, the bar of buttons below it.
type shell struct {
	frame
	flow *flow

	fillAll  *widgets.Button
	heading  *widgets.Text
	help     *helpLinks
	sentence *widgets.Text
	holder   *fyne.Container // of the page's content
}

func newShell(f *flow) *shell {
	s := &shell{
		flow: f, heading: widgets.NewHeading(""), sentence: widgets.NewSentence(""), holder: widgets.Column(0),
	}
	s.rail = newRail(f.app, f)
	s.bar = newBar(f.back, action{tr("ui.save-and-close"), f.close}, f.next)
	s.fillAll = widgets.NewButton(tr("ui.practice-fill-all"), widgets.Small, f.fillAll)
	s.strip = practiceStrip(f.app, s.fillAll)
	s.help = newHelpLinks(f)
	s.scroll = container.NewVScroll(widgets.Pad(26, 36, 24, 36,
		widgets.Column(3, widgets.Row(10, s.heading, s.heading, s.help.root), s.sentence,
			widgets.Pad(13, 0, 0, 0, s.holder))))
	s.assemble()
	return s
}

// show puts another page into the window and gives it the focus.
func (s *shell) show(p page) {
	s.flow.app.dropSheet()
	s.heading.SetText(p.heading())
	s.sentence.SetText(p.sentence())
	s.sentence.Hidden = p.sentence() == ""
	s.holder.Objects = []fyne.CanvasObject{p.content()}
	s.scroll.Offset = fyne.Position{}
	s.fillAll.Hidden = len(s.flow.offers) == 0
	s.help.refresh()
	s.refresh()
	s.relayout()
}

func (s *shell) focus(p page) {
	c := s.flow.app.window.Canvas()
	if o := p.focus(); o != nil {
		c.Focus(o)
		return
	}
	c.Focus(s.bar.primary)
}

// refresh shows the texts, the buttons and the rail as the page wants them now.
func (s *shell) refresh() {
	if p := s.flow.page; p != nil {
		s.heading.SetText(p.heading())
		s.sentence.SetText(p.sentence())
		s.bar.show(p)
	}
	s.rail.refresh()
}

func (s *shell) sayTyping() { s.rail.say(tr("ui.draft-typing"), false) }

func (s *shell) saySaved(err error) {
	if err != nil {
		s.rail.say(tr("ui.draft-failed", "Error", reason(err)), true)
		return
	}
	if !s.flow.dirty {
		s.rail.say(tr("ui.draft-saved"), false)
	}
}
