package mail

import (
	"io"
	"mime"
	"strings"
)

// arrivalFields are the header fields that tell whether a message is the one
// waited for or a report about it.
var arrivalFields = []string{
	"Message-ID", "X-Microsoft-Original-Message-ID", "Subject", "From",
	"Content-Type", "In-Reply-To", "References", "Auto-Submitted",
}

// verdict is what a header says about a message.
type verdict int

const (
	unrelated verdict = iota
	itself
	perhapsBounce // a delivery report; its body tells for which message
)

// header holds the fields of one message by name in lower case, unfolded.
type header map[string]string

// parseHeader reads lines up to the first empty one. It takes whatever
// stands in other people's mailboxes, so that nothing in it is an error. Of a
// repeated field the first counts.
func parseHeader(lines []string) header {
	h := make(header)
	last := ""
	for _, line := range lines {
		if line == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if last != "" {
				h[last] = strings.TrimSpace(h[last] + " " + strings.TrimSpace(line))
			}
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		last = strings.ToLower(strings.TrimSpace(name))
		if _, again := h[last]; !ok || again {
			last = ""
			continue
		}
		h[last] = strings.TrimSpace(value)
	}
	return h
}

// is judges the header against m. Exchange Online may give a submitted message
// an id of its own and keep ours in X-Microsoft-Original-Message-ID; the
// subject finds it in any case. Reports and automatic answers put words before
// the subject, and so do gateways that mark mail from outside.
func (h header) is(m Message) verdict {
	id, subject := "<"+m.ID+">", h.subject()
	switch {
	case h["message-id"] == id, h["x-microsoft-original-message-id"] == id, subject == m.Subject:
		return itself
	case h.isReport():
		return perhapsBounce
	case strings.Contains(subject, m.Mark) && !h.isReply(m):
		return itself
	}
	return unrelated
}

// isReply reports whether the message answers m: an automatic answer, or the
// acknowledgement of a product that reads the mailbox.
func (h header) isReply(m Message) bool {
	_, automatic := cutPrefixFold(h["auto-submitted"], "auto-replied")
	return automatic || strings.Contains(h["in-reply-to"], m.ID) || strings.Contains(h["references"], m.ID)
}

// subject returns the subject in clear: a gateway that puts a word with an
// accent before it encodes all of it (RFC 2047).
func (h header) subject() string {
	decoder := mime.WordDecoder{CharsetReader: func(_ string, r io.Reader) (io.Reader, error) { return r, nil }} // the mark is ASCII
	clear, err := decoder.DecodeHeader(h["subject"])
	if err != nil {
		return h["subject"]
	}
	return clear
}

// reporters are the senders of delivery reports that do not say so in Content-Type.
var reporters = []string{"mailer-daemon@", "postmaster@", "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e@"}

func (h header) isReport() bool {
	kind, params, err := mime.ParseMediaType(h["content-type"])
	if err == nil && kind == "multipart/report" && !strings.EqualFold(params["report-type"], "disposition-notification") {
		return true
	}
	from := strings.ToLower(h["from"])
	for _, reporter := range reporters {
		if strings.Contains(from, reporter) {
			return true
		}
	}
	return false
}

// Reports are read no further than this; the status part stands near the
// start, and the returned header with our Message-ID behind it.
const (
	maxReportBytes = 256 << 10
	maxReportLines = 4000
)

// parseReport returns what a delivery report (RFC 3464) says about m, and nil
// when it is about another message, or tells of a delay or a success.
func parseReport(h header, lines []string, m Message) *BounceError {
	about := strings.Contains(h["in-reply-to"], m.ID) || strings.Contains(h["references"], m.ID) ||
		strings.Contains(h.subject(), m.Mark)
	fields := make(map[string]string)
	last := ""
	for _, line := range lines {
		about = about || strings.Contains(line, m.ID)
		if last != "" && line != "" && (line[0] == ' ' || line[0] == '\t') {
			fields[last] += " " + strings.TrimSpace(line)
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		last = strings.ToLower(name)
		switch last {
		case "action", "status", "diagnostic-code":
			if _, again := fields[last]; !again {
				fields[last] = strings.TrimSpace(value)
				continue
			}
		}
		last = ""
	}
	action := strings.ToLower(fields["action"])
	if !about || action != "" && !strings.HasPrefix(action, "failed") {
		return nil
	}
	text := fields["diagnostic-code"]
	if text == "" {
		text = h.subject()
	}
	if kind, rest, ok := strings.Cut(text, ";"); ok && strings.EqualFold(strings.TrimSpace(kind), "smtp") {
		text = strings.TrimSpace(rest)
	}
	return &BounceError{Status: enhancedCode(fields["status"]), Text: words(text)}
}

// hasWord reports whether word is among the words of list, in any case.
func hasWord(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
