package practice

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/emersion/go-smtp"

	"postkey/assets"
)

// place is where a server says something.
type place string

const (
	atToken    place = "token"     // the token endpoint
	atIMAP     place = "imap-auth" // in place of the verdict on a token
	atPOP      place = "pop-auth"
	atSMTP     place = "smtp-auth"
	atSMTPMail place = "smtp-mail" // to MAIL FROM
	atSMTPData place = "smtp-data" // to a whole message
	atGraph    place = "graph"     // to any request
)

// spoken is a fault that is nothing but words: a server answers with what
// Microsoft's says in that case, whatever was asked.
type spoken struct {
	finding string // the finding that the words stand for; the fault is says-FINDING
	group   string // heads it in the list of faults
	at      place
	kind    string // of OAuth, or Graph's code
	code    int    // AADSTS number, SMTP reply code or HTTP status
	text    string
}

// says are the words. Those of the sign-in service are from Microsoft Learn,
// "Microsoft Entra authentication & authorization error codes", those of the
// mail servers from answers quoted publicly.
var says = []spoken{
	{"secret-missing", "registration", atToken, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
	{"secret-on-public-client", "registration", atToken, "invalid_client", 700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."},
	{"certificate-wrong", "registration", atToken, "invalid_client", 700027, "Client assertion contains an invalid signature. [Reason - The key was not found.]"},
	{"redirect-not-registered", "registration", atToken, "invalid_request", 50011, "The redirect URI specified in the request does not match the redirect URIs configured for the application."},
	{"redirect-is-spa", "registration", atToken, "invalid_request", 9002327, "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."},
	{"client-unknown", "registration", atToken, "unauthorized_client", 700016, "Application was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."},
	{"client-id-malformed", "registration", atToken, "unauthorized_client", 90112, "Application identifier is expected to be a GUID."},
	{"client-disabled", "registration", atToken, "unauthorized_client", 7000112, "Application is disabled."},
	{"tenant-unknown", "registration", atToken, "invalid_request", 90002, "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."},
	{"tenant-malformed", "registration", atToken, "invalid_request", 900023, "Specified tenant identifier is neither a valid DNS name, nor a valid external domain."},
	{"wrong-cloud", "registration", atToken, "invalid_request", 900382, "Confidential Client is not supported in Cross Cloud request."},
	{"account-not-in-tenant", "account", atToken, "invalid_grant", 50020, "User account from identity provider does not exist in tenant and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first."},
	{"single-tenant-on-common", "registration", atToken, "invalid_request", 50194, "Application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'."},
	{"admin-consent-needed", "permissions", atToken, "invalid_grant", 90094, "The grant requires admin permission."},
	{"consent-declined", "permissions", atToken, "access_denied", 65004, "User declined to consent to access the app."},
	{"permission-not-in-registration", "permissions", atToken, "invalid_resource", 650057, "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration."},
	{"scope-unknown", "permissions", atToken, "invalid_client", 650053, "The application asked for scope 'IMAP.AccessAsUser.Al' that doesn't exist on the resource."},
	{"resource-missing", "permissions", atToken, "invalid_resource", 500011, "The resource principal named https://outlook.office.com was not found in the tenant."},
	{"mixed-resources", "permissions", atToken, "invalid_scope", 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource."},
	{"scope-invalid", "permissions", atToken, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."},
	{"assignment-required", "permissions", atToken, "invalid_grant", 50105, "Your administrator has configured the application to block users unless they are specifically granted ('assigned') access to the application."},
	{"conditional-access", "account", atToken, "interaction_required", 53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."},
	{"device-required", "account", atToken, "interaction_required", 53000, "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant."},
	{"account-disabled", "account", atToken, "invalid_grant", 50057, "The user account is disabled."},
	{"account-locked", "account", atToken, "invalid_grant", 50053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."},
	{"password-wrong", "account", atToken, "invalid_grant", 50126, "Error validating credentials due to invalid username or password."},
	{"password-expired", "account", atToken, "invalid_grant", 50055, "The password is expired."},
	{"risk-blocked", "account", atToken, "interaction_required", 53004, "User needs to complete the multi-factor authentication registration process before accessing this content. User should register for multi-factor authentication."},
	{"security-defaults", "account", atToken, "invalid_grant", 530035, "Access has been blocked by security defaults. The access policy does not allow token issuance."},
	{"not-signed-in", "account", atToken, "login_required", 50058, "A silent sign-in request was sent but no user is signed in."},
	{"federation-failed", "account", atToken, "invalid_grant", 80002, "The Authentication Agent's password validation request timed out."},
	{"device-code-blocked", "account", atToken, "invalid_grant", 530036, "The refresh token is invalid due to authentication flow checks by Conditional Access."},
	{"tenant-restricted", "account", atToken, "access_denied", 500021, "Access to tenant is denied."},
	{"code-reused", "account", atToken, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."},
	{"pkce-mismatch", "account", atToken, "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
	{"request-malformed", "account", atToken, "invalid_request", 9002313, "Invalid request. Request is malformed or invalid."},
	{"proxy-refused", "network", atToken, "", http.StatusProxyAuthRequired, "Proxy Authentication Required"},

	{"imap-auth-failed", "mail-says", atIMAP, "", 0, "AUTHENTICATE failed."},
	{"imap-pop-basic-auth", "mail-says", atIMAP, "", 0, "LOGIN failed."},
	{"pop-auth-failed", "mail-says", atPOP, "", 0, popAuthFailed},
	{"pop-protocol", "mail-says", atPOP, "", 0, popProtocol},
	{"smtp-auth-failed", "mail-says", atSMTP, "5.7.3", 535, "Authentication unsuccessful"},
	{"smtp-basic-auth", "mail-says", atSMTP, "5.7.139", 535, "Authentication unsuccessful, basic authentication is disabled."},
	{"smtp-rate", "mail-says", atSMTPMail, "4.4.2", 421, "Message submission rate for this client has exceeded the configured limit"},
	{"server-busy", "mail-says", atSMTPMail, "4.7.500", 451, "Server busy. Please try again later from [203.0.113.9]. (S77719)"},
	{"smtp-quota", "mail-says", atSMTPData, "5.2.0", 554, "STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception"},
	{"outbound-spam", "mail-says", atSMTPData, "5.1.8", 550, "Access denied, bad outbound sender AS(42004)"},
	{"access-policy-blocked", "application", atGraph, "ErrorAccessDenied", http.StatusForbidden, "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."},
	{"graph-access-denied", "application", atGraph, "ErrorAccessDenied", http.StatusForbidden, "Access is denied. Check credentials and try again."},
	{"mailbox-not-cloud", "application", atGraph, "MailboxNotEnabledForRESTAPI", http.StatusNotFound, "The mailbox is either inactive, soft-deleted, or is hosted on-premise."},
	{"user-agent-blocked", "application", atGraph, "ErrorAccessDenied", http.StatusForbidden, "Access to OData is disabled."},
}

// Says is the fault that makes a server say what leads to a finding; false where
// there is none such.
func Says(finding string) (Fault, bool) {
	if spokenOf(saying(finding)) == nil {
		return "", false
	}
	return saying(finding), true
}

func saying(finding string) Fault { return Fault("says-" + finding) }

// spokenOf is what a fault says; nil for a fault of another kind.
func spokenOf(f Fault) *spoken {
	i := slices.IndexFunc(says, func(s spoken) bool { return saying(s.finding) == f })
	if i < 0 {
		return nil
	}
	return &says[i]
}

// spokenFaults are all faults that are words.
func spokenFaults() []Fault {
	faults := make([]Fault, len(says))
	for i, s := range says {
		faults[i] = saying(s.finding)
	}
	return faults
}

// title is the finding's own.
func (s *spoken) title() assets.Message { return assets.Msg("findings." + s.finding + ".title") }

// said is what is to be said at a place now; nil for the server's own answer.
func (t *Tenant) said(at place) *spoken {
	t.faults.mu.RLock()
	defer t.faults.mu.RUnlock()
	for f := range t.faults.now {
		if s := spokenOf(f); s != nil && s.at == at {
			return s
		}
	}
	return nil
}

// aad is the answer of the sign-in service.
func (s *spoken) aad() *aadError {
	return &aadError{kind: s.kind, code: s.code, text: s.text}
}

// smtp is the answer of the mail server; nil words make none.
func (s *spoken) smtp(t *Tenant) error {
	var code smtp.EnhancedCode
	if _, err := fmt.Sscanf(s.kind, "%d.%d.%d", &code[0], &code[1], &code[2]); err != nil {
		return err
	}
	return smtpError(s.code, code, "%s %s", s.text, t.bracket())
}

// fromProxy answers a request as a proxy does that wants a sign-in of its own.
func fromProxy(w http.ResponseWriter, s *spoken) {
	w.Header().Set("Proxy-Authenticate", `Basic realm="proxy.contoso.example"`)
	w.Header().Set("Via", "1.1 proxy.contoso.example")
	http.Error(w, s.text, s.code)
}
