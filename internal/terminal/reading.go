package terminal

import (
	"context"
	"errors"
	"slices"
	"strings"

	"postkey/assets"
	"postkey/wizard/exchange"
)

// mostLines is how many lines of a result are shown; the wrong ones come first.
const mostLines = 60

// endOfPaste is the line that ends pasted output, in which lines may be empty.
const endOfPaste = "."

// compare takes what a command of Exchange Online printed and sets it beside
// what the connection needs.
func (w *Wizard) compare(ctx context.Context) error {
	w.title(w.tr("apponly.paste"))
	w.note(w.tr("apponly.paste-hint", "Commands", strings.Join(exchange.Commands(), ", ")))
	w.note(w.tr("terminal.paste-end"))
	output, err := w.pasted(ctx, w.Console.Line)
	if err != nil {
		return w.unlessBack(err)
	}
	s, ok := w.setup()
	if !ok {
		return nil
	}
	reading, err := exchange.Read(output, s)
	var wrong *exchange.ReadError
	switch {
	case errors.As(err, &wrong):
		w.wrong(wrong.Message)
	case err != nil:
		w.failed(err)
	default:
		w.reading(reading)
	}
	return nil
}

// reading prints what the output says, the wrong lines first.
func (w *Wizard) reading(r exchange.Reading) {
	rank := map[exchange.State]int{exchange.Wrong: 0, exchange.Undecidable: 1, exchange.Right: 2}
	lines := slices.Clone(r.Lines)
	slices.SortStableFunc(lines, func(a, b exchange.Line) int { return rank[a.State] - rank[b.State] })
	w.line()
	switch wrong := len(r.Wrong()); {
	case len(lines) == 0:
		w.note(w.tr("apponly.result-nothing"))
	case wrong > 0:
		w.wrong(assets.Msg("apponly.result-wrong", "Count", wrong))
	case !r.Right():
		w.warn(assets.Msg("apponly.result-open"))
	default:
		w.styled(green, func() { w.note(w.tr("apponly.result-right")) })
	}
	for i, l := range lines {
		if i == mostLines {
			w.note(w.tr("apponly.result-more", "Count", len(lines)-i))
			break
		}
		w.readingLine(l)
	}
}

// readingLine prints one line of a result, and what to do about it.
func (w *Wizard) readingLine(l exchange.Line) {
	state := map[exchange.State]string{
		exchange.Wrong: "apponly.line-wrong", exchange.Undecidable: "apponly.line-open", exchange.Right: "apponly.line-right",
	}[l.State]
	w.wrap("  - ", "    ", plain(w.text(l.What))+": "+w.tr(state))
	if l.State == exchange.Right {
		return
	}
	if l.Needed != "" || l.Present != "" {
		w.wrap("    ", "    ", plain(w.tr("apponly.line-values", "Needed", l.Needed, "Present", l.Present)))
	}
	if !l.Fix.IsZero() {
		w.wrap("    ", "    ", w.text(l.Fix))
	}
	if l.FixCommand != "" {
		w.command(l.FixCommand)
	}
}
