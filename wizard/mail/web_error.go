package mail

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrTooLarge: an answer is larger than any that is asked for, and was not read.
var ErrTooLarge = errors.New("the answer is too large")

var errWebTooLarge = fmt.Errorf("%w: more than %d MiB: %w", ErrTooLarge, maxWebReply>>20, ErrNotMailServer)

// WebError is a refusal of Graph or EWS in the server's own words.
type WebError struct {
	// Protocol is Graph or EWS.
	Protocol string
	// During is what was asked: inbox, sendMail, GetFolder, CreateItem…
	During string
	// Status is the HTTP status, such as 403. EWS may refuse with 200.
	Status int
	// Code is Graph's error code or the ResponseCode of EWS, such as
	// ErrorAccessDenied; empty when the answer has none, as when a gateway refuses.
	Code string
	// Message is what the server says about it; it holds no token.
	Message string
	// RequestID is what Microsoft's support asks for; empty when the server gave none.
	RequestID string
	// RetryAfter is how long the server wants to be left alone; 0 when it says nothing.
	RetryAfter time.Duration
}

// Text is the server's answer in one line: status, code and words.
func (e *WebError) Text() string {
	text := strconv.Itoa(e.Status)
	if e.Code == "" || e.Status != http.StatusOK {
		text = strings.TrimSpace(text + " " + http.StatusText(e.Status))
	}
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Error names the protocol, what was asked, the server's words and the request ID.
func (e *WebError) Error() string {
	text := e.Protocol + ": " + e.During + ": " + e.Text()
	if e.RequestID != "" {
		text += " (request ID " + e.RequestID + ")"
	}
	return text
}

// noMailbox are the codes that say that there is no mailbox at the address
// (Microsoft Learn: Microsoft Graph error responses; EWS ResponseCode).
var noMailbox = []string{
	"ErrorInvalidUser", "ErrorNonExistentMailbox", "ErrorMailRecipientNotFound",
	"ResourceNotFound", "Request_ResourceNotFound", "MailboxNotEnabledForRESTAPI", "ErrorInvalidUserPrincipalName",
}

// Unwrap returns ErrNoMailbox where the code says that.
func (e *WebError) Unwrap() error {
	if e.is(noMailbox) {
		return ErrNoMailbox
	}
	return nil
}

// throttled are the codes of a server that did nothing and wants to be left
// alone for a while, passing those of one that has trouble of its own.
var (
	throttled = []string{"ErrorServerBusy", "ApplicationThrottled", "MailboxConcurrency", "TooManyRequests", "ErrorTooManyObjectsOpened"}
	passing   = []string{"ErrorMailboxStoreUnavailable", "ErrorTimeoutExpired", "ErrorInternalServerTransientError"}
)

func (e *WebError) is(codes []string) bool {
	return slices.ContainsFunc(codes, func(code string) bool { return strings.EqualFold(e.Code, code) })
}

// Throttled reports whether the server did nothing because it is asked too often.
func (e *WebError) Throttled() bool {
	return e.Status == http.StatusTooManyRequests || e.is(throttled)
}

// Later reports whether the refusal is of the moment only: throttling, or
// trouble of the server's own. It says nothing about the mailbox or the token.
func (e *WebError) Later() bool {
	return e.Throttled() || e.is(passing) || e.Status >= http.StatusInternalServerError && e.Code == "" ||
		e.Status == http.StatusServiceUnavailable || e.Status == http.StatusGatewayTimeout
}

// gone reports whether a message that was asked for is not there any more.
func (e *WebError) gone() bool {
	return e.Status == http.StatusNotFound || strings.EqualFold(e.Code, "ErrorItemNotFound")
}

// refuse makes an error of an answer.
func (w *web) refuse(during string, a webAnswer, code, message string) *WebError {
	e := &WebError{
		Protocol: w.protocol, During: during, Status: a.status,
		Code:       w.fit(code, 200),
		Message:    w.fit(message, maxText),
		RequestID:  w.fit(firstOf(a.header, "request-id", "x-ms-request-id"), 200),
		RetryAfter: retryAfter(a.header.Get("Retry-After"), time.Now()),
	}
	reason := a.header.Get("x-ms-diagnostics")
	if reason == "" && e.Status == http.StatusUnauthorized {
		reason = a.header.Get("WWW-Authenticate")
	}
	if reason != "" && e.Status >= http.StatusBadRequest {
		e.Message = strings.TrimSpace(e.Message + " " + w.fit(reason, 1<<10))
	}
	return e
}

// fit makes the server's words fit to be shown: cut, without control
// characters and without the token.
func (w *web) fit(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return scrub(strings.TrimSpace(words(text)), w.secrets())
}

func firstOf(h http.Header, names ...string) string {
	for _, name := range names {
		if value := h.Get(name); value != "" {
			return value
		}
	}
	return ""
}

// retryAfter reads the header of that name (RFC 9110, section 10.2.3): seconds or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if value == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
		return time.Duration(min(max(seconds, 0), maxRetryAfter)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter*time.Second)
	}
	return 0
}

// maxRetryAfter is what a larger number is taken for, in seconds: a day.
const maxRetryAfter = 24 * 60 * 60
