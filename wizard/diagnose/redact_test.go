package diagnose

import (
	"strings"
	"testing"

	"postkey/oauth"
)

// Nothing of a secret is left, in whatever surroundings it stands, and the words
// beside it stay.
func TestRedact(t *testing.T) {
	const (
		entra  = "abc8Q~Jq0f2nUQ5dY7rB1mZxWv9tKpLsE3hCgNaD"
		token  = "eyJ0eXAiOiJKV1QiLCJub25jZSI6IkFBQUFBQUFBQUEifQ.eyJhdWQiOiJodHRwczovL291dGxvb2sub2ZmaWNlLmNvbSJ9.c2lnbmF0dXJlLWJ5dGVzLW9mLXRoZS10b2tlbg"
		broken = "eyJ0eXAiOiJKV1QiLCJub25jZSI6IkFBQUFBQUFBQUEiLCJhbGciOiJSUzI1NiIsIng1\r\n    dCI6IkFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaIn0.eyJhdWQiOiJodHRwczovL291dGxvb2s\r\n    b2ZmaWNlLmNvbSIsInNjcCI6IklNQVAuQWNjZXNzQXNVc2VyLkFsbCJ9.c2lnbmF0dXJl"
	)
	for name, c := range map[string]struct{ text, secret string }{
		"a password with blanks":    {`"password": "my pass, word; 1" AADSTS50126`, "pass, word"},
		"escaped quotes":            {`{\"client_secret\":\"hunter2 & more\",\"x\":1} AADSTS50126`, "hunter2"},
		"the rest behind an escape": {`{\"client_secret\":\"hunter2 & more\",\"x\":1} AADSTS50126`, "more"},
		"HTML":                      {`&quot;client_secret&quot;:&quot;hunter2-and-more&quot; AADSTS50126`, "hunter2"},
		"an address in an address":  {`?state=client_secret%3Dhunter2-and-more&x AADSTS50126`, "hunter2"},
		"JSON's equals sign":        {`"body":"client_secret\u003dhunter2-and-more\u0026x" AADSTS50126`, "hunter2"},
		"a comma":                   {`pwd=hunter2,more AADSTS50126`, "more"},
		"a form that was copied":    {"Client Secret: hunter2-and-more\nAADSTS50126", "hunter2"},
		"Italian":                   {"Segreto client: hunter2-and-more\nAADSTS50126", "hunter2"},
		"Entra's, URL-encoded":      {"x=" + strings.ReplaceAll(entra, "~", "%7E") + " AADSTS50126", "Jq0f2nUQ5d"},
		"an access token":           {"token " + token + "\nAADSTS50126", "c2lnbmF0dXJl"},
		"a broken token":            {"Authorization: Bearer " + broken + "\nAADSTS50126", "hdWQiOi"},
		"a broken token alone":      {broken + "\nAADSTS50126", "b2ZmaWNl"},
		"Basic":                     {"Authorization: Basic YWFhYWFhYWE6aHVudGVyMg==\nAADSTS50126", "aHVudGVy"},
		"a cookie":                  {"Cookie: ESTSAUTH=1.AXoAq1Jx; buid=0.short\nAADSTS50126", "AXoAq1Jx"},
		"a cookie of Python's":      {`{'Set-Cookie': 'exchangecookie=756961bcade045; path=/', 'x': 1} AADSTS50126`, "756961bc"},
		"an older code":             {`{"FlowToken":"AQABAAEAAAD--` + strings.Repeat("DLA3VO7QrddgJg7W", 5) + `","x":1} AADSTS50126`, "DLA3VO7"},
		"IMAP":                      {"A1 LOGIN support@contoso.example \"hunter2 more\"\nA1 NO LOGIN failed. AADSTS50126", "hunter2"},
		"POP":                       {"C: USER support\nC: PASS hunter2\n-ERR AADSTS50126", "hunter2"},
		"SMTP in one line":          {"AUTH PLAIN AHN1cHBvcnQAaHVudGVyMg==\n535 AADSTS50126", "aHVudGVy"},
		"SMTP in two":               {"S: 334 UGFzc3dvcmQ6\r\nC: aHVudGVyMg==\r\nS: 535 AADSTS50126", "aHVudGVy"},
		"an address":                {"https://andrea:hunter2@proxy.contoso.example:8080/ AADSTS50126", "hunter2"},
		"a private key":             {"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\nAADSTS50126", "MIIEow"},
		"the code":                  {"http://localhost/postkey#code=AQABhunter2hunter2hunter2&state=1 AADSTS50126", "hunter2"},
	} {
		got := Redact(c.text)
		if strings.Contains(got, c.secret) || !strings.Contains(got, oauth.Redacted) || !strings.Contains(got, "AADSTS50126") {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, text := range []string{
		"Invalid username or password: AADSTS50126", "A1 NO LOGIN failed.", "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
		"https://login.microsoftonline.com/error?code=7000215", "the 'client_assertion' or 'client_secret'.", "Set-CASMailbox -Identity a@b.example",
	} {
		if got := Redact(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A secret that lies across the edge of what is shown of a long text is not
// shown in part.
func TestExcerptsHoldNoPartOfASecret(t *testing.T) {
	token := "eyJ0eXAiOiJKV1QiLCJub25jZSI6IkFBQUFBQUFBQUEifQ." + strings.Repeat("eyJhdWQiOiJodHRwczov", 90) + ".c2lnbmF0dXJl"
	for _, around := range []int{10, 200, 280, 300, 1100, 3990} {
		fill := strings.Repeat("x ", around/2)
		for _, text := range []string{
			strings.Repeat("y ", 5000) + "Bearer " + token + " " + fill + "AADSTS50011: x " + fill + "client_secret=abc8Q~" + strings.Repeat("Jq0f2", 7) + strings.Repeat(" z", 5000),
			fill + "Bearer " + token + strings.Repeat(" y", 5000),
		} {
			for _, f := range ExplainText(text) {
				if strings.Contains(f.Server, "eyJh") || strings.Contains(f.Server, "Jq0f") {
					t.Errorf("%d: %s shows %q", around, f.ID, f.Server)
				}
			}
		}
	}
}
