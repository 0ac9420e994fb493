package mailtest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Web serves HTTPS on 127.0.0.1 and returns its base address. The test's end
// closes it.
func Web(t testing.TB, ca *CA, handler http.HandlerFunc) (base string) {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.TLS = ca.Local(t)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are part of tests
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}
