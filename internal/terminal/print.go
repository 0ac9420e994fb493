package terminal

import (
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"postkey/assets"
	"postkey/wizard"
	"postkey/wizard/diagnose"
)

// narrowest is the least width to which lines are broken.
const narrowest = 40

// width is where lines are broken. The last column stays free: some terminals
// go to the next line as soon as it is filled.
func (w *Wizard) width() int { return max(w.Console.Width()-1, narrowest) }

func (w *Wizard) line(parts ...string) { fmt.Fprintln(w.Console, strings.Join(parts, "")) }

// The looks of a text, where the terminal shows them: select graphic rendition
// (ECMA-48). Each has a sign or its place beside it.
const (
	bold   = "1"
	red    = "31"
	yellow = "33"
	green  = "32"
)

// styled prints what show prints in a look.
func (w *Wizard) styled(look string, show func()) {
	if !w.Console.Color() {
		show()
		return
	}
	fmt.Fprint(w.Console, "\x1b["+look+"m")
	show()
	fmt.Fprint(w.Console, "\x1b[0m")
}

// text is a message in the language of the wizard, with those that it names.
func (w *Wizard) text(m assets.Message) string {
	if m.IsZero() {
		return ""
	}
	data := maps.Clone(m.Data)
	for name, value := range data {
		if inner, ok := value.(assets.Message); ok {
			data[name] = w.text(inner)
		}
	}
	return assets.Text(w.language(), assets.Message{Key: m.Key, Data: data})
}

func (w *Wizard) language() string {
	if w.Language == "" {
		return "en"
	}
	return w.Language
}

func (w *Wizard) tr(key string, pairs ...any) string { return w.text(assets.Msg(key, pairs...)) }

// say prints a sentence.
func (w *Wizard) say(key string, pairs ...any) { w.wrap("", "", w.tr(key, pairs...)) }

// title begins a question.
func (w *Wizard) title(text string) {
	w.line()
	w.styled(bold, func() { w.wrap("", "", text) })
}

func (w *Wizard) wrong(m assets.Message) {
	w.styled(red, func() { w.wrap("  ! ", "    ", w.text(m)) })
}

func (w *Wizard) warn(m assets.Message) {
	w.styled(yellow, func() { w.wrap("  * ", "    ", w.text(m)) })
}

// note prints a sentence below a question.
func (w *Wizard) note(text string) { w.wrap("  ", "  ", text) }

// head begins a step.
func (w *Wizard) head(id wizard.StepID) {
	for _, s := range w.draft.Steps() {
		if s.ID == id {
			w.line()
			w.line(strings.Repeat("-", w.width()))
			w.styled(bold, func() { w.say("terminal.step", "Number", s.Number, "Title", s.Title) })
		}
	}
	if sentence := w.sentence(id); sentence != "" {
		w.wrap("", "", sentence)
	}
}

// sentence is the one below the heading of the window's page.
func (w *Wizard) sentence(id wizard.StepID) string {
	d, kind := w.draft, "own"
	if d.Shared {
		kind = "shared"
	}
	switch {
	case d.AppOnly() && id == wizard.StepRedirect:
		return w.tr("apponly.redirect-sentence")
	case d.AppOnly() && id == wizard.StepPermissions:
		return w.tr("apponly.permissions-sentence")
	case d.AppOnly() && id == wizard.StepSignIn:
		return w.tr("apponly.token-sentence")
	case d.AppOnly() && id == wizard.StepMailbox:
		return w.tr("apponly.mailboxes-sentence")
	case id == wizard.StepSignIn:
		return w.tr("signin-page.intro." + kind)
	case id == wizard.StepMailbox:
		return w.tr("mailbox-page.intro." + kind)
	case id == wizard.StepTest, id == wizard.StepHandover:
		return ""
	}
	return w.tr("pages." + string(id) + "-sentence")
}

// wrap prints text within the width; first stands before the first line, next
// before the others. A word that is too long stays whole.
func (w *Wizard) wrap(first, next, text string) {
	width := w.width()
	for para := range strings.SplitSeq(text, "\n") {
		line := first
		begun := false
		for _, word := range strings.Fields(para) {
			if begun && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				w.line(line)
				line, begun = next, false
			}
			if begun {
				line += " "
			}
			line += word
			begun = true
		}
		w.line(strings.TrimRight(line, " "))
		first = next
	}
}

// finding explains what went wrong.
func (w *Wizard) finding(f diagnose.Finding) {
	w.line()
	w.styled(red, func() { w.wrap("  ! ", "    ", w.text(f.Title)+" ["+f.ID+"]") })
	for _, m := range []assets.Message{f.What, f.Why} {
		if !m.IsZero() {
			w.wrap("    ", "    ", w.text(m))
		}
	}
	w.wrap("    ", "    ", w.tr("finding-card.who."+string(f.Who))+":")
	for i, fix := range f.Fix {
		w.wrap(fmt.Sprintf("    %d. ", i+1), "       ", w.text(fix))
	}
	for _, c := range f.Commands {
		w.line("    > ", c) // whole, to be copied
	}
	if !f.Delay.IsZero() {
		w.wrap("    ", "    ", w.text(f.Delay))
	}
	if f.Server != "" {
		w.wrap("    ", "    ", w.tr("finding-card.server"))
		w.wrap("    ", "    ", plain(f.Server))
	}
	if f.CorrelationID != "" {
		w.wrap("    ", "    ", w.tr("finding-card.correlation")+" "+f.CorrelationID+", "+f.Timestamp)
	}
}

// plain keeps what comes from a server from sending control sequences to the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f) {
			return r
		}
		return ' '
	}, s)
}
