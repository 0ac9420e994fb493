package wizard

import (
	"bytes"
	"html/template"

	"postkey/assets"
	"postkey/oauth"
)

var landingPage = template.Must(template.New("callback").Parse(assets.CallbackPage))

// landings names the texts of each landing; the sign and its colour go with the class.
var landings = map[oauth.Landing]struct{ key, class string }{
	oauth.LandingDone:      {"landing.done", "done"},
	oauth.LandingFailed:    {"landing.failed", "failed"},
	oauth.LandingAgain:     {"landing.again", ""},
	oauth.LandingUnknown:   {"landing.unknown", ""},
	oauth.LandingNoConsent: {"consent.landing", "failed"},
}

// CallbackPage returns the page at the end of a sign-in in the language whose
// BCP 47 tag is lang, for Workbench.CallbackPage.
func CallbackPage(lang string) func(oauth.Landing, string) []byte {
	return func(landing oauth.Landing, detail string) []byte {
		l, known := landings[landing]
		if !known {
			l = landings[oauth.LandingUnknown]
		}
		var page bytes.Buffer
		// Writing to a buffer with a constant template leaves nothing to fail.
		_ = landingPage.Execute(&page, struct{ Lang, Class, Heading, Text, Detail string }{
			lang, l.class, assets.Text(lang, assets.Msg(l.key+".heading")), assets.Text(lang, assets.Msg(l.key+".text")), detail,
		})
		return page.Bytes()
	}
}
