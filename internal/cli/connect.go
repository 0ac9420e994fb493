package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// connect signs in, stores and tests every connection of a values file, or asks
// for one where there is no file.
func (p *Program) connect(ctx context.Context, f flags) error {
	if f.imports == "" {
		return p.ask(ctx, f)
	}
	s, err := p.open(f)
	if err != nil {
		return err
	}
	defer s.close()
	drafts, err := s.readImport(ctx, f.imports)
	if err != nil {
		return err
	}
	// All questions come before the first sign-in: from then on the terminal
	// takes pasted addresses. What cannot be a secret ends it here, while nothing
	// is stored.
	secrets := make([]oauth.Secret, len(drafts))
	for i, d := range drafts {
		if d.Platform != wizard.PlatformWeb {
			continue
		}
		if secrets[i], err = p.newSecret(ctx, d.Name); err != nil {
			return err
		}
	}
	out := p.Out
	if f.json {
		out = p.Err // standard output is for the one object
	}
	c := connector{bench: s.bench, out: out}
	if p.Interactive {
		c.pasted = lines(p.In)
	}
	var rep report
	rep.damaged(s)
	for i, d := range drafts {
		one, err := c.connect(ctx, d, secrets[i])
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return cancelled()
		}
		rep.Connections = append(rep.Connections, one)
		if !f.json {
			writeText(p.Out, one)
		}
	}
	return p.finish(f, rep)
}

// finish prints the report where JSON was asked for and turns it into the exit status.
func (p *Program) finish(f flags, rep report) error {
	if f.json {
		writeJSON(p.Out, rep)
	} else {
		for _, finding := range rep.Findings {
			writeFinding(p.Out, finding)
		}
	}
	if !rep.ok() {
		return &exitError{status: ExitFailed}
	}
	return nil
}

// connector takes drafts through sign-in, storing and test.
type connector struct {
	bench *wizard.Workbench
	// out receives the address to sign in at and what is being waited for.
	out io.Writer
	// pasted yields addresses that the user pastes; nil where nobody can.
	pasted <-chan string
	// quiet leaves the address out, where a program signs in.
	quiet bool
	// forget says that there is no keyring, and that the user wants the test all the same.
	forget bool
}

// connect works on one draft. What fails is in the report; an error is wrong use alone.
func (c *connector) connect(ctx context.Context, d *wizard.Draft, secret oauth.Secret) (connectionReport, error) {
	record, err := d.Connection()
	if err != nil {
		return connectionReport{}, usageError("%s: %w", d.Name, err)
	}
	if d.Platform == wizard.PlatformWeb {
		if problem := wizard.CheckSecret(secret); problem != nil && !problem.Warning {
			if !wizard.LooksLikeSecretID(secret) {
				return connectionReport{}, usageError("%s: %s", d.Name, problem.Message)
			}
			f := diagnose.Explain(diagnose.Evidence{Connection: record, SecretLooksLikeID: true})
			return c.failed(record, f, errors.New(problem.Message.String())), nil
		}
	}
	if f := c.bench.KeyringProblem(ctx); f != nil {
		if !c.mayForget(ctx, *f) {
			return c.failed(record, *f, errors.New(f.Server)), nil
		}
		c.bench.UseMemory()
		c.forget = true
	}
	if d.AppOnly() {
		fmt.Fprintf(c.out, "Asking Microsoft for tokens for %s.\n", d.Name)
	}
	if err := c.signIn(ctx, d, secret); err != nil {
		// What was stored for a connection that does not exist is taken back, also after Ctrl+C.
		if dropErr := c.bench.DropDraft(context.WithoutCancel(ctx), d.ID); dropErr != nil {
			err = errors.Join(err, dropErr)
		}
		return c.failed(record, c.bench.Explain(record, "", check.Token, err), err), nil
	}
	if c.forget {
		return c.tryOut(ctx, d)
	}
	saved, err := c.save(ctx, d)
	if err != nil {
		return c.failed(record, c.bench.Explain(record, "", "", err), err), nil
	}
	fmt.Fprintf(c.out, "Testing %s.\n", d.Name)
	return testAll(ctx, c.bench, []store.Connection{saved})[0], nil
}

// mayForget asks whether to go on without a keyring: with the values in memory
// until Postkey ends, and nothing stored. Where nobody can answer, it is a no.
func (c *connector) mayForget(ctx context.Context, f diagnose.Finding) bool {
	if c.forget {
		return true
	}
	if c.pasted == nil {
		return false
	}
	fmt.Fprintf(c.out, "%s. Keep the values in memory until Postkey ends, and test without storing anything? [y/N] ", f.Title)
	select {
	case answer := <-c.pasted:
		return strings.EqualFold(strings.TrimSpace(answer), "y") || strings.EqualFold(strings.TrimSpace(answer), "yes")
	case <-ctx.Done():
		return false
	}
}

// tryOut tests a connection that is not stored.
func (c *connector) tryOut(ctx context.Context, d *wizard.Draft) (connectionReport, error) {
	record, err := d.Connection()
	if err != nil {
		return connectionReport{}, usageError("%s: %w", d.Name, err)
	}
	fmt.Fprintf(c.out, "Testing %s. It is not stored.\n", d.Name)
	res, findings := c.bench.TestWhole(ctx, record, nil)
	return reportOf(record, res, findings), nil
}

// signIn stores the secret, signs in through the browser and stores the refresh
// token. Where the application signs in itself it asks for its tokens instead.
func (c *connector) signIn(ctx context.Context, d *wizard.Draft, secret oauth.Secret) error {
	if d.Platform == wizard.PlatformWeb {
		if err := c.bench.PutSecret(ctx, d.ID, secret); err != nil {
			return err
		}
		d.HasSecret = true
	}
	if d.AppOnly() {
		return c.bench.AppToken(ctx, d) // nobody signs in
	}
	in, err := c.bench.SignIn(ctx, d, false)
	if err != nil {
		return err
	}
	defer in.Close()
	if !c.quiet {
		fmt.Fprintf(c.out, "Sign in for %s in the browser. If it did not open, open this address:\n\n%s\n\n", d.Name, in.URL())
		if c.pasted != nil {
			fmt.Fprintln(c.out, "If the browser stops at an address that begins with http://localhost, paste that address here.")
		}
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-done:
				return
			case line, ok := <-c.pasted: // nil: never
				if !ok {
					return
				}
				if err := in.Paste(line); err != nil && strings.TrimSpace(line) != "" {
					fmt.Fprintln(c.out, err)
				}
			}
		}
	}()
	signedIn, err := in.Wait(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Signed in as %s.\n", signedIn.Account.Username)
	return c.bench.SignedIn(ctx, d, signedIn)
}

// save stores the connection; one of the same name gives way to it only now,
// after the new sign-in has come about.
func (c *connector) save(ctx context.Context, d *wizard.Draft) (store.Connection, error) {
	others, err := c.bench.Store.Connections(ctx)
	if err != nil {
		return store.Connection{}, err
	}
	saved, err := c.bench.Save(ctx, d)
	if err != nil {
		return store.Connection{}, err
	}
	for _, o := range others {
		if o.Name == saved.Name && o.ID != saved.ID {
			if err := c.bench.Remove(ctx, o.ID); err != nil {
				return saved, fmt.Errorf("remove the earlier %s: %w", o.Name, err)
			}
		}
	}
	return saved, nil
}

// failed reports a connection that did not get as far as its test: every leg
// stops at its token.
func (c *connector) failed(record store.Connection, f diagnose.Finding, cause error) connectionReport {
	rep := connectionReport{Name: record.Name, Findings: []diagnose.Finding{f}}
	cloud, err := c.bench.Catalog.CloudOf(record)
	if err != nil {
		return rep
	}
	rep.Legs = check.Plan(record, cloud)
	for i := range rep.Legs {
		for j := range rep.Legs[i].Hops {
			h := &rep.Legs[i].Hops[j]
			h.Status = check.Skipped
			if h.Name == check.Token {
				h.Status, h.Server = check.Failed, cause.Error()
			}
		}
	}
	return rep
}

// lines reads r line by line until it ends.
func lines(r io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		scan := bufio.NewScanner(r)
		scan.Buffer(nil, 64<<10) // an address with an authorization code is a few KiB
		for scan.Scan() {
			out <- scan.Text()
		}
	}()
	return out
}
