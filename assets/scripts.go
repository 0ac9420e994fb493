package assets

import "embed"

// Scripts holds the scripts that make, verify and undo an app registration, as
// text/template, and tools.json with what each tool calls things. See package
// wizard/scripts for the values and the quoting. The folder exchange is that of
// package wizard/exchange, rotate holds those that change a client secret.
//
//go:embed scripts/*.tmpl scripts/*.json scripts/exchange/*.tmpl scripts/rotate/*.tmpl
var Scripts embed.FS
