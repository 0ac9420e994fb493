// Package check sends a real message and sees it arrive: Plan shows the legs
// and hops of a test, Run takes them. It reports what happened and knows
// nothing of causes; that is diagnose's part.
package check

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"sync"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/mail"
)

// ErrNotArrived: the server accepted the test message, and it was not seen in
// the inbox within the time given.
var ErrNotArrived = errors.New("the message was accepted but has not arrived")

// Config is what a test needs.
type Config struct {
	Connection store.Connection
	Cloud      oauth.Cloud
	// Token returns an access token for the resource of a leg. It is called
	// once for IMAP, POP and SMTP together, with the first of them in the plan,
	// and once each for EWS and Graph; perhaps from several goroutines at a time.
	Token func(ctx context.Context, leg Leg) (oauth.Token, error)
	// RootCAs verify the servers' certificates; nil: the system's roots.
	RootCAs *x509.CertPool
	// ArriveWithin is how long the message may take; 0: 2 minutes.
	ArriveWithin time.Duration
	// Events is told of every change of a hop, never concurrently; nil: nobody is.
	Events func(Event)
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time
	// Trace and Web hear the dialogue with the servers; see mail.Options.
	Trace func(protocol, server string) func(sent bool, p []byte)
	Web   func(http.RoundTripper) http.RoundTripper

	mail    mail.Options  // time limits; tests shorten them
	popPoll time.Duration // between two POP sessions; 0: 3 seconds
}

// Run takes all legs side by side and always returns a whole Result. When ctx
// is cancelled, running hops and those still ahead end as Skipped with
// Err = ctx.Err(), and a message already sent stays in the inbox.
func Run(ctx context.Context, cfg Config) Result {
	t := newTest(ctx, cfg)
	result := Result{Started: t.cfg.Now()}
	begun := time.Now()
	var running sync.WaitGroup
	for _, l := range t.legs {
		running.Go(func() {
			defer l.finish(ctx)
			switch l.result.Leg {
			case IMAP:
				t.imap(ctx, l)
			case POP:
				t.pop(ctx, l)
			case SMTP:
				t.smtp(ctx, l)
			case EWS:
				web(ctx, t, l, func() (*mail.EWS, error) {
					return mail.DialEWS(ctx, cfg.Cloud.EWS, l.result.Login, l.access, t.cfg.mail)
				})
			case Graph:
				web(ctx, t, l, func() (*mail.Graph, error) {
					return mail.DialGraph(ctx, cfg.Cloud.Graph, l.result.Login, l.access, t.cfg.mail)
				})
			}
		})
	}
	running.Wait()
	for _, l := range t.legs {
		result.Legs = append(result.Legs, l.result)
	}
	for _, l := range t.legs {
		if result.MessageID == "" {
			result.MessageID = l.sent
		}
	}
	result.Took = time.Since(begun)
	return result
}

// test is what the legs share.
type test struct {
	cfg     Config
	legs    []*leg
	events  sync.Mutex // held while Events runs
	message mail.Message
	// sent, and found by leg, are how the legs learn of one another. What has
	// no leg is settled from the start.
	sent  *outcome
	found map[Leg]*outcome
	// unsure: nobody knows whether the message was taken over; valid once sent
	// is settled.
	unsure bool
}

func newTest(ctx context.Context, cfg Config) *test {
	cfg.ArriveWithin = cmp.Or(cfg.ArriveWithin, 2*time.Minute)
	cfg.popPoll = cmp.Or(cfg.popPoll, 3*time.Second)
	cfg.mail.RootCAs, cfg.mail.Trace, cfg.mail.Web = cfg.RootCAs, cfg.Trace, cfg.Web
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	t := &test{
		cfg:   cfg,
		sent:  newOutcome(),
		found: map[Leg]*outcome{IMAP: newOutcome(), POP: newOutcome()},
	}
	ask := func(leg Leg) func() (oauth.Token, error) {
		return sync.OnceValues(func() (oauth.Token, error) { return cfg.Token(ctx, leg) })
	}
	var shared func() (oauth.Token, error)
	for _, planned := range Plan(cfg.Connection, cfg.Cloud) {
		l := &leg{test: t, result: planned}
		switch {
		case planned.Leg == EWS || planned.Leg == Graph:
			l.ask = ask(planned.Leg)
		case shared == nil:
			shared = ask(planned.Leg)
			fallthrough
		default:
			l.ask = shared
		}
		t.legs = append(t.legs, l)
	}
	if !t.has(SMTP) {
		t.sent.settle(false)
	}
	for leg, found := range t.found {
		if !t.has(leg) {
			found.settle(false)
		}
	}
	return t
}

func (t *test) has(name Leg) bool {
	for _, l := range t.legs {
		if l.result.Leg == name {
			return true
		}
	}
	return false
}

// outcome is something that one leg will know and another waits for.
type outcome struct {
	once sync.Once
	done chan struct{}
	ok   bool // valid once done is closed
}

func newOutcome() *outcome { return &outcome{done: make(chan struct{})} }

// settle makes the outcome known; only the first call counts.
func (o *outcome) settle(ok bool) {
	o.once.Do(func() {
		o.ok = ok
		close(o.done)
	})
}

// wait returns the outcome, or false when ctx ends first.
func (o *outcome) wait(ctx context.Context) bool {
	select {
	case <-o.done:
		return o.ok
	case <-ctx.Done():
		return false
	}
}

// settled reports whether the outcome is known.
func (o *outcome) settled() bool {
	select {
	case <-o.done:
		return true
	default:
		return false
	}
}
