// Package assets is the ground floor: the data that the other packages embed.
// The strings of the window are in translations, Microsoft's facts in catalog,
// the page that the browser shows after sign-in in pages, pictures beside them.
//
// It imports no other package of the project.
package assets

import "embed"

// Translations holds one file an area and language: AREA.LANG.json, flat keys.
//
//go:embed translations/*.json
var Translations embed.FS

// Catalog holds Microsoft's facts and the findings as JSON.
//
//go:embed catalog/*.json
var Catalog embed.FS
