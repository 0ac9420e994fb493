//go:build !windows

package graphics

// Box does nothing: whoever starts a program here without a terminal finds what
// it wrote on standard error in the journal of the session.
func Box(string, string) {}
