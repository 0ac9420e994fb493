package mail

import (
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
)

// tap overhears what the server sends and keeps the last words of refusal
// and farewell, which go-imap's client gives back only in part, and its alerts.
type tap struct {
	mu           sync.Mutex
	line         []byte
	refused, bye string
	alerts       []string
}

const maxTapped = 4 << 10

// Write implements io.Writer.
func (t *tap) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range p {
		if b != '\n' {
			if len(t.line) < maxTapped {
				t.line = append(t.line, b)
			}
			continue
		}
		tag, rest, _ := strings.Cut(strings.TrimRight(string(t.line), "\r"), " ")
		word, _, _ := strings.Cut(rest, " ")
		switch {
		case tag == "*" && strings.EqualFold(word, "BYE"):
			t.bye = rest
		case tag != "*" && (strings.EqualFold(word, "NO") || strings.EqualFold(word, "BAD")):
			t.refused = rest
		default:
			t.take(rest)
		}
		t.line = t.line[:0]
	}
	return len(p), nil
}

// refusal returns the whole line of status, or what go-imap kept of it.
func (t *tap) refusal(status *imap.Error) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if strings.HasSuffix(t.refused, status.Text) {
		return t.refused
	}
	return strings.TrimPrefix(status.Error(), "imap: ")
}

func (t *tap) farewell() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bye
}

// maxAlerts is how many different alerts are kept; a server has one or two.
const maxAlerts = 5

// heed keeps the words of a response, which stands without its tag, where they
// are an alert.
func (t *tap) heed(response string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take(response)
}

func (t *tap) take(response string) {
	status, rest, _ := strings.Cut(response, " ")
	said, ok := cutPrefixFold(rest, "[ALERT]")
	if !ok || !slices.Contains([]string{"OK", "NO", "BAD", "PREAUTH"}, strings.ToUpper(status)) {
		return
	}
	said = strings.TrimSpace(said[:min(len(said), maxTapped)])
	if said != "" && len(t.alerts) < maxAlerts && !slices.Contains(t.alerts, said) {
		t.alerts = append(t.alerts, said)
	}
}

// Alerts returns what the server wants its user to be shown (response code
// ALERT, RFC 9051, section 7.1), in its own words, but for what stands in the
// error of a refused command.
func (c *IMAP) Alerts() []string {
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	var out []string
	for _, said := range c.tap.alerts {
		out = append(out, scrub(words(said), c.link.secrets))
	}
	return out
}
