package practice

import (
	"slices"
	"sync"

	"postkey/assets"
)

// Fault is one thing that can be made to go wrong, see Tenant.Break. The text
// is stable; Title says it in words.
type Fault string

// The faults at sign-in and at the token endpoint.
const (
	FaultSecretWrong     Fault = "secret-wrong"      // AADSTS7000215 whatever the secret
	FaultSecretExpired   Fault = "secret-expired"    // AADSTS7000222
	FaultConsentMissing  Fault = "consent-missing"   // AADSTS65001 instead of a token, until an administrator consents
	FaultAdminConsent    Fault = "admin-consent"     // AADSTS90094 for all but the administrator, until that one consents
	FaultSignInExpired   Fault = "sign-in-expired"   // AADSTS700082 at the next refresh
	FaultSignInRevoked   Fault = "sign-in-revoked"   // AADSTS50173 at the next refresh
	FaultWrongAudience   Fault = "wrong-audience"    // a Graph token for mail scopes
	FaultFewerScopes     Fault = "fewer-scopes"      // SMTP.Send is not granted, until an administrator consents
	FaultThrottledSignIn Fault = "throttled-sign-in" // HTTP 429 with Retry-After from the token endpoint
	FaultClockSkew       Fault = "clock-skew"        // the Date header is ten minutes ahead
	FaultSignInFrequency Fault = "sign-in-frequency" // AADSTS70043 at the next refresh
	FaultInteraction     Fault = "interaction"       // AADSTS50076, interaction_required, at the next refresh
	FaultSignInDown      Fault = "sign-in-down"      // HTTP 503 from the token endpoint
	FaultOtherAccount    Fault = "other-account"     // tokens are somebody else's
)

// The faults of an application that signs in itself.
const (
	FaultAppConsentMissing Fault = "app-consent-missing" // tokens without roles, until an administrator consents
	FaultAppFewerRoles     Fault = "app-fewer-roles"     // SMTP.SendAsApp and Mail.Send are not granted, until an administrator consents
	FaultAppDisabled       Fault = "app-disabled"        // AADSTS7000112
	FaultAppCertificate    Fault = "app-certificate"     // AADSTS700027 whatever the certificate
)

// The faults of the mailbox and the mail servers.
const (
	FaultSMTPTenantOff  Fault = "smtp-tenant-off"  // 535 5.7.139, SMTP AUTH off for the tenant
	FaultSMTPMailboxOff Fault = "smtp-mailbox-off" // 535 5.7.139, SMTP AUTH off for the mailbox
	FaultNotConnected   Fault = "not-connected"    // IMAP: authenticated but not connected
	FaultSharedNoRights Fault = "shared-no-rights" // the delegate has no rights on the shared mailbox
	FaultSendAsDenied   Fault = "send-as-denied"   // 554 5.2.252 after DATA
	FaultNeverArrives   Fault = "never-arrives"    // accepted, then gone
	FaultBounce         Fault = "bounce"           // accepted, then returned to the sender
	FaultThrottledMail  Fault = "throttled-mail"   // IMAP back-off in milliseconds, SMTP 432, Graph 429, EWS ErrorServerBusy
	FaultNoMailbox      Fault = "no-mailbox"       // the application's mailbox does not exist
	FaultEWSOff         Fault = "ews-off"          // EWS is switched off for the tenant
)

// The faults of what Exchange lets an application do.
const (
	FaultAppObjectID  Fault = "app-object-id"  // registered with the wrong Object ID: IMAP, POP and SMTP refuse
	FaultAppOutside   Fault = "app-outside"    // no mailbox is inside the fence
	FaultAppFenceOpen Fault = "app-fence-open" // every mailbox is
)

// The faults of the network.
const (
	FaultSlow                 Fault = "slow"                  // each answer waits for Options.SlowBy
	FaultHangUp               Fault = "hang-up"               // mail servers hang up on the first command after sign-in
	FaultRefused              Fault = "refused"               // nothing listens on the mail ports
	FaultSilent               Fault = "silent"                // mail servers accept and never say a word
	FaultOldTLS               Fault = "old-tls"               // mail servers speak TLS 1.1 at most
	FaultGarbage              Fault = "garbage"               // something else answers on the mail ports
	FaultNoSTARTTLS           Fault = "no-starttls"           // SMTP does not offer STARTTLS
	FaultNoXOAUTH2            Fault = "no-xoauth2"            // mail servers do not offer XOAUTH2
	FaultCertificateName      Fault = "certificate-name"      // the certificate is another host's
	FaultCertificateExpired   Fault = "certificate-expired"   // the certificate ended yesterday
	FaultCertificateUntrusted Fault = "certificate-untrusted" // the certificate is of an unknown authority
)

// The faults of the way to the mail servers' host; Cloud names another one.
const (
	FaultHostUnknown     Fault = "host-unknown"     // a name that DNS does not know
	FaultHostUnreachable Fault = "host-unreachable" // an address to which no network leads
)

// The faults of this computer, which happen to what goes through Browser,
// Listen, Vault and UseData.
const (
	FaultNoBrowser      Fault = "no-browser"      // no browser opens
	FaultSignInHangs    Fault = "sign-in-hangs"   // the sign-in page never comes
	FaultOtherSignIn    Fault = "other-sign-in"   // the browser answers another sign-in
	FaultPortTaken      Fault = "port-taken"      // every port for the answer is taken
	FaultKeyringMissing Fault = "keyring-missing" // there is no keyring
	FaultKeyringLocked  Fault = "keyring-locked"  // the keyring is locked
	FaultKeyringFull    Fault = "keyring-full"    // the keyring takes nothing more
	FaultDataLocked     Fault = "data-locked"     // another Postkey has the data folder locked
	FaultDataDamaged    Fault = "data-damaged"    // half a draft is among the drafts
)

// Faults lists all faults in the order in which to offer them, group by group.
func Faults() []Fault {
	all := append(ownFaults(), spokenFaults()...)
	order := map[string]int{}
	for _, f := range all {
		if _, known := order[f.Group().Key]; !known {
			order[f.Group().Key] = len(order)
		}
	}
	slices.SortStableFunc(all, func(a, b Fault) int { return order[a.Group().Key] - order[b.Group().Key] })
	return all
}

// ownFaults are those with a mechanism of their own.
func ownFaults() []Fault {
	return []Fault{
		FaultSecretWrong, FaultSecretExpired, FaultConsentMissing, FaultAdminConsent,
		FaultSignInExpired, FaultSignInRevoked, FaultWrongAudience, FaultFewerScopes,
		FaultSignInFrequency, FaultInteraction, FaultOtherAccount, FaultThrottledSignIn, FaultSignInDown, FaultClockSkew,
		FaultAppConsentMissing, FaultAppFewerRoles, FaultAppDisabled, FaultAppCertificate,
		FaultAppObjectID, FaultAppOutside, FaultAppFenceOpen,
		FaultSMTPTenantOff, FaultSMTPMailboxOff, FaultNotConnected, FaultSharedNoRights,
		FaultSendAsDenied, FaultNeverArrives, FaultBounce, FaultThrottledMail,
		FaultNoMailbox, FaultEWSOff,
		FaultSlow, FaultHangUp, FaultRefused, FaultSilent, FaultGarbage, FaultOldTLS, FaultNoSTARTTLS, FaultNoXOAUTH2,
		FaultCertificateName, FaultCertificateExpired, FaultCertificateUntrusted,
		FaultHostUnknown, FaultHostUnreachable,
		FaultNoBrowser, FaultSignInHangs, FaultOtherSignIn, FaultPortTaken,
		FaultKeyringMissing, FaultKeyringLocked, FaultKeyringFull, FaultDataLocked, FaultDataDamaged,
	}
}

// Title names the fault for people.
func (f Fault) Title() assets.Message {
	if s := spokenOf(f); s != nil {
		return s.title()
	}
	return assets.Msg("practice.fault." + string(f))
}

// faultSet is the faults of the moment.
type faultSet struct {
	mu  sync.RWMutex
	now map[Fault]bool
}

// Break makes f happen from now on, beside the faults already set. Connections
// that are open feel it with their next command.
func (t *Tenant) Break(f Fault) {
	t.faults.mu.Lock()
	if t.faults.now == nil {
		t.faults.now = make(map[Fault]bool)
	}
	t.faults.now[f] = true
	t.faults.mu.Unlock()
	switch f {
	case FaultRefused:
		for _, g := range t.mailGates() {
			g.shut()
		}
	case FaultDataLocked:
		t.data.hold(t)
	case FaultDataDamaged:
		t.data.damage(t)
	}
}

// Heal takes all faults away.
func (t *Tenant) Heal() {
	t.faults.mu.Lock()
	refused := t.faults.now[FaultRefused]
	t.faults.now = nil
	t.faults.mu.Unlock()
	t.data.let()
	if refused {
		for _, g := range t.mailGates() {
			g.reopen()
		}
	}
}

func (t *Tenant) mailGates() []*gate { return []*gate{t.imapGate, t.popGate, t.smtpGate} }

// broken reports whether f is set.
func (t *Tenant) broken(f Fault) bool {
	t.faults.mu.RLock()
	defer t.faults.mu.RUnlock()
	return t.faults.now[f]
}
