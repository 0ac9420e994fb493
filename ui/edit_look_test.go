//go:build !race

package ui

import (
	"strings"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// picturesOfEdit shows what happens to a saved connection: a new sign-in, by the
// same account and by another one, a change that ends it, and a certificate.
func picturesOfEdit(r *rig, take taking) {
	c, err := r.ready(wizard.StepHandover).Connection()
	must(r.t, err)
	c.Draft, c.SignInEnded = false, r.clock
	must(r.t, r.bench.Store.Put(r.t.Context(), c))
	edit := func(step wizard.StepID) *flow {
		d := wizard.DraftOf(c)
		d.Step = step
		r.show(newFlow(r.App, d, []store.Connection{c}))
		return r.flow()
	}
	r.show(newHome(r.App))
	r.until("the card is there", func() bool { return len(r.home().shownCards) == 1 })
	take("edit-home")

	p := edit(wizard.StepSignIn).page.(*signInPage)
	take("edit-ended")
	p.other = &otherAccount{expected: c.Account.Username, got: "andrea@contoso.com"}
	p.show(signInOther)
	take("edit-other")
	d := p.flow.draft
	account := *d.Account
	d.SetAccount(account)
	p.round, p.inUse = 1, true
	p.show(signInDone)
	take("edit-mended")

	c.SignInEnded = d.SignInEnded
	must(r.t, r.bench.Store.Put(r.t.Context(), c))
	f := edit(wizard.StepRegistration)
	f.draft.Audience = oauth.AudienceMulti
	f.open(wizard.StepRegistration)
	page := f.page.(*registrationPage)
	page.client.SetText("9b2f7c10-4e6a-4d3b-8a51-6c0d9e8f7a21")
	page.client.Validate()
	r.settle()
	take("edit-registration")
	f.open(wizard.StepHandover)
	last := f.page.(*handoverPage)
	last.say(last.refused(wizard.ErrSignInFirst))
	f.shell.scroll.ScrollToTop()
	take("edit-refused")

	must(r.t, r.bench.Store.Delete(r.t.Context(), c.ID)) // which has the name
	fresh := r.atStep(wizard.StepSecret)
	secret := r.wizard(fresh).page.(*secretPage)
	secret.kind.Choose(kindCertificate)
	take("certificate")
	made, err := oauth.NewCertificate("Postkey Support inbox", r.clock, r.clock.AddDate(1, 0, 0).Sub(r.clock))
	must(r.t, err)
	secret.certificate.kept = made
	secret.certificate.use(made)
	secret.certificate.part.show(made, nil)
	r.pin(made.Thumbprint(), "9D4E1F0A7B3C5D2E8F6A1B0C4D7E9F2A3B5C6D8E")
	secret.flow.shell.scroll.ScrollToTop()
	take("certificate-made")
}

// pin puts another text in the place of what is made anew each time.
func (r *rig) pin(random, fixed string) {
	for _, o := range r.objects() {
		if text, ok := o.(*widgets.Text); ok && strings.Contains(text.Text(), random) {
			text.SetText(strings.ReplaceAll(text.Text(), random, fixed))
		}
	}
	r.settle()
}
