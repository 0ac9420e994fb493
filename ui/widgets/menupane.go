package widgets

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// menuPane is one list of a Menu.
type menuPane struct {
	box    *Box
	scroll *container.Scroll
	rows   []*menuRow
	active int // -1: none
}

const menuRadius = 6

func newMenuPane(m *Menu, items []*fyne.MenuItem) *menuPane {
	p := &menuPane{active: -1}
	checks := slices.ContainsFunc(items, func(i *fyne.MenuItem) bool { return i.Checked })
	list := Column(0)
	for at, item := range items {
		row := &menuRow{menu: m, pane: p, at: at, item: item, checks: checks}
		row.ExtendBaseWidget(row)
		p.rows = append(p.rows, row)
		list.Add(row)
	}
	p.scroll = container.NewVScroll(list)
	p.box = NewBox(ColorMenu, ColorBorder, menuRadius, Pad(1, 1, 1, 1, p.scroll))
	return p
}

// height is that of the whole list.
func (p *menuPane) height() float32 { return p.scroll.Content.MinSize().Height + 2 }

func (p *menuPane) refresh() {
	for _, row := range p.rows {
		row.Refresh()
	}
}

// reveal scrolls as far as shows the whole active entry.
func (p *menuPane) reveal() {
	if p.active < 0 {
		return
	}
	row := p.rows[p.active]
	top := row.Position().Y
	least := top + row.Size().Height - p.scroll.Size().Height
	if y := max(least, min(p.scroll.Offset.Y, top)); y != p.scroll.Offset.Y {
		p.scroll.ScrollToOffset(fyne.NewPos(0, y))
	}
}

// menuRow is one entry.
type menuRow struct {
	widget.BaseWidget
	menu   *Menu
	pane   *menuPane
	at     int
	item   *fyne.MenuItem
	checks bool // an entry of the list is checked, so that each leaves room for it
	box    *Box
}

// CreateRenderer is called by Fyne.
func (r *menuRow) CreateRenderer() fyne.WidgetRenderer {
	const side = 14
	text := NewText(r.item.Label, Style{OneLine: true})
	objects := []fyne.CanvasObject{text}
	if r.checks {
		check := NewIcon(IconCheck, ColorText, side)
		check.Hidden = !r.item.Checked
		room := canvas.NewRectangle(color.Transparent)
		room.SetMinSize(fyne.NewSquareSize(side))
		objects = []fyne.CanvasObject{container.NewStack(room, check), text}
	}
	if r.item.ChildMenu != nil {
		objects = append(objects, NewIcon(IconChevron, ColorText, side))
	}
	r.box = NewBox("", "", menuRadius, Pad(9, 12, 9, 12, Row(8, text, objects...)))
	r.paint()
	return widget.NewSimpleRenderer(r.box)
}

// Refresh shows whether the entry is the active one.
func (r *menuRow) Refresh() {
	if r.box != nil {
		r.paint()
	}
	r.BaseWidget.Refresh()
}

func (r *menuRow) paint() {
	fill := fyne.ThemeColorName("")
	if r.pane.active == r.at {
		fill = theme.ColorNameFocus
	}
	if r.box.Fill != fill {
		r.box.Fill = fill
		r.box.Refresh()
	}
}

// Tapped is called by Fyne.
func (r *menuRow) Tapped(*fyne.PointEvent) {
	if r.pane.active != r.at || r.pane == r.menu.last() {
		r.menu.selectIn(r.pane, r.at)
		r.menu.choose()
	}
}

// MouseIn is called by Fyne.
func (r *menuRow) MouseIn(*desktop.MouseEvent) { r.menu.pointAt(r) }

// MouseMoved is called by Fyne.
func (r *menuRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is called by Fyne.
func (r *menuRow) MouseOut() { r.menu.leave(r) }
