package oauth

// Cloud is one Microsoft cloud: the base address of its sign-in service and
// the servers of its mailboxes. The values are data (assets/catalog) because
// Microsoft may change them.
type Cloud struct {
	// ID is the stable name used in files: worldwide, gcc-high, dod, china or custom.
	ID string `json:"id"`
	// Authority is the base address of the sign-in service without a trailing
	// slash, such as https://login.microsoftonline.com. It is https, except on
	// a loopback host, where http is allowed.
	Authority string `json:"authority"`
	// IMAP and POP are host:port with TLS from the first byte.
	IMAP string `json:"imap"`
	POP  string `json:"pop"`
	// SMTP is host:port; any port but 465 uses STARTTLS.
	SMTP string `json:"smtp"`
	// EWS and Graph are base URLs.
	EWS   string `json:"ews"`
	Graph string `json:"graph"`
	// MailResource prefixes the mail scopes: https://outlook.office.com gives
	// https://outlook.office.com/IMAP.AccessAsUser.All.
	MailResource string `json:"mail_resource"`
	// Portal is the base URL of the Entra admin center of this cloud.
	Portal string `json:"portal,omitempty"`
	// ExchangeEnvironment is Connect-ExchangeOnline's -ExchangeEnvironmentName;
	// empty for the worldwide cloud.
	ExchangeEnvironment string `json:"exchange_environment,omitempty"`
	// Unverified says that Microsoft's own pages do not confirm all hosts.
	Unverified bool `json:"unverified,omitempty"`
}

// Audience is the set of accounts that an app registration accepts
// ("Supported account types" in the portal).
type Audience string

// The audiences, as they stand in values files.
const (
	AudienceSingle        Audience = "single"         // this organizational directory only
	AudienceMulti         Audience = "multi"          // any organizational directory
	AudienceMultiPersonal Audience = "multi-personal" // any directory and personal accounts
)

// Registration is an app registration as a program needs it.
type Registration struct {
	Cloud    Cloud
	Audience Audience
	// TenantID is the Directory (tenant) ID or a verified domain.
	TenantID string
	// ClientID is the Application (client) ID.
	ClientID string
	// ClientSecret is empty for the platform Mobile and desktop.
	ClientSecret Secret
	// Certificate, when set, takes the place of ClientSecret in every request.
	Certificate *Certificate
}
