package oauth

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// silent is for servers whose clients refuse them, as they should.
var silent = log.New(io.Discard, "", 0)

func get(t testing.TB, client *http.Client, address string) error {
	t.Helper()
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}

func TestClientVerifiesCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = silent
	server.StartTLS()
	t.Cleanup(server.Close)
	var untrusted *tls.CertificateVerificationError
	if err := get(t, NewClient(x509.NewCertPool()), server.URL); !errors.As(err, &untrusted) {
		t.Errorf("unknown authority: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	if err := get(t, NewClient(roots), server.URL); err != nil {
		t.Errorf("known authority: %v", err)
	}
}

func TestClientRefusesOldTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = silent
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	if err := get(t, NewClient(roots), server.URL); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("got %v", err)
	}
}

// refusingProxy answers every CONNECT with 407 and repeats what it was sent.
func refusingProxy(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nX: %s\r\n\r\n", req.Host)
			}
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestProxy(t *testing.T) {
	t.Setenv("NO_PROXY", "")
	t.Setenv("HTTPS_PROXY", "http://user:planted-password@"+refusingProxy(t))
	err := get(t, NewClient(nil), "https://login.example/")
	if !errors.Is(err, ErrProxy) || !strings.Contains(err.Error(), "407") {
		t.Errorf("refused: %v", err)
	}
	if strings.Contains(err.Error(), "planted-password") {
		t.Errorf("the error holds the proxy's password: %v", err)
	}
	closed, listenErr := net.Listen("tcp", "127.0.0.1:0")
	if listenErr != nil {
		t.Fatal(listenErr)
	}
	_ = closed.Close()
	t.Setenv("HTTPS_PROXY", "http://"+closed.Addr().String())
	err = get(t, NewClient(nil), "https://login.example/")
	var dial *net.OpError
	if !errors.As(err, &dial) || dial.Op != "proxyconnect" {
		t.Errorf("unreachable: %v", err)
	}
	e := newEntra(t)
	if err := get(t, NewClient(nil), e.URL); err != nil {
		t.Errorf("loopback goes past the proxy: %v", err)
	}
}

func TestClientRedirects(t *testing.T) {
	var to string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	}))
	t.Cleanup(server.Close)
	for target, right := range map[string]bool{"/end": true, "/again": false, "http://login.example/": false, "file:///etc/passwd": false} {
		if to = target; (get(t, NewClient(nil), server.URL) == nil) != right {
			t.Errorf("redirect to %s", target)
		}
	}
}
