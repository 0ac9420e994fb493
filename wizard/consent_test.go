package wizard_test

import (
	"bytes"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"

	"postkey/assets"
	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// consent lets user answer the consent page of d.
func (b *bench) consent(t *testing.T, d *wizard.Draft, robot *practice.Robot) (oauth.Consent, error) {
	t.Helper()
	b.OpenBrowser = nil
	session, err := b.AdminConsent(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := robot.Browse(t.Context(), session.URL()); err != nil {
		t.Fatal(err)
	}
	return session.Wait(t.Context())
}

func (b *bench) state(d *wizard.Draft, typ, name string) catalog.GrantState {
	for _, p := range b.Catalog.Permissions(d.Product, d.Shared) {
		if p.Name == name && p.Type == typ {
			return b.Granted(d, p)
		}
	}
	return -1
}

func TestAdminConsentMendsARefusedSignIn(t *testing.T) {
	b := newBench(t, "")
	v := b.tenant.Values()
	b.tenant.Break(practice.FaultAdminConsent)
	d := b.NewDraft()
	d.Name, d.TenantID, d.ClientID = "Support", v.TenantID, v.ClientID
	if b.ConsentToAll(d) {
		t.Error("an own mailbox needs named scopes alone")
	}

	decline := b.tenant.NewRobot(v.Admin)
	decline.Decline = true
	var refused *oauth.Error
	if _, err := b.consent(t, d, decline); !errors.As(err, &refused) || refused.Code() != 65004 {
		t.Fatalf("declined: %v", err)
	}
	if _, err := b.consent(t, d, b.tenant.NewRobot(v.Address)); !errors.As(err, &refused) || refused.Code() != 90094 {
		t.Fatalf("not an administrator: %v", err)
	}
	given, err := b.consent(t, d, b.tenant.NewRobot(v.Admin))
	if err != nil || !slices.Contains(given.Scopes, practice.MailResource+"/IMAP.AccessAsUser.All") || given.TenantID != v.TenantID {
		t.Fatalf("the administrator: %+v, %v", given, err)
	}
	if slices.ContainsFunc(given.Scopes, func(s string) bool { return strings.Contains(s, "POP.") }) {
		t.Error("a protocol that is not used was asked for")
	}

	if err := b.PutSecret(t.Context(), d.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	session, err := b.SignIn(t.Context(), d, false)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := b.tenant.Browse(t.Context(), session.URL(), v.Address); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Wait(t.Context()); err != nil {
		t.Errorf("the user after the consent: %v", err)
	}
}

// The whole list of a shared mailbox: before, after part of it, after all.
func TestGraphPermissionsAreVerified(t *testing.T) {
	b := newBench(t, "andrea@contoso.example")
	v := b.tenant.Values()
	d := b.NewDraft()
	d.Shared = true
	d.Mailbox.Address, d.Mailbox.Delegate = v.Shared, v.Delegate
	b.signedInWith(t, d)
	if !b.Unverified(d) || b.state(d, catalog.Delegated, "Mail.Read.Shared") != catalog.NotAsked {
		t.Fatal("the sign-in asked for Graph permissions")
	}
	refreshKey := store.RefreshTokenKey(d.ID)
	before, err := b.vault.Get(t.Context(), refreshKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	after, err := b.vault.Get(t.Context(), refreshKey)
	if err != nil || after.Equal(before) {
		t.Errorf("the rotated refresh token was not stored: %v", err)
	}
	if b.Unverified(d) {
		t.Error("still unverified")
	}
	check := func(when string, want map[string]catalog.GrantState) {
		t.Helper()
		for name, state := range want {
			if got := b.state(d, catalog.Delegated, name); got != state {
				t.Errorf("%s: %s is %s, want %s", when, name, got, state)
			}
		}
		if got := b.state(d, catalog.Application, "Mail.Send"); got != catalog.CannotTell {
			t.Errorf("%s: an application permission is %s", when, got)
		}
	}
	check("before consent", map[string]catalog.GrantState{
		"Mail.Read.Shared": catalog.Missing, "User.Read": catalog.Missing, "IMAP.AccessAsUser.All": catalog.Granted,
		"openid": catalog.Granted, "offline_access": catalog.Granted, "POP.AccessAsUser.All": catalog.NotAsked,
	})

	// An administrator consents to a part of it, in the portal.
	link, err := b.ConsentLink(d)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(link)
	q := u.Query()
	if q.Get("scope") != b.tenant.Cloud().Graph+"/.default" || q.Get("redirect_uri") != oauth.ConsentRedirect || q.Has("state") {
		t.Errorf("the link asks for %v", q)
	}
	q.Set("scope", "https://graph.microsoft.com/User.Read")
	q.Set("redirect_uri", "https://"+v.RedirectHost+"/api/cloudProviders/oauth2/microsoft/callback")
	u.RawQuery = q.Encode()
	if _, err := b.tenant.Browse(t.Context(), u.String(), v.Admin); err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	check("after a part", map[string]catalog.GrantState{"Mail.Read.Shared": catalog.Missing, "User.Read": catalog.Granted})

	if _, err := b.consent(t, d, b.tenant.NewRobot(v.Admin)); err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	check("after all", map[string]catalog.GrantState{
		"Mail.Read.Shared": catalog.Granted, "User.Read": catalog.Granted, "Contacts.ReadWrite.Shared": catalog.Granted,
		"SMTP.Send": catalog.Granted, "offline_access": catalog.Granted, "POP.AccessAsUser.All": catalog.NotAsked,
	})
	if got, err := b.vault.Get(t.Context(), refreshKey); err != nil || got.Equal(after) {
		t.Errorf("the refresh token of the last one was not stored: %v", err)
	}
	c, err := b.Save(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if res, findings := b.Test(t.Context(), c, nil); !res.OK() {
		t.Errorf("the test afterwards: %+v", findings)
	}
	// The saved connection hears of a later check too.
	d.Account.Asked = nil
	if err := b.Verify(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	saved, err := b.Store.Connection(t.Context(), c.ID)
	if err != nil || len(saved.Account.Asked) == 0 || !slices.Equal(saved.Account.Granted, d.Account.Granted) {
		t.Errorf("the connection: %+v, %v", saved.Account, err)
	}
}

// Verify mends what the sign-in lacked, and fails as any refresh does.
func TestVerifyAfterTheConsent(t *testing.T) {
	b := newBench(t, "support@contoso.example")
	v := b.tenant.Values()
	b.tenant.Break(practice.FaultFewerScopes)
	d := b.signedIn(t)
	if got := b.state(d, catalog.Delegated, "SMTP.Send"); got != catalog.Missing {
		t.Fatalf("SMTP.Send is %s", got)
	}
	if _, err := b.consent(t, d, b.tenant.NewRobot(v.Admin)); err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), d); err != nil || b.state(d, catalog.Delegated, "SMTP.Send") != catalog.Granted {
		t.Errorf("after the consent: %v, %v", d.Account.Granted, err)
	}
	granted := slices.Clone(d.Account.Granted)
	b.tenant.Break(practice.FaultSignInRevoked)
	var refused *oauth.Error
	if err := b.Verify(t.Context(), d); !errors.As(err, &refused) || refused.Code() != 50173 || !slices.Equal(d.Account.Granted, granted) {
		t.Errorf("a sign-in that ended: %v", err)
	}
	d.Account = nil
	if err := b.Verify(t.Context(), d); !errors.Is(err, oauth.ErrNotSignedIn) {
		t.Errorf("nobody signed in: %v", err)
	}
}

func TestConsentMail(t *testing.T) {
	b := newBench(t, "")
	b.Now = func() time.Time { return time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC) }
	v := b.tenant.Values()
	for _, lang := range assets.Languages() {
		for _, shared := range []bool{false, true} {
			d := b.NewDraft()
			d.Name, d.TenantID, d.ClientID, d.Shared = "Supporto à\r\nBcc: x@y.example", v.TenantID, v.ClientID, shared
			if err := b.PutSecret(t.Context(), d.ID, v.ClientSecret); err != nil {
				t.Fatal(err)
			}
			var file bytes.Buffer
			text := func(m assets.Message) string { return assets.Text(lang, m) }
			if err := b.WriteConsentMail(&file, d, text); err != nil {
				t.Fatal(err)
			}
			raw := file.String()
			for _, line := range strings.Split(strings.TrimSuffix(raw, "\r\n"), "\r\n") {
				if strings.ContainsAny(line, "\r\n") || len(line) > 76 { // RFC 2045, section 6.7, and RFC 2047, section 2
					t.Errorf("%s: line %q", lang, line)
				}
			}
			if strings.Contains(raw, v.ClientSecret.Reveal()) {
				t.Error("the secret is in it")
			}
			head, body := readMail(t, &file)
			subject, err := head.Subject()
			if err != nil || !strings.Contains(subject, "Supporto à Bcc: x@y.example") {
				t.Errorf("subject %q, %v", subject, err)
			}
			date, err := head.Date()
			if err != nil || !date.Equal(b.Now()) || head.Get("X-Unsent") != "1" || head.Has("Bcc") || head.Has("From") {
				t.Errorf("header %v, %v", head.Map(), err)
			}
			if kind, params, err := head.ContentType(); err != nil || kind != "text/plain" || params["charset"] != "utf-8" {
				t.Errorf("content type %s %v, %v", kind, params, err)
			}
			link, err := b.ConsentLink(d)
			if err != nil || !slices.Contains(strings.Split(body, "\r\n"), link) {
				t.Errorf("the link %s is not on a line of its own, %v:\n%s", link, err, body)
			}
			checkConsentText(t, b, d, lang, body)
		}
	}
}

func checkConsentText(t *testing.T, b *bench, d *wizard.Draft, lang, body string) {
	t.Helper()
	say := func(key string) string { return assets.Text(lang, assets.Msg(key)) }
	for _, want := range []string{d.ClientID, d.TenantID, oauth.ConsentRedirect, "XCALLY Motion", say("consent.mail.who"), say("consent.mail.why")} {
		if !strings.Contains(body, want) {
			t.Errorf("%s: %q is not in\n%s", lang, want, body)
		}
	}
	if strings.Contains(body, say("consent.mail.who-application")) != d.Shared || strings.Contains(body, say("consent.mail.all")) != d.Shared {
		t.Errorf("%s, shared %v: who may grant application permissions", lang, d.Shared)
	}
	for _, p := range b.Catalog.Permissions(d.Product, d.Shared) {
		asked := d.Shared || p.Protocol != wizard.ProtocolPOP
		if strings.Contains(body, "- "+p.Name+" (") != asked || asked && !strings.Contains(body, assets.Text(lang, p.Description)) {
			t.Errorf("%s, shared %v: %s listed wrongly", lang, d.Shared, p.Name)
		}
	}
	if strings.Contains(body, "consent.mail") || strings.Contains(body, "<no value>") {
		t.Errorf("%s: a text is missing:\n%s", lang, body)
	}
}

func readMail(t *testing.T, file *bytes.Buffer) (mail.Header, string) {
	t.Helper()
	r, err := mail.CreateReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	part, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(part.Body); err != nil {
		t.Fatal(err)
	}
	return r.Header, body.String()
}

// What cannot be asked says so instead of writing half a mail.
func TestConsentNeedsARegistration(t *testing.T) {
	b := newBench(t, "")
	d := b.NewDraft()
	var file bytes.Buffer
	if err := b.WriteConsentMail(&file, d, nil); !errors.Is(err, oauth.ErrRegistration) || file.Len() > 0 {
		t.Errorf("no client ID: %v, %d bytes", err, file.Len())
	}
	if _, err := b.AdminConsent(t.Context(), d); !errors.Is(err, oauth.ErrRegistration) {
		t.Errorf("no client ID: %v", err)
	}
	d.Cloud = "nowhere"
	if _, err := b.ConsentLink(d); !errors.Is(err, catalog.ErrUnknownCloud) {
		t.Errorf("unknown cloud: %v", err)
	}
}
