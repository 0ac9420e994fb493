package diagnose

import (
	"regexp"
	"strings"

	"postkey/oauth"
)

// more lets a value go on over the lines, or the quoted lines of a mail, into
// which a long one was broken.
const more = `(?:[\s>]+[A-Za-z0-9+/_.=-]{40,})*`

// What people paste may hold what nobody should see again: a token in a log of
// HTTP requests, the code in a redirect address, the line of XOAUTH2.
var (
	// name=value and "name": "value", also with the escapes of nested JSON, of
	// HTML and of addresses. The value is found by withoutNamed.
	namedSecret = regexp.MustCompile(`(?i)\b(?:client[ _-]?secret(?:[ _-]?value)?|client_assertion|refresh[_-]?token|access[_-]?token|` +
		`id_token|assertion|code_verifier|device_code|password|passwd|pwd|passphrase|kennwort|passwort|secret_?text|` +
		`api[_-]?key|segreto client|geheimer clientschlüssel)` +
		`(?:\\*["']|&quot;|&#0?3[49];)?\s*(?:=|:|%3d|\\+u003d|&#61;)\s*`)
	// quoteMark opens a value, and closes it again.
	quoteMark = regexp.MustCompile(`(?i)^(?:\\*["']|&quot;|&#0?3[49];)`)
	// plainValue is a value without quotes.
	plainValue = regexp.MustCompile(`^[^\s"'&;\\<>]+` + more)
	// code=… of a redirect address; a number is an error code and stays.
	authCode = regexp.MustCompile(`(?i)([?&#]code=|\\u0026code=|&amp;code=|%26code%3d)([A-Za-z0-9_.~-]*[A-Za-z_.~-][A-Za-z0-9_.~-]{15,})`)
	// What stands behind the scheme of an Authorization header.
	bearer = regexp.MustCompile(`(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9_.~+/=-]{16,}` + more + `)`)
	cookie = regexp.MustCompile(`(?i)\b((?:set-)?cookie\\*["']?\s*:\s*\\*["']?)(?:[^\s=;,"']+=[^\s;"']*(?:;\s*|\s|$))+`)
	// The password in an address.
	userInfo = regexp.MustCompile(`(://[^/\s:@"']+:)([^/\s@"']+)(@)`)
	// The commands that sign in with a password: of IMAP, POP and SMTP.
	imapLogin = regexp.MustCompile(`(?i)\b([A-Z]{0,8}[0-9]{1,8} LOGIN (?:"[^"\n]*"|\S+) )("[^"\n]*"|\S+)`)
	popPass   = regexp.MustCompile(`(?im)((?:^|[>:"'])\s*PASS\s+)([^\s"']+)`)
	saslLine  = regexp.MustCompile(`(?i)\b(AUTH(?:ENTICATE)?\s+[A-Z][A-Z0-9-]{3,15}\s+)([A-Za-z0-9+/=]{16,}` + more + `)`)
	// The answer to "Password:" in base64.
	saslAnswer = regexp.MustCompile(`(?i)(334 UGFzc3dvcmQ6[^\n]*\n[^\n]*?)([A-Za-z0-9+/]{4,}={0,2})([^A-Za-z0-9+/=\n]*(?:\n|$))`)

	privateKey = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`)
	jwt        = regexp.MustCompile(`\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,3}` + more)
	// The first line of a token that was broken: JSON in base64.
	jwtBroken = regexp.MustCompile(`\beyJ[A-Za-z0-9_.-]{24,}` + more)
	// base64 of "user=", with which every line of XOAUTH2 begins.
	xoauth2 = regexp.MustCompile(`\bdXNlcj[A-Za-z0-9+/=]{16,}` + more)
	// The shape of a client secret that Entra makes: three signs, a digit, Q~.
	entraSecret = regexp.MustCompile(`(?:[A-Za-z0-9_~.-]|%7[Ee]){3}[0-9]Q(?:~|%7[Ee])(?:[A-Za-z0-9_~.-]|%7[Ee]){31,34}`)
	// The shapes of Entra's refresh tokens and codes, which are no JWTs.
	opaque = regexp.MustCompile(`\b[01]\.A[A-Za-z0-9_-]{20}[A-Za-z0-9_.-]{20,}` + more + `|\bM\.[A-Z0-9_]+\.[A-Za-z0-9!*$_.-]{40,}` + more +
		`|\bO?AQAB[A-Za-z0-9_-]{60,}` + more + `|\bEw[A-Z][A-Za-z0-9+/=%]{100,}` + more)
)

// Redact replaces every value in text that has the shape of a secret: tokens,
// codes, private keys, the lines with which mail programs sign in, client secrets
// as Entra makes them, and whatever follows a name such as client_secret or password.
func Redact(text string) string { return redact(text) }

// redact replaces every secret that it recognises in text.
func redact(text string) string {
	text = withoutNamed(privateKey.ReplaceAllString(text, oauth.Redacted))
	for _, re := range []*regexp.Regexp{authCode, bearer, imapLogin, popPass, saslLine} {
		text = re.ReplaceAllString(text, "${1}"+oauth.Redacted)
	}
	text = cookie.ReplaceAllString(text, "${1}"+oauth.Redacted+" ")
	for _, re := range []*regexp.Regexp{userInfo, saslAnswer} {
		text = re.ReplaceAllString(text, "${1}"+oauth.Redacted+"${3}")
	}
	for _, re := range []*regexp.Regexp{jwt, jwtBroken, xoauth2, entraSecret, opaque} {
		text = re.ReplaceAllString(text, oauth.Redacted)
	}
	return text
}

// withoutNamed replaces the values behind the names of secrets. A quoted value
// ends at the same quote, whatever stands in it, and at the end of the line.
func withoutNamed(text string) string {
	var b strings.Builder
	for {
		at := namedSecret.FindStringIndex(text)
		if at == nil {
			break
		}
		b.WriteString(text[:at[1]])
		text = text[at[1]:]
		quote := quoteMark.FindString(text)
		b.WriteString(quote)
		text = text[len(quote):]
		length := len(plainValue.FindString(text))
		if quote != "" {
			if length = strings.Index(text, quote); length < 0 {
				length = len(text)
			}
			if end := strings.IndexAny(text[:length], "\r\n"); end >= 0 {
				length = max(end, len(plainValue.FindString(text[:length])))
			}
		}
		if strings.HasPrefix(text, "AADSTS") { // "… or password: AADSTS50126"
			length = 0
		}
		if length > 0 {
			b.WriteString(oauth.Redacted)
		}
		text = text[length:]
	}
	if b.Len() == 0 {
		return text
	}
	return b.String() + text
}
