package oauth

import (
	"os/exec"
	"syscall"
)

// detach gives the opener a process group of its own, so that Ctrl+C in the
// console of this program does not reach it.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
