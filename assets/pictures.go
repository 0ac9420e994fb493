package assets

import "embed"

// Pictures holds the signs of the window as SVG in black, to be coloured by
// the theme, and the application's icon.
//
//go:embed pictures/*.svg pictures/window.png
var Pictures embed.FS
