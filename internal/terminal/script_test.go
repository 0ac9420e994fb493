package terminal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postkey/wizard"
)

// What a script printed fills steps 2 to 4; the client secret in it is never shown.
func TestScript(t *testing.T) {
	k := newTalk(t)
	d := k.draftAt(wizard.StepRegistration)
	d.ClientID, d.TenantID, d.SecretExpires, d.HasSecret = "", "", "", false
	if err := k.bench.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	k.start("")
	k.answer("Unfinished connections", "")
	k.answer("Supported account types", "")
	k.fill("Application (client) ID", "!")
	k.fill("Host of your XCALLY Motion server", "")
	k.answer("Use a script instead", "2")
	k.until("az ad app create")
	k.answer("Use a script instead", "5")
	folder := t.TempDir()
	k.until("File name")
	k.until("> ")
	k.typed(folder)
	k.until("Saved to ")

	const secret = "AbC8Q~planted-in-the-output-of-the-script"
	k.answer("Use a script instead", "6")
	k.until("| ")
	k.typed("no output\r.")
	k.until("! ")
	k.answer("Use a script instead", "6")
	k.until("| ")
	k.typed("> bash register.sh\r\r{\r  \"client_id\": \"" + k.values.ClientID + "\",\r  \"tenant_id\": \"" + k.values.TenantID +
		"\",\r  \"secret\": \"" + secret + "\",\r  \"secret_expires\": \"" + k.values.SecretExpires + "\",\r  \"secret_key_id\": \"\"\r}\r.")
	k.until("Kept in the keyring")
	k.until("[" + k.values.ClientID + "] > ")
	k.typed("")
	k.until("[" + k.values.TenantID + "] > ")
	k.typed("")
	k.until("Step 3 of 9")
	k.stop()
	_ = k.end()
	if strings.Contains(k.all(), "planted") {
		t.Error("the client secret is printed")
	}
	kept := k.kept()
	if kept.ClientID != k.values.ClientID || kept.SecretExpires != k.values.SecretExpires || !kept.HasSecret {
		t.Errorf("kept: %+v", kept)
	}
	held, err := k.bench.Secret(t.Context(), d.ID)
	if err != nil || held.Reveal() != secret {
		t.Errorf("the keyring holds something else, or %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(folder, "postkey-register.ps1")); err != nil || !strings.Contains(string(data), "New-MgApplication") {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
