package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/internal/practice"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/exchange"
)

// practiceApp is rig.appDraft in the practice tenant, with its secret stored.
func (r *rig) practiceApp(step wizard.StepID) *wizard.Draft {
	r.t.Helper()
	v := r.tenant.Values()
	d := r.appDraft(step)
	d.Cloud, d.TenantID, d.ClientID, d.ServicePrincipalID = practice.CloudID, v.TenantID, v.AppClientID, v.ServicePrincipalID
	d.Mailbox.Address, d.Reach, d.Refuse = v.Address, v.Shared, v.Delegate
	must(r.t, r.bench.PutSecret(r.t.Context(), d.ID, v.ClientSecret))
	d.HasSecret = true
	return d
}

func TestWhoSignsInFollowsTheProduct(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepApplication)
	f := r.wizard(d)
	r.seesNot("How it reaches the mailboxes")
	r.choose("imagicle")
	if !d.AppOnly() {
		t.Fatal("Imagicle is set up with a user who signs in")
	}
	r.sees("How it reaches the mailboxes")
	r.sees("Recommended")
	r.sees("in 130 days: EWS ends for good")
	r.choose("xcally")
	if d.AppOnly() {
		t.Error("XCALLY stays without a user")
	}
	r.choose(kindApp)
	r.choose("other")
	if !d.AppOnly() {
		t.Error("another product takes back what was chosen")
	}
	for road, protocols := range map[string][]string{
		"graph": {"graph"}, "ews": {"ews"}, "smtp-rbac": {"smtp"}, "mail": {"imap", "smtp"},
	} {
		r.choose(road)
		if !slices.Equal(d.Protocols, protocols) || d.SMTPRBAC != (road == "smtp-rbac") {
			t.Errorf("%s: %v, RBAC %v", road, d.Protocols, d.SMTPRBAC)
		}
	}
	r.choose("custom")
	r.sees("EWS address")
	r.sees("Microsoft Graph address")
	r.choose("ews")
	r.choose(kindOwn)
	r.seesNot("EWS address")
	if d.AppOnly() || slices.Contains(d.Protocols, "ews") {
		t.Errorf("a user signs in to %v", d.Protocols)
	}
	r.choose("worldwide")
	f.next()
	r.wantStep(wizard.StepRegistration)
}

func TestSharedMailboxAdvice(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepApplication)
	f := r.wizard(d)
	r.seesNot("One user name cannot serve both")
	r.choose(kindShared)
	r.sees("XCALLY Motion has one user name for both")
	r.choose("other")
	r.sees("If the application has one user name for both")
	f.open(wizard.StepMailbox)
	r.sees("One user name cannot serve both directions")
	test.Tap(r.button("Let the application sign in itself"))
	r.wantStep(wizard.StepApplication)
	if !d.AppOnly() {
		t.Error("a delegate still signs in")
	}
	r.seesNot("One user name cannot serve both")
}

func TestAppOnlyTokens(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	d := r.practiceApp(wizard.StepPermissions)
	f := r.wizard(d)
	r.sees("after the token request")
	r.sees("Office 365 Exchange Online")
	r.sees("Cloud Application Administrator")
	test.Tap(r.button("Ask Microsoft now"))
	r.until("Microsoft has answered", func() bool { return d.SignedIn() })
	r.sees("Nothing that was asked for is missing")
	r.sees("Granted")

	d.Proof, d.ServicePrincipalID = nil, ""
	f.open(wizard.StepSignIn)
	p := f.page.(*tokenPage)
	f.next() // nothing can be skipped
	r.wantStep(wizard.StepSignIn)
	test.Tap(r.button("Request tokens"))
	r.until("the tokens are there", func() bool { return d.SignedIn() && !p.running() })
	r.sees("Microsoft gave the tokens")
	for wrong, says := range map[string]string{
		"":         "Paste the Object ID",
		d.ClientID: "This is the Application (client) ID.",
		d.TenantID: "This is the Directory (tenant) ID.",
		"8f1c0b52": "cut short",
	} {
		p.object.SetText(wrong)
		f.next()
		r.wantStep(wizard.StepSignIn)
		r.sees(says)
	}
	p.object.SetText(r.tenant.Values().ServicePrincipalID)
	f.next()
	r.wantStep(wizard.StepMailbox)

	r.tenant.Break(practice.FaultAppConsentMissing)
	f.open(wizard.StepSignIn)
	test.Tap(r.button("Request again"))
	r.until("the tokens are there again", func() bool { return !f.page.(*tokenPage).running() })
	r.sees("Not in the tokens: IMAP.AccessAsApp, SMTP.SendAsApp")
	f.open(wizard.StepPermissions)
	r.sees("Missing")

	r.tenant.Heal()
	r.tenant.Break(practice.FaultSecretExpired)
	f.open(wizard.StepSignIn)
	test.Tap(r.button("Request again"))
	r.until("it was refused", func() bool { return f.page.(*tokenPage).failure != nil })
	r.sees("The client secret has expired")
}

func TestTokenRequestCanBeCancelled(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.tenant.Break(practice.FaultSlow)
	f := r.wizard(r.practiceApp(wizard.StepSignIn))
	p := f.page.(*tokenPage)
	p.start()
	r.sees("Asking Microsoft for the tokens")
	r.press(fyne.KeyEscape)
	if p.running() {
		t.Error("still asking")
	}
	r.sees("You stopped the request")
}

func TestExchangeCommands(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.proven(r.appDraft(wizard.StepSignIn))
	d.ServicePrincipalID, d.Mailbox.Address, d.Reach = "", "", ""
	f := r.wizard(d)
	test.Tap(r.button("Commands for Exchange Online"))
	p := f.page.(*exchangePage)
	r.choose(exchange.ScriptServicePrincipal)
	r.sees("The command appears as soon as these are filled in: Object ID of the Enterprise application")
	r.typeIn("5c7d9e1f-3b2a-4c6d-8e9f-1a2b3c4d5e6f")
	if text := p.script.area.Text(); !strings.Contains(text, "New-ServicePrincipal") || !strings.Contains(text, "5c7d9e1f-3b2a") {
		t.Errorf("the script is %q", text)
	}
	r.choose(exchange.ScriptMailboxPermission)
	p.address.SetText("o'brien@contoso.com")
	p.reach.area.SetText("fax@contoso.com; box@contoso.com")
	if text := p.script.area.Text(); !strings.Contains(text, "'o''brien@contoso.com'") || !strings.Contains(text, "'box@contoso.com'") {
		t.Errorf("the script is %q", text)
	}
	r.sees("2 mailboxes")
	r.choose(string(exchange.Undo))
	if text := p.script.area.Text(); !strings.Contains(text, "Remove-MailboxPermission") {
		t.Errorf("the undo is %q", text)
	}
	for pasted, says := range map[string]string{
		"":            "Paste what the command printed.",
		"hello there": "There is no output of Exchange Online in this text.",
	} {
		p.paste.SetText(pasted)
		p.compare()
		r.sees(says)
	}
	p.compareText(strings.Repeat("x", 5<<20))
	if p.wrong.Visible() == false {
		t.Error("5 MB are taken without a word")
	}
	p.paste.SetText("ImapEnabled : False\nPopEnabled : True\nIdentity : fax\nPrimarySmtpAddress : fax@contoso.com\nSmtpClientAuthenticationDisabled : False\n")
	p.compare()
	r.sees("is wrong")
	r.press(fyne.KeyEscape)
	r.wantStep(wizard.StepSignIn)
	if d.Mailbox.Address != "o'brien@contoso.com" || d.ServicePrincipalID == "" {
		t.Error("what was typed is lost")
	}
}

func TestAppMailboxes(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.proven(r.appDraft(wizard.StepMailbox))
	d.Refuse = ""
	f := r.wizard(d)
	p := f.page.(*appMailboxPage)
	f.next()
	r.wantStep(wizard.StepMailbox)
	r.sees("Enter at least one mailbox that the application must not reach.")
	var many strings.Builder
	for i := range 500 {
		many.WriteString("box" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + "@contoso.com ;\n")
	}
	p.refuse.area.SetText(many.String() + "FAX@contoso.com")
	f.next()
	r.wantStep(wizard.StepMailbox)
	r.sees("At most 500 mailboxes fit here")
	p.refuse.area.SetText("boss, ceo@contoso.com")
	f.next()
	r.sees("Entry 1, “boss”")
	p.refuse.area.SetText("FAX@contoso.com")
	f.next()
	r.sees("stands among the mailboxes that must be reachable")
	p.refuse.area.SetText("ceo@contoso.com, CEO@contoso.com ; cfo@contoso.com")
	r.sees("2 mailboxes")
	f.next()
	r.wantStep(wizard.StepTest)
	c, err := d.Connection()
	must(t, err)
	if !slices.Equal(c.Refuse, []string{"ceo@contoso.com", "cfo@contoso.com"}) {
		t.Errorf("refused are %v", c.Refuse)
	}
}

func TestFenceOnTheTestPage(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.App.fenceEvery = 50 * time.Millisecond
	d := r.practiceApp(wizard.StepTest)
	f := r.wizard(d)
	p := f.page.(*testPage)
	test.Tap(r.button("Send test message"))
	r.until("the test ends", func() bool { return p.outcome != nil })
	if !p.outcome.ok || len(p.outcome.fence.Rows) != 6 {
		t.Fatalf("%+v", p.outcome)
	}
	r.sees("As wanted")
	r.sees("Reachable")
	r.sees("Refused")
	r.seesNot("Keep testing")

	r.tenant.Break(practice.FaultAppFenceOpen)
	p.start()
	r.until("the test ends", func() bool { return p.outcome != nil })
	if p.outcome.ok || p.outcome.findings[0].ID != "access-policy-open" {
		t.Fatalf("%+v", p.outcome.findings)
	}
	r.sees("Open")
	r.sees("Not as wanted since")
	r.sees("Remove-MailboxPermission")
	if d.FenceSince.IsZero() || d.LastTest.OK {
		t.Error("nothing says since when")
	}
	rounds := 0
	p.fence.keep()
	r.until("it is tried again and again", func() bool {
		if p.fence.trying {
			rounds++
		}
		return rounds > 3
	})
	r.press(fyne.KeyEscape)
	r.until("it is stopped", func() bool { return !p.running() })
	if p.outcome.ok || p.outcome.cancelled {
		t.Error("stopping changes what was found")
	}
	p.fence.keep()
	r.tenant.Heal()
	r.until("all is as wanted", func() bool { return p.outcome.ok && !p.running() })
	r.sees("every mailbox is as wanted")
	if !d.FenceSince.IsZero() || !d.LastTest.OK {
		t.Error("the wait is not over")
	}
	f.next()
	r.wantStep(wizard.StepHandover)
	f.back()
	r.sees("every mailbox is as wanted")
	f.back()
	f.page.(*appMailboxPage).reach.area.SetText("")
	f.next()
	r.seesNot("every mailbox is as wanted")
	if p := f.page.(*testPage); len(p.fence.rows) != 4 || p.outcome != nil {
		t.Errorf("%d rows are left of what was tried, with %+v", len(p.fence.rows), p.outcome)
	}
}

func TestFenceRowsAreBounded(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.proven(r.appDraft(wizard.StepTest))
	var many []string
	for i := range 500 {
		many = append(many, "box"+strings.Repeat("x", i)+"@contoso.com")
	}
	d.Reach = strings.Join(many, "\n")
	p := r.wizard(d).page.(*testPage)
	for i := range p.fence.rows {
		row := p.fence.rows[i]
		row.Got = row.Want
		if row.Address == "ceo@contoso.com" {
			row.Got = check.FenceReachable
		}
		p.fence.take(row)
	}
	p.fence.show()
	if boxes := p.fence.mailboxes(); len(boxes) != 502 || boxes[0].address != "ceo@contoso.com" {
		t.Errorf("%d mailboxes, the first is %s", len(boxes), boxes[0].address)
	}
	r.sees("ceo@contoso.com")
	r.sees("and 472 more mailboxes")
}

func TestAppOnlyOnHome(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	c, err := r.practiceApp(wizard.StepHandover).Connection()
	must(t, err)
	must(t, r.bench.Store.Put(t.Context(), c))
	r.Show()
	r.until("the card is there", func() bool { return len(r.home().shownCards) == 1 })
	r.sees("signs in itself")
	r.sees("Not tested")
	r.seesNot("Sign-in needed")
	card := r.home().shownCards[0]
	r.tenant.Break(practice.FaultAppFenceOpen)
	card.start()
	r.until("the test ends", func() bool { return !card.running() })
	if last := card.connection.LastTest; last == nil || last.OK || last.Findings[0] != "access-policy-open" {
		t.Errorf("tested: %+v", last)
	}
	r.tenant.Heal()
	card.start()
	r.until("the test ends", func() bool { return !card.running() })
	r.sees("Works")
	card.edit("")
	r.until("the wizard is open", func() bool { _, ok := r.screen.(*flow); return ok })
	d := r.flow().draft
	if !d.AppOnly() || !d.SignedIn() || d.Refuse != r.tenant.Values().Delegate {
		t.Errorf("edited: %+v", d)
	}
	r.flow().open(wizard.StepTest)
	r.sees("Works")
}

func TestPracticeValuesFillTheAppPages(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	v := r.tenant.Values()
	r.opts.Practice.App = PracticeApp{
		ClientID: v.AppClientID, ObjectID: v.ServicePrincipalID, Address: v.Address, Reach: v.Shared, Refuse: v.Delegate,
	}
	d := wizard.NewDraft(r.clock)
	d.SetProduct("imagicle", nil)
	d.Cloud = practice.CloudID
	f := r.wizard(d)
	for _, step := range []wizard.StepID{wizard.StepRegistration, wizard.StepRedirect, wizard.StepSecret, wizard.StepPermissions, wizard.StepSignIn} {
		if f.draft.Step != wizard.StepRedirect {
			test.Tap(r.button("Fill in all"))
		}
		f.next()
		r.until("the next page", func() bool { return f.draft.Step == step })
		if step == wizard.StepPermissions {
			f.next()
			r.until("the next page", func() bool { return f.draft.Step == wizard.StepSignIn })
			break
		}
	}
	f.page.(*tokenPage).start()
	r.until("the tokens are there", d.SignedIn)
	test.Tap(r.button("Fill in all"))
	f.next()
	r.wantStep(wizard.StepMailbox)
	test.Tap(r.button("Fill in all"))
	f.next()
	r.wantStep(wizard.StepTest)
	if d.ClientID != v.AppClientID || d.ServicePrincipalID != v.ServicePrincipalID || d.Refuse != v.Delegate {
		t.Errorf("%+v", d)
	}
}
