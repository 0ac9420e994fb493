// Package console gives a program of Windows' graphical subsystem its way to the
// console. Windows opens no console window for such a program, and connects it
// to none; a command that prints has to do so itself. Everywhere else there is
// nothing to do. Call Attach before anything reads or writes.
package console

import "slices"

// Asks reports whether the command line args (without the program's name) lead
// to questions that are answered in the terminal. None are asked of a script
// that gives the client secret in the environment or wants JSON, nor by the
// practice tenant's rotation.
func Asks(args []string, getenv func(string) string) bool {
	if slices.Contains(args, "--json") || slices.Contains(args, "--help") || slices.Contains(args, "-h") {
		return false
	}
	if slices.Contains(args, "connect") && !slices.ContainsFunc(args, isImport) {
		return true
	}
	if slices.Contains(args, "rotate") && slices.Contains(args, "--practice") {
		return false
	}
	return (slices.Contains(args, "connect") || slices.Contains(args, "rotate")) && getenv("POSTKEY_CLIENT_SECRET") == ""
}

func isImport(arg string) bool { return arg == "--import" || len(arg) > 9 && arg[:9] == "--import=" }
