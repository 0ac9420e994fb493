package widgets

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Menu is a menu over the window, with a further one beside an entry that has a
// ChildMenu. Unlike Fyne's, a list that is higher than the window scrolls along
// with the selection. Of an entry it shows Label and Checked.
type Menu struct {
	widget.BaseWidget
	KeyPress
	canvas fyne.Canvas
	corner fyne.Position
	panes  []*menuPane // the menu, and beside its active entry what that one opened
}

// ShowMenu opens a menu whose upper right corner is at corner, or as near to it
// as the window allows. It has the focus until it is closed by a choice, by
// Escape or by a click beside it; then what had the focus before has it again.
func ShowMenu(items []*fyne.MenuItem, c fyne.Canvas, corner fyne.Position) *Menu {
	m := &Menu{canvas: c, corner: corner}
	m.ExtendBaseWidget(m)
	m.panes = []*menuPane{newMenuPane(m, items)}
	c.Overlays().Add(m)
	m.Resize(c.Size())
	c.Focus(m)
	return m
}

// menuEdge is what stays free between a menu and the edge of the window.
const menuEdge = 4

// Close closes the menu; nothing is chosen.
func (m *Menu) Close() { m.canvas.Overlays().Remove(m) }

// CreateRenderer is called by Fyne.
func (m *Menu) CreateRenderer() fyne.WidgetRenderer { return &menuRenderer{m} }

// Tapped is called by Fyne for a click that no entry took.
func (m *Menu) Tapped(e *fyne.PointEvent) {
	for _, p := range m.panes {
		at, size := p.box.Position(), p.box.Size()
		if e.Position.X >= at.X && e.Position.X <= at.X+size.Width && e.Position.Y >= at.Y && e.Position.Y <= at.Y+size.Height {
			return
		}
	}
	m.Close()
}

// FocusGained is called by Fyne; the menu shows its focus by its active entry.
func (m *Menu) FocusGained() {}

// FocusLost is called by Fyne.
func (m *Menu) FocusLost() {}

// TypedRune is called by Fyne; letters do nothing.
func (m *Menu) TypedRune(rune) {}

// TypedKey is called by Fyne: Up, Down, Home and End select, Right opens what is
// beside an entry, Left closes it, Return and Space choose, Escape closes all.
func (m *Menu) TypedKey(key *fyne.KeyEvent) {
	last := m.last()
	end := len(last.rows) - 1
	switch key.Name {
	case fyne.KeyDown:
		m.selectIn(last, min(last.active+1, end))
	case fyne.KeyUp:
		if last.active < 0 {
			last.active = end + 1
		}
		m.selectIn(last, max(last.active-1, 0))
	case fyne.KeyHome:
		m.selectIn(last, 0)
	case fyne.KeyEnd:
		m.selectIn(last, end)
	case fyne.KeyRight:
		m.enter()
	case fyne.KeyLeft:
		if len(m.panes) > 1 {
			m.selectIn(m.panes[len(m.panes)-2], m.panes[len(m.panes)-2].active)
		}
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if Pressed() {
			m.choose()
		}
	case fyne.KeyEscape:
		m.Close()
	}
}

func (m *Menu) last() *menuPane { return m.panes[len(m.panes)-1] }

// selectIn makes an entry of a pane the active one, in sight, and closes what is
// beside the pane.
func (m *Menu) selectIn(p *menuPane, at int) {
	m.panes = m.panes[:slices.Index(m.panes, p)+1]
	p.active = at
	p.refresh()
	p.reveal()
	m.Refresh()
}

// open opens what is beside the active entry of the last pane, if anything is.
func (m *Menu) open() {
	last := m.last()
	if last.active < 0 {
		return
	}
	beside := last.rows[last.active].item.ChildMenu
	if beside == nil || len(beside.Items) == 0 {
		return
	}
	m.panes = append(m.panes, newMenuPane(m, beside.Items))
	m.place()
	m.Refresh()
}

// enter selects the first entry of what is beside the active one.
func (m *Menu) enter() {
	before := len(m.panes)
	m.open()
	if last := m.last(); len(m.panes) > before || before > 1 && last.active < 0 {
		m.selectIn(last, 0)
	}
}

// choose does what the active entry says and closes the menu, or opens what is
// beside the entry. Without an active entry it only closes.
func (m *Menu) choose() {
	last := m.last()
	switch {
	case last.active < 0 && len(m.panes) > 1, last.active >= 0 && last.rows[last.active].item.ChildMenu != nil:
		m.enter()
		return
	case last.active < 0:
		m.Close()
		return
	}
	m.Close()
	if action := last.rows[last.active].item.Action; action != nil {
		action()
	}
}

// pointAt follows the mouse onto an entry: it becomes the active one, and what
// is beside it is shown.
func (m *Menu) pointAt(r *menuRow) {
	depth := slices.Index(m.panes, r.pane)
	if depth < 0 {
		return
	}
	if r.pane.active == r.at && depth+1 < len(m.panes) {
		beside := m.panes[depth+1]
		m.selectIn(beside, -1)
		return
	}
	m.selectIn(r.pane, r.at)
	m.open()
}

// leave follows the mouse off an entry, which stays active while something is
// open beside it.
func (m *Menu) leave(r *menuRow) {
	if r.pane == m.last() && r.pane.active == r.at {
		m.selectIn(r.pane, -1)
	}
}

// place puts each pane where it fits: the first at the corner, each other beside
// the entry that it belongs to.
func (m *Menu) place() {
	window := m.Size()
	for i, p := range m.panes {
		want := p.box.MinSize()
		want.Height = p.height()
		size := fyne.NewSize(min(want.Width, window.Width-2*menuEdge), min(want.Height, window.Height-2*menuEdge))
		at := m.corner.SubtractXY(size.Width, 0)
		if i > 0 {
			parent := m.panes[i-1]
			left, row := parent.box.Position(), parent.rows[parent.active]
			at = left.AddXY(parent.box.Size().Width, row.Position().Y-parent.scroll.Offset.Y)
			if at.X+size.Width > window.Width-menuEdge {
				at.X = left.X - size.Width
			}
		}
		p.box.Resize(size)
		p.box.Move(fyne.NewPos(
			max(menuEdge, min(at.X, window.Width-menuEdge-size.Width)),
			max(menuEdge, min(at.Y, window.Height-menuEdge-size.Height))))
		p.reveal()
	}
}

type menuRenderer struct{ menu *Menu }

func (r *menuRenderer) Layout(fyne.Size) { r.menu.place() }

func (r *menuRenderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *menuRenderer) Refresh() { canvas.Refresh(r.menu) }

func (r *menuRenderer) Destroy() {}

func (r *menuRenderer) Objects() []fyne.CanvasObject {
	var all []fyne.CanvasObject
	for _, p := range r.menu.panes {
		all = append(all, p.box)
	}
	return all
}
