package terminal

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"postkey/assets"
	"postkey/wizard"
)

// read returns what was typed, errBack for <, and after the help was shown it
// asks again for ?.
func (w *Wizard) read(ctx context.Context, prompt string) (string, error) {
	return w.readWith(ctx, prompt, w.Console.Line)
}

// readWith is read with or without echo.
func (w *Wizard) readWith(ctx context.Context, prompt string, line func(context.Context, string) (string, error)) (string, error) {
	for {
		typed, err := line(ctx, prompt)
		if err != nil {
			return "", ended(ctx, err)
		}
		switch strings.TrimSpace(typed) {
		case "<":
			return "", errBack
		case "?":
			w.help()
			continue
		}
		return typed, nil
	}
}

// ended tells the end of the input from that of the context.
func ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
		return ErrStopped
	}
	return err
}

// option is one of several answers.
type option struct{ id, label, detail, pill string }

// choice is a question with several answers.
type choice struct {
	title   assets.Message
	options []option
	current string // what Enter takes
}

// choose asks for the number of an answer and returns its id.
func (w *Wizard) choose(ctx context.Context, c choice) (string, error) {
	w.title(w.text(c.title))
	at := 1
	for i, o := range c.options {
		mark := " "
		if o.id == c.current {
			at, mark = i+1, "*"
		}
		label := o.label
		if o.pill != "" {
			label += "  [" + o.pill + "]"
		}
		w.wrap(mark+" "+strconv.Itoa(i+1)+". ", "     ", label)
		for detail := range strings.SplitSeq(o.detail, "\n") {
			if detail != "" {
				w.wrap("     ", "     ", detail)
			}
		}
	}
	for {
		text, err := w.read(ctx, w.tr("terminal.number")+" ["+strconv.Itoa(at)+"]: ")
		if err != nil {
			return "", err
		}
		if text = strings.TrimSpace(text); text == "" {
			return c.options[at-1].id, nil
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(c.options) {
			return c.options[n-1].id, nil
		}
		w.wrong(assets.Msg("terminal.number-wrong", "Max", len(c.options)))
	}
}

// tick is one of several things that can be on or off.
type tick struct {
	label, detail string
	on            bool
}

// tick asks which are on; set hears of each change.
func (w *Wizard) tick(ctx context.Context, title assets.Message, ticks []tick, set func(i int, on bool)) error {
	w.title(w.text(title))
	for {
		for i, t := range ticks {
			sign := "[ ] "
			if t.on {
				sign = "[x] "
			}
			w.wrap("  "+strconv.Itoa(i+1)+". "+sign, "         ", t.label)
			if t.detail != "" {
				w.wrap("         ", "         ", t.detail)
			}
		}
		text, err := w.read(ctx, w.tr("terminal.ticks")+": ")
		if err != nil || strings.TrimSpace(text) == "" {
			return err
		}
		chosen, all := numbers(text, len(ticks))
		if chosen == nil && !all {
			w.wrong(assets.Msg("terminal.ticks-wrong", "Max", len(ticks)))
			continue
		}
		for i := range ticks {
			switch {
			case all:
				ticks[i].on = true
			case slices.Contains(chosen, i+1):
				ticks[i].on = !ticks[i].on
			}
			set(i, ticks[i].on)
		}
		if err := w.save(ctx); err != nil {
			return err
		}
	}
}

// numbers reads what was typed at tick: numbers from 1 to most, or *.
func numbers(text string, most int) (chosen []int, all bool) {
	if strings.TrimSpace(text) == "*" {
		return nil, true
	}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > most {
			return nil, false
		}
		chosen = append(chosen, n)
	}
	return chosen, false
}

// text is a question for a value that is typed. A wrong one is kept in the draft
// and asked for again, with what is wrong.
type text struct {
	field       wizard.Field
	label, hint string
	example     string
	value       *string
	offer       string // taken by Enter where there is no value yet
	optional    bool
	list        bool // of several lines, to the first empty one
	convert     func(typed string) string
	// find looks up the value of a mail address that was typed instead; "" says
	// that it was not found, which has been told. May be nil.
	find func(ctx context.Context, address string) (string, error)
	// aside is done where ! is typed; then the question is asked again. May be nil.
	aside func(context.Context) error
}

func (w *Wizard) typed(t text) question {
	return question{fields: []wizard.Field{t.field}, ask: func(ctx context.Context) error { return w.askText(ctx, t) }}
}

func (w *Wizard) askText(ctx context.Context, t text) error {
	label := t.label
	if t.optional {
		label = w.tr("mailbox-page.optional", "Label", label)
	}
	w.title(label)
	hint := t.hint
	if t.example != "" {
		hint = strings.TrimSpace(hint + " " + w.tr("terminal.example", "Example", t.example))
	}
	if hint != "" {
		w.wrap("  ", "  ", hint)
	}
	if t.optional && *t.value != "" {
		w.note(w.tr("terminal.empty"))
	}
	now := cmp.Or(*t.value, t.offer) // what Enter takes, also after a wrong value was typed
	for {
		prompt := "> "
		if now != "" {
			prompt = "[" + strings.Join(strings.Fields(now), " ") + "] > "
		}
		typed, err := w.read(ctx, prompt)
		if err != nil {
			return err
		}
		if t.aside != nil && strings.TrimSpace(typed) == forScript {
			if err := t.aside(ctx); err != nil {
				return err
			}
			now = cmp.Or(*t.value, t.offer) // which it may have changed
			w.title(label)
			continue
		}
		if t.list && strings.TrimSpace(typed) != "" {
			if typed, err = w.more(ctx, typed); err != nil {
				return err
			}
		}
		if t.find != nil && strings.Contains(typed, "@") {
			if typed, err = t.find(ctx, typed); err != nil {
				return err
			}
			if typed == "" {
				continue
			}
		}
		switch {
		case t.optional && strings.TrimSpace(typed) == "-":
			*t.value = ""
		case strings.TrimSpace(typed) == "":
			*t.value = now
		case t.convert != nil:
			*t.value = t.convert(typed)
		default:
			*t.value = wizard.CleanField(t.field, typed)
		}
		p := w.draft.CheckField(t.field, w.check)
		if p == nil {
			return nil
		}
		if p.Warning {
			w.warn(p.Message)
			return nil
		}
		w.wrong(p.Message)
		// The draft has it as the window would, to be gone on with there or later.
		if err := w.save(ctx); err != nil {
			return err
		}
	}
}

// more takes further lines of a list, as pasted, to the first empty one.
func (w *Wizard) more(ctx context.Context, list string) (string, error) {
	for {
		typed, err := w.read(ctx, "+ > ")
		if err != nil || strings.TrimSpace(typed) == "" {
			return list, err
		}
		list += "\n" + typed
	}
}
