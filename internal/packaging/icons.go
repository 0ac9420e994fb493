// Package packaging makes what stands beside the program in its packages: icons
// in the usual sizes, the list of what is inside (SBOM) and the licences. The
// scripts of this folder call it through the command make; see package.sh.
package packaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

// IconSides are the usual sizes of icons in pixels: those of freedesktop.org's
// icon theme, of Windows (16 to 256) and of macOS (to 1024).
var IconSides = []int{16, 22, 24, 32, 48, 64, 128, 256, 512, 1024}

// Icon draws an SVG as a square picture with sides of so many pixels.
func Icon(svg []byte, side int) (image.Image, error) {
	drawing, err := oksvg.ReadIconStream(bytes.NewReader(svg))
	if err != nil {
		return nil, fmt.Errorf("read the icon: %w", err)
	}
	drawing.SetTarget(0, 0, float64(side), float64(side))
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	scanner := rasterx.NewScannerGV(side, side, picture, picture.Bounds())
	drawing.Draw(rasterx.NewDasher(side, side, scanner), 1)
	return picture, nil
}

// IconPNG is Icon as a PNG file.
func IconPNG(svg []byte, side int) ([]byte, error) {
	picture, err := Icon(svg, side)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&file, picture); err != nil {
		return nil, fmt.Errorf("write the icon: %w", err)
	}
	return file.Bytes(), nil
}

// icnsTypes are the pictures of an .icns file: the type that names the size, and
// the side in pixels. Those that end in 11 to 14 are for screens with two pixels
// a point.
var icnsTypes = []struct {
	name string
	side int
}{
	{"ic11", 32}, {"ic12", 64}, {"ic07", 128}, {"ic13", 256}, {"ic08", 256}, {"ic14", 512}, {"ic09", 512}, {"ic10", 1024},
}

// ICNS is the icon in the file format of macOS, whose pictures are PNG files.
func ICNS(svg []byte) ([]byte, error) {
	var body bytes.Buffer
	for _, t := range icnsTypes {
		picture, err := IconPNG(svg, t.side)
		if err != nil {
			return nil, err
		}
		block(&body, t.name, picture)
	}
	var file bytes.Buffer
	block(&file, "icns", body.Bytes())
	return file.Bytes(), nil
}

// icoSides are the pictures of an .ico file; those below 256 are bitmaps there,
// because the installer's maker reads no others.
var icoSides = []int{16, 32, 48, 256}

// ICO is the icon in the file format of Windows.
func ICO(svg []byte) ([]byte, error) {
	var head, body bytes.Buffer
	_ = binary.Write(&head, binary.LittleEndian, []uint16{0, 1, uint16(len(icoSides))}) // to memory: cannot fail
	const headSize, entrySize = 6, 16
	at := headSize + entrySize*len(icoSides)
	for _, side := range icoSides {
		picture, err := Icon(svg, side)
		if err != nil {
			return nil, err
		}
		content := dib(picture, side)
		if side == 256 {
			if content, err = IconPNG(svg, side); err != nil {
				return nil, err
			}
		}
		head.Write([]byte{byte(side), byte(side), 0, 0, 1, 0, 32, 0}) // 256 is written as 0
		_ = binary.Write(&head, binary.LittleEndian, []uint32{uint32(len(content)), uint32(at + body.Len())})
		body.Write(content)
	}
	return append(head.Bytes(), body.Bytes()...), nil
}

// The picture at the side of the installer, in pixels, and its colour: that of
// the dark rail at the left of the wizard.
const (
	sideWidth, sideHeight = 164, 314
	sideIcon              = 72
)

var sideColour = color.NRGBA{R: 0x17, G: 0x20, B: 0x36, A: 0xff}

// SideBMP is the picture at the side of the installer for Windows: the icon on
// the wizard's dark colour, as a BMP file of 24 bits a pixel.
func SideBMP(svg []byte) ([]byte, error) {
	icon, err := Icon(svg, sideIcon)
	if err != nil {
		return nil, err
	}
	picture := image.NewNRGBA(image.Rect(0, 0, sideWidth, sideHeight))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(sideColour), image.Point{}, draw.Src)
	left := (sideWidth - sideIcon) / 2
	draw.Draw(picture, image.Rect(left, left, left+sideIcon, left+sideIcon), icon, image.Point{}, draw.Over)

	const fileHead, infoHead, bits = 14, 40, 24
	row := (sideWidth*bits/8 + 3) / 4 * 4
	var out bytes.Buffer
	out.WriteString("BM")
	// To memory: none of these can fail.
	_ = binary.Write(&out, binary.LittleEndian, []uint32{uint32(fileHead + infoHead + row*sideHeight), 0, fileHead + infoHead, infoHead})
	_ = binary.Write(&out, binary.LittleEndian, []int32{sideWidth, sideHeight})
	_ = binary.Write(&out, binary.LittleEndian, []uint16{1, bits})
	_ = binary.Write(&out, binary.LittleEndian, make([]uint32, 6))
	for y := sideHeight - 1; y >= 0; y-- {
		line := make([]byte, row)
		for x := range sideWidth {
			c := picture.NRGBAAt(x, y)
			copy(line[3*x:], []byte{c.B, c.G, c.R})
		}
		out.Write(line)
	}
	return out.Bytes(), nil
}

// dib is a picture as a bitmap within an .ico file: 32 bits a pixel from the
// bottom up, and after them a mask of one bit a pixel, which is empty because
// the pixels say themselves how transparent they are.
func dib(picture image.Image, side int) []byte {
	const headSize, bits = 40, 32
	maskRow := (side + 31) / 32 * 4
	var out bytes.Buffer
	_ = binary.Write(&out, binary.LittleEndian, struct {
		Size             uint32
		Width, Height    int32
		Planes, Bits     uint16
		Compression, Len uint32
		_                [4]uint32
	}{Size: headSize, Width: int32(side), Height: int32(2 * side), Planes: 1, Bits: bits, Len: uint32(side * (side*4 + maskRow))})
	for y := side - 1; y >= 0; y-- {
		for x := range side {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			out.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	out.Write(make([]byte, side*maskRow))
	return out.Bytes()
}

// block writes a part of an .icns file: its type, its length with this head, its content.
func block(to *bytes.Buffer, kind string, content []byte) {
	const head = 8
	to.WriteString(kind)
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(head+len(content)))
	to.Write(size[:])
	to.Write(content)
}
