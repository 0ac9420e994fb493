package store

import (
	"time"

	"postkey/oauth"
)

// Connection is what Postkey remembers of one connection; nothing in it is
// secret. XCALLY calls it a Cloud Provider with its Email Account.
//
// The JSON names of the first part are those of the values file.
type Connection struct {
	// ID is random and never changes; it names the keyring items.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Product is xcally, imagicle or other.
	Product string `json:"product"`
	// Mode is delegated (a user signs in) or app-only.
	Mode string `json:"mode"`
	// Cloud is worldwide, gcc-high, dod, china, custom, or practice inside the practice tenant.
	Cloud string `json:"cloud"`
	// Endpoints is set for the cloud custom alone.
	Endpoints *Endpoints     `json:"endpoints,omitempty"`
	Audience  oauth.Audience `json:"audience"`
	TenantID  string         `json:"tenant_id"`
	ClientID  string         `json:"client_id"`
	// Platform is web (with a client secret) or desktop (without).
	Platform string `json:"platform"`
	// RedirectHost is the host of the product's server where the product fixes
	// the path; RedirectURI is the whole URI otherwise. At most one is set.
	RedirectHost string `json:"redirect_host,omitempty"`
	RedirectURI  string `json:"redirect_uri,omitempty"`
	// SecretExpires is the day the client secret ends; the zero Date when unknown or without a secret.
	SecretExpires Date    `json:"secret_expires,omitzero"`
	Mailbox       Mailbox `json:"mailbox"`
	// Protocols holds imap, pop, smtp, and app-only also ews and graph.
	Protocols []string `json:"protocols"`
	// ServicePrincipalID is the Object ID of the Enterprise application, which
	// Exchange knows the application by; app-only.
	ServicePrincipalID string `json:"service_principal_id,omitempty"`
	// SMTPRBAC says that SMTP goes through RBAC for Applications: the token has
	// no role for it, and that is right; app-only.
	SMTPRBAC bool `json:"smtp_rbac,omitempty"`
	// Reach are the further mailboxes that the application must reach, Refuse
	// those that it must not; app-only.
	Reach  []string `json:"reach,omitempty"`
	Refuse []string `json:"refuse,omitempty"`

	// Certificate is set where the application proves itself with a certificate
	// instead of a secret; its private key is in the vault.
	Certificate *Certificate `json:"certificate,omitempty"`
	// CredentialSlot and SignInSlot say under which of the Vault's keys the
	// client secret or certificate, and the refresh token, in use are; see SlotKey.
	CredentialSlot string `json:"credential_slot,omitempty"`
	SignInSlot     string `json:"sign_in_slot,omitempty"`
	// Draft says that this is a draft's connection: what the draft has stored
	// counts, before what is in use. Never set in a stored one.
	Draft bool `json:"-"`
	// Ticked holds the ids of the permissions that the administrator ticked.
	Ticked []string `json:"ticked,omitempty"`
	// Account is who signed in last; nil before the first sign-in.
	Account *Account `json:"account,omitempty"`
	// SignInEnded is when Microsoft last refused the refresh token for good; zero when it works.
	SignInEnded time.Time `json:"sign_in_ended,omitzero"`
	// LastTest is the outcome of the newest test; nil when there was none.
	LastTest *TestRecord `json:"last_test,omitempty"`
	Created  time.Time   `json:"created,omitzero"`
	Changed  time.Time   `json:"changed,omitzero"`
}

// Endpoints are the editable addresses of a custom cloud; see oauth.Cloud for
// the meaning of each.
type Endpoints struct {
	Authority    string `json:"authority"`
	IMAP         string `json:"imap,omitempty"`
	POP          string `json:"pop,omitempty"`
	SMTP         string `json:"smtp,omitempty"`
	EWS          string `json:"ews,omitempty"`
	Graph        string `json:"graph,omitempty"`
	MailResource string `json:"mail_resource,omitempty"`
}

// Mailbox is the mailbox of a connection; XCALLY calls it an Email Account.
type Mailbox struct {
	// Name is the display name; Key is XCALLY's 5 characters; List is its default contact list.
	Name string `json:"name,omitempty"`
	Key  string `json:"key,omitempty"`
	List string `json:"list,omitempty"`
	// Address is the mailbox itself; for a shared mailbox the shared address.
	Address string `json:"address"`
	// Delegate is the user who signs in for a shared mailbox; empty for an ordinary one.
	Delegate string `json:"delegate,omitempty"`
}

// Shared reports whether the mailbox is read through a delegate.
func (m Mailbox) Shared() bool { return m.Delegate != "" }

// Certificate is what is known of the certificate of a registration; SecretExpires
// holds its last day as it does for a secret.
type Certificate struct {
	// Thumbprint is the SHA-1 of the certificate in hex, as the portal lists
	// it; it is a name here and protects nothing.
	Thumbprint string `json:"thumbprint"`
	// Subject is its common name.
	Subject  string    `json:"subject,omitempty"`
	NotAfter time.Time `json:"not_after"`
}

// Account is the user who signed in, as the verified ID token names it.
type Account struct {
	Username string   `json:"username"`
	Name     string   `json:"name,omitempty"`
	TenantID string   `json:"tenant_id"`
	ObjectID string   `json:"object_id,omitempty"`
	Granted  []string `json:"granted,omitempty"` // scopes as the token responses listed them
	// Asked are the scopes asked for after the sign-in, beside its own: what is
	// here and not in Granted is missing.
	Asked []string  `json:"asked,omitempty"`
	At    time.Time `json:"at"`
}

// TestRecord is the outcome of a test as Home shows it.
type TestRecord struct {
	At       time.Time   `json:"at"`
	OK       bool        `json:"ok"`
	LastOK   time.Time   `json:"last_ok,omitzero"` // the newest passed test, this one included
	Legs     []LegRecord `json:"legs"`
	Findings []string    `json:"findings,omitempty"` // ids, most specific first
}

// LegRecord is one leg of a remembered test.
type LegRecord struct {
	Leg  string      `json:"leg"` // imap, pop, smtp, ews, graph
	OK   bool        `json:"ok"`
	Hops []HopRecord `json:"hops"`
}

// HopRecord is one hop of a remembered test.
type HopRecord struct {
	Hop    string `json:"hop"`
	Status string `json:"status"` // ok, failed, skipped
	MS     int64  `json:"ms,omitempty"`
	Detail string `json:"detail,omitempty"`
	Server string `json:"server,omitempty"`
}
