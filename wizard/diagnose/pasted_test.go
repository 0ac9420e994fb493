package diagnose

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"slices"
	"strconv"
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

// surroundings are the forms in which Entra's description of an error is met.
var surroundings = map[string]func(description string) string{
	"alone": func(d string) string { return d },
	"page": func(d string) string {
		return "Sign in\n\nSorry, but we’re having trouble signing you in.\n\n" + d + "\n\nTroubleshooting details\nRequest Id: 7d3c0b52-7f7e-4b0a-bb6e-8b2c6f0a9d00\n" +
			"Correlation Id: 1f4c1c7e-93a0-4f11-8e62-4d3b8a2c5e10\nTimestamp: 2026-10-07T08:15:42Z\nMessage: " + d
	},
	"token endpoint": func(d string) string {
		return `{"error":"invalid_grant","error_description":` + strconv.Quote(d+trace) + `,"trace_id":"7d3c0b52-7f7e-4b0a-bb6e-8b2c6f0a9d00"}`
	},
	"JSON in a log of JSON": func(d string) string {
		inner, _ := json.Marshal(map[string]string{"error": "invalid_client", "error_description": d})
		outer, _ := json.Marshal(map[string]string{"level": "error", "message": "token: " + string(inner)})
		return "2026-10-07 10:15:42,118 [7000215] INFO start\n" + string(outer)
	},
	"callback": func(d string) string {
		return "http://localhost:50011/postkey?error=invalid_request&error_description=" + url.QueryEscape(d+trace) + "&state=50126"
	},
	"callback twice encoded": func(d string) string {
		return "GET /login?next=" + url.QueryEscape("/cb?error_description="+url.QueryEscape(d)) + " HTTP/1.1"
	},
	"HTML": func(d string) string { return "<p class=\"e\">" + html.EscapeString(html.EscapeString(d)) + "</p>" },
	"Java": func(d string) string {
		return "com.x.MailException: " + d + "\n\tat com.x.Mail.send(Mail.java:50011)\n\t... 65001 more"
	},
	"Python": func(d string) string { return "ValueError: (b" + strconv.Quote(d) + ", 401)" },
	"syslog": func(d string) string {
		return "Oct  7 10:15:42 pbx motion[50126]: " + strings.ReplaceAll(d+trace, "\r\n", "#015#012")
	},
	"colours": func(d string) string { return "\x1b[31m[error]\x1b[0m \x1b[1m" + d + "\x1b[0m" },
}

// Every number is read in all surroundings, and however its lines are broken.
func TestNumbersInAllSurroundings(t *testing.T) {
	for _, e := range data().Findings {
		for _, r := range e.Match {
			for _, code := range r.Codes {
				if len(r.Words)+len(r.When)+len(r.Not) > 0 {
					continue
				}
				d := fmt.Sprintf("AADSTS%d: L'applicazione \"2f1c7b9e-6c0f-4a8a-9f3a-0b1d5c2e7a11\" non è stata trovata.", code)
				for name, in := range surroundings {
					if got := ids(ExplainText(in(d))); got[0] != e.ID || len(got) > 1 {
						t.Errorf("%d, %s: got %v, want %s\n%s", code, name, got, e.ID, in(d))
					}
				}
				for at := 4; at < 14; at++ {
					brk := []string{"\n", "\r\n    ", "\n> "}[(at+code)%3]
					if got := ids(ExplainText("Error: " + d[:at] + brk + d[at:])); got[0] != e.ID {
						t.Errorf("%d, broken at %d with %q: got %v, want %s", code, at, brk, got, e.ID)
					}
				}
				// The next line of a log is no part of the number.
				next := []string{"10:15:42 next", "2026-10-07 next", "1 next"}[code%3]
				text := fmt.Sprintf("10:15:41 AADSTS%d\n%s", code, next)
				if got := ids(ExplainText(text)); got[0] != e.ID {
					t.Errorf("%q: got %v, want %s", text, got, e.ID)
				}
			}
		}
	}
}

// wrapped breaks lines between words.
func wrapped(text, brk string, width int) string {
	var lines []string
	for _, long := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(long) {
			if line != "" && len(line)+1+len(word) > width {
				lines, line = append(lines, line), ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, brk)
}

// Mail breaks lines and quotes them, consoles indent them, and some products
// write everything in one case.
func TestWhatIsPastedBroken(t *testing.T) {
	for i, c := range pastedCases(t) {
		width := []int{40, 60, 72, 80}[i%4]
		for _, text := range []string{
			strings.ToUpper(c.text), strings.ToLower(c.text), wrapped(c.text, "\n> ", width), wrapped(c.text, "\r\n        ", width),
		} {
			if got := ids(ExplainText(text)); got[0] != c.id {
				t.Errorf("%s\n got %v\nwant %s", text, got, c.id)
			}
		}
	}
}
