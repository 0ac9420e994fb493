package assets

import _ "embed" // for the page below

// CallbackPage is the html/template of the page that the browser shows at the
// end of a sign-in. Its fields: Lang, Class (done, failed or none), Heading,
// Text, and Detail, which is Microsoft's own words and may be empty.
//
//go:embed pages/callback.html
var CallbackPage string
