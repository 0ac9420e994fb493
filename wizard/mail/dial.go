package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"postkey/oauth"
)

// maxReply is how much a server may send in one step. A delivery report, the
// largest thing that is read, stays far below; garbage without end does not.
const maxReply = 16 << 20

var errFlood = fmt.Errorf("the server sent more than %d MiB: %w", maxReply>>20, ErrNotMailServer)

// link is the connection to one server: TCP at first, TLS over it later. It
// ends every wait in time by closing the TCP connection under it.
type link struct {
	protocol string // IMAP, POP, SMTP
	host     string
	opts     Options
	tcp      net.Conn

	mu      sync.Mutex
	conn    net.Conn // tcp, or TLS over it
	budget  int      // bytes that the server may still send in this step
	failure error    // the first error of the transport
	secrets []oauth.Secret

	trace func(sent bool, p []byte) // nil: nobody listens
}

// dial resolves the name and connects. The errors keep *net.DNSError and *net.OpError.
func dial(ctx context.Context, protocol, address string, opts Options) (*link, error) {
	opts = opts.withDefaults()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", protocol, err)
	}
	l := &link{protocol: protocol, host: strings.TrimSuffix(host, "."), opts: opts}
	if opts.Trace != nil {
		l.trace = opts.Trace(protocol, address)
	}
	timed, cancel := context.WithTimeout(ctx, opts.Connect)
	defer cancel()
	conn, err := opts.dial(timed, "tcp", address)
	if err != nil {
		var timeout net.Error
		if end, _ := timed.Deadline(); errors.As(err, &timeout) && timeout.Timeout() && time.Until(end) < time.Second {
			<-timed.Done() // net keeps the deadline by itself, and may be a moment early
		}
		if timed.Err() != nil {
			return nil, fmt.Errorf("%w (%w)", l.ended(ctx, "connect", opts.Connect), err)
		}
		return nil, fmt.Errorf("%s: connect: %w", protocol, err)
	}
	l.tcp, l.conn = conn, conn
	return l, nil
}

// secure does the TLS handshake. The errors keep
// *tls.CertificateVerificationError and what it holds of crypto/x509.
func (l *link) secure(ctx context.Context) error {
	conn := tls.Client(l.tcp, &tls.Config{
		ServerName: l.host,
		RootCAs:    l.opts.RootCAs,
		MinVersion: tls.VersionTLS12,
	})
	err := l.step(ctx, "TLS", l.opts.TLS, conn.Handshake)
	if err != nil {
		l.close()
		return err
	}
	l.mu.Lock()
	l.conn = conn
	l.mu.Unlock()
	return nil
}

// tlsVersion names the version agreed on, such as TLS 1.3; empty before TLS.
func (l *link) tlsVersion() string {
	if conn, ok := l.current().(*tls.Conn); ok {
		return tls.VersionName(conn.ConnectionState().Version)
	}
	return ""
}

// step runs f, which talks over the link, and closes the link when ctx ends or
// the limit passes, so that f returns at once whatever it waits for.
func (l *link) step(ctx context.Context, during string, limit time.Duration, f func() error) error {
	if ctx.Err() != nil {
		l.close()
		return l.ended(ctx, during, limit)
	}
	l.mu.Lock()
	l.budget = maxReply
	l.mu.Unlock()
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(timed, l.close)
	err := f()
	if !stop() {
		return l.ended(ctx, during, limit)
	}
	return l.explain(during, err)
}

// ended is the error of a wait that was cut short: the caller's, or a time-out
// of ours that os.ErrDeadlineExceeded and net.Error's Timeout recognise.
func (l *link) ended(ctx context.Context, during string, limit time.Duration) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %s: %w", l.protocol, during, err)
	}
	return fmt.Errorf("%s: %s: no answer within %v: %w", l.protocol, during, limit, os.ErrDeadlineExceeded)
}

// explain types an error of f: a refusal stays as it is, a broken transport
// becomes ErrLost and so on, always with the first cause in the chain.
func (l *link) explain(during string, err error) error {
	if err == nil {
		return nil
	}
	var refusal *ServerError
	if errors.As(err, &refusal) {
		return err
	}
	if failure := l.broken(); failure != nil {
		err = failure // a library on top may have flattened it into text
	}
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, ErrNotMailServer), errors.Is(err, ErrLost):
		return fmt.Errorf("%s: %s: %w", l.protocol, during, err)
	case errors.As(err, &record):
		return fmt.Errorf("%s: %s: %w: %w", l.protocol, during, ErrNotTLS, err)
	case isOldTLS(err):
		return fmt.Errorf("%s: %s: %w: %w", l.protocol, during, ErrTLSTooOld, err)
	case isLost(err):
		return fmt.Errorf("%s: %s: %w: %w", l.protocol, during, ErrLost, err)
	}
	return fmt.Errorf("%s: %s: %w", l.protocol, during, err)
}

// isLost reports whether err means that the far end is gone. Resets count,
// whose numbers differ between systems: any failed read or write does.
func isLost(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.As(err, &op) && (op.Op == "read" || op.Op == "write") && !op.Timeout()
}

// isOldTLS reports whether the two sides have no version in common. crypto/tls
// has no type for either form: the server's alert and its choice of an old version.
func isOldTLS(err error) bool {
	text := err.Error()
	return strings.Contains(text, "tls: protocol version not supported") ||
		strings.Contains(text, "tls: server selected unsupported protocol version")
}

func (l *link) current() net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

func (l *link) broken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure
}

func (l *link) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure == nil {
		l.failure = err
	}
}

// Read implements io.Reader within the budget of the step.
func (l *link) Read(p []byte) (int, error) {
	l.mu.Lock()
	conn, left := l.conn, l.budget
	l.mu.Unlock()
	if left <= 0 {
		l.note(errFlood)
		l.close()
		return 0, errFlood
	}
	n, err := conn.Read(p[:min(len(p), left)])
	l.hear(false, p[:n])
	l.mu.Lock()
	l.budget -= n
	l.mu.Unlock()
	if err != nil {
		l.note(err)
	}
	return n, err
}

func (l *link) hear(sent bool, p []byte) {
	if l.trace != nil {
		l.trace(sent, p)
	}
}

// Write implements io.Writer.
func (l *link) Write(p []byte) (int, error) {
	n, err := l.current().Write(p)
	l.hear(true, p[:n])
	if err != nil {
		l.note(err)
	}
	return n, err
}

// close closes TCP at once, without a farewell that could wait.
func (l *link) close() { _ = l.tcp.Close() }

// keep remembers what must never appear in an error.
func (l *link) keep(secrets ...oauth.Secret) { l.secrets = append(l.secrets, secrets...) }

// refuse makes an error of the server's words.
func (l *link) refuse(during, text string, cause error) *ServerError {
	return &ServerError{Protocol: l.protocol, Text: scrub(words(text), l.secrets), During: during, cause: cause}
}
