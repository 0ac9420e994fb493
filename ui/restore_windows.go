package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"golang.org/x/sys/windows"
)

var (
	user32     = windows.NewLazySystemDLL("user32.dll")
	isIconic   = user32.NewProc("IsIconic")
	showWindow = user32.NewProc("ShowWindow")
)

// swRestore is SW_RESTORE of ShowWindow.
const swRestore = 9

// restore brings a window back from the taskbar.
func restore(w fyne.Window) {
	native, ok := w.(driver.NativeWindow)
	if !ok {
		return
	}
	native.RunNative(func(context any) {
		c, ok := context.(driver.WindowsWindowContext)
		if !ok {
			return
		}
		if small, _, _ := isIconic.Call(c.HWND); small != 0 {
			_, _, _ = showWindow.Call(c.HWND, swRestore)
		}
	})
}
