//go:build !windows

package oauth

import (
	"os/exec"
	"syscall"
)

// detach gives the browser a session of its own, so that Ctrl+C in the terminal
// of this program does not reach it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
