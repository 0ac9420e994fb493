package cli

import (
	"fmt"
	"runtime"
)

func (p *Program) version() error {
	fmt.Fprintf(p.Out, "postkey %s (commit %s, %s)\n", p.Version, p.Commit, runtime.Version())
	return nil
}
