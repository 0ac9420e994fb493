package diagnose

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// pastedCase is one text of testdata/pasted.txt.
type pastedCase struct {
	id, text string
	more     bool // other findings may follow
}

// pastedCases reads testdata/pasted.txt.
func pastedCases(t testing.TB) []pastedCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/pasted.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []pastedCase
	for _, block := range strings.Split("\n"+string(raw), "\n=== ")[1:] {
		head, text, _ := strings.Cut(block, "\n")
		id, more := strings.CutSuffix(head, " +")
		out = append(out, pastedCase{id, text, more})
	}
	return out
}

// What administrators paste is given the finding that an expert would give,
// first, and where nothing else is said in the text alone.
func TestWhatIsPasted(t *testing.T) {
	cases := pastedCases(t)
	if len(cases) < 200 {
		t.Fatalf("only %d cases were read", len(cases))
	}
	for _, c := range cases {
		got := ids(ExplainText(c.text))
		if got[0] != c.id || len(got) > 1 && !c.more {
			t.Errorf("%s\n got %v\nwant %s", strings.TrimSpace(c.text), got, c.id)
		}
		if !slices.Contains(IDs(), c.id) {
			t.Errorf("there is no finding %s", c.id)
		}
	}
}

// An AADSTS number that no rule knows is called unknown, with its name and with
// Microsoft's page about it; so is one deep in a log.
func TestUnknownNumber(t *testing.T) {
	for _, text := range []string{
		"AADSTS9999999: new", strings.Repeat("10:01 nothing to see\n", 2000) + "AADSTS9999999: new" + strings.Repeat("\n10:02 nothing to see", 2000),
		"{'error_codes': [9999999]}", "AADSTS9999999: new\nA1 NO AUTHENTICATE failed.\nconnection closed unexpectedly",
	} {
		got := ExplainText(text)
		f := got[0]
		if len(got) > 1 || f.ID != Unknown || f.Link != "https://login.microsoftonline.com/error?code=9999999" ||
			!strings.Contains(f.Title.String(), "AADSTS9999999") || !strings.Contains(f.Fix[0].String(), "AADSTS9999999") || !strings.Contains(f.Server, "9999999") {
			t.Errorf("%.60q: %v, %s, %s, %s", text, ids(got), f.Title, f.Link, f.Server)
		}
	}
	ev := Evidence{Cloud: full.Cloud, Err: entra("invalid_grant", 9999999, "neu")}
	if f := Explain(ev); f.Link != "https://login.microsoftonline.us/error?code=9999999" || !strings.Contains(f.Title.String(), "AADSTS9999999") {
		t.Errorf("typed: %s, %s", f.Title, f.Link)
	}
	if f := ExplainText("odd")[0]; strings.Contains(f.Title.String(), "AADSTS") || !strings.HasSuffix(f.Link, "/reference-error-codes") {
		t.Errorf("without a number: %s, %s", f.Title, f.Link)
	}
}

// Colours, UTF-16 without a mark and base64 before a line's end hide nothing.
func TestWhatConsolesAdd(t *testing.T) {
	const text = "AADSTS50011: The redirect URI"
	var wide strings.Builder
	for _, c := range text {
		wide.WriteByte(byte(c))
		wide.WriteByte(0)
	}
	for _, s := range []string{
		"\x1b[31merror\x1b[39m: \x1b[1mAADSTS50011\x1b[0m: x", wide.String(), "AUTH XOAUTH2 dXNlcj1zdXBwb3J0QGNvbnRvc28uZXhhbXBsZQE=\nAADSTS50011: x",
		"AADSTS=\r\n50011", strings.Repeat(text[:1]+"\x00", maxText) + "\n\x00" + wide.String(),
	} {
		if got := ExplainText(s)[0].ID; got != "redirect-not-registered" {
			t.Errorf("%.60q: got %s", s, got)
		}
	}
}
