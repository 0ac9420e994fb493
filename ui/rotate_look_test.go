//go:build !race

package ui

import (
	"strings"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// picturesOfRotation shows the change of a secret in its states. The rotation
// itself is not run: its events are given.
func picturesOfRotation(r *rig, take taking) {
	c, err := r.ready(wizard.StepHandover).Connection()
	must(r.t, err)
	c.SecretExpires = store.DateOf(r.clock.AddDate(0, 0, 8))
	r.show(newRotate(r.App, c))
	p := r.screen.(*rotateScreen).page.(*rotatePage)
	take("rotate")
	p.value.SetText("0b6d4c5e-2f19-4a55-8d0c-6a7f3c9b1e22")
	p.expires.SetText("2027-05-21")
	toggleReveal(p.value, p.reveal)
	p.prove()
	take("rotate-wrong")

	p.value.SetText("practice~" + strings.Repeat("x", 31))
	p.value.Validate()
	p.screen.at = rotateProof
	p.enable(false)
	p.screen.refresh()
	event := func(step wizard.RotateStep, status check.Status, took time.Duration) {
		p.list.happened(wizard.RotateEvent{Step: step, Status: status, Took: took, Next: time.Now().Add(5 * time.Second)}, time.Now())
	}
	event(wizard.RotateAccept, check.Running, 0)
	event(wizard.RotateAccept, check.Waiting, 0)
	r.settle()
	scrollTo(p.screen.scroll, p.list.root)
	take("rotate-waiting")
	event(wizard.RotateAccept, check.OK, 240*time.Millisecond)
	event(wizard.RotateStore, check.OK, 31*time.Millisecond)
	event(wizard.RotateTest, check.Running, 0)
	take("rotate-proof")
	p.quiet = func() {}
	refused := &oauth.Error{Kind: "invalid_client", Codes: []int{7000222}, Description: "AADSTS7000222: The provided client secret keys for app are expired."}
	event(wizard.RotateTest, check.Failed, 0)
	p.ended(c, &wizard.RotateError{Step: wizard.RotateAccept, Err: refused, Findings: []diagnose.Finding{r.bench.Explain(c, "", "", refused)}})
	take("rotate-failed")
	p.failure.Hide()
	p.kind.Choose(kindCertificate)
	p.screen.scroll.ScrollToTop()
	take("rotate-certificate")
	c.SecretExpires = store.DateOf(r.clock.AddDate(0, 12, 0))
	p.ended(c, nil)
	take("rotate-done")
	many := newRotateMany(r.App, someConnections(r.clock), func(c store.Connection) bool {
		return wizard.Warning(c, r.clock).Level > wizard.LevelNone
	})
	r.show(many)
	take("rotate-many-choose")
	many.page.(*manyChoosePage).next()
	take("rotate-many-enter")
	many.at = manyProof
	for i, row := range many.rows {
		outcome := wizard.Rotated{Connection: row.connection}
		if i == 1 {
			outcome.Err = &wizard.RotateError{Step: wizard.RotateAccept, Err: refused, Findings: []diagnose.Finding{r.bench.Explain(c, "", "", refused)}}
		}
		row.ended(outcome)
	}
	many.present(newManyProof(many))
	take("rotate-many-proof")
	many.shut()
	r.until("Home is shown", func() bool { _, ok := r.screen.(*home); return ok })
}
