package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"postkey/oauth"
)

// IsTerminal reports whether f is a terminal at which somebody can answer.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// TerminalPrompt returns a Program.Prompt that asks on out and reads from in
// without echo. Cancelling gives the terminal back as it was.
func TerminalPrompt(in *os.File, out io.Writer) func(context.Context, string) (oauth.Secret, error) {
	return func(ctx context.Context, question string) (oauth.Secret, error) {
		fd := int(in.Fd())
		if !term.IsTerminal(fd) {
			return oauth.Secret{}, ErrNoTerminal
		}
		before, err := term.GetState(fd)
		if err != nil {
			return oauth.Secret{}, err
		}
		fmt.Fprint(out, question)
		type answer struct {
			line []byte
			err  error
		}
		answered := make(chan answer, 1)
		// A read from a terminal cannot be cancelled; after Ctrl+C it ends with the process.
		go func() {
			line, err := term.ReadPassword(fd)
			answered <- answer{line, err}
		}()
		select {
		case a := <-answered:
			fmt.Fprintln(out)
			return oauth.NewSecret(string(a.line)), a.err
		case <-ctx.Done():
			_ = term.Restore(fd, before)
			fmt.Fprintln(out)
			return oauth.Secret{}, ctx.Err()
		}
	}
}
