//go:build !windows

package crash

import "os/exec"

func hide(*exec.Cmd) {}
