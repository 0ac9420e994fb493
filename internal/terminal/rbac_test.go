package terminal

import (
	"strings"
	"testing"

	"postkey/wizard"
)

// Tokens without roles for Graph are no fault: RBAC for Applications may give the
// rights, and the wizard says so and goes on.
func TestTokensWithoutRolesByRBAC(t *testing.T) {
	k := newTalk(t)
	k.tenant.GrantRoles()
	k.tenant.SetWebRBAC(true)
	v := k.values
	d := k.bench.NewDraft()
	d.SetMode(wizard.ModeAppOnly)
	d.SetRoad([]string{wizard.ProtocolGraph}, false)
	d.Product, d.Name, d.TenantID, d.ClientID, d.ServicePrincipalID = "imagicle", "Fax", v.TenantID, v.AppClientID, v.ServicePrincipalID
	d.SecretExpires, d.Step = v.SecretExpires, wizard.StepSignIn
	if err := k.bench.PutSecret(t.Context(), d.ID, v.ClientSecret); err != nil {
		t.Fatal(err)
	}
	if err := k.bench.SaveDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	k.start("")
	k.answer("Unfinished connections", "1")
	k.answer("Request tokens", "")
	said := k.until("Microsoft gave the tokens")
	k.stop()
	_ = k.end()
	said = strings.Join(strings.Fields(said), " ")
	if !strings.Contains(said, "Not in the tokens: Mail.Send, Mail.Read, Mail.ReadWrite. That is right where Exchange Online gives the rights through RBAC for Applications") ||
		strings.Contains(said, "Missing") || strings.Contains(said, "were not granted") {
		t.Error(said)
	}
}
