package diagnose

// textCase is words as they come from the field, and the finding they mean.
type textCase struct{ id, text string }

// trace is the tail of every description of Entra's.
const trace = "\r\nTrace ID: 5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00\r\nCorrelation ID: 0c2b1a9d-77f1-4f0e-8d6b-3b7c5d1e9f22\r\nTimestamp: 2026-11-20 09:14:07Z"

var signInCases = []textCase{
	{"secret-is-id", `POST /token client_id=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee&client_secret=3f2504e0-4f89-41d3-9a0c-0305e82c3301&grant_type=refresh_token -> 401 {"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}`},
	{"secret-is-id", "client_secret = '3F2504E0-4F89-41D3-9A0C-0305E82C3301'\nAADSTS7000215: Ungültiger geheimer Clientschlüssel."},

	{"secret-wrong", "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'." + trace},
	{"secret-wrong", `{"error":"invalid_client","error_description":"AADSTS7000215: Es wurde ein ungültiger geheimer Clientschlüssel angegeben.\r\nTrace ID: 5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00","error_codes":[7000215]}`},
	{"secret-wrong", "AADSTS70002: Error validating credentials. AADSTS50012: Invalid client secret is provided."},
	{"secret-wrong", "AADSTS70002: The specified client_secret does not match the expected value for this client. Correct the client_secret and try again."},
	{"secret-wrong", "AADSTS50012: È stato specificato un segreto client non valido."},
	{"secret-wrong", "the token endpoint said (AADSTS7000\r\n215): Invalid client secret provi\r\nded."},

	{"secret-expired", "AADSTS7000222: The provided client secret keys for app 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret." + trace},
	{"secret-expired", "invalid_client [AADSTS7000222]: Le chiavi del segreto client fornite per l'app sono scadute."},

	{"secret-missing", "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'." + trace},
	{"secret-missing", "AADSTS70002: The request body must contain the following parameter: 'client_secret or client_assertion'."},
	{"secret-missing", "AADSTS70002: Le corps de la requête doit contenir le paramètre suivant : « client_secret ou client_assertion »."},
	{"secret-missing", "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type." + trace},

	{"secret-on-public-client", "AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented." + trace},
	{"secret-on-public-client", "invalid_client: (AADSTS700025) El cliente es público."},

	{"certificate-wrong", "AADSTS700027: Client assertion contains an invalid signature. [Reason - The key was not found., Thumbprint of key used by client: '1F2E3D']"},
	{"certificate-wrong", "AADSTS700024: Client assertion is not within its valid time range. Current time: 2026-11-20T09:14:07Z, assertion valid from 2026-11-20T10:00:00Z."},
	{"certificate-wrong", "AADSTS700023: Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ." + trace},
	{"certificate-wrong", "AADSTS50012: Client assertion contains an invalid signature."},
	{"certificate-wrong", "AADSTS50012: Die Clientassertion enthält eine ungültige Signatur."},

	{"redirect-not-registered", "AADSTS50011: The redirect URI 'https://motion.contoso.example/api/cloudProviders/oauth2/microsoft/callback' specified in the request does not match the redirect URIs configured for the application 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'."},
	{"redirect-not-registered", "http://localhost:49152/postkey?error=invalid_request&error_description=AADSTS50011%3a+The+redirect+URI+%27http%3a%2f%2flocalhost%27+specified+in+the+request+does+not+match.%0d%0aTrace+ID%3a+5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00&state=x"},
	{"redirect-not-registered", "Sorry, but we’re having trouble signing you in.\n\nAADSTS500113: No reply address is registered for the application."},
	{"redirect-not-registered", "<p>AADSTS<b>50011</b>: The reply URL specified in the request does not match</p>"},
	{"redirect-not-registered", `{"level":"error","msg":"{\"error\":\"invalid_request\",\"error_description\":\"AADSTS50011\\u003a The redirect URI\"}"}`},

	{"redirect-is-spa", "AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."},
	{"redirect-is-spa", "AADSTS9002325: Proof Key for Code Exchange is required for cross-origin authorization code redemption."},
	{"redirect-is-spa", "AADSTS700084: The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended."},

	{"client-unknown", "AADSTS700016: Application with identifier 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant."},
	{"client-unknown", "unauthorized_client AADSTS700016: L'application avec l'identificateur « x » est introuvable."},
	{"client-unknown", "AADSTS70001 : Application with identifier 'x' was not found in the directory y"},

	{"client-id-malformed", "AADSTS90112: Application identifier is expected to be a GUID."},
	{"client-id-malformed", "Request Id: 5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00 Message: AADSTS90112: Der Anwendungsbezeichner muss eine GUID sein."},

	{"client-disabled", "AADSTS7000112: Application 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'(XCALLY mail) is disabled."},
	{"client-disabled", "error: unauthorized_client, AADSTS7000112: La aplicación está deshabilitada."},

	{"tenant-unknown", "AADSTS90002: Tenant '11111111-2222-4333-8444-555555555555' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."},
	{"tenant-unknown", `{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'contoso.example' not found.","error_codes":[90002],"timestamp":"2026-11-20 09:14:07Z"}`},

	{"tenant-malformed", "AADSTS900023: Specified tenant identifier 'contoso' is neither a valid DNS name, nor a valid external domain."},
	{"tenant-malformed", "AADSTS900021: Requested tenant identifier '00000000-0000-0000-0000-000000000000' is not valid."},

	{"wrong-cloud", "AADSTS900382: Confidential Client is not supported in Cross Cloud request."},
	{"wrong-cloud", "AADSTS90038: TenantRedirect - Tenant 'contoso.us' request is being redirected to the National Cloud 'MicrosoftOnline.US'."},
	{"wrong-cloud", "AADSTS90043: NationalCloudAuthCodeRedirection - The feature is disabled."},

	{"account-not-in-tenant", "AADSTS50020: User account 'andrea@fabrikam.example' from identity provider 'https://sts.windows.net/9/' does not exist in tenant 'Contoso' and cannot access the application."},
	{"account-not-in-tenant", "AADSTS16000: User account 'x' from identity provider 'live.com' does not exist in tenant 'Contoso' and cannot access the application"},
	{"account-not-in-tenant", "AADSTS50034: The user account {EmailHidden} does not exist in the contoso.example directory."},
	{"account-not-in-tenant", "AADSTS90072: El usuario no existe en el inquilino."},

	{"single-tenant-on-common", "AADSTS50194: Application 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'(mail) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'."},
	{"single-tenant-on-common", "AADSTS9002332: Application 'x'(mail) is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request."},

	{"consent-needed", "AADSTS65001: The user or administrator has not consented to use the application with ID 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee' named 'mail'. Send an interactive authorization request for this user and resource."},
	{"consent-needed", `{"error":"invalid_grant","error_description":"AADSTS65001: L'utente o l'amministratore non ha dato il consenso.","error_codes":[65001],"suberror":"consent_required"}`},
	{"consent-needed", `{"error":"consent_required"}`},

	{"admin-consent-needed", "AADSTS90094: The grant requires admin permission."},
	{"admin-consent-needed", "Need admin approval\nXCALLY mail\nXCALLY mail needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it."},
	{"admin-consent-needed", "AADSTS90095: Admin consent is required; the request workflow is shown."},

	{"consent-declined", "http://localhost:51234/postkey?error=access_denied&error_subcode=cancel&state=abc"},
	{"consent-declined", "AADSTS65004: User declined to consent to access the app."},
	{"consent-declined", `{"error": "access_denied", "error_description": "the user canceled the authentication"}`},

	{"permission-not-in-registration", "AADSTS650057: Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration."},
	{"permission-not-in-registration", "AADSTS650056: Misconfigured application. This could be due to one of the following: the client has not listed any permissions for 'AAD Graph'"},
	{"permission-not-in-registration", "AADSTS65005: The client application has requested access to resource 'https://outlook.office365.com'. This request has failed because the client has not specified this resource in its requiredResourceAccess list."},

	{"scope-unknown", "AADSTS650053: The application 'mail' asked for scope 'IMAP.AccessAsUser.Al' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'. Contact the app vendor."},
	{"scope-unknown", "invalid_client&error_description=AADSTS650053%3A%20Die%20Anwendung%20hat%20einen%20Bereich%20angefordert"},

	{"resource-missing", "AADSTS500011: The resource principal named https://outlok.office.com was not found in the tenant named Contoso."},
	{"resource-missing", "AADSTS650052: The app needs access to a service (\"https://outlook.office.com\") that your organization \"contoso\" has not subscribed to or enabled."},
	{"resource-missing", "AADSTS65005: The app needs access to a service that your organization has not subscribed to. Contact your IT Admin to review the configuration of your service subscriptions."},

	{"mixed-resources", "AADSTS28000: Provided value for the input parameter scope is not valid because it contains more than one resource. Scope https://outlook.office.com/IMAP.AccessAsUser.All https://graph.microsoft.com/Mail.Send is not valid."},
	{"mixed-resources", "AADSTS70011: The provided value for the input parameter 'scope' is not valid. The scope https://graph.microsoft.com/.default Mail.Send is not valid. .default scope can't be combined with resource-specific scopes."},
	{"mixed-resources", "AADSTS700022: InvalidMultipleResourcesScope"},

	{"scope-invalid", "AADSTS70011: The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope  is not valid."},
	{"scope-invalid", "AADSTS1002012: The provided value for scope https://outlook.office365.com/IMAP.AccessAsApp is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."},
	{"scope-invalid", "AADSTS70011: Der angegebene Wert für den Eingabeparameter \"scope\" ist ungültig."},

	{"assignment-required", "AADSTS50105: Your administrator has configured the application mail ('aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee') to block users unless they are specifically granted ('assigned') access to the application."},
	{"assignment-required", "AADSTS501051: Application 'x'(mail) is not assigned to a role for the application 'y'."},

	{"conditional-access", "You cannot access this right now\nYour sign-in was successful but does not meet the criteria to access this resource.\nError Code: 53003\nRequest Id: 5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00\nApp name: mail"},
	{"conditional-access", "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance." + trace},
	{"conditional-access", `{"error":"interaction_required","error_codes":[53003],"error_description":"Der Zugriff wurde blockiert."}`},
	{"conditional-access", "Error Code: 53003"},
	{"conditional-access", "Non è possibile accedere a questa risorsa. Codice errore: 53003 ID richiesta: 5f0b3c9e-1d2a-4a47-9a39-1c5e0d7a2b00"},
}
