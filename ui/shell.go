package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/ui/widgets"
)

// shell is the wizard around its page: the rail with the steps at the left, the
// page that scrolls, the bar of buttons below it.
type shell struct {
	flow *flow
	root *fyne.Container

	rail     *rail
	strip    *fyne.Container // the practice banner
	fillAll  *widgets.Button
	heading  *widgets.Text
	help     *helpLinks
	sentence *widgets.Text
	holder   *fyne.Container // of the page's content
	scroll   *container.Scroll
	bar      *bar
}

func newShell(f *flow) *shell {
	s := &shell{
		flow: f, rail: newRail(f), heading: widgets.NewHeading(""), sentence: widgets.NewSentence(""),
		holder: widgets.Column(0), bar: newBar(f),
	}
	s.fillAll = widgets.NewButton(tr("ui.practice-fill-all"), widgets.Small, f.fillAll)
	s.strip = practiceStrip(f.app, s.fillAll)
	s.help = newHelpLinks(f)
	s.scroll = container.NewVScroll(widgets.Pad(26, 36, 24, 36,
		widgets.Column(3, widgets.Row(10, s.heading, s.heading, s.help.root), s.sentence,
			widgets.Pad(13, 0, 0, 0, s.holder))))
	// The rail stands last so that the Tab key begins with the page.
	s.root = container.New(&shellLayout{s}, s.strip, s.scroll, s.bar.root, s.rail.root)
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

// relayout lays the window out anew after texts have changed their height.
func (s *shell) relayout() {
	s.root.Refresh()
	s.scroll.Refresh()
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

// shellLayout places the four parts of the shell. Its minimum is fixed, so that
// no text ever makes the window grow.
type shellLayout struct{ shell *shell }

func (l *shellLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 420) }

func (l *shellLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	s := l.shell
	width := float32(railWide)
	if size.Width <= narrowAt {
		width = railNarrow
	}
	s.rail.setNarrow(width == railNarrow)
	s.rail.root.Move(fyne.Position{})
	s.rail.root.Resize(fyne.NewSize(width, size.Height))
	right := size.Width - width
	y := float32(0)
	if s.strip.Visible() {
		h := s.strip.MinSize().Height
		s.strip.Move(fyne.NewPos(width, 0))
		s.strip.Resize(fyne.NewSize(right, h))
		y = h
	}
	h := s.bar.root.MinSize().Height
	s.bar.root.Move(fyne.NewPos(width, size.Height-h))
	s.bar.root.Resize(fyne.NewSize(right, h))
	s.scroll.Move(fyne.NewPos(width, y))
	placeScroll(s.scroll, fyne.NewSize(right, size.Height-h-y))
}

// placeScroll resizes a scroll whose content has a height that depends on its width.
func placeScroll(s *container.Scroll, size fyne.Size) {
	s.Resize(size)
	s.Content.Resize(fyne.NewSize(size.Width, s.Content.Size().Height))
	s.Refresh()
}

const revealMargin = 14

// scrollTo scrolls so that o, which has got the focus, is seen.
func scrollTo(scroll *container.Scroll, o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(scroll.Content).Y
	bottom := top + o.Size().Height + revealMargin
	if top < 0 || top > scroll.Content.Size().Height {
		return // not part of the page
	}
	to := scroll.Offset
	if bottom > to.Y+scroll.Size().Height {
		to.Y = bottom - scroll.Size().Height
	}
	if top-revealMargin < to.Y {
		to.Y = max(top-revealMargin, 0)
	}
	if to != scroll.Offset {
		scroll.ScrollToOffset(to)
	}
}
