package ui

import (
	"fyne.io/fyne/v2"

	"postkey/wizard"
)

// page is one step of the wizard. The shell makes a new one each time the step
// is shown, asks it for its parts, and drops it after leave. Everything runs on
// the UI goroutine; what waits goes through flow.work.
type page interface {
	// heading and sentence stand above the content.
	heading() string
	sentence() string
	// content is built once.
	content() fyne.CanvasObject
	// focus is what gets the focus when the page appears; nil: the primary button.
	focus() fyne.Focusable
	// commit checks everything on the page, shows what is wrong, and calls then
	// with whether the wizard may go on; then may be called later, on the UI
	// goroutine. The draft itself is kept up to date while typing.
	commit(then func(ok bool))
	// actions are further buttons of the bar, left of the primary one.
	actions() []action
	// primary is the main button. The zero action is Continue.
	primary() action
	// leave is called when the page goes away, whatever the reason.
	leave()
}

// canceller is a page on which something may be running that Escape stops.
type canceller interface {
	// cancel stops what runs and reports whether anything did.
	cancel() bool
}

// asider is a page with buttons beside Back, away from the primary one: what
// they do leads nowhere.
type asider interface {
	aside() []action
}

// action is one button of the bar.
type action struct {
	label string
	// run is what the button does; nil shows it disabled.
	run func()
}

// plainPage is what a page with fields and Continue needs; embed it.
type plainPage struct{ flow *flow }

func (plainPage) focus() fyne.Focusable     { return nil }
func (plainPage) commit(then func(ok bool)) { then(true) }
func (plainPage) actions() []action         { return nil }
func (plainPage) primary() action           { return action{} }
func (plainPage) leave()                    {}

// newPage makes the page of a step.
func newPage(f *flow, step wizard.StepID) page {
	switch step {
	case wizard.StepRegistration:
		return newRegistrationPage(f)
	case wizard.StepRedirect:
		if f.draft.AppOnly() {
			return newAppRedirectPage(f)
		}
		return newRedirectPage(f)
	case wizard.StepSecret:
		return newSecretPage(f)
	case wizard.StepPermissions:
		return newPermissionsPage(f)
	case wizard.StepSignIn:
		if f.draft.AppOnly() {
			return newTokenPage(f)
		}
		return newSignInPage(f)
	case wizard.StepMailbox:
		if f.draft.AppOnly() {
			return newAppMailboxPage(f)
		}
		return newMailboxPage(f)
	case wizard.StepTest:
		return newTestPage(f)
	case wizard.StepHandover:
		return newHandoverPage(f)
	}
	return newApplicationPage(f)
}
