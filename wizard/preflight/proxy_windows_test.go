package preflight

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/windows/registry"

	"postkey/oauth"
)

// TestWindowsProxy: the proxy that is set in Windows is named, and the sign-in
// service is asked through it.
func TestWindowsProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer proxy.Close()
	key, _, err := registry.CreateKey(registry.CURRENT_USER, `Software\Microsoft\Windows\CurrentVersion\Internet Settings`,
		registry.QUERY_VALUE|registry.SET_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	server, _, had := key.GetStringValue("ProxyServer")
	on, _, hadOn := key.GetIntegerValue("ProxyEnable")
	set := func(on uint32, server string) error {
		return errors.Join(key.SetDWordValue("ProxyEnable", on), key.SetStringValue("ProxyServer", server))
	}
	t.Cleanup(func() {
		err := set(uint32(on), server)
		if had != nil {
			err = errors.Join(err, key.DeleteValue("ProxyServer"))
		}
		if hadOn != nil {
			err = errors.Join(err, key.DeleteValue("ProxyEnable"))
		}
		if err := errors.Join(err, key.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := set(1, strings.TrimPrefix(proxy.URL, "http://")); err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"} {
		t.Setenv(name, "")
	}
	_, cfg := at(t, nil)
	cfg.system = oauth.ReadSystemProxy
	cfg.Cloud.Authority = "http://login.invalid" // reached by no other way
	lines := Run(t.Context(), cfg)
	i := slices.IndexFunc(lines, func(l Line) bool { return l.ID == Proxy })
	want(t, lines[i], OK, "", proxy.URL+", from the settings of Windows")
	want(t, by(t, lines, "proxy:login.invalid:80"), OK, "", "")
}
