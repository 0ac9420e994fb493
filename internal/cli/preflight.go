package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"postkey/store"
	"postkey/wizard/preflight"
)

func (p *Program) preflightCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "preflight [NAME]", Short: "Look whether network and computer are ready for a connection",
		Long: "Looks at every server by name and over IPv4 and IPv6, at the proxy, the clock, the way back from the\n" +
			"browser, the keyring and the data folder, all side by side. It signs in nowhere. Without NAME it looks at\n" +
			"the servers of the usual cloud.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error { return p.preflight(cmd.Context(), *f, names) },
	}
}

// preflight prints one line for each thing that was looked at.
func (p *Program) preflight(ctx context.Context, f flags, names []string) error {
	if f.imports != "" {
		return usageError(importGoesWith)
	}
	s, err := p.open(f)
	if err != nil {
		return err
	}
	defer s.close()
	var conn store.Connection
	if len(names) > 0 {
		stored, err := s.bench.Store.Connections(ctx)
		if err != nil {
			return &exitError{ExitFailed, err}
		}
		chosen, err := choose(stored, names)
		if err != nil {
			return err
		}
		conn = chosen[0]
	}
	lines, err := s.bench.Preflight(ctx, conn, nil)
	if err != nil {
		return &exitError{ExitFailed, err}
	}
	if ctx.Err() != nil {
		return cancelled()
	}
	p.writeLines(f, lines)
	if !preflight.Passed(lines) {
		return &exitError{status: ExitFailed}
	}
	return nil
}

func (p *Program) writeLines(f flags, lines []preflight.Line) {
	if f.json {
		encode(p.Out, struct {
			Preflight []preflight.Line `json:"preflight"`
		}{lines})
		return
	}
	for _, l := range lines {
		detail := ""
		if !l.Detail.IsZero() {
			detail = oneLine(l.Detail.String())
		}
		fmt.Fprintf(p.Out, "%-7s %6s  %s: %s\n", l.State, l.Took.Round(time.Millisecond), l.Title, detail)
	}
	for _, finding := range preflight.Findings(lines) {
		writeFinding(p.Out, finding)
	}
}
