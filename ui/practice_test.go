package ui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
)

// signedIn is a draft of the practice tenant that is signed in, at the given step.
func (r *rig) signedIn(step wizard.StepID, shared bool) *wizard.Draft {
	r.t.Helper()
	ctx, v := r.t.Context(), r.opts.Practice
	d := wizard.NewDraft(r.clock)
	d.Name, d.Cloud, d.TenantID, d.ClientID = "Support inbox", practice.CloudID, v.TenantID, v.ClientID
	d.RedirectHost, d.SecretExpires, d.Step = v.RedirectHost, v.SecretExpires, step
	d.Protocols = []string{wizard.ProtocolIMAP, wizard.ProtocolPOP, wizard.ProtocolSMTP}
	d.Mailbox = store.Mailbox{Key: "SUPPO", Address: v.Address}
	d.HasSecret = true
	user := v.Address
	if shared {
		d.Shared, d.Mailbox.Address, d.Mailbox.Delegate, user = true, v.Shared, v.Delegate, v.Delegate
	}
	must(r.t, r.bench.PutSecret(ctx, d.ID, v.Secret))
	session, err := r.bench.SignIn(ctx, d, false)
	must(r.t, err)
	defer session.Close()
	_, err = r.tenant.Browse(ctx, session.URL(), user)
	must(r.t, err)
	in, err := session.Wait(ctx)
	must(r.t, err)
	must(r.t, r.bench.SignedIn(ctx, d, in))
	return d
}

// chooseFault opens the menu of the banner and takes an entry, with the keyboard alone.
func (r *rig) chooseFault(id string) {
	r.t.Helper()
	r.window.Canvas().Focus(r.button("What should go wrong?"))
	r.press(fyne.KeyReturn)
	r.press(fyne.KeyDown) // Nothing
	group, at := "", 0
	for _, f := range r.opts.Practice.Faults {
		if id == "" {
			break
		}
		if title := msg(f.Group); title != group {
			r.press(fyne.KeyDown)
			group, at = title, 0
		}
		at++
		if f.ID == id {
			r.press(fyne.KeyRight)
			for range at - 1 {
				r.press(fyne.KeyDown)
			}
			break
		}
	}
	r.press(fyne.KeyReturn)
	if r.window.Canvas().Overlays().Top() != nil || r.fault != id {
		r.t.Fatalf("chose %q and got %q", id, r.fault)
	}
	if r.focused() != fyne.Focusable(r.button("What should go wrong?")) {
		r.t.Errorf("the menu leaves the focus on %T", r.focused())
	}
	r.until("it goes wrong", func() bool { return closed(r.breaking) })
}

// closed reports whether c has been closed.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Every screen of the practice tenant offers what should go wrong, and says
// what was chosen; no other screen does.
func TestTheBannerSaysWhatGoesWrong(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.Show()
	r.settled()
	r.sees("Practice tenant: nothing here reaches Microsoft")
	for _, f := range r.opts.Practice.Faults {
		r.chooseFault(f.ID)
		r.sees("Practice tenant, on purpose: " + msg(f.Title))
	}
	last := msg(r.opts.Practice.Faults[len(r.opts.Practice.Faults)-1].Title)
	r.sees(last)
	r.show(newSettings(r.App))
	r.sees(last)
	r.wizard(r.atStep(wizard.StepRedirect))
	r.sees(last)
	r.shot("light-practice-fault-small", windowSizes["-small"])
	r.window.Canvas().Focus(r.button("What should go wrong?"))
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyDown, fyne.KeyDown, fyne.KeyRight} {
		r.press(key)
	}
	r.shot("light-practice-menu-small", windowSizes["-small"])
	r.press(fyne.KeyEscape)
	r.chooseFault("")
	r.seesNot("on purpose")
	r.shot("light-practice-small", windowSizes["-small"])

	r = newRig(t, rigOptions{})
	r.Show()
	r.settled()
	r.seesNot("What should go wrong?")
}

// Each fault that a test can meet leads to its own finding on the test page,
// although the connection worked a moment before.
func TestFaultsOnTheTestPage(t *testing.T) {
	r := newRig(t, rigOptions{practice: true, prepare: func(b *wizard.Workbench) {
		b.ArriveWithin = 3 * time.Second
	}})
	own, shared := r.signedIn(wizard.StepTest, false), r.signedIn(wizard.StepTest, true)
	for _, c := range []struct {
		fault practice.Fault
		draft *wizard.Draft
		want  []string // the findings, sorted; none: it works
	}{
		{"", own, nil},
		{"", shared, nil},
		{practice.FaultSecretWrong, own, []string{"secret-wrong"}},
		{practice.FaultSecretExpired, own, []string{"secret-expired"}},
		{practice.FaultConsentMissing, own, []string{"consent-needed"}},
		{practice.FaultSMTPTenantOff, own, []string{"smtp-auth-disabled-tenant"}},
		{practice.FaultSMTPMailboxOff, own, []string{"smtp-auth-disabled-mailbox"}},
		{practice.FaultNotConnected, own, []string{"imap-not-connected"}},
		{practice.FaultSharedNoRights, shared, []string{"imap-not-connected", "pop-auth-failed", "send-as-denied"}},
		{practice.FaultSendAsDenied, shared, []string{"send-as-denied"}},
		{practice.FaultNeverArrives, own, []string{"message-not-arrived"}},
		{practice.FaultThrottledMail, own, []string{"imap-throttled", "smtp-concurrency"}},
		{practice.FaultThrottledSignIn, own, []string{"service-busy"}},
		{practice.FaultBounce, own, []string{"message-rejected"}},
		{practice.FaultHostUnknown, own, []string{"dns-failed"}},
		{practice.FaultHostUnreachable, shared, []string{"network-unreachable"}},
		{practice.FaultKeyringMissing, own, []string{"keyring-missing"}},
		{practice.FaultKeyringLocked, own, []string{"keyring-locked"}},
		{practice.FaultKeyringFull, own, []string{"keyring-full"}},
		{"", own, nil},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			f := r.wizard(c.draft)
			r.chooseFault(string(c.fault))
			p := f.page.(*testPage)
			p.start()
			r.until("the test ends", func() bool { return !p.running() })
			var got []string
			for _, finding := range p.outcome.findings {
				got = append(got, finding.ID)
				r.sees(msg(finding.Title))
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) || p.outcome.ok != (c.want == nil) {
				t.Errorf("found %q, want %q; it works: %v", got, c.want, p.outcome.ok)
			}
		})
	}
}

// The faults of the sign-in lead to their findings on the sign-in page.
func TestFaultsOnTheSignInPage(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	d := r.signedIn(wizard.StepSignIn, false)
	d.Account = nil
	ctx := t.Context()
	r.bench.OpenBrowser = r.tenant.Browser(func(_ context.Context, url string) error {
		go func() { _, _ = r.tenant.Browse(ctx, url, r.opts.Practice.Address) }()
		return nil
	})
	for _, c := range []struct {
		fault practice.Fault
		want  string
	}{
		{practice.FaultSecretWrong, "secret-wrong"},
		{practice.FaultSecretExpired, "secret-expired"},
		{practice.FaultConsentMissing, "consent-needed"},
		{practice.FaultAdminConsent, "admin-consent-needed"},
		{practice.FaultThrottledSignIn, "service-busy"},
		{practice.FaultNoBrowser, "browser-did-not-open"},
		{practice.FaultSignInHangs, "callback-timeout"},
		{practice.FaultOtherSignIn, "callback-state"},
		{practice.FaultPortTaken, "port-in-use"},
		{practice.FaultKeyringMissing, "keyring-missing"},
		{practice.FaultKeyringLocked, "keyring-locked"},
		{practice.FaultKeyringFull, "keyring-full"},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			if r.bench.SignInWithin = r.tenant.SignInWithin; c.fault == practice.FaultOtherSignIn {
				r.bench.SignInWithin = func() time.Duration { return 8 * time.Second } // until then the other answer must be there
			}
			f := r.wizard(d)
			r.chooseFault(string(c.fault))
			p := f.page.(*signInPage)
			p.start(false)
			r.until("the sign-in fails", func() bool { return !p.running() })
			if p.failure == nil || p.failure.ID != c.want {
				t.Fatalf("found %+v, want %s", p.failure, c.want)
			}
			r.sees(msg(p.failure.Title))
		})
	}
}

// Home names a keyring that is made to go wrong, and no longer when it is not.
func TestKeyringFaultsOnHome(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.Show()
	r.settled()
	for fault, id := range map[practice.Fault]string{
		practice.FaultKeyringMissing: "keyring-missing", practice.FaultKeyringLocked: "keyring-locked", practice.FaultKeyringFull: "keyring-full",
	} {
		title := tr("findings." + id + ".title")
		r.chooseFault(string(fault))
		r.until("the keyring is asked", func() bool { return strings.Contains(r.texts(), title) })
		r.chooseFault("")
		r.until("the keyring works again", func() bool { return !strings.Contains(r.texts(), title) })
	}
}

// While another Postkey holds the data folder nothing is lost without a word.
func TestLockedDataFolderIsTold(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	f := r.wizard(r.atStep(wizard.StepApplication))
	r.chooseFault(string(practice.FaultDataLocked))
	f.save()
	title := tr("findings.store-locked.what")
	r.until("the lock is named", func() bool { return strings.Contains(r.texts(), title) })
	r.chooseFault("")
	f.save()
	r.settled()
	if kept, err := r.bench.Drafts(t.Context()); err != nil || len(kept) != 1 {
		t.Errorf("%v, %v", kept, err)
	}
}

// A damaged file is named on Home as soon as there is one.
func TestDamagedFileOnHome(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	r.Show()
	r.settled()
	r.chooseFault(string(practice.FaultDataDamaged))
	title := tr("home.damaged-title")
	r.until("the damage is named", func() bool { return strings.Contains(r.texts(), title) })
	r.sees(r.bench.Store.Damaged()[0].KeptAs)
}
