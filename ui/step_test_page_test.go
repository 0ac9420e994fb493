package ui

import (
	"slices"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
)

func (d *desk) testPage() *testPage { return d.flow.page.(*testPage) }

// tested presses the button and waits for the end of the test.
func (d *desk) tested(button string) *testPage {
	d.t.Helper()
	d.press(button)
	p := d.testPage()
	if !p.running() {
		d.t.Fatal("no test runs")
	}
	d.until("the test ends", func() bool { return !p.running() })
	return p
}

func (d *desk) signedInDraft(protocols ...string) *wizard.Draft {
	d.t.Helper()
	draft := d.draft()
	draft.Protocols = protocols
	d.signIn(draft, d.values.Address)
	return draft
}

// pills are the words for the legs, in the order of the page.
func pills(p *testPage) []string {
	var words []string
	for _, v := range p.views {
		words = append(words, v.pill.Text())
	}
	return words
}

func TestTheTestPageFillsFromLeftToRight(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "pop", "smtp")
	d.open(draft, wizard.StepTest)
	p := d.testPage()
	d.mustRead("Receive · IMAP", "Receive · POP", "Send · SMTP", draft.Mailbox.Address)
	for _, v := range p.views {
		for _, hop := range v.hops.Hops() {
			if hop.State != widgets.HopWaiting {
				t.Errorf("before the start a hop is %v", hop)
			}
		}
	}
	d.press("Send test message")
	seen := map[widgets.HopState]bool{}
	d.until("the test ends", func() bool {
		for _, v := range p.views {
			for _, hop := range v.hops.Hops() {
				seen[hop.State] = true
			}
		}
		return !p.running()
	})
	if !seen[widgets.HopRunning] {
		t.Error("no hop was ever shown running")
	}
	if got := pills(p); !slices.Equal(got, []string{"Works", "Works", "Works"}) {
		t.Errorf("the legs are %v", got)
	}
	for _, hop := range p.views[0].hops.Hops() {
		if hop.State != widgets.HopOK || hop.Note == "" {
			t.Errorf("hop %q is %v with note %q", hop.Label, hop.State, hop.Note)
		}
	}
	d.mustRead("Everything works", "Test again", "Continue")
	if draft.LastTest == nil || !draft.LastTest.OK {
		t.Errorf("the draft keeps %+v", draft.LastTest)
	}
	if n := len(d.tenant.Inbox(d.values.Address)); n != 0 {
		t.Errorf("%d messages are left in the inbox", n)
	}
}

func TestTheTestPageExplainsAFailure(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	d.open(draft, wizard.StepTest)
	d.tenant.Break(practice.FaultSMTPMailboxOff)
	p := d.tested("Send test message")
	if got := pills(p); !slices.Equal(got, []string{"Works", "Failed"}) {
		t.Errorf("the legs are %v", got)
	}
	hops := p.views[1].hops.Hops()
	if auth := hops[3]; auth.State != widgets.HopFailed || auth.Note != "535 5.7.139" {
		t.Errorf("the hop that failed is %+v", auth)
	}
	if last := hops[len(hops)-1]; last.State != widgets.HopSkipped {
		t.Errorf("a hop after it is %+v", last)
	}
	if len(p.outcome.findings) != 1 || p.outcome.findings[0].ID != "smtp-auth-disabled-mailbox" {
		t.Fatalf("the findings are %+v", p.outcome.findings)
	}
	f := p.outcome.findings[0]
	d.mustRead(msg(f.Title), "Set-CASMailbox", "A Microsoft 365 administrator fixes this", "The test has failed. You can continue")
	d.press("show")
	d.mustRead("SmtpClientAuthentication is disabled for the Mailbox")

	d.press("Continue anyway")
	if draft.Step != wizard.StepHandover {
		t.Fatalf("Continue anyway leads to %s", draft.Step)
	}
	d.mustRead("The last test failed")
	d.flow.back()
	d.mustRead("This is the test of", msg(f.Title), "Test again")

	d.tenant.Heal()
	if p := d.tested("Test again"); !p.outcome.ok {
		t.Errorf("the second test ended with %+v", p.outcome.findings)
	}
	if d.reads(msg(f.Title)) {
		t.Error("the finding stays after a test that passed")
	}
}

func TestTheTestPageRemembersAcrossStarts(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	d.open(draft, wizard.StepTest)
	d.tenant.Break(practice.FaultSMTPMailboxOff)
	d.tested("Send test message")
	d.open(draft, wizard.StepTest) // a new flow has the draft alone
	if got := pills(d.testPage()); !slices.Equal(got, []string{"Works", "Failed"}) {
		t.Errorf("the legs are %v", got)
	}
	if auth := d.testPage().views[1].hops.Hops()[3]; auth.Note != "535 5.7.139" {
		t.Errorf("the hop that failed is %+v", auth)
	}
	d.mustRead("This is the test of", "SmtpClientAuthentication", "Set-CASMailbox")
	draft.Protocols = []string{"imap"}
	d.open(draft, wizard.StepTest)
	if d.reads("This is the test of") {
		t.Error("the test of other protocols is shown as one of these")
	}
}

func TestTheTestPageIsCancelledByEscape(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	d.open(draft, wizard.StepTest)
	d.tenant.Break(practice.FaultNeverArrives)
	d.press("Send test message")
	p := d.testPage()
	d.until("the arrival is awaited", p.arriving)
	d.mustRead("The message is on its way", "Cancel")
	d.escape()
	d.until("the test ends", func() bool { return !p.running() })
	if got := pills(p); !slices.Equal(got, []string{"Stopped", "Works"}) {
		t.Errorf("the legs are %v", got)
	}
	d.mustRead("You stopped the test", "Test again")
	if draft.LastTest != nil {
		t.Errorf("a stopped test is kept as %+v", draft.LastTest)
	}
	if len(p.outcome.findings) != 0 {
		t.Errorf("a stopped test has findings: %+v", p.outcome.findings)
	}
}

func TestTheTestEndsWhenThePageIsLeft(t *testing.T) {
	d := newDesk(t)
	d.open(d.signedInDraft("imap", "smtp"), wizard.StepTest)
	d.tenant.Break(practice.FaultSilent)
	d.press("Send test message")
	p := d.testPage()
	d.until("a hop runs", func() bool { return p.views[0].hops.Running() })
	d.flow.back()
	d.app.group.Wait() // hangs where the test does not end
	d.until("what was queued is run", func() bool { return p.stopWork == nil })
	if p.outcome != nil {
		t.Error("a page that was left shows an outcome")
	}
}

func TestTheTestOfASavedConnectionIsRecorded(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	conn, err := d.bench.Save(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	last := func() *store.TestRecord {
		c, err := d.bench.Store.Connection(t.Context(), conn.ID)
		if err != nil {
			t.Fatal(err)
		}
		return c.LastTest
	}
	d.open(draft, wizard.StepTest, conn)
	d.tested("Send test message")
	if r := last(); r == nil || !r.OK {
		t.Fatalf("the connection keeps %+v", r)
	}
	before := last().At
	draft.Protocols = []string{"imap"} // not saved: the outcome is none of the connection's
	d.open(draft, wizard.StepTest, conn)
	d.tested("Test the mailbox")
	if !last().At.Equal(before) {
		t.Error("the test of unsaved changes was recorded for the saved connection")
	}
}

func TestTheTestPageAsksForASignIn(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	draft.Mailbox.Address = d.values.Address
	d.open(draft, wizard.StepTest)
	d.mustRead("Nobody has signed in")
	p := d.tested("Send test message")
	if hop, failed := p.outcome.legs[0].Failed(); !failed || hop.Name != check.Token {
		t.Errorf("without a sign-in the first leg is %+v", p.outcome.legs[0])
	}
}

func TestTheTestPageSaysWhyItCannotStart(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap")
	draft.SecretExpires = "next spring"
	d.open(draft, wizard.StepTest)
	d.mustRead("The test cannot start", "next spring")
	if !d.button("Test the mailbox").Disabled() {
		t.Error("a test that cannot start can be started")
	}
}

func TestSpanText(t *testing.T) {
	newDesk(t)
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0 ms"},
		{41*time.Millisecond + 600*time.Microsecond, "41 ms"},
		{999 * time.Millisecond, "999 ms"},
		{1440 * time.Millisecond, "1.4 s"},
		{38*time.Second + 600*time.Millisecond, "39 s"},
	} {
		if got := spanText(c.d); got != c.want {
			t.Errorf("%v is shown as %q, want %q", c.d, got, c.want)
		}
	}
}
