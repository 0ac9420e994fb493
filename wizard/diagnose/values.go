package diagnose

import (
	"cmp"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"postkey/oauth"
)

// commonPortal is the Entra admin center of the worldwide cloud.
const commonPortal = "https://entra.microsoft.com"

// values are what sentences, commands and links can name.
type values struct {
	mailbox, login, delegate, client, tenant, name string
	portal, authority, environment                 string
	consent                                        string // the scopes that an administrator is asked to consent to
	code                                           string // an AADSTS number without its prefix
}

func valuesOf(ev Evidence) values {
	c := ev.Connection
	v := values{
		mailbox: c.Mailbox.Address, delegate: c.Mailbox.Delegate, client: c.ClientID, tenant: c.TenantID, name: c.Name,
		login:       ev.Login,
		portal:      strings.TrimSuffix(cmp.Or(ev.Cloud.Portal, commonPortal), "/"),
		authority:   strings.TrimSuffix(cmp.Or(ev.Cloud.Authority, "https://login.microsoftonline.com"), "/"),
		environment: ev.Cloud.ExchangeEnvironment,
		consent:     consentScopes(ev),
	}
	if v.login == "" {
		v.login = v.mailbox
		if ev.Leg == "smtp" && v.delegate != "" {
			v.login = v.delegate
		}
	}
	return v
}

// consentScopes are what the connection's protocols need; of an application,
// which cannot name them, everything on its registration (Microsoft Learn: Admin
// consent on the Microsoft identity platform).
func consentScopes(ev Evidence) string {
	resource := strings.TrimSuffix(cmp.Or(resourceOf(ev), "https://outlook.office.com"), "/")
	if ev.Connection.Mode == appOnly {
		return resource + "/.default"
	}
	protocols := ev.Connection.Protocols
	if len(protocols) == 0 {
		protocols = []string{"imap", "smtp"}
	}
	var scopes []string
	for _, p := range protocols {
		if scope := data().Scopes[p]; scope != "" {
			scopes = append(scopes, resource+"/"+scope)
		}
	}
	return strings.Join(append(scopes, "offline_access"), " ")
}

// sentences is the data of the finding's messages. A missing value is empty,
// and every sentence reads well without it.
func (v values) sentences(ev Evidence, c *catalogue, text string) map[string]any {
	connect := "Connect-ExchangeOnline"
	if v.environment != "" {
		connect += " -ExchangeEnvironmentName " + v.environment
	}
	data := map[string]any{
		"Mailbox": v.mailbox, "Login": v.login, "Delegate": v.delegate, "Client": v.client, "Tenant": v.tenant,
		"Name": v.name, "Portal": v.portal, "Connect": connect,
		"User": signedIn(ev), "Permission": c.missing(ev), "Host": hostOf(ev, text), "Wait": backOff(text),
		"Audience": "", "Code": "", "Redirect": ev.Connection.RedirectURI,
	}
	if ev.Claims != nil {
		data["Audience"] = ev.Claims.Audience
	}
	// Where RBAC for Applications can stand in for a permission in the token.
	data["OnGraph"], data["ByExchange"] = ev.Leg == "graph", ev.Leg == "graph" || ev.Leg == "ews"
	return data
}

// named finds {mailbox} and {delegate?}.
var named = regexp.MustCompile(`\{([a-z]+)(\?)?\}`)

// command fills a command for PowerShell. It is false when the command names an
// optional value that is missing. Other missing values become <mailbox>, which
// PowerShell refuses to run.
func (v values) command(text string) (string, bool) {
	complete := true
	out := named.ReplaceAllStringFunc(text, func(s string) string {
		m := named.FindStringSubmatch(s)
		value := v.get(m[1])
		if value == "" {
			complete = complete && m[2] == ""
			return "<" + m[1] + ">"
		}
		return quote(value)
	})
	return out, complete
}

// link fills an address. A value that is missing is taken from what works for
// everybody; a link that cannot do without is empty.
func (v values) link(text string) string {
	missing := false
	out := named.ReplaceAllStringFunc(text, func(s string) string {
		switch name := strings.Trim(s, "{}"); name {
		case "portal":
			return v.portal
		case "authority":
			return v.authority
		case "consent":
			return strings.ReplaceAll(url.QueryEscape(v.consent), "+", "%20")
		default:
			value := v.get(name)
			missing = missing || value == ""
			return url.PathEscape(value)
		}
	})
	if missing { // such as the page of one app registration: the list of them is next best
		return v.portal
	}
	return out
}

func (v values) get(name string) string {
	switch name {
	case "mailbox":
		return v.mailbox
	case "login":
		return v.login
	case "delegate":
		return v.delegate
	case "client":
		return v.client
	case "tenant":
		return v.tenant
	case "name":
		return v.name
	case "code":
		return v.code
	}
	return ""
}

// quote makes a PowerShell string of value that holds nothing but value.
// PowerShell takes the typographic quotes for straight ones (Microsoft Learn:
// about_Quoting_Rules), so each kind is doubled. Control characters, with
// which a pasted line could end early, are left out.
func quote(value string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range value {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			continue
		case strings.ContainsRune("'‘’‚‛", r):
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

var milliseconds = regexp.MustCompile(`backoff time:? (\d{1,9}) milliseconds`)

// backOff is how long a throttling server asks to wait, such as 1m33s; empty when it does not say.
func backOff(text string) string {
	m := milliseconds.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	ms, err := strconv.Atoi(m[1])
	if err != nil {
		return ""
	}
	return (time.Duration(ms)*time.Millisecond + time.Second - 1).Truncate(time.Second).String()
}

// serverOf is the host:port that the leg talks to.
func serverOf(cloud oauth.Cloud, leg string) string {
	switch leg {
	case "imap":
		return cloud.IMAP
	case "pop":
		return cloud.POP
	case "smtp":
		return cloud.SMTP
	case "ews":
		return hostname(cloud.EWS)
	case "graph":
		return hostname(cloud.Graph)
	}
	return hostname(cloud.Authority)
}

func hostname(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// hostOf names the server in question.
func hostOf(ev Evidence, text string) string {
	leg := string(ev.Leg)
	if ev.Hop == "token" {
		leg = ""
	}
	if host := serverOf(ev.Cloud, leg); host != "" {
		return host
	}
	return hostIn(text)
}

var microsoftHost = regexp.MustCompile(`\b((?:smtp|outlook|login|graph|partner|outlook-dod)\.[a-z.]*(?:office365|office|microsoftonline|microsoft)\.(?:com|us|cn)(?::\d{2,5})?)\b`)

func hostIn(text string) string {
	m := microsoftHost.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}
