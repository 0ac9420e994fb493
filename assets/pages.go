package assets

import _ "embed" // for the pages below

// CallbackPage is the html/template of the page that the browser shows at the
// end of a sign-in. Its fields: Lang, Class (done, failed or none), Heading,
// Text, and Detail, which is Microsoft's own words and may be empty.
//
//go:embed pages/callback.html
var CallbackPage string

// Paper holds the html/templates that the pages to keep and to print share:
// style, pairs (rows of Label with Words or Value) and crumbs.
//
//go:embed pages/paper.html
var Paper string

// SheetPage is the html/template of the hand-over sheet; it needs Paper. Package
// wizard/handover fills it.
//
//go:embed pages/sheet.html
var SheetPage string

// ReportPage is the html/template of the report of a test; it needs Paper.
// Package wizard/report fills it.
//
//go:embed pages/report.html
var ReportPage string
