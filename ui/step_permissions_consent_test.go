package ui

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/emersion/go-message/mail"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
)

func (d *desk) consentPart() *consentPart { return d.flow.page.(*permissionsPage).consent }

// consentOver waits until nothing of the consent runs any more.
func (d *desk) consentOver() {
	d.t.Helper()
	d.until("the consent ends", func() bool { return d.consentPart().state == consentIdle && !d.consentPart().running() })
}

func (d *desk) mustNotRead(parts ...string) {
	d.t.Helper()
	for _, part := range parts {
		if d.reads(part) {
			d.t.Errorf("%q is shown", part)
		}
	}
}

// inView proves that an object of the page stands between its head and its bar.
func (d *desk) inView(o fyne.CanvasObject) {
	d.t.Helper()
	scroll, driver := d.flow.shell.scroll, d.app.fyne.Driver()
	top := driver.AbsolutePositionForObject(o).Y
	from := driver.AbsolutePositionForObject(scroll).Y
	if top < from || top+o.Size().Height > from+scroll.Size().Height {
		d.t.Errorf("it stands at %v, and the page is seen from %v to %v", top, from, from+scroll.Size().Height)
	}
}

// Before the sign-in: the consent that spares the user a refusal.
func TestConsentBeforeTheSignIn(t *testing.T) {
	d := newDesk(t)
	d.tenant.Break(practice.FaultAdminConsent)
	d.browser(d.values.Address)
	d.open(d.draft(), wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInBefore)
	d.mustRead("An administrator must consent")
	d.press("Get an administrator's consent (step Permissions)")
	d.browser(d.values.Admin)
	d.mustRead("Ask an administrator for consent", "Copy link for my administrator", "Save a mail for my administrator",
		"says that the page cannot be reached", "Cloud Application Administrator")
	d.mustNotRead("Check again", "asks for everything")
	d.press("Ask for admin consent")
	d.consentOver()
	d.mustRead("The administrator has consented", "Go on to the sign-in.")
	d.mustNotRead("Ask for admin consent")

	d.browser(d.values.Address)
	d.flow.next()
	d.press("Sign in with Microsoft")
	d.signInState(signInDone)
	d.mustRead("Granted")
}

// After the sign-in: what is missing comes by the consent, and the column says so.
func TestConsentAfterTheSignIn(t *testing.T) {
	d := newDesk(t)
	d.tenant.Break(practice.FaultFewerScopes)
	draft := d.draft()
	d.signIn(draft, d.values.Address)
	d.browser(d.values.Admin)
	d.open(draft, wizard.StepPermissions)
	d.mustRead("SMTP.Send was not granted", "Missing", "Check again")
	if part := d.consentPart(); len(part.top.Objects) == 0 || len(part.bottom.Objects) != 0 {
		t.Error("the card does not stand above the table")
	}
	d.press("Check again")
	d.consentOver()
	d.mustRead("Microsoft's answer still lacks something", "SMTP.Send was not granted")

	before := d.secret(store.RefreshTokenKey(draft.ID))
	d.press("Ask for admin consent")
	d.consentOver()
	d.mustRead("The administrator has consented", "nothing that was asked for is missing")
	d.mustNotRead("Missing", "was not granted", "Ask for admin consent")
	if d.secret(store.RefreshTokenKey(draft.ID)).Equal(before) {
		t.Error("the rotated refresh token was not stored")
	}
	if focused := d.app.window.Canvas().Focused(); focused != fyne.Focusable(d.flow.shell.bar.primary) {
		t.Errorf("the focus is on %T", focused)
	}
	d.press("Continue")
	d.flow.back()
	d.mustNotRead("Missing", "was not granted")
}

// A shared mailbox: the page finds out by itself what the sign-in did not ask for.
func TestConsentForASharedMailbox(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	draft.Shared, draft.Mailbox.Address, draft.Mailbox.Delegate = true, d.values.Shared, d.values.Delegate
	d.signIn(draft, d.values.Delegate)
	d.browser(d.values.Admin)
	d.open(draft, wizard.StepPermissions)
	d.mustRead("Asking Microsoft what is granted now", "Not asked", "Cannot tell")
	d.consentOver()
	d.mustRead("User.Read, Mail.Send.Shared, Mail.ReadWrite.Shared, Mail.Read.Shared, Contacts.ReadWrite.Shared, Contacts.Read.Shared were not granted",
		"asks for everything that stands on the registration", "Privileged Role Administrator")
	d.press("Ask for admin consent")
	d.consentOver()
	d.mustRead("The administrator has consented", "Cannot tell")
	d.mustNotRead("Missing", "were not granted")

	d.flow.next()
	d.flow.back() // all is known: nothing is asked again
	if d.consentPart().running() {
		t.Error("what is known is asked again")
	}
	d.mustRead("does not show application permissions")
}

func TestConsentIsRefused(t *testing.T) {
	d := newDesk(t)
	for name, c := range map[string]struct {
		robot *practice.Robot
		want  []string
	}{
		"declined":      {d.tenant.NewRobot(d.values.Admin), []string{"The administrator chose Cancel", "Nothing was granted"}},
		"another's job": {d.tenant.NewRobot(d.values.Address), []string{"This account cannot consent"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.robot.Decline = name == "declined"
			ctx := t.Context()
			d.bench.OpenBrowser = func(_ context.Context, url string) error {
				go func() { _, _ = c.robot.Browse(ctx, url) }()
				return nil
			}
			d.open(d.draft(), wizard.StepPermissions)
			d.press("Ask for admin consent")
			d.consentOver()
			d.mustRead(append(c.want, "Ask for admin consent", "Copy link for my administrator")...)
			d.press("show")
			d.mustRead("AADSTS")
		})
	}
}

func TestConsentWaitsAndIsCancelled(t *testing.T) {
	d := newDesk(t)
	var passed atomic.Int64
	begun := time.Now()
	d.bench.Now = func() time.Time { return begun.Add(time.Duration(passed.Load())) }
	d.bench.OpenBrowser = func(context.Context, string) error { return errors.New("no browser here") }
	d.open(d.draft(), wizard.StepPermissions)
	d.press("Ask for admin consent")
	d.until("the page is open", func() bool { return d.consentPart().state == consentWaiting })
	d.mustRead("Waiting for the administrator", "http://localhost:", "10:00 left")
	d.inView(d.consentPart().wait.copyLink)
	passed.Store(int64(61 * time.Second))
	d.until("the time left is shown", func() bool { return d.reads("8:59 left") })
	d.until("it is said that the browser did not open", func() bool { return d.reads("The browser did not open") })
	d.press("Copy this page's link")
	if link := d.clipboard(); !strings.Contains(link, "/v2.0/adminconsent?") || !strings.Contains(link, "state=") {
		t.Errorf("the link is %q", link)
	}
	callback := d.consentPart().wait.session.RedirectURI()
	d.escape()
	d.consentOver()
	d.mustRead("You stopped waiting for the consent", "Ask for admin consent")
	d.app.group.Wait()
	if resp, err := http.Get(callback); err == nil {
		resp.Body.Close()
		t.Error("the port is still listened on")
	}

	// Leaving the page ends it too.
	d.press("Ask for admin consent")
	d.until("the page is open", func() bool { return d.consentPart().state == consentWaiting })
	callback = d.consentPart().wait.session.RedirectURI()
	d.flow.back()
	d.app.group.Wait()
	if resp, err := http.Get(callback); err == nil {
		resp.Body.Close()
		t.Error("the port is still listened on after Back")
	}
}

func TestConsentThatCannotBeAsked(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	draft.ClientID = ""
	d.open(draft, wizard.StepPermissions)
	for _, button := range []string{"Copy link for my administrator", "Save a mail for my administrator", "Ask for admin consent"} {
		d.press(button)
		d.consentOver()
		if d.consentPart().outcome != consentFailed || d.consentPart().failure == nil {
			t.Errorf("%s: outcome %d", button, d.consentPart().outcome)
		}
	}
}

func TestConsentLinkAndMail(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	d.open(draft, wizard.StepPermissions)
	d.press("Copy link for my administrator")
	link := d.clipboard()
	if want, err := d.bench.ConsentLink(draft); err != nil || link != want {
		t.Errorf("the link is %q, want %q, %v", link, want, err)
	}

	dir := t.TempDir()
	d.app.settings.SaveFolder = dir
	path := filepath.Join(dir, mailFile)
	d.press("Save a mail for my administrator")
	d.app.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.until("the mail is saved", func() bool { return d.consentPart().saved != "" })
	d.mustRead("Saved", path, "Open it in your mail program")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	part, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(part.Body); err != nil {
		t.Fatal(err)
	}
	if subject, err := r.Header.Subject(); err != nil || !strings.Contains(subject, draft.Name) || r.Header.Get("X-Unsent") != "1" {
		t.Errorf("header: %q, %v", subject, err)
	}
	if !strings.Contains(body.String(), link) || strings.Contains(string(raw), d.values.ClientSecret.Reveal()) {
		t.Errorf("the text:\n%s", body.String())
	}

	// The next thing that is done takes the word away.
	d.press("Ask for admin consent")
	d.escape()
	d.consentOver()
	d.mustNotRead(path)
}

// A browser that cannot reach Postkey: the address at which it stopped is pasted.
func TestConsentTakesAPastedAddress(t *testing.T) {
	d := newDesk(t)
	d.bench.OpenBrowser = func(context.Context, string) error { return nil }
	d.open(d.draft(), wizard.StepPermissions)
	d.press("Ask for admin consent")
	d.until("the page is open", func() bool { return d.consentPart().state == consentWaiting })
	d.mustRead("The browser showed an address instead of coming back?")
	wait := d.consentPart().wait
	board := d.app.fyne.Clipboard()
	for pasted, said := range map[string]string{
		"no address at all": "not an address",
		d.tenant.Cloud().Authority + "/common/adminconsent":     "page of Microsoft's",
		"http://localhost:1/postkey?admin_consent=True&state=y": "earlier attempt",
		"http://localhost:1/postkey":                            "admin_consent=",
	} {
		board.SetContent(pasted)
		d.press("Paste")
		if got := wait.paste.Problem().Text; !strings.Contains(got, said) {
			t.Errorf("pasting %q says %q, want %q", pasted, got, said)
		}
	}
	link, err := url.Parse(wait.session.URL())
	if err != nil {
		t.Fatal(err)
	}
	query := url.Values{"admin_consent": {"True"}, "tenant": {d.values.TenantID}, "state": {link.Query().Get("state")}}
	board.SetContent(" <" + wait.session.RedirectURI() + "?" + query.Encode() + "> ")
	d.press("Paste")
	d.consentOver()
	d.mustRead("The administrator has consented", "Go on to the sign-in.")
}

// A page with something missing opens at its top, with the focus on what helps.
func TestMissingPermissionIsSeenFirst(t *testing.T) {
	d := newDesk(t)
	d.tenant.Break(practice.FaultFewerScopes)
	draft := d.draft()
	d.signIn(draft, d.values.Address)
	d.open(draft, wizard.StepPermissions)
	d.app.window.Resize(fyne.NewSize(900, 600))
	d.app.settle()
	d.inView(d.flow.shell.heading)
	if focused := d.app.window.Canvas().Focused(); focused != fyne.Focusable(d.consentPart().ask) {
		t.Errorf("the focus is on %T", focused)
	}
	d.inView(d.consentPart().ask)
}
