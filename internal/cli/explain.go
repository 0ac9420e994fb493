package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"postkey/wizard/diagnose"
)

// mostText bounds what explain keeps of what it reads, in bytes: a day's log of a
// busy product.
const mostText = 64 << 20

func (p *Program) explainCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: explainName + " [TEXT...]", Short: "Explain any error text, also from standard input; offline",
		Long: "Names the cause of an error and its fix: an AADSTS code, the address at which the browser stopped, a\n" +
			"reply of a mail server, a bounce, or a whole log. Without TEXT it reads standard input. It asks no server.",
		RunE: func(cmd *cobra.Command, text []string) error { return p.explain(cmd.Context(), *f, text) },
	}
}

// explain prints what the text means. Every answer is a success, also that
// nothing is known; the id of the finding tells.
func (p *Program) explain(ctx context.Context, f flags, words []string) error {
	if f.imports != "" {
		return usageError(importGoesWith)
	}
	text := strings.Join(words, " ")
	if len(words) == 0 {
		var err error
		if text, err = p.readText(ctx); err != nil {
			return err
		}
	}
	if strings.TrimSpace(text) == "" {
		return usageError("there is no text to explain: give it as an argument or on standard input")
	}
	findings := diagnose.ExplainText(text)
	if f.json {
		encode(p.Out, struct {
			Findings []diagnose.Finding `json:"findings"`
		}{findings})
		return nil
	}
	for _, finding := range findings {
		writeFinding(p.Out, finding)
	}
	return nil
}

// readText reads standard input to its end.
func (p *Program) readText(ctx context.Context) (string, error) {
	if p.Interactive {
		fmt.Fprintln(p.Err, "Paste the text, then end it with Ctrl+D (on Windows Ctrl+Z and Return).")
	}
	return unlessCancelled(ctx, func() (string, error) {
		text, err := readEnds(p.In, mostText)
		if err != nil {
			return "", usageError("standard input: %w", err)
		}
		return string(text), nil
	})
}

// readEnds reads to the end. Of more than most bytes it returns the beginning and
// the end, where the newest lines of a log stand, with an empty line between; most
// is divisible by four, so that UTF-16 stays whole.
func readEnds(in io.Reader, most int) ([]byte, error) {
	half := most / 2
	head, err := io.ReadAll(io.LimitReader(in, int64(half)))
	if err != nil || len(head) < half {
		return head, err
	}
	var tail []byte
	cut := false
	keep := func() {
		if over := len(tail) - half; over > 0 {
			tail, cut = append(tail[:0], tail[(over+1)&^1:]...), true
		}
	}
	chunk := make([]byte, min(half, 1<<20))
	for {
		n, err := in.Read(chunk)
		if tail = append(tail, chunk[:n]...); len(tail) > most {
			keep()
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if keep(); cut {
		head = append(head, "\n\n"...)
	}
	return append(head, tail...), nil
}

// explainName is the command's name.
const explainName = "explain"

// explained moves what is to be explained behind "--", for errors begin with a
// hyphen too: "-ERR Authentication failure". Of the arguments that look like
// flags, those of Postkey stay flags wherever they stand.
func explained(args []string) []string {
	at := commandAt(args)
	if at < 0 || args[at] != explainName {
		return args
	}
	flags, text := slices.Clone(args[:at+1]), []string{}
	for i := at + 1; i < len(args); i++ {
		switch taken := flagLength(args[i:]); {
		case args[i] == "--":
			text = append(text, args[i+1:]...)
			i = len(args)
		case taken > 0:
			flags = append(flags, args[i:i+taken]...)
			i += taken - 1
		default:
			text = append(text, args[i])
		}
	}
	return append(append(flags, "--"), text...)
}

// commandAt is where the command stands in args, or -1.
func commandAt(args []string) int {
	for i := 0; i < len(args); {
		taken := flagLength(args[i:])
		if taken == 0 {
			return i
		}
		i += taken
	}
	return -1
}

// flagLength is how many of args, from the first on, are one of Postkey's flags
// with its value; 0 when the first is none.
func flagLength(args []string) int {
	name, _, valued := strings.Cut(args[0], "=")
	switch name {
	case "--json", "--debug", "--practice", "--help", "-h":
		return 1
	case "--data", "--import":
		if valued {
			return 1
		}
		return min(2, len(args))
	}
	return 0
}
