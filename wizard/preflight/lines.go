package preflight

import (
	"cmp"
	"net"
	"net/url"
	"os"
	"slices"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/check"
)

func (cfg Config) withDefaults() Config {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Limit = cmp.Or(cfg.Limit, Limit)
	if cfg.findBrowser == nil {
		cfg.findBrowser = oauth.FindBrowser
	}
	if cfg.env == nil {
		cfg.env = os.Getenv
	}
	if cfg.system == nil {
		cfg.system = oauth.ReadSystemProxy
	}
	return cfg
}

// kind is how a server is greeted.
type kind int

const (
	plainTCP kind = iota // a sign-in service without TLS, as in practice
	tlsFirst             // TLS from the first byte
	startTLS             // SMTP
)

// target is one server.
type target struct {
	leg  check.Leg // empty for the sign-in service
	host string
	port string
	kind kind
	web  bool // reached through an HTTP proxy where there is one
	base string
}

func (t target) address() string { return net.JoinHostPort(t.host, t.port) }

// targets are the servers that the connection needs, each once; without a
// connection all that the cloud has.
func (cfg Config) targets() []target {
	var all []target
	add := func(t target, ok bool) {
		same := func(o target) bool { return o.address() == t.address() && o.kind == t.kind }
		if ok && t.host != "" && !slices.ContainsFunc(all, same) {
			all = append(all, t)
		}
	}
	wants := func(leg check.Leg) bool {
		return len(cfg.Connection.Protocols) == 0 || slices.Contains(cfg.Connection.Protocols, string(leg))
	}
	add(web("", cfg.Cloud.Authority), true)
	add(mailServer(check.IMAP, cfg.Cloud.IMAP, tlsFirst), wants(check.IMAP))
	add(mailServer(check.POP, cfg.Cloud.POP, tlsFirst), wants(check.POP))
	smtp := mailServer(check.SMTP, cfg.Cloud.SMTP, startTLS)
	if smtp.port == "465" {
		smtp.kind = tlsFirst
	}
	add(smtp, wants(check.SMTP))
	add(web(check.EWS, cfg.Cloud.EWS), slices.Contains(cfg.Connection.Protocols, string(check.EWS)))
	add(web(check.Graph, cfg.Cloud.Graph), slices.Contains(cfg.Connection.Protocols, string(check.Graph)))
	return all
}

func mailServer(leg check.Leg, address string, k kind) target {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return target{}
	}
	return target{leg: leg, host: host, port: port, kind: k}
}

func web(leg check.Leg, base string) target {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return target{}
	}
	t := target{leg: leg, host: u.Hostname(), port: u.Port(), kind: tlsFirst, web: true, base: base}
	if u.Scheme == "http" {
		t.kind = plainTCP
	}
	t.port = cmp.Or(t.port, map[kind]string{plainTCP: "80", tlsFirst: "443"}[t.kind])
	return t
}

// probes are all lines in the order in which they are shown.
func (cfg Config) probes() []probe {
	network, computer := assets.Msg("preflight.network"), assets.Msg("preflight.computer")
	var out []probe
	named := map[string]bool{}
	for _, t := range cfg.targets() {
		if !named[t.host] && net.ParseIP(t.host) == nil {
			named[t.host] = true
			out = append(out, probe{
				line: Line{ID: LineID("dns:" + t.host), Group: network, Title: assets.Msg("preflight.dns", "Host", t.host)},
				leg:  t.leg, hop: check.Connect, look: t.lookUp,
			})
		}
		if through := cfg.proxyFor(t); through != nil {
			out = append(out, probe{
				line: Line{
					ID: LineID("proxy:" + t.address()), Group: network,
					Title: assets.Msg("preflight.through", "Host", t.address(), "Proxy", through.Host),
				},
				leg: t.leg, hop: check.Connect, look: cfg.askThrough(t),
			})
			continue
		}
		for _, over := range []struct{ network, id, key string }{
			{"tcp4", "ipv4:", "preflight.ipv4"}, {"tcp6", "ipv6:", "preflight.ipv6"},
		} {
			out = append(out, probe{
				line: Line{ID: LineID(over.id + t.address()), Group: network, Title: assets.Msg(over.key, "Host", t.address())},
				leg:  t.leg, hop: check.Connect, look: cfg.reach(t, over.network),
			})
		}
	}
	own := func(id LineID, group assets.Message, title assets.Message, p probe) {
		p.line = Line{ID: id, Group: group, Title: title}
		out = append(out, p)
	}
	own(Proxy, network, assets.Msg("preflight.proxy"), probe{look: cfg.proxy})
	own(Clock, computer, assets.Msg("preflight.clock"), probe{hop: check.Token, look: cfg.clock})
	own(LoopbackV4, computer, assets.Msg("preflight.loopback", "Address", "127.0.0.1"), probe{look: loopback("tcp4", "127.0.0.1:0")})
	own(LoopbackV6, computer, assets.Msg("preflight.loopback", "Address", "::1"), probe{look: loopback("tcp6", "[::1]:0")})
	own(Browser, computer, assets.Msg("preflight.browser"), probe{look: cfg.browser})
	if cfg.Vault != nil {
		own(Keyring, computer, assets.Msg("preflight.keyring"), probe{look: cfg.keyring})
	}
	if cfg.Dir != "" {
		own(DataFolder, computer, assets.Msg("preflight.data-folder"), probe{look: cfg.dataFolder})
	}
	for i := range out {
		out[i].line.State = Running
	}
	return out
}
