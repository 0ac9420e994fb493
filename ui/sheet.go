package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"postkey/ui/widgets"
)

// sheetWidth is how wide a side sheet is, in Fyne's units; sheetBeside is what
// is left of the page beside it in a window that is too narrow for both.
const (
	sheetWidth  = 440
	sheetBeside = 60
)

// openSheet shows body at the right of the window, over the page, until it is
// closed: by its button, by Escape, or by a click beside it. The focus goes to
// the button, and with the sheet closed back to where it was. Another sheet
// takes the place of the one that is open.
func (u *App) openSheet(title string, body fyne.CanvasObject) {
	u.closeSheet()
	c := u.window.Canvas()
	u.sheet = newSheet(u, title, body)
	u.sheet.before = c.Focused()
	c.Unfocus() // or its cursor would go on blinking under the shade
	c.Overlays().Add(u.sheet)
	u.sheet.Resize(c.Size())
	c.Focus(u.sheet.close)
}

// closeSheet closes the sheet, if one is open, and gives the focus back.
func (u *App) closeSheet() {
	s := u.sheet
	if s == nil {
		return
	}
	u.dropSheet()
	if s.before != nil {
		u.window.Canvas().Focus(s.before)
	}
}

// dropSheet closes the sheet because the page under it goes away.
func (u *App) dropSheet() {
	if u.sheet != nil {
		u.window.Canvas().Overlays().Remove(u.sheet)
		u.sheet = nil
	}
}

// onSheet reports whether the sheet is what the keys go to.
func (u *App) onSheet() bool {
	return u.sheet != nil && u.window.Canvas().Overlays().Top() == fyne.CanvasObject(u.sheet)
}

// openSheet shows a sheet over the page; see App.openSheet.
func (f *flow) openSheet(title string, body fyne.CanvasObject) { f.app.openSheet(title, body) }

// closeSheet closes it.
func (f *flow) closeSheet() { f.app.closeSheet() }

// sheet covers the window: a shade over the page, and a panel at the right.
type sheet struct {
	widget.BaseWidget
	app    *App
	title  *widgets.Text
	close  *widgets.Button
	scroll *container.Scroll
	head   *fyne.Container
	before fyne.Focusable // had the focus when the sheet was opened
}

func newSheet(u *App, title string, body fyne.CanvasObject) *sheet {
	s := &sheet{
		app:    u,
		title:  widgets.NewText(title, widgets.Style{Bold: true, Size: theme.SizeNameSubHeadingText}),
		close:  widgets.NewButton(tr("ui.close"), widgets.Plain, u.closeSheet),
		scroll: container.NewVScroll(widgets.Pad(16, 22, 22, 22, body)),
	}
	s.head = widgets.Column(0, widgets.Pad(12, 18, 12, 22, widgets.Row(10, s.title, s.title, s.close)), widgets.NewRule())
	s.ExtendBaseWidget(s)
	return s
}

// focusMoved brings what has the focus on the sheet into view.
func (s *sheet) focusMoved(o fyne.CanvasObject) {
	if o != fyne.CanvasObject(s.close) {
		scrollTo(s.scroll, o)
	}
}

// Tapped closes the sheet when the click is beside it.
func (s *sheet) Tapped(e *fyne.PointEvent) {
	if e.Position.X < s.Size().Width-panelWidth(s.Size()) {
		s.app.closeSheet()
	}
}

// panelWidth is the width of the panel in a window of the given size.
func panelWidth(window fyne.Size) float32 { return max(min(sheetWidth, window.Width-sheetBeside), 0) }

// CreateRenderer is called by Fyne.
func (s *sheet) CreateRenderer() fyne.WidgetRenderer {
	r := &sheetRenderer{
		sheet: s, shade: canvas.NewRectangle(nil),
		panel: widgets.NewBox(widgets.ColorPage, "", 0, widgets.Column(0)),
		edge:  widgets.NewBox(widgets.ColorLine, "", 0, widgets.Column(0)),
	}
	r.paint()
	return r
}

type sheetRenderer struct {
	sheet       *sheet
	shade       *canvas.Rectangle
	panel, edge *widgets.Box
}

// MinSize is small: the window decides how large the sheet is.
func (r *sheetRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

func (r *sheetRenderer) Layout(size fyne.Size) {
	s, width := r.sheet, panelWidth(size)
	left := size.Width - width
	r.shade.Resize(size)
	r.panel.Move(fyne.NewPos(left, 0))
	r.panel.Resize(fyne.NewSize(width, size.Height))
	r.edge.Move(fyne.NewPos(left, 0))
	r.edge.Resize(fyne.NewSize(1, size.Height))
	s.head.Move(fyne.NewPos(left, 0))
	s.head.Resize(fyne.NewSize(width, s.head.MinSize().Height)) // the title may wrap
	s.head.Resize(fyne.NewSize(width, s.head.MinSize().Height))
	top := s.head.Size().Height
	s.scroll.Move(fyne.NewPos(left, top))
	placeScroll(s.scroll, fyne.NewSize(width, size.Height-top))
}

func (r *sheetRenderer) paint() {
	r.shade.FillColor = r.sheet.Theme().Color(theme.ColorNameShadow, fyne.CurrentApp().Settings().ThemeVariant())
}

// Refresh is called by Fyne when the theme changes, and by App.settle when
// something on the sheet has changed its height.
func (r *sheetRenderer) Refresh() {
	r.paint()
	r.panel.Refresh()
	r.edge.Refresh()
	r.sheet.head.Refresh()
	r.sheet.scroll.Content.Refresh()
	r.Layout(r.sheet.Size())
	canvas.Refresh(r.sheet)
}

func (r *sheetRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.shade, r.panel, r.edge, r.sheet.head, r.sheet.scroll}
}

func (r *sheetRenderer) Destroy() {}
