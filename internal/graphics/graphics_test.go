package graphics

import (
	"strings"
	"testing"

	"postkey/assets"
)

// TestMissing: what is said names the reason and each way on, in every language.
func TestMissing(t *testing.T) {
	m := &Missing{Reason: "GLX: no driver"}
	for _, want := range []string{"OpenGL 2.1", "GLX: no driver", "1. ", "2. ", "3. ", "postkey version --graphics", "postkey connect"} {
		if !strings.Contains(m.Error(), want) {
			t.Errorf("%q is missing in %q", want, m.Error())
		}
	}
	if strings.Contains(m.Error(), "\n") {
		t.Error("it is more than a line")
	}
	for _, language := range assets.Languages() {
		for _, form := range []string{"text", "text-unix", "line", "line-unix"} {
			text := assets.Text(language, assets.Msg("graphics."+form, "Reason", m.Reason, "Dir", `C:\Tools`))
			for _, want := range []string{"OpenGL 2.1", "GLX: no driver", "1. ", "2. ", "3. ", "postkey version --graphics", "postkey connect"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s: %q is missing in %q", language, form, want, text)
				}
			}
			if windows := !strings.HasSuffix(form, "-unix"); windows != strings.Contains(text, `C:\Tools`) || windows != strings.Contains(text, "libgallium_wgl.dll") {
				t.Errorf("%s, %s: where Mesa's files go: %q", language, form, text)
			}
		}
	}
	none := &Missing{Reason: "X11: no screen", Display: true}
	if strings.Contains(none.Error(), "OpenGL") || !strings.Contains(none.Error(), "X11: no screen") {
		t.Errorf("without a screen: %q", none.Error())
	}
}
