package oauth

import (
	"net/url"
	"testing"

	"golang.org/x/net/http/httpproxy"
)

// TestProxyOf: the environment before Windows, Windows without its exceptions
// and those of the environment, loopback never.
func TestProxyOf(t *testing.T) {
	const login = "https://login.microsoftonline.com/common"
	for name, c := range map[string]struct {
		env     httpproxy.Config
		system  SystemProxy
		address string
		want    string // the proxy's URL
	}{
		"none":               {address: login},
		"environment":        {env: httpproxy.Config{HTTPSProxy: "env:1"}, system: SystemProxy{Server: "win:2"}, address: login, want: "http://env:1"},
		"environment, http":  {env: httpproxy.Config{HTTPProxy: "env:1"}, system: SystemProxy{Server: "win:2"}, address: login},
		"environment's own":  {env: httpproxy.Config{HTTPSProxy: "env:1"}, system: SystemProxy{Except: "*"}, address: login, want: "http://env:1"},
		"plain":              {system: SystemProxy{Server: "win:2"}, address: login, want: "http://win:2"},
		"plain, http":        {system: SystemProxy{Server: "win:2"}, address: "http://a.example", want: "http://win:2"},
		"with a scheme":      {system: SystemProxy{Server: "http://win:2"}, address: login, want: "http://win:2"},
		"encrypted":          {system: SystemProxy{Server: "https=https://win:2"}, address: login, want: "https://win:2"},
		"by protocol":        {system: SystemProxy{Server: "http=a:1;https=b:2"}, address: login, want: "http://b:2"},
		"by protocol, http":  {system: SystemProxy{Server: "HTTP=a:1; HTTPS=b:2"}, address: "http://a.example", want: "http://a:1"},
		"another protocol":   {system: SystemProxy{Server: "ftp=a:1;socks=b:2"}, address: login},
		"SOCKS":              {system: SystemProxy{Server: "socks5://b:2"}, address: login},
		"nonsense":           {system: SystemProxy{Server: "https=%zz:2"}, address: login},
		"NO_PROXY":           {env: httpproxy.Config{NoProxy: ".microsoftonline.com"}, system: SystemProxy{Server: "win:2"}, address: login},
		"loopback":           {system: SystemProxy{Server: "win:2"}, address: "https://127.0.0.1:4"},
		"excepted":           {system: SystemProxy{Server: "win:2", Except: "a.example;LOGIN.microsoftonline.com"}, address: login},
		"excepted, pattern":  {system: SystemProxy{Server: "win:2", Except: "*.microsoftonline.com"}, address: login},
		"excepted, end":      {system: SystemProxy{Server: "win:2", Except: "10.* 192.168.*"}, address: "https://10.1.2.3/EWS"},
		"excepted, other":    {system: SystemProxy{Server: "win:2", Except: "microsoftonline.com;<local>;[;://"}, address: login, want: "http://win:2"},
		"excepted, local":    {system: SystemProxy{Server: "win:2", Except: "<local>"}, address: "https://mail/EWS"},
		"excepted, port":     {system: SystemProxy{Server: "win:2", Except: "*:443"}, address: login},
		"excepted, not port": {system: SystemProxy{Server: "win:2", Except: "*:80"}, address: login, want: "http://win:2"},
		"excepted, scheme":   {system: SystemProxy{Server: "win:2", Except: "https://login.*"}, address: login},
		"excepted, http":     {system: SystemProxy{Server: "win:2", Except: "http://login.*"}, address: login, want: "http://win:2"},
		"excepted, IPv6":     {system: SystemProxy{Server: "win:2", Except: "[fd00::*]"}, address: "https://[fd00::1]/EWS"},
	} {
		u, err := url.Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		proxy, err := ProxyOf(&c.env, c.system)(u)
		got := ""
		if proxy != nil {
			got = proxy.String()
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}
