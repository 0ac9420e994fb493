package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/support"
)

// session is one run of Postkey: the workbench with what has to be closed after it.
type session struct {
	bench    *wizard.Workbench
	practice Practice
	log      *support.Log
	closers  []func()
}

func (s *session) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// open makes the workbench that the flags ask for.
func (p *Program) open(f flags) (_ *session, err error) {
	s := &session{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	cat, err := catalog.Load()
	if err != nil {
		return nil, fmt.Errorf("read Postkey's own data: %w", err)
	}
	s.bench = &wizard.Workbench{
		Catalog: cat, OpenBrowser: p.OpenBrowser, CallbackPage: wizard.CallbackPage("en"), Now: time.Now, Practice: f.practice,
	}
	if f.practice {
		if s.practice, err = p.StartPractice(); err != nil {
			return nil, &exitError{ExitFailed, fmt.Errorf("start the practice tenant: %w", err)}
		}
		s.closers = append(s.closers, func() { _ = s.practice.Close() })
		s.practise()
	} else {
		s.bench.Vault = store.NewKeyring()
	}
	if p.prepare != nil {
		p.prepare(s.bench)
	}
	dir := f.data
	if dir == "" {
		if dir, err = store.DefaultDir(f.practice); err != nil {
			return nil, &exitError{ExitFailed, err}
		}
	}
	if s.bench.Store, err = store.Open(dir); err != nil {
		return nil, &exitError{ExitFailed, err}
	}
	if f.practice {
		s.practice.UseData(s.bench.Store)
	}
	kept, err := s.bench.Store.Settings(context.Background())
	if err != nil {
		kept = store.Settings{} // told of by Open, which has just read them
	}
	s.bench.Log = s.openLog(dir, f.debug || kept.Debug)
	s.recover()
	for _, d := range s.bench.Store.Damaged() {
		fmt.Fprintf(p.Err, "postkey: %s could not be read (%v) and was kept as %s\n", d.Path, d.Err, d.KeptAs)
	}
	return s, nil
}

// practise puts the practice tenant in the place of Microsoft, and what it makes
// go wrong in the place of this computer's own.
func (s *session) practise() {
	b := s.bench
	b.Catalog.Follow(s.practice.Cloud)
	b.Roots, b.Vault = s.practice.Roots(), s.practice.Vault(store.NewMemory())
	b.OpenBrowser, b.Listen, b.SignInWithin = s.practice.Browser(b.OpenBrowser), s.practice.Listen, s.practice.SignInWithin
}

// recoverWithin bounds what a start waits for a keyring that asks to be unlocked.
const recoverWithin = 5 * time.Second

// recover removes what an earlier process left behind when it was killed.
func (s *session) recover() {
	s.closers = append(s.closers, s.bench.Close)
	ctx, cancel := context.WithTimeout(context.Background(), recoverWithin)
	defer cancel()
	if err := s.bench.Recover(ctx); err != nil {
		s.bench.Log.Warn("left for the next start", "error", err)
	}
}

// openLog opens the log in the data folder dir.
func (s *session) openLog(dir string, debug bool) *slog.Logger {
	s.bench.Known = &support.Known{}
	s.log = support.OpenLog(dir, s.bench.Known, debug)
	s.closers = append(s.closers, func() { _ = s.log.Close() })
	return s.log.Logger()
}

// setDebug makes the log tell more, or what it usually tells, from now on.
func (s *session) setDebug(on bool) { s.log.SetDebug(on) }

// clientSecret returns the secret of a connection: from the environment, or
// from a prompt.
func (p *Program) clientSecret(ctx context.Context, name string) (oauth.Secret, error) {
	if v := p.Getenv(secretVariable); v != "" {
		return oauth.NewSecret(wizard.Clean(v)), nil
	}
	value, err := p.Prompt(ctx, fmt.Sprintf("Client secret (Value) of %s: ", name))
	switch {
	case errors.Is(err, ErrNoTerminal):
		return oauth.Secret{}, usageError("the client secret of %s is needed: set %s, or run Postkey in a terminal", name, secretVariable)
	case errors.Is(err, io.EOF), ctx.Err() != nil:
		return oauth.Secret{}, cancelled()
	case err != nil:
		return oauth.Secret{}, &exitError{ExitFailed, fmt.Errorf("read the client secret: %w", err)}
	}
	return oauth.NewSecret(wizard.Clean(value.Reveal())), nil
}
