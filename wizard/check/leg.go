package check

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/mail"
)

// leg is one leg under way.
type leg struct {
	test   *test
	ask    func() (oauth.Token, error) // for the token; asks once
	result LegResult
	access oauth.Secret
	sent   string // the Message-ID of what the leg sent
}

// session is what IMAP, POP and SMTP have in common.
type session interface {
	StartTLS(ctx context.Context) error
	TLSVersion() string
	Authenticate(ctx context.Context, login string, token oauth.Secret) error
	Close()
}

// hop runs f as the hop name and reports whether the leg can go on.
func (l *leg) hop(ctx context.Context, name HopName, f func() (detail string, err error)) bool {
	h := l.find(name)
	if ctx.Err() != nil {
		return false // finish tells
	}
	h.Status = Running
	l.tell(*h)
	begun := time.Now()
	detail, err := f()
	h.Took = time.Since(begun)
	l.result.Took += h.Took
	switch {
	case err == nil:
		h.Status, h.Detail = OK, detail
	case ctx.Err() != nil:
		h.Status, h.Err = Skipped, ctx.Err()
	default:
		h.Status, h.Detail, h.Err, h.Server = Failed, detail, err, said(err)
	}
	l.tell(*h)
	return err == nil
}

// finish ends the hops that were not reached.
func (l *leg) finish(ctx context.Context) {
	for i := range l.result.Hops {
		if h := &l.result.Hops[i]; h.Status == Waiting {
			h.Status, h.Err = Skipped, ctx.Err()
			l.tell(*h)
		}
	}
}

func (l *leg) find(name HopName) *Hop {
	for i := range l.result.Hops {
		if l.result.Hops[i].Name == name {
			return &l.result.Hops[i]
		}
	}
	panic("check: leg " + string(l.result.Leg) + " has no hop " + string(name))
}

func (l *leg) tell(h Hop) {
	if l.test.cfg.Events == nil {
		return
	}
	l.test.events.Lock()
	defer l.test.events.Unlock()
	l.test.cfg.Events(Event{Leg: l.result.Leg, Hop: h})
}

// note adds a fact that is no failure.
func (l *leg) note(m assets.Message) {
	l.result.Notes = append(l.result.Notes, m.String())
	l.result.NoteTexts = append(l.result.NoteTexts, m)
}

// noteJunk tells that the message was in the folder for junk, where it was: the
// product that reads the inbox would not see it.
func (l *leg) noteJunk(folder string) {
	if folder != "" {
		l.note(assets.Msg("check.junk", "Folder", folder))
	}
}

// tellAlerts passes on what a server wants its user to be shown.
func (l *leg) tellAlerts(alerts []string) {
	for _, said := range alerts {
		l.note(assets.Msg("check.alert", "Words", said))
	}
}

// detail keeps m beside the English detail of a hop, which it returns.
func (l *leg) detail(name HopName, m assets.Message) string {
	l.find(name).Text = m
	return m.String()
}

// token is the first hop. IMAP, POP and SMTP share the token.
func (l *leg) token(ctx context.Context) bool {
	return l.hop(ctx, Token, func() (string, error) {
		token, err := l.ask()
		if err != nil {
			return "", err
		}
		l.access = token.Access
		if token.Expires.IsZero() {
			return "", nil
		}
		left := max(token.Expires.Sub(l.test.cfg.Now()), 0)
		return l.detail(Token, assets.Msg("check.minutes-left", "Minutes", int(left.Minutes()))), nil
	})
}

// reach takes the hops token, connect and tls. It returns the session whenever
// there is one; the caller closes it.
func reach[S session](ctx context.Context, l *leg, dial func(context.Context, string, mail.Options) (S, error)) (s S, ok bool) {
	if !l.token(ctx) {
		return s, false
	}
	if !l.hop(ctx, Connect, func() (_ string, err error) {
		s, err = dial(ctx, l.result.Server, l.test.cfg.mail)
		return "", err
	}) {
		return s, false
	}
	ok = l.hop(ctx, TLS, func() (string, error) {
		err := s.StartTLS(ctx)
		return s.TLSVersion(), err
	})
	return s, ok
}

// authenticate is the hop of a leg with one login.
func (l *leg) authenticate(ctx context.Context, s session) bool {
	return l.hop(ctx, Auth, func() (string, error) {
		return "", s.Authenticate(ctx, l.result.Login, l.access)
	})
}

// signIn makes a further session of the same kind, signed in as login.
func signIn[S session](ctx context.Context, l *leg, login string, dial func(context.Context, string, mail.Options) (S, error)) (s S, err error) {
	s, err = dial(ctx, l.result.Server, l.test.cfg.mail)
	if err != nil {
		return s, err
	}
	if err = s.StartTLS(ctx); err == nil {
		err = s.Authenticate(ctx, login, l.access)
	}
	if err != nil {
		s.Close()
	}
	return s, err
}

// said returns the server's own words, where err has some.
func said(err error) string {
	var refusal *mail.ServerError
	if errors.As(err, &refusal) {
		return refusal.Text
	}
	var web *mail.WebError
	if errors.As(err, &web) {
		return web.Text()
	}
	var bounce *mail.BounceError
	if errors.As(err, &bounce) {
		return strings.TrimSpace(bounce.Status + " " + bounce.Text)
	}
	return ""
}

// mails is the number of messages as it is shown.
func mails(n int) assets.Message { return assets.Msg("check.mails", "Count", n) }

// Text returns the detail of a hop as Run wrote it into a record, for the
// user's language; the zero Message where it holds no sentence.
func Text(name HopName, detail string) assets.Message {
	if name != Open {
		return assets.Message{}
	}
	number, _, _ := strings.Cut(detail, " ")
	n, err := strconv.Atoi(strings.ReplaceAll(number, ",", ""))
	if err != nil {
		return assets.Message{}
	}
	return mails(n)
}
