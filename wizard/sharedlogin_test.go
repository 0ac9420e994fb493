package wizard_test

import (
	"testing"

	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/mail"
)

// Postkey gives SMTP the delegate's name, so no test of its own meets this; a
// product that has one user name for IMAP and SMTP does. It signs in here as
// such a product, and what the server answers is explained.
func TestSharedLoginOfAnotherProduct(t *testing.T) {
	b := newBench(t, "")
	v := b.tenant.Values()
	d := b.NewDraft()
	d.Shared = true
	d.Mailbox.Address, d.Mailbox.Delegate = v.Shared, v.Delegate
	d.Name, d.TenantID, d.ClientID, d.RedirectHost = "Support", v.TenantID, v.ClientID, v.RedirectHost
	ok(t, b.PutSecret(t.Context(), d.ID, v.ClientSecret))
	b.OpenBrowser = nil
	session, err := b.SignIn(t.Context(), d, false)
	ok(t, err)
	defer session.Close()
	_, err = b.tenant.Browse(t.Context(), session.URL(), v.Delegate)
	ok(t, err)
	in, err := session.Wait(t.Context())
	ok(t, err)

	for login, want := range map[string]string{v.Delegate: "", v.Shared: "smtp-shared-login"} {
		s, err := mail.DialSMTP(t.Context(), b.tenant.Cloud().SMTP, mail.Options{RootCAs: b.tenant.Roots()})
		ok(t, err)
		ok(t, s.StartTLS(t.Context()))
		err = s.Authenticate(t.Context(), login, in.Token.Access)
		s.Close()
		if (err == nil) != (want == "") {
			t.Fatalf("%s: %v", login, err)
		}
		if want == "" {
			continue
		}
		f := diagnose.Explain(diagnose.Evidence{
			Connection: connectionOf(t, d), Cloud: b.tenant.Cloud(), Leg: check.SMTP, Hop: check.Auth, Login: login, Err: err,
		})
		if f.ID != want {
			t.Errorf("%v is %s", err, f.ID)
		}
		// A test of Postkey's own, of which the words were kept, gave the delegate's name.
		if f := b.Explain(connectionOf(t, d), check.SMTP, check.Auth, err); f.ID != "smtp-auth-failed" {
			t.Errorf("%v in a test that was kept is %s", err, f.ID)
		}
		// Without the connection, as in a log, nothing says that the name is a shared mailbox's.
		if found := diagnose.ExplainText(err.Error()); found[0].ID != "smtp-auth-failed" {
			t.Errorf("%v is %s", err, found[0].ID)
		}
	}
}
