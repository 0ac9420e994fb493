package oauth

import (
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// SystemProxy is the proxy in the settings of Windows; the zero value elsewhere.
type SystemProxy struct {
	// Server is what Windows holds: host:port for everything, or one for each
	// protocol, as in http=a:80;https=b:81. Empty: none is switched on.
	Server string
	// Except are the hosts that are reached without it, as in
	// *.contoso.example;10.*;<local>.
	Except string
	// Script is the address of a configuration script. It is not carried out.
	Script string
}

// ReadSystemProxy reads the settings as they are now. What is not set is no error.
func ReadSystemProxy() (SystemProxy, error) { return readSystemProxy() }

// ProxyFunc returns what a transport's Proxy wants: the proxy of the environment
// (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), and where that names none the one in the
// settings of Windows, but for the hosts of NO_PROXY. All are read now. Loopback
// is never reached through a proxy.
func ProxyFunc() func(*http.Request) (*url.URL, error) {
	system, _ := ReadSystemProxy() // what cannot be read names no proxy, and package preflight says why
	proxy := ProxyOf(httpproxy.FromEnvironment(), system)
	return func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
}

// ProxyOf chooses as ProxyFunc does, between an environment and settings that
// were read before.
func ProxyOf(env *httpproxy.Config, system SystemProxy) func(*url.URL) (*url.URL, error) {
	if env.HTTPProxy != "" || env.HTTPSProxy != "" {
		return env.ProxyFunc()
	}
	settings := httpproxy.Config{
		HTTPProxy: system.Address("http"), HTTPSProxy: system.Address("https"), NoProxy: env.NoProxy,
	}
	proxy := settings.ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		if system.excepts(u) {
			return nil, nil
		}
		return proxy(u)
	}
}

// Address is the proxy for addresses of a scheme, http or https, as a URL; empty
// where there is none, or only one that speaks something other than HTTP, such
// as SOCKS. The list is written as in "Microsoft Learn: WINHTTP_PROXY_INFO".
func (p SystemProxy) Address(scheme string) string {
	for _, entry := range strings.FieldsFunc(p.Server, listed) {
		of, server, named := strings.Cut(entry, "=")
		if !named {
			server = entry
		} else if !strings.EqualFold(of, scheme) {
			continue
		}
		if !strings.Contains(server, "://") {
			server = "http://" + server
		}
		u, err := url.Parse(server)
		if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return ""
		}
		return server
	}
	return ""
}

// excepts reports whether u is reached without the proxy: its host fits a
// pattern of Except, or has no dot where <local> stands there.
func (p SystemProxy) excepts(u *url.URL) bool {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	for _, rule := range strings.FieldsFunc(strings.ToLower(p.Except), listed) {
		if rule == "<local>" {
			if !strings.ContainsAny(host, ".:") {
				return true
			}
			continue
		}
		if scheme, rest, found := strings.Cut(rule, "://"); found {
			if scheme != u.Scheme {
				continue
			}
			rule = rest
		}
		if only, at, err := net.SplitHostPort(rule); err == nil {
			if at != port {
				continue
			}
			rule = only
		}
		if fits, err := path.Match(strings.Trim(rule, "[]"), host); err == nil && fits {
			return true
		}
	}
	return false
}

// listed is what stands between the entries of a list of Windows.
func listed(r rune) bool { return r == ';' || r == ' ' || r == '\t' || r == '\r' || r == '\n' }
