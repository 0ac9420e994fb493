package check

import (
	"encoding/json"
	"time"

	"postkey/assets"
)

// Leg names one way to the mailbox.
type Leg string

// The legs. EWS and Graph belong to connections where the application signs in itself.
const (
	IMAP  Leg = "imap"
	POP   Leg = "pop"
	SMTP  Leg = "smtp"
	EWS   Leg = "ews"
	Graph Leg = "graph"
)

// HopName names one step of a leg.
type HopName string

// The hops in the order in which a leg takes them.
const (
	Token   HopName = "token"   // an access token for the mail resource
	Connect HopName = "connect" // name, TCP, and the greeting where it comes before TLS
	TLS     HopName = "tls"     // the handshake; for SMTP with STARTTLS before it
	Auth    HopName = "auth"    // XOAUTH2, or the bearer token of EWS and Graph
	Open    HopName = "open"    // the inbox can be read
	Send    HopName = "send"    // the server accepted the message
	Arrive  HopName = "arrive"  // the message is in the inbox
	Cleanup HopName = "cleanup" // the message is deleted
)

// Status is how a hop ended, or that it has not.
type Status string

// The states of a hop. Waiting and Running are never in a finished Result.
const (
	Waiting Status = "waiting"
	Running Status = "running"
	OK      Status = "ok"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// Hop is one step of a leg and how it ended.
type Hop struct {
	Name   HopName
	Status Status
	// Took is the time of the hop alone.
	Took time.Duration
	// Detail is a short fact, such as TLS 1.3 or the number of messages, in English.
	Detail string
	// Text is Detail for the user's language; zero where Detail is no sentence.
	Text assets.Message
	// Server is what the server said, in its own words, when the hop failed.
	Server string
	// Err is why the hop failed, typed by the package that failed; of a skipped
	// hop it is context.Canceled when the test was cancelled. nil otherwise.
	Err error
}

// LegResult is one leg with all its hops, also those that were skipped.
type LegResult struct {
	Leg    Leg
	Server string // host:port
	Login  string // the user name given to XOAUTH2, the mailbox of EWS and Graph
	Hops   []Hop
	Took   time.Duration
	// Notes are facts worth telling that are no failure, such as which of the
	// two user names SMTP accepted for a shared mailbox, in English.
	Notes []string
	// NoteTexts are Notes for the user's language.
	NoteTexts []assets.Message
}

// OK reports whether the leg was carried out and no hop failed or was cancelled.
func (l LegResult) OK() bool {
	passed := false
	for _, h := range l.Hops {
		if h.Status != OK && h.Status != Skipped || h.Err != nil {
			return false
		}
		passed = passed || h.Status == OK
	}
	return passed
}

// Failed returns the first hop that failed, and whether there is one.
func (l LegResult) Failed() (Hop, bool) {
	for _, h := range l.Hops {
		if h.Status == Failed {
			return h, true
		}
	}
	return Hop{}, false
}

// Result is a finished test.
type Result struct {
	Started time.Time
	Took    time.Duration
	Legs    []LegResult
	// Fence is what was found of the mailboxes that the application must reach
	// and must not; nil where none was tried.
	Fence *FenceResult
	// MessageID is the test message's, without angle brackets; empty when none
	// was sent. Where several legs sent one, it is the first one's.
	MessageID string
}

// OK reports whether every leg passed, and the fence where there is one.
func (r Result) OK() bool {
	if r.Fence != nil && !r.Fence.OK() {
		return false
	}
	for _, l := range r.Legs {
		if !l.OK() {
			return false
		}
	}
	return len(r.Legs) > 0
}

// Event tells that a hop changed. Events of one leg come in order; those of
// different legs interleave.
type Event struct {
	Leg Leg
	Hop Hop
}

// MarshalJSON writes the form of the command line's --json.
func (h Hop) MarshalJSON() ([]byte, error) {
	out := struct {
		Hop    HopName `json:"hop"`
		Status Status  `json:"status"`
		MS     *int64  `json:"ms,omitempty"`
		Detail string  `json:"detail,omitempty"`
		Server string  `json:"server,omitempty"`
	}{Hop: h.Name, Status: h.Status, Detail: h.Detail, Server: h.Server}
	if h.Status == OK || h.Status == Failed {
		ms := h.Took.Milliseconds()
		out.MS = &ms
	}
	return json.Marshal(out)
}

// MarshalJSON writes the form of the command line's --json.
func (l LegResult) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Leg   Leg      `json:"leg"`
		OK    bool     `json:"ok"`
		Hops  []Hop    `json:"hops"`
		Notes []string `json:"notes,omitempty"`
	}{l.Leg, l.OK(), l.Hops, l.Notes})
}
