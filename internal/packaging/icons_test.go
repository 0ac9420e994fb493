package packaging

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"slices"
	"testing"
)

func svg(t *testing.T) []byte { return []byte(read(t, root, "assets", "pictures", "icon.svg")) }

func TestIcons(t *testing.T) {
	for _, side := range IconSides {
		file, err := IconPNG(svg(t), side)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(file))
		if err != nil || picture.Bounds().Dx() != side || picture.Bounds().Dy() != side {
			t.Fatalf("%d: %v, %v", side, picture.Bounds(), err)
		}
		// The corners are round, so they show what is behind; the middle does not.
		if _, _, _, corner := picture.At(0, 0).RGBA(); corner > 0x8000 {
			t.Errorf("%d: the corner is not transparent", side)
		}
		if _, _, _, middle := picture.At(side/2, side/2).RGBA(); middle != 0xffff {
			t.Errorf("%d: the middle is transparent", side)
		}
	}
	if _, err := IconPNG([]byte("<svg"), 16); err == nil {
		t.Error("a broken drawing was drawn")
	}
}

// TestICNS takes the file apart as macOS does.
func TestICNS(t *testing.T) {
	file, err := ICNS(svg(t))
	if err != nil {
		t.Fatal(err)
	}
	if string(file[:4]) != "icns" || int(binary.BigEndian.Uint32(file[4:])) != len(file) {
		t.Fatalf("the head is %q", file[:8])
	}
	found := map[string]int{}
	for rest := file[8:]; len(rest) > 0; {
		size := int(binary.BigEndian.Uint32(rest[4:]))
		config, err := png.DecodeConfig(bytes.NewReader(rest[8:size]))
		if err != nil {
			t.Fatalf("%s: %v", rest[:4], err)
		}
		found[string(rest[:4])] = config.Width
		rest = rest[size:]
	}
	for name, side := range map[string]int{"ic07": 128, "ic08": 256, "ic09": 512, "ic10": 1024, "ic11": 32, "ic12": 64, "ic13": 256, "ic14": 512} {
		if found[name] != side {
			t.Errorf("%s has %d pixels", name, found[name])
		}
	}
}

// TestICO takes the file apart as Windows does.
func TestICO(t *testing.T) {
	file, err := ICO(svg(t))
	if err != nil {
		t.Fatal(err)
	}
	count := int(binary.LittleEndian.Uint16(file[4:]))
	var sides []int
	for i := range count {
		entry := file[6+16*i:]
		size, at := binary.LittleEndian.Uint32(entry[8:]), binary.LittleEndian.Uint32(entry[12:])
		content := file[at : at+size]
		side := int(entry[0])
		if side == 0 {
			config, err := png.DecodeConfig(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			side = config.Width
		} else if got := int(binary.LittleEndian.Uint32(content[4:])); got != side || binary.LittleEndian.Uint16(content[14:]) != 32 {
			t.Errorf("the bitmap of %d pixels is %d wide", side, got)
		}
		sides = append(sides, side)
	}
	if !slices.Equal(sides, []int{16, 32, 48, 256}) {
		t.Errorf("the file has %v", sides)
	}
}

func TestSideBMP(t *testing.T) {
	file, err := SideBMP(svg(t))
	if err != nil {
		t.Fatal(err)
	}
	if string(file[:2]) != "BM" || int(binary.LittleEndian.Uint32(file[2:])) != len(file) ||
		binary.LittleEndian.Uint32(file[18:]) != sideWidth || binary.LittleEndian.Uint32(file[22:]) != sideHeight {
		t.Errorf("the head is %v", file[:26])
	}
	// The first pixel is that at the bottom left, blue first.
	if at := binary.LittleEndian.Uint32(file[10:]); !bytes.Equal(file[at:at+3], []byte{sideColour.B, sideColour.G, sideColour.R}) {
		t.Errorf("the corner is %v", file[at:at+3])
	}
}
