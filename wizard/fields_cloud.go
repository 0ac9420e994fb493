package wizard

import (
	"net"
	"net/url"
	"strings"

	"postkey/wizard/catalog"
)

// checkEndpoint checks one address of a custom cloud. An empty one stands for
// the worldwide cloud's.
func (d *Draft) checkEndpoint(f Field, limits catalog.Limits) *Problem {
	if d.Cloud != catalog.Custom {
		return nil
	}
	e := d.endpoints()
	value := map[Field]string{
		FieldAuthority: e.Authority, FieldIMAP: e.IMAP, FieldPOP: e.POP, FieldSMTP: e.SMTP,
		FieldEWS: e.EWS, FieldGraph: e.Graph, FieldMailResource: e.MailResource,
	}[f]
	if value == "" {
		return nil
	}
	if p := checkText(value, limits.Text); p != nil {
		return p
	}
	if hasSpace(value) {
		return problem("endpoint-space")
	}
	switch f {
	case FieldIMAP, FieldPOP, FieldSMTP:
		return checkServer(value, map[Field]string{
			FieldIMAP: "outlook.office365.com:993", FieldPOP: "outlook.office365.com:995", FieldSMTP: "smtp.office365.com:587",
		}[f])
	case FieldAuthority:
		if p := checkBase(value, "https://login.microsoftonline.com"); p != nil {
			return p
		}
		for _, end := range []string{"/oauth2", "/v2.0", "/adminconsent", "/.well-known", "/authorize", "/token"} {
			if strings.Contains(value, end) {
				return problem("authority-path")
			}
		}
	case FieldMailResource:
		if strings.HasPrefix(value, "http://") {
			return problem("endpoint-scheme", "Example", "https://outlook.office.com")
		}
		if p := checkBase(value, "https://outlook.office.com"); p != nil {
			return p
		}
		if u, err := url.Parse(value); err == nil && u.Path != "" {
			return problem("mail-resource-path")
		}
	case FieldEWS:
		return checkBase(value, "https://outlook.office365.com/EWS/Exchange.asmx")
	case FieldGraph:
		return checkBase(value, "https://graph.microsoft.com")
	}
	return nil
}

// checkServer checks host:port.
func checkServer(value, example string) *Problem {
	if strings.Contains(value, "://") {
		return problem("server-url", "Example", example)
	}
	host, port, err := net.SplitHostPort(value)
	switch {
	case err != nil && validHost(strings.Trim(value, "[]")):
		return problem("server-no-port", "Example", example)
	case err != nil || !validHost(host):
		return problem("server-broken", "Example", example)
	case !validPort(port):
		return problem("server-port", "Port", shown(port))
	}
	return nil
}

// checkBase checks an https address, or an http one of this computer.
func checkBase(value, example string) *Problem {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || !validHost(u.Hostname()):
		return problem("endpoint-broken", "Example", example)
	case u.Port() != "" && !validPort(u.Port()):
		return problem("server-port", "Port", shown(u.Port()))
	case u.User != nil:
		return problem("endpoint-user", "Example", example)
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(value, "#"):
		return problem("endpoint-query", "Example", example)
	case u.Scheme == "http" && loopback(u.Hostname()):
	case u.Scheme != "https":
		return problem("endpoint-scheme", "Example", example)
	}
	return nil
}

// loopback reports whether a host is this computer.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
