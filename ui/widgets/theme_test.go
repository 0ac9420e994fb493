package widgets

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// What is read needs a contrast of 4.5:1, what is only seen (a ring, the frame
// of a field) 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
func TestContrast(t *testing.T) {
	read := [][2]fyne.ThemeColorName{
		{ColorText, ColorPage},
		{ColorText, ColorCard},
		{ColorText, ColorIdleSoft},
		{ColorText, ColorBadSoft},
		{ColorText, ColorWarnSoft},
		{ColorQuiet, ColorPage},
		{ColorQuiet, ColorCard},
		{ColorQuiet, ColorIdleSoft},
		{ColorQuiet, ColorBadSoft},
		{ColorQuiet, ColorWarnSoft},
		{ColorRailText, ColorRail},
		{ColorRailText, ColorRailActive},
		{ColorRailQuiet, ColorRail},
		{ColorRailQuiet, ColorRailActive},
		{ColorPractice, ColorRail},
		{ColorOnAccent, ColorAccent},
		{ColorOnAccent, ColorAccentHover},
		{ColorAccentText, ColorPage},
		{ColorAccentText, ColorCard},
		{ColorAccentText, ColorAccentSoft},
		{ColorAccentText, ColorLine},
		{ColorGood, ColorGoodSoft},
		{ColorGood, ColorCard},
		{ColorOnAccent, ColorGoodFill},
		{ColorWarn, ColorWarnSoft},
		{ColorWarn, ColorCard},
		{ColorOnAccent, ColorWarnFill},
		{ColorBad, ColorBadSoft},
		{ColorBad, ColorCard},
		{ColorOnAccent, ColorBadFill},
		{ColorOnAccent, ColorIdleFill},
		{ColorOnPractice, ColorPractice},
		{theme.ColorNameForeground, theme.ColorNameMenuBackground},
		{theme.ColorNamePlaceHolder, theme.ColorNameInputBackground},
	}
	seen := [][2]fyne.ThemeColorName{
		{ColorBorder, ColorCard},
		{ColorBorder, ColorPage},
		{ColorFocus, ColorCard},
		{ColorFocus, ColorPage},
		{ColorRailLine, ColorRail},
		{ColorGoodFill, ColorRail},
	}
	th := NewTheme()
	for name, variant := range map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark} {
		check := func(pair [2]fyne.ThemeColorName, least float64) {
			got := contrast(th.Color(pair[0], variant), th.Color(pair[1], variant))
			if got < least {
				t.Errorf("%s: %s on %s has %.2f:1, want %.1f:1", name, pair[0], pair[1], got, least)
			}
		}
		for _, pair := range read {
			check(pair, 4.5)
		}
		for _, pair := range seen {
			check(pair, 3)
		}
	}
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	line := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*line(r) + 0.7152*line(g) + 0.0722*line(b)
}

func TestThemeKnowsEveryRole(t *testing.T) {
	th := NewTheme()
	for role, p := range roles {
		if got := th.Color(role, theme.VariantDark); got != color.Color(p.dark) {
			t.Errorf("%s is %v in the dark, want %v", role, got, p.dark)
		}
		if got := th.Color(role, theme.VariantLight); got != color.Color(p.light) {
			t.Errorf("%s is %v in the light, want %v", role, got, p.light)
		}
	}
	for _, name := range fromFyne {
		if _, ok := roles[name]; !ok {
			t.Errorf("%s has no colour", name)
		}
	}
}
