package practice

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// aadError is a refusal in Entra's own words. The texts are those of Microsoft
// Learn, "Microsoft Entra authentication & authorization error codes", and of
// answers quoted publicly.
type aadError struct {
	kind     string // the OAuth error, such as invalid_grant
	code     int    // the AADSTS number
	text     string
	suberror string
	status   int // HTTP status; 0 is 401 for invalid_client and 400 otherwise
	retry    time.Duration
}

func aad(kind string, code int, format string, args ...any) *aadError {
	return &aadError{kind: kind, code: code, text: fmt.Sprintf(format, args...)}
}

func errTenantUnknown(name string) *aadError {
	return aad("invalid_request", 90002, "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", name)
}

func errTenantMalformed(name string) *aadError {
	return aad("invalid_request", 900023, "Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", name)
}

func errClientUnknown(id string) *aadError {
	return aad("unauthorized_client", 700016, "Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", id, tenantName)
}

func errSingleTenant(a *app) *aadError {
	return aad("invalid_request", 50194, "Application '%s'(%s) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.", a.id, a.name)
}

func errConsumers(a *app) *aadError {
	return aad("invalid_request", 9002332, "Application '%s'(%s) is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request.", a.id, a.name)
}

func errRedirect(a *app, uri string) *aadError {
	return aad("invalid_request", 50011, "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.", uri, a.id)
}

func errConsent(a *app) *aadError {
	e := aad("invalid_grant", 65001, "The user or administrator has not consented to use the application with ID '%s' named '%s'. Send an interactive authorization request for this user and resource.", a.id, a.name)
	e.suberror = "consent_required"
	return e
}

func errAdminConsent(a *app) *aadError {
	return aad("access_denied", 90094, "An administrator of %s has set a policy that prevents you from granting %s the permissions it is requesting. Contact an administrator of %s who can grant permissions to this application on your behalf.", tenantName, a.name, tenantName)
}

func errDeclined() *aadError {
	return aad("access_denied", 65004, "User declined to consent to access the app.")
}

func errMissing(parameter string) *aadError {
	return aad("invalid_request", 900144, "The request body must contain the following parameter: '%s'.", parameter)
}

// longTime is a time as Entra writes it within its texts.
func longTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.0000000Z") }

func errTransient() *aadError {
	e := aad("server_error", 90033, "A transient error has occurred. Please try again.")
	e.status = http.StatusInternalServerError
	return e
}

func errRevoked(issued, valid time.Time) *aadError {
	return aad("invalid_grant", 50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '%s' and the TokensValidFrom date (before which tokens are not valid) for this user is '%s'.", longTime(issued), longTime(valid))
}

func errFrequency(issued time.Time) *aadError {
	e := aad("invalid_grant", 70043, "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on %s and the maximum allowed lifetime for this request is 86400.", longTime(issued))
	e.suberror = "token_expired"
	return e
}

func errInteraction(api resource) *aadError {
	e := aad("interaction_required", 50076, "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '%s'.", api.id)
	e.suberror = "basic_action"
	return e
}

func errDisabled(a *app) *aadError {
	return aad("unauthorized_client", 7000112, "Application '%s'(%s) is disabled.", a.id, a.name)
}

// incident identifies one refusal, for the help desk.
type incident struct{ Trace, Correlation, At string }

func (t *Tenant) newIncident(r *http.Request) incident {
	correlation := r.Header.Get("client-request-id")
	if correlation == "" {
		correlation = r.FormValue("client-request-id")
	}
	if !guidShape.MatchString(correlation) {
		correlation = newGUID()
	}
	return incident{newGUID(), correlation, t.opts.Now().UTC().Format("2006-01-02 15:04:05Z")}
}

// message is the text with number and incident, as error_description has it.
func (e *aadError) message(in incident) string {
	return fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s",
		e.code, e.text, in.Trace, in.Correlation, in.At)
}

func (e *aadError) uri() string {
	return fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", e.code)
}

// writeError answers a program: JSON in Entra's own form.
func (t *Tenant) writeError(w http.ResponseWriter, r *http.Request, e *aadError) {
	in := t.newIncident(r)
	t.log.Debug("practice sign-in service refuses", "path", r.URL.Path, "error", e.kind, "code", e.code)
	body := struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Timestamp   string `json:"timestamp"`
		Trace       string `json:"trace_id"`
		Correlation string `json:"correlation_id"`
		URI         string `json:"error_uri"`
		Suberror    string `json:"suberror,omitempty"`
	}{e.kind, e.message(in), []int{e.code}, in.At, in.Trace, in.Correlation, e.uri(), e.suberror}
	status := e.status
	switch {
	case status != 0:
	case e.kind == "invalid_client":
		status = http.StatusUnauthorized
	default:
		status = http.StatusBadRequest
	}
	w.Header().Set("x-ms-request-id", in.Trace)
	w.Header().Set("client-request-id", in.Correlation)
	if e.retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(e.retry.Seconds())))
	}
	writeJSON(w, status, body)
}

// values is the refusal as parameters of the redirect URI.
func (e *aadError) values(in incident) url.Values {
	v := url.Values{"error": {e.kind}, "error_description": {e.message(in)}, "error_uri": {e.uri()}}
	if e.code == 65004 {
		v.Set("error_subcode", "cancel")
	}
	return v
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // the client may have gone; nobody is left to tell
}

// scopeList joins scopes as requests and answers carry them.
func scopeList(scopes []string) string { return strings.Join(scopes, " ") }
