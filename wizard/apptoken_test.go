package wizard_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"postkey/assets"
	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
)

// application is a draft of the practice tenant's application that signs in
// itself, with its secret in the vault.
func (b *bench) application(t *testing.T, protocols ...string) *wizard.Draft {
	t.Helper()
	v := b.tenant.Values()
	d := b.NewDraft()
	d.SetProduct("imagicle", b.Catalog)
	d.SetRoad(protocols, false)
	d.Name, d.TenantID, d.ClientID, d.ServicePrincipalID = "Fax", v.TenantID, v.AppClientID, v.ServicePrincipalID
	d.Mailbox.Address, d.Reach, d.Refuse = v.Address, v.Shared, v.Delegate
	d.SecretExpires = v.SecretExpires
	if err := b.PutSecret(t.Context(), d.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	return d
}

func connectionOf(t *testing.T, d *wizard.Draft) store.Connection {
	t.Helper()
	c, err := d.Connection()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAppToken(t *testing.T) {
	b := newBench(t, "")
	d := b.application(t, "imap", "smtp", "graph")
	scopes, err := b.Scopes(d)
	if err != nil || len(scopes) != 2 {
		t.Fatalf("one scope for each resource: %q, %v", scopes, err)
	}
	states := func(want catalog.GrantState, names ...string) {
		t.Helper()
		for _, p := range b.Permissions(d) {
			if got := b.Granted(d, p); slices.Contains(names, p.Name) && got != want {
				t.Errorf("%s is %s, want %s", p.Name, got, want)
			}
		}
	}
	all := []string{"IMAP.AccessAsApp", "SMTP.SendAsApp", "Mail.Send", "Mail.Read", "Mail.ReadWrite"}
	states(catalog.NotAsked, all...)
	if err := b.AppToken(t.Context(), d); err != nil || !d.SignedIn() {
		t.Fatalf("signed in %v, %v", d.SignedIn(), err)
	}
	states(catalog.Granted, all...)

	b.tenant.Break(practice.FaultAppConsentMissing)
	if err := b.AppToken(t.Context(), d); err != nil || len(d.Proof.Roles) != 0 {
		t.Errorf("a token from before is used: %+v, %v", d.Proof, err)
	}
	states(catalog.Missing, "IMAP.AccessAsApp", "SMTP.SendAsApp")
	states(catalog.NotInToken, "Mail.Send", "Mail.Read", "Mail.ReadWrite")
	d.Proof.Known = false
	states(catalog.CannotTell, all...)
	if !b.Unverified(d) {
		t.Error("nobody has looked into the tokens, and that does not show")
	}

	b.tenant.Heal()
	if err := b.PutSecret(t.Context(), d.ID, oauth.NewSecret("abc8Q~wrongwrongwrongwrongwrongwrongwro")); err != nil {
		t.Fatal(err)
	}
	var refused *oauth.Error
	if err := b.AppToken(t.Context(), d); !errors.As(err, &refused) || refused.Code() != 7000215 {
		t.Errorf("with a wrong secret: %v", err)
	}
	d.ClientID = b.tenant.Values().ClientID
	if d.SignedIn() {
		t.Error("the tokens of another registration count")
	}
}

// Where the rights on Graph and EWS come through RBAC for Applications alone, the
// tokens have no roles. That is right: nothing counts as missing, and the test
// passes. A mailbox outside of the scope is refused, and the finding says that
// the scope may be why.
func TestRBACAlone(t *testing.T) {
	for _, road := range []string{"graph", "ews"} {
		b := newBench(t, "")
		b.tenant.GrantRoles()
		b.tenant.SetWebRBAC(true)
		d := b.application(t, road)
		if err := b.AppToken(t.Context(), d); err != nil || !d.SignedIn() || len(d.Proof.Roles) > 0 {
			t.Fatalf("%s: %+v, %v", road, d.Proof, err)
		}
		for _, p := range b.Permissions(d) {
			if got := b.Granted(d, p); got != catalog.NotInToken {
				t.Errorf("%s: %s is %s", road, p.Name, got)
			}
		}
		res, findings := b.Test(t.Context(), connectionOf(t, d), nil)
		if !res.OK() || len(findings) > 0 {
			t.Errorf("%s: %v, %v", road, res.Legs, findings)
		}

		b.tenant.RegisterServicePrincipal("")
		if res, _ := b.Test(t.Context(), connectionOf(t, d), nil); res.OK() {
			t.Errorf("%s: the roles hold for an application that Exchange does not know", road)
		}
		b.tenant.RegisterServicePrincipal(d.ServicePrincipalID)

		b.tenant.SetFence(0)
		res, findings = b.Test(t.Context(), connectionOf(t, d), nil)
		if res.OK() || len(findings) != 1 {
			t.Fatalf("%s outside of the scope: passed %v, %v", road, res.OK(), findings)
		}
		for _, lang := range assets.Languages() {
			if why := assets.Text(lang, findings[0].Why); !strings.Contains(why, "Test-ServicePrincipalAuthorization") {
				t.Errorf("%s, %s: %s says %q", road, lang, findings[0].ID, why)
			}
		}
	}
}

// On the road of SMTP through RBAC for Applications the role of SMTP in the token is
// what is wrong, and nothing else is.
func TestRoleThatRBACCannotBear(t *testing.T) {
	b := newBench(t, "")
	d := b.application(t, "smtp")
	d.SetRoad([]string{wizard.ProtocolSMTP}, true)
	unwanted := func(want ...string) {
		t.Helper()
		if got := b.UnwantedRoles(d); !slices.Equal(got, want) {
			t.Errorf("unwanted %q, want %q", got, want)
		}
	}
	unwanted()
	if err := b.AppToken(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	unwanted("SMTP.SendAsApp")
	d.SMTPRBAC = false
	unwanted()
	d.SMTPRBAC = true
	b.tenant.GrantRoles("IMAP.AccessAsApp")
	if err := b.AppToken(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	unwanted()
}

// An administrator's consent to the roles comes back to this computer, and the
// mail for one elsewhere says what an application needs.
func TestConsentToAnApplication(t *testing.T) {
	b := newBench(t, "")
	d := b.application(t, "imap", "smtp")
	if !b.ConsentToAll(d) {
		t.Error("application permissions cannot be named one by one")
	}
	given, err := b.consent(t, d, b.tenant.NewRobot(b.tenant.Values().Admin))
	if err != nil || given.TenantID != b.tenant.Values().TenantID {
		t.Fatalf("%+v, %v", given, err)
	}
	var mail bytes.Buffer
	if err := b.WriteConsentMail(&mail, d, nil); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(mail.String(), "=\r\n", "")
	for words, there := range map[string]bool{
		"IMAP.AccessAsApp (application)": true, "SMTP.SendAsApp (application)": true, "signs in itself": true,
		"November 2025": false, "Privileged Role Administrator": false,
	} {
		if strings.Contains(text, words) != there {
			t.Errorf("%q is in the mail: %v\n%s", words, !there, text)
		}
	}
}

func TestFence(t *testing.T) {
	b := newBench(t, "")
	d := b.application(t, "imap", "smtp", "graph", "ews")
	c, v := connectionOf(t, d), b.tenant.Values()
	var told int
	res, findings := b.Fence(t.Context(), c, func(check.FenceRow) { told++ })
	if !res.OK() || len(findings) != 0 || len(res.Rows) != 12 || told < 24 {
		t.Fatalf("%+v, %v, told %d times", res, findings, told)
	}

	b.tenant.Break(practice.FaultAppFenceOpen)
	res, findings = b.Fence(t.Context(), c, nil)
	if res.OK() || len(res.Open()) != 4 || findings[0].ID != "access-policy-open" || !strings.Contains(findings[0].Server, v.Delegate) {
		t.Errorf("open: %+v, %v", res.Open(), findings)
	}
	b.tenant.Heal()
	b.tenant.SetMailboxPermissions(0, v.Address)
	res, findings = b.Fence(t.Context(), c, nil)
	if res.OK() || len(res.Shut()) != 2 || findings[0].ID != "imap-app-mailbox-access" ||
		!strings.Contains(strings.Join(findings[0].Commands, "\n"), v.Shared) {
		t.Errorf("shut: %+v, %v", res.Shut(), findings)
	}
	c.Refuse = append(c.Refuse, "nobody@contoso.example")
	res, _ = b.Fence(t.Context(), c, nil)
	if len(res.Failed()) == 0 && !slices.ContainsFunc(res.Rows, func(r check.FenceRow) bool { return r.Missing() }) {
		t.Error("a mailbox that does not exist is called refused on every road")
	}
}

func TestTestWholeIncludesTheFence(t *testing.T) {
	b := newBench(t, "")
	c := connectionOf(t, b.application(t, "graph"))
	if err := b.Store.Put(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	b.tenant.Break(practice.FaultAppFenceOpen)
	res, findings := b.TestWhole(t.Context(), c, nil)
	if res.OK() || !res.Legs[0].OK() || res.Fence == nil || len(findings) != 1 {
		t.Fatalf("%+v, %v", res, findings)
	}
	if err := b.Record(t.Context(), c.ID, res, findings); err != nil {
		t.Fatal(err)
	}
	kept, err := b.Store.Connection(t.Context(), c.ID)
	if err != nil || kept.LastTest.OK || !slices.Equal(kept.LastTest.Findings, []string{"access-policy-open"}) {
		t.Errorf("kept %+v, %v", kept.LastTest, err)
	}
	b.tenant.Heal()
	b.tenant.Break(practice.FaultSecretExpired)
	b.ForgetTokens()
	if res, _ := b.TestWhole(t.Context(), c, nil); res.Fence != nil {
		t.Error("the mailboxes were tried without a token")
	}
	b.tenant.Heal()
	c.Reach, c.Refuse = nil, nil
	if res, _ := b.TestWhole(t.Context(), c, nil); !res.OK() || res.Fence != nil || wizard.Fenced(c) {
		t.Errorf("without lists: %+v", res)
	}
}

func TestCloseCommands(t *testing.T) {
	c := store.Connection{Mode: wizard.ModeAppOnly, ServicePrincipalID: "5c7d9e1f-3b2a-4c6d-8e9f-1a2b3c4d5e6f"}
	rbac := c
	rbac.SMTPRBAC = true
	for _, tc := range []struct {
		c    store.Connection
		leg  check.Leg
		want string
	}{
		{c, check.IMAP, "Remove-MailboxPermission -Identity 'o''brien@contoso.com' -User '5c7d9e1f-3b2a-4c6d-8e9f-1a2b3c4d5e6f' -AccessRights FullAccess -Confirm:$false"},
		{c, check.SMTP, "Remove-RecipientPermission -Identity 'o''brien@contoso.com' -Trustee '5c7d9e1f-3b2a-4c6d-8e9f-1a2b3c4d5e6f' -AccessRights SendAs -Confirm:$false"},
		{rbac, check.SMTP, "Test-ServicePrincipalAuthorization -Identity '5c7d9e1f-3b2a-4c6d-8e9f-1a2b3c4d5e6f' -Resource 'o''brien@contoso.com'"},
		{store.Connection{}, check.POP, "Remove-MailboxPermission -Identity 'o''brien@contoso.com' -User <enterprise-application-object-id> -AccessRights FullAccess -Confirm:$false"},
		{c, check.Graph, ""},
	} {
		got := strings.Join(wizard.CloseCommands(tc.c, check.FenceRow{Address: "o'brien@contoso.com", Leg: tc.leg}), "\n")
		if got != tc.want {
			t.Errorf("%s: %s\nwant %s", tc.leg, got, tc.want)
		}
	}
}
