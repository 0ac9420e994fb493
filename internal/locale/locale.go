// Package locale mends one thing before the window's translations are read: the
// system locale C.UTF-8, usual on servers, names no language, and Fyne's lang
// package writes a complaint to standard error at every start because of it.
//
// Import it for its effect. It imports nothing but os, so that Go initialises it
// before packages of later import paths that lang needs (The Go Programming
// Language Specification, "Program initialization"); a test of the whole program holds that.
package locale

import "os"

func init() { mend(os.Getenv, os.Setenv) }

// mend says C where C.UTF-8 stands for messages, and leaves the characters as they are.
func mend(get func(string) string, set func(string, string) error) {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value := get(name)
		if value == "" {
			continue
		}
		if len(value) > 2 && value[:2] == "C." {
			if name == "LC_ALL" {
				_ = set("LC_ALL", "")
				_ = set("LC_CTYPE", value)
			}
			_ = set("LC_MESSAGES", "C")
		}
		return
	}
}
