package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/wizard"
	"postkey/wizard/diagnose"
)

// The kinds of connection that a finding needs.
type kind int

const (
	ownBox kind = iota // a user with IMAP, POP and SMTP
	byApp              // an application with IMAP and SMTP
	byGraph
	byEWS
)

// made is how a finding comes about: a fault of the practice tenant, in a
// connection of some kind.
type made struct {
	fault practice.Fault // without a fault: what the practice tenant says leads to the finding
	kind  kind
	// refresh ends each access token at once, so that the test needs a new one.
	refresh bool
	ahead   time.Duration // of the tenant's clock
	// secret spoils the secret, where the fault lies there.
	secret func(practice.Values) oauth.Secret
}

// changes reports whether there is anything wrong at all.
func (m made) changes() bool { return m.fault != "" || m.ahead != 0 }

// ways are those that need more than the words that the tenant can say.
var ways = map[string]made{
	"secret-is-id":         {fault: practice.FaultSecretWrong, secret: func(v practice.Values) oauth.Secret { return oauth.NewSecret(v.SecretID) }},
	"secret-wrong":         {fault: practice.FaultSecretWrong},
	"secret-expired":       {fault: practice.FaultSecretExpired},
	"consent-needed":       {fault: practice.FaultConsentMissing},
	"mfa-required":         {fault: practice.FaultInteraction, refresh: true},
	"sign-in-expired":      {fault: practice.FaultSignInExpired, refresh: true},
	"sign-in-frequency":    {fault: practice.FaultSignInFrequency, refresh: true},
	"service-busy":         {fault: practice.FaultThrottledSignIn},
	"token-wrong-audience": {fault: practice.FaultWrongAudience},
	"token-missing-scope":  {fault: practice.FaultFewerScopes},
	"token-missing-role":   {fault: practice.FaultAppConsentMissing, kind: byApp},
	"wrong-account":        {fault: practice.FaultOtherAccount},
	"clock-skew":           {ahead: 20 * time.Minute}, // of the tenant

	"smtp-auth-disabled-tenant":  {fault: practice.FaultSMTPTenantOff},
	"smtp-auth-disabled-mailbox": {fault: practice.FaultSMTPMailboxOff},
	"send-as-denied":             {fault: practice.FaultSendAsDenied},
	"smtp-concurrency":           {fault: practice.FaultThrottledMail},
	"imap-throttled":             {fault: practice.FaultThrottledMail},
	"imap-not-connected":         {fault: practice.FaultNotConnected},
	"imap-app-mailbox-access":    {fault: practice.FaultAppObjectID, kind: byApp},
	"ews-disabled":               {fault: practice.FaultEWSOff, kind: byEWS},
	"ews-mailbox-missing":        {fault: practice.FaultNoMailbox, kind: byEWS},
	"ews-access-denied":          {fault: practice.FaultAppOutside, kind: byEWS},
	"access-policy-blocked":      {fault: practice.FaultAppOutside, kind: byGraph},
	"access-policy-open":         {fault: practice.FaultAppFenceOpen, kind: byGraph},
	"message-not-arrived":        {fault: practice.FaultNeverArrives},
	"message-rejected":           {fault: practice.FaultBounce},

	"dns-failed":          {fault: practice.FaultHostUnknown},
	"network-unreachable": {fault: practice.FaultHostUnreachable},
	"connect-refused":     {fault: practice.FaultRefused},
	"connect-timeout":     {fault: practice.FaultSilent},
	"tls-untrusted":       {fault: practice.FaultCertificateUntrusted},
	"tls-name-mismatch":   {fault: practice.FaultCertificateName},
	"tls-expired":         {fault: practice.FaultCertificateExpired},
	"tls-too-old":         {fault: practice.FaultOldTLS},
	"starttls-missing":    {fault: practice.FaultNoSTARTTLS},
	"xoauth2-missing":     {fault: practice.FaultNoXOAUTH2},
	"tls-not-spoken":      {fault: practice.FaultGarbage},
	"not-a-mail-server":   {fault: practice.FaultGarbage},
	"connection-lost":     {fault: practice.FaultHangUp},

	"browser-did-not-open": {fault: practice.FaultNoBrowser},
	"callback-timeout":     {fault: practice.FaultSignInHangs},
	"callback-state":       {fault: practice.FaultOtherSignIn},
	"port-in-use":          {fault: practice.FaultPortTaken},
	"keyring-missing":      {fault: practice.FaultKeyringMissing},
	"keyring-locked":       {fault: practice.FaultKeyringLocked},
	"keyring-full":         {fault: practice.FaultKeyringFull},
	"store-locked":         {fault: practice.FaultDataLocked},
	"store-corrupt":        {fault: practice.FaultDataDamaged},

	"graph-access-denied": {kind: byGraph},
	"mailbox-not-cloud":   {kind: byGraph},
	"user-agent-blocked":  {kind: byGraph},
}

// elsewhere are findings that no test of a connection can lead to: they are
// proven where they come from.
var elsewhere = map[string]string{
	diagnose.Unknown:    "no fault is unknown",
	"store-unwritable":  "TestFullVolume, on a disk that is full",
	"smtp-shared-login": "TestSharedLoginOfAnotherProduct in package wizard: Postkey itself signs in to SMTP as the delegate",
}

// broken is a practice tenant in which one thing is wrong.
type broken struct {
	*practice.Tenant
	made
}

func (b broken) Drafts() ([]*wizard.Draft, []oauth.Secret) {
	drafts, secrets := tenant{b.Tenant}.Drafts()
	d, v := drafts[0], b.Values()
	roads := map[kind][]string{byApp: {"imap", "smtp"}, byGraph: {"graph"}, byEWS: {"ews"}}
	if protocols := roads[b.kind]; protocols != nil {
		d.Product, d.RedirectHost, d.ClientID, d.ServicePrincipalID = "imagicle", "", v.AppClientID, v.ServicePrincipalID
		d.SetMode(wizard.ModeAppOnly)
		d.SetRoad(protocols, false)
		d.Mailbox.Address = v.Address
		if b.fault == practice.FaultAppFenceOpen {
			d.Refuse = v.Delegate
		}
	}
	if b.secret != nil {
		secrets[0] = b.secret(v)
	}
	return drafts[:1], secrets[:1]
}

// TestEveryFindingThroughCheck makes every finding of the sign-in, of mail and of
// the network happen at the practice tenant, and reads its id off check --json.
func TestEveryFindingThroughCheck(t *testing.T) {
	for _, id := range diagnose.IDs() {
		if elsewhere[id] != "" {
			continue
		}
		how := ways[id]
		if says, ok := practice.Says(id); ok && !how.changes() {
			how.fault = says
		}
		if !how.changes() {
			t.Errorf("%s: nothing in the practice tenant leads to it", id)
			continue
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			got, out := findingsOf(t, how)
			if !slices.Contains(got, id) {
				t.Errorf("got %v\n%s", got, out)
			}
		})
	}
}

// findingsOf runs check --practice --json and returns the ids that it names.
func findingsOf(t *testing.T, how made) (ids []string, out string) {
	t.Helper()
	r := newRun(t)
	r.prepare = func(bench *wizard.Workbench) { bench.ArriveWithin = 2 * time.Second }
	r.StartPractice = func() (Practice, error) {
		opts := practice.Options{SignInWithin: 2 * time.Second}
		if how.fault == practice.FaultOtherSignIn {
			opts.SignInWithin = 10 * time.Second // until then the other answer must be there
		}
		if how.refresh {
			opts.TokenLife = time.Second
		}
		if how.ahead != 0 {
			opts.Now = func() time.Time { return time.Now().Add(how.ahead) }
		}
		p, err := practice.Start(opts)
		if err != nil {
			return nil, err
		}
		if how.fault != "" {
			p.Break(how.fault)
		}
		return broken{p, how}, nil
	}
	if status := r.Run(t.Context(), []string{"check", "--practice", "--json"}); status != ExitFailed {
		t.Errorf("exit %d: %s", status, r.err.String())
	}
	var report jsonReport
	if err := json.Unmarshal(r.out.Bytes(), &report); err != nil {
		t.Fatal(errors.Join(err, fmt.Errorf("%s", r.out.String())))
	}
	if how.fault == practice.FaultDataDamaged { // no connection's
		for _, f := range report.Findings {
			ids = append(ids, f.ID)
		}
		return ids, r.out.String()
	}
	for _, c := range report.Connections {
		for _, f := range c.Findings {
			ids = append(ids, f.ID)
		}
	}
	return ids, r.out.String()
}

// A command that comes to nothing names the cause where it is known: here a
// data folder that a newer Postkey wrote.
func TestWhatStopsCheckIsNamed(t *testing.T) {
	r := newRun(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "connections.json"), []byte(`{"version": 99}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := r.Run(t.Context(), []string{"check", "--json", "--data", dir}); status != ExitFailed {
		t.Errorf("exit %d", status)
	}
	got := r.report(t)
	if len(got.Findings) != 1 || got.Findings[0].ID != "store-corrupt" || got.Error == "" {
		t.Errorf("%+v", got)
	}
	if status := r.Run(t.Context(), []string{"check", "--json", "--data", t.TempDir()}); status != ExitUsage {
		t.Errorf("without a connection: exit %d", status)
	}
	if got := r.report(t); len(got.Findings) != 0 || got.Error == "" {
		t.Errorf("wrong use has findings: %+v", got)
	}
}

// Of a connection that is not there because its file is damaged, that is said,
// and not that there was none of the name.
func TestDamageIsWhyAConnectionIsMissing(t *testing.T) {
	for _, command := range []string{"check", "rotate"} {
		r := newRun(t)
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "connections.json"), []byte(`{"version": 1, "connections": [`), 0o600); err != nil {
			t.Fatal(err)
		}
		if status := r.Run(t.Context(), []string{command, "Support inbox", "--json", "--data", dir}); status != ExitFailed {
			t.Errorf("%s: exit %d", command, status)
		}
		if got := r.report(t); len(got.Findings) != 1 || got.Findings[0].ID != "store-corrupt" {
			t.Errorf("%s: %+v", command, got)
		}
	}
}

// What leads to nothing stands in neither list twice, and each id exists.
func TestListsOfFindings(t *testing.T) {
	all := diagnose.IDs()
	for id := range ways {
		if !slices.Contains(all, id) || elsewhere[id] != "" {
			t.Errorf("%s is no finding to look for", id)
		}
	}
	for id := range elsewhere {
		if !slices.Contains(all, id) {
			t.Errorf("%s is no finding", id)
		}
	}
}
