package wizard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// The modes, platforms and protocols as they stand in values files.
const (
	ModeDelegated = "delegated" // a user signs in
	ModeAppOnly   = "app-only"  // the application signs in itself

	PlatformWeb     = "web"     // with a client secret
	PlatformDesktop = "desktop" // Mobile and desktop applications, without one

	ProtocolIMAP  = "imap"
	ProtocolPOP   = "pop"
	ProtocolSMTP  = "smtp"
	ProtocolEWS   = "ews"   // app-only
	ProtocolGraph = "graph" // app-only
)

// Draft is a connection on its way through the wizard: every value as it was
// typed, right or wrong, so that nothing is lost on the way back. It is kept as
// JSON between two starts and never holds a secret.
type Draft struct {
	// ID becomes the connection's and names the keyring items from the start.
	ID      string `json:"id"`
	Name    string `json:"name"`
	Product string `json:"product"`
	Mode    string `json:"mode"`
	// Cloud is an ID of the catalogue, or custom, with Endpoints then.
	Cloud     string          `json:"cloud"`
	Endpoints store.Endpoints `json:"endpoints"`
	Audience  oauth.Audience  `json:"audience"`
	TenantID  string          `json:"tenant_id"`
	ClientID  string          `json:"client_id"`
	Platform  string          `json:"platform"`
	// RedirectHost counts for a product that fixes the path, RedirectURI for
	// the others; what was typed for the other one is kept.
	RedirectHost  string `json:"redirect_host"`
	RedirectURI   string `json:"redirect_uri"`
	SecretExpires string `json:"secret_expires"`
	// Shared says that the mailbox is read through a delegate; Mailbox.Delegate counts only then.
	Shared    bool          `json:"shared"`
	Mailbox   store.Mailbox `json:"mailbox"`
	Protocols []string      `json:"protocols"`
	// ServicePrincipalID, SMTPRBAC, Reach and Refuse belong to app-only; see
	// store.Connection. The two lists are text as it was typed, see Addresses.
	ServicePrincipalID string `json:"service_principal_id,omitempty"`
	SMTPRBAC           bool   `json:"smtp_rbac,omitempty"`
	Reach              string `json:"reach,omitempty"`
	Refuse             string `json:"refuse,omitempty"`
	// Ticked holds the ids of the permissions that the administrator ticked.
	Ticked []string `json:"ticked,omitempty"`
	// MailDomain is what was typed to find the tenant.
	MailDomain string `json:"mail_domain,omitempty"`

	// Account is who signed in last, SignedInWith the values of that sign-in.
	// Set both with SetAccount.
	Account      *store.Account `json:"account,omitempty"`
	SignedInWith *SignInIDs     `json:"signed_in_with,omitempty"`
	// SignInEnded is the connection's: when Microsoft refused the sign-in for good.
	SignInEnded time.Time `json:"sign_in_ended,omitzero"`
	// Proof is what Microsoft answered to the application's own request for
	// tokens; nil before the first one, and always nil where a user signs in.
	Proof *Proof `json:"proof,omitempty"`
	// FenceSince is when a test first saw that the mailboxes are not yet
	// reachable and refused as wanted; zero while they are.
	FenceSince time.Time `json:"fence_since,omitzero"`
	// HasSecret says that the keyring holds the client secret of this ID.
	HasSecret bool `json:"has_secret"`
	// Certificate is set where the application proves itself with a certificate
	// instead; the keyring holds it with its private key.
	Certificate *store.Certificate `json:"certificate,omitempty"`
	// CredentialSlot is the saved connection's when the draft was begun.
	CredentialSlot string `json:"credential_slot,omitempty"`

	// Step is the page that was open last.
	Step     StepID            `json:"step"`
	LastTest *store.TestRecord `json:"last_test,omitempty"`
	Created  time.Time         `json:"created,omitzero"`
	Changed  time.Time         `json:"changed,omitzero"`
}

// SignInIDs are the values that a sign-in belongs to: with others the refresh
// token is worthless.
type SignInIDs struct {
	Cloud     string         `json:"cloud"`
	Authority string         `json:"authority,omitempty"` // of a custom cloud
	Audience  oauth.Audience `json:"audience"`
	TenantID  string         `json:"tenant_id"`
	ClientID  string         `json:"client_id"`
}

// NewDraft returns the draft of a new connection with a fresh ID and the
// choices that suit most: XCALLY, worldwide, single tenant, web, IMAP and SMTP.
func NewDraft(now time.Time) *Draft {
	return &Draft{
		ID:        store.NewID(),
		Product:   "xcally",
		Mode:      ModeDelegated,
		Cloud:     catalog.Worldwide,
		Audience:  oauth.AudienceSingle,
		Platform:  PlatformWeb,
		Protocols: []string{ProtocolIMAP, ProtocolSMTP},
		Step:      StepApplication,
		Created:   now,
		Changed:   now,
	}
}

// DraftOf returns a draft to edit a saved connection with. HasSecret is false:
// only the keyring knows.
func DraftOf(c store.Connection) *Draft {
	d := &Draft{
		ID: c.ID, Name: c.Name, Product: c.Product, Mode: c.Mode, Cloud: c.Cloud,
		Audience: c.Audience, TenantID: c.TenantID, ClientID: c.ClientID, Platform: c.Platform,
		RedirectHost: c.RedirectHost, RedirectURI: c.RedirectURI, SecretExpires: c.SecretExpires.String(),
		Shared: c.Mailbox.Shared(), Mailbox: c.Mailbox,
		Protocols: slices.Clone(c.Protocols), Ticked: slices.Clone(c.Ticked),
		SignInEnded: c.SignInEnded, LastTest: c.LastTest, Created: c.Created, Changed: c.Changed,
		ServicePrincipalID: c.ServicePrincipalID, SMTPRBAC: c.SMTPRBAC,
		Reach: strings.Join(c.Reach, "\n"), Refuse: strings.Join(c.Refuse, "\n"),
		Certificate: c.Certificate, CredentialSlot: c.CredentialSlot,
		Step: StepApplication,
	}
	if c.Endpoints != nil {
		d.Endpoints = *c.Endpoints
	}
	if c.Account != nil {
		account := *c.Account
		ids := d.signInIDs()
		d.Account, d.SignedInWith = &account, &ids
	}
	if d.AppOnly() {
		d.Proof = d.rememberedProof()
	}
	return d
}

// Connection returns the draft as a connection: cleaned values, without what
// the chosen product, cloud, platform or mailbox type does not use. It does not
// check the values (see CheckStep); the error says that a date cannot be read.
func (d *Draft) Connection() (store.Connection, error) {
	c := d.registrationPart()
	switch {
	case d.Platform == PlatformDesktop:
	case c.Certificate != nil: // what was typed for a secret is kept, and means nothing
		c.SecretExpires = store.DateOf(c.Certificate.NotAfter.UTC())
	default:
		expires, err := store.ParseDate(CleanField(FieldSecretExpires, d.SecretExpires))
		if err != nil {
			return store.Connection{}, fmt.Errorf("secret_expires: %w", err)
		}
		c.SecretExpires = expires
	}
	return c, nil
}

// registrationPart is Connection without the date, so that a sign-in does not wait for it.
func (d *Draft) registrationPart() store.Connection {
	c := store.Connection{
		ID:          d.ID,
		Name:        CleanField(FieldName, d.Name),
		Product:     d.Product,
		Mode:        d.Mode,
		Cloud:       d.Cloud,
		Audience:    d.Audience,
		TenantID:    CleanField(FieldTenantID, d.TenantID),
		ClientID:    CleanField(FieldClientID, d.ClientID),
		Platform:    d.Platform,
		Mailbox:     d.mailbox(),
		Protocols:   slices.Clone(d.Protocols),
		Ticked:      slices.Clone(d.Ticked),
		SignInEnded: d.SignInEnded,
		LastTest:    d.LastTest,
		Created:     d.Created,
		Changed:     d.Changed,
		Draft:       true,
	}
	if d.Platform != PlatformDesktop {
		c.Certificate = d.Certificate
	}
	if d.Cloud == catalog.Custom {
		e := d.endpoints()
		c.Endpoints = &e
	}
	if d.AppOnly() {
		d.appOnlyPart(&c)
	}
	if d.fixedPath() != "" {
		c.RedirectHost = CleanField(FieldRedirectHost, d.RedirectHost)
	} else {
		c.RedirectURI = CleanField(FieldRedirectURI, d.RedirectURI)
	}
	if d.SignedIn() && !d.AppOnly() {
		account := *d.Account
		c.Account = &account
	}
	return c
}

// AppName is the display name to give the app registration: the connection's
// own, so that both are found under one name, or the product's suggestion.
func (d *Draft) AppName(cat *catalog.Catalog) string {
	if name := CleanField(FieldName, d.Name); name != "" {
		return name
	}
	return d.product(cat).SuggestedName
}

// mailbox is the mailbox with cleaned values.
func (d *Draft) mailbox() store.Mailbox {
	m := store.Mailbox{
		Name:    CleanField(FieldMailboxName, d.Mailbox.Name),
		Key:     CleanField(FieldMailboxKey, d.Mailbox.Key),
		List:    CleanField(FieldMailboxList, d.Mailbox.List),
		Address: CleanField(FieldMailboxAddress, d.Mailbox.Address),
	}
	if d.Shared && !d.AppOnly() {
		m.Delegate = CleanField(FieldMailboxDelegate, d.Mailbox.Delegate)
	}
	return m
}

// endpoints are the endpoints with cleaned values.
func (d *Draft) endpoints() store.Endpoints {
	return store.Endpoints{
		Authority:    CleanField(FieldAuthority, d.Endpoints.Authority),
		IMAP:         CleanField(FieldIMAP, d.Endpoints.IMAP),
		POP:          CleanField(FieldPOP, d.Endpoints.POP),
		SMTP:         CleanField(FieldSMTP, d.Endpoints.SMTP),
		EWS:          CleanField(FieldEWS, d.Endpoints.EWS),
		Graph:        CleanField(FieldGraph, d.Endpoints.Graph),
		MailResource: CleanField(FieldMailResource, d.Endpoints.MailResource),
	}
}

// SetAccount notes who signed in, together with the values of that sign-in. An
// empty mailbox address (for a shared mailbox: delegate) becomes the account's.
func (d *Draft) SetAccount(account store.Account) {
	ids := d.signInIDs()
	d.Account, d.SignedInWith, d.SignInEnded = &account, &ids, time.Time{}
	into := &d.Mailbox.Address
	if d.Shared {
		into = &d.Mailbox.Delegate
	}
	if CleanField(FieldMailboxAddress, *into) == "" && strings.Contains(account.Username, "@") {
		*into = account.Username
	}
}

// noteSignIn is SetAccount with what a verified ID token and a token with a
// refresh token say.
func (d *Draft) noteSignIn(a oauth.Account, granted []string, now time.Time) {
	// Entra rarely lists offline_access; the refresh token is its proof.
	if !slices.Contains(granted, "offline_access") {
		granted = append(granted, "offline_access")
	}
	username := a.Username
	if username == "" {
		username = a.Email
	}
	d.SetAccount(store.Account{
		Username: username, Name: a.Name, TenantID: a.TenantID, ObjectID: a.ObjectID, Granted: granted, At: now,
	})
}

// SignedIn reports whether the last sign-in belongs to the values as they are
// now and has not ended. Where the application signs in itself, that is its own
// request for tokens (see Proof).
func (d *Draft) SignedIn() bool {
	if d.AppOnly() {
		return d.Proof != nil && d.Proof.With == d.signInIDs()
	}
	if d.Account == nil || d.SignedInWith == nil || !d.SignInEnded.IsZero() {
		return false
	}
	was, is := *d.SignedInWith, d.signInIDs()
	// A verified domain and the tenant ID behind it name the same tenant.
	if is.TenantID == strings.ToLower(d.Account.TenantID) {
		was.TenantID = is.TenantID
	}
	return was == is
}

func (d *Draft) signInIDs() SignInIDs {
	ids := SignInIDs{
		Cloud:    d.Cloud,
		Audience: d.Audience,
		TenantID: strings.ToLower(CleanField(FieldTenantID, d.TenantID)),
		ClientID: strings.ToLower(CleanField(FieldClientID, d.ClientID)),
	}
	if d.Cloud == catalog.Custom {
		ids.Authority = CleanField(FieldAuthority, d.Endpoints.Authority)
	}
	return ids
}

// signInAddress is whom the sign-in page should expect; empty when unknown.
func (d *Draft) signInAddress() string {
	m := d.mailbox()
	if d.Shared {
		return m.Delegate
	}
	return m.Address
}
