package preflight

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// at is a healthy practice tenant and a computer without a proxy.
func at(t *testing.T, change func(*practice.Options)) (*practice.Tenant, Config) {
	t.Helper()
	var opts practice.Options
	if change != nil {
		change(&opts)
	}
	tenant, err := practice.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tenant.Close(); err != nil {
			t.Error(err)
		}
	})
	return tenant, Config{
		Cloud: tenant.Cloud(), Roots: tenant.Roots(), Vault: store.NewMemory(), Dir: t.TempDir(),
		Connection:  store.Connection{TenantID: tenant.Values().TenantID, Protocols: []string{"imap", "pop", "smtp"}},
		env:         func(string) string { return "" },
		system:      func() (oauth.SystemProxy, error) { return oauth.SystemProxy{}, nil },
		findBrowser: func() (string, error) { return "/usr/bin/firefox", nil },
	}
}

// by finds the line whose ID begins so.
func by(t *testing.T, lines []Line, prefix string) Line {
	t.Helper()
	i := slices.IndexFunc(lines, func(l Line) bool { return strings.HasPrefix(string(l.ID), prefix) })
	if i < 0 {
		t.Fatalf("there is no line %s", prefix)
	}
	return lines[i]
}

func want(t *testing.T, l Line, state State, finding, detail string) {
	t.Helper()
	id := ""
	if l.Finding != nil {
		id = l.Finding.ID
	}
	if l.State != state || id != finding || !strings.Contains(l.Detail.String(), detail) {
		t.Errorf("%s: %s, finding %q, %q (%v); want %s, %q, %q", l.ID, l.State, id, l.Detail, l.Err, state, finding, detail)
	}
}

func TestAllIsWell(t *testing.T) {
	_, cfg := at(t, nil)
	var told []Line
	cfg.Events = func(l Line) { told = append(told, l) } // not guarded: one at a time
	lines := Run(t.Context(), cfg)
	if !Passed(lines) {
		t.Errorf("%+v", lines)
	}
	if len(told) != 2*len(lines) || len(Plan(cfg)) != len(lines) {
		t.Errorf("%d told, %d planned, %d lines", len(told), len(Plan(cfg)), len(lines))
	}
	want(t, by(t, lines, "dns:localhost"), OK, "", "1 IPv4")
	for _, address := range []string{cfg.Cloud.IMAP, cfg.Cloud.POP, cfg.Cloud.SMTP} {
		want(t, by(t, lines, "ipv4:"+address), OK, "", "TLS 1.3")
	}
	want(t, by(t, lines, string(Clock)), OK, "", " s from")
	want(t, by(t, lines, string(LoopbackV4)), OK, "", "listen")
	want(t, by(t, lines, string(Browser)), OK, "", "firefox")
	want(t, by(t, lines, string(Keyring)), OK, "", "deletes")
	want(t, by(t, lines, string(DataFolder)), OK, "", cfg.Dir)
	want(t, by(t, lines, string(Proxy)), OK, "", "None")
	if left, err := os.ReadDir(cfg.Dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if len(Findings(lines)) > 0 {
		t.Errorf("findings: %+v", Findings(lines))
	}
}

func TestFaultsOfTheNetwork(t *testing.T) {
	for fault, c := range map[practice.Fault]struct{ server, finding string }{
		practice.FaultCertificateName:      {"smtp", "tls-name-mismatch"},
		practice.FaultCertificateExpired:   {"imap", "tls-expired"},
		practice.FaultCertificateUntrusted: {"pop", "tls-untrusted"},
		practice.FaultNoSTARTTLS:           {"smtp", "starttls-missing"},
		practice.FaultGarbage:              {"imap", "tls-not-spoken"},
	} {
		tenant, cfg := at(t, nil)
		tenant.Break(fault)
		lines := Run(t.Context(), cfg)
		address := map[string]string{"smtp": cfg.Cloud.SMTP, "imap": cfg.Cloud.IMAP, "pop": cfg.Cloud.POP}[c.server]
		want(t, by(t, lines, "ipv4:"+address), Failed, c.finding, "")
		if Passed(lines) || Findings(lines)[0].Server == "" {
			t.Errorf("%s: passed %v, findings %+v", fault, Passed(lines), Findings(lines))
		}
	}
}

func TestServersThatAreNotThere(t *testing.T) {
	_, cfg := at(t, nil)
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Cloud.IMAP, cfg.Cloud.POP = closed, "mail.invalid:995"
	lines := Run(t.Context(), cfg)
	want(t, by(t, lines, "ipv4:"+closed), Failed, "connect-refused", "")
	want(t, by(t, lines, "ipv6:"+closed), NotRun, "", "other protocol")
	want(t, by(t, lines, "dns:mail.invalid"), Failed, "dns-failed", "")
}

// A silent server takes a line no longer than its limit, and all side by side.
// A server that greets with "later" is busy, also without an enhanced code.
func TestBusyGreeting(t *testing.T) {
	_, cfg := at(t, nil)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("421 Too many connections\r\n"))
			_ = conn.Close()
		}
	}()
	cfg.Cloud.SMTP = listener.Addr().String()
	want(t, by(t, Run(t.Context(), cfg), "ipv4:"+cfg.Cloud.SMTP), Failed, "server-busy", "")
}

func TestSilence(t *testing.T) {
	tenant, cfg := at(t, nil)
	tenant.Break(practice.FaultSilent)
	cfg.Limit = 300 * time.Millisecond
	lines := Run(t.Context(), cfg)
	for _, address := range []string{cfg.Cloud.IMAP, cfg.Cloud.POP, cfg.Cloud.SMTP} {
		want(t, by(t, lines, "ipv4:"+address), Failed, "connect-timeout", "")
	}
}

func TestCancelled(t *testing.T) {
	tenant, cfg := at(t, nil)
	tenant.Break(practice.FaultSilent)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	began := time.Now()
	lines := Run(ctx, cfg)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	want(t, by(t, lines, "ipv4:"+cfg.Cloud.IMAP), NotRun, "", "Cancelled")
	if Passed(lines) {
		t.Error("a cancelled preflight passed")
	}
}

func TestClock(t *testing.T) {
	for off, c := range map[time.Duration]struct {
		state   State
		finding string
	}{
		-10 * time.Minute: {Failed, "clock-skew"}, 6 * time.Minute: {Failed, "clock-skew"},
		2 * time.Minute: {Warn, ""}, 10 * time.Second: {OK, ""},
	} {
		_, cfg := at(t, nil)
		cfg.Now = func() time.Time { return time.Now().Add(off) }
		want(t, by(t, Run(t.Context(), cfg), string(Clock)), c.state, c.finding, " s from")
	}
}

func TestProxies(t *testing.T) {
	for name, c := range map[string]struct {
		env    map[string]string
		system oauth.SystemProxy
		err    error
		state  State
		shown  string
	}{
		"environment": {map[string]string{"https_proxy": "http://andrea:hunter2@proxy.contoso.example:3128", "NO_PROXY": "localhost"}, oauth.SystemProxy{}, nil, OK, "http://proxy.contoso.example:3128"},
		"Windows":     {nil, oauth.SystemProxy{Server: "proxy:8080", Except: "<local>"}, nil, OK, "http://proxy:8080, from the settings of Windows; not for <local>"},
		"SOCKS":       {nil, oauth.SystemProxy{Server: "socks=proxy:1080"}, nil, Warn, "Windows uses socks=proxy:1080"},
		"script":      {nil, oauth.SystemProxy{Script: "http://wpad/proxy.pac"}, nil, Warn, "http://wpad/proxy.pac. Postkey does not run such scripts: if"},
		"script too":  {nil, oauth.SystemProxy{Script: "http://wpad/proxy.pac", Server: "andrea:hunter2@proxy:8080"}, nil, Warn, "and uses http://proxy:8080"},
		"unreadable":  {nil, oauth.SystemProxy{}, errors.New("access is denied"), Warn, "access is denied"},
		"both":        {map[string]string{"HTTPS_PROXY": "proxy:1"}, oauth.SystemProxy{Server: "proxy:2"}, nil, OK, "proxy:1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, cfg := at(t, nil)
			cfg.env = func(k string) string { return c.env[k] }
			cfg.system = func() (oauth.SystemProxy, error) { return c.system, c.err }
			l := by(t, Run(t.Context(), cfg), string(Proxy))
			want(t, l, c.state, "", c.shown)
			if raw, err := json.Marshal(l); err != nil || strings.Contains(string(raw), "hunter2") {
				t.Errorf("%s, %v", raw, err)
			}
		})
	}
}

// A sign-in service behind a proxy is asked through it.
func TestThroughTheProxy(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		state   State
		finding string
	}{
		"lets through":  {http.StatusOK, OK, ""},
		"wants a login": {http.StatusProxyAuthRequired, Failed, "proxy-refused"},
	} {
		t.Run(name, func(t *testing.T) {
			_, cfg := at(t, nil)
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(c.status) }))
			defer proxy.Close()
			t.Setenv("HTTP_PROXY", proxy.URL)
			t.Setenv("NO_PROXY", "")
			cfg.env = os.Getenv
			cfg.Cloud.Authority = "http://login.contoso.example" // reached by no other way
			want(t, by(t, Run(t.Context(), cfg), "proxy:login.contoso.example:80"), c.state, c.finding, "")
		})
	}
}

// The proxy of Windows has lines of its own for the web servers, but for those
// that are excepted.
func TestLinesOfTheSystemProxy(t *testing.T) {
	_, cfg := at(t, nil)
	cfg.Connection.Protocols = []string{"imap", "ews", "graph"}
	cfg.Cloud.Authority, cfg.Cloud.EWS, cfg.Cloud.Graph = "https://login.contoso.example", "https://mail.contoso.example", "https://graph.contoso.example"
	cfg.system = func() (oauth.SystemProxy, error) {
		return oauth.SystemProxy{Server: "proxy:8080", Except: "mail.*"}, nil
	}
	var ids []string
	for _, l := range Plan(cfg) {
		ids = append(ids, string(l.ID))
	}
	for _, want := range []string{
		"proxy:login.contoso.example:443", "proxy:graph.contoso.example:443", "ipv4:mail.contoso.example:443", "ipv4:" + cfg.Cloud.IMAP,
	} {
		if !slices.Contains(ids, want) {
			t.Errorf("no line %s in %v", want, ids)
		}
	}
}

// certificate is signed by an authority of the given name.
func certificate(t *testing.T, maker string) (leaf, root *x509.Certificate) {
	t.Helper()
	make := func(name string, parent *x509.Certificate, key *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		tmpl := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(time.Hour), IsCA: parent == nil, BasicConstraintsValid: true,
		}
		if parent == nil {
			parent, key = tmpl, own
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &own.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c, own
	}
	root, key := make(maker, nil, nil)
	leaf, _ = make("outlook.office365.com", root, key)
	return leaf, root
}

func TestInspection(t *testing.T) {
	for name, c := range map[string]struct {
		host, maker string
		state       State
		shown       string
	}{
		"Microsoft's own":      {"outlook.office365.com", "DigiCert Global G2 TLS RSA", "", "DigiCert"},
		"a maker of proxies":   {"outlook.office365.com", "Zscaler Intermediate Root CA", Warn, "Zscaler"},
		"a company's own":      {"login.microsoftonline.com", "Contoso Web Gateway CA", Warn, "Microsoft's issuers"},
		"a host of one's own":  {"mail.contoso.example", "Contoso Internal CA", "", "Contoso"},
		"a proxy on one's own": {"mail.contoso.example", "FortiGate CA", Warn, "FortiGate"},
	} {
		leaf, root := certificate(t, c.maker)
		v := judgeIssuer(c.host, tls.ConnectionState{
			Version: tls.VersionTLS13, PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf, root}},
		})
		if v.state != c.state || !strings.Contains(v.detail.String(), c.shown) {
			t.Errorf("%s: %q %q", name, v.state, v.detail)
		}
	}
	leaf, _ := certificate(t, "Kaspersky Anti-Virus Personal Root")
	v := handshakeVerdict(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{Cert: leaf}})
	if !strings.Contains(v.detail.String(), "Kaspersky") {
		t.Errorf("untrusted: %q", v.detail)
	}
}

// broken is a vault that refuses, or that waits for a dialog.
type broken struct {
	store.Vault
	err error
}

func (b broken) Set(ctx context.Context, _ string, _ oauth.Secret) error {
	if b.err != nil {
		return b.err
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestThisComputer(t *testing.T) {
	_, cfg := at(t, nil)
	cfg.Limit = 400 * time.Millisecond
	cfg.findBrowser = func() (string, error) { return "", oauth.ErrBrowser }
	cfg.Vault = broken{store.NewMemory(), store.ErrKeyringMissing}
	cfg.Dir = filepath.Join(cfg.Dir, "absent")
	lines := Run(t.Context(), cfg)
	want(t, by(t, lines, string(Browser)), Warn, "browser-did-not-open", "copied")
	want(t, by(t, lines, string(Keyring)), Failed, "keyring-missing", "")
	want(t, by(t, lines, string(DataFolder)), Failed, "", "cannot be written")
	cfg.Vault = broken{Vault: store.NewMemory()}
	want(t, by(t, Run(t.Context(), cfg), string(Keyring)), Failed, "keyring-locked", "")
}

func TestLinesOfAConnection(t *testing.T) {
	_, cfg := at(t, nil)
	cfg.Connection.Protocols = []string{"graph"}
	cfg.Cloud.Graph = "https://graph.contoso.example/v1"
	var ids []string
	for _, l := range Plan(cfg) {
		ids = append(ids, string(l.ID))
	}
	all := strings.Join(ids, " ")
	if strings.Contains(all, cfg.Cloud.IMAP) || !strings.Contains(all, "ipv4:graph.contoso.example:443") {
		t.Errorf("got %s", all)
	}
	cfg.Connection, cfg.Vault, cfg.Dir = store.Connection{}, nil, ""
	all = ""
	for _, l := range Plan(cfg) {
		all += " " + string(l.ID)
	}
	if !strings.Contains(all, cfg.Cloud.POP) || strings.Contains(all, string(Keyring)) || strings.Contains(all, "graph") {
		t.Errorf("without a connection: %s", all)
	}
}
