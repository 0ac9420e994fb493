package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// frame is what a guided way has around its page: the rail with its steps at
// the left, the practice banner above, the page that scrolls, the bar of
// buttons below.
type frame struct {
	root   *fyne.Container
	rail   *rail
	strip  *fyne.Container // the practice banner
	scroll *container.Scroll
	bar    *bar
}

// assemble makes root of the parts.
func (f *frame) assemble() {
	// The rail stands last so that the Tab key begins with the page.
	f.root = container.New(&frameLayout{f}, f.strip, f.scroll, f.bar.root, f.rail.root)
	f.bar.moved = f.relayout
}

// relayout lays the window out anew after texts have changed their height.
func (f *frame) relayout() {
	f.root.Refresh()
	f.scroll.Refresh()
}

// frameLayout places the four parts of a frame. Its minimum is fixed, so that
// no text ever makes the window grow.
type frameLayout struct{ frame *frame }

func (l *frameLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 420) }

func (l *frameLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	s := l.frame
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
	h := heightAt(s.bar.root, right)
	s.bar.root.Move(fyne.NewPos(width, size.Height-h))
	s.bar.root.Resize(fyne.NewSize(right, h))
	s.scroll.Move(fyne.NewPos(width, y))
	placeScroll(s.scroll, fyne.NewSize(right, size.Height-h-y))
}

// heightAt gives o the width and returns the height that it needs at that width.
func heightAt(o fyne.CanvasObject, width float32) float32 {
	o.Resize(fyne.NewSize(width, o.Size().Height))
	return o.MinSize().Height
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
