package preflight

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/mail"
)

// lookUp resolves the name.
func (t target) lookUp(ctx context.Context) verdict {
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", t.host)
	if err != nil {
		return verdict{err: err}
	}
	four := 0
	for _, a := range addresses {
		if a.Unmap().Is4() {
			four++
		}
	}
	return verdict{detail: assets.Msg("preflight.addresses", "Four", four, "Six", len(addresses)-four)}
}

// reach connects over one Internet protocol, and speaks TLS where the server does.
func (cfg Config) reach(t target, network string) func(context.Context) verdict {
	return func(ctx context.Context) verdict {
		six := network == "tcp6"
		if ip, err := netip.ParseAddr(t.host); err == nil && ip.Is4() == six {
			return verdict{state: NotRun, detail: assets.Msg("preflight.other-protocol")}
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, t.address())
		if err != nil {
			return dialVerdict(ctx, t, six, err)
		}
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		if t.kind == plainTCP {
			return verdict{detail: assets.Msg("preflight.connected")}
		}
		if t.kind == startTLS {
			if err := askStartTLS(conn); err != nil {
				return verdict{err: timely(ctx, err)}
			}
		}
		secure := tls.Client(conn, &tls.Config{ServerName: t.host, RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12})
		if err := secure.HandshakeContext(ctx); err != nil {
			return handshakeVerdict(timely(ctx, err))
		}
		return judgeIssuer(t.host, secure.ConnectionState())
	}
}

// dialVerdict: a network without IPv6 is usual and no fault, as long as there is
// IPv4, whose line says so.
func dialVerdict(ctx context.Context, t target, six bool, err error) verdict {
	if !six {
		if none, ok := errors.AsType[*net.AddrError](err); ok && none.Err != "" {
			return verdict{state: NotRun, detail: assets.Msg("preflight.no-ipv4")}
		}
		return verdict{err: timely(ctx, err)}
	}
	none, noAddress := errors.AsType[*net.AddrError](err)
	lookUp, failed := errors.AsType[*net.DNSError](err)
	switch {
	case noAddress && none.Err != "", failed && lookUp.IsNotFound:
		return verdict{state: NotRun, detail: assets.Msg("preflight.no-ipv6-name", "Host", t.host)}
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return verdict{state: NotRun, detail: assets.Msg("preflight.no-ipv6")}
	}
	return verdict{state: Warn, detail: assets.Msg("preflight.ipv6-broken"), err: timely(ctx, err)}
}

// timely names the end of the time given, where that is what broke the connection.
func timely(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer in time: %w", os.ErrDeadlineExceeded)
	}
	return err
}

// askStartTLS speaks SMTP up to STARTTLS (RFC 3207). No name of this computer is
// told: the literal of loopback stands for it.
func askStartTLS(conn net.Conn) error {
	in := bufio.NewReader(io.LimitReader(conn, 64<<10))
	if _, err := smtpReply(in, "220"); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "EHLO [127.0.0.1]\r\n"); err != nil {
		return err
	}
	offers, err := smtpReply(in, "250")
	if err != nil {
		return err
	}
	if !strings.Contains(strings.ToUpper(offers), "STARTTLS") {
		return mail.ErrNoSTARTTLS
	}
	if _, err := io.WriteString(conn, "STARTTLS\r\n"); err != nil {
		return err
	}
	_, err = smtpReply(in, "220")
	return err
}

// smtpReply reads a reply to its last line.
func smtpReply(in *bufio.Reader, want string) (string, error) {
	var all strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("%w: %w", mail.ErrLost, err)
		}
		if len(line) < 4 || strings.Trim(line[:3], "0123456789") != "" {
			return "", fmt.Errorf("%w: %.60q", mail.ErrNotMailServer, line)
		}
		all.WriteString(line[4:])
		if line[3] == '-' {
			continue
		}
		if line[:3] != want {
			code, _ := strconv.Atoi(line[:3]) // digits, as seen above
			return "", &mail.ServerError{Protocol: "SMTP", Code: code, Text: strings.TrimSpace(line), During: "greeting"}
		}
		return all.String(), nil
	}
}

// handshakeVerdict names who issued a certificate that is not trusted.
func handshakeVerdict(err error) verdict {
	v := verdict{err: err}
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok && unknown.Cert != nil {
		v.detail = assets.Msg("preflight.untrusted", "Issuer", issuer(unknown.Cert))
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		v.err = fmt.Errorf("%w: %w", mail.ErrNotTLS, err)
	}
	return v
}

// judgeIssuer recognises an inspecting proxy that this computer trusts: by its
// maker's name, or because Microsoft's host has a certificate of nobody whom
// Microsoft buys from.
func judgeIssuer(host string, state tls.ConnectionState) verdict {
	version := tls.VersionName(state.Version)
	leaf := state.PeerCertificates[0]
	names := []string{issuer(leaf)}
	for _, chain := range state.VerifiedChains {
		for _, c := range chain[1:] {
			names = append(names, c.Subject.String())
		}
	}
	d := data()
	for _, name := range names {
		if maker := d.inspector(name); maker != "" {
			return verdict{state: Warn, detail: assets.Msg("preflight.inspected", "Issuer", issuer(leaf))}
		}
	}
	if d.microsoft(host) && !d.microsoftIssuer(names) {
		return verdict{state: Warn, detail: assets.Msg("preflight.odd-issuer", "Issuer", issuer(leaf))}
	}
	return verdict{detail: assets.Msg("preflight.secure", "Version", version, "Issuer", issuer(leaf))}
}

// issuer is who signed a certificate, in a few words.
func issuer(c *x509.Certificate) string {
	name := c.Issuer.CommonName
	if len(c.Issuer.Organization) > 0 && !strings.Contains(name, c.Issuer.Organization[0]) {
		name = strings.TrimSpace(c.Issuer.Organization[0] + " " + name)
	}
	const longest = 100
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return name
}

// proxyFor is the HTTP proxy for a web server, chosen as Postkey's own
// connections do; nil for none.
func (cfg Config) proxyFor(t target) *url.URL {
	if !t.web {
		return nil
	}
	u, err := url.Parse(t.base)
	if err != nil {
		return nil
	}
	system, _ := cfg.system() // the line of the proxy tells of the error
	through, err := oauth.ProxyOf(cfg.environment(), system)(u)
	if err != nil {
		return nil
	}
	return through
}

func (cfg Config) environment() *httpproxy.Config {
	either := func(name string) string {
		if v := cfg.env(name); v != "" {
			return v
		}
		return cfg.env(strings.ToLower(name))
	}
	return &httpproxy.Config{
		HTTPProxy: either("HTTP_PROXY"), HTTPSProxy: either("HTTPS_PROXY"), NoProxy: either("NO_PROXY"),
		CGI: cfg.env("REQUEST_METHOD") != "",
	}
}

// askThrough asks a web server for anything through the proxy; whatever it
// answers, it was reached.
func (cfg Config) askThrough(t target) func(context.Context) verdict {
	return func(ctx context.Context) verdict {
		answer, err := cfg.get(ctx, t.base)
		if err != nil {
			return handshakeVerdict(timely(ctx, err))
		}
		if answer.StatusCode == http.StatusProxyAuthRequired {
			return verdict{err: fmt.Errorf("%w: %s", oauth.ErrProxy, answer.Status)}
		}
		if answer.TLS == nil {
			return verdict{detail: assets.Msg("preflight.connected")}
		}
		return judgeIssuer(t.host, *answer.TLS)
	}
}

// get asks for an address once, without redirects and without its body.
func (cfg Config) get(ctx context.Context, address string) (*http.Response, error) {
	client := oauth.NewClient(cfg.Roots)
	defer client.CloseIdleConnections()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	return answer, answer.Body.Close()
}

// proxy says which proxy is in use, and what Windows has that is not.
func (cfg Config) proxy(context.Context) verdict {
	env := cfg.environment()
	system, err := cfg.system()
	switch {
	case env.HTTPSProxy != "" || env.HTTPProxy != "":
		named := env.HTTPSProxy
		if named == "" {
			named = env.HTTPProxy
		}
		return verdict{detail: assets.Msg("preflight.proxy-environment", "Proxy", withoutPassword(named), "Except", env.NoProxy)}
	case err != nil:
		return verdict{state: Warn, detail: assets.Msg("preflight.proxy-unreadable", "Error", err.Error())}
	}
	used := withoutPassword(system.Address("https"))
	switch {
	case system.Script != "":
		return verdict{state: Warn, detail: assets.Msg("preflight.proxy-script", "Script", withoutPassword(system.Script), "Proxy", used)}
	case used != "":
		return verdict{detail: assets.Msg("preflight.proxy-system", "Proxy", used, "Except", system.Except)}
	case system.Server != "":
		return verdict{state: Warn, detail: assets.Msg("preflight.proxy-other", "Proxy", withoutPassword(system.Server))}
	}
	return verdict{detail: assets.Msg("preflight.proxy-none")}
}

// withoutPassword is a proxy's address as it may be shown.
func withoutPassword(proxy string) string {
	if at := strings.LastIndexByte(proxy, '@'); at >= 0 {
		scheme, _, found := strings.Cut(proxy[:at], "://")
		if found {
			return scheme + "://" + proxy[at+1:]
		}
		return proxy[at+1:]
	}
	return proxy
}

// clock compares this computer's clock with the Date header of the sign-in service.
func (cfg Config) clock(ctx context.Context) verdict {
	tenant := cfg.Connection.TenantID
	if tenant == "" {
		tenant = "organizations"
	}
	answer, err := cfg.get(ctx, strings.TrimSuffix(cfg.Cloud.Authority, "/")+"/"+url.PathEscape(tenant)+"/v2.0/.well-known/openid-configuration")
	if err != nil {
		return verdict{state: NotRun, detail: assets.Msg("preflight.clock-unknown")} // the server's own line says why
	}
	theirs, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return verdict{state: NotRun, detail: assets.Msg("preflight.clock-unknown")}
	}
	local := cfg.Now()
	off := local.Sub(theirs).Round(time.Second)
	detail := assets.Msg("preflight.clock-off", "Seconds", int(off.Abs()/time.Second))
	switch {
	case off.Abs() > clockFails:
		return verdict{detail: detail, err: &oauth.ClockSkewError{Server: theirs, Local: local}}
	case off.Abs() > clockWarns:
		return verdict{state: Warn, detail: detail}
	}
	return verdict{detail: detail}
}

// Entra tolerates five minutes; the header itself is exact to the second.
const (
	clockFails = 5 * time.Minute
	clockWarns = time.Minute
)
