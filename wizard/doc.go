// Package wizard is the model behind the window and the command line: the
// steps, the draft of a connection with the checks of each field, the values
// file, and the workbench that does the work that waits.
//
// Start with NewDraft (or DraftOf for a saved connection), let the user type
// into its fields, ask CheckField and CheckStep, move with Next and Previous.
// Workbench signs in, tests and saves. The package shows nothing: sentences
// come out as assets.Message. Microsoft's facts are in package catalog.
package wizard
