package support

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"

	"postkey/oauth"
)

// Dialogue returns a hearer of one connection with a mail server, for
// mail.Options.Trace: it writes each line of the dialogue to log, at debug level.
//
// What proves an identity is left out by its place: whatever the client sends
// between AUTH and the server's verdict. So is what is private and explains
// nothing: the message itself, the list of mails, their heads.
func Dialogue(log *slog.Logger, protocol, server string) func(sent bool, p []byte) {
	d := &dialogue{log: log, protocol: protocol, server: server}
	return d.hear
}

// longestLine is how much of one line is written, in bytes.
const longestLine = 300

// dialogue follows one connection.
type dialogue struct {
	log              *slog.Logger
	protocol, server string

	mu      sync.Mutex
	pending [2][]byte // an unfinished line of the server and of the client
	secret  bool      // the client's next lines are a proof of identity
	body    int       // bytes of a message that the client is sending
	inBody  bool
	list    int  // lines of a list or of a message that the server is sending
	inList  bool // POP: until a single dot
	awaits  string
	literal int // IMAP: bytes of a literal that are still to come
}

var (
	// authCommand begins a proof of identity. Behind the name of the mechanism or
	// the user more of it may follow; behind PASS all of it does.
	authCommand = regexp.MustCompile(`(?i)^(?:PASS\b|(?:\S+ )?(?:AUTHENTICATE|AUTH|LOGIN|USER|APOP)\b(?: \S+)?)`)
	// popList are the commands whose answer has many lines.
	popList = regexp.MustCompile(`(?i)^(LIST|UIDL|TOP|RETR)\b`)
	// imapData are answers that tell of mails.
	imapData = regexp.MustCompile(`(?i)^(\* \d+ FETCH|\* SEARCH|\* ESEARCH|\* LIST|\* NAMESPACE)`)
	literal  = regexp.MustCompile(`\{(\d{1,9})\+?\}$`)
)

// hear takes what went over the wire.
func (d *dialogue) hear(sent bool, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	side := 0
	if sent {
		side = 1
	}
	for len(p) > 0 {
		if !sent && d.literal > 0 {
			n := min(d.literal, len(p))
			d.literal -= n
			p = p[n:]
			continue
		}
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			if room := 64<<10 - len(d.pending[side]); room > 0 {
				d.pending[side] = append(d.pending[side], p[:min(room, len(p))]...)
			}
			return
		}
		line := string(append(d.pending[side], p[:end]...))
		d.pending[side], p = nil, p[end+1:]
		if line = strings.TrimRight(line, "\r"); sent {
			d.client(line)
		} else {
			d.answer(line)
		}
	}
}

func (d *dialogue) client(line string) {
	switch {
	case d.inBody:
		d.body += len(line) + 2
		if line == "." {
			d.say("C:", fmt.Sprintf("[message, %d bytes]", d.body))
			d.inBody = false
		}
		return
	case d.secret:
		d.say("C:", oauth.Redacted)
		return
	}
	if m := authCommand.FindString(line); m != "" {
		d.secret = true
		if m != line {
			m += " " + oauth.Redacted
		}
		line = m
	}
	d.awaits = line
	d.say("C:", line)
}

func (d *dialogue) answer(line string) {
	if d.inList {
		d.list++
		if line == "." {
			d.say("S:", fmt.Sprintf("[%d lines]", d.list-1))
			d.inList = false
		}
		return
	}
	asks := strings.HasPrefix(line, "+ ") || line == "+" || strings.HasPrefix(line, "334")
	if d.secret && !asks {
		d.secret = strings.HasPrefix(line, "* ") // an answer of IMAP's that is not the verdict
	}
	switch {
	case d.protocol == "SMTP" && strings.HasPrefix(line, "354"):
		d.inBody, d.body = true, 0
	case d.protocol == "POP" && strings.HasPrefix(line, "+OK") && popList.MatchString(d.awaits) && !singleList(d.awaits):
		d.inList, d.list = true, 0
	case d.protocol == "IMAP" && literal.MatchString(line):
		_, _ = fmt.Sscanf(literal.FindStringSubmatch(line)[1], "%d", &d.literal)
	}
	if m := imapData.FindString(line); d.protocol == "IMAP" && m != "" {
		line = m + " …"
	}
	d.say("S:", line)
}

// singleList: LIST and UIDL of one message are answered in one line.
func singleList(command string) bool {
	words := strings.Fields(command)
	return len(words) == 2 && !strings.EqualFold(words[0], "RETR")
}

func (d *dialogue) say(who, line string) {
	if len(line) > longestLine {
		line = strings.ToValidUTF8(line[:longestLine], "") + "…"
	}
	d.log.Debug("dialogue", "protocol", d.protocol, "server", d.server, "line", who+" "+line)
}
