package diagnose

var entraCases = []textCase{
	{"device-required", "AADSTS53000: Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant."},
	{"device-required", "AADSTS50097: Device authentication is required."},
	{"device-required", "Sie können darauf nicht zugreifen. Fehlercode: 530003 Anforderungs-ID: 5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00 Korrelations-ID: 0c2b1a9d-77f1-4f0e-8d6b-3b7c5d1e9f22"},

	{"mfa-required", "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'."},
	{"mfa-required", "AADSTS50079: Due to a configuration change, you must enroll in multi-factor authentication."},
	{"mfa-required", `"status": {"errorCode": 50074, "failureReason": "Strong Authentication is required.", "additionalDetails": null}`},

	{"account-disabled", "AADSTS50057: The user account is disabled."},
	{"account-disabled", "AADSTS500571: The guest user account is disabled."},

	{"account-locked", "AADSTS70002: Error validating credentials. AADSTS50053: The account is locked, you've tried to sign in too many times with an incorrect user ID or password."},
	{"account-locked", "AADSTS50053: Sign-in was blocked because it came from an IP address with malicious activity."},

	{"password-wrong", "AADSTS50126: Error validating credentials due to invalid username or password."},
	{"password-wrong", "AADSTS70002: Error validating credentials. AADSTS50126: Invalid username or password\r\nTrace ID: 5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00"},
	{"password-wrong", `{"error":"invalid_grant","error_description":"用户名或密码无效","error_codes":[70002, 50126]}`},

	{"password-expired", "AADSTS50055: The password is expired."},
	{"password-expired", "AADSTS50144: InvalidPasswordExpiredOnPremPassword - User's Active Directory password has expired."},

	{"risk-blocked", "AADSTS53004: ProofUpBlockedDueToRisk - User needs to complete the multi-factor authentication registration process before accessing this content."},
	{"risk-blocked", "AADSTS530034: DelegatedAdminBlockedDueToSuspiciousActivity"},
	{"risk-blocked", "Your account is blocked. Error code: 53011 - sign-in blocked because of user risk"},

	{"sign-in-expired", "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on 2026-01-07T08:11:52.9410000Z and was inactive for 90.00:00:00."},
	{"sign-in-expired", "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password."},
	{"sign-in-expired", "AADSTS16000: Your sign-in session has expired. Please sign in again."},
	{"sign-in-expired", "AADSTS70008: The provided authorization code or refresh token has expired due to inactivity."},

	{"sign-in-frequency", "AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access."},
	{"sign-in-frequency", "invalid_grant: AADSTS70043 - Il token di aggiornamento è scaduto"},

	{"security-defaults", "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator."},
	{"security-defaults", "AADSTS530035: Access has been blocked by security defaults. The access policy does not allow token issuance."},
	{"security-defaults", "(535, b'5.7.139 Authentication unsuccessful, user is locked by your organization\\'s security defaults policy. Contact your administrator. [AM0PR01CA0107]')"},

	{"not-signed-in", "AADSTS50058: A silent sign-in request was sent but no user is signed in."},
	{"not-signed-in", "https://login.microsoftonline.com/error?code=50058"},
	{"not-signed-in", `{"error":"login_required"}`},

	{"federation-failed", "535 5.7.139 Authentication unsuccessful, the federated STS service was unreachable."},
	{"federation-failed", "AADSTS80002: The Authentication Agent's password validation request timed out."},
	{"federation-failed", "AADSTS81004: Kerberos authentication attempt failed."},
	{"federation-failed", "5.7.139 Authentication unsuccessful, STS URL does not support HTTPS."},

	{"device-code-blocked", "AADSTS530036: The refresh token is invalid due to authentication flow checks by Conditional Access."},
	{"device-code-blocked", "invalid_grant (AADSTS 530036) Authentication flows policy"},

	{"tenant-restricted", "AADSTS500021: Access to 'Contoso' tenant is denied."},
	{"tenant-restricted", "AADSTS500212: The user's administrator has set an outbound access policy that doesn't allow access to the resource tenant."},

	{"code-reused", "AADSTS54005: OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."},
	{"code-reused", "AADSTS70002: Error validating credentials. AADSTS54005: OAuth2 Authorization code was already redeemed"},

	{"pkce-mismatch", "AADSTS501481: The Code_Verifier does not match the code_challenge supplied in the authorization request."},
	{"pkce-mismatch", "AADSTS50147: MissingCodeChallenge - The size of the code challenge parameter isn't valid."},

	{"request-malformed", "AADSTS900144: The request body must contain the following parameter: 'grant_type'."},
	{"request-malformed", "AADSTS9002313: Invalid request. Request is malformed or invalid."},
	{"request-malformed", "AADSTS900561: The endpoint only accepts POST requests. Received a GET request."},

	{"service-busy", "AADSTS90033: A transient error has occurred. Please try again."},
	{"service-busy", `{"error":"temporarily_unavailable","error_description":"The server is busy."}`},
	{"service-busy", "AADSTS50196: The server terminated an operation because it encountered a client request loop."},
	{"service-busy", "POST https://login.microsoftonline.com/contoso/oauth2/v2.0/token 503 Service Unavailable"},

	{"token-wrong-audience", `{"error":{"code":"InvalidAuthenticationToken","message":"Access token validation failure. Invalid audience."}}`},
	{"token-wrong-audience", `HTTP/1.1 401 Unauthorized\r\nx-ms-diagnostics: 2000003;reason="The audience claim value is invalid 'https://graph.microsoft.com'.";error_category="invalid_resource"`},
}

// networkCases are words of programs in several languages about the way to the server.
var networkCases = []textCase{
	{"dns-failed", "dial tcp: lookup smtp.office365.con on 127.0.0.53:53: no such host"},
	{"dns-failed", "Error: getaddrinfo ENOTFOUND outlook.office365.com"},
	{"dns-failed", "socket.gaierror: [Errno -3] Temporary failure in name resolution"},
	{"dns-failed", "curl: (6) Could not resolve host: login.microsoftonline.com"},
	{"connect-refused", "connect ECONNREFUSED 127.0.0.1:993"},
	{"connect-refused", "dial tcp 10.0.0.1:587: connectex: No connection could be made because the target machine actively refused it."},
	{"connect-timeout", "dial tcp 52.97.0.1:587: i/o timeout"},
	{"connect-timeout", "javax.mail.MessagingException: Could not connect to SMTP host: smtp.office365.com, port: 587; nested exception is: java.net.SocketTimeoutException: connect timed out"},
	{"network-unreachable", "connect: network is unreachable"},
	{"network-unreachable", "java.net.NoRouteToHostException: No route to host (Host unreachable)"},
	{"proxy-refused", "Received HTTP code 407 from proxy after CONNECT"},
	{"proxy-refused", "HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded (Caused by ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required')))"},
	{"proxy-refused", "HTTP/1.1 407 Proxy Authentication Required\r\nVia: 1.1 proxy"},
	{"tls-untrusted", "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
	{"tls-untrusted", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1007)"},
	{"tls-untrusted", "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path"},
	{"tls-untrusted", "x509: “smtp.office365.com” certificate is not trusted"},
	{"tls-name-mismatch", "x509: certificate is valid for proxy.contoso.example, not outlook.office365.com"},
	{"tls-name-mismatch", "Hostname/IP does not match certificate's altnames: Host: 52.97.0.1. is not in the cert's altnames"},
	{"tls-expired", "x509: certificate has expired or is not yet valid: current time 2026-11-22T10:00:00Z is after 2026-01-01T00:00:00Z"},
	{"tls-expired", "ssl.SSLCertVerificationError: certificate verify failed: certificate has expired (_ssl.c:1131)"},
	{"tls-too-old", "remote error: tls: protocol version not supported"},
	{"tls-too-old", "421 4.7.66 TLS 1.0 and 1.1 are not supported. Please upgrade/update your client to support TLS 1.2."},
	{"starttls-missing", "smtplib.SMTPNotSupportedError: STARTTLS extension not supported by server."},
	{"starttls-missing", "System.Net.Mail.SmtpException: Server does not support secure connections."},
	{"xoauth2-missing", "504 5.7.4 Unrecognized authentication type [SN2PR00CA0018.namprd00.prod.outlook.com]"},
	{"xoauth2-missing", "A1 NO [CANNOT] Unsupported authentication mechanism."},
	{"xoauth2-missing", "A3 NO [CANNOT] The mechanism is not supported"},
	{"tls-not-spoken", "write EPROTO 140:error:1408F10B:SSL routines:ssl3_get_record:wrong version number"},
	{"tls-not-spoken", "tls: first record does not look like a TLS handshake"},
	{"tls-not-spoken", "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1129)"},
	{"not-a-mail-server", "imap.IMAP4.error: Unexpected greeting: HTTP/1.1 400 Bad Request"},
	{"not-a-mail-server", "IMAP: greeting: HTTP/1.0 400: the answer is not that of a mail server"},
	{"connection-lost", "read tcp 10.0.0.5:50112->52.97.0.1:993: read: connection reset by peer"},
	{"connection-lost", "smtplib.SMTPServerDisconnected: Connection unexpectedly closed"},
	{"connection-lost", "Error: socket hang up"},
	{"clock-skew", "this computer's clock is 2h3m0s away from the sign-in service's: the ID token was refused"},
	{"browser-did-not-open", `exec: "xdg-open": executable file not found in $PATH`},
	{"callback-timeout", "sign-in: the browser did not come back in time"},
	{"callback-state", "the answer belongs to another sign-in"},
	{"port-in-use", "listen tcp 127.0.0.1:8400: bind: address already in use"},
	{"port-in-use", "Error: listen EADDRINUSE: address already in use ::1:3000"},
	{"keyring-missing", "The name org.freedesktop.secrets was not provided by any .service files"},
	{"keyring-missing", "Cannot autolaunch D-Bus without X11 $DISPLAY"},
	{"keyring-locked", "org.freedesktop.Secret.Error.IsLocked: Cannot create an item in a locked collection"},
	{"keyring-locked", "the keyring is locked: user interaction is not allowed"},
	{"keyring-full", "data passed to Set was too big"},
	{"keyring-full", "The stub received bad data."},
	{"store-corrupt", "/home/x/.config/postkey/connections.json has version 9, this Postkey knows up to 1: the file was written by a newer Postkey"},
	{"store-locked", "the data folder is locked by another Postkey"},
	{"store-locked", "another Postkey window uses this data folder"},
}
