package oauth

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error is Entra's own answer, at authorize or at the token endpoint. The flow
// follows Kind and Suberror; codes and texts are for people, because Microsoft
// changes them (Microsoft Learn: Microsoft Entra authentication and
// authorization error codes).
type Error struct {
	// Status is the HTTP status, 0 when the error came through the browser.
	Status int
	// Kind is OAuth's error, such as invalid_grant; empty when the answer was not
	// Entra's (a proxy's page, a plain server error).
	Kind string
	// Suberror refines Kind, such as consent_required.
	Suberror string
	// Description holds the server's words, shortened to 4 KiB.
	Description string
	// Codes are the AADSTS numbers, the answer's own list first, then those in the text.
	Codes []int
	// CorrelationID and TraceID let Microsoft's support find the attempt.
	CorrelationID, TraceID string
	// Timestamp is the server's time, as it wrote it.
	Timestamp string
	// Claims is the challenge of Conditional Access, JSON to be replayed.
	Claims string
	// RetryAfter is how long the server asks to wait; 0 when it does not say.
	RetryAfter time.Duration
}

// maxDescription bounds the server's words; a page bigger than this is not read by anyone.
const maxDescription = 4 << 10

// wrapperCodes only say that an inner code follows.
var wrapperCodes = []int{70000, 70002}

var (
	codeShape      = regexp.MustCompile(`AADSTS(\d{4,9})`)
	traceShape     = regexp.MustCompile(`(?i)(?:Trace|Request) ID:\s*([0-9a-f-]{36})`)
	correlateShape = regexp.MustCompile(`(?i)Correlation ID:\s*([0-9a-f-]{36})`)
	timestampShape = regexp.MustCompile(`(?i)Timestamp:\s*(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?)`)
	// The page on which Conditional Access refuses has no AADSTS: "Error Code: 53003
	// Request Id: …", its labels in the user's language. The ID tells it from other
	// words, and so does the label by itself in the languages of this program: a
	// terminal brings the page line by line.
	labelledShape = regexp.MustCompile(`\pL\p{Zs}?[:：][\s\p{Zs}]*(\d{5,7})(?:[\s\p{Zs}]|$)`)
	guidWithin    = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
	labelAlone    = regexp.MustCompile(`(?i)^\W*(?:error code|codice (?:di )?errore):`)
	scriptShape   = regexp.MustCompile(`(?is)<(script|style|svg)\b.*?</(script|style|svg)>`)
	tagShape      = regexp.MustCompile(`(?s)<[^>]*>`)
)

// otherWords are where gateways have their words that know nothing of OAuth, the
// last two by RFC 9457. No field is read that could hold a token.
var otherWords = []string{"message", "Message", "detail", "title"}

// Error is one line: kind, number, the server's words.
func (e *Error) Error() string {
	kind := e.Kind
	switch {
	case kind != "":
	case e.Status != 0:
		kind = strings.TrimSpace(fmt.Sprintf("http status %d %s", e.Status, http.StatusText(e.Status)))
	default:
		kind = "sign-in error"
	}
	if e.Suberror != "" {
		kind += "/" + e.Suberror
	}
	text := strings.Join(strings.Fields(e.Description), " ")
	if code := e.Code(); code != 0 && !strings.Contains(text, strconv.Itoa(code)) {
		kind += fmt.Sprintf(" (AADSTS%d)", code)
	}
	if text == "" {
		return "sign-in service: " + kind
	}
	return "sign-in service: " + kind + ": " + text
}

// Code is the AADSTS number that matters, 0 when there is none. Where one number
// only wraps another (70002 around 50126), it is the inner one.
func (e *Error) Code() int {
	for _, code := range e.Codes {
		if !slices.Contains(wrapperCodes, code) {
			return code
		}
	}
	if len(e.Codes) > 0 {
		return e.Codes[0]
	}
	return 0
}

// Is reports that ErrProxy fits the statuses that only a proxy sends.
func (e *Error) Is(target error) bool {
	return target == ErrProxy &&
		(e.Status == http.StatusProxyAuthRequired || e.Status == http.StatusNetworkAuthenticationRequired)
}

// errorOf reads the error in a token or metadata answer.
func errorOf(r reply, hide scrubber) *Error {
	e := &Error{Status: r.status, RetryAfter: retryAfter(r)}
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.body, &fields) != nil {
		e.Description = pageText(string(r.body))
		return e.finish(hide)
	}
	e.Kind, e.Description = looseText(fields["error"]), looseText(fields["error_description"])
	var nested struct{ Code, Message string }
	if e.Kind == "" && json.Unmarshal(fields["error"], &nested) == nil {
		e.Kind, e.Description = nested.Code, nested.Message
	}
	for _, name := range otherWords {
		if e.Kind == "" && e.Description == "" {
			e.Description = looseText(fields[name])
		}
	}
	e.Suberror = looseText(fields["suberror"])
	e.CorrelationID = looseText(fields["correlation_id"])
	e.TraceID = looseText(fields["trace_id"])
	e.Timestamp = looseText(fields["timestamp"])
	e.Claims = looseText(fields["claims"])
	if raw := string(fields["claims"]); strings.HasPrefix(raw, "{") {
		e.Claims = raw // the object instead of its text
	}
	var codes []json.RawMessage
	_ = json.Unmarshal(fields["error_codes"], &codes)
	for _, c := range codes {
		e.addCode(looseText(c))
	}
	return e.finish(hide)
}

// errorOfQuery reads the error that the browser brought back.
func errorOfQuery(q url.Values, hide scrubber) *Error {
	e := &Error{
		Kind:        q.Get("error"),
		Suberror:    q.Get("error_subcode"),
		Description: q.Get("error_description"),
		Claims:      q.Get("claims"),
	}
	if e.Suberror == "" {
		e.Suberror = q.Get("suberror")
	}
	if !codeShape.MatchString(e.Description) {
		// error_uri is Microsoft's page about the number: …/error?code=65004.
		if u, err := url.Parse(q.Get("error_uri")); err == nil {
			e.addCode(u.Query().Get("code"))
		}
	}
	return e.finish(hide)
}

// errorOfText reads the words of one of Entra's error pages, which never come
// back to the redirect URI.
func errorOfText(text string, hide scrubber) *Error {
	e := &Error{Description: strings.TrimSpace(text)}
	m := labelledShape.FindStringSubmatch(text)
	if m != nil && !codeShape.MatchString(text) && (guidWithin.MatchString(text) || labelAlone.MatchString(text)) {
		e.addCode(m[1])
	}
	return e.finish(hide)
}

// finish takes from the text what has no field of its own, removes what we sent
// ourselves and bounds the rest.
func (e *Error) finish(hide scrubber) *Error {
	for _, m := range codeShape.FindAllStringSubmatch(e.Description, 32) {
		e.addCode(m[1])
	}
	for shape, field := range map[*regexp.Regexp]*string{
		traceShape: &e.TraceID, correlateShape: &e.CorrelationID, timestampShape: &e.Timestamp,
	} {
		if m := shape.FindStringSubmatch(e.Description); m != nil && *field == "" {
			*field = m[1]
		}
	}
	for _, field := range []*string{
		&e.Kind, &e.Suberror, &e.Description, &e.CorrelationID, &e.TraceID, &e.Timestamp, &e.Claims,
	} {
		*field = shorten(hide.clean(*field), maxDescription)
	}
	return e
}

func (e *Error) addCode(digits string) {
	if n, err := strconv.Atoi(digits); err == nil && n > 0 && !slices.Contains(e.Codes, n) {
		e.Codes = append(e.Codes, n)
	}
}

// looseText is a JSON string or number as text; anything else is empty.
func looseText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// pageText is what a reader would see of an HTML page, in one line.
func pageText(page string) string {
	page = tagShape.ReplaceAllString(scriptShape.ReplaceAllString(page, " "), " ")
	return strings.Join(strings.Fields(strings.ToValidUTF8(html.UnescapeString(page), "")), " ")
}

// shorten cuts at a whole rune and marks the cut.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// retryAfter reads the header in both its forms, seconds and a date.
func retryAfter(r reply) time.Duration {
	value := strings.TrimSpace(r.header.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	from := r.server
	if from.IsZero() {
		from = r.local
	}
	return max(0, at.Sub(from))
}
