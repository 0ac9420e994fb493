package crash

import (
	"os/exec"
	"syscall"
)

// hide keeps a console window from opening for a program of the console.
func hide(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true} }
