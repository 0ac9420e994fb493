package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

func (p *Program) checkCommand(f *flags) *cobra.Command {
	days := -1
	c := &cobra.Command{
		Use: "check [NAME...]", Short: "Test stored connections without a window; all of them without a name",
		Long: "Sends and receives a message over each protocol of the connections. With --expiry it asks nobody and only\n" +
			"looks at when the client secrets and certificates end.",
		RunE: func(cmd *cobra.Command, names []string) error {
			if cmd.Flags().Changed("expiry") {
				return p.expiry(cmd.Context(), *f, days, names)
			}
			return p.check(cmd.Context(), *f, names)
		},
	}
	c.Flags().IntVar(&days, "expiry", days, "only say which client secrets end; exit 1 when one ends within this many days")
	return c
}

// check tests stored connections.
func (p *Program) check(ctx context.Context, f flags, names []string) error {
	if f.imports != "" {
		return usageError(importGoesWith)
	}
	if f.practice {
		return p.checkPractice(ctx, f, names)
	}
	s, err := p.open(f)
	if err != nil {
		return err
	}
	defer s.close()
	stored, err := s.bench.Store.Connections(ctx)
	if err != nil {
		return &exitError{ExitFailed, err}
	}
	var rep report
	rep.damaged(s)
	chosen, err := choose(stored, names)
	if err != nil && len(rep.Findings) == 0 { // otherwise that is why it is not there
		return err
	}
	if len(chosen) == 0 && len(rep.Findings) == 0 {
		return usageError("there is no connection yet: set one up in the window or with postkey connect")
	}
	if finding := s.bench.KeyringProblem(ctx); finding != nil {
		c := connector{bench: s.bench}
		for _, record := range chosen {
			rep.Connections = append(rep.Connections, c.failed(record, *finding, errors.New(finding.Server)))
		}
	} else {
		rep.Connections = testAll(ctx, s.bench, chosen)
	}
	return p.report(ctx, f, rep)
}

// report prints what was tested.
func (p *Program) report(ctx context.Context, f flags, rep report) error {
	if ctx.Err() != nil {
		return cancelled()
	}
	if !f.json {
		for _, c := range rep.Connections {
			writeText(p.Out, c)
		}
	}
	return p.finish(f, rep)
}

// choose picks the connections by name, in the order of the names; all of them without a name.
func choose(stored []store.Connection, names []string) ([]store.Connection, error) {
	if len(names) == 0 {
		return stored, nil
	}
	var chosen []store.Connection
	for _, name := range names {
		i := slices.IndexFunc(stored, func(c store.Connection) bool { return c.Name == name })
		if i < 0 {
			return nil, usageError("there is no connection named %q", name)
		}
		chosen = append(chosen, stored[i])
	}
	return chosen, nil
}

// testAll tests stored connections, records the outcome with each, and reports in the order given.
func testAll(ctx context.Context, bench *wizard.Workbench, conns []store.Connection) []connectionReport {
	reports := make([]connectionReport, len(conns))
	for i, t := range bench.TestAll(ctx, conns, nil) {
		reports[i] = reportOf(t.Connection, t.Result, t.Findings)
		if t.RecordErr != nil && ctx.Err() == nil {
			reports[i].OK = false
			reports[i].Findings = append(t.Findings, bench.Explain(t.Connection, "", "", t.RecordErr))
		}
	}
	return reports
}

// checkPractice proves the whole path on a bare machine: it signs in to the
// practice tenant with a program in the place of the browser, for an own and a
// shared mailbox, lets applications sign in themselves, and tests all of them.
func (p *Program) checkPractice(ctx context.Context, f flags, names []string) error {
	if f.data == "" {
		dir, err := os.MkdirTemp("", "postkey-practice-")
		if err != nil {
			return &exitError{ExitFailed, err}
		}
		defer os.RemoveAll(dir)
		f.data = dir
	}
	s, err := p.open(f)
	if err != nil {
		return err
	}
	defer s.close()
	drafts, secrets := s.practice.Drafts()
	known := make([]store.Connection, len(drafts))
	for i, d := range drafts {
		known[i] = store.Connection{Name: d.Name}
	}
	if _, err := choose(known, names); err != nil {
		return err
	}
	var rep report
	rep.damaged(s)
	for i, d := range drafts {
		if len(names) > 0 && !slices.Contains(names, d.Name) {
			continue
		}
		one, err := p.connectPractice(ctx, s, d, secrets[i])
		if err != nil {
			return err
		}
		rep.Connections = append(rep.Connections, one)
	}
	return p.report(ctx, f, rep)
}

func (p *Program) connectPractice(ctx context.Context, s *session, d *wizard.Draft, secret oauth.Secret) (connectionReport, error) {
	user := d.Mailbox.Address
	if d.Shared {
		user = d.Mailbox.Delegate
	}
	c := connector{bench: s.bench, out: p.Err, quiet: true}
	if d.AppOnly() {
		return c.connect(ctx, d, secret)
	}
	browsing, stop := context.WithCancel(ctx)
	var robot sync.WaitGroup
	defer robot.Wait()
	defer stop()
	s.bench.OpenBrowser = s.practice.Browser(func(_ context.Context, url string) error {
		robot.Go(func() {
			if _, err := s.practice.Browse(browsing, url, user); err != nil && browsing.Err() == nil {
				s.bench.Log.Warn("practice sign-in", "error", err)
			}
		})
		return nil
	})
	return c.connect(ctx, d, secret)
}
