package check

import (
	"context"

	"postkey/wizard/mail"
)

// webSession is what Graph and EWS have in common.
type webSession interface {
	StartTLS(ctx context.Context) error
	TLSVersion() string
	Authenticate(ctx context.Context) error
	Open(ctx context.Context) (messages int, err error)
	Send(ctx context.Context, m mail.Message) error
	Await(ctx context.Context, m mail.Message) (mail.Item, error)
	Junk() string
	Delete(ctx context.Context, found mail.Item, m mail.Message) error
	Close()
}

// web takes a leg that sends a message of its own, sees it arrive and deletes it.
func web[S webSession](ctx context.Context, t *test, l *leg, dial func() (S, error)) {
	if !l.token(ctx) {
		return
	}
	var s S
	if !l.hop(ctx, Connect, func() (_ string, err error) {
		s, err = dial()
		return "", err
	}) {
		return
	}
	defer s.Close()
	if !l.hop(ctx, TLS, func() (string, error) {
		err := s.StartTLS(ctx)
		return s.TLSVersion(), err
	}) || !l.hop(ctx, Auth, func() (string, error) {
		return "", s.Authenticate(ctx)
	}) || !l.hop(ctx, Open, func() (string, error) {
		return l.opened(s.Open(ctx))
	}) {
		return
	}
	var (
		message mail.Message
		found   mail.Item
	)
	if !l.hop(ctx, Send, func() (_ string, err error) {
		if message, err = t.compose(); err == nil {
			err = s.Send(ctx, message)
		}
		return "", err
	}) {
		return
	}
	l.sent = message.ID
	if !l.hop(ctx, Arrive, func() (string, error) {
		return "", t.within(ctx, func(ctx context.Context) (err error) {
			found, err = s.Await(ctx, message)
			return err
		})
	}) {
		return
	}
	l.noteJunk(s.Junk())
	l.hop(ctx, Cleanup, func() (string, error) { return "", s.Delete(ctx, found, message) })
}
