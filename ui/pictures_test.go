//go:build !race

package ui

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
)

// Days and times in the pictures are those of one place.
func init() { time.Local = time.UTC }

// look is one way in which all pages are pictured.
type look struct {
	name, language string
	options        rigOptions
	suffixes       []string // of the sizes
}

var (
	looks = []look{
		{"light", "en", rigOptions{}, []string{"", "-small"}},
		{"dark", "en", rigOptions{dark: true, practice: true}, []string{""}},
		{"italian", "it", rigOptions{}, []string{"-small"}},
	}
	subjects = []subject{
		{"home", picturesOfHome},
		{"steps", picturesOfSteps},
		{"wrong", picturesOfProblems},
		{"sign-in", picturesOfSignIn},
		{"test", picturesOfTest},
		{"handover", picturesOfHandover},
		{"script", picturesOfScript},
		{"sheets", picturesOfSheets},
		{"app-only", picturesOfAppOnly},
		{"rotation", picturesOfRotation},
		{"tools", picturesOfTools},
		{"edit", picturesOfEdit},
		{"practice", picturesOfPractice},
	}
)

// subject is what some of the pictures show.
type subject struct {
	name string
	show func(*rig, taking)
}

// taking takes a picture of the window at each of its sizes, after what is to
// be done at each.
type taking func(name string, before ...func())

// The race detector makes drawing ten times as slow, and drawing is what this
// test does, on one goroutine: it is left out there, and internal/setup/test.sh
// runs it without.

// TestPictures draws every page in its states, light, dark, small and in
// Italian, and compares each picture with the one under testdata/pictures. It
// also proves that no text sticks out of the window. With -update it writes the
// pictures anew: look at them before they are committed.
func TestPictures(t *testing.T) {
	g := newGallery(t, filepath.Join("testdata", "pictures"))
	for _, l := range looks {
		t.Run(l.name, func(t *testing.T) {
			for _, subject := range subjects {
				t.Run(subject.name, func(t *testing.T) { l.take(t, g, subject) })
			}
		})
	}
	g.close()
}

// take takes the pictures of one subject in a window of its own.
func (l look) take(t *testing.T, g *gallery, s subject) {
	o := l.options
	o.practice = o.practice || s.name == "practice"
	o.prepare = func(w *wizard.Workbench) {
		w.OpenBrowser = func(context.Context, string) error { return nil }
		must(t, w.Store.PutSettings(t.Context(), store.Settings{Language: l.language}))
	}
	r := newRig(t, o)
	t.Cleanup(func() { useLanguage("") })
	r.Show()
	r.until("Home is there", func() bool { return len(r.home().cards.Objects) == 1 })
	s.show(r, func(name string, before ...func()) {
		t.Helper()
		for _, suffix := range l.suffixes {
			r.pinPorts()
			if f, ok := r.screen.(*flow); ok {
				f.saveIfDirty() // not at a time of its own
			}
			r.shot(l.name+"-"+name+suffix, windowSizes[suffix])
			for _, f := range before {
				f()
			}
			g.hang(l.name+"-"+name+suffix, r.window.Canvas().Capture())
		}
	})
}

// port and the data folder are what the system chooses anew each time.
var port = regexp.MustCompile(`localhost:\d+`)

func (r *rig) pinPorts() {
	for _, o := range r.objects() {
		if text, ok := o.(*widgets.Text); ok && (port.MatchString(text.Text()) || strings.Contains(text.Text(), r.dir)) {
			text.SetText(strings.ReplaceAll(port.ReplaceAllString(text.Text(), "localhost:49152"), r.dir, "/home/andrea/.config/postkey"))
		}
	}
}

func picturesOfHome(r *rig, take taking) {
	take("home-empty")
	put := func(connections []store.Connection) {
		r.t.Helper()
		for _, c := range connections {
			must(r.t, r.bench.Store.Put(r.t.Context(), c))
		}
		r.home().load()
		r.until("the cards are there", func() bool { return len(r.home().shownCards) >= len(connections) })
	}
	some := someConnections(r.clock)
	some[3].LastTest = r.bench.TestRecord(check.Result{Legs: failedLegs(check.Plan(some[3], r.cloudOf(some[3])))}, nil)
	some[3].LastTest.At = r.clock.Add(-50 * time.Hour)
	must(r.t, r.bench.SaveDraft(r.t.Context(), r.atStep(wizard.StepRedirect)))
	put(some)
	take("home")
	r.home().shownCards[0].askRemove()
	take("home-remove")
	r.press(fyne.KeyEscape)
	r.home().shownCards[0].menu()
	take("home-menu")
	r.press(fyne.KeyEscape)
	r.saveSheet(some[0])
	r.fieldOf(tr("save-file.folder")).SetText("/home/andrea/Documents")
	take("home-save")
	r.press(fyne.KeyEscape)
	r.home().shownCards[0].toggleDetails()
	take("home-details")
	r.home().shownCards[0].toggleDetails()
	finding := r.bench.Explain(store.Connection{}, "", "", store.ErrKeyringLocked)
	r.keyring = &finding
	r.home().load()
	r.until("the keyring is named", func() bool { return r.home().banner.Visible() })
	take("home-keyring")
	r.keyring = nil

	put(manyConnections(12))
	h := r.home()
	h.search.SetText("Inbox 00")
	take("home-search")
	h.search.SetText("")
	nothing := func() {}
	h.all = &allTests{cards: h.shownCards, done: 7, failing: 1, begun: time.Now().Add(time.Hour), stop: nothing, tick: nothing}
	h.showProgress()
	h.showTestAll()
	take("home-testing")
	h.all = nil
	r.show(newSettings(r.App))
	take("settings")
	r.screen.(*settings).scroll.ScrollToBottom()
	take("settings-end")
	r.screen.(*settings).askForget()
	take("settings-forget")
	r.press(fyne.KeyEscape)
	r.opts.Crashes = r.dir
	r.offerCrashes()
	take("crash")
	r.press(fyne.KeyEscape)
}

// picturesOfSteps are the nine pages as they are when all is right so far.
func picturesOfSteps(r *rig, take taking) {
	for _, s := range r.atStep(wizard.StepHandover).Steps() {
		r.wizard(r.ready(s.ID))
		take(string(s.ID))
	}
}

// picturesOfProblems are the pages after Continue with values that are wrong.
func picturesOfProblems(r *rig, take taking) {
	wrong := func(step wizard.StepID, spoil func(*wizard.Draft)) {
		d := r.atStep(step)
		spoil(d)
		r.wizard(d).next()
		r.wantStep(step) // or nothing was wrong with it
		take(string(step) + "-wrong")
	}
	wrong(wizard.StepApplication, func(d *wizard.Draft) { d.Cloud, d.Name = "custom", "" })
	wrong(wizard.StepRegistration, func(d *wizard.Draft) { d.TenantID = "8f1c0b52-77aa-4d5e-9a35" })
	wrong(wizard.StepRedirect, func(d *wizard.Draft) { d.RedirectHost = "motion contoso.com" })
	wrong(wizard.StepMailbox, func(d *wizard.Draft) {
		d.Mailbox = store.Mailbox{Address: "support.contoso.com", Key: "S U P"}
	})
	d := r.atStep(wizard.StepSecret)
	d.SecretExpires = "2028-05-21"
	f := r.wizard(d)
	f.page.(*secretPage).value.SetText("0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22")
	f.page.(*secretPage).toggle()
	f.next()
	take("secret-wrong")
	d = r.atStep(wizard.StepSecret)
	d.HasSecret = true
	r.wizard(d)
	take("secret-kept")
}

func picturesOfSignIn(r *rig, take taking) {
	d := r.ready(wizard.StepSignIn)
	account := *d.Account
	d.Account = nil
	tenant, err := practice.Start(practice.Options{Now: r.bench.Now})
	must(r.t, err)
	r.t.Cleanup(func() { must(r.t, tenant.Close()) })
	r.bench.Catalog.Add(tenant.Cloud())
	d.Cloud = practice.CloudID
	d.TenantID, d.ClientID = tenant.Values().TenantID, tenant.Values().ClientID
	must(r.t, r.bench.PutSecret(r.t.Context(), d.ID, tenant.Values().ClientSecret))
	r.wizard(d)
	take("signin-before")
	p := r.flow().page.(*signInPage)
	p.start(false)
	r.until("the browser is open", func() bool { return p.state == signInWaiting })
	p.stopTick()
	p.show(signInWaiting)
	take("signin-waiting")
	p.cancel()
	refused := r.bench.Explain(store.Connection{}, "", "", &oauth.Error{
		Kind: "invalid_client", Codes: []int{7000215}, Description: "AADSTS7000215: Invalid client secret provided.",
	})
	p.ended(errors.New("refused"), &refused)
	take("signin-failed")

	account.Granted = []string{"https://outlook.office.com/SMTP.Send", "offline_access"}
	d.SetAccount(account)
	d.Mailbox.Address = "sales@contoso.com"
	r.wizard(d)
	take("signin-missing")
	d.Step = wizard.StepPermissions
	r.wizard(d)
	take("permissions-missing")
	part := r.flow().page.(*permissionsPage).consent
	part.request()
	r.until("the consent page is open", func() bool { return part.state == consentWaiting })
	part.stopTick()
	part.show(consentWaiting)
	r.flow().shell.scroll.ScrollToTop()
	take("permissions-waiting")
}

func picturesOfTest(r *rig, take taking) {
	d := r.ready(wizard.StepTest)
	d.LastTest = nil
	p := r.wizard(d).page.(*testPage)
	nothing := func() {}
	legs := passedLegs(p.legs)
	for i := range legs {
		for k := range legs[i].Hops {
			if k >= 2+i {
				legs[i].Hops[k].Status, legs[i].Hops[k].Took = check.Waiting, 0
			}
		}
		legs[i].Hops[2+i].Status = check.Running
		p.began[hopID{legs[i].Leg, legs[i].Hops[2+i].Name}] = r.clock.Add(-time.Duration(i) * 2 * time.Second)
	}
	p.legs, p.stopWork, p.stopTick = legs, nothing, nothing
	p.buildLegs()
	p.showBelow()
	p.flow.refresh()
	take("test-running")

	legs = failedLegs(p.legs)
	found := p.flow.app.bench.Explain(p.conn, check.SMTP, check.Auth, errors.New(legs[2].Hops[3].Server))
	outcome := &testOutcome{legs: legs, at: r.clock, took: 1400 * time.Millisecond}
	outcome.findings = append(outcome.findings, found)
	p.finished(outcome, &store.TestRecord{At: r.clock})
	take("test-failed")
	take("test-finding", p.flow.shell.scroll.ScrollToBottom)
}

func picturesOfHandover(r *rig, take taking) {
	f := r.wizard(r.ready(wizard.StepHandover))
	take("handover-end", f.shell.scroll.ScrollToBottom)
	d := r.ready(wizard.StepHandover)
	d.Product = "imagicle"
	d.LastTest = &store.TestRecord{At: r.clock}
	d.SecretExpires = "2026-11-20"
	r.wizard(d)
	take("handover-imagicle")
}

func picturesOfScript(r *rig, take taking) {
	p := r.atScript(nil)
	p.redirect.SetText("motion.contoso.com")
	take("script")
	r.flow().draft.ClientID = "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10"
	p.up()
	test.Tap(r.button(tr("script.link")))
	p = r.scriptPage()
	r.choose("graph-powershell")
	r.pasteOver(p, strings.Replace(scriptPrinted, plantedSecret, "cut", 1))
	p.take()
	take("script-wrong")
}

func picturesOfSheets(r *rig, take taking) {
	f := r.wizard(r.ready(wizard.StepSecret))
	f.openWhy()
	take("why")
	f.openWhere()
	take("where")
}

// failedLegs fills a plan with a test of which SMTP failed at the sign-in.
func failedLegs(plan []check.LegResult) []check.LegResult {
	legs := passedLegs(plan)
	for i := range legs {
		failed := false
		for k := range legs[i].Hops {
			h := &legs[i].Hops[k]
			switch {
			case failed, h.Name == check.Arrive, h.Name == check.Cleanup:
				h.Status, h.Took = check.Skipped, 0
			case legs[i].Leg == check.SMTP && h.Name == check.Auth:
				failed = true
				h.Status, h.Err = check.Failed, errors.New("no")
				h.Server = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."
			}
		}
	}
	return legs
}
