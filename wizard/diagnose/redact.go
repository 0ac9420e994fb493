package diagnose

import (
	"regexp"

	"postkey/oauth"
)

// What people paste may hold what nobody should see again: a token in a log of
// HTTP requests, the code in a redirect address, the line of XOAUTH2.
var (
	// name=value and "name": "value", also with the escapes of nested JSON.
	namedSecret = regexp.MustCompile(`(?i)\b(client_secret|client_assertion|refresh_token|access_token|id_token|` +
		`assertion|code_verifier|device_code|password|passwd|pwd|secret_?text|clientsecret)` +
		`(\\*["']?\s*(?:=|:|%3d)\s*\\*["']?)([^\s"'&,;\\<>]+)`)
	// code=… of a redirect address; a number is an error code and stays.
	authCode = regexp.MustCompile(`(?i)([?&]code=)([A-Za-z0-9_.~-]*[A-Za-z_.~-][A-Za-z0-9_.~-]{15,})`)
	bearer   = regexp.MustCompile(`(?i)\b(bearer\s+)([A-Za-z0-9_.~+/=-]{16,})`)
	jwt      = regexp.MustCompile(`\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,3}`)
	// base64 of "user=", with which every line of XOAUTH2 begins.
	xoauth2 = regexp.MustCompile(`\bdXNlcj[A-Za-z0-9+/=]{16,}`)
	// The shape of a client secret that Entra makes: three signs, a digit, Q~.
	entraSecret = regexp.MustCompile(`[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}`)
	// The shapes of Entra's refresh tokens and codes, which are no JWTs.
	opaque = regexp.MustCompile(`\b[01]\.A[A-Za-z0-9_-]{20}[A-Za-z0-9_.-]{20,}|\bM\.[A-Z0-9_]+\.[A-Za-z0-9!*$_.-]{40,}`)
)

// Redact replaces every value in text that has the shape of a secret: tokens,
// codes, the line of XOAUTH2, client secrets as Entra makes them, and whatever
// follows a name such as client_secret or password.
func Redact(text string) string { return redact(text) }

// redact replaces every secret that it recognises in text.
func redact(text string) string {
	text = namedSecret.ReplaceAllString(text, "${1}${2}"+oauth.Redacted)
	text = authCode.ReplaceAllString(text, "${1}"+oauth.Redacted)
	text = bearer.ReplaceAllString(text, "${1}"+oauth.Redacted)
	for _, re := range []*regexp.Regexp{jwt, xoauth2, entraSecret, opaque} {
		text = re.ReplaceAllString(text, oauth.Redacted)
	}
	return text
}
