package oauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// ErrProxy is wrapped when an HTTP proxy answered instead of the server: it
// refused the tunnel (any status but 200 to CONNECT), or the status is one that
// only proxies send (407, 511). A proxy that cannot be reached is a *net.OpError
// whose Op is "proxyconnect".
var ErrProxy = errors.New("the proxy refused")

// Bounds of one request. The whole is longer than its parts, so that the part
// that is slow gets named.
const (
	dialTimeout   = 10 * time.Second
	headerTimeout = 20 * time.Second
	wholeTimeout  = 30 * time.Second
	maxRedirects  = 5
)

// NewClient returns a client for the sign-in service: TLS 1.2 or newer,
// certificates verified against roots (nil: the system's), the proxy that
// ProxyFunc finds, 30 seconds for a whole request. A redirected POST is not
// followed, so that a form with a secret goes nowhere else; a GET is followed to
// https alone.
func NewClient(roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: wholeTimeout}
	return &http.Client{
		Timeout:       wholeTimeout,
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			Proxy:                  ProxyFunc(),
			OnProxyConnectResponse: checkConnect,
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  headerTimeout,
			MaxResponseHeaderBytes: 256 << 10,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           8,
			IdleConnTimeout:        wholeTimeout,
		},
	}
}

func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("%w: %s answered %q to CONNECT", ErrProxy, proxy.Host, shorten(answer.Status, 200))
}

func checkRedirect(next *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet {
		return http.ErrUseLastResponse
	}
	if len(via) >= maxRedirects {
		return errors.New("redirected too often")
	}
	if _, err := secureURL(next.URL.String()); err != nil {
		return fmt.Errorf("redirect refused: %w", err)
	}
	return nil
}
