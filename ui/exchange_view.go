package ui

import (
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard/exchange"
)

// grouped reports whether one of the scripts needs the group of the mailboxes.
func (p *exchangePage) grouped() bool {
	return slices.ContainsFunc(exchange.Scripts(p.setup()), func(s exchange.Script) bool { return s.ID == exchange.ScriptGroup })
}

// chooseScripts lists the scripts of the way that was chosen.
func (p *exchangePage) chooseScripts() {
	f := p.flow
	all := exchange.Scripts(p.setup())
	p.choices.Objects = nil
	if slices.ContainsFunc(all, func(s exchange.Script) bool { return s.Fence == exchange.FencePolicy }) {
		before := p.fenced()
		p.fence = widgets.NewChoice([]widgets.Option{
			{ID: exchange.FenceRBAC, Label: tr("apponly.fence-rbac"), Pill: tr("pages.recommended")},
			{ID: exchange.FencePolicy, Label: tr("apponly.fence-policy"), Detail: tr("apponly.legacy")},
		}, false)
		p.fence.Select(before)
		p.fence.OnReturn = f.advance
		p.fence.OnChanged = func(string) {
			p.listScripts(exchange.Scripts(p.setup()))
			p.write()
		}
		p.choices.Add(widgets.Column(3, widgets.NewLabel(tr("apponly.fence-way")), p.fence))
	}
	p.listScripts(all)
}

// listScripts is the choice among the scripts, in the order in which they are run.
func (p *exchangePage) listScripts(all []exchange.Script) {
	var options []widgets.Option
	for _, s := range all {
		if s.Fence != "" && s.Fence != p.fenced() {
			continue
		}
		o := widgets.Option{ID: s.ID, Label: tr("apponly.step", "Number", len(options)+1, "Title", msg(s.Title))}
		if s.Legacy {
			o.Pill = tr("apponly.legacy-pill")
		}
		options = append(options, o)
	}
	before := ""
	if p.which != nil {
		before = p.which.Selected()
		p.choices.Remove(p.which)
	}
	p.which = widgets.NewChoice(options, false)
	p.which.OnReturn = p.flow.advance
	p.which.OnChanged = func(string) { p.write() }
	if !p.which.Has(before) {
		before = options[0].ID
	}
	p.which.Select(before)
	p.choices.Add(p.which)
	p.flow.app.settle()
}

// chosen is the script that is shown.
func (p *exchangePage) chosen() exchange.Script {
	i := slices.IndexFunc(p.scripts, func(s exchange.Script) bool { return s.ID == p.which.Selected() })
	if i < 0 {
		return exchange.Script{}
	}
	return p.scripts[i]
}

// write shows the chosen script with what is in the draft now. The page is laid
// out anew only when something else than the inside of the script changed: it is
// called at every letter.
func (p *exchangePage) write() {
	if p.which == nil {
		return
	}
	before := p.outside()
	p.scripts = exchange.Scripts(p.setup())
	s, part := p.chosen(), exchange.Part(p.part.Selected())
	text := s.Text(part)
	p.script.set(text)
	p.save.SetEnabled(text != "")
	p.why.SetText(msg(s.Why))
	p.legacy.Hidden = !s.Legacy
	p.waits.Hidden = text != ""
	p.waits.SetText(tr("apponly.part-none"))
	if len(s.Missing) > 0 {
		p.waits.SetText(tr("apponly.script-waits", "Names", strings.Join(p.missing(s), ", ")))
	}
	if p.outside() != before {
		p.flow.app.settle()
	}
}

// missing names the values that a script waits for.
func (p *exchangePage) missing(s exchange.Script) []string {
	words := map[exchange.Value]string{
		exchange.ValueClientID: "pages.client-id", exchange.ValueObjectID: "apponly.object-id",
		exchange.ValueReach: "apponly.mailbox", exchange.ValueGroup: "apponly.group", exchange.ValueScope: "apponly.scope",
	}
	var names []string
	for _, v := range s.Missing {
		names = append(names, tr(words[v]))
	}
	return names
}

// outside is what the layout of the page depends on.
func (p *exchangePage) outside() [4]any {
	return [4]any{p.script.area.Hidden, p.why.Text(), p.legacy.Hidden, p.waits.Text()}
}

func (p *exchangePage) pasteCard() fyne.CanvasObject {
	p.wrong = widgets.NewProblemLine()
	p.paste = widgets.NewArea(7)
	p.paste.SetPlaceholder("AppId             : …\nMailbox           : …\nAccessCheckResult : Granted")
	p.paste.MaxPaste, p.paste.OnTooLong = maxPaste, p.compareText
	p.paste.OnChanged = func(string) { p.say(widgets.Problem{}) }
	p.result = widgets.Column(8)
	p.result.Hide()
	commands := strings.Join(exchange.Commands(), ", ")
	return widgets.NewCard(widgets.NewTitle(tr("apponly.paste")), widgets.NewQuiet(tr("apponly.paste-hint", "Commands", commands)),
		p.paste, p.wrong, p.result)
}

// compare reads what was pasted.
func (p *exchangePage) compare() { p.compareText(p.paste.Text()) }

// compareText sets the output beside what the connection needs.
func (p *exchangePage) compareText(text string) {
	reading, err := exchange.Read(text, p.setup())
	var wrong *exchange.ReadError
	switch {
	case errors.As(err, &wrong):
		p.say(widgets.Problem{Text: msg(wrong.Message)})
		p.flow.focusOn(p.paste.Focus())
		scrollTo(p.flow.shell.scroll, p.wrong)
		return
	case err != nil:
		p.say(widgets.Problem{Text: err.Error()})
		return
	}
	p.say(widgets.Problem{})
	p.showReading(reading)
	scrollTo(p.flow.shell.scroll, p.result)
}

// say shows a problem beside the field, or none, and takes back an earlier result.
func (p *exchangePage) say(problem widgets.Problem) {
	p.wrong.Set(problem)
	p.paste.SetBad(problem.Text != "")
	p.result.Objects = nil
	p.result.Hide()
	p.flow.app.settle()
}

// mostLines is how many lines of a result are shown: 500 mailboxes would stop
// the window, and the wrong ones come first.
const mostLines = 60

// showReading lists what the output says, the wrong lines first.
func (p *exchangePage) showReading(r exchange.Reading) {
	rank := map[exchange.State]int{exchange.Wrong: 0, exchange.Undecidable: 1, exchange.Right: 2}
	lines := slices.Clone(r.Lines)
	slices.SortStableFunc(lines, func(a, b exchange.Line) int { return rank[a.State] - rank[b.State] })
	title, mood := tr("apponly.result-right"), widgets.Good
	switch wrong := len(r.Wrong()); {
	case len(lines) == 0:
		title, mood = tr("apponly.result-nothing"), widgets.Idle
	case wrong > 0:
		title, mood = tr("apponly.result-wrong", "Count", wrong), widgets.Bad
	case !r.Right():
		title, mood = tr("apponly.result-open"), widgets.Warn
	}
	objects := []fyne.CanvasObject{widgets.NewNotice(mood, title, widgets.NewQuiet(strings.Join(r.Commands, ", ")))}
	for i, l := range lines {
		if i == mostLines {
			objects = append(objects, widgets.NewQuiet(tr("apponly.result-more", "Count", len(lines)-i)))
			break
		}
		objects = append(objects, readingLine(l))
	}
	p.result.Objects = objects
	p.result.Show()
	p.flow.app.settle()
}

// readingLine is one line of a result with what to do about it.
func readingLine(l exchange.Line) fyne.CanvasObject {
	pill := widgets.NewPill(widgets.Good, tr("apponly.line-right"))
	switch l.State {
	case exchange.Wrong:
		pill.Set(widgets.Bad, tr("apponly.line-wrong"))
	case exchange.Undecidable:
		pill.Set(widgets.Warn, tr("apponly.line-open"))
	}
	what := widgets.NewText(msg(l.What), widgets.Style{Size: widgets.SizeSmall})
	parts := []fyne.CanvasObject{widgets.Row(8, what, what, pill)}
	if l.State != exchange.Right {
		if l.Needed != "" || l.Present != "" {
			parts = append(parts, widgets.NewQuiet(tr("apponly.line-values", "Needed", l.Needed, "Present", l.Present)))
		}
		if !l.Fix.IsZero() {
			parts = append(parts, widgets.NewText(msg(l.Fix), widgets.Style{Size: widgets.SizeSmall}))
		}
		if l.FixCommand != "" {
			parts = append(parts, copyLine(tr("apponly.line-command"), l.FixCommand))
		}
	}
	return widgets.Column(4, append(parts, widgets.NewRule())...)
}
