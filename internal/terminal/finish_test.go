package terminal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// The whole way of an application that signs in itself.
func TestConnectAnApplication(t *testing.T) {
	k := newTalk(t)
	v := k.values
	offer := k.bench.NewDraft()
	offer.SetMode(wizard.ModeAppOnly)
	offer.Name, offer.TenantID, offer.ClientID, offer.ServicePrincipalID = "Fax", v.TenantID, v.AppClientID, v.ServicePrincipalID
	offer.SecretExpires, offer.Mailbox.Address, offer.Reach, offer.Refuse = v.SecretExpires, v.Address, v.Shared, v.Delegate
	k.offers = []*wizard.Draft{offer}
	k.start("")
	k.answer("Product", "3")
	k.answer("Who signs in", "3")
	k.answer("How it reaches the mailboxes", "1")
	k.until("What the application uses")
	k.until("Enter to go on: ")
	k.typed("")
	k.fill("Connection name", "")

	k.until("Step 2 of 9")
	k.fill("Application (client) ID", "")
	k.fill("Directory (tenant) ID", "")
	k.until("Step 3 of 9")
	k.until("http://localhost/postkey")
	k.until("Enter goes on. ")
	k.typed("")
	k.answer("What the application proves itself with", "")
	k.hidden("")
	k.fill("Expires", "")

	k.until("Step 5 of 9")
	k.until("IMAP.AccessAsApp (Office 365 Exchange Online, Application)")
	k.until("Enter to go on: ")
	k.typed("*")
	k.until("Enter to go on: ")
	k.typed("")
	k.answer("Ask an administrator for consent", "")

	k.until("Step 6 of 9: Token and Exchange")
	k.answer("Get a token", "1")
	k.until("Nothing that was asked for is missing")
	k.answer("Microsoft gave the tokens", "")
	k.fill("Object ID of the Enterprise application", v.AppClientID) // which is another ID
	k.until("! ")
	k.until("> ")
	k.typed("")

	k.until("Step 7 of 9")
	k.fill("Mailbox to test with", "")
	k.fill("Display name (optional)", "")
	k.fill("Further mailboxes that must be reachable (optional)", "")
	k.fill("Mailboxes that must be refused", "nobody")
	k.until("+ > ")
	k.typed("nobody else")
	k.until("+ > ")
	k.typed("")
	k.until("Entry 1, “nobody”")
	k.until("> ")
	k.typed("")
	k.answer("Commands for Exchange Online", "2")
	k.until("Connect-ExchangeOnline")
	k.until("New-ServicePrincipal")
	k.answer("Commands for Exchange Online", "3")
	k.until("Folder")
	k.until("> ")
	folder := t.TempDir()
	k.typed(folder)
	k.answer("Commands for Exchange Online", "4")
	k.until("Paste the result")
	k.until("| ")
	k.typed("AppId : " + v.AppClientID + "\r\rMailbox : " + v.Delegate + "\rAccessCheckResult : Granted\r.")
	k.until("is wrong")
	k.answer("Commands for Exchange Online", "4")
	k.until("| ")
	k.typed("nothing of that\r.")
	k.until("! ")
	k.answer("Commands for Exchange Online", "")

	k.until("Step 8 of 9")
	k.answer("Send and receive a test message", "1")
	k.until(v.Delegate + ": refused, as wanted")
	k.until("Every way works, and every mailbox is as wanted.")
	k.until("Step 9 of 9")
	k.answer("All values are there", "")
	if err := k.end(); err != nil {
		t.Fatal(err)
	}
	if c := k.saved; c.Mode != wizard.ModeAppOnly || c.ServicePrincipalID != v.ServicePrincipalID || len(c.Refuse) != 1 || c.LastTest == nil || !c.LastTest.OK {
		t.Errorf("saved: %+v", c)
	}
	scripts, err := filepath.Glob(filepath.Join(folder, "*.ps1"))
	if err != nil || len(scripts) < 6 {
		t.Errorf("%d scripts are saved, %v", len(scripts), err)
	}
	for _, path := range scripts {
		data, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(data), v.ClientSecret.Reveal()) || len(data) == 0 {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
	}
}

// draftAt keeps a draft that has all answers up to a step.
func (k *talk) draftAt(step wizard.StepID) *wizard.Draft {
	k.Helper()
	d, v := k.bench.NewDraft(), k.values
	d.Name, d.ClientID, d.TenantID, d.RedirectHost, d.SecretExpires = "Support inbox", v.ClientID, v.TenantID, v.RedirectHost, v.SecretExpires
	d.Mailbox.Address, d.Mailbox.Key, d.Step = v.Address, "SUPPO", step
	if err := k.bench.PutSecret(k.Context(), d.ID, v.ClientSecret); err != nil {
		k.Fatal(err)
	}
	if err := k.bench.SaveDraft(k.Context(), d); err != nil {
		k.Fatal(err)
	}
	return d
}

// A sign-in without a browser, a test that fails and one that is stopped, and
// the papers of the last step.
func TestTestAndPapers(t *testing.T) {
	k := newTalk(t)
	k.bench.ArriveWithin = time.Minute
	k.browser = k.tenant.Browse
	k.draftAt(wizard.StepSignIn)
	k.start("")
	k.answer("Unfinished connections", "")
	k.answer("Sign in with Microsoft", "")
	k.until("Enter alone signs in as " + k.values.Address)
	k.until("< cancels.")
	k.typed("")
	k.answer("has signed in", "")
	for _, label := range []string{"Email address", "Display name", "Key", "Default list"} {
		k.fill(label, "")
	}

	k.until("Step 8 of 9")
	k.tenant.Break(practice.FaultSMTPMailboxOff)
	k.answer("Send and receive a test message", "1")
	k.until("SMTP XOAUTH2: failed")
	k.until("[smtp-auth-disabled-mailbox]")
	k.until("Set-CASMailbox")
	k.answer("Send and receive a test message", "3")
	folder := t.TempDir()
	k.until("File name")
	k.until("> ")
	k.typed(folder)
	k.until("no secret is in it")

	k.tenant.Heal()
	k.tenant.Break(practice.FaultNeverArrives)
	k.answer("Send and receive a test message", "1")
	k.until("The message is on its way.")
	k.typed("<")
	k.until("Cancelled. Nothing was changed.")
	k.tenant.Heal()
	k.answer("Send and receive a test message", "1")
	k.until("Everything works")

	k.until("Step 9 of 9")
	k.until("The client secret expires on")
	for i, ending := range []string{".html", ".json", ".ics"} {
		k.answer("All values are there", []string{"2", "3", "4"}[i])
		k.until("File name")
		k.until(ending + "] > ")
		k.typed(folder + string(filepath.Separator))
		k.until("Saved to ")
	}
	k.answer("All values are there", "2") // once more: it is there already
	k.until("File name")
	k.until("> ")
	k.typed(folder)
	k.answer("is there already. Replace it?", "1")
	k.answer("All values are there", "")
	if err := k.end(); err != nil {
		t.Fatal(err)
	}
	papers, err := os.ReadDir(folder)
	if err != nil || len(papers) != 4 {
		t.Errorf("%d papers, %v", len(papers), err)
	}
	for _, paper := range papers {
		data, err := os.ReadFile(filepath.Join(folder, paper.Name()))
		if err != nil || strings.Contains(string(data), k.values.ClientSecret.Reveal()) {
			t.Errorf("%s holds the client secret, or %v", paper.Name(), err)
		}
	}
	if strings.Contains(k.all(), k.values.ClientSecret.Reveal()) || strings.Contains(k.all(), "\x1b[3") {
		t.Error("the client secret, or a colour, is printed")
	}
}

var errNoKeyring = errors.New("no keyring")

// noKeyring is a system without one.
type noKeyring struct{ store.Vault }

func (noKeyring) Get(context.Context, string) (oauth.Secret, error) {
	return oauth.Secret{}, errNoKeyring
}
func (noKeyring) Set(context.Context, string, oauth.Secret) error { return errNoKeyring }
func (noKeyring) Delete(context.Context, string) error            { return errNoKeyring }

// Without a keyring all is tried and nothing stored, where that is wanted.
func TestWithoutAKeyring(t *testing.T) {
	k := newTalk(t)
	d := k.draftAt(wizard.StepHandover)
	k.bench.Vault = noKeyring{}
	k.start("")
	k.answer("Keep in memory until Postkey closes", "")
	if err := k.end(); !errors.Is(err, ErrStopped) {
		t.Fatalf("ended with %v", err)
	}

	k.start("")
	k.answer("Keep in memory until Postkey closes", "1")
	k.answer("Unfinished connections", "")
	k.until("Without a keyring the connection is not stored.")
	k.answer("All values are there", "1")
	if err := k.end(); err != nil {
		t.Fatal(err)
	}
	saved, err := k.bench.Store.Connections(t.Context())
	if err != nil || len(saved) != 0 || k.saved.ID != d.ID || k.kept().ID != d.ID {
		t.Errorf("%d connections, %v", len(saved), err)
	}
}

// The tenant is found by a mail address of the organization; what is no address
// of anybody is told, and asked for again.
func TestFindTenant(t *testing.T) {
	k := newTalk(t)
	d := k.draftAt(wizard.StepRegistration)
	d.TenantID = ""
	if err := k.bench.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	k.start("")
	k.answer("Unfinished connections", "")
	k.answer("Supported account types", "")
	k.fill("Application (client) ID", "")
	k.fill("Directory (tenant) ID", "anna@")
	k.until("! ")
	k.until("> ")
	k.typed("anna@" + k.values.Domain)
	k.until("Asking Microsoft’s sign-in service: " + k.values.Domain)
	k.until(k.values.TenantID)
	k.until("Step 3 of 9")
	k.stop()
	_ = k.end()
	if got := k.kept().TenantID; got != k.values.TenantID {
		t.Errorf("found: %q", got)
	}
}

// A certificate in the place of a client secret, which the tokens then need.
func TestConnectWithACertificate(t *testing.T) {
	k := newTalk(t)
	d := k.draftAt(wizard.StepSecret)
	d.SetMode(wizard.ModeAppOnly)
	d.ClientID = k.values.AppClientID
	if err := k.bench.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	k.start("")
	k.answer("Unfinished connections", "")
	k.answer("What the application proves itself with", "2")
	k.answer("A certificate of its own", "<")
	k.answer("What the application proves itself with", "")
	k.answer("A certificate of its own", "")
	k.until("Upload the file in the portal.")
	k.until("proves itself with the certificate ") // kept by then
	made := k.kept().Certificate
	if made == nil || len(made.Thumbprint) != 40 {
		t.Fatalf("made: %+v", made)
	}
	k.answer(made.Thumbprint, "2")
	folder := t.TempDir()
	k.until("File name")
	k.until("> ")
	k.typed(folder)
	k.answer("proves itself with the certificate", "3")
	k.until("The practice tenant knows this certificate now")
	k.answer("proves itself with the certificate", "")

	k.until("Step 5 of 9")
	k.until("Enter to go on: ")
	k.typed("")
	k.answer("Ask an administrator for consent", "5") // asks for tokens
	k.until("Nothing that was asked for is missing")
	k.answer("Ask an administrator for consent", "")
	k.until("Step 6 of 9")
	k.until("Microsoft gave the tokens")
	k.stop()
	_ = k.end()
	saved, err := filepath.Glob(filepath.Join(folder, "*.cer"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("%v, %v", saved, err)
	}
	if data, err := os.ReadFile(saved[0]); err != nil || !strings.Contains(string(data), "BEGIN CERTIFICATE") || strings.Contains(string(data), "PRIVATE") {
		t.Errorf("%s, %v", data, err)
	}
	if strings.Contains(k.all(), "PRIVATE KEY") {
		t.Error("the private key is printed")
	}
}
