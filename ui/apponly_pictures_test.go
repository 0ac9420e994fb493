//go:build !race

package ui

import (
	"errors"
	"slices"
	"time"

	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
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
	picturesOfFence(r, take)
	r.wizard(r.proven(r.appDraft(wizard.StepHandover)))
	take("app-handover")
}

// picturesOfFence are step 8 while the mailboxes are tried, with one that is open
// and should not be, and while that is waited for.
func picturesOfFence(r *rig, take taking) {
	d := r.proven(r.appDraft(wizard.StepTest))
	p := r.wizard(d).page.(*testPage)
	p.legs = passedLegs(p.legs)
	nothing := func() {}
	p.stopWork, p.stopTick, p.fence.trying = nothing, nothing, true
	for i := range p.fence.rows {
		row := p.fence.rows[i]
		row.Got = [...]check.FenceState{check.FenceReachable, check.FenceReachable, check.FenceTesting, check.FenceWaiting}[i/2]
		p.fence.take(row)
	}
	p.buildLegs()
	p.showBelow()
	p.flow.refresh()
	take("app-test-trying")

	rows := slices.Clone(p.fence.rows)
	for i := range rows {
		if rows[i].Got = rows[i].Want; rows[i].Want == check.FenceRefused && rows[i].Leg == check.IMAP {
			rows[i].Got = check.FenceReachable
		}
	}
	open := r.bench.Explain(p.conn, check.IMAP, check.Open, errors.New("ceo@contoso.com: a mailbox that should be out of reach was reachable"))
	open.Commands = wizard.CloseCommands(p.conn, check.FenceRow{Address: "ceo@contoso.com", Leg: check.IMAP})
	o := &testOutcome{legs: p.legs, at: r.clock, took: 1400 * time.Millisecond, legsOK: true, fence: &check.FenceResult{Rows: rows}}
	o.findings = append(o.findings, open)
	d.FenceSince = r.clock.Add(-35 * time.Minute)
	p.finished(o, &store.TestRecord{At: r.clock})
	take("app-test-open", p.flow.shell.scroll.ScrollToTop)
	take("app-test-open-end", p.flow.shell.scroll.ScrollToBottom)
	p.stopWork, p.stopTick = nothing, nothing
	p.fence.keeping, p.fence.next = true, r.clock.Add(4*time.Minute+12*time.Second)
	p.showBelow()
	p.flow.refresh()
	take("app-test-keeping", p.flow.shell.scroll.ScrollToTop)
}
