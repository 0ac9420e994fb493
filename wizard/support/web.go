package support

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"postkey/oauth"
)

// WatchWeb returns a transport that writes each request and its answer to log at
// debug level: the names of what is sent, and the values of those that are no
// secret. Bodies are read up to maxWatched bytes; the caller gets them whole.
func WatchWeb(next http.RoundTripper, log *slog.Logger) http.RoundTripper {
	return watcher{next, log}
}

// maxWatched is how much of a body is looked at.
const maxWatched = 64 << 10

type watcher struct {
	next http.RoundTripper
	log  *slog.Logger
}

// CloseIdleConnections hands http.Client's wish on.
func (w watcher) CloseIdleConnections() {
	if c, ok := w.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (w watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	if !w.log.Enabled(r.Context(), slog.LevelDebug) {
		return w.next.RoundTrip(r)
	}
	w.log.Debug("request", "method", r.Method, "url", safeURL(r.URL), "form", w.form(r))
	began := time.Now()
	answer, err := w.next.RoundTrip(r)
	if err != nil {
		w.log.Debug("answer", "url", safeURL(r.URL), "took", time.Since(began), "error", err)
		return answer, err
	}
	w.log.Debug("answer", "url", safeURL(r.URL), "status", answer.StatusCode, "took", time.Since(began),
		"request_id", answer.Header.Get("X-Ms-Request-Id"), "says", says(answer))
	return answer, nil
}

// form is what a form holds, without its secrets; the body is left as it was.
func (w watcher) form(r *http.Request) string {
	if r.Body == nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxWatched))
	rest := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), rest}
	if err != nil {
		return ""
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return safeValues(values)
}

// safeURL is an address without the values of its query that are secret.
func safeURL(u *url.URL) string {
	safe := *u
	safe.User = nil
	if safe.RawQuery != "" {
		safe.RawQuery = safeValues(u.Query())
	}
	return safe.String()
}

// told are the parameters whose value explains a failure and is no secret.
var told = []string{
	"grant_type", "client_id", "scope", "redirect_uri", "response_type", "prompt", "code_challenge_method",
	"client_assertion_type", "client_info", "tenant",
}

func safeValues(values url.Values) string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if slices.Contains(told, name) {
			names[i] += "=" + values.Get(name)
		} else {
			names[i] += "=" + oauth.Redacted
		}
	}
	return strings.Join(names, "&")
}

// says is what an answer in JSON tells of an error, or which fields it has.
func says(answer *http.Response) string {
	if !strings.Contains(answer.Header.Get("Content-Type"), "json") || answer.Body == nil {
		return ""
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxWatched))
	rest := answer.Body
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), rest}
	var fields map[string]json.RawMessage
	if err != nil || json.Unmarshal(body, &fields) != nil {
		return ""
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		switch name {
		case "error", "error_description", "error_codes", "suberror", "scope", "expires_in", "token_type", "correlation_id", "trace_id":
			names[i] += "=" + string(fields[name])
		}
	}
	return strings.Join(names, " ")
}
