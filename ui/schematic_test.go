package ui

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"postkey/assets"
	"postkey/ui/widgets"
	"postkey/wizard/help"
)

// Every drawing belongs to a view, is well formed, holds no words, is as large
// as the data says, and uses only the colours that follow the theme.
func TestDrawings(t *testing.T) {
	files, err := fs.Glob(assets.Pictures, "pictures/portal-*.svg")
	must(t, err)
	var inks []string
	for _, role := range schematicInks {
		ink := hexOf(widgets.NewTheme().Color(role, theme.VariantLight))
		if slices.Contains(inks, ink) {
			t.Errorf("two roles of the drawings are %s", ink)
		}
		inks = append(inks, ink)
	}
	colour := regexp.MustCompile(`#[0-9A-Fa-f]{3,8}`)
	shown := map[string]bool{}
	for id, v := range help.Data().Views {
		shown["pictures/"+v.Picture] = true
		svg, err := assets.Pictures.ReadFile("pictures/" + v.Picture)
		must(t, err)
		for _, c := range colour.FindAllString(string(svg), -1) {
			if !slices.Contains(inks, c) {
				t.Errorf("%s: %s is no colour of the theme", id, c)
			}
		}
		decoder := xml.NewDecoder(bytes.NewReader(svg))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if start.Name.Local == "text" {
				t.Errorf("%s: words that nobody would see", id)
			}
			if start.Name.Local == "svg" {
				var root struct {
					Width  float32 `xml:"width,attr"`
					Height float32 `xml:"height,attr"`
				}
				must(t, decoder.DecodeElement(&root, &start))
				if root.Width != help.Data().Width || root.Height != v.Height {
					t.Errorf("%s is %v x %v", id, root.Width, root.Height)
				}
			}
		}
	}
	for _, name := range files {
		if !shown[name] {
			t.Errorf("nothing shows %s", name)
		}
	}
}

// Every drawing is drawn, light and dark, and the two differ.
func TestDrawingsAreDrawn(t *testing.T) {
	test.NewTempApp(t)
	for id, v := range help.Data().Views {
		var pictures [][]byte
		for _, th := range []fyne.Theme{widgets.NewTheme(), darkTheme{widgets.NewTheme()}} {
			fyne.CurrentApp().Settings().SetTheme(th)
			s := newSchematic(v.Picture, help.Data().Width, v.Height, nil, nil)
			s.Resize(fyne.NewSize(help.Data().Width, v.Height))
			window := software.NewCanvas()
			window.SetPadded(false)
			window.SetContent(container.NewWithoutLayout(s))
			window.Resize(s.Size())
			image := software.RenderCanvas(window, th)
			colours := map[[3]uint32]bool{}
			var flat []byte
			for y := 0; y < image.Bounds().Dy(); y += 2 {
				for x := 0; x < image.Bounds().Dx(); x += 2 {
					r, g, b, _ := image.At(x, y).RGBA()
					colours[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
					flat = append(flat, byte(r>>8), byte(g>>8), byte(b>>8))
				}
			}
			if len(colours) < 6 {
				t.Errorf("%s is empty: %d colours", id, len(colours))
			}
			pictures = append(pictures, flat)
		}
		if bytes.Equal(pictures[0], pictures[1]) {
			t.Errorf("%s is the same in the dark", id)
		}
	}
}

// At the width of the sheet no word of a portal is cut or leaves its drawing,
// in both languages, and what is marked is inside as well.
func TestLabelsFit(t *testing.T) {
	r := newRig(t, rigOptions{})
	for _, language := range []string{"en", "it"} {
		useLanguage(language)
		t.Cleanup(func() { useLanguage("") })
		eachDraft(r, func(name string, step help.Step, facts helpFacts) {
			for _, v := range facts.views(step) {
				s := facts.drawing(v, 0)
				s.Resize(fyne.NewSize(sheetWidth-44, 10)) // what the sheet leaves of its width
				test.WidgetRenderer(s)
				s.Resize(fyne.NewSize(sheetWidth-44, s.MinSize().Height))
				for i, text := range s.texts {
					p := text.placed
					if p.Text != text.text && v.Labels[i].Value == "" {
						t.Errorf("%s, %s: %s shows %q instead of %q", language, name, v.Picture, p.Text, text.text)
					}
					outside(t, name+" "+v.Picture+" "+text.text, s, p)
				}
				for _, m := range s.marks {
					outside(t, name+" "+v.Picture, s, m.frame)
					outside(t, name+" "+v.Picture, s, m.disc)
				}
			}
		})
	}
}

func outside(t *testing.T, name string, s *schematic, o fyne.CanvasObject) {
	t.Helper()
	end := o.Position().AddXY(o.Size().Width, o.Size().Height)
	if o.Position().X < 0 || o.Position().Y < 0 || end.X > s.Size().Width || end.Y > s.Size().Height {
		t.Errorf("%s: from %v to %v, outside of %v", name, o.Position(), end, s.Size())
	}
}

// A word that is too long is cut where its room ends.
func TestLongLabelIsCut(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(widgets.NewTheme())
	text := &schematicText{text: strings.Repeat("https://motion.contoso.com/", 9), x: 20, y: 20, w: 100}
	v := help.Data().Views["register"]
	s := newSchematic(v.Picture, help.Data().Width, v.Height, []*schematicText{text}, nil)
	test.WidgetRenderer(s)
	for _, width := range []float32{200, 400, 800} {
		s.Resize(fyne.NewSize(width, 10))
		if room := text.w * width / s.width; text.placed.Size().Width > room+1 || text.placed.Size().Width < room/2 {
			t.Errorf("at %v it is %v wide in a room of %v", width, text.placed.Size().Width, room)
		}
		if !strings.HasSuffix(text.placed.Text, "…") {
			t.Errorf("at %v it ends with %q", width, text.placed.Text)
		}
	}
}
