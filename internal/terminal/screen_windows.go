package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// showSequences makes the console act on control sequences, as every other
// terminal does (Console Virtual Terminal Sequences), and returns what takes
// that back. What is no console has no mode.
func showSequences(out *os.File) (undo func(), err error) {
	handle := windows.Handle(out.Fd())
	var mode uint32
	if windows.GetConsoleMode(handle, &mode) != nil {
		return func() {}, nil
	}
	if err := windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		return nil, err
	}
	return func() { _ = windows.SetConsoleMode(handle, mode) }, nil
}
