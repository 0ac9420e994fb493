package cli

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (p *Program) versionCommand() *cobra.Command {
	var graphics bool
	c := &cobra.Command{
		Use: "version", Short: "Print version, commit and Go version",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.version(graphics) },
	}
	c.Flags().BoolVar(&graphics, "graphics", false, "say too what draws the window, or why nothing can")
	return c
}

func (p *Program) version(graphics bool) error {
	fmt.Fprintf(p.Out, "postkey %s (commit %s, %s)\n", p.Version, p.Commit, runtime.Version())
	if !graphics {
		return nil
	}
	if problem := noDisplay(p.Getenv); problem != "" {
		return &exitError{ExitNoWindow, errors.New(problem)}
	}
	driver, err := p.Driver()
	if err != nil {
		return &exitError{ExitNoWindow, err}
	}
	fmt.Fprintf(p.Out, "the window is drawn by %s\n", driver)
	return nil
}
