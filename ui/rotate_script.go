package ui

import (
	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/scripts"
)

// rotateScript adds the new secret by a script instead of in the portal, and
// takes what the script printed. It is folded until it is asked for.
type rotateScript struct {
	page   *rotatePage
	card   fyne.CanvasObject
	fold   *widgets.Button
	inside *fyne.Container
	tool   *widgets.Choice
	script *scriptText
	paste  *widgets.Area
	wrong  *widgets.ProblemLine
}

func newRotateScript(p *rotatePage) *rotateScript {
	s := &rotateScript{page: p, script: newScriptText(8), wrong: widgets.NewProblemLine(), paste: widgets.NewArea(4)}
	s.tool = toolChoice(func() { s.show() })
	s.paste.MaxPaste, s.paste.OnTooLong = maxPaste, s.takeText
	s.paste.OnChanged = func(string) { s.say(widgets.Problem{}) }
	take := widgets.NewButton(tr("script.take"), widgets.Plain, func() { s.takeText(s.paste.Text()) })
	s.inside = widgets.Column(10, widgets.NewQuiet(tr("rotate.script-text")), s.tool,
		s.script.head(tr("rotate.script-run")), s.script.area,
		widgets.NewLabel(tr("rotate.script-paste")), s.paste, s.wrong, widgets.Flow(0, take))
	s.inside.Hide()
	s.fold = widgets.NewButton(tr("rotate.script"), widgets.Link, s.toggle)
	s.card = widgets.NewCard(widgets.Flow(0, s.fold), s.inside)
	return s
}

// toolChoice is the choice between the tools that scripts are written for.
func toolChoice(changed func()) *widgets.Choice {
	var options []widgets.Option
	for _, t := range scripts.Tools() {
		options = append(options, widgets.Option{ID: string(t), Label: tr("script." + string(t))})
	}
	c := widgets.NewChoice(options, true)
	c.Select(string(scripts.AzureCLI))
	c.OnChanged = func(string) { changed() }
	return c
}

func (s *rotateScript) toggle() {
	s.inside.Hidden = !s.inside.Hidden
	key := "rotate.script"
	if !s.inside.Hidden {
		key = "rotate.script-fold"
		s.show()
	}
	s.fold.SetText(tr(key))
	s.page.screen.settle()
}

// rotationOf is the script's rotation of the registration of c; its secret ends
// on the typed day, or in as many months as the portal recommends.
func rotationOf(app *App, c store.Connection, typed string) scripts.Rotation {
	ends := store.DateOf(app.now()).AddMonths(usualMonths)
	if day, err := store.ParseDate(wizard.CleanField(wizard.FieldSecretExpires, typed)); err == nil && !day.IsZero() {
		ends = day
	}
	return scripts.Rotation{ClientIDs: []string{c.ClientID}, Cloud: c.Cloud, TenantID: c.TenantID, SecretEnds: ends.String()}
}

// show writes the script anew from what is on the page.
func (s *rotateScript) show() {
	p := s.page
	text, err := rotationOf(p.screen.app, p.screen.connection, p.expires.Text()).Script(scripts.Tool(s.tool.Selected()))
	if err != nil {
		text = "" // an ID that is none: the portal's way is left
	}
	s.script.set(text)
	p.screen.settle()
}

// takeText types in what the script printed, or says what is wrong with it.
func (s *rotateScript) takeText(output string) {
	p := s.page
	found, wrong := wizard.TakeRotations(output, []store.Connection{p.screen.connection})
	if wrong != nil {
		s.say(problem(wrong))
		return
	}
	s.paste.SetText("")
	p.value.SetText(found[0].Secret.Reveal())
	p.value.Validate()
	if !found[0].Expires.IsZero() {
		p.expires.SetText(found[0].Expires.String())
		p.expires.Validate()
	}
	p.screen.settle()
	p.screen.app.window.Canvas().Focus(p.screen.bar.primary)
}

func (s *rotateScript) say(problem widgets.Problem) {
	s.wrong.Set(problem)
	s.paste.SetBad(problem.Text != "")
	s.page.screen.settle()
}

// removeScript lists the secrets of the registration with their key ids, and
// writes the command that removes the old one.
type removeScript struct {
	screen *rotateScreen
	tool   *widgets.Choice
	list   *scriptText
	key    *widgets.Field
	remove *scriptText
}

func newRemoveScript(screen *rotateScreen) *removeScript {
	s := &removeScript{screen: screen, list: newScriptText(4), remove: newScriptText(6)}
	s.tool = toolChoice(s.show)
	s.key = widgets.NewField(tr("rotate.key-id")).SetMono().SetHint(tr("rotate.key-id-hint"))
	s.key.Entry.Clean = wizard.Clean
	s.key.Check = func(text string) widgets.Problem {
		if text != "" && !wizard.LooksLikeSecretID(oauth.NewSecret(text)) {
			return widgets.Problem{Text: tr("rotate.key-id-wrong")}
		}
		return widgets.Problem{}
	}
	s.key.OnChanged = func(string) { s.show() }
	s.key.OnReturn = screen.advance
	s.show()
	return s
}

// object is the card's inside.
func (s *removeScript) object() fyne.CanvasObject {
	return widgets.Column(10, s.tool, s.list.head(tr("rotate.list-run")), s.list.area, s.key,
		s.remove.head(tr("rotate.remove-run")), s.remove.area)
}

func (s *removeScript) show() {
	c, tool := s.screen.connection, scripts.Tool(s.tool.Selected())
	r := rotationOf(s.screen.app, c, "")
	list, err := r.List(tool)
	if err != nil {
		list = ""
	}
	s.list.set(list)
	text, err := r.Remove(tool, []scripts.OldSecret{{ClientID: c.ClientID, KeyID: wizard.Clean(s.key.Text())}})
	if err != nil {
		text = tr("rotate.remove-waits")
	}
	s.remove.set(text)
	s.remove.copy.SetEnabled(err == nil)
	s.screen.settle()
}
