//go:build !windows

package instance

// letRaise does nothing: the window manager decides who comes to the front.
func letRaise(uint32) {}
