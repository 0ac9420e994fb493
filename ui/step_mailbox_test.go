package ui

import (
	"slices"
	"testing"

	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// fieldOf is the field of the mailbox page for a value.
func (d *desk) fieldOf(name wizard.Field) *widgets.Field {
	d.t.Helper()
	p := d.flow.page.(*mailboxPage)
	i := slices.Index(p.names, name)
	if i < 0 {
		d.t.Fatalf("the page has no field %s", name)
	}
	return p.fields[i]
}

func TestMailboxIsFilledFromTheSignIn(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	draft.Mailbox.Key = ""
	d.open(draft, wizard.StepMailbox)
	if got := d.fieldOf(wizard.FieldMailboxAddress); got.Text() != d.values.Address || got.Problem().Text != "" {
		t.Errorf("the address is %q, %+v", got.Text(), got.Problem())
	}
	d.press("Continue")
	key := d.fieldOf(wizard.FieldMailboxKey)
	if draft.Step != wizard.StepMailbox || key.Problem().Text == "" {
		t.Fatalf("an empty key leads to %s", draft.Step)
	}
	if d.app.window.Canvas().Focused() != key.Entry {
		t.Error("the focus is not on the field that is wrong")
	}
	key.SetText("SUPPO")
	if key.Problem().Text != "" {
		t.Error("the problem stays after the key is right")
	}
	d.press("Continue")
	if draft.Step != wizard.StepTest || draft.Mailbox.Key != "SUPPO" {
		t.Errorf("Continue leads to %s with %+v", draft.Step, draft.Mailbox)
	}
}

func TestMailboxWarnsOfAnotherAccount(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	draft.Mailbox.Address = d.values.Shared
	d.open(draft, wizard.StepMailbox)
	problem := d.fieldOf(wizard.FieldMailboxAddress).Problem()
	if !problem.Warning {
		t.Fatalf("another account is %+v", problem)
	}
	d.mustRead(problem.Text)
	d.press("Continue")
	if draft.Step != wizard.StepTest {
		t.Error("a warning stops Continue")
	}
}

func TestMailboxOfASharedMailboxAsksForTheDelegate(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	draft.Shared = true
	d.signIn(draft, d.values.Delegate)
	d.open(draft, wizard.StepMailbox)
	d.mustRead("Shared mailbox address", "Delegate")
	if got := d.fieldOf(wizard.FieldMailboxDelegate).Text(); got != d.values.Delegate {
		t.Errorf("the delegate is %q", got)
	}
	d.press("Continue")
	if d.fieldOf(wizard.FieldMailboxAddress).Problem().Text == "" {
		t.Error("an empty shared address is accepted")
	}
	d.fieldOf(wizard.FieldMailboxAddress).SetText(d.values.Shared)
	delegate := d.fieldOf(wizard.FieldMailboxDelegate)
	delegate.SetText(d.values.Address)
	delegate.Validate()
	if !delegate.Problem().Warning {
		t.Errorf("a delegate who did not sign in is %+v", delegate.Problem())
	}
}

func TestMailboxWarnsOfASecondConnectionWithTheSameClientID(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	d.open(draft, wizard.StepMailbox, store.Connection{ID: "other", Name: "Sales inbox", ClientID: draft.ClientID})
	d.mustRead("Sales inbox")
}

func TestMailboxWarnsOfAPermissionThatTheSignInLacks(t *testing.T) {
	d := newDesk(t)
	draft := d.signedInDraft("imap", "smtp")
	d.open(draft, wizard.StepMailbox)
	if d.reads("gave no permission") {
		t.Error("granted permissions are called missing")
	}
	draft.Protocols = []string{"imap", "pop", "smtp"}
	d.open(draft, wizard.StepMailbox)
	d.mustRead("The sign-in gave no permission for POP")
}

func TestMailboxSaysThatNobodySignedIn(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	d.open(draft, wizard.StepMailbox)
	d.mustRead(msg(draft.CheckField(wizard.FieldAccount, d.flow.context).Message))
}

func TestMailboxShowsXCALLYsFieldsForXCALLYAlone(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	d.open(draft, wizard.StepMailbox)
	d.mustRead("Key", "Default list (optional)")
	draft.Product = "other"
	d.open(draft, wizard.StepMailbox)
	if d.reads("Default list") || slices.Contains(d.shown(), "Key") {
		t.Error("another product is asked for XCALLY's values")
	}
}

func TestProtocolTicks(t *testing.T) {
	d := newDesk(t)
	draft := d.draft()
	d.open(draft, wizard.StepApplication)
	changes := 0
	ticks := newProtocolTicks(d.flow, func() { changes++ })
	ticks.ticks[1].Tapped(nil)
	if !slices.Equal(draft.Protocols, []string{"imap", "pop", "smtp"}) || changes != 1 {
		t.Errorf("the protocols are %v after %d changes", draft.Protocols, changes)
	}
	for _, tick := range ticks.ticks {
		tick.Tapped(nil)
	}
	if ticks.validate() || ticks.problem.Hidden {
		t.Error("no protocol at all is accepted")
	}
}
