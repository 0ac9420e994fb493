package check

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/mail"
)

// FenceState is what is wanted of a mailbox, or how it was found.
type FenceState string

// The states of a row. FenceReachable and FenceRefused are also what can be
// wanted.
const (
	FenceWaiting   FenceState = "waiting"
	FenceTesting   FenceState = "testing"
	FenceReachable FenceState = "reachable" // the server opened the mailbox
	FenceRefused   FenceState = "refused"   // the server turned the application away
	FenceFailed    FenceState = "failed"    // neither: the network, the token, throttling, or no such mailbox
)

// MaxFence is how many mailboxes a fence may name; those beyond end as
// FenceFailed with ErrFenceTooLong. It is room for two lists of 500 and for the
// mailbox of the test itself.
const MaxFence = 1001

// ErrFenceTooLong: the lists name more than MaxFence mailboxes.
var ErrFenceTooLong = errors.New("more than 1001 mailboxes are named")

// FenceConfig is what the test of a fence needs.
type FenceConfig struct {
	// Connection gives the roads: its protocols, all of which are tried on
	// every mailbox. Its own mailbox is tested only where Reach names it.
	Connection store.Connection
	Cloud      oauth.Cloud
	// Reach are the mailboxes that must open, Refuse those that must not. An
	// address that stands twice in a list is tested once.
	Reach, Refuse []string
	// Token returns an access token for the resource of a leg; it is called for
	// every row, perhaps from several goroutines at a time, and should keep
	// what it has while that lasts.
	Token func(ctx context.Context, leg Leg) (oauth.Token, error)
	// RootCAs verify the servers' certificates; nil: the system's roots.
	RootCAs *x509.CertPool
	// Events is told of every change of a row, never concurrently; nil: nobody is.
	Events func(FenceRow)
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time
	// Trace and Web are asked once for each row what hears its dialogue with the
	// server, perhaps from several goroutines at a time; nil, and a nil answer:
	// nobody. See mail.Options for what they return.
	Trace func(FenceRow) func(protocol, server string) func(sent bool, p []byte)
	Web   func(FenceRow) func(http.RoundTripper) http.RoundTripper

	mail mail.Options // time limits; tests shorten them
}

// FenceRow is one mailbox over one road.
type FenceRow struct {
	// Address is the mailbox, without the spaces around it.
	Address string
	Leg     Leg
	// Want is FenceReachable or FenceRefused.
	Want FenceState
	// Got is how it was found. In a finished result it is FenceWaiting only
	// where the test was cancelled before.
	Got FenceState
	// Took is the time of the row alone.
	Took time.Duration
	// Server is what the server said, in its own words, unless it opened the mailbox.
	Server string
	// Err is why the mailbox did not open, typed by the package that failed;
	// context.Canceled when the test was cancelled before. nil when it opened.
	Err error
}

// OK reports whether the mailbox was found as wanted.
func (r FenceRow) OK() bool { return r.Got == r.Want }

// Missing reports whether the server says that there is no such mailbox, which
// proves nothing about the fence.
func (r FenceRow) Missing() bool { return errors.Is(r.Err, mail.ErrNoMailbox) }

// FenceResult is the outcome of the test of a fence.
type FenceResult struct {
	Started time.Time
	Took    time.Duration
	// Rows are in the order of the lists, Reach before Refuse; the roads of one
	// mailbox stand together.
	Rows []FenceRow
}

// OK reports whether there are rows and all were found as wanted.
func (r FenceResult) OK() bool {
	for _, row := range r.Rows {
		if !row.OK() {
			return false
		}
	}
	return len(r.Rows) > 0
}

// Open returns the rows that should be refused and are reachable: the holes.
func (r FenceResult) Open() []FenceRow { return r.where(FenceRefused, FenceReachable) }

// Shut returns the rows that should be reachable and are refused.
func (r FenceResult) Shut() []FenceRow { return r.where(FenceReachable, FenceRefused) }

// Failed returns the rows of which it is not known.
func (r FenceResult) Failed() []FenceRow {
	return append(r.where(FenceReachable, FenceFailed), r.where(FenceRefused, FenceFailed)...)
}

func (r FenceResult) where(want, got FenceState) []FenceRow {
	var rows []FenceRow
	for _, row := range r.Rows {
		if row.Want == want && row.Got == got {
			rows = append(rows, row)
		}
	}
	return rows
}

// Cancelled reports whether the test was stopped rather than finished.
func (r FenceResult) Cancelled() bool {
	for _, row := range r.Rows {
		if row.Got == FenceWaiting || errors.Is(row.Err, context.Canceled) {
			return true
		}
	}
	return false
}
