package graphics

import "golang.org/x/sys/windows"

// Box shows the system's own message box, which needs no OpenGL, and returns
// when it is closed.
func Box(title, text string) {
	t, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return
	}
	c, err := windows.UTF16PtrFromString(title)
	if err != nil {
		return
	}
	_, _ = windows.MessageBox(0, t, c, windows.MB_OK|windows.MB_ICONWARNING|windows.MB_SETFOREGROUND)
}
