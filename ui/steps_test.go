package ui

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// shown is the step that is open.
func (r *rig) shownStep() wizard.StepID { return r.flow().draft.Step }

func (r *rig) wantStep(want wizard.StepID) {
	r.t.Helper()
	if got := r.shownStep(); got != want {
		r.t.Fatalf("step %s is open, want %s; shown:\n%s", got, want, r.texts())
	}
}

func (r *rig) focused() fyne.Focusable { return r.window.Canvas().Focused() }

// choose chooses the row of a choice with this ID.
func (r *rig) choose(id string) {
	r.t.Helper()
	for _, o := range r.objects() {
		if c, ok := o.(*widgets.Choice); ok && c.Has(id) {
			c.Choose(id)
			return
		}
	}
	r.t.Fatalf("no row %q", id)
}

func TestApplicationStep(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.Show()
	r.settled()
	r.press(fyne.KeyReturn) // New connection has the focus
	r.wantStep(wizard.StepApplication)
	f := r.flow()

	f.next()
	r.wantStep(wizard.StepApplication)
	r.sees("Give the connection a name")
	if entry, ok := r.focused().(*widgets.Entry); !ok || entry.PlaceHolder != "Support inbox" {
		t.Errorf("the focus is on %T and not on the field that is wrong", r.focused())
	}
	r.typeIn("Support inbox")
	r.seesNot("Give the connection a name")

	r.choose("shared")
	r.choose("custom")
	r.sees("Sign-in service")
	r.choose("gcc-high")
	r.seesNot("Sign-in service")
	r.sees("Check the servers of this cloud")
	r.choose("worldwide")
	r.seesNot("Check the servers of this cloud")
	r.choose("other")

	f.next()
	r.wantStep(wizard.StepRegistration)
	f.back()
	r.wantStep(wizard.StepApplication)
	d := r.saved(f.draft.ID)
	if d.Name != "Support inbox" || !d.Shared || d.Product != "other" || d.Cloud != "worldwide" {
		t.Errorf("kept %+v", d)
	}
}

func TestCustomCloudIsChecked(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepApplication)
	d.Cloud = "custom"
	f := r.wizard(d)
	p := f.page.(*applicationPage)
	p.custom[0].SetText("login.example")
	p.custom[1].SetText("imap.example") // without a port
	f.next()
	r.wantStep(wizard.StepApplication)
	if p.custom[0].Problem().Text == "" || p.custom[1].Problem().Text == "" {
		t.Errorf("accepted: %v, %v", p.custom[0].Problem(), p.custom[1].Problem())
	}
	p.custom[0].SetText("https://login.example")
	p.custom[1].SetText("imap.example:993")
	f.next()
	r.wantStep(wizard.StepRegistration)
}

func TestNoProtocolStops(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepApplication))
	for _, tick := range f.page.(*applicationPage).protocols.ticks {
		if tick.On() {
			test.Tap(tick)
		}
	}
	f.next()
	r.wantStep(wizard.StepApplication)
}

func TestRegistrationStep(t *testing.T) {
	for name, tt := range map[string]struct {
		client, tenant string
		wrong          string // part of the sentence; empty: goes on
	}{
		"right":          {"3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11", ""},
		"domain":         {"3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "contoso.com", ""},
		"braces":         {"{3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10}", "contoso.com", "without braces"},
		"cut short":      {"3f1c0b52-77aa-4d5e-9a35", "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11", "cut short"},
		"empty":          {"", "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11", "Application (client) ID"},
		"the same":       {"3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "same"},
		"spaces":         {" 3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10 ", " contoso.com", ""},
		"no domain":      {"3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "contoso", "An ID has only"},
		"mail address":   {"3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "info@", "not a tenant"},
		"letters inside": {"3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8bzz", "contoso.com", "An ID"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, rigOptions{})
			d := r.atStep(wizard.StepRegistration)
			d.ClientID, d.TenantID = "", ""
			f := r.wizard(d)
			r.typeIn(tt.client)
			r.press(fyne.KeyReturn)
			r.typeIn(tt.tenant)
			r.chord(fyne.KeyModifierControl, fyne.KeyReturn)
			if tt.wrong == "" {
				r.wantStep(wizard.StepRedirect)
				return
			}
			r.wantStep(wizard.StepRegistration)
			p := f.page.(*registrationPage)
			if all := p.client.Problem().Text + p.tenant.Problem().Text; !strings.Contains(all, tt.wrong) {
				t.Errorf("says %q", all)
			}
			if d.ClientID != tt.client || d.TenantID != tt.tenant {
				t.Error("what was typed is lost")
			}
			p.client.SetText("3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10")
			p.tenant.SetText("8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11")
			if all := p.client.Problem().Text + p.tenant.Problem().Text; all != "" {
				t.Errorf("still says %q", all)
			}
			f.next()
			r.wantStep(wizard.StepRedirect)
		})
	}
}

// What is pasted loses what copying brings along.
func TestPasteIntoTheFieldsIsCleaned(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepRegistration)
	d.ClientID = ""
	r.wizard(d)
	board := r.fyne.Clipboard()
	board.SetContent("\u200b \"{3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10}\" \n")
	r.focused().(*widgets.Entry).TypedShortcut(&fyne.ShortcutPaste{Clipboard: board})
	if d.ClientID != "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10" {
		t.Errorf("pasted %q", d.ClientID)
	}
}

func TestTenantIsFoundFromTheMailDomain(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	d := r.atStep(wizard.StepRegistration)
	d.Cloud, d.TenantID = "practice", ""
	f := r.wizard(d)
	p := f.page.(*registrationPage)
	test.Tap(r.button("Find it from your mail domain…"))
	r.typeIn("nothing")
	r.press(fyne.KeyReturn)
	if p.domain.Problem().Text == "" || p.stop != nil {
		t.Fatal("a domain without a dot is looked up")
	}
	r.typeIn("unknown.example")
	r.press(fyne.KeyReturn)
	r.until("the failure is shown", func() bool { return p.failure.Visible() })
	if f.draft.TenantID != "" {
		t.Errorf("tenant %q", f.draft.TenantID)
	}
	r.focusOnField(p.domain)
	r.typeIn(r.opts.Practice.Domain)
	test.Tap(r.button("Find"))
	r.until("the tenant is found", func() bool { return f.draft.TenantID == r.opts.Practice.TenantID })
	if p.finder.Visible() || p.failure.Visible() && p.finder.Visible() {
		t.Error("the search is still shown")
	}
	if r.focused() != fyne.Focusable(p.tenant.Entry) {
		t.Error("the focus is not on what was found")
	}
}

func (r *rig) focusOnField(f *widgets.Field) { r.window.Canvas().Focus(f.Entry) }

func TestSearchForTheTenantCanBeCancelled(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepRegistration)
	d.Cloud = "custom"
	d.Endpoints.Authority = silentServer(t)
	f := r.wizard(d)
	p := f.page.(*registrationPage)
	for _, stop := range map[string]func(){
		"Escape": func() { r.press(fyne.KeyEscape) },
		"Cancel": func() { test.Tap(p.find) },
	} {
		p.finder.Show()
		r.focusOnField(p.domain)
		r.typeIn("contoso.com")
		r.press(fyne.KeyReturn)
		r.sees("Asking Microsoft’s sign-in service")
		stop()
		if p.stop != nil || p.find.Text() != "Find" {
			t.Error("still searching")
		}
		r.seesNot("Asking Microsoft’s sign-in service")
	}
	r.settled()
	if p.failure.Visible() {
		t.Error("a cancelled search is called a failure")
	}
}

func TestRedirectStep(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepRedirect)
	d.RedirectHost = ""
	f := r.wizard(d)
	r.sees("http://localhost/postkey")
	r.sees("It appears here as soon as the host above is complete.")
	f.next()
	r.wantStep(wizard.StepRedirect)
	r.typeIn("motion*.contoso.com")
	f.next()
	r.wantStep(wizard.StepRedirect)
	r.typeIn("motion.contoso.com")
	r.sees("https://motion.contoso.com/api/cloudProviders/oauth2/microsoft/callback")
	f.next()
	r.wantStep(wizard.StepSecret)
	r.chord(fyne.KeyModifierAlt, fyne.KeyLeft)
	r.wantStep(wizard.StepRedirect)
	if got := f.page.(*redirectPage).field.Text(); got != "motion.contoso.com" {
		t.Errorf("Back keeps %q", got)
	}
}

func TestRedirectURIOfAnotherProduct(t *testing.T) {
	for uri, right := range map[string]bool{
		"https://app.contoso.com/oauth2/callback":       true,
		"http://localhost:8080/callback":                true,
		"http://app.contoso.com/callback":               false,
		"https://*.contoso.com/callback":                false,
		"http://localhost:8080/postkey":                 false, // differs from Postkey's by the port only
		"https://a.example/" + strings.Repeat("x", 250): false,
	} {
		r := newRig(t, rigOptions{})
		d := r.atStep(wizard.StepRedirect)
		d.Product = "other"
		f := r.wizard(d)
		f.page.(*redirectPage).field.SetText(uri)
		f.next()
		if went := r.shownStep() != wizard.StepRedirect; went != right {
			t.Errorf("%s: goes on %v, want %v; says %q", uri, went, right, f.page.(*redirectPage).field.Problem().Text)
		}
	}
}

func TestDesktopPlatformSkipsTheSecret(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepRedirect)
	d.Product, d.RedirectURI = "other", "https://app.contoso.com/callback"
	f := r.wizard(d)
	r.choose(wizard.PlatformDesktop)
	f.next()
	r.wantStep(wizard.StepPermissions)
	f.back()
	r.wantStep(wizard.StepRedirect)
}

func TestPermissionsStep(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepPermissions)
	f := r.wizard(d)
	p := f.page.(*permissionsPage)
	r.sees("0 of 7 added")
	r.sees("after sign-in")
	r.sees("IMAP.AccessAsUser.All")
	r.sees("Often")
	r.press(fyne.KeySpace) // the first tick has the focus
	r.sees("1 of 7 added")
	test.Tap(r.button("Tick all"))
	r.sees("7 of 7 added")
	r.window.Canvas().Focus(p.first)
	r.press(fyne.KeySpace)
	r.sees("6 of 7 added")
	f.next()
	r.wantStep(wizard.StepSignIn)
	if n := len(r.saved(d.ID).Ticked); n != 6 {
		t.Errorf("%d ticks are kept, want 6", n)
	}
	if p.first.On() {
		t.Error("the first tick is on")
	}

	d.Shared = true
	d.SetAccount(storeAccount(d.TenantID, "https://outlook.office.com/SMTP.Send", "offline_access"))
	f.open(wizard.StepPermissions)
	r.sees("6 of 20 added")
	r.sees("Granted")
	r.sees("Missing")
	r.sees("Not asked")
	r.sees("IMAP.AccessAsUser.All was not granted")
	r.sees("Always")
}

func TestPortalLinkOpens(t *testing.T) {
	r := newRig(t, rigOptions{})
	opened := make(chan string, 1)
	r.App.opts.OpenURL = func(url string) error { opened <- url; return context.DeadlineExceeded }
	r.wizard(r.atStep(wizard.StepRegistration))
	test.Tap(r.button("Open in browser"))
	url := <-opened
	if !strings.HasPrefix(url, "https://entra.microsoft.com/") {
		t.Errorf("opened %q", url)
	}
	r.until("the link is offered", func() bool { return strings.Contains(r.texts(), "The browser did not open") })
	r.sees(url)
	r.press(fyne.KeyReturn)
	r.seesNot("The browser did not open")
}

func TestPracticeValuesFillThePages(t *testing.T) {
	r := newRig(t, rigOptions{practice: true})
	d := wizard.NewDraft(r.clock)
	d.Cloud = "practice"
	f := r.wizard(d)
	for _, step := range []wizard.StepID{
		wizard.StepRegistration, wizard.StepRedirect, wizard.StepSecret, wizard.StepPermissions,
	} {
		r.sees("Practice tenant: nothing here reaches Microsoft")
		test.Tap(r.button("Fill in all"))
		f.next()
		r.until("the next page", func() bool { return f.draft.Step == step })
	}
	secret, err := r.bench.Secret(context.Background(), d.ID)
	must(t, err)
	if !secret.Equal(r.opts.Practice.Secret) {
		t.Error("the keyring holds another secret")
	}
	f.open(wizard.StepRegistration)
	f.page.(*registrationPage).client.SetText("wrong")
	test.Tap(r.button("Use practice value"))
	if d.ClientID != r.opts.Practice.ClientID {
		t.Errorf("client ID %q", d.ClientID)
	}
}

func TestOutsideThePracticeTenantNothingIsOffered(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.wizard(r.atStep(wizard.StepRegistration))
	r.seesNot("Use practice value")
	r.seesNot("Practice tenant")
	r.seesNot("Fill in all")
}
