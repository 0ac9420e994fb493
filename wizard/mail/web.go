package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"postkey/oauth"
)

// maxWebReply is how large an answer of Graph or EWS may be. A page of message
// heads and a delivery report stay far below.
const maxWebReply = 8 << 20

// userAgent names the program, for tenants that allow EWS and Graph by it.
const userAgent = "Postkey"

// web is what Graph and EWS have in common: HTTPS to one server, for one
// mailbox, with a bearer token. It goes through the proxy that
// oauth.ProxyFunc finds, follows no redirect and sends the token nowhere else.
type web struct {
	protocol  string // Graph, EWS
	base      *url.URL
	mailbox   string
	token     oauth.Secret
	opts      Options
	transport *http.Transport

	first *opening           // the request that opens the connection
	stop  context.CancelFunc // of first
	known map[string]bool    // messages that have been looked at, by id

	inJunk bool // Await found the message there
}

// Pool keeps connections between sessions of Graph or EWS with one server. The
// zero value is ready to use; Close it at the end.
type Pool struct {
	once      sync.Once
	transport *http.Transport
}

// Close ends the connections that nobody uses.
func (p *Pool) Close() {
	p.once.Do(func() {})
	if p.transport != nil {
		p.transport.CloseIdleConnections()
	}
}

// newWeb checks the address of the server and the mailbox; nothing is sent yet.
func newWeb(protocol, base, mailbox string, token oauth.Secret, opts Options) (web, error) {
	w := web{protocol: protocol, mailbox: mailbox, token: token, opts: opts.withDefaults()}
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return w, fmt.Errorf("%s: %q is not an https address", protocol, base)
	}
	w.base = u
	if err := checkLogin(mailbox); err != nil {
		return w, fmt.Errorf("%s: %w", protocol, err)
	}
	if token.IsZero() || strings.ContainsFunc(token.Reveal(), isControl) {
		return w, fmt.Errorf("%s: the access token is empty or contains a control character", protocol)
	}
	if p := w.opts.Pool; p != nil {
		p.once.Do(func() { p.transport = w.newTransport() })
		w.transport = p.transport
	} else {
		w.transport = w.newTransport()
	}
	return w, nil
}

func (w *web) newTransport() *http.Transport {
	return &http.Transport{
		Proxy: oauth.ProxyFunc(),
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			return fmt.Errorf("%w: %s answered %q to CONNECT", oauth.ErrProxy, proxy.Host, words(answer.Status))
		},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			timed, cancel := context.WithTimeout(ctx, w.opts.Connect)
			defer cancel()
			conn, err := w.opts.dial(timed, network, address)
			if err != nil && timed.Err() != nil && ctx.Err() == nil {
				return nil, fmt.Errorf("no answer within %v: %w (%w)", w.opts.Connect, os.ErrDeadlineExceeded, err)
			}
			return conn, err
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: w.opts.RootCAs},
		TLSHandshakeTimeout:    w.opts.TLS,
		MaxResponseHeaderBytes: 256 << 10,
		DisableCompression:     true, // the size that is bounded is the size that is read
		IdleConnTimeout:        time.Minute,
		MaxIdleConnsPerHost:    16,
	}
}

// opening is the first request, whose progress shows the connection grow.
type opening struct {
	connected, secured, done chan struct{}
	version                  string // of TLS, valid once secured is closed
	err                      error  // valid once done is closed
}

// connect resolves the name and connects, to the proxy where there is one. It
// is the beginning of the request first, which goes on by itself.
func (w *web) connect(ctx context.Context, first func(context.Context) error) error {
	o := &opening{connected: make(chan struct{}), secured: make(chan struct{}), done: make(chan struct{})}
	w.first = o
	ctx, w.stop = context.WithCancel(ctx)
	var once, onceMore sync.Once
	trace := &httptrace.ClientTrace{
		TLSHandshakeStart: func() { once.Do(func() { close(o.connected) }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				onceMore.Do(func() {
					o.version = tls.VersionName(state.Version)
					close(o.secured)
				})
			}
		},
	}
	go func() {
		defer close(o.done)
		o.err = first(httptrace.WithClientTrace(ctx, trace))
	}()
	return o.until(ctx, o.connected)
}

// until waits for a stage of the opening. A request that has ended without it
// failed there, unless the connection was there before.
func (o *opening) until(ctx context.Context, stage <-chan struct{}) error {
	select {
	case <-stage:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-o.done:
	}
	select {
	case <-stage:
		return nil
	default:
		return o.err
	}
}

// StartTLS waits for the end of the handshake. The token goes out afterwards.
func (w *web) StartTLS(ctx context.Context) error { return w.first.until(ctx, w.first.secured) }

// TLSVersion names the version agreed on, such as TLS 1.3.
func (w *web) TLSVersion() string {
	select {
	case <-w.first.secured:
		return w.first.version
	default:
		return ""
	}
}

// Authenticate waits for the server's first answer and judges it by the token
// alone: what is wrong with the mailbox is Open's to tell.
func (w *web) Authenticate(ctx context.Context) error {
	select {
	case <-w.first.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	var refusal *WebError
	if errors.As(w.first.err, &refusal) && refusal.Status != http.StatusUnauthorized && !refusal.Later() {
		return nil
	}
	return w.first.err
}

// Close ends the connections, but for those of a Pool.
func (w *web) Close() {
	if w.first != nil {
		w.stop()
		<-w.first.done
	}
	if w.opts.Pool == nil {
		w.transport.CloseIdleConnections()
	}
}

// webAnswer is a whole answer of the server.
type webAnswer struct {
	status int
	header http.Header
	body   []byte
}

// webRequest is what is asked; it can be asked again.
type webRequest struct {
	during, method, address string
	header                  map[string]string
	body                    []byte
	limit                   time.Duration // of one attempt; 0: Options.Command
	once                    bool          // must not be carried out twice
}

// exchange asks once and reads the whole answer, whatever its status.
func (w *web) exchange(ctx context.Context, q webRequest) (webAnswer, error) {
	limit := q.limit
	if limit == 0 {
		limit = w.opts.Command
	}
	limit += w.opts.Connect + w.opts.TLS // a new connection may be needed
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := http.NewRequestWithContext(timed, q.method, q.address, bytes.NewReader(q.body))
	if err != nil {
		return webAnswer{}, fmt.Errorf("%s: %s: %w", w.protocol, q.during, err)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Authorization", "Bearer "+w.token.Reveal())
	a, err := w.carry(r)
	switch {
	case err == nil:
		return a, nil
	case ctx.Err() != nil:
		return a, fmt.Errorf("%s: %s: %w", w.protocol, q.during, ctx.Err())
	case timed.Err() != nil:
		return a, fmt.Errorf("%s: %s: no answer within %v: %w", w.protocol, q.during, limit, os.ErrDeadlineExceeded)
	}
	return a, w.explain(q.during, err)
}

func (w *web) carry(r *http.Request) (webAnswer, error) {
	way := http.RoundTripper(w.transport)
	if w.opts.Web != nil {
		way = w.opts.Web(way)
	}
	resp, err := way.RoundTrip(r)
	if err != nil {
		return webAnswer{}, err
	}
	defer resp.Body.Close()
	a := webAnswer{status: resp.StatusCode, header: resp.Header}
	if resp.ContentLength > maxWebReply {
		return a, errWebTooLarge
	}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxWebReply+1))
	if err == nil && len(a.body) > maxWebReply {
		err = errWebTooLarge
	}
	return a, err
}

// explain types an error of the transport as link.explain does.
func (w *web) explain(during string, err error) error {
	var record tls.RecordHeaderError
	kind := error(nil)
	switch {
	case errors.Is(err, oauth.ErrProxy), errors.Is(err, ErrTooLarge):
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		kind = ErrNotTLS
	case isOldTLS(err):
		kind = ErrTLSTooOld
	case notHTTP(err):
		kind = ErrNotMailServer
	case isLost(err):
		kind = ErrLost
	}
	if kind != nil {
		return fmt.Errorf("%s: %s: %w: %w", w.protocol, during, kind, err)
	}
	return fmt.Errorf("%s: %s: %w", w.protocol, during, err)
}

// notHTTP reports whether the answer is not HTTP, or came before the question.
// net/http has no type for either.
func notHTTP(err error) bool {
	return strings.Contains(err.Error(), "malformed HTTP") || strings.Contains(err.Error(), "readLoopPeekFail")
}
