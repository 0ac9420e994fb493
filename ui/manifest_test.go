package ui

import (
	"io"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"postkey/wizard"
)

// someManifest is of the connection of someConnections, with a redirect URI that
// is wrong and a permission that is missing.
const someManifest = `{
  "id": "99999999-8888-4777-8666-555555555555",
  "appId": "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10",
  "displayName": "Postkey",
  "signInAudience": "AzureADMyOrg",
  "isFallbackPublicClient": null,
  "passwordCredentials": [{"displayName": "motion", "endDateTime": "2027-05-21T10:00:00Z", "hint": "abc", "keyId": "0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22"}],
  "keyCredentials": [],
  "requiredResourceAccess": [{"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": [
    {"id": "652390e4-393a-48de-9484-05f9b1212954", "type": "Scope"}]}],
  "web": {"redirectUris": ["https://motion.contoso.com/api/cloudProviders/oauth2/microsoft/Callback", "http://localhost/postkey"]},
  "spa": {"redirectUris": []}, "publicClient": {"redirectUris": []}
}`

func TestManifestPage(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.shownHome()
	some := someConnections(r.clock)[0]
	r.openManifest(some, nil)
	p := toolOf[*manifestPage](r)
	if r.window.Canvas().Focused() != p.paste.Focus() {
		t.Errorf("the focus is on %T", r.window.Canvas().Focused())
	}
	r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
	r.sees("Paste the manifest")
	p.paste.SetText(someManifest)
	r.seesNot("Paste the manifest of the app registration, or")
	r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
	r.sees("Wrong points: ")
	r.sees("Permission SMTP.Send")
	r.sees("Only capitals or a slash")
	p.paste.SetText(someManifest + " ")
	if len(p.result.Objects) != 0 {
		t.Error("the result of another text stays")
	}

	// From a file, also one that is too long to show.
	p.opened(someManifest, nil)
	r.sees("Wrong points: ")
	p.opened(strings.Repeat(" ", maxPaste)+someManifest, nil)
	r.sees("KB were read")
	r.sees("Wrong points: ")
	p.opened("", errFileTooBig)
	r.sees("The file could not be read: it is too large")
	r.press(fyne.KeyEscape)
	if _, ok := r.screen.(*home); !ok {
		t.Errorf("Escape leads to %T", r.screen)
	}
}

// Step 5 offers the comparison and gets its draft back.
func TestManifestFromStepFive(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.ready(wizard.StepPermissions)
	d.Step = wizard.StepPermissions
	r.wizard(d)
	r.button("Check the registration…").Tapped(nil)
	if p := toolOf[*manifestPage](r); p.conn.ClientID != d.ClientID {
		t.Errorf("compared with %q", p.conn.ClientID)
	}
	r.button("Back").Tapped(nil)
	if _, ok := r.flow().page.(*permissionsPage); !ok || r.flow().draft.ID != d.ID {
		t.Errorf("Back leads to %T", r.flow().page)
	}
}

// Escape closes the choice of a file and stays on the page.
func TestOpenFileByKeyboard(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.shownHome()
	r.openExplain()
	r.button("Open file…").Tapped(nil)
	if r.window.Canvas().Overlays().Top() == nil {
		t.Fatal("no dialog is open")
	}
	r.window.Canvas().Unfocus()
	r.press(fyne.KeyEscape)
	if r.window.Canvas().Overlays().Top() != nil {
		t.Error("the dialog stays")
	}
	toolOf[*explainPage](r)
}

func TestReadText(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.shownHome()
	for text, want := range map[string]error{"short enough": nil, "much too long for it": errFileTooBig} {
		var got string
		var err error
		ended := false
		r.readText(io.NopCloser(strings.NewReader(text)), 15, func(read string, why error) { got, err, ended = read, why, true })
		r.until(text, func() bool { return ended })
		if err != want || want == nil && got != text {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}
