package oauth

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestPasteAccepts(t *testing.T) {
	soften := func(s string, at ...int) string {
		for _, i := range at {
			s = s[:i] + "\n  " + s[i:]
		}
		return s
	}
	cases := map[string]func(address string) string{
		"as it is":               func(a string) string { return a },
		"spaces around":          func(a string) string { return "  " + a + "\r\n\t" },
		"quotes around":          func(a string) string { return `"` + a + `"` },
		"curly quotes":           func(a string) string { return "“" + a + "”" },
		"angle brackets":         func(a string) string { return "<" + a + ">" },
		"zero-width around":      func(a string) string { return "\u200b\ufeff" + a + "\u200b" },
		"lines":                  func(a string) string { return soften(a, 400, 200, 100) },
		"without a scheme":       func(a string) string { return strings.TrimPrefix(a, "http://") },
		"without an address":     func(a string) string { return a[strings.Index(a, "?")+1:] },
		"query alone":            func(a string) string { return a[strings.Index(a, "?"):] },
		"query, other order":     func(a string) string { return "session_state=s&" + a[strings.Index(a, "?")+1:] },
		"fragment alone":         func(a string) string { return "#" + a[strings.Index(a, "?")+1:] },
		"path and query":         func(a string) string { return a[strings.Index(a, "/postkey"):] },
		"words before it":        func(a string) string { return "[10:03] Andrea: here it is:\n\t" + a },
		"percent-encoded again":  url.QueryEscape,
		"percent-encoded twice":  func(a string) string { return url.QueryEscape(url.QueryEscape(a)) },
		"html":                   func(a string) string { return strings.ReplaceAll(a, "&", "&amp;") },
		"another port":           func(a string) string { return "http://localhost:1" + a[strings.Index(a, "/postkey"):] },
		"another loopback":       func(a string) string { return "http://127.0.0.1:1" + a[strings.Index(a, "/postkey"):] },
		"no port":                func(a string) string { return "http://localhost" + a[strings.Index(a, "/postkey"):] },
		"scheme in capitals":     func(a string) string { return "HTTP" + strings.TrimPrefix(a, "http") },
		"as a fragment":          func(a string) string { return strings.Replace(a, "?", "#", 1) },
		"with an empty fragment": func(a string) string { return a + "#" },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t)
			session := start(t, e.signIn())
			if err := session.Paste(change(e.agree(session.URL()))); err != nil {
				t.Fatal(err)
			}
			if _, err := session.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPasteRefuses(t *testing.T) {
	const tail = "/postkey?code=c&state=another"
	cases := map[string]struct {
		text string
		kind PasteKind
	}{
		"nothing":                     {"", PasteNotAddress},
		"a number with a label":       {"Room: 53003", PasteNotAddress},
		"a time and an ID":            {"Timestamp: 2026-11-22 Request Id: 00000000-0000-4000-8000-000000000001", PasteNotAddress},
		"spaces":                      {" \n ", PasteNotAddress},
		"words":                       {"I see a white page", PasteNotAddress},
		"one word":                    {"hello", PasteNotAddress},
		"mail address":                {"andrea@contoso.example", PasteNotAddress},
		"bad escape":                  {"http://local%zzhost/", PasteNotAddress},
		"other scheme":                {"ftp://localhost/postkey", PasteNotAddress},
		"a file":                      {`C:\Users\a.txt`, PasteNotAddress},
		"another site":                {"https://www.example.com/", PasteNoCode},
		"a site without a scheme":     {"www.example.com", PasteNoCode},
		"callback without parameters": {"http://localhost:1/postkey", PasteNoCode},
		"state alone":                 {"http://localhost:1/postkey?state=STATE", PasteNoCode},
		"another sign-in":             {"http://localhost:1" + tail, PasteOtherSignIn},
		"another, without a scheme":   {"localhost:1" + tail, PasteOtherSignIn},
		"code without a state":        {"http://localhost:1/postkey?code=c", PasteOtherSignIn},
		"another's error":             {"http://localhost:1/postkey?error=access_denied&error_description=AADSTS65004&state=another", PasteOtherSignIn},
		"another's error, no scheme":  {"localhost:1/postkey?error=access_denied&error_description=AADSTS65004&state=another", PasteOtherSignIn},
		"error within the sign-in":    {"AUTHORITY/kmsi?error_description=AADSTS50058", PasteAtMicrosoft},
		"wrong issuer":                {"http://localhost:1/postkey?code=c&state=STATE&iss=https://evil.example", PasteOtherSignIn},
		"sign-in page":                {"AUTHORITY/common/oauth2/v2.0/authorize?client_id=x&code=y", PasteAtMicrosoft},
		"sign-in page of the end":     {"AUTHORITY/common/reprocess?ctx=x", PasteAtMicrosoft},
		"error page without a number": {"AUTHORITY/error?code=abc", PasteAtMicrosoft},
		"too much":                    {strings.Repeat("a", 65<<10), PasteTooLong},
	}
	e := newEntra(t)
	session := start(t, e.signIn())
	fill := strings.NewReplacer("STATE", session.proof.state, "AUTHORITY", e.URL)
	for name, c := range cases {
		err := session.Paste(fill.Replace(c.text))
		var refused *PasteError
		if !errors.As(err, &refused) || refused.Kind != c.kind {
			t.Errorf("%s: %v, want %s", name, err, c.kind)
			continue
		}
		if errors.Is(err, ErrState) != (c.kind == PasteOtherSignIn) {
			t.Errorf("%s: ErrState", name)
		}
		if len(err.Error()) > 100 {
			t.Errorf("%s: the error repeats what was pasted", name)
		}
	}
	right := e.agree(session.URL())
	if err := session.Paste(right); err != nil {
		t.Fatalf("the session did not go on: %v", err)
	}
	var again *PasteError
	if err := session.Paste(right); !errors.As(err, &again) || again.Kind != PasteAgain {
		t.Errorf("pasted twice: %v", err)
	}
	if _, err := session.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPasteError(t *testing.T) {
	cases := map[string]struct {
		text, kind string
		code       int
	}{
		"address with an error": {"localhost:1/postkey?error=access_denied&error_description=AADSTS65004%3a+declined&state=STATE", "access_denied", 65004},
		"error with a number in its address": {
			"http://localhost:1/postkey?error=access_denied&error_uri=https%3A%2F%2Flogin.example%2Ferror%3Fcode%3D65004&state=STATE", "access_denied", 65004,
		},
		"words of an error page": {"Sorry, but we're having trouble signing you in.\n\nAADSTS50011: The redirect URI 'http://localhost/postkey' " +
			"specified in the request does not match.\nRequest Id: 00000000-0000-4000-8000-000000000001", "", 50011},
		"number alone": {"AADSTS700016", "", 700016},
		"page without AADSTS": {"You cannot access this right now\nYour sign-in was successful but does not meet the criteria to access this resource.\n\n" +
			"Error Code: 53003\nRequest Id: 00000000-0000-4000-8000-000000000001\nTimestamp: 2026-11-22T10:00:00.000Z\nApp name: 20261", "", 53003},
		"page in Italian, in one line": {"Non è possibile accedere al momento Codice errore: 530032 ID richiesta: 00000000-0000-4000-8000-000000000001 Timestamp: 2026-11-22", "", 530032},
		"page in French":               {"Code d’erreur\u00a0: 53000\u00a0\nID de la demande : 00000000-0000-4000-8000-000000000001", "", 53000},
		"AADSTS among other labels":    {"App name: 20261\nMessage: AADSTS50105: x\nRequest Id: 00000000-0000-4000-8000-000000000001", "", 50105},
		"its line alone":               {" Error Code: 53003", "", 53003},
		"its line in Italian":          {"Codice errore: 53003", "", 53003},
		"address of error page":        {"AUTHORITY/error?code=50020", "", 50020},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t)
			session := start(t, e.signIn())
			if err := session.Paste(strings.NewReplacer("STATE", session.proof.state, "AUTHORITY", e.URL).Replace(c.text)); err != nil {
				t.Fatal(err)
			}
			_, err := session.Wait(t.Context())
			var refused *Error
			if !errors.As(err, &refused) || refused.Code() != c.code || refused.Kind != c.kind {
				t.Errorf("got %v", err)
			}
		})
	}
}
