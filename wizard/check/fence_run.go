package check

import (
	"context"
	"strings"
	"sync"
	"time"

	"postkey/wizard/mail"
)

// How much of a fence is tested at a time. Exchange Online takes three
// submissions of one mailbox at once and four Graph requests of one application
// to one mailbox (Microsoft Learn: Microsoft Graph service-specific throttling limits).
const (
	fenceAtOnce        = 16
	fenceAtOnceMailbox = 3
)

// FencePlan returns the rows that Fence would test, all FenceWaiting: what the
// screen shows before the start.
func FencePlan(cfg FenceConfig) []FenceRow {
	var legs []Leg
	for _, l := range Plan(cfg.Connection, cfg.Cloud) {
		legs = append(legs, l.Leg)
	}
	var rows []FenceRow
	for _, list := range []struct {
		want      FenceState
		addresses []string
	}{{FenceReachable, cfg.Reach}, {FenceRefused, cfg.Refuse}} {
		seen := map[string]bool{}
		for _, address := range list.addresses {
			address = strings.TrimSpace(address)
			if key := strings.ToLower(address); address == "" || seen[key] {
				continue
			}
			seen[strings.ToLower(address)] = true
			for _, leg := range legs {
				rows = append(rows, FenceRow{Address: address, Leg: leg, Want: list.want, Got: FenceWaiting})
			}
		}
	}
	return rows
}

// Fence opens every mailbox of the lists over every road, without sending or
// changing anything, and always returns a whole result. When ctx is cancelled,
// rows under way end as FenceFailed and those still ahead stay FenceWaiting,
// both with Err = ctx.Err().
func Fence(ctx context.Context, cfg FenceConfig) FenceResult {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.mail.RootCAs = cfg.RootCAs
	result := FenceResult{Started: cfg.Now(), Rows: FencePlan(cfg)}
	begun := time.Now()
	f := &fence{cfg: cfg, web: map[Leg]mail.Options{}}
	for _, leg := range []Leg{EWS, Graph} {
		opts := cfg.mail
		opts.Pool = new(mail.Pool)
		defer opts.Pool.Close()
		f.web[leg] = opts
	}
	f.run(ctx, result.Rows)
	result.Took = time.Since(begun)
	return result
}

// fence is a test under way.
type fence struct {
	cfg    FenceConfig
	events sync.Mutex               // held while Events runs
	boxes  map[string]chan struct{} // by address in lower case: places of one mailbox
	web    map[Leg]mail.Options     // with connections to share
}

// run tests all rows: first one road of every mailbox, then the next, so that
// the tests spread over the mailboxes.
func (f *fence) run(ctx context.Context, rows []FenceRow) {
	f.boxes = map[string]chan struct{}{}
	byLeg := map[Leg][]*FenceRow{}
	var legs []Leg
	for i := range rows {
		row := &rows[i]
		if byLeg[row.Leg] == nil {
			legs = append(legs, row.Leg)
		}
		byLeg[row.Leg] = append(byLeg[row.Leg], row)
		key := strings.ToLower(row.Address)
		switch {
		case f.boxes[key] != nil:
		case len(f.boxes) < MaxFence:
			f.boxes[key] = make(chan struct{}, fenceAtOnceMailbox)
		}
	}
	var (
		places  = make(chan struct{}, fenceAtOnce)
		running sync.WaitGroup
	)
	for _, leg := range legs {
		for _, row := range byLeg[leg] {
			places <- struct{}{} // each row ends soon once ctx has ended
			running.Go(func() {
				defer func() { <-places }()
				f.row(ctx, row)
			})
		}
	}
	running.Wait()
}

// row tests one row, once its mailbox has a place.
func (f *fence) row(ctx context.Context, row *FenceRow) {
	place := f.boxes[strings.ToLower(row.Address)]
	if place == nil {
		row.Got, row.Err = FenceFailed, ErrFenceTooLong
		f.tell(*row)
		return
	}
	select {
	case place <- struct{}{}:
		defer func() { <-place }()
	case <-ctx.Done():
	}
	if row.Err = ctx.Err(); row.Err != nil {
		f.tell(*row)
		return
	}
	row.Got = FenceTesting
	f.tell(*row)
	begun := time.Now()
	err := f.open(ctx, row)
	row.Took = time.Since(begun)
	switch {
	case err == nil:
		row.Got = FenceReachable
	case ctx.Err() != nil:
		row.Got, row.Err = FenceFailed, ctx.Err()
	case turnedAway(err):
		row.Got, row.Err, row.Server = FenceRefused, err, said(err)
	default:
		row.Got, row.Err, row.Server = FenceFailed, err, said(err)
	}
	f.tell(*row)
}

func (f *fence) tell(r FenceRow) {
	if f.cfg.Events == nil {
		return
	}
	f.events.Lock()
	defer f.events.Unlock()
	f.cfg.Events(r)
}
