package ui

import (
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
)

// ready is a draft with a sign-in and a test that passed, at the given step.
func (r *rig) ready(step wizard.StepID) *wizard.Draft {
	r.t.Helper()
	d := r.atStep(step)
	d.Protocols = []string{wizard.ProtocolIMAP, wizard.ProtocolPOP, wizard.ProtocolSMTP}
	d.Mailbox = store.Mailbox{Name: "Support", Key: "SUPPT", Address: "support@contoso.com"}
	granted, err := r.bench.Scopes(d)
	must(r.t, err)
	d.SetAccount(store.Account{
		Username: "support@contoso.com", Name: "Contoso Support", TenantID: d.TenantID, At: r.clock, Granted: granted,
	})
	c, err := d.Connection()
	must(r.t, err)
	legs := passedLegs(check.Plan(c, r.cloudOf(c)))
	d.LastTest = r.bench.TestRecord(check.Result{Legs: legs}, nil)
	d.LastTest.At, d.LastTest.OK = r.clock.Add(-time.Minute), true
	return d
}

func (r *rig) cloudOf(c store.Connection) oauth.Cloud {
	r.t.Helper()
	cloud, err := r.bench.Catalog.CloudOf(c)
	must(r.t, err)
	return cloud
}

// passedLegs fills a plan with a test that passed.
func passedLegs(plan []check.LegResult) []check.LegResult {
	legs := make([]check.LegResult, len(plan))
	for i, leg := range plan {
		leg.Hops = append([]check.Hop(nil), leg.Hops...)
		for k := range leg.Hops {
			h := &leg.Hops[k]
			h.Status, h.Took = check.OK, time.Duration(38+7*k+i)*time.Millisecond
			switch h.Name {
			case check.TLS:
				h.Detail = "TLS 1.3"
			case check.Open:
				h.Text = check.Text(check.Open, "1,204 mails")
			}
		}
		legs[i] = leg
	}
	return legs
}
