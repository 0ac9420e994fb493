package assets

import "embed"

// Scripts holds the scripts that make, verify and undo an app registration, as
// text/template, and tools.json with what each tool calls things. See package
// wizard/scripts for the values and the quoting.
//
//go:embed scripts/*.tmpl scripts/*.json
var Scripts embed.FS
