package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"postkey/assets"
	"postkey/wizard/mail"
)

// imap reads the inbox, waits for the message there and deletes it, once POP
// has had its look.
func (t *test) imap(ctx context.Context, l *leg) {
	defer t.found[IMAP].settle(false)
	s, ok := reach(ctx, l, mail.DialIMAP)
	if s != nil {
		defer s.Close()
		defer func() { l.tellAlerts(s.Alerts()) }()
	}
	if !ok || !l.authenticate(ctx, s) || !l.hop(ctx, Open, func() (string, error) { return l.opened(s.Open(ctx)) }) {
		return
	}
	if !t.sent.wait(ctx) {
		if ctx.Err() == nil && t.unsure {
			t.sweep(ctx, l, s)
		}
		s.Logout(ctx)
		return
	}
	var uid uint32
	if !l.hop(ctx, Arrive, func() (string, error) {
		return "", t.within(ctx, func(ctx context.Context) (err error) {
			uid, err = s.Await(ctx, t.message)
			return err
		})
	}) {
		return
	}
	l.noteJunk(s.Junk())
	t.found[IMAP].settle(true)
	t.found[POP].wait(ctx)
	l.hop(ctx, Cleanup, func() (string, error) {
		removal, err := s.Delete(ctx, uid)
		if err != nil {
			return "", err
		}
		switch removal {
		case mail.Moved:
			return l.detail(Cleanup, assets.Msg("check.moved")), nil
		case mail.Flagged:
			return l.detail(Cleanup, assets.Msg("check.flagged")), nil
		}
		return "", nil
	})
	s.Logout(ctx)
}

// sweepWithin is how long a message is looked for that may not have been sent.
const sweepWithin = 20 * time.Second

// sweep deletes the message where it comes although the server that was given
// it did not answer.
func (t *test) sweep(ctx context.Context, l *leg, s *mail.IMAP) {
	limited, cancel := context.WithTimeout(ctx, min(sweepWithin, t.cfg.ArriveWithin))
	defer cancel()
	uid, err := s.Await(limited, t.message)
	if err == nil {
		_, err = s.Delete(ctx, uid)
	}
	if err == nil {
		l.note(assets.Msg("check.unanswered"))
	}
}

// pop does the same in sessions one after the other, for a POP session never
// sees new mail. It deletes only what no IMAP leg will delete.
func (t *test) pop(ctx context.Context, l *leg) {
	defer t.found[POP].settle(false)
	s, ok := reach(ctx, l, mail.DialPOP)
	if s != nil {
		defer s.Close()
	}
	if !ok || !l.authenticate(ctx, s) || !l.hop(ctx, Open, func() (string, error) { return l.opened(s.Open(ctx)) }) {
		return
	}
	_ = s.Quit(ctx) // a mailbox may be locked as long as its session lasts
	if !t.sent.wait(ctx) {
		return
	}
	var at popPlace
	if !l.hop(ctx, Arrive, func() (string, error) {
		return "", t.within(ctx, func(ctx context.Context) (err error) {
			at, err = t.popAwait(ctx, l)
			return err
		})
	}) {
		return
	}
	defer func() { at.session.Close() }()
	t.found[POP].settle(true)
	if !t.found[IMAP].settled() {
		_ = at.session.Quit(ctx) // the wait may be long
	}
	if t.found[IMAP].wait(ctx) {
		_ = at.session.Quit(ctx)
		return
	}
	l.hop(ctx, Cleanup, func() (string, error) { return "", t.popDelete(ctx, l, &at) })
}

func (l *leg) opened(messages int, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return l.detail(Open, mails(messages)), nil
}

// within gives f the time that a message may take, and names the end of it.
func (t *test) within(ctx context.Context, f func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, t.cfg.ArriveWithin)
	defer cancel()
	err := f(limited)
	said := errors.As(err, new(*mail.BounceError)) || errors.As(err, new(*mail.ServerError))
	if err != nil && limited.Err() != nil && ctx.Err() == nil && !said {
		return fmt.Errorf("%w within %v", ErrNotArrived, t.cfg.ArriveWithin)
	}
	return err
}

// popPlace is a message in an open session.
type popPlace struct {
	session *mail.POP
	number  int
	seen    *mail.Seen
}

// maxPOPFailures is how many sessions in a row may fail while the arrival is
// awaited: a mailbox can be in use for a moment.
const maxPOPFailures = 3

func (t *test) popAwait(ctx context.Context, l *leg) (popPlace, error) {
	seen := new(mail.Seen)
	failures := 0
	var passing error // what kept the last look from the mailbox for a while
	for {
		at, err := t.popLook(ctx, l, seen)
		switch {
		case err == nil && at.number != 0, errors.As(err, new(*mail.BounceError)):
			return at, err
		case err == nil:
			failures, passing = 0, nil
		case passes(err):
			passing = err
		case ctx.Err() != nil: // in mid-look
			return at, cmp.Or(passing, err)
		default:
			if failures++; failures == maxPOPFailures {
				return at, err
			}
		}
		select {
		case <-time.After(t.cfg.popPoll):
		case <-ctx.Done():
			return at, cmp.Or(passing, ctx.Err())
		}
	}
}

// passes reports whether a POP server keeps its client out for a while only:
// another session has the mailbox, sessions came too quickly one after the
// other, or it has trouble of its own (RFC 2449, section 8.1; RFC 3206).
func passes(err error) bool {
	text := strings.ToUpper(said(err))
	return slices.ContainsFunc([]string{"[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]"}, func(code string) bool { return strings.Contains(text, code) })
}

// popLook looks in a new session, which stays open when the message is there.
func (t *test) popLook(ctx context.Context, l *leg, seen *mail.Seen) (popPlace, error) {
	s, err := signIn(ctx, l, l.result.Login, mail.DialPOP)
	if err != nil {
		return popPlace{}, err
	}
	number := 0
	if _, err = s.Open(ctx); err == nil {
		number, err = s.Find(ctx, t.message, seen)
	}
	if err != nil {
		s.Close()
		return popPlace{}, err
	}
	if number == 0 {
		_ = s.Quit(ctx)
		return popPlace{}, nil
	}
	return popPlace{s, number, seen}, nil
}

// popDelete deletes the message, in a new session where the old one has ended.
func (t *test) popDelete(ctx context.Context, l *leg, at *popPlace) error {
	if at.session.Ended() {
		again, err := t.popLook(ctx, l, at.seen)
		if err != nil || again.number == 0 {
			return err // gone already when it is not there
		}
		*at = again
	}
	if err := at.session.Delete(ctx, at.number); err != nil {
		return err
	}
	return at.session.Quit(ctx)
}
