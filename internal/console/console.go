// Package console gives a program of Windows' graphical subsystem its way to the
// console. Windows opens no console window for such a program, and connects it
// to none; a command that prints has to do so itself. Everywhere else there is
// nothing to do. Call Attach before anything reads or writes.
package console

import "slices"

// Asks reports whether the command line args (without the program's name) lead
// to questions that are answered in the terminal.
func Asks(args []string) bool { return slices.Contains(args, "connect") }
