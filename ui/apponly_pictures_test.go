//go:build !race

package ui

import (
	"postkey/wizard"
)

// picturesOfAppOnly are the pages of an application that signs in itself.
func picturesOfAppOnly(r *rig, take taking) {
	bottom := func() { r.flow().shell.scroll.ScrollToBottom() }
	d := r.appDraft(wizard.StepApplication)
	r.wizard(d)
	take("app-application")
	take("app-application-end", bottom)
	d.SetRoad([]string{wizard.ProtocolEWS}, false)
	r.wizard(d)
	take("app-application-ews", bottom)
	shared := r.atStep(wizard.StepApplication)
	shared.Shared = true
	r.wizard(shared)
	take("shared-advice", bottom)

	r.wizard(r.appDraft(wizard.StepRegistration))
	take("app-registration")
	r.wizard(r.appDraft(wizard.StepRedirect))
	take("app-redirect")
	r.wizard(r.appDraft(wizard.StepPermissions))
	take("app-permissions")
	r.wizard(r.proven(r.appDraft(wizard.StepPermissions), "SMTP.SendAsApp"))
	take("app-permissions-missing")
	rbac := r.appDraft(wizard.StepPermissions)
	rbac.SetRoad([]string{wizard.ProtocolSMTP}, true)
	r.wizard(rbac)
	take("app-permissions-none")

	d = r.appDraft(wizard.StepSignIn)
	d.ServicePrincipalID = ""
	r.wizard(d)
	take("app-token")
	d = r.proven(r.appDraft(wizard.StepSignIn))
	d.ServicePrincipalID = d.ClientID
	r.wizard(d).next()
	take("app-token-done")

	r.wizard(r.proven(r.appDraft(wizard.StepSignIn))).openExchange()
	take("app-exchange")
	p := r.flow().page.(*exchangePage)
	p.paste.SetText("RunspaceId        : 0c1d\nAppId             : " + d.ClientID + "\nMailbox : fax@contoso.com\nAccessCheckResult : Denied")
	take("app-exchange-script", func() { scrollTo(r.flow().shell.scroll, p.script.area) })
	p.compare()
	take("app-exchange-result", bottom)

	r.wizard(r.proven(r.appDraft(wizard.StepMailbox)))
	take("app-mailbox")
	d = r.proven(r.appDraft(wizard.StepMailbox))
	d.Refuse = "fax@contoso.com"
	r.wizard(d).next()
	take("app-mailbox-wrong")
}
