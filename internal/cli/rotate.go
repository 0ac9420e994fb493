package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// rotateFlags are those of the command rotate alone.
type rotateFlags struct {
	expires string
	paste   bool
}

func (p *Program) rotateCommand(f *flags) *cobra.Command {
	var own rotateFlags
	c := &cobra.Command{
		Use: "rotate NAME...", Short: "Prove and replace the client secret of a connection without a window",
		Long: "Asks Microsoft whether it accepts the new client secret, stores it beside the old one, sends and receives\n" +
			"a message with it, and only then puts it in the old one's place. The new value comes from\n" +
			"POSTKEY_CLIENT_SECRET or from a prompt without echo; with --paste from standard input, as a script\n" +
			"printed it. With --import all connections of a values file are rotated.",
		RunE: func(cmd *cobra.Command, names []string) error { return p.rotate(cmd.Context(), *f, own, names) },
	}
	c.Flags().StringVar(&own.expires, "expires", "", "last day of the new client secret, such as 2027-05-21")
	c.Flags().BoolVar(&own.paste, "paste", false, "read the new client secrets from standard input, as a script printed them")
	return c
}

// rotate proves and replaces client secrets.
func (p *Program) rotate(ctx context.Context, f flags, own rotateFlags, names []string) error {
	day, err := lastDay(own.expires)
	if err != nil {
		return usageError("--expires: %w", err)
	}
	if f.practice {
		return p.rotatePractice(ctx, f, own, names)
	}
	if (len(names) == 0) == (f.imports == "") {
		return usageError("name the connections to rotate, or give a values file: postkey rotate NAME, postkey rotate --import FILE")
	}
	s, err := p.open(f)
	if err != nil {
		return err
	}
	defer s.close()
	var rep report
	rep.damaged(s)
	rows, err := p.rotateRows(ctx, s, f, names)
	switch {
	case err != nil && len(rep.Findings) > 0: // that is why it is not there
		return p.report(ctx, f, rep)
	case err != nil:
		return err
	}
	if finding := s.bench.KeyringProblem(ctx); finding != nil {
		c := connector{bench: s.bench}
		for _, row := range rows {
			rep.Connections = append(rep.Connections, c.failed(row.connection, *finding, errors.New(finding.Server)))
		}
		return p.report(ctx, f, rep)
	}
	if err := p.askForSecrets(ctx, f, own, rows, day); err != nil {
		return err
	}
	r := rotator{bench: s.bench, out: p.progress(f)}
	rep.Connections = r.rotateAll(ctx, rows)
	return p.rotated(ctx, f, s, rep, rows)
}

// secretMaker is a practice tenant in which one more client secret can be made
// beside those there are.
type secretMaker interface {
	// NewSecret returns it with its last day.
	NewSecret() (value oauth.Secret, expires string)
}

// rotateRow is one connection to rotate.
type rotateRow struct {
	connection store.Connection
	next       wizard.Credential
}

// rotateRows finds the connections that are meant, by name or by a values file.
func (p *Program) rotateRows(ctx context.Context, s *session, f flags, names []string) ([]rotateRow, error) {
	if f.imports == "" {
		stored, err := s.bench.Store.Connections(ctx)
		if err != nil {
			return nil, &exitError{ExitFailed, err}
		}
		chosen, err := choose(stored, names)
		rows := make([]rotateRow, len(chosen))
		for i, c := range chosen {
			rows[i].connection = c
		}
		return rows, err
	}
	drafts, err := s.readImport(ctx, f.imports)
	if err != nil {
		return nil, err
	}
	targets, err := s.bench.RotateTargets(ctx, drafts)
	if err != nil {
		return nil, &exitError{ExitFailed, err}
	}
	var rows []rotateRow
	var missing []string
	for _, t := range targets {
		if !t.Found {
			missing = append(missing, fmt.Sprintf("%q", t.Name))
			continue
		}
		rows = append(rows, rotateRow{t.Connection, wizard.Credential{Expires: t.Expires}})
	}
	if len(missing) > 0 {
		return nil, usageError("%s: there is no connection for %s", f.imports, strings.Join(missing, ", "))
	}
	return rows, nil
}

// askForSecrets gets the new values, from where the flags say.
func (p *Program) askForSecrets(ctx context.Context, f flags, own rotateFlags, rows []rotateRow, day store.Date) error {
	if own.paste {
		if err := p.pasteSecrets(ctx, rows); err != nil {
			return err
		}
	} else {
		for i := range rows {
			secret, err := p.newSecret(ctx, rows[i].connection.Name)
			if err != nil {
				return err
			}
			rows[i].next.Secret = secret
		}
	}
	// A script that gives the secret is asked nothing else either.
	asks := p.Interactive && !own.paste && !f.json && p.Getenv(secretVariable) == ""
	var typed <-chan string
	for i := range rows {
		next := &rows[i].next
		if !day.IsZero() {
			next.Expires = day
		}
		if !next.Expires.IsZero() || !asks {
			continue
		}
		if typed == nil {
			typed = lines(p.In) // not before: the prompt reads the terminal itself
		}
		var err error
		if next.Expires, err = p.askLastDay(ctx, typed, rows[i].connection.Name); err != nil {
			return err
		}
	}
	return nil
}

// askLastDay asks until a day, or nothing, was typed.
func (p *Program) askLastDay(ctx context.Context, typed <-chan string, name string) (store.Date, error) {
	for {
		fmt.Fprintf(p.Err, "Last day of the new client secret of %s, such as %s (Return: unknown): ",
			name, store.DateOf(time.Now()).AddMonths(6))
		select {
		case text := <-typed: // empty at the end of the input
			day, err := lastDay(strings.TrimSpace(text))
			if err == nil {
				return day, nil
			}
			fmt.Fprintln(p.Err, err)
		case <-ctx.Done():
			return store.Date{}, cancelled()
		}
	}
}

// newSecret asks for a new client secret and refuses what cannot be one.
func (p *Program) newSecret(ctx context.Context, name string) (oauth.Secret, error) {
	secret, err := p.clientSecret(ctx, name)
	if err != nil {
		return secret, err
	}
	// An ID in its place is told by the rotation, as a finding.
	if problem := wizard.CheckSecret(secret); problem != nil && !problem.Warning && !wizard.LooksLikeSecretID(secret) {
		return oauth.Secret{}, usageError("%s: %s", name, problem.Message)
	}
	return secret, nil
}

// pasteSecrets reads the output of a script.
func (p *Program) pasteSecrets(ctx context.Context, rows []rotateRow) error {
	text, err := p.readText(ctx)
	if err != nil {
		return err
	}
	connections := make([]store.Connection, len(rows))
	for i, row := range rows {
		connections[i] = row.connection
	}
	found, problem := wizard.TakeRotations(text, connections)
	if problem != nil {
		return usageError("%s", problem.Message)
	}
	for i := range rows {
		next, ok := found[i]
		if !ok {
			return usageError("what was pasted holds no client secret for %s", rows[i].connection.Name)
		}
		next.Expires = cmp.Or(next.Expires, rows[i].next.Expires)
		rows[i].next = next
	}
	return nil
}

// lastDay reads a day that has not passed; the empty text is no day.
func lastDay(text string) (store.Date, error) {
	day, err := store.ParseDate(text)
	if err == nil && !day.IsZero() && day.DaysFrom(time.Now()) < 0 {
		return store.Date{}, fmt.Errorf("%s has passed", day)
	}
	return day, err
}

// progress is where it is said how far a rotation is.
func (p *Program) progress(f flags) io.Writer {
	if f.json {
		return p.Err // standard output is for the one object
	}
	return p.Out
}

// rotatePractice rotates connections of the practice tenant, which are made for
// it: that the whole way works on this machine.
func (p *Program) rotatePractice(ctx context.Context, f flags, own rotateFlags, names []string) error {
	if f.imports != "" || own.paste || own.expires != "" {
		return usageError("--practice makes its own connection and client secret")
	}
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
	maker, ok := s.practice.(secretMaker)
	if !ok {
		return usageError("this practice tenant makes no second client secret")
	}
	drafts, secrets := s.practice.Drafts()
	if len(names) == 0 {
		names = []string{drafts[0].Name}
	}
	var rep report
	rep.damaged(s)
	var rows []rotateRow
	for i, d := range drafts {
		if !slices.Contains(names, d.Name) {
			continue
		}
		one, err := p.connectPractice(ctx, s, d, secrets[i])
		if err != nil {
			return err
		}
		saved, err := s.bench.Store.Connection(ctx, d.ID)
		if !one.OK || err != nil {
			rep.Connections = append(rep.Connections, one)
			return p.report(ctx, f, rep)
		}
		row := rotateRow{connection: saved}
		var day string
		row.next.Secret, day = maker.NewSecret()
		if row.next.Expires, err = store.ParseDate(day); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if len(rows) < len(names) {
		return usageError("the practice tenant has no connection of that name")
	}
	r := rotator{bench: s.bench, out: p.progress(f)}
	rep.Connections = r.rotateAll(ctx, rows)
	return p.rotated(ctx, f, s, rep, rows)
}
