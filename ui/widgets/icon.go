package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"postkey/assets"
)

func load(name string) fyne.Resource {
	data, err := assets.Pictures.ReadFile("pictures/" + name)
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	return fyne.NewStaticResource(name, data)
}

// The signs of the window. They are drawn, since the built-in font lacks them.
var (
	IconCheck   = load("check.svg")
	IconCross   = load("cross.svg")
	IconBad     = load("bad.svg")
	IconWarn    = load("warn.svg")
	IconInfo    = load("info.svg")
	IconOut     = load("out.svg") // opens the browser
	IconMore    = load("more.svg")
	IconChevron = load("chevron.svg")
	IconDash    = load("dash.svg")
)

// Icon is a sign in a colour of the theme.
type Icon struct {
	widget.BaseWidget
	resource fyne.Resource
	ink      fyne.ThemeColorName
	side     float32
}

// NewIcon makes a sign with sides of the given length.
func NewIcon(resource fyne.Resource, ink fyne.ThemeColorName, side float32) *Icon {
	i := &Icon{resource: resource, ink: ink, side: side}
	i.ExtendBaseWidget(i)
	return i
}

// Set shows another sign.
func (i *Icon) Set(resource fyne.Resource, ink fyne.ThemeColorName) {
	i.resource, i.ink = resource, ink
	i.Refresh()
}

// CreateRenderer is called by Fyne.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	r := &iconRenderer{icon: i, image: canvas.NewImageFromResource(nil)}
	r.image.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type iconRenderer struct {
	icon  *Icon
	image *canvas.Image
}

func (r *iconRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.icon.side) }

func (r *iconRenderer) Layout(size fyne.Size) {
	side := r.icon.side
	r.image.Resize(fyne.NewSquareSize(side))
	r.image.Move(fyne.NewPos((size.Width-side)/2, (size.Height-side)/2))
}

func (r *iconRenderer) Refresh() {
	r.image.Resource = theme.NewColoredResource(r.icon.resource, r.icon.ink)
	r.image.Refresh()
}

func (r *iconRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.image} }

func (r *iconRenderer) Destroy() {}
