package ui

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/wizard"
)

func (d *desk) signInPage() *signInPage { return d.flow.page.(*signInPage) }

func (d *desk) signInState(state signInState) {
	d.t.Helper()
	d.until("the sign-in page changes", func() bool {
		return d.signInPage().state == state && !(state == signInBefore && d.signInPage().running())
	})
}

func TestSignInSucceeds(t *testing.T) {
	d := newDesk(t)
	d.browser(d.values.Address)
	draft := d.draft()
	d.open(draft, wizard.StepSignIn)
	d.mustRead("What will happen", "Sign in with Microsoft")
	d.press("Sign in with Microsoft")
	d.signInState(signInDone)

	d.mustRead("Who signed in", d.values.Address, d.values.TenantID, "IMAP.AccessAsUser.All", "SMTP.Send", "Granted", "Continue")
	if d.reads("Missing") {
		t.Error("a granted permission is shown as missing")
	}
	if draft.Mailbox.Address != d.values.Address {
		t.Errorf("the mailbox is %q", draft.Mailbox.Address)
	}
	if d.secret(store.RefreshTokenKey(draft.ID)).IsZero() {
		t.Error("no refresh token was stored")
	}
	d.press("Continue")
	if draft.Step != wizard.StepMailbox {
		t.Fatalf("Continue leads to %s", draft.Step)
	}
	d.flow.back()
	d.mustRead("Who signed in", "Sign in again")
}

func TestSignInCountsDown(t *testing.T) {
	d := newDesk(t)
	var passed atomic.Int64
	begun := time.Now()
	d.bench.Now = func() time.Time { return begun.Add(time.Duration(passed.Load())) }
	d.bench.OpenBrowser = func(context.Context, string) error { return nil }
	d.open(d.draft(), wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInWaiting)
	d.mustRead("5:00 left")
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{19 * time.Second, "4:41 left"}, {5 * time.Minute, "0:00 left"}, {time.Hour, "0:00 left"}} {
		passed.Store(int64(c.after))
		d.until("the time left is "+c.want, func() bool { return d.reads(c.want) })
	}
}

func TestSignInSaysThatTheEarlierOneNoLongerHolds(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	d.signIn(draft, d.values.Address)
	draft.ClientID = "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10"
	d.open(draft, wizard.StepSignIn)
	d.mustRead(msg(draft.CheckField(wizard.FieldAccount, d.flow.context).Message), "What will happen")
}

func TestSignInIsCancelledByEscape(t *testing.T) {
	d := newDesk(t)
	d.bench.OpenBrowser = func(context.Context, string) error { return nil } // it never comes back
	d.open(d.draft(), wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInWaiting)
	d.mustRead("Waiting for your browser", "http://localhost:", "left", "Copy sign-in link", "Cancel")
	callback := d.signInPage().wait.session.RedirectURI()
	d.escape()
	d.signInState(signInBefore)
	d.mustRead("You cancelled the sign-in")
	d.app.group.Wait() // nothing goes on behind
	if resp, err := http.Get(callback); err == nil {
		resp.Body.Close()
		t.Error("the port is still listened on")
	}
}

func TestSignInAfterACancelledOneIsLeftAlone(t *testing.T) {
	d := newDesk(t)
	d.bench.OpenBrowser = func(context.Context, string) error { return nil }
	d.open(d.draft(), wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInWaiting)
	d.escape()
	d.press("Sign in with Microsoft") // before the first one has let go
	d.signInState(signInWaiting)
	link := d.signInPage().wait.session.URL()
	go func() { _, _ = d.tenant.Browse(t.Context(), link, d.values.Address) }()
	d.signInState(signInDone)
}

func TestSignInEndsWhenThePageIsLeft(t *testing.T) {
	d := newDesk(t)
	d.bench.OpenBrowser = func(context.Context, string) error { return nil }
	d.open(d.draft(), wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInWaiting)
	callback := d.signInPage().wait.session.RedirectURI()
	d.flow.back()
	d.app.group.Wait()
	if resp, err := http.Get(callback); err == nil {
		resp.Body.Close()
		t.Error("the port is still listened on")
	}
}

func TestSignInGoesOnWhenTheBrowserDoesNotOpen(t *testing.T) {
	d := newDesk(t)
	d.bench.OpenBrowser = func(context.Context, string) error { return errors.New("no browser here") }
	d.open(d.draft(), wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInWaiting)
	d.until("it is said that the browser did not open", func() bool { return d.reads("The browser did not open") })
	d.press("Copy sign-in link")
	link := d.clipboard()
	if !strings.HasPrefix(link, d.tenant.Cloud().Authority) {
		t.Fatalf("the link is %q", link)
	}
	go func() { _, _ = d.tenant.Browse(t.Context(), link, d.values.Address) }()
	d.signInState(signInDone)
}

// stopped is the address at which a browser stops that cannot reach Postkey:
// the callback of the sign-in with Microsoft's answer.
func stopped(p *signInPage, query url.Values) string {
	link, _ := url.Parse(p.wait.session.URL())
	query.Set("state", link.Query().Get("state"))
	return p.wait.session.RedirectURI() + "?" + query.Encode()
}

func TestSignInTakesAPastedAddress(t *testing.T) {
	d := newDesk(t)
	d.bench.OpenBrowser = func(context.Context, string) error { return nil }
	d.open(d.draft(), wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInWaiting)
	board := d.app.fyne.Clipboard()
	for _, wrong := range []struct{ pasted, said string }{
		{"no address at all", "not an address"},
		{d.tenant.Cloud().Authority + "/common/login", "page of Microsoft's sign-in"},
		{"http://localhost:1/postkey?code=x&state=y", "earlier sign-in"},
		{"http://localhost:1/postkey", "no answer"},
	} {
		board.SetContent(wrong.pasted)
		d.press("Paste")
		if got := d.signInPage().wait.paste.Problem().Text; !strings.Contains(got, wrong.said) {
			t.Errorf("pasting %q says %q, want %q", wrong.pasted, got, wrong.said)
		}
	}
	board.SetContent("  \"" + stopped(d.signInPage(), url.Values{
		"error":             {"access_denied"},
		"error_description": {"AADSTS65004: User declined to consent to access the app."},
	}) + "\" ")
	d.press("Paste")
	d.signInState(signInBefore)
	if f := d.signInPage().failure; f == nil || f.ID != "consent-declined" {
		t.Errorf("the finding is %+v", f)
	}
}

func TestSignInExplainsARefusal(t *testing.T) {
	d := newDesk(t)
	d.browser(d.values.Address)
	d.tenant.Break(practice.FaultSecretExpired)
	draft := d.draft()
	d.open(draft, wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInBefore)
	f := d.signInPage().failure
	if f == nil || f.ID != "secret-expired" {
		t.Fatalf("the finding is %+v", f)
	}
	d.mustRead(msg(f.Title), whoFixes(f.Who))
	if d.reads("AADSTS7000222") {
		t.Error("the server's words are shown before they are asked for")
	}
	d.press("show")
	d.mustRead("AADSTS7000222", f.CorrelationID)
	d.press("hide")
	if d.reads("AADSTS7000222") {
		t.Error("the server's words cannot be hidden again")
	}
	d.tenant.Heal()
	d.press("Sign in with Microsoft")
	d.signInState(signInDone)
	if d.reads(msg(f.Title)) {
		t.Error("the finding stays after a sign-in that succeeded")
	}
}

func TestSignInKeepsAnEarlierOneWhenANewOneFails(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	d.signIn(draft, d.values.Address)
	d.browser(d.values.Address)
	d.open(draft, wizard.StepSignIn)
	d.tenant.Break(practice.FaultSecretExpired)
	d.press("Sign in again")
	d.until("the sign-in ends", func() bool { return d.signInPage().failure != nil && !d.signInPage().running() })
	d.mustRead("Who signed in", "Continue", msg(d.signInPage().failure.Title))
}

func TestSignInNamesWhatWasNotGranted(t *testing.T) {
	d := newDesk(t)
	d.browser(d.values.Address)
	d.tenant.Break(practice.FaultFewerScopes)
	d.open(d.draft(), wizard.StepSignIn)
	d.press("Sign in with Microsoft")
	d.signInState(signInDone)
	d.mustRead("Missing", "SMTP.Send was not granted")
}

func TestSignInWarnsOfAnotherAccount(t *testing.T) {
	d := newDesk(t)
	d.browser(d.values.Delegate)
	draft := d.draft()
	draft.Mailbox.Address = d.values.Address
	d.open(draft, wizard.StepSignIn)
	d.signInPage().choose.Tapped(nil) // the browser's account is another one
	d.press("Sign in with Microsoft")
	d.signInState(signInDone)
	d.mustRead("Another account signed in", d.values.Delegate)
}

func TestSignInAgainMendsTheSavedConnection(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	d.signIn(draft, d.values.Address)
	if _, err := d.bench.Save(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	conn, err := d.bench.Store.Update(t.Context(), draft.ID, func(c *store.Connection) error {
		c.SignInEnded = time.Now()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.bench.Edit(t.Context(), conn.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.browser(d.values.Address)
	d.open(again, wizard.StepSignIn, conn)
	d.press("Sign in with Microsoft")
	d.signInState(signInDone)
	if conn, err = d.bench.Store.Connection(t.Context(), conn.ID); err != nil || !conn.SignInEnded.IsZero() {
		t.Errorf("the saved connection still asks for a sign-in: %v, %v", conn.SignInEnded, err)
	}
}
