package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/wizard/mail/mailtest"
)

// dialBoth opens both kinds of session with the same server.
func dialBoth(t *testing.T, base string, opts Options, check func(t *testing.T, connect, tls, auth error)) {
	t.Helper()
	for name, dial := range map[string]func() (*web, error){
		"Graph": func() (*web, error) {
			g, err := DialGraph(t.Context(), base, login, token, opts)
			if err != nil {
				return nil, err
			}
			return &g.web, nil
		},
		"EWS": func() (*web, error) {
			e, err := DialEWS(t.Context(), base+"/EWS/Exchange.asmx", login, token, opts)
			if err != nil {
				return nil, err
			}
			return &e.web, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := dial()
			if err != nil {
				check(t, err, nil, nil)
				return
			}
			defer w.Close()
			err = w.StartTLS(t.Context())
			if err != nil {
				check(t, nil, err, nil)
				return
			}
			check(t, nil, nil, w.Authenticate(t.Context()))
		})
	}
}

// TestWebConnects: what fails before the token goes out fails in the hop it
// belongs to, typed.
func TestWebConnects(t *testing.T) {
	ca, stranger := mailtest.NewCA(t), mailtest.NewCA(t)
	base := mailtest.Web(t, ca, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	t.Run("refused", func(t *testing.T) {
		opts := Options{dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
		}}
		dialBoth(t, base, opts, func(t *testing.T, connect, _, _ error) {
			var op *net.OpError
			if !errors.As(connect, &op) {
				t.Errorf("%v", connect)
			}
		})
	})
	t.Run("no answer", func(t *testing.T) {
		opts := quick(ca)
		opts.Connect = 50 * time.Millisecond
		opts.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		dialBoth(t, base, opts, func(t *testing.T, connect, _, _ error) {
			var wait net.Error
			if !errors.As(connect, &wait) || !wait.Timeout() || !strings.Contains(connect.Error(), "no answer within 50ms") {
				t.Errorf("%v", connect)
			}
		})
	})
	t.Run("stranger", func(t *testing.T) {
		dialBoth(t, base, Options{RootCAs: stranger.Pool}, func(t *testing.T, _, secure, _ error) {
			var unknown x509.UnknownAuthorityError
			if !errors.As(secure, &unknown) {
				t.Errorf("%v", secure)
			}
		})
	})
	t.Run("no TLS", func(t *testing.T) {
		plain := mailtest.Serve(t, nil, func(c *mailtest.Conn) { c.Send("* OK ready") })
		dialBoth(t, "https://"+plain, quick(ca), func(t *testing.T, _, secure, _ error) { wantIs(t, secure, ErrNotTLS) })
	})
	t.Run("plain HTTP", func(t *testing.T) {
		plain := mailtest.Serve(t, nil, func(c *mailtest.Conn) { c.Send("HTTP/1.1 400 Bad Request", "", "") })
		dialBoth(t, "https://"+plain, quick(ca), func(t *testing.T, _, secure, _ error) { wantIs(t, secure, ErrNotTLS) })
	})
	t.Run("old TLS", func(t *testing.T) {
		config := ca.Local(t)
		config.MaxVersion, config.MinVersion = tls.VersionTLS11, tls.VersionTLS10
		old := mailtest.Serve(t, config, func(*mailtest.Conn) {})
		dialBoth(t, "https://"+old, quick(ca), func(t *testing.T, _, secure, _ error) { wantIs(t, secure, ErrTLSTooOld) })
	})
	t.Run("silent before TLS", func(t *testing.T) {
		deaf := mailtest.Serve(t, nil, func(c *mailtest.Conn) { _, _ = io.Copy(io.Discard, c) })
		dialBoth(t, "https://"+deaf, quick(ca), func(t *testing.T, _, secure, _ error) {
			var wait net.Error
			if !errors.As(secure, &wait) || !wait.Timeout() {
				t.Errorf("%v", secure)
			}
		})
	})
	for name, c := range map[string]struct {
		serve func(*mailtest.Conn)
		want  error
	}{
		"not HTTP": {func(c *mailtest.Conn) { c.Line(); c.Send("* OK IMAP4 ready", ""); drain(c) }, ErrNotMailServer},
		"IMAP":     {func(c *mailtest.Conn) { c.Send("* OK IMAP4 ready", ""); drain(c) }, ErrNotMailServer},
		"hangs up": {func(c *mailtest.Conn) { c.Line() }, ErrLost},
		"100 MB":   {func(c *mailtest.Conn) { c.Line(); c.Send("HTTP/1.1 200 OK", "Content-Length: 104857600", ""); drain(c) }, ErrTooLarge},
		"endless": {func(c *mailtest.Conn) {
			c.Line()
			c.Send("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "")
			chunk := fmt.Sprintf("%x\r\n%s", 1<<20, strings.Repeat("x", 1<<20))
			for range 100 {
				c.Send(chunk)
			}
		}, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			address := mailtest.Serve(t, ca.Local(t), c.serve)
			dialBoth(t, "https://"+address, Options{RootCAs: ca.Pool}, func(t *testing.T, _, _, auth error) { wantIs(t, auth, c.want) })
		})
	}
	t.Run("too slow", func(t *testing.T) {
		opts := quick(ca)
		opts.Connect, opts.TLS = 100*time.Millisecond, time.Second
		deaf := mailtest.Serve(t, ca.Local(t), func(c *mailtest.Conn) { _, _ = io.Copy(io.Discard, c) })
		dialBoth(t, "https://"+deaf, opts, func(t *testing.T, _, _, auth error) {
			var wait net.Error
			if !errors.As(auth, &wait) || !wait.Timeout() {
				t.Errorf("%v", auth)
			}
		})
	})
}

// TestWebProxy: a proxy that refuses is named in the first hop.
func TestWebProxy(t *testing.T) {
	ca := mailtest.NewCA(t)
	proxy := mailtest.Serve(t, nil, func(c *mailtest.Conn) {
		c.Line()
		c.Send("HTTP/1.1 407 Proxy Authentication Required", "Content-Length: 0", "", "")
	})
	t.Setenv("HTTPS_PROXY", "http://"+proxy)
	t.Setenv("NO_PROXY", "")
	dialBoth(t, "https://graph.contoso.example", quick(ca), func(t *testing.T, connect, _, _ error) {
		wantIs(t, connect, oauth.ErrProxy)
	})
}

// TestWebCancels: each wait ends at once, and nothing is left running.
func TestWebCancels(t *testing.T) {
	ca := mailtest.NewCA(t)
	deaf := mailtest.Serve(t, nil, func(c *mailtest.Conn) { _, _ = io.Copy(io.Discard, c) })
	hung := mailtest.Serve(t, ca.Local(t), func(c *mailtest.Conn) { _, _ = io.Copy(io.Discard, c) })
	for name, address := range map[string]string{"TLS": deaf, "the answer": hung} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			begun := time.Now()
			g, err := DialGraph(ctx, "https://"+address, login, token, Options{RootCAs: ca.Pool})
			if err == nil {
				if err = g.StartTLS(ctx); err == nil {
					err = g.Authenticate(ctx)
				}
				g.Close()
			}
			if took := time.Since(begun); !errors.Is(err, context.Canceled) || took > 5*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	}
}

// TestWebPool: sessions that share a pool share connections.
func TestWebPool(t *testing.T) {
	ca := mailtest.NewCA(t)
	remotes := map[string]bool{}
	base := mailtest.Web(t, ca, func(w http.ResponseWriter, r *http.Request) {
		remotes[r.RemoteAddr] = true
		say(w, 200, graphInbox)
	})
	opts := Options{RootCAs: ca.Pool, Pool: new(Pool)}
	defer opts.Pool.Close()
	for range 5 {
		g, err := NewGraph(base, login, token, opts)
		if err == nil {
			_, err = g.Open(t.Context())
			g.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(remotes) != 1 {
		t.Errorf("%d connections", len(remotes))
	}
}

// drain reads until the client has hung up: a server that closes with something
// unread resets the connection, and its answer may be lost on the way.
func drain(c *mailtest.Conn) { _, _ = io.Copy(io.Discard, c) }
