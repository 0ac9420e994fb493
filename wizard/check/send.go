package check

import (
	"context"
	"errors"
	"time"

	"postkey/assets"
	"postkey/wizard/mail"
)

// smtp signs in and sends the message.
func (t *test) smtp(ctx context.Context, l *leg) {
	defer t.sent.settle(false)
	s, ok := reach(ctx, l, mail.DialSMTP)
	if s != nil {
		defer func() { s.Close() }()
	}
	if !ok || !l.hop(ctx, Auth, func() (_ string, err error) {
		s, err = t.authenticateSMTP(ctx, l, s)
		return "", err
	}) {
		return
	}
	stop := t.tryShared(ctx, l)
	defer stop()
	accepted := l.hop(ctx, Send, func() (_ string, err error) {
		if t.message, err = t.compose(); err == nil {
			err = s.Send(ctx, t.message)
		}
		return "", err
	})
	t.unsure = errors.Is(l.find(Send).Err, mail.ErrUnanswered)
	t.sent.settle(accepted) // before the wait of stop
	if accepted {
		l.sent = t.message.ID
		s.Quit(ctx)
	}
}

// compose writes the test message, from the mailbox to itself.
func (t *test) compose() (mail.Message, error) {
	mailbox := t.cfg.Connection.Mailbox
	return mail.Compose(mail.Draft{
		From:    mailbox.Address,
		To:      mailbox.Address,
		Name:    mailbox.Name,
		Subject: assets.Msg("check.subject").String(),
		Text:    assets.Msg("check.text").String(),
		Date:    t.cfg.Now(),
	})
}

// authenticateSMTP signs in as the plan says. For a shared mailbox whose
// delegate is refused, it tries the form of "SASL XOAUTH2 authentication for
// shared mailboxes" in Microsoft Learn (Authenticate an IMAP, POP or SMTP
// connection using OAuth): the shared address. What worked is used from then on.
func (t *test) authenticateSMTP(ctx context.Context, l *leg, s *mail.SMTP) (*mail.SMTP, error) {
	mailbox := t.cfg.Connection.Mailbox
	err := s.Authenticate(ctx, l.result.Login, l.access)
	if err == nil || !mailbox.Shared() || !refused(err) {
		return s, err
	}
	other, otherErr := signIn(ctx, l, mailbox.Address, mail.DialSMTP)
	switch {
	case otherErr == nil:
		s.Close()
		l.result.Login = mailbox.Address
		l.note(assets.Msg("check.smtp-shared-only", "Delegate", mailbox.Delegate, "Shared", mailbox.Address, "Words", said(err)))
		return other, nil
	case refused(otherErr):
		l.note(assets.Msg("check.smtp-neither", "Delegate", mailbox.Delegate, "Shared", mailbox.Address, "Words", said(otherErr)))
	}
	return s, err
}

// tryLimit is how long the second user name of a shared mailbox is tried.
const tryLimit = 30 * time.Second

// tryShared finds out, beside the sending and without sending, whether the
// shared address would do as a user name too: some products have one user name
// for IMAP and SMTP. The function returned waits for the note.
func (t *test) tryShared(ctx context.Context, l *leg) (stop func()) {
	mailbox := t.cfg.Connection.Mailbox
	if !mailbox.Shared() || l.result.Login == mailbox.Address {
		return func() {}
	}
	outcome := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, tryLimit)
		defer cancel()
		s, err := signIn(ctx, l, mailbox.Address, mail.DialSMTP)
		if err == nil {
			s.Quit(ctx)
		}
		outcome <- err
	}()
	return func() {
		switch err := <-outcome; {
		case err == nil:
			l.note(assets.Msg("check.smtp-both", "Delegate", mailbox.Delegate, "Shared", mailbox.Address))
		case refused(err):
			l.note(assets.Msg("check.smtp-delegate-only", "Delegate", mailbox.Delegate, "Shared", mailbox.Address, "Words", said(err)))
		case ctx.Err() == nil:
			l.note(assets.Msg("check.smtp-untried", "Shared", mailbox.Address, "Error", err.Error()))
		}
	}
}

// refused reports whether the server turned down the user name or the token
// for good.
func refused(err error) bool {
	var refusal *mail.ServerError
	return errors.As(err, &refusal) && refusal.During == "AUTH" && refusal.Code >= 500
}
