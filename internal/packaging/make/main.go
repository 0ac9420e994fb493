// Make makes the files that packages need beside the program:
//
//	make icons DIR                  PNG files DIR/SIDE.png, and DIR/postkey.icns
//	make ico FILE                   the icon for Windows
//	make side FILE                  the picture at the side of the installer
//	make bill PROGRAM...            the list of what is inside, CycloneDX, on standard output
//	make licences PROGRAM...        the licences of what is inside, on standard output
//
// It is run at the top of the source. POSTKEY_VERSION, POSTKEY_COMMIT and
// SOURCE_DATE_EPOCH say what is packed.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"postkey/internal/packaging"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: make icons DIR, ico FILE, side FILE, bill PROGRAM..., licences PROGRAM")
	}
	switch args[0] {
	case "icons":
		return icons(args[1])
	case "ico":
		return write(args[1], packaging.ICO)
	case "side":
		return write(args[1], packaging.SideBMP)
	}
	about, err := about()
	if err != nil {
		return err
	}
	modules, err := packaging.Inside(".", args[1:]...)
	if err != nil {
		return err
	}
	switch args[0] {
	case "bill":
		return packaging.WriteBill(os.Stdout, about, modules)
	case "licences":
		return packaging.WriteLicences(os.Stdout, about, modules)
	}
	return fmt.Errorf("%q is none of icons, bill, licences", args[0])
}

func about() (packaging.About, error) {
	epoch, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return packaging.About{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	licence, err := os.ReadFile("LICENSE")
	return packaging.About{
		Version: os.Getenv("POSTKEY_VERSION"), Commit: os.Getenv("POSTKEY_COMMIT"),
		Made: time.Unix(epoch, 0), Licence: string(licence),
	}, err
}

// icon is the drawing from which all icons are made.
func icon() ([]byte, error) { return os.ReadFile(filepath.Join("assets", "pictures", "icon.svg")) }

// write writes what is made of the drawing.
func write(name string, made func(svg []byte) ([]byte, error)) error {
	svg, err := icon()
	if err != nil {
		return err
	}
	file, err := made(svg)
	if err != nil {
		return err
	}
	return os.WriteFile(name, file, 0o644)
}

func icons(dir string) error {
	svg, err := icon()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, side := range packaging.IconSides {
		picture, err := packaging.IconPNG(svg, side)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(side)+".png"), picture, 0o644); err != nil {
			return err
		}
	}
	file, err := packaging.ICNS(svg)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "postkey.icns"), file, 0o644)
}
