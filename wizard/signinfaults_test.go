package wizard_test

import (
	"errors"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
)

// What is wrong with this computer stops a sign-in and an admin consent alike.
func TestFaultsOfThisComputer(t *testing.T) {
	b := newBench(t, "admin@contoso.example")
	d := b.signedIn(t)
	b.OpenBrowser, b.Listen = b.tenant.Browser(b.OpenBrowser), b.tenant.Listen
	within := time.Second
	b.SignInWithin = func() time.Duration { return within }
	for fault, want := range map[practice.Fault]error{
		practice.FaultNoBrowser:   oauth.ErrBrowser,
		practice.FaultSignInHangs: oauth.ErrTimeout,
		practice.FaultOtherSignIn: oauth.ErrState,
		practice.FaultPortTaken:   oauth.ErrPort,
	} {
		b.tenant.Heal()
		b.tenant.Break(fault)
		if within = time.Second; fault == practice.FaultOtherSignIn {
			within = 8 * time.Second // until then the other answer must be there
		}
		signIn, err := b.SignIn(t.Context(), d, false)
		if err == nil {
			_, err = signIn.Wait(t.Context())
			signIn.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: the sign-in ends with %v", fault, err)
		}
		consent, err := b.AdminConsent(t.Context(), d)
		if err == nil {
			_, err = consent.Wait(t.Context())
			consent.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: the consent ends with %v", fault, err)
		}
	}
}
