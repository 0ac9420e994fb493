package ui

import (
	"strings"
	"time"

	"postkey/store"
	"postkey/wizard"
)

// appDraft is a draft of which all is right up to the given step, of an
// application that signs in itself.
func (r *rig) appDraft(step wizard.StepID) *wizard.Draft {
	d := r.atStep(step)
	d.Name, d.Product = "Digital Fax", "imagicle"
	d.SetMode(wizard.ModeAppOnly)
	d.ServicePrincipalID = "5c7d9e1f-3b2a-4c6d-8e9f-1a2b3c4d5e6f"
	d.Mailbox = store.Mailbox{Name: "Fax", Address: "fax@contoso.com"}
	d.Reach, d.Refuse = "fax-milano@contoso.com\nfax-roma@contoso.com", "ceo@contoso.com"
	return d
}

// proven gives a draft the tokens that carry all roles, or all but some.
func (r *rig) proven(d *wizard.Draft, without ...string) *wizard.Draft {
	r.t.Helper()
	d.HasSecret = true
	d.Proof = &wizard.Proof{With: wizard.SignInIDs{
		Cloud: d.Cloud, Audience: d.Audience, TenantID: d.TenantID, ClientID: d.ClientID,
	}, At: r.clock.Add(-2 * time.Minute), Known: true}
	for _, p := range r.bench.Permissions(d) {
		if !strings.Contains(strings.Join(without, " "), p.Name) {
			d.Proof.Roles = append(d.Proof.Roles, p.Name)
		}
	}
	return d
}
