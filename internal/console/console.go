// Package console gives a program of Windows' graphical subsystem its way to the
// console. Windows opens no console window for such a program, and connects it
// to none; a command that prints has to do so itself. Everywhere else there is
// nothing to do. Call Attach before anything reads or writes.
package console

import (
	"slices"
	"strings"
)

// Asks reports whether the command line args (without the program's name) lead
// to questions that are answered in the terminal, or to text that is typed there.
// None are asked of a script that gives the client secret in the environment or
// wants JSON, nor by the practice tenant's rotation.
func Asks(args []string, getenv func(string) string) bool {
	if slices.Contains(args, "--json") || slices.Contains(args, "--help") || slices.Contains(args, "-h") {
		return false
	}
	secret := getenv("POSTKEY_CLIENT_SECRET") != ""
	switch name, rest := command(args); name {
	case "connect":
		return !secret || !slices.ContainsFunc(args, isImport)
	case "rotate":
		return !slices.Contains(args, "--practice") && (!secret || slices.Contains(args, "--paste"))
	case "explain":
		text, _ := command(rest)
		return text == ""
	}
	return false
}

// command is the first of args that is neither a flag nor the value of one, and
// what follows it.
func command(args []string) (name string, rest []string) {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--data" || args[i] == "--import":
			i++
		case !strings.HasPrefix(args[i], "--"): // an error may begin with one hyphen: -ERR
			return args[i], args[i+1:]
		}
	}
	return "", nil
}

func isImport(arg string) bool { return arg == "--import" || strings.HasPrefix(arg, "--import=") }
