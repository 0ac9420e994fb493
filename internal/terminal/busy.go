package terminal

import (
	"context"
	"strings"
)

// busy waits for work and meanwhile takes lines: < ends the work with errBack,
// ? shows the help, every other line, also an empty one, is typed's, which may be nil.
func (w *Wizard) busy(ctx context.Context, work func(context.Context) error, typed func(line string)) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	reading, unread := context.WithCancel(ctx)
	defer unread()
	go func() {
		err := work(working)
		unread()
		done <- err
	}()
	for {
		line, err := w.Console.Line(reading, "")
		if err != nil {
			over := reading.Err() != nil
			stop() // without effect where the work is done
			result := <-done
			if !over {
				return ended(ctx, err)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return result
		}
		switch line = strings.TrimSpace(line); line {
		case "?":
			w.help()
		case "<":
			stop()
			if <-done == nil {
				return nil // was done already
			}
			return errBack
		default:
			if typed != nil {
				typed(line)
			}
		}
	}
}
