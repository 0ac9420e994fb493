package wizard

import (
	"strings"
	"testing"

	"postkey/oauth"
)

func TestCallbackPage(t *testing.T) {
	page := CallbackPage("en")
	for landing, want := range map[oauth.Landing]string{
		oauth.LandingDone:      "You can close this window",
		oauth.LandingFailed:    "The sign-in did not succeed",
		oauth.LandingAgain:     "This sign-in has ended",
		oauth.LandingUnknown:   "Nothing to do here",
		oauth.LandingNoConsent: "The consent was not given",
		oauth.Landing(99):      "Nothing to do here",
	} {
		if got := string(page(landing, "")); !strings.Contains(got, want) || strings.Contains(got, "<pre") {
			t.Errorf("landing %d: want %q and no detail in\n%s", landing, want, got)
		}
	}
	got := string(page(oauth.LandingFailed, `<script>alert("AADSTS65004")</script>`))
	if strings.Contains(got, "<script>") || !strings.Contains(got, "AADSTS65004") {
		t.Errorf("the detail is not shown as text:\n%s", got)
	}
	for _, outside := range []string{"http://", "https://", "src=", "@import", "url("} {
		if strings.Contains(got, outside) {
			t.Errorf("the page loads something from outside: %s", outside)
		}
	}
}
