package oauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/sys/windows/registry"
)

// setting sets a value of the Internet settings, or deletes it where value is
// nil, and puts back what was there when the test ends.
func setting(t *testing.T, root registry.Key, path, name string, value any) {
	t.Helper()
	key, _, err := registry.CreateKey(root, path, registry.QUERY_VALUE|registry.SET_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	text, _, textErr := key.GetStringValue(name)
	number, _, numberErr := key.GetIntegerValue(name)
	put := func(value any) {
		err := key.DeleteValue(name)
		switch v := value.(type) {
		case string:
			err = key.SetStringValue(name, v)
		case uint32:
			err = key.SetDWordValue(name, v)
		}
		if err != nil && !errors.Is(err, registry.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	put(value)
	t.Cleanup(func() {
		defer key.Close()
		switch {
		case textErr == nil:
			put(text)
		case numberErr == nil:
			put(uint32(number))
		default:
			put(nil)
		}
	})
}

// TestSystemProxy reads what is set in the registry, and asks through it.
func TestSystemProxy(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"} {
		t.Setenv(name, "")
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.URL.Host)) }))
	defer proxy.Close()
	here := strings.TrimPrefix(proxy.URL, "http://")
	for name, c := range map[string]struct {
		set     map[string]any
		want    SystemProxy
		through bool
	}{
		"nothing":     {},
		"plain":       {map[string]any{"ProxyEnable": uint32(1), "ProxyServer": here}, SystemProxy{Server: here}, true},
		"by protocol": {map[string]any{"ProxyEnable": uint32(1), "ProxyServer": "http=" + here + ";https=b:2"}, SystemProxy{Server: "http=" + here + ";https=b:2"}, true},
		"switched off": {
			map[string]any{"ProxyEnable": uint32(0), "ProxyServer": here, "ProxyOverride": "<local>"}, SystemProxy{}, false,
		},
		"excepted": {
			map[string]any{"ProxyEnable": uint32(1), "ProxyServer": here, "ProxyOverride": "*.invalid;<local>"},
			SystemProxy{Server: here, Except: "*.invalid;<local>"},
			false,
		},
		"script": {
			map[string]any{"ProxyServer": here, "AutoConfigURL": "http://wpad/proxy.pac"}, SystemProxy{Script: "http://wpad/proxy.pac"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, value := range []string{"ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL"} {
				setting(t, registry.CURRENT_USER, internetSettings, value, c.set[value])
			}
			if got, err := ReadSystemProxy(); err != nil || got != c.want {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
			if through := asks(t); through != c.through {
				t.Errorf("asked through the proxy: %t", through)
			}
		})
	}
}

// asks reports whether a host that does not exist is reached through the proxy.
func asks(t *testing.T) bool {
	t.Helper()
	client := NewClient(nil)
	defer client.CloseIdleConnections()
	answer, err := client.Get("http://login.invalid/")
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

// TestSystemProxyOfTheComputer: a policy puts the computer's settings in the
// place of the user's.
func TestSystemProxyOfTheComputer(t *testing.T) {
	setting(t, registry.LOCAL_MACHINE, settingsPolicy, "ProxySettingsPerUser", uint32(0))
	setting(t, registry.LOCAL_MACHINE, internetSettings, "ProxyEnable", uint32(1))
	setting(t, registry.LOCAL_MACHINE, internetSettings, "ProxyServer", "computer:1")
	setting(t, registry.CURRENT_USER, internetSettings, "ProxyEnable", uint32(1))
	setting(t, registry.CURRENT_USER, internetSettings, "ProxyServer", "user:2")
	if got, err := ReadSystemProxy(); err != nil || got.Server != "computer:1" {
		t.Errorf("%+v, %v", got, err)
	}
	setting(t, registry.LOCAL_MACHINE, settingsPolicy, "ProxySettingsPerUser", uint32(1))
	if got, err := ReadSystemProxy(); err != nil || got.Server != "user:2" {
		t.Errorf("%+v, %v", got, err)
	}
}
