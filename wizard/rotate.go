package wizard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// Credential is what an application is to prove itself with from now on: a
// client secret or a certificate, one of the two.
type Credential struct {
	Secret      oauth.Secret
	Certificate *oauth.Certificate
	// Expires is the last day of the secret, zero when unknown; a certificate
	// brings its own.
	Expires store.Date
}

// RotateStep names one of the four steps of a rotation.
type RotateStep string

// The steps in their order. Until RotateTest has passed, the old secret stays
// the one in use.
const (
	RotateAccept RotateStep = "accept" // Microsoft accepts the new secret
	RotateStore  RotateStep = "store"  // it is stored beside the old one and read back
	RotateTest   RotateStep = "test"   // a message is sent and received with it
	RotateRemove RotateStep = "remove" // it takes the old one's place, which leaves the keyring
)

// RotateSteps are all steps in their order.
func RotateSteps() []RotateStep {
	return []RotateStep{RotateAccept, RotateStore, RotateTest, RotateRemove}
}

// RotateEvent tells of one change of a rotation.
type RotateEvent struct {
	Step RotateStep
	// Status is Running, OK, Failed, or Skipped when the step was cancelled;
	// Waiting means that Microsoft does not know the new secret yet, and is
	// asked again.
	Status check.Status
	// Err is why the step failed, or what Microsoft answered last while Waiting.
	Err error
	// Tries counts the questions so far, Next is when Microsoft is asked again,
	// and Until when that ends; only while Waiting.
	Tries       int
	Next, Until time.Time
	// Check is a change within the step RotateTest; Status is Running then.
	Check *check.Event
	// Took is how long a step took that is over.
	Took time.Duration
}

// RotateError says at which step a rotation failed. The connection is as it was.
type RotateError struct {
	Step RotateStep
	Err  error
	// Result is that of the test where this failed, nil otherwise.
	Result *check.Result
	// Findings explain Err, the most specific first; empty when the rotation
	// was cancelled.
	Findings []diagnose.Finding
}

// Error implements error.
func (e *RotateError) Error() string { return fmt.Sprintf("rotate, step %s: %v", e.Step, e.Err) }

// Unwrap returns the reason.
func (e *RotateError) Unwrap() error { return e.Err }

// Why a rotation does not begin, or what its test said. Use errors.Is.
var (
	// ErrNoCredential: the registration is a public client, which has no secret.
	ErrNoCredential = errors.New("this connection has no client secret and no certificate")
	// ErrSameCredential: the new value is the one in use.
	ErrSameCredential = errors.New("this is the value that is in use already")
	// ErrTestFailed: the new secret was accepted, and the message was not sent and received.
	ErrTestFailed = errors.New("the test with the new value failed")
)

// Rotate proves a new client secret or certificate of the connection id and
// puts it in the old one's place; see RotateStep. Events may be nil; it is never
// called concurrently. It returns the connection as it is now.
//
// Whatever goes wrong, and wherever the process ends, the connection works with
// exactly one of the two, the one that its record names, and what is left of the
// other is removed now or by Recover at the next start. The error is a
// *RotateError, or one of the Store's before the first step.
func (w *Workbench) Rotate(ctx context.Context, id string, next Credential, events func(RotateEvent)) (store.Connection, error) {
	c, err := w.Store.Connection(ctx, id)
	if err != nil {
		return store.Connection{}, err
	}
	r := &rotation{bench: w, old: c, next: next, tell: events}
	return r.run(ctx)
}

// hasCredential reports whether the registration of c proves itself.
func hasCredential(c store.Connection) bool {
	return c.Certificate != nil || c.Platform == PlatformWeb || c.Mode == ModeAppOnly
}
