// Package terminal asks the steps of the wizard as questions in a terminal:
// `postkey connect` without a values file. It keeps the same drafts, asks the
// same fields in the same order and says the same texts as the window; every
// rule it applies is package wizard's, so that a draft begun in one can be
// gone on with in the other.
//
// Start with Open and Wizard.Run.
package terminal
