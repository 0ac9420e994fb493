package practice

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"

	"postkey/oauth"
)

// Exchange Online's words on IMAP.
var (
	errIMAPAuth         = imapNo("AUTHENTICATE failed.")
	errIMAPLogin        = imapNo("LOGIN failed.")
	errIMAPMechanism    = imapNo("Unsupported authentication mechanism.")
	errIMAPNotConnected = imapBad("User is authenticated but not connected.")
	errIMAPThrottled    = imapBad("Request is throttled. Suggested Backoff Time: 92415 milliseconds")
	errIMAPTooBig       = imapNo("The message exceeds the maximum supported size.")
)

func imapNo(text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Text: text}
}

func imapBad(text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeBad, Text: text}
}

// serveIMAP starts the IMAP server, with TLS from the first byte.
func (t *Tenant) serveIMAP() {
	t.imap = imapserver.New(&imapserver.Options{
		NewSession: func(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{tenant: t, conn: c}, nil, nil
		},
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapNamespace: {},
			imap.CapChildren: {}, imap.CapLiteralPlus: {},
		},
		Logger: slog.NewLogLogger(t.log.Handler(), slog.LevelDebug),
	})
	t.serve("imap", func() error { return t.imap.Serve(tls.NewListener(t.imapGate, t.mailTLS())) })
}

// imapSession is one IMAP connection. Before sign-in the embedded session is
// nil; the server allows no command that needs it then.
type imapSession struct {
	*imapmemserver.UserSession
	tenant *Tenant
	conn   *imapserver.Conn
	box    *mailbox // nil when signed in without access
}

// AuthenticateMechanisms implements imapserver.SessionSASL. Exchange Online
// still lists PLAIN, and refuses it.
func (s *imapSession) AuthenticateMechanisms() []string {
	if s.tenant.broken(FaultNoXOAUTH2) {
		return []string{"PLAIN"}
	}
	return []string{"PLAIN", "XOAUTH2"}
}

// Authenticate implements imapserver.SessionSASL.
func (s *imapSession) Authenticate(mechanism string) (sasl.Server, error) {
	switch {
	case mechanism == "PLAIN":
		return &refuser{prompts: nil, err: errIMAPAuth}, nil
	case mechanism != "XOAUTH2" || s.tenant.broken(FaultNoXOAUTH2):
		return nil, errIMAPMechanism
	}
	return &xoauth2{check: s.authenticate}, nil
}

func (s *imapSession) authenticate(name string, token oauth.Secret) error {
	if s.tenant.broken(FaultThrottledMail) {
		return errIMAPThrottled
	}
	if words := s.tenant.said(atIMAP); words != nil {
		return imapNo(words.text)
	}
	_, err := s.tenant.login(name, token, "IMAP.AccessAsUser.All")
	switch {
	case err == nil:
		s.box = s.tenant.mail.find(name)
		s.UserSession = imapmemserver.NewUserSession(s.box.user)
	case !errors.Is(err, errRights): // without rights Exchange lets the user in and then fails
		return errIMAPAuth
	}
	return nil
}

// Login implements imapserver.Session: passwords are a thing of the past.
func (s *imapSession) Login(string, string) error { return errIMAPLogin }

// ready is asked before each command that needs the mailbox.
func (s *imapSession) ready() error {
	if s.tenant.broken(FaultHangUp) {
		cut(s.conn.NetConn())
		return io.ErrUnexpectedEOF
	}
	if s.box == nil || s.tenant.broken(FaultNotConnected) {
		return errIMAPNotConnected
	}
	return nil
}

// Close implements imapserver.Session.
func (s *imapSession) Close() error { return s.UserSession.Close() } // nil is fine with it

// Select opens a folder; it is where a missing right shows.
func (s *imapSession) Select(name string, o *imap.SelectOptions) (*imap.SelectData, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	return s.UserSession.Select(name, o)
}

// Create implements imapserver.Session.
func (s *imapSession) Create(name string, o *imap.CreateOptions) error {
	if err := s.ready(); err != nil {
		return err
	}
	return s.UserSession.Create(name, o)
}

// Delete implements imapserver.Session.
func (s *imapSession) Delete(name string) error {
	if err := s.ready(); err != nil {
		return err
	}
	if name == inbox {
		return imapNo("The inbox cannot be deleted.")
	}
	return s.UserSession.Delete(name)
}

// Rename implements imapserver.Session.
func (s *imapSession) Rename(from, to string, o *imap.RenameOptions) error {
	if err := s.ready(); err != nil {
		return err
	}
	if from == inbox {
		return imapNo("The inbox cannot be renamed.")
	}
	return s.UserSession.Rename(from, to, o)
}

// Subscribe implements imapserver.Session.
func (s *imapSession) Subscribe(name string) error {
	if err := s.ready(); err != nil {
		return err
	}
	return s.UserSession.Subscribe(name)
}

// Unsubscribe implements imapserver.Session.
func (s *imapSession) Unsubscribe(name string) error {
	if err := s.ready(); err != nil {
		return err
	}
	return s.UserSession.Unsubscribe(name)
}

// List implements imapserver.Session.
func (s *imapSession) List(w *imapserver.ListWriter, ref string, patterns []string, o *imap.ListOptions) error {
	if err := s.ready(); err != nil {
		return err
	}
	return s.UserSession.List(w, ref, patterns, o)
}

// Status implements imapserver.Session.
func (s *imapSession) Status(name string, o *imap.StatusOptions) (*imap.StatusData, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	return s.UserSession.Status(name, o)
}

// Namespace implements imapserver.SessionNamespace.
func (s *imapSession) Namespace() (*imap.NamespaceData, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	return s.UserSession.Namespace()
}

// Append goes through the mail store, so that POP sees the message too.
func (s *imapSession) Append(name string, r imap.LiteralReader, o *imap.AppendOptions) (*imap.AppendData, error) {
	if r.Size() > maxMessage {
		_, _ = io.Copy(io.Discard, r)
		return nil, errIMAPTooBig
	}
	message, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if err := s.ready(); err != nil {
		return nil, err
	}
	return s.box.add(name, message, o)
}

// Copy implements imapserver.Session; copies into the inbox and into Sent Items
// are refused, for the mail store would not know their text.
func (s *imapSession) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	if s.box.kept[dest] != nil {
		return nil, imapNo("Messages cannot be copied into this folder here.")
	}
	return s.UserSession.Copy(set, dest)
}

// Move is not offered; clients copy and delete.
func (s *imapSession) Move(*imapserver.MoveWriter, imap.NumSet, string) error {
	return imapBad("Command Error. 10")
}

// Poll implements imapserver.Session. Without access there is nothing to poll.
func (s *imapSession) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	if s.UserSession == nil {
		return nil
	}
	return s.UserSession.Poll(w, allowExpunge)
}

// Store implements imapserver.Session.
func (s *imapSession) Store(w *imapserver.FetchWriter, set imap.NumSet, f *imap.StoreFlags, o *imap.StoreOptions) error {
	defer s.box.tell()
	return s.UserSession.Store(w, set, f, o)
}

// Expunge implements imapserver.Session.
func (s *imapSession) Expunge(w *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	defer s.box.tell()
	return s.UserSession.Expunge(w, uids)
}

// Idle implements imapserver.Session. It watches the mailbox before it reads:
// the library's own Idle misses what comes between its first answer to the
// client and its listening.
func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	if err := s.ready(); err != nil {
		return err
	}
	changed, end := s.box.watch()
	defer end()
	for {
		if err := s.UserSession.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-stop:
			return nil
		}
	}
}
