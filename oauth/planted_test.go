package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// secretsOf lists every spelling in which a value may stand in a text.
func secretsOf(values ...string) []string {
	var all []string
	for _, v := range values {
		quoted, _ := json.Marshal(v)
		query := url.QueryEscape(v)
		all = append(all, v, query, url.PathEscape(v), html.EscapeString(v), strings.Trim(string(quoted), `"`),
			strings.NewReplacer("%2F", "%2f", "%2B", "%2b").Replace(query))
	}
	return all
}

func search(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		if s != "" && strings.Contains(text, s) {
			t.Errorf("%s holds a secret: %s", where, shorten(text, 600))
			return
		}
	}
}

// TestNoSecretGetsOut: a service that repeats all it was sent, in every form it
// can, makes no error and no log line hold a secret.
func TestNoSecretGetsOut(t *testing.T) {
	echo := func(r *http.Request) string {
		var plain strings.Builder
		for name, values := range r.PostForm {
			fmt.Fprintf(&plain, "%s=%s ", name, values[0])
		}
		return plain.String() + r.PostForm.Encode() + " " + url.PathEscape(plain.String())
	}
	answers := map[string]http.HandlerFunc{
		"every field": func(w http.ResponseWriter, r *http.Request) {
			text := echo(r)
			writeJSON(w, 400, map[string]any{
				"error": text, "error_description": text, "suberror": text, "trace_id": text, "correlation_id": text,
				"timestamp": text, "claims": map[string]any{"echo": text},
			})
		},
		"page": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(502)
			_, _ = fmt.Fprintf(w, "<html><p>%s", html.EscapeString(echo(r)))
		},
		"lower-case escapes": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(502)
			_, _ = fmt.Fprint(w, regexp.MustCompile("%..").ReplaceAllStringFunc(r.PostForm.Encode(), strings.ToLower))
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example/?"+r.PostForm.Encode(), http.StatusSeeOther)
		},
		"token type": func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, 200, map[string]any{"access_token": "planted-access", "token_type": r.PostForm.Get("client_secret")})
		},
		"unusable": func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, 200, map[string]any{"token_type": "Bearer", "echo": echo(r), "expires_in": echo(r)})
		},
		"cut off": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = fmt.Fprint(w, `{"error":"`+echo(r))
		},
		"hung up": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
		},
		"bad ID token": func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, 200, map[string]any{
				"access_token": "planted-access", "refresh_token": "planted-refresh",
				"token_type": "Bearer", "id_token": echo(r),
			})
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t)
			e.token = answer
			var log bytes.Buffer
			s := e.signIn()
			s.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			session := start(t, s)
			callback := e.agree(session.URL())
			fetch(t, session.RedirectURI()+"/astray?code=planted-foreign-code&state=x")
			fetch(t, session.RedirectURI()+"?code=planted-foreign-code&state=x")
			fetch(t, callback)
			_, err := session.Wait(t.Context())
			if err == nil {
				t.Fatal("no error to search")
			}
			session.Close()
			code, _ := url.Parse(callback)
			secrets := secretsOf(plantedSecret, code.Query().Get("code"), session.proof.verifier.Reveal(),
				"planted-access", "planted-refresh", "planted-foreign-code")
			search(t, "error", everything(err), secrets)
			search(t, "log", log.String(), secrets)

			store := newMemoryStore("planted/stored refresh+token")
			_, err = NewTokenSource(e.registration(), store, nil, nil).Token(t.Context(), testScopes)
			if name != "bad ID token" && err == nil {
				t.Fatal("no error to search")
			}
			search(t, "refresh error", everything(err), secretsOf(plantedSecret, "planted/stored refresh+token", "planted-access"))
		})
	}
}

// everything is an error as any verb shows it, with the fields of an *Error.
func everything(err error) string {
	text := fmt.Sprintf("%v\n%+v\n%#v", err, err, err)
	var refused *Error
	if errors.As(err, &refused) {
		text += fmt.Sprintf("\n%+v\n%#v", *refused, *refused)
	}
	return text
}

// TestNoAssertionGetsOut: a service that repeats what it was sent makes no error
// hold a client assertion, and none holds the key that signed it.
func TestNoAssertionGetsOut(t *testing.T) {
	for name, source := range map[string]func(Registration) *TokenSource{
		"refresh": func(r Registration) *TokenSource {
			return NewTokenSource(r, newMemoryStore("planted-refresh"), nil, nil)
		},
		"client credentials": func(r Registration) *TokenSource { return NewAppTokenSource(r, nil, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t)
			e.token = func(w http.ResponseWriter, r *http.Request) {
				text := r.PostForm.Encode() + " " + r.PostForm.Get("client_assertion")
				writeJSON(w, 400, map[string]any{"error": text, "error_description": text, "suberror": text, "claims": text})
			}
			reg := e.registration()
			reg.Certificate = testCertificate()
			_, err := source(reg).Token(t.Context(), []string{appScope})
			if err == nil {
				t.Fatal("no error to search")
			}
			assertion := e.lastForm(t).Get("client_assertion")
			secrets := append(keyMaterial(), secretsOf(assertion, plantedSecret, "planted-refresh")...)
			search(t, "error", everything(err), secrets)
			if !strings.Contains(err.Error(), Redacted) {
				t.Error("the echo is not in the error: nothing was searched")
			}
		})
	}
}

// keyMaterial are pieces of the test certificate's private key in the forms in
// which they could get out.
func keyMaterial() []string {
	key := testCertificate().held.key
	pemText := testCertificate().Secret().Reveal()
	_, private, _ := strings.Cut(pemText, "-----BEGIN PRIVATE KEY-----\n")
	return []string{
		"PRIVATE KEY", private[100:150], key.D.String()[:40], key.D.Text(16)[:40], key.Primes[0].String()[:40], key.Primes[1].Text(16)[:40],
	}
}

func TestNoSecretInAFailedConnection(t *testing.T) {
	e := newEntra(t)
	session := start(t, e.signIn())
	callback := e.agree(session.URL())
	e.Close()
	fetch(t, callback)
	_, err := session.Wait(t.Context())
	if err == nil {
		t.Fatal("no error")
	}
	code, _ := url.Parse(callback)
	search(t, "error", everything(err), secretsOf(plantedSecret, code.Query().Get("code"), session.proof.verifier.Reveal()))
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := NewSecret("planted")
	values := []any{
		s, &s,
		Token{Access: s, Refresh: s, Expires: time.Now()},
		SignedIn{Token: Token{Access: s}},
		Registration{ClientSecret: s},
		testCertificate(), *testCertificate(),
		Registration{Certificate: testCertificate()},
		struct{ hidden *Certificate }{testCertificate()},
		struct{ hidden Certificate }{*testCertificate()},
		callback{code: s},
		proof{verifier: s},
		tokenAnswer{Token: Token{Access: s}},
	}
	for _, v := range values {
		text := s.String() + s.GoString() + fmt.Sprintf("%v %+v %#v %s %q %x", v, v, v, v, v, v)
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%T: %v", v, err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		search(t, fmt.Sprintf("%T", v), text+string(encoded)+log.String(),
			append(keyMaterial(), "planted", fmt.Sprintf("%x", "planted")))
	}
	if s.Reveal() != "planted" || !s.Equal(NewSecret("planted")) || s.Equal(NewSecret("plante")) || !(Secret{}).IsZero() {
		t.Error("a secret is not what went in")
	}
}
