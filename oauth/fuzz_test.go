package oauth

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// bare is a session that only judges.
func bare() *Session {
	return &Session{
		proof:    proof{state: "the-state", nonce: "the-nonce", verifier: NewSecret("the-verifier")},
		provider: provider{Issuer: "https://login.example/{tenantid}/v2.0"},
		signIn:   SignIn{Registration: Registration{Cloud: Cloud{Authority: "https://login.example"}}},
	}
}

// FuzzCallback: nothing without our state ever ends a sign-in.
func FuzzCallback(f *testing.F) {
	for _, seed := range []string{
		"code=c&state=the-state", "state=the-state&error=access_denied&error_description=AADSTS65004", "code=c&state=x",
		"code=c&state=the-state&iss=https://login.example/" + testTenant + "/v2.0", "code=c&state=the-state&state=x",
		"", "&&&", "code=%00&state=the-state", "code=c;state=the-state", "error=&code=c&state=the-state",
	} {
		f.Add(seed)
	}
	s := bare()
	f.Fuzz(func(t *testing.T, raw string) {
		q, _ := url.ParseQuery(raw)
		answer, worth := s.judge(q)
		if worth != verdictGood {
			if answer.err != nil || !answer.code.IsZero() {
				t.Errorf("%q: an answer without worth", raw)
			}
			return
		}
		if q.Get("state") != "the-state" || (answer.err == nil) == answer.code.IsZero() {
			t.Errorf("%q: taken", raw)
		}
		if (q.Get("error") != "") != (answer.err != nil) {
			t.Errorf("%q: the error comes before the code", raw)
		}
	})
}

// FuzzPaste: whatever is pasted, an answer with a code carries our state.
func FuzzPaste(f *testing.F) {
	for _, seed := range []string{
		"http://localhost:1/postkey?code=c&state=the-state", "localhost/postkey?code=c&state=the-state#", "?code=c&state=the-state",
		"http%3A%2F%2Flocalhost%3A1%2Fpostkey%3Fcode%3Dc%26state%3Dthe-state", "AADSTS50011: no", "https://login.example/error?code=50011",
		"\u200b\"<http://[::1]:1/postkey?code=c&amp;state=the-state>\"", "http://[", "%", "://", "a@b", "",
	} {
		f.Add(seed)
	}
	s := bare()
	f.Fuzz(func(t *testing.T, text string) {
		answer, kind := s.readPaste(text)
		switch {
		case kind != "" && (answer.err != nil || !answer.code.IsZero()):
			t.Errorf("%q: refused and taken", text)
		case kind == "" && (answer.err == nil) == answer.code.IsZero():
			t.Errorf("%q: neither refused nor taken", text)
		case !answer.code.IsZero() && !strings.Contains(visible(text), "the-state"):
			t.Errorf("%q: a code without our state", text)
		}
	})
}

// visible undoes what pasting may have done to the state.
func visible(text string) string {
	for range 3 {
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
	}
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("thesav-", r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// FuzzTokenAnswer: an answer is a usable token or an error, and never too long a text.
func FuzzTokenAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"token_type":"Bearer","access_token":"a","expires_in":3599,"scope":"x"}`, `{"token_type":"Bearer","access_token":"a","expires_in":"1e9"}`,
		`{"error":"invalid_grant","error_codes":[70008],"error_description":"AADSTS70008: x"}`, `{"error":{"code":"x"}}`,
		`<html><script>x</script>`, `null`, `[]`, `{`, ``, `{"access_token":"a","token_type":"Bearer","expires_in":-0}`,
	} {
		f.Add(200, seed)
		f.Add(400, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		got, err := readToken(answerOf(status, body), []string{"asked"}, scrub(NewSecret("planted-secret")))
		if err == nil {
			if status != 200 || got.Access.IsZero() || got.Expires.Before(testNow) || len(got.Scopes) == 0 {
				t.Errorf("%d %q: an unusable token", status, body)
			}
			return
		}
		if strings.Contains(err.Error(), "planted-secret") || len(err.Error()) > 4*maxDescription {
			t.Errorf("%d %q: %v", status, body, err)
		}
	})
}

// FuzzError: Entra's words are cut at whole characters, and its numbers are numbers.
func FuzzError(f *testing.F) {
	for _, seed := range []string{
		"AADSTS70002: Error. AADSTS50126: Invalid. Trace ID: 00000000-0000-4000-8000-000000000001",
		"AADSTS999999999999: x", "AADSTS: x", "aadsts50011", "Error Code: 53003", "Correlation ID: x\r\nTimestamp: 2026-11-22 10:00:00Z", strings.Repeat("é", 3000), "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := errorOfText(text, scrubber{})
		if utf8.ValidString(text) && !utf8.ValidString(e.Description) {
			t.Errorf("%q: cut within a character", text)
		}
		for _, code := range e.Codes {
			if code <= 0 || code > 999999999 {
				t.Errorf("%q: code %d", text, code)
			}
		}
		if code := e.Code(); code != 0 && !strings.Contains(text, "AADSTS") && !strings.ContainsAny(text, ":：") {
			t.Errorf("%q: code %d from nowhere", text, code)
		}
	})
}

// FuzzParseCertificate: what is read is a whole certificate with its key, or an
// error that repeats nothing.
func FuzzParseCertificate(f *testing.F) {
	form := testCertificate().Secret().Reveal()
	certificate, key, _ := strings.Cut(form, "-----BEGIN PRIVATE KEY-----")
	key = "-----BEGIN PRIVATE KEY-----" + key
	for _, seed := range []string{
		form, certificate, key, key + certificate, form + form, "", "planted", form[:len(form)/2], form + "planted",
		strings.ReplaceAll(form, "\n", "\r\n"), strings.ReplaceAll(form, "PRIVATE KEY", "RSA PRIVATE KEY"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseCertificate(NewSecret(text))
		if err != nil {
			if got != nil || !errors.Is(err, ErrCertificate) || len(err.Error()) > 200 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseCertificate(got.Secret())
		if err != nil || !again.Equal(got) || len(got.Thumbprint()) != 40 {
			t.Errorf("%q: not the same when read again: %v", text, err)
		}
		if _, err := got.assertion("https://login.example/token", testClient, testNow); err != nil {
			t.Errorf("%q: cannot sign: %v", text, err)
		}
	})
}
