package instance

import "golang.org/x/sys/windows"

var allowSetForegroundWindow = windows.NewLazySystemDLL("user32.dll").NewProc("AllowSetForegroundWindow")

// letRaise hands the right to come to the front, which Windows gave to the
// program that was just started, to the process that has the window.
func letRaise(pid uint32) { _, _, _ = allowSetForegroundWindow.Call(uintptr(pid)) }
