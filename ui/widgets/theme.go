package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The colour roles of the window beside those that Fyne names itself. Each has
// a light and a dark value; look one up with theme.Color.
const (
	ColorRail        fyne.ThemeColorName = "postkeyRail"       // the dark rail and Home's top bar
	ColorRailActive  fyne.ThemeColorName = "postkeyRailActive" // the step that is open
	ColorRailText    fyne.ThemeColorName = "postkeyRailText"
	ColorRailQuiet   fyne.ThemeColorName = "postkeyRailQuiet"
	ColorRailLine    fyne.ThemeColorName = "postkeyRailLine" // rings of steps to come
	ColorPage        fyne.ThemeColorName = "postkeyPage"
	ColorCard        fyne.ThemeColorName = "postkeyCard"
	ColorMenu        fyne.ThemeColorName = "postkeyMenu"   // stands out from a card without a line
	ColorLine        fyne.ThemeColorName = "postkeyLine"   // around cards and between rows
	ColorBorder      fyne.ThemeColorName = "postkeyBorder" // around fields and buttons
	ColorText        fyne.ThemeColorName = "postkeyText"
	ColorQuiet       fyne.ThemeColorName = "postkeyQuiet"
	ColorAccent      fyne.ThemeColorName = "postkeyAccent"   // fill of the main button, focus
	ColorOnAccent    fyne.ThemeColorName = "postkeyOnAccent" // text on it
	ColorAccentHover fyne.ThemeColorName = "postkeyAccentHover"
	ColorFocus       fyne.ThemeColorName = "postkeyFocus"      // the ring around what has the focus
	ColorAccentText  fyne.ThemeColorName = "postkeyAccentText" // links and small buttons
	ColorAccentSoft  fyne.ThemeColorName = "postkeyAccentSoft"
	ColorGood        fyne.ThemeColorName = "postkeyGood" // text and signs
	ColorGoodSoft    fyne.ThemeColorName = "postkeyGoodSoft"
	ColorGoodFill    fyne.ThemeColorName = "postkeyGoodFill" // discs with a white sign
	ColorWarn        fyne.ThemeColorName = "postkeyWarn"
	ColorWarnSoft    fyne.ThemeColorName = "postkeyWarnSoft"
	ColorWarnFill    fyne.ThemeColorName = "postkeyWarnFill"
	ColorBad         fyne.ThemeColorName = "postkeyBad"
	ColorBadSoft     fyne.ThemeColorName = "postkeyBadSoft"
	ColorBadFill     fyne.ThemeColorName = "postkeyBadFill"
	ColorIdleSoft    fyne.ThemeColorName = "postkeyIdleSoft" // pills and chips without a state
	ColorIdleFill    fyne.ThemeColorName = "postkeyIdleFill" // discs of what has not begun
	ColorPractice    fyne.ThemeColorName = "postkeyPractice"
	ColorOnPractice  fyne.ThemeColorName = "postkeyOnPractice"
)

// SizeSmall is the text size of hints, pills and secondary lines.
const SizeSmall fyne.ThemeSizeName = "postkeySmall"

// sizePill is the text size of pills.
const sizePill fyne.ThemeSizeName = "postkeyPill"

type pair struct{ light, dark color.NRGBA }

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

var roles = map[fyne.ThemeColorName]pair{
	ColorRail:        {rgb(0x16213A), rgb(0x0D1424)},
	ColorRailActive:  {rgb(0x23325A), rgb(0x1D2A4D)},
	ColorRailText:    {rgb(0xFFFFFF), rgb(0xF0F3FA)},
	ColorRailQuiet:   {rgb(0xA9B6D3), rgb(0xA3B0CC)},
	ColorRailLine:    {rgb(0x7D8BAE), rgb(0x75829F)},
	ColorPage:        {rgb(0xF5F6F9), rgb(0x141926)},
	ColorCard:        {rgb(0xFFFFFF), rgb(0x1D2434)},
	ColorMenu:        {rgb(0xFFFFFF), rgb(0x303B55)},
	ColorLine:        {rgb(0xDFE3EC), rgb(0x333D54)},
	ColorBorder:      {rgb(0x828CA6), rgb(0x6F7C9B)},
	ColorText:        {rgb(0x1C2333), rgb(0xE9EDF5)},
	ColorQuiet:       {rgb(0x56607A), rgb(0xA7B2C9)},
	ColorAccent:      {rgb(0x2F6FED), rgb(0x2F6FED)},
	ColorOnAccent:    {rgb(0xFFFFFF), rgb(0xFFFFFF)},
	ColorAccentHover: {rgb(0x2359C8), rgb(0x2359C8)},
	ColorFocus:       {rgb(0x2F6FED), rgb(0x8AB0FF)},
	ColorAccentText:  {rgb(0x2159CB), rgb(0x8AB0FF)},
	ColorAccentSoft:  {rgb(0xE6EEFD), rgb(0x243454)},
	ColorGood:        {rgb(0x12653F), rgb(0x6FD6A5)},
	ColorGoodSoft:    {rgb(0xDFF3E8), rgb(0x16382B)},
	ColorGoodFill:    {rgb(0x1B8053), rgb(0x1B8053)},
	ColorWarn:        {rgb(0x7A4F0B), rgb(0xF2C36B)},
	ColorWarnSoft:    {rgb(0xFDF0D5), rgb(0x42341A)},
	ColorWarnFill:    {rgb(0x8F5C0E), rgb(0x8F5C0E)},
	ColorBad:         {rgb(0xA62B22), rgb(0xFF9A91)},
	ColorBadSoft:     {rgb(0xFCE8E6), rgb(0x4A2226)},
	ColorBadFill:     {rgb(0xC0362C), rgb(0xC0362C)},
	ColorIdleSoft:    {rgb(0xEDF0F6), rgb(0x2A3347)},
	ColorIdleFill:    {rgb(0x69748F), rgb(0x59647F)},
	ColorPractice:    {rgb(0xF4B544), rgb(0xF4B544)},
	ColorOnPractice:  {rgb(0x2B1D00), rgb(0x2B1D00)},
}

// fromFyne maps the names that Fyne's own widgets look up to the roles.
var fromFyne = map[fyne.ThemeColorName]fyne.ThemeColorName{
	theme.ColorNameBackground:          ColorPage,
	theme.ColorNameForeground:          ColorText,
	theme.ColorNamePlaceHolder:         ColorQuiet,
	theme.ColorNamePrimary:             ColorAccent,
	theme.ColorNameForegroundOnPrimary: ColorOnAccent,
	theme.ColorNameHyperlink:           ColorAccentText,
	theme.ColorNameError:               ColorBad,
	theme.ColorNameWarning:             ColorWarn,
	theme.ColorNameSuccess:             ColorGood,
	theme.ColorNameInputBackground:     ColorCard,
	theme.ColorNameInputBorder:         ColorBorder,
	theme.ColorNameSeparator:           ColorLine,
	theme.ColorNameOverlayBackground:   ColorCard,
	theme.ColorNameMenuBackground:      ColorMenu,
	theme.ColorNameButton:              ColorIdleSoft,
	theme.ColorNameHeaderBackground:    ColorCard,
}

type postkeyTheme struct {
	base fyne.Theme
	// always is the variant in use whatever the system prefers; nil: the system's.
	always *fyne.ThemeVariant
}

// NewTheme returns the look of the window. It follows the system's choice of
// light or dark, as Fyne reports it.
func NewTheme() fyne.Theme { return postkeyTheme{base: theme.DefaultTheme()} }

// NewThemeIn returns the look of the window in one variant, whatever the system prefers.
func NewThemeIn(variant fyne.ThemeVariant) fyne.Theme {
	return postkeyTheme{theme.DefaultTheme(), &variant}
}

func (t postkeyTheme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if t.always != nil {
		variant = *t.always
	}
	if role, ok := fromFyne[name]; ok {
		name = role
	}
	if p, ok := roles[name]; ok {
		if variant == theme.VariantDark {
			return p.dark
		}
		return p.light
	}
	if name == theme.ColorNameFocus || name == theme.ColorNameSelection {
		return color.NRGBA{R: 0x2F, G: 0x6F, B: 0xED, A: 0x55}
	}
	return t.base.Color(name, variant)
}

func (t postkeyTheme) Font(style fyne.TextStyle) fyne.Resource { return t.base.Font(style) }

func (t postkeyTheme) Icon(name fyne.ThemeIconName) fyne.Resource { return t.base.Icon(name) }

func (t postkeyTheme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return 14
	case theme.SizeNameHeadingText:
		return 23
	case theme.SizeNameSubHeadingText:
		return 16
	case theme.SizeNameCaptionText:
		return 12
	case SizeSmall:
		return 12.5
	case sizePill:
		return 11.5
	case theme.SizeNameInnerPadding:
		return 10
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 6
	}
	return t.base.Size(name)
}

// pick is a role's colour; the empty name is transparent.
func pick(th fyne.Theme, name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if name == "" {
		return color.Transparent
	}
	return th.Color(name, v)
}
