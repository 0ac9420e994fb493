package check

import (
	"context"
	"errors"
	"slices"
	"strings"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/mail"
)

// open opens the mailbox of the row over its road, as far as shows whether the
// application gets in.
func (f *fence) open(ctx context.Context, row *FenceRow) error {
	token, err := f.cfg.Token(ctx, row.Leg)
	if err != nil {
		return err
	}
	server, opts := f.server(row.Leg), f.options(*row)
	switch row.Leg {
	case EWS:
		s, err := mail.NewEWS(f.cfg.Cloud.EWS, row.Address, token.Access, opts)
		return peek(ctx, s, err)
	case Graph:
		s, err := mail.NewGraph(f.cfg.Cloud.Graph, row.Address, token.Access, opts)
		return peek(ctx, s, err)
	case IMAP:
		return look(ctx, row, server, token.Access, opts, mail.DialIMAP, func(s *mail.IMAP) error {
			if _, err := s.Open(ctx); err != nil {
				return err
			}
			s.Logout(ctx)
			return nil
		})
	case POP:
		return look(ctx, row, server, token.Access, opts, mail.DialPOP, func(s *mail.POP) error {
			if _, err := s.Open(ctx); err != nil {
				return err
			}
			_ = s.Quit(ctx)
			return nil
		})
	default:
		return look(ctx, row, server, token.Access, opts, mail.DialSMTP, func(s *mail.SMTP) error {
			if err := s.Sender(ctx, row.Address); err != nil {
				return err
			}
			s.Quit(ctx)
			return nil
		})
	}
}

// options say how the server of the row is reached, and who hears it.
func (f *fence) options(row FenceRow) mail.Options {
	opts, shared := f.web[row.Leg]
	if !shared {
		opts = f.cfg.mail
	}
	if f.cfg.Trace != nil {
		opts.Trace = f.cfg.Trace(row)
	}
	if f.cfg.Web != nil {
		opts.Web = f.cfg.Web(row)
	}
	return opts
}

func (f *fence) server(leg Leg) string {
	for _, l := range Plan(store.Connection{Protocols: []string{string(leg)}}, f.cfg.Cloud) {
		return l.Server
	}
	return ""
}

// look signs in to a mail server as the mailbox of the row, and opens it.
func look[S session](ctx context.Context, row *FenceRow, server string, access oauth.Secret, opts mail.Options,
	dial func(context.Context, string, mail.Options) (S, error), open func(S) error,
) error {
	s, err := dial(ctx, server, opts)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.StartTLS(ctx); err != nil {
		return err
	}
	if err := s.Authenticate(ctx, row.Address, access); err != nil {
		return err
	}
	return open(s)
}

// peek opens the mailbox over HTTPS.
func peek(ctx context.Context, s interface {
	Open(ctx context.Context) (int, error)
	Close()
}, err error,
) error {
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Open(ctx)
	return err
}

// turnedAway reports whether err is the server's word that the application may
// not open this mailbox. What it would say of any mailbox, such as that it is
// busy or that a protocol is switched off, is no such word.
func turnedAway(err error) bool {
	if errors.Is(err, mail.ErrLost) || errors.Is(err, mail.ErrNotMailServer) || errors.Is(err, mail.ErrNoMailbox) {
		return false
	}
	var web *mail.WebError
	if errors.As(err, &web) {
		return deniedOnWeb(web)
	}
	var refusal *mail.ServerError
	if !errors.As(err, &refusal) {
		return false
	}
	text := strings.ToLower(refusal.Text)
	if slices.ContainsFunc(ofTheServer, func(words string) bool { return strings.Contains(text, words) }) {
		return false
	}
	switch refusal.Protocol {
	case "IMAP":
		// BAD is no refusal but a command not understood (RFC 9051, section
		// 7.1.3); Exchange Online alone says with it that a mailbox stays shut.
		understood := !strings.HasPrefix(text, "bad ") || strings.Contains(text, "not connected")
		return understood && (refusal.During == "AUTHENTICATE" || refusal.During == "SELECT")
	case "POP":
		return refusal.During == "AUTH" || refusal.During == "STAT"
	case "SMTP":
		policy := refusal.Enhanced == "" || strings.HasPrefix(refusal.Enhanced, "5.7.")
		return refusal.Code >= 500 && policy && (refusal.During == "AUTH" || refusal.During == "MAIL")
	}
	return false
}

// ofTheServer are words, in lower case, of refusals that a server gives of its
// own state or of a switch, not of who may open the mailbox; the response codes
// among them are those of RFC 5530, section 3, RFC 2449, section 8, and RFC 3206.
var ofTheServer = []string{
	"throttled", "smtpclientauthentication is disabled", "unavailable", "server error", "internal error",
	"server busy", "try again", "temporar", "too many", "concurrent connections",
	"[inuse", "[limit", "[serverbug", "[corruption", "[in-use", "[login-delay", "[sys/",
}

// deniedOnWeb reports whether Graph or EWS denies access to this mailbox. EWS
// that is switched off answers 403 without a code, and the list of allowed
// programs says so without [RAOP]; neither knows of a fence.
func deniedOnWeb(e *mail.WebError) bool {
	switch e.Code {
	case "ErrorAccessDenied":
		return !strings.Contains(e.Message, "Access to OData is disabled") || strings.Contains(e.Message, "[RAOP]")
	case "ErrorImpersonateUserDenied", "ErrorImpersonationDenied":
		return true
	}
	return false
}
