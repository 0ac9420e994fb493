package wizard_test

import (
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"

	"postkey/wizard/support"
)

// TestFenceDialogue: the debug log has the dialogue of every row, over every
// road, with the connection, the mailbox and the leg, and no secret; without
// debug there is none.
func TestFenceDialogue(t *testing.T) {
	b := newBench(t, "")
	b.Known = &support.Known{} // told of the secrets; the log of this test is not cleaned by it
	c, v := connectionOf(t, b.application(t, "imap", "smtp")), b.tenant.Values()
	c.Protocols = []string{"imap", "pop", "smtp", "ews", "graph"}
	res, _ := b.Fence(t.Context(), c, nil)
	if !res.OK() || len(res.Rows) != 15 {
		t.Fatalf("%+v", res)
	}
	text := b.log.String()
	words := map[string][2]string{ // what the client says first, and what the server says last
		"imap": {"AUTHENTICATE XOAUTH2", "LOGOUT"}, "pop": {"AUTH XOAUTH2", "QUIT"}, "smtp": {"AUTH XOAUTH2", "QUIT"},
		"ews": {"method=POST", "status=200"}, "graph": {"method=GET", "status=200"},
	}
	for _, row := range res.Rows {
		lines := linesWith(text, "connection="+c.Name+" mailbox="+row.Address+" leg="+string(row.Leg)+" ")
		first, last := words[string(row.Leg)][0], words[string(row.Leg)][1]
		if !strings.Contains(lines, first) || row.Err == nil && !strings.Contains(lines, last) {
			t.Errorf("%s %s: %q or %q is missing in\n%s", row.Address, row.Leg, first, last, lines)
		}
		if row.Err != nil && row.Server != "" && strings.Contains("imap pop smtp", string(row.Leg)) && !strings.Contains(lines, strings.Fields(row.Server)[0]) {
			t.Errorf("%s %s: the refusal %q is missing in\n%s", row.Address, row.Leg, row.Server, lines)
		}
	}

	secrets := append(b.Known.All(), v.ClientSecret)
	if len(secrets) < 4 { // three resources have a token each
		t.Fatalf("only %d secrets are known", len(secrets))
	}
	for _, s := range secrets {
		forms := []string{s.Reveal()}
		for _, address := range []string{v.Address, v.Shared, v.Delegate} {
			forms = append(forms, base64.StdEncoding.EncodeToString([]byte("user="+address+"\x01auth=Bearer "+s.Reveal()+"\x01\x01")))
		}
		for _, form := range forms {
			if strings.Contains(text, form) || strings.Contains(text, form[len(form)/3:]) {
				t.Errorf("a secret is in the log:\n%s", linesWith(text, form[len(form)/3:]))
			}
		}
	}
	if strings.Contains(text, "Authorization") || strings.Contains(text, "Bearer ") {
		t.Error("a header with a token is in the log")
	}

	var quiet strings.Builder
	b.Log = slog.New(slog.NewTextHandler(&quiet, nil))
	if res, _ := b.Fence(t.Context(), c, nil); !res.OK() {
		t.Fatalf("%+v", res)
	}
	if strings.Contains(quiet.String(), "mailbox=") || !strings.Contains(quiet.String(), "fence tested") {
		t.Errorf("without debug:\n%s", quiet.String())
	}
}

// linesWith are the lines of a text that hold some words.
func linesWith(text, words string) string {
	var found strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, words) {
			found.WriteString(line)
		}
	}
	return found.String()
}
