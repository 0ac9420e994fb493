package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/mail"
)

// sentinels maps errors that stand for one thing to the kinds that rules name.
var sentinels = []struct {
	err  error
	kind string
}{
	{mail.ErrNoSTARTTLS, "no-starttls"},
	{mail.ErrNoXOAUTH2, "no-xoauth2"},
	{mail.ErrNotMailServer, "not-mail-server"},
	{mail.ErrNotTLS, "not-tls"},
	{mail.ErrTLSTooOld, "tls-too-old"},
	{mail.ErrLost, "lost"},
	{check.ErrNotArrived, "not-arrived"},
	{oauth.ErrTimeout, "callback-timeout"},
	{oauth.ErrState, "callback-state"},
	{oauth.ErrPort, "port-in-use"},
	{oauth.ErrBrowser, "no-browser"},
	{oauth.ErrNotSignedIn, "not-signed-in"},
	{oauth.ErrProxy, "proxy"},
	{store.ErrKeyringMissing, "keyring-missing"},
	{store.ErrKeyringLocked, "keyring-locked"},
	{store.ErrKeyringFull, "keyring-full"},
	{store.ErrNotFound, "not-found"},
	{store.ErrLocked, "store-locked"},
	{store.ErrHeld, "store-locked"},
	{store.ErrNewer, "store-newer"},
	{store.ErrUnwritable, "store-unwritable"},
	{syscall.ECONNREFUSED, "refused"},
	{syscall.ENETUNREACH, "unreachable"},
	{syscall.EHOSTUNREACH, "unreachable"},
	{syscall.ENETDOWN, "unreachable"},
	{syscall.ETIMEDOUT, "timeout"},
	{context.DeadlineExceeded, "timeout"},
	{os.ErrDeadlineExceeded, "timeout"},
	{syscall.ECONNRESET, "lost"},
	{syscall.ECONNABORTED, "lost"},
	{syscall.EPIPE, "lost"},
	{io.ErrUnexpectedEOF, "lost"},
	{io.EOF, "lost"},
}

// winsock maps the numbers that Windows uses instead (Microsoft Learn: Windows
// Sockets Error Codes); package syscall's names do not equal them there.
var winsock = map[syscall.Errno]string{
	10049: "unreachable", // WSAEADDRNOTAVAIL: no address that anything can have
	10050: "unreachable", // WSAENETDOWN
	10051: "unreachable", // WSAENETUNREACH
	10053: "lost",        // WSAECONNABORTED
	10054: "lost",        // WSAECONNRESET
	10060: "timeout",     // WSAETIMEDOUT
	10061: "refused",     // WSAECONNREFUSED
	10065: "unreachable", // WSAEHOSTUNREACH
}

// kindsOf names what the errors in err's chain stand for.
func kindsOf(err error) map[string]bool {
	kinds := map[string]bool{}
	if err == nil {
		return kinds
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			kinds[s.kind] = true
		}
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok && winsock[errno] != "" {
		kinds[winsock[errno]] = true
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && !dns.IsTimeout {
		kinds["dns"] = true
	} else if ok {
		kinds["dns-timeout"] = true
	}
	if wait, ok := errors.AsType[net.Error](err); ok && wait.Timeout() {
		kinds["timeout"] = true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		kinds["proxy"] = true
	}
	if _, ok := errors.AsType[*oauth.ClockSkewError](err); ok {
		kinds["clock-skew"] = true
	}
	if _, ok := errors.AsType[*mail.BounceError](err); ok {
		kinds["bounce"] = true
	}
	tlsKinds(err, kinds)
	oauthKinds(err, kinds)
	serverKinds(err, kinds)
	webKinds(err, kinds)
	return kinds
}

func tlsKinds(err error, kinds map[string]bool) {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		kinds["tls-untrusted"] = true
	}
	if _, ok := errors.AsType[x509.SystemRootsError](err); ok {
		kinds["tls-untrusted"] = true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		kinds["tls-name"] = true
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired { // also "not yet valid"
			kinds["tls-expired"] = true
		} else {
			kinds["tls-untrusted"] = true
		}
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		kinds["not-tls"] = true
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		switch alert { // RFC 8446, section 6
		case 70, 71, 86: // protocol_version, insufficient_security, inappropriate_fallback
			kinds["tls-too-old"] = true
		}
	}
}

func oauthKinds(err error, kinds map[string]bool) {
	entra, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return
	}
	kinds["oauth:"+entra.Kind] = entra.Kind != ""
	kinds["suberror:"+entra.Suberror] = entra.Suberror != ""
	if entra.Status == http.StatusTooManyRequests || entra.Status >= http.StatusInternalServerError {
		kinds["entra-busy"] = true
	}
}

// serverKinds tells a reply by the command it answered, for replies whose
// words say nothing more: "smtp-auth-refused", "imap-auth-refused",
// "pop-auth-refused", "smtp-message-refused", "smtp-later".
func serverKinds(err error, kinds map[string]bool) {
	reply, ok := errors.AsType[*mail.ServerError](err)
	if !ok {
		return
	}
	protocol := strings.ToLower(reply.Protocol)
	during := strings.ToUpper(reply.During)
	switch {
	case protocol == "smtp" && reply.Code >= 400 && reply.Code < 500:
		kinds["smtp-later"] = true
	case protocol == "smtp" && reply.Code >= 500 && isCommand(during, "RCPT", "DATA", "BDAT"):
		kinds["smtp-message-refused"] = true
	case isCommand(during, "AUTH", "AUTHENTICATE"):
		kinds[protocol+"-auth-refused"] = true
	}
}

// webKinds tells a refusal of EWS or Graph by its type: "web-busy",
// "no-mailbox", and "ews-off" for the 403 without a code that EWS gives where it
// is switched off.
func webKinds(err error, kinds map[string]bool) {
	refusal, ok := errors.AsType[*mail.WebError](err)
	if !ok {
		return
	}
	kinds["web-busy"] = refusal.Later()
	kinds["no-mailbox"] = errors.Is(refusal, mail.ErrNoMailbox)
	kinds["ews-off"] = refusal.Protocol == "EWS" && refusal.Status == http.StatusForbidden && refusal.Code == ""
}

func isCommand(during string, commands ...string) bool {
	for _, c := range commands {
		if during == c || strings.HasPrefix(during, c+" ") {
			return true
		}
	}
	return false
}

// wordsOf returns what was said, for the rules to be held against and for the
// person to read.
func wordsOf(err error) string {
	if err == nil {
		return ""
	}
	if entra, ok := errors.AsType[*oauth.Error](err); ok {
		said := entra.Description
		if said == "" {
			said = entra.Kind
		}
		if said == "" {
			said = entra.Error()
		}
		return said
	}
	if reply, ok := errors.AsType[*mail.ServerError](err); ok {
		return spoken(reply)
	}
	if bounce, ok := errors.AsType[*mail.BounceError](err); ok {
		return strings.TrimSpace(bounce.Status + " " + bounce.Text)
	}
	return err.Error()
}

// spoken is the server's answer with its codes in front, even where the
// library that read it took them off.
func spoken(reply *mail.ServerError) string {
	text := reply.Text
	if reply.Enhanced != "" && !strings.Contains(text, reply.Enhanced) {
		text = reply.Enhanced + " " + text
	}
	if code := strconv.Itoa(reply.Code); reply.Code > 0 && !strings.HasPrefix(text, code) {
		text = code + " " + text
	}
	return text
}
