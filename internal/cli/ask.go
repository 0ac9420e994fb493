package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jeandeaual/go-locale"
	"golang.org/x/text/language"

	"postkey/assets"
	"postkey/internal/terminal"
	"postkey/store"
	"postkey/wizard"
)

// ask is connect without a values file: the wizard as questions in the terminal.
func (p *Program) ask(ctx context.Context, f flags) error {
	switch {
	case f.json:
		return usageError(jsonGoesWith)
	case !p.Interactive:
		return usageError("connect asks its questions in a terminal; without one it needs a values file: postkey connect --import FILE")
	}
	s, err := p.open(f)
	if err != nil {
		return err
	}
	defer s.close()
	w := terminal.Wizard{
		Bench: s.bench, Language: languageOf(ctx, s.bench.Store), Command: f.command("connect"), Version: p.Version,
	}
	s.bench.CallbackPage = wizard.CallbackPage(w.Language)
	if s.practice != nil {
		w.Offers, w.Secrets = s.practice.Drafts()
		w.Browse, w.Upload = s.practice.Browse, s.practice.AddCertificate
	}
	// Two faces must not work on one draft at the same time.
	release, err := s.bench.Store.HoldWindow()
	switch {
	case errors.Is(err, store.ErrHeld):
		return &exitError{ExitFailed, errors.New(assets.Text(w.Language, assets.Msg("terminal.held")))}
	case err != nil:
		return &exitError{ExitFailed, err}
	}
	defer release()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	screen, err := p.screen(stop)
	if err != nil {
		return err
	}
	defer screen.Close()
	w.Console = screen
	saved, err := w.Run(ctx)
	switch {
	case ctx.Err() != nil || errors.Is(err, terminal.ErrStopped):
		return &exitError{ExitCancelled, nil} // Run has said how to go on
	case err != nil:
		return &exitError{ExitFailed, err}
	case saved.LastTest != nil && !saved.LastTest.OK:
		return &exitError{ExitFailed, nil}
	}
	return nil
}

// screen takes over the terminal. Interrupt is called at Ctrl+C.
func (p *Program) screen(interrupt func()) (*terminal.Screen, error) {
	in, isFile := p.In.(*os.File)
	if !isFile {
		return terminal.NewScreen(p.In, p.Out, interrupt), nil
	}
	// Where standard output leads to a file, the questions stay on the terminal.
	for _, w := range []io.Writer{p.Out, p.Err} {
		if watched, ok := w.(*output); ok {
			w = watched.to
		}
		if out, ok := w.(*os.File); ok && IsTerminal(out) {
			return terminal.Open(in, out, p.Getenv, interrupt)
		}
	}
	return nil, usageError("connect asks its questions in a terminal, and neither standard output nor standard error is one")
}

// command is the command line that starts the same again.
func (f flags) command(name string) string {
	parts := []string{"postkey", name}
	if f.practice {
		parts = append(parts, "--practice")
	}
	if f.data != "" {
		data := f.data
		if strings.ContainsAny(data, " \t") {
			data = `"` + data + `"`
		}
		parts = append(parts, "--data", data)
	}
	return strings.Join(parts, " ")
}

// languageOf is the language of the settings or, where none is chosen, of the system.
func languageOf(ctx context.Context, data *store.Store) string {
	known := assets.Languages()
	if kept, err := data.Settings(ctx); err == nil && slices.Contains(known, kept.Language) {
		return kept.Language
	}
	const usual = "en"
	tags := []language.Tag{language.Make(usual)} // the first is for all others
	for _, tag := range known {
		tags = append(tags, language.Make(tag))
	}
	locales, err := locale.GetLocales()
	if err != nil {
		return usual
	}
	_, at := language.MatchStrings(language.NewMatcher(tags), locales...)
	if at == 0 {
		return usual
	}
	return known[at-1]
}
