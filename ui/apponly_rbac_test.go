package ui

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"postkey/wizard"
)

// Without roles in the tokens of Graph and EWS nothing is called missing: RBAC for
// Applications may give the rights. The pages say so, and the wizard goes on.
func TestTokensWithoutRolesByRBAC(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.tenant.GrantRoles()
	r.tenant.SetWebRBAC(true)
	d := r.practiceApp(wizard.StepSignIn)
	d.SetRoad([]string{wizard.ProtocolGraph}, false)
	f := r.wizard(d)
	test.Tap(r.button("Request tokens"))
	r.until("the tokens are there", func() bool { return d.SignedIn() && !f.page.(*tokenPage).running() })
	r.sees("Not in the tokens: Mail.Send, Mail.Read, Mail.ReadWrite. That is right where Exchange Online")
	r.sees("Not in the token")
	r.seesNot("Missing")
	f.next()
	r.wantStep(wizard.StepMailbox)

	f.open(wizard.StepPermissions)
	r.sees("Mail.Send, Mail.Read, Mail.ReadWrite: not in the tokens")
	r.sees("add nothing here and go on to the test")
	r.seesNot("Missing")
	r.seesNot("were not granted")
	test.Tap(r.button("Ask Microsoft now"))
	r.until("Microsoft has answered", func() bool { return !f.page.(*permissionsPage).consent.running() })
	r.seesNot("Nothing that was asked for is missing")
	r.seesNot("still lacks something")
}

// On the road without API permissions the page says what the tokens carry, and not
// that they carry nothing without having looked.
func TestTokensOfTheRoadWithoutRoles(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	d := r.practiceApp(wizard.StepSignIn)
	d.SetRoad([]string{wizard.ProtocolSMTP}, true)
	f := r.wizard(d)
	ask := func() {
		t.Helper()
		f.page.(*tokenPage).start()
		r.until("the tokens are there", func() bool { return d.SignedIn() && !f.page.(*tokenPage).running() })
	}
	ask()
	r.sees("The tokens carry SMTP.SendAsApp.")
	r.seesNot("The token carries no roles")
	r.tenant.GrantRoles()
	ask()
	r.sees("The token carries no roles")
	r.seesNot("The tokens carry SMTP.SendAsApp.")
}
