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
	"postkey/wizard"
)

// Ctrl+C, also in the middle of a sign-in, and the end of the input lose nothing.
func TestStopAndGoOn(t *testing.T) {
	k := newTalk(t)
	k.start("")
	k.toRegistration("Support inbox")
	k.answer("Supported account types", "")
	k.fill("Application (client) ID", k.values.ClientID)
	k.until("Directory (tenant) ID")
	k.stop()
	if err := k.end(); !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}
	k.until("Go on with postkey connect --practice")
	if d := k.kept(); d.ClientID != k.values.ClientID || d.Step != wizard.StepRegistration {
		t.Fatalf("kept: %+v", d)
	}

	k.start("it")
	k.until("Connessioni non completate")
	k.until("Support inbox")
	k.until("Passaggio 2 di 9")
	k.until("]: ")
	k.typed("")
	k.until("Passaggio 2 di 9: Registrazione")
	k.until("]: ")
	k.typed("")
	k.until("[" + k.values.ClientID + "] > ")
	k.typed("")
	k.until("> ")
	_ = k.typing.Close()
	if err := k.end(); !errors.Is(err, ErrStopped) {
		t.Fatalf("ended with %v", err)
	}
	k.until("postkey connect --practice")
	d := k.kept()
	d.TenantID, d.Step = k.values.TenantID, wizard.StepSignIn // as if it was gone on with in the window
	if err := k.bench.PutSecret(t.Context(), d.ID, k.values.ClientSecret); err != nil {
		t.Fatal(err)
	}
	if err := k.bench.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}

	k.start("")
	k.answer("Unfinished connections", "1")
	k.answer("Sign in with Microsoft", "1")
	k.until("paste that address")
	k.typed("http://localhost:1/postkey?code=x&state=y")
	k.until("earlier sign-in")
	k.typed("<")
	k.until("Cancelled. Nothing was changed.")
	k.answer("Sign in with Microsoft", "1")
	k.until("paste that address")
	k.stop()
	if err := k.end(); !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}
	if d := k.kept(); d.Step != wizard.StepSignIn || !d.HasSecret {
		t.Errorf("kept: %+v", d)
	}
}

// What was typed is kept although it is wrong, as the window keeps it: for going
// on there, for a correction, and for the next start. What was there before stays
// what Enter takes.
func TestWrongValuesAreKept(t *testing.T) {
	k := newTalk(t)
	k.start("")
	k.toRegistration("Support inbox")
	k.answer("Supported account types", "")
	k.fill("Application (client) ID", k.values.ClientID)
	k.fill("Directory (tenant) ID", "<")
	k.until("Application (client) ID")
	k.until("[" + k.values.ClientID + "] > ")
	k.typed("no id at all")
	k.until("! ")
	k.until("[" + k.values.ClientID + "] > ")
	if d := k.kept(); d.ClientID != "no id at all" {
		t.Errorf("kept: %q", d.ClientID)
	}
	k.stop()
	if err := k.end(); !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}

	k.start("")
	k.answer("Unfinished connections", "1")
	k.answer("Supported account types", "")
	k.until("[no id at all] > ")
	k.typed("")
	k.until("! ")
	k.until("[no id at all] > ")
	k.typed(k.values.ClientID)
	k.fill("Directory (tenant) ID", k.values.TenantID)
	k.until("Step 3 of 9")
	if d := k.kept(); d.ClientID != k.values.ClientID {
		t.Errorf("kept: %q", d.ClientID)
	}
}

// A secret that was pasted in the wrong place never gets into the draft.
func TestASecretInTheWrongPlaceIsNotKept(t *testing.T) {
	k := newTalk(t)
	k.start("")
	k.toRegistration("Support inbox")
	k.answer("Supported account types", "")
	k.fill("Application (client) ID", k.values.ClientSecret.Reveal())
	k.until("! ")
	k.until("> ")
	if d := k.kept(); d.ClientID != "" {
		t.Error("the draft holds the client secret")
	}
}

// Mailboxes that are not as wanted are tried again and again, until Exchange has
// taken the change over; < ends it before, and what was found stays.
func TestTheFenceIsTriedAgain(t *testing.T) {
	k := newTalk(t)
	k.pause = 50 * time.Millisecond
	v := k.values
	d := k.bench.NewDraft()
	d.SetMode(wizard.ModeAppOnly)
	d.Product, d.Name, d.TenantID, d.ClientID, d.ServicePrincipalID = "imagicle", "Fax", v.TenantID, v.AppClientID, v.ServicePrincipalID
	d.SecretExpires, d.Mailbox.Address, d.Reach, d.Refuse = v.SecretExpires, v.Address, v.Shared, v.Delegate
	d.Step = wizard.StepTest
	if err := k.bench.PutSecret(t.Context(), d.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	if err := k.bench.AppToken(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := k.bench.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	k.tenant.Break(practice.FaultAppFenceOpen)
	k.start("")
	k.answer("Unfinished connections", "1")
	k.answer("Send and receive a test message", "1")
	k.until(v.Delegate + ": reachable, wanted: refused")
	k.until("[access-policy-open]")
	k.until("Not as wanted since")
	k.until("Keep testing every")
	k.until("]: ")
	since := k.kept().FenceSince
	if since.IsZero() || k.kept().LastTest.OK {
		t.Error("nothing says since when")
	}
	k.typed("4")
	k.until("Tried again in")
	k.until(v.Delegate + ": reachable, wanted: refused")
	again := k.until("Tried again in")
	if strings.Contains(again, "[access-policy-open]") {
		t.Error("each round explains the same again")
	}
	k.typed("<")
	k.until("Cancelled.")
	if now := k.kept(); !now.FenceSince.Equal(since) || now.LastTest.OK {
		t.Errorf("since %v, it was %v", now.FenceSince, since)
	}
	k.answer("Send and receive a test message", "4")
	k.until("Tried again in")
	k.tenant.Heal()
	k.until(v.Delegate + ": refused, as wanted")
	k.until("every mailbox is as wanted")
	k.until("Step 9 of 9")
	if now := k.kept(); !now.FenceSince.IsZero() || !now.LastTest.OK {
		t.Errorf("the wait is not over: %v", now.FenceSince)
	}
}

// Scripts that are there already are replaced only where that was said.
func TestScriptsAreNotReplacedUnasked(t *testing.T) {
	k := newTalk(t)
	v := k.values
	d := k.bench.NewDraft()
	d.SetMode(wizard.ModeAppOnly)
	d.Product, d.Name, d.TenantID, d.ClientID, d.ServicePrincipalID = "imagicle", "Fax", v.TenantID, v.AppClientID, v.ServicePrincipalID
	d.SecretExpires, d.Mailbox.Address, d.Refuse, d.Step = v.SecretExpires, v.Address, v.Delegate, wizard.StepMailbox
	if err := k.bench.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	k.start("")
	k.answer("Unfinished connections", "1")
	for _, label := range []string{"Mailbox to test with", "Display name", "Further mailboxes", "Mailboxes that must be refused"} {
		k.fill(label, "")
	}
	folder := t.TempDir()
	save := func() {
		k.answer("Commands for Exchange Online", "3")
		k.fill("Folder", folder)
	}
	save()
	k.until("Saved to ")
	save() // once the first is done
	k.until("are there already")
	all, err := filepath.Glob(filepath.Join(folder, "*.ps1"))
	if err != nil || len(all) < 2 {
		t.Fatalf("%v, %v", all, err)
	}
	if err := os.WriteFile(all[0], []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.until("]: ")
	k.typed("")
	save()
	k.until("are there already")
	if data, err := os.ReadFile(all[0]); err != nil || string(data) != "mine" {
		t.Errorf("replaced unasked: %v", err)
	}
	k.until("]: ")
	k.typed("1")
	k.until("Saved to ")
	k.until("Commands for Exchange Online")
	if data, err := os.ReadFile(all[0]); err != nil || string(data) == "mine" {
		t.Errorf("not replaced: %v", err)
	}
}
