package wizard

import (
	"slices"

	"postkey/assets"
	"postkey/wizard/catalog"
)

// StepID names one page of the wizard; drafts remember it.
type StepID string

// The nine steps in their order.
const (
	StepApplication  StepID = "application"
	StepRegistration StepID = "registration"
	StepRedirect     StepID = "redirect"
	StepSecret       StepID = "secret"
	StepPermissions  StepID = "permissions"
	StepSignIn       StepID = "signin"
	StepMailbox      StepID = "mailbox"
	StepTest         StepID = "test"
	StepHandover     StepID = "handover"
)

var order = []StepID{
	StepApplication, StepRegistration, StepRedirect, StepSecret, StepPermissions,
	StepSignIn, StepMailbox, StepTest, StepHandover,
}

// Step is one entry of the list of steps.
type Step struct {
	ID StepID
	// Number is 1 to 9 and stays the same when another step is skipped.
	Number int
	// Skipped says that the draft's choices make the step needless.
	Skipped bool
	// Title names the step, Hint says in a few words what it is about or, for
	// the first one, what was chosen.
	Title, Hint assets.Message
}

// Steps returns all nine steps, also those that are skipped.
func (d *Draft) Steps() []Step {
	steps := make([]Step, len(order))
	for i, id := range order {
		steps[i] = Step{
			ID: id, Number: i + 1, Skipped: d.skips(id),
			Title: d.title(id),
			Hint:  d.hint(id),
		}
	}
	return steps
}

// Next returns the step after s that is not skipped; the last one stays. An
// unknown step leads to the first.
func (d *Draft) Next(s StepID) StepID { return d.walk(s, +1) }

// Previous returns the step before s that is not skipped; the first one stays.
func (d *Draft) Previous(s StepID) StepID { return d.walk(s, -1) }

func (d *Draft) walk(from StepID, by int) StepID {
	at := slices.Index(order, from)
	if at < 0 {
		return order[0]
	}
	for i := at + by; i >= 0 && i < len(order); i += by {
		if !d.skips(order[i]) {
			return order[i]
		}
	}
	return from
}

func (d *Draft) skips(s StepID) bool {
	return s == StepSecret && d.Platform == PlatformDesktop && !d.AppOnly()
}

// title names a step; where the application signs in itself, or with a
// certificate, that step is another one.
func (d *Draft) title(s StepID) assets.Message {
	if s == StepSignIn && d.AppOnly() {
		return assets.Msg("wizard.step-signin-app-only")
	}
	if s == StepSecret && d.Certificate != nil {
		return assets.Msg("wizard.step-secret-certificate")
	}
	return assets.Msg("wizard.step-" + string(s))
}

func (d *Draft) hint(s StepID) assets.Message {
	switch {
	case s == StepApplication:
		return d.applicationHint()
	case s == StepSecret && d.skips(s):
		return assets.Msg("wizard.hint-secret-skipped")
	case d.AppOnly() && slices.Contains(appOnlyHints, s):
		return assets.Msg("wizard.hint-" + string(s) + "-app-only")
	case s == StepMailbox && d.Shared:
		return assets.Msg("wizard.hint-mailbox-shared")
	}
	return assets.Msg("wizard.hint-" + string(s))
}

// appOnlyHints are the steps that say something else where the application
// signs in itself.
var appOnlyHints = []StepID{StepRedirect, StepSignIn, StepMailbox, StepTest}

func (d *Draft) applicationHint() assets.Message {
	p := d.product(nil)
	if d.AppOnly() {
		if !p.NameText.IsZero() {
			return assets.Msg("wizard.hint-application-other-app-only")
		}
		return assets.Msg("wizard.hint-application-app-only", "Product", p.Name)
	}
	if !p.NameText.IsZero() {
		return assets.Msg("wizard.hint-application-other")
	}
	return assets.Msg("wizard.hint-application", "Product", p.Name)
}

// product finds the draft's product; a nil catalogue means the embedded one.
func (d *Draft) product(cat *catalog.Catalog) catalog.Product {
	p, _ := orEmbedded(cat).Product(d.Product)
	return p
}

// fixedPath is the path of the redirect URI where the product fixes one.
func (d *Draft) fixedPath() string { return d.product(nil).RedirectPath }

// orEmbedded returns cat or the embedded catalogue. That one is part of the
// program and tested, so a fault in it is a bug and no condition to handle.
func orEmbedded(cat *catalog.Catalog) *catalog.Catalog {
	if cat != nil {
		return cat
	}
	cat, err := catalog.Load()
	if err != nil {
		panic(err)
	}
	return cat
}
