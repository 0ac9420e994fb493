package widgets

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// menuOn shows a menu of one entry and a group of so many in a window of 400 by
// 300, over a button that has the focus; chosen is what was chosen last.
func menuOn(t *testing.T, long int) (m *Menu, c fyne.Canvas, under *Button, chosen *string) {
	t.Helper()
	themed(t)
	under, chosen = NewButton("Menu", Plain, nil), new(string)
	c = show(t, under)
	c.Focus(under)
	entry := func(label string) *fyne.MenuItem {
		return fyne.NewMenuItem(label, func() { *chosen = label })
	}
	group := fyne.NewMenuItem("group", nil)
	group.ChildMenu = fyne.NewMenu("")
	for i := range long {
		group.ChildMenu.Items = append(group.ChildMenu.Items, entry(fmt.Sprintf("entry %d", i)))
	}
	none := entry("none")
	none.Checked = true
	return ShowMenu([]*fyne.MenuItem{none, group, entry("last")}, c, fyne.NewPos(390, 20)), c, under, chosen
}

func typed(m *Menu, names ...fyne.KeyName) {
	for _, name := range names {
		m.TypedKey(key(name))
	}
}

// inSight reports whether a row is wholly within its list and the window.
func inSight(c fyne.Canvas, r *menuRow) bool {
	d := fyne.CurrentApp().Driver()
	top, list := d.AbsolutePositionForObject(r), d.AbsolutePositionForObject(r.pane.scroll)
	const round = 0.5
	bottom := top.Y + r.Size().Height
	return top.Y >= list.Y-round && bottom <= list.Y+r.pane.scroll.Size().Height+round &&
		top.Y >= 0 && bottom <= c.Size().Height && top.X >= 0 && top.X+r.Size().Width <= c.Size().Width
}

// TestMenuFollowsTheSelection: in a list that is higher than the window, what is
// selected is always in sight.
func TestMenuFollowsTheSelection(t *testing.T) {
	const long = 40
	m, c, _, chosen := menuOn(t, long)
	typed(m, fyne.KeyDown, fyne.KeyDown, fyne.KeyRight)
	pane := m.last()
	if len(m.panes) != 2 || len(pane.rows) != long {
		t.Fatalf("%d lists, %d entries", len(m.panes), len(pane.rows))
	}
	if height := pane.box.Size().Height; height > c.Size().Height {
		t.Errorf("the list is %v high", height)
	}
	at := func(want int) {
		t.Helper()
		if pane.active != want || !inSight(c, pane.rows[want]) {
			t.Errorf("entry %d, want %d; in sight: %t", pane.active, want, inSight(c, pane.rows[want]))
		}
	}
	at(0)
	for i := 1; i < long; i++ {
		typed(m, fyne.KeyDown)
		at(i)
	}
	typed(m, fyne.KeyDown)
	at(long - 1)
	for i := long - 2; i >= 0; i-- {
		typed(m, fyne.KeyUp)
		at(i)
	}
	typed(m, fyne.KeyEnd)
	at(long - 1)
	typed(m, fyne.KeyHome)
	at(0)
	typed(m, fyne.KeyEnd)
	c.(test.WindowlessCanvas).Resize(fyne.NewSize(500, 200))
	at(long - 1)
	typed(m, fyne.KeyReturn)
	if *chosen != fmt.Sprintf("entry %d", long-1) {
		t.Errorf("chose %q", *chosen)
	}
}

func TestMenuKeys(t *testing.T) {
	for name, c := range map[string]struct {
		keys   []fyne.KeyName
		chosen string
		open   bool
	}{
		"first":               {[]fyne.KeyName{fyne.KeyDown, fyne.KeyReturn}, "none", false},
		"last, from above":    {[]fyne.KeyName{fyne.KeyUp, fyne.KeySpace}, "last", false},
		"last":                {[]fyne.KeyName{fyne.KeyEnd, fyne.KeyDown, fyne.KeyEnter}, "last", false},
		"nothing":             {[]fyne.KeyName{fyne.KeyReturn}, "", false},
		"left":                {[]fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyRight, fyne.KeyLeft, fyne.KeyUp, fyne.KeyReturn}, "none", false},
		"left of the first":   {[]fyne.KeyName{fyne.KeyDown, fyne.KeyLeft, fyne.KeyReturn}, "none", false},
		"right of an entry":   {[]fyne.KeyName{fyne.KeyDown, fyne.KeyRight, fyne.KeyReturn}, "none", false},
		"a group":             {[]fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn}, "", true},
		"in a group":          {[]fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn, fyne.KeyDown, fyne.KeyReturn}, "entry 1", false},
		"Escape, in a group":  {[]fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyRight, fyne.KeyEscape}, "", false},
		"Escape":              {[]fyne.KeyName{fyne.KeyEscape}, "", false},
		"a key of no meaning": {[]fyne.KeyName{fyne.KeyF5}, "", true},
	} {
		m, canvas, under, chosen := menuOn(t, 3)
		typed(m, c.keys...)
		if open := canvas.Overlays().Top() != nil; *chosen != c.chosen || open != c.open {
			t.Errorf("%s: chose %q, open %t", name, *chosen, open)
		}
		if !c.open && canvas.Focused() != fyne.Focusable(under) {
			t.Errorf("%s: the focus is on %T", name, canvas.Focused())
		}
	}
}

func TestMenuMouse(t *testing.T) {
	m, c, _, chosen := menuOn(t, 3)
	first := m.panes[0]
	first.rows[1].MouseIn(nil)
	if len(m.panes) != 2 || first.active != 1 || m.last().active != -1 {
		t.Fatalf("on the group: %d lists, %d active", len(m.panes), first.active)
	}
	first.rows[1].Tapped(nil)
	first.rows[1].MouseOut() // onto the list beside it
	m.last().rows[2].MouseIn(nil)
	if len(m.panes) != 2 || m.last().active != 2 {
		t.Errorf("in the group: %d lists, %d active", len(m.panes), m.last().active)
	}
	first.rows[1].MouseIn(nil) // back again
	typed(m, fyne.KeyRight)
	if m.last().active != 0 {
		t.Errorf("by key into what the mouse opened: %d", m.last().active)
	}
	first.rows[0].MouseIn(nil)
	first.rows[0].MouseOut()
	if len(m.panes) != 1 || first.active != -1 {
		t.Errorf("off the menu: %d lists, %d active", len(m.panes), first.active)
	}
	m.Tapped(&fyne.PointEvent{Position: first.box.Position().AddXY(1, 1)}) // its frame
	if c.Overlays().Top() == nil {
		t.Error("a click on its frame closes the menu")
	}
	first.rows[2].Tapped(nil)
	if *chosen != "last" || c.Overlays().Top() != nil {
		t.Errorf("a click chose %q", *chosen)
	}

	m, c, _, chosen = menuOn(t, 3)
	m.Tapped(&fyne.PointEvent{Position: fyne.NewPos(5, 290)})
	if *chosen != "" || c.Overlays().Top() != nil {
		t.Errorf("a click beside it chose %q", *chosen)
	}
}

// TestMenuWithinTheWindow: wherever it is opened, the menu and what opens beside
// it are within the window, and do not cover each other where there is room.
func TestMenuWithinTheWindow(t *testing.T) {
	themed(t)
	c := show(t, widget.NewLabel(""))
	for _, corner := range []fyne.Position{{X: 0, Y: 0}, {X: 400, Y: 300}, {X: 150, Y: 290}, {X: 395, Y: 10}} {
		group := fyne.NewMenuItem("group", nil)
		group.ChildMenu = fyne.NewMenu("", fyne.NewMenuItem("entry", nil), fyne.NewMenuItem("another", nil))
		m := ShowMenu([]*fyne.MenuItem{group}, c, corner)
		typed(m, fyne.KeyDown, fyne.KeyRight)
		for _, p := range m.panes {
			at, end := p.box.Position(), p.box.Position().Add(p.box.Size())
			if at.X < 0 || at.Y < 0 || end.X > 400 || end.Y > 300 {
				t.Errorf("%v: a list from %v to %v", corner, at, end)
			}
		}
		left, right := m.panes[0].box, m.panes[1].box
		if left.Position().X > right.Position().X {
			left, right = right, left
		}
		if left.Position().X+left.Size().Width > right.Position().X+0.5 {
			t.Errorf("%v: the lists cover each other", corner)
		}
		m.Close()
	}
}
