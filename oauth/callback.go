package oauth

import (
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// callbackPath is the path of the redirect URI.
	callbackPath = "/postkey"
	// maxAddress bounds the address that the browser brings; codes are of one to
	// several KB.
	maxAddress = 16 << 10
	// maxHeader bounds a whole request in bytes. Browsers send along every cookie
	// that other programs have left at localhost, whatever their port (RFC 6265,
	// section 8.5): many times an address.
	maxHeader = 256 << 10
	// patience bounds a client that sends or reads slowly.
	patience = 10 * time.Second
)

// verdict says what an answer is worth.
type verdict int

const (
	verdictForeign verdict = iota // another sign-in's, or nobody's
	verdictEmpty                  // ours, but without a code, a consent or an error
	verdictGood                   // ours
)

// judge reads the parameters of an answer. The state comes first: nothing that
// lacks it may end the sign-in, not even an error. Then the error, before a code
// or a consent: Entra sends admin_consent=True beside errors too.
func (s *Session) judge(q url.Values) (callback, verdict) {
	if len(q["state"]) != 1 || !NewSecret(q.Get("state")).Equal(NewSecret(s.proof.state)) {
		return callback{}, verdictForeign
	}
	// A consent is no authorization response, and RFC 9207 does not speak of it.
	iss, named := q["iss"]
	if named && (len(iss) != 1 || !s.provider.accepts(iss[0])) || !named && s.provider.NamesItself && !s.forAll {
		return callback{}, verdictForeign
	}
	if q.Get("error") != "" {
		return callback{err: errorOfQuery(q, scrub(s.proof.verifier, NewSecret(q.Get("code"))))}, verdictGood
	}
	if s.forAll {
		return s.judgeConsent(q)
	}
	if len(q["code"]) != 1 || q.Get("code") == "" {
		return callback{}, verdictEmpty
	}
	return callback{code: NewSecret(q.Get("code"))}, verdictGood
}

// holdsAnswer reports whether the parameters are an answer at all, whoever's.
func holdsAnswer(q url.Values) bool { return q.Has("code") || q.Has("error") || q.Has("admin_consent") }

func newServer(s *Session) *http.Server {
	server := &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: patience,
		ReadTimeout:       patience,
		WriteTimeout:      patience,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	server.SetKeepAlivesEnabled(false)
	return server
}

// serve answers every request that reaches the port and takes the first answer
// to this sign-in; all others change nothing.
func (s *Session) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case !s.isOurHost(r.Host):
		s.ignore(w, r, http.StatusBadRequest, "host")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		s.ignore(w, r, http.StatusMethodNotAllowed, "method")
	case r.URL.Path == "/favicon.ico":
		s.headers(w, nil)
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path != callbackPath:
		s.ignore(w, r, http.StatusNotFound, "path")
	case len(r.RequestURI) > maxAddress:
		s.ignore(w, r, http.StatusRequestURITooLong, "length")
	case r.Method == http.MethodHead:
		s.show(w, r, http.StatusOK, LandingUnknown, "") // a scanner looks first; the answer follows with GET
	default:
		s.answer(w, r)
	}
}

func (s *Session) answer(w http.ResponseWriter, r *http.Request) {
	q, _ := url.ParseQuery(r.URL.RawQuery) // a parameter that cannot be read is missing; the others count
	answer, worth := s.judge(q)
	switch {
	case worth == verdictForeign:
		if holdsAnswer(q) {
			s.sawForeign()
		}
		s.ignore(w, r, http.StatusBadRequest, "state")
		return
	case worth == verdictEmpty:
		s.ignore(w, r, http.StatusBadRequest, "no answer in it")
		return
	case !s.claim():
		s.show(w, r, http.StatusOK, LandingAgain, "")
		return
	}
	defer s.deliver(answer) // even when the page cannot be made or sent
	if answer.err != nil {
		landing := LandingFailed
		if s.forAll {
			landing = LandingNoConsent
		}
		s.show(w, r, http.StatusOK, landing, answer.err.Description)
		return
	}
	s.show(w, r, http.StatusOK, LandingDone, "")
}

func (s *Session) isOurHost(host string) bool {
	name, found := strings.CutSuffix(strings.ToLower(host), ":"+s.loop.port)
	return found && (name == "localhost" || name == "127.0.0.1" || name == "[::1]")
}

// ignore answers a request that has nothing to do with this sign-in. Its query
// is not logged: it may hold another sign-in's code.
func (s *Session) ignore(w http.ResponseWriter, r *http.Request, status int, because string) {
	s.signIn.Log.Debug("request to the sign-in port ignored",
		"because", because, "method", shorten(r.Method, 20), "path", shorten(r.URL.Path, 100))
	s.show(w, r, status, LandingUnknown, "")
}

func (s *Session) show(w http.ResponseWriter, r *http.Request, status int, landing Landing, detail string) {
	page := s.signIn.Page(landing, detail)
	s.headers(w, page)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(page)
	_ = http.NewResponseController(w).Flush()
}

func (s *Session) headers(w http.ResponseWriter, page []byte) {
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy(page))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer") // the address holds a code
	// No Cross-Origin-Opener-Policy: beside the sandbox of the content policy it makes
	// the page a network error (HTML Standard: create navigation params by fetching).
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
