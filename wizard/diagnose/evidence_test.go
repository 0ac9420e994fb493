package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/mail"
)

const mailResource = "https://outlook.office.com"

var (
	own = store.Connection{Mode: "delegated", Mailbox: store.Mailbox{Address: "support@contoso.example"}}
	// shared is read by andrea.
	shared = store.Connection{Mode: "delegated", Mailbox: store.Mailbox{Address: "support@contoso.example", Delegate: "andrea@contoso.example"}}
	app    = store.Connection{Mode: "app-only", Mailbox: store.Mailbox{Address: "fax@contoso.example"}}
	// rbac sends through RBAC for Applications: no role in the token is right.
	rbac = store.Connection{Mode: "app-only", SMTPRBAC: true, Mailbox: store.Mailbox{Address: "fax@contoso.example"}}
)

func smtpReply(during string, code int, enhanced, text string) error {
	return fmt.Errorf("smtp: %w", &mail.ServerError{Protocol: "SMTP", During: during, Code: code, Enhanced: enhanced, Text: text})
}

var (
	smtpAuth = smtpReply("AUTH", 535, "5.7.3", "535 5.7.3 Authentication unsuccessful [AM0PR01CA0107]")
	imapAuth = error(&mail.ServerError{Protocol: "IMAP", During: "AUTHENTICATE", Text: "NO AUTHENTICATE failed."})
	popAuth  = error(&mail.ServerError{Protocol: "POP", During: "AUTH", Text: "-ERR Authentication failure: unknown user name or bad password."})
	imapOpen = error(&mail.ServerError{Protocol: "IMAP", During: "SELECT", Text: "BAD User is authenticated but not connected."})
)

func entra(kind string, code int, text string) error {
	e := &oauth.Error{Status: 400, Kind: kind, Description: text}
	if code != 0 {
		e.Codes = []int{code}
	}
	return fmt.Errorf("token: %w", e)
}

func claims(audience, user string, scopes ...string) *oauth.Claims {
	return &oauth.Claims{Audience: audience, Username: user, Scopes: scopes}
}

var evidenceCases = []struct {
	id string
	ev Evidence
}{
	// The typed secret and the kind of connection are part of the evidence.
	{"secret-is-id", Evidence{Err: entra("invalid_client", 7000215, "AADSTS7000215: Invalid client secret provided."), SecretLooksLikeID: true}},
	{"secret-is-id", Evidence{SecretLooksLikeID: true}},
	{"secret-wrong", Evidence{Err: entra("invalid_client", 7000215, "AADSTS7000215: Segreto client non valido.")}},
	// Postkey itself signs with no certificate, so in any language it is the secret.
	{"secret-wrong", Evidence{Connection: own, Err: entra("invalid_client", 50012, "AADSTS50012: 認証に失敗しました。")}},
	{"unknown", Evidence{Err: entra("invalid_client", 50012, "AADSTS50012: 認証に失敗しました。")}},
	{"account-locked", Evidence{Connection: own, Err: &oauth.Error{Kind: "invalid_grant", Codes: []int{70002, 50053}}}},
	{"secret-expired", Evidence{Err: entra("invalid_client", 7000222, "AADSTS7000222"), SecretLooksLikeID: true}},
	{"consent-needed", Evidence{Connection: own, Err: entra("invalid_grant", 65001, "AADSTS65001: no consent")}},
	{"admin-consent-needed", Evidence{Connection: app, Err: entra("invalid_grant", 65001, "AADSTS65001: no consent")}},
	{"consent-declined", Evidence{Err: &oauth.Error{Kind: "access_denied"}}},
	{"conditional-access", Evidence{Err: &oauth.Error{Kind: "access_denied", Codes: []int{53003}, Description: "geblockt"}}},
	{"password-wrong", Evidence{Err: &oauth.Error{Kind: "invalid_grant", Codes: []int{70002, 50126}}}},
	{"service-busy", Evidence{Err: &oauth.Error{Status: 429}}},
	{"service-busy", Evidence{Err: &oauth.Error{Status: 503, Description: "Service Unavailable"}}},
	{"sign-in-expired", Evidence{Err: &oauth.Error{Status: 400, Kind: "invalid_grant", Suberror: "bad_token"}}},
	{"unknown", Evidence{Err: &oauth.Error{Status: 400, Kind: "invalid_grant"}}},
	{"secret-missing", Evidence{Connection: own, Err: fmt.Errorf("read the client secret: %w", fmt.Errorf("secret x/client-secret: %w", store.ErrNotFound))}},
	{"not-signed-in", Evidence{Hop: check.Token, Err: fmt.Errorf("token: %w", oauth.ErrNotSignedIn)}},
	{"proxy-refused", Evidence{Err: fmt.Errorf("post: %w: proxy answered", oauth.ErrProxy)}},
	{"proxy-refused", Evidence{Err: &oauth.Error{Status: 407, Description: "Squid"}}},
	{"clock-skew", Evidence{Err: &oauth.ClockSkewError{Err: oauth.ErrIDToken}}},
	{"clock-skew", Evidence{Err: &oauth.ClockSkewError{Err: entra("invalid_client", 700024, "AADSTS700024: not within its valid time range")}}},
	{"unknown", Evidence{Err: oauth.ErrIDToken}},
	{"callback-timeout", Evidence{Err: oauth.ErrTimeout}},
	{"callback-state", Evidence{Err: oauth.ErrState}},
	{"callback-state", Evidence{Err: &oauth.PasteError{Kind: oauth.PasteOtherSignIn}}},
	{"port-in-use", Evidence{Err: fmt.Errorf("%w: %w", oauth.ErrPort, syscall.EADDRINUSE)}},
	{"browser-did-not-open", Evidence{Err: oauth.ErrBrowser}},

	// What the token says comes before what a server says of it.
	{"token-wrong-audience", Evidence{Connection: own, Leg: check.IMAP, Err: imapAuth, Claims: claims("https://graph.microsoft.com", "support@contoso.example", "IMAP.AccessAsUser.All")}},
	{"token-wrong-audience", Evidence{Connection: shared, Leg: check.SMTP, Err: smtpAuth, Claims: claims("00000003-0000-0000-c000-000000000000", "")}},
	{"token-wrong-audience", Evidence{Connection: own, Leg: check.POP, Claims: claims("https://graph.microsoft.com", "")}},
	{"imap-auth-failed", Evidence{Connection: own, Leg: check.IMAP, Err: imapAuth, Claims: claims("https://outlook.office365.com/", "support@contoso.example", "IMAP.AccessAsUser.All")}},
	{"imap-auth-failed", Evidence{Connection: own, Cloud: oauth.Cloud{MailResource: "https://mail.lab.example"}, Leg: check.IMAP, Err: imapAuth, Claims: claims("https://mail.lab.example", "")}},
	{"token-missing-scope", Evidence{Connection: own, Leg: check.SMTP, Err: smtpAuth, Granted: []string{mailResource + "/IMAP.AccessAsUser.All"}}},
	{"token-missing-scope", Evidence{Connection: own, Leg: check.IMAP, Err: imapAuth, Claims: claims(mailResource, "", "SMTP.Send")}},
	{"token-missing-scope", Evidence{Connection: own, Leg: check.POP, Err: popAuth, Claims: claims(mailResource, "other@contoso.example", "SMTP.Send")}},
	{"smtp-auth-failed", Evidence{Connection: own, Leg: check.SMTP, Err: smtpAuth, Granted: []string{"openid", "profile"}}},
	{"token-missing-role", Evidence{Connection: app, Leg: check.IMAP, Err: imapAuth, Claims: &oauth.Claims{Audience: mailResource, Roles: []string{"full_access_as_app"}}}},
	{"token-missing-role", Evidence{Connection: app, Leg: check.POP, Err: popAuth, Claims: &oauth.Claims{Audience: mailResource}}},
	{"imap-app-mailbox-access", Evidence{Connection: app, Leg: check.IMAP, Err: imapAuth, Claims: &oauth.Claims{Audience: mailResource, Roles: []string{"IMAP.AccessAsApp"}}}},
	{"imap-app-mailbox-access", Evidence{Connection: app, Leg: check.IMAP, Err: imapOpen}},
	{"imap-app-mailbox-access", Evidence{Connection: app, Leg: check.POP, Err: popAuth, Claims: &oauth.Claims{Audience: "00000002-0000-0ff1-ce00-000000000000", Roles: []string{"POP.AccessAsApp", "IMAP.AccessAsApp"}}}},
	{"token-missing-role", Evidence{Connection: app, Leg: check.SMTP, Err: smtpAuth, Claims: &oauth.Claims{Audience: mailResource, Roles: []string{"IMAP.AccessAsApp"}}}},
	{"smtp-auth-failed", Evidence{Connection: rbac, Leg: check.SMTP, Err: smtpAuth, Claims: &oauth.Claims{Audience: mailResource}}},
	{"wrong-account", Evidence{Connection: own, Leg: check.POP, Err: popAuth, Claims: claims(mailResource, "other@contoso.example", "POP.AccessAsUser.All")}},
	{"smtp-shared-login", Evidence{Connection: shared, Leg: check.SMTP, Login: "Support@contoso.example", Err: smtpReply("AUTH", 535, "5.7.3", "535 5.7.3 Authentication unsuccessful")}},
	{"wrong-account", Evidence{Connection: own, Leg: check.IMAP, Err: imapAuth, Claims: claims(mailResource, "other@contoso.example", "IMAP.AccessAsUser.All")}},
	{"wrong-account", Evidence{Connection: shared, Leg: check.IMAP, Err: imapOpen, Claims: claims(mailResource, "other@contoso.example", "IMAP.AccessAsUser.All")}},
	{"imap-not-connected", Evidence{Connection: shared, Leg: check.IMAP, Err: imapOpen, Claims: claims(mailResource, "Andrea@Contoso.example", "IMAP.AccessAsUser.All")}},
	{"smtp-shared-login", Evidence{Connection: shared, Leg: check.SMTP, Login: "support@contoso.example", Err: smtpAuth}},
	{"smtp-shared-login", Evidence{Connection: shared, Leg: check.SMTP, Err: smtpAuth, Claims: claims(mailResource, "andrea@contoso.example", "SMTP.Send")}},
	{"smtp-auth-failed", Evidence{Connection: shared, Leg: check.SMTP, Login: "andrea@contoso.example", Err: smtpAuth}},
	// … but never before words that name the cause.
	{"smtp-auth-disabled-tenant", Evidence{Connection: shared, Leg: check.SMTP, Claims: claims("https://graph.microsoft.com", ""), Err: smtpReply("AUTH", 535, "5.7.139", "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.")}},
	{"imap-throttled", Evidence{Connection: own, Leg: check.IMAP, Err: &mail.ServerError{Protocol: "IMAP", During: "AUTHENTICATE", Text: "NO Request is throttled. Suggested Backoff Time: 92415 milliseconds"}}},

	// Servers that say nothing more than no.
	{"imap-auth-failed", Evidence{Err: &mail.ServerError{Protocol: "IMAP", During: "AUTHENTICATE", Text: "NO [AUTHENTICATIONFAILED] Authentication failed."}}},
	{"smtp-auth-failed", Evidence{Err: smtpReply("AUTH", 535, "5.7.8", "535 5.7.8 Error: authentication failed")}},
	{"pop-auth-failed", Evidence{Err: &mail.ServerError{Protocol: "POP", During: "AUTH", Text: "-ERR [AUTH] Authentication failed."}}},
	{"server-busy", Evidence{Err: smtpReply("DATA", 451, "", "451 try later")}},
	{"server-busy", Evidence{Err: smtpReply("greeting", 421, "", "421 too many connections")}},
	{"message-rejected", Evidence{Err: smtpReply("RCPT", 550, "5.1.1", "550 5.1.1 User unknown")}},
	{"message-rejected", Evidence{Err: smtpReply("DATA", 554, "5.6.0", "554 5.6.0 no")}},
	{"message-rejected", Evidence{Err: &mail.BounceError{Status: "5.7.520", Text: "Access denied, Your organization does not allow external forwarding."}}},
	{"outbound-spam", Evidence{Err: &mail.BounceError{Status: "5.1.8", Text: "Access denied, bad outbound sender"}}},
	{"send-as-denied", Evidence{Err: smtpReply("DATA", 554, "5.2.252", "554 SendAsDenied; a@x not allowed to send as b@x")}},
	{"message-not-arrived", Evidence{Err: fmt.Errorf("%w within 2m0s", check.ErrNotArrived)}},
	{"graph-access-denied", Evidence{Leg: check.Graph, Err: errors.New("403: ErrorAccessDenied")}},
	{"ews-access-denied", Evidence{Leg: check.EWS, Err: errors.New("403: ErrorAccessDenied")}},

	// The way to the server.
	{"dns-failed", Evidence{Err: fmt.Errorf("imap: %w", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}})}},
	{"dns-failed", Evidence{Err: &net.DNSError{Err: "timeout", IsTimeout: true}}},
	{"connect-refused", Evidence{Err: &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}}},
	{"connect-refused", Evidence{Err: os.NewSyscallError("connectex", syscall.Errno(10061))}},
	{"network-unreachable", Evidence{Err: os.NewSyscallError("connectex", syscall.Errno(10049))}},
	{"connect-timeout", Evidence{Err: fmt.Errorf("smtp: greeting: %w", os.ErrDeadlineExceeded)}},
	{"connect-timeout", Evidence{Err: context.DeadlineExceeded}},
	{"network-unreachable", Evidence{Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}},
	{"network-unreachable", Evidence{Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}},
	{"connect-refused", Evidence{Err: &net.OpError{Op: "proxyconnect", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}}},
	{"proxy-refused", Evidence{Err: &net.OpError{Op: "proxyconnect", Err: errors.New("odd")}}},
	{"tls-untrusted", Evidence{Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}},
	{"tls-name-mismatch", Evidence{Err: &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}}}},
	{"tls-expired", Evidence{Err: &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}}},
	{"tls-expired", Evidence{Err: fmt.Errorf("smtp: STARTTLS: %w", x509.CertificateInvalidError{Reason: x509.Expired})}},
	{"tls-untrusted", Evidence{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}},
	{"tls-too-old", Evidence{Err: &net.OpError{Op: "remote error", Err: tls.AlertError(70)}}},
	{"tls-too-old", Evidence{Err: mail.ErrTLSTooOld}},
	{"tls-not-spoken", Evidence{Err: fmt.Errorf("%w: %w", mail.ErrNotTLS, tls.RecordHeaderError{Msg: "first record"})}},
	{"starttls-missing", Evidence{Err: mail.ErrNoSTARTTLS}},
	{"xoauth2-missing", Evidence{Err: mail.ErrNoXOAUTH2}},
	{"not-a-mail-server", Evidence{Err: mail.ErrNotMailServer}},
	{"connection-lost", Evidence{Err: fmt.Errorf("imap: SELECT: %w: %w", mail.ErrLost, io.EOF)}},
	{"connection-lost", Evidence{Err: os.NewSyscallError("read", syscall.ECONNRESET)}},

	// This computer.
	{"keyring-missing", Evidence{Err: fmt.Errorf("%w: %w", store.ErrKeyringMissing, errors.New("exec: not found"))}},
	{"keyring-locked", Evidence{Err: store.ErrKeyringLocked}},
	{"keyring-full", Evidence{Err: store.ErrKeyringFull}},
	{"store-locked", Evidence{Err: store.ErrLocked}},
	{"store-locked", Evidence{Err: store.ErrHeld}},
	{"store-corrupt", Evidence{Err: store.ErrNewer}},
	{"store-unwritable", Evidence{Err: store.ErrUnwritable}},
	{"store-unwritable", Evidence{Err: fmt.Errorf("%w: %w", store.ErrUnwritable, &os.PathError{Op: "write", Path: "/home/x/.config/postkey/.connections.json.1.tmp", Err: syscall.ENOSPC})}},
	{"store-unwritable", Evidence{Err: fmt.Errorf("%w: %w", store.ErrUnwritable, os.ErrPermission)}},
	{"access-policy-open", Evidence{Connection: app, Leg: check.EWS, Err: errors.New("a mailbox that should be out of reach was reachable")}},
	{"unknown", Evidence{}},
	{"unknown", Evidence{Err: errors.New("something else")}},
}

func TestExplain(t *testing.T) {
	for i, c := range evidenceCases {
		if got := Explain(c.ev); got.ID != c.id {
			t.Errorf("%d: %v: got %s, want %s", i, c.ev.Err, got.ID, c.id)
		}
	}
}

// An id without a test fails the build: each has three cases, and three real
// texts where words can betray it at all.
func TestEveryFindingHasCases(t *testing.T) {
	texts, all := map[string]int{}, map[string]int{}
	for _, c := range textCases {
		texts[c.id]++
		all[c.id]++
	}
	for _, c := range evidenceCases {
		all[c.id]++
	}
	for _, e := range data().Findings {
		if all[e.ID] < 3 {
			t.Errorf("%s has %d cases, want three", e.ID, all[e.ID])
		}
		if e.speaks() && texts[e.ID] < 3 {
			t.Errorf("%s has %d texts, want three", e.ID, texts[e.ID])
		}
		delete(all, e.ID)
	}
	for id := range all {
		t.Errorf("cases for %s, which the catalogue does not have", id)
	}
}

// speaks reports whether words alone can lead to the finding.
func (e *entry) speaks() bool {
	return slices.ContainsFunc(e.Match, func(r rule) bool {
		return len(r.When) == 0 && len(r.Kinds) == 0 && len(r.Codes)+len(r.Words)+len(r.OAuth) > 0
	})
}
