package mail

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	gomail "github.com/emersion/go-message/mail"
)

// Message is a test message, ready to be sent and to be recognised.
type Message struct {
	// ID is the Message-ID without angle brackets; unique.
	ID string
	// Mark is the short id at the end of Subject; unique too.
	Mark, Subject string
	// Text is the body, its lines ended by LF.
	Text string
	// From and To are the addresses of the envelope and of the header.
	From, To string
	// Data is the whole message, its lines ended by CRLF.
	Data []byte
	// Composed is when Compose made it; an inbox opened before cannot have held it then.
	Composed time.Time
}

// Draft is what Compose makes a message of.
type Draft struct {
	// From and To are mail addresses in ASCII.
	From, To string
	// Name is the display name of both; empty: none.
	Name string
	// Subject gets the mark appended; Text is the body as plain text.
	Subject, Text string
	// Date is the time of sending.
	Date time.Time
}

// Compose builds the message of RFC 5322. It declares itself as written by a
// program (RFC 3834) and asks Exchange for no automatic answer, so that no
// out-of-office reply goes around.
func Compose(d Draft) (Message, error) {
	for _, address := range []string{d.From, d.To} {
		if err := checkAddress(address); err != nil {
			return Message{}, err
		}
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	_, domain, _ := strings.Cut(d.From, "@")
	m := Message{
		ID:   "postkey." + hex.EncodeToString(id) + "@" + domain,
		Mark: hex.EncodeToString(id[:6]),
		From: d.From,
		To:   d.To,
		Text: d.Text,

		Composed: time.Now(),
	}
	m.Subject = d.Subject + " " + m.Mark

	var h gomail.Header
	h.SetAddressList("From", []*gomail.Address{{Name: d.Name, Address: d.From}})
	h.SetAddressList("To", []*gomail.Address{{Name: d.Name, Address: d.To}})
	h.SetDate(d.Date)
	h.SetMessageID(m.ID)
	h.SetSubject(m.Subject)
	h.Set("Auto-Submitted", "auto-generated")
	h.Set("X-Auto-Response-Suppress", "All")
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")

	var data bytes.Buffer
	w, err := gomail.CreateSingleInlineWriter(&data, h)
	if err == nil {
		_, err = w.Write([]byte(strings.ReplaceAll(d.Text, "\n", "\r\n")))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return Message{}, fmt.Errorf("compose the test message: %w", err)
	}
	m.Data = data.Bytes()
	return m, nil
}
