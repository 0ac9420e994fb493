//go:build !windows

package console

// Attach does nothing: standard output leads where it should. The function that
// it returns is to be called at the end of the program.
func Attach(bool) (done func(cancelled bool)) { return func(bool) {} }
