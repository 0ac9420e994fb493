//go:build !race

package ui

import (
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// renew writes the pictures instead of comparing them:
//
//	go test ./ui -run TestPictures -update
var renew = flag.Bool("update", false, "write the pictures under testdata/pictures anew")

// A pixel differs when one of its colours does by more than strong of 255:
// letters and curves that another processor rounds otherwise stay below it. A
// picture may differ in one of so many pixels, which is less than one letter.
const (
	strong = 40
	oneOf  = 20_000
)

// gallery is the folder with the pictures of a test. Pictures are compared on
// goroutines of their own, while the next one is drawn.
type gallery struct {
	t       *testing.T
	dir     string
	working sync.WaitGroup
	slots   chan struct{} // so that few pictures are in memory at once

	mu    sync.Mutex
	names map[string]bool
	wrong string // the folder for those that differ; made when there is one
}

func newGallery(t *testing.T, dir string) *gallery {
	return &gallery{t: t, dir: dir, slots: make(chan struct{}, 2), names: make(map[string]bool)}
}

// hang compares a picture with the one that is kept under its name, or keeps it.
func (g *gallery) hang(name string, got image.Image) {
	g.mu.Lock()
	if g.names[name] {
		g.t.Errorf("two pictures are named %s", name)
	}
	g.names[name] = true
	g.mu.Unlock()
	g.slots <- struct{}{}
	g.working.Go(func() {
		defer func() { <-g.slots }()
		picture := nrgba(got)
		path := filepath.Join(g.dir, name+".png")
		if *renew {
			if err := writePNG(path, reduced(picture)); err != nil {
				g.t.Error(err)
			}
		}
		kept, err := readPNG(path)
		if err != nil {
			g.t.Errorf("%s: %v; -update makes it", name, err)
			return
		}
		n, difference := differing(picture, kept)
		if size := picture.Bounds().Size(); n > size.X*size.Y/oneOf {
			g.t.Errorf("%s differs in %d pixels: see %s", name, n, g.keep(name, picture, difference))
		}
	})
}

// close waits for the comparisons and names the pictures that no page has any more.
func (g *gallery) close() {
	g.working.Wait()
	if strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		return // only some of them were taken
	}
	kept, err := filepath.Glob(filepath.Join(g.dir, "*.png"))
	must(g.t, err)
	for _, path := range kept {
		name := filepath.Base(path)
		switch {
		case g.names[strings.TrimSuffix(name, ".png")]:
		case *renew:
			must(g.t, os.Remove(path))
		default:
			g.t.Errorf("%s is the picture of nothing; -update removes it", path)
		}
	}
}

// keep writes a picture that is wrong, and where, to a folder that outlives the
// test, and returns that folder and the names.
func (g *gallery) keep(name string, got, difference image.Image) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.wrong == "" {
		var err error
		if g.wrong, err = os.MkdirTemp("", "postkey-pictures-"); err != nil {
			return err.Error()
		}
	}
	path := filepath.Join(g.wrong, name)
	for suffix, p := range map[string]image.Image{".png": got, ".difference.png": difference} {
		if err := writePNG(path+suffix, p); err != nil {
			return err.Error()
		}
	}
	return path + ".png and " + path + ".difference.png"
}

// differing counts the pixels that differ strongly, and marks them red in a
// faded copy of the picture. Pictures of two sizes differ everywhere.
func differing(got, want *image.NRGBA) (n int, marked *image.NRGBA) {
	size := got.Bounds().Size()
	if want.Bounds().Size() != size {
		return size.X * size.Y, want
	}
	for i := 0; i < len(got.Pix); i += 4 {
		if !far(got.Pix[i:i+3], want.Pix[i:i+3], strong) {
			continue
		}
		if n++; marked == nil {
			marked = image.NewNRGBA(got.Bounds())
			for k, value := range got.Pix {
				marked.Pix[k] = 200 + value/5
			}
		}
		copy(marked.Pix[i:], []byte{220, 0, 0, 255})
	}
	return n, marked
}

func far(a, b []byte, limit byte) bool {
	for i := range a {
		if max(a[i], b[i])-min(a[i], b[i]) > limit {
			return true
		}
	}
	return false
}

// reduced is the picture with at most 256 colours, the frequent ones as they
// are and the others near to them: a fifth of the bytes.
func reduced(p *image.NRGBA) *image.Paletted {
	count := make(map[[3]byte]int)
	for i := 0; i < len(p.Pix); i += 4 {
		count[[3]byte(p.Pix[i:])]++
	}
	colors := slices.SortedFunc(maps.Keys(count), func(a, b [3]byte) int {
		return cmp.Or(count[b]-count[a], slices.Compare(a[:], b[:]))
	})
	index := make(map[[3]byte]uint8, len(colors))
	chosen := [][3]byte{}
	for near := byte(4); ; near += 4 {
		chosen = chosen[:0]
		for _, c := range colors {
			at := slices.IndexFunc(chosen, func(o [3]byte) bool { return !far(c[:], o[:], near) })
			if at < 0 {
				at = len(chosen)
				chosen = append(chosen, c)
			}
			index[c] = uint8(at)
		}
		if len(chosen) <= 256 {
			break
		}
	}
	palette := make(color.Palette, len(chosen))
	for i, c := range chosen {
		palette[i] = color.NRGBA{c[0], c[1], c[2], 255}
	}
	out := image.NewPaletted(p.Bounds(), palette)
	for i := range out.Pix {
		out.Pix[i] = index[[3]byte(p.Pix[4*i:])]
	}
	return out
}

// nrgba is the picture in the form in which its bytes can be compared.
func nrgba(p image.Image) *image.NRGBA {
	if same, ok := p.(*image.NRGBA); ok {
		return same
	}
	out := image.NewNRGBA(p.Bounds())
	if indexed, ok := p.(*image.Paletted); ok {
		unfold(out, indexed)
		return out
	}
	draw.Draw(out, out.Bounds(), p, p.Bounds().Min, draw.Src)
	return out
}

func unfold(out *image.NRGBA, from *image.Paletted) {
	var colors [256][4]byte
	for i, c := range from.Palette {
		solid := color.NRGBAModel.Convert(c).(color.NRGBA)
		colors[i] = [4]byte{solid.R, solid.G, solid.B, solid.A}
	}
	for i, at := range from.Pix {
		copy(out.Pix[4*i:], colors[at][:])
	}
}

func readPNG(path string) (*image.NRGBA, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, err := png.Decode(file)
	if err != nil {
		return nil, err
	}
	return nrgba(p), nil
}

func writePNG(path string, p image.Image) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(file, p); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// The comparison lets rounding pass, and sees a single letter.
func TestPicturesAreCompared(t *testing.T) {
	plain := func() *image.NRGBA {
		p := image.NewNRGBA(image.Rect(0, 0, 400, 300))
		draw.Draw(p, p.Bounds(), image.White, image.Point{}, draw.Src)
		return p
	}
	want, rounded, letter := plain(), plain(), plain()
	for i := range rounded.Pix {
		rounded.Pix[i] -= byte(i % strong)
	}
	draw.Draw(letter, image.Rect(10, 10, 12, 20), image.Black, image.Point{}, draw.Src)
	for _, c := range []struct {
		what string
		got  *image.NRGBA
		want int
	}{
		{"the same", plain(), 0},
		{"rounded otherwise", rounded, 0},
		{"one letter", letter, 20},
		{"another size", image.NewNRGBA(image.Rect(0, 0, 40, 30)), 1200},
	} {
		n, marked := differing(c.got, want)
		if n != c.want || (n > 0) != (marked != nil) {
			t.Errorf("%s differs in %d pixels, not %d", c.what, n, c.want)
		}
	}
	if n, _ := differing(nrgba(reduced(letter)), letter); n != 0 {
		t.Errorf("written and read again a picture differs in %d pixels", n)
	}
}
