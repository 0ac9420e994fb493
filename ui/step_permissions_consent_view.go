package ui

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/oauth"
	"postkey/ui/widgets"
	"postkey/wizard/catalog"
)

// show changes the state and what stands in the part. The focus stays in it.
func (c *consentPart) show(state consentState) {
	held := c.holdsFocus()
	c.state = state
	c.build()
	c.page.flow.app.settle()
	if held {
		c.focusHere()
	}
}

// build fills the part for its state. It stays where it is while something runs
// and until the outcome has been read.
func (c *consentPart) build() {
	if c.state == consentIdle && c.outcome == consentNone || c.outcome == consentChecked {
		c.above = len(c.page.missing()) > 0
	}
	c.ask = nil
	objects := []fyne.CanvasObject{}
	switch c.state {
	case consentStarting:
		objects = append(objects, c.busy(tr("consent.starting")))
	case consentChecking:
		objects = append(objects, c.busy(tr("consent.checking")))
		if c.unasked {
			objects = append(objects, c.offer()...)
		}
	case consentWaiting:
		c.sign = widgets.NewDial()
		objects = append(objects, c.wait.objects(c.sign)...)
	default:
		objects = append(c.result(), c.offer()...)
	}
	here, there := c.bottom, c.top
	if c.above {
		here, there = c.top, c.bottom
	}
	here.Objects, there.Objects = objects, nil
	c.top.Hidden, c.bottom.Hidden = len(c.top.Objects) == 0, len(c.bottom.Objects) == 0
	c.top.Refresh()
	c.bottom.Refresh()
}

// busy is shown while nothing but waiting or cancelling can be done.
func (c *consentPart) busy(title string) fyne.CanvasObject {
	c.sign = widgets.NewDial()
	c.halt = widgets.NewButton(tr("consent.cancel"), widgets.Plain, func() { c.cancel() })
	return waitCard(c.sign, title, container.NewCenter(c.halt))
}

// tick moves the sign and counts the time down.
func (c *consentPart) tick() {
	if c.sign != nil {
		c.sign.Turn()
	}
	if c.wait != nil && c.state == consentWaiting {
		c.wait.update()
	}
}

// result is how the last try ended.
func (c *consentPart) result() []fyne.CanvasObject {
	text := func(key string) fyne.CanvasObject { return widgets.NewText(tr(key), widgets.Style{}) }
	missing := len(c.page.missing()) > 0
	one := func(o fyne.CanvasObject) []fyne.CanvasObject { return []fyne.CanvasObject{o} }
	switch c.outcome {
	case consentGiven, consentChecked:
		outside := len(c.page.outside()) > 0
		switch {
		case missing && (c.outcome == consentGiven || c.page.wasMissing), outside && c.outcome == consentGiven:
			return one(widgets.NewNotice(widgets.Warn, tr("consent.still"), text("consent.still-text")))
		case missing, outside:
			return nil // the card below says it
		case c.outcome == consentChecked:
			return c.checked()
		case c.page.flow.draft.SignedIn():
			return one(widgets.NewNotice(widgets.Good, tr("consent.given"), text("consent.given-verified")))
		}
		return one(widgets.NewNotice(widgets.Good, tr("consent.given"),
			widgets.NewText(c.word("consent.given-text", "apponly.consent-given"), widgets.Style{})))
	case consentStopped:
		return one(widgets.NewNotice(widgets.Idle, tr("consent.cancelled")))
	case consentNoAnswer:
		return one(widgets.NewNotice(widgets.Warn, tr("consent.no-answer"),
			widgets.NewText(c.word("consent.no-answer-text", "apponly.consent-no-answer"), widgets.Style{})))
	case consentDeclined:
		return one(c.refusal("consent.declined"))
	case consentNotAdmin:
		return one(c.refusal("consent.not-admin"))
	case consentFailed, consentUnchecked:
		return one(c.page.flow.app.findingCard(*c.failure))
	case consentUnread:
		parts := []fyne.CanvasObject{widgets.NewText(msg(c.failure.Title), widgets.Style{})}
		if !missing && !c.page.hasRoles() { // otherwise the card below has that button
			parts = append(parts, widgets.Flow(0, widgets.NewButton(tr("consent.again"), widgets.Plain, c.verifyHere)))
		}
		return one(widgets.NewNotice(widgets.Warn, tr("consent.unread"), parts...))
	}
	return nil
}

// checked says that nothing is missing, after somebody asked.
func (c *consentPart) checked() []fyne.CanvasObject {
	if !c.page.wasMissing {
		return nil
	}
	return []fyne.CanvasObject{widgets.NewNotice(widgets.Good, tr("consent.checked"))}
}

// refusal is an answer of Microsoft's that an administrator can do something about.
func (c *consentPart) refusal(key string) fyne.CanvasObject {
	parts := []fyne.CanvasObject{widgets.NewText(tr(key+"-text"), widgets.Style{})}
	if c.failure != nil {
		if words := c.page.flow.app.serverWords(*c.failure); words != nil {
			parts = append(parts, words)
		}
	}
	return widgets.NewNotice(widgets.Bad, tr(key), parts...)
}

// offer is the card with the ways to an administrator's consent; nothing where
// none is wanting.
func (c *consentPart) offer() []fyne.CanvasObject {
	p, d := c.page, c.page.flow.draft
	missing := p.missing()
	switch {
	case len(missing) > 0:
		title := tr("pages.missing", "Names", strings.Join(missing, ", "), "Count", len(missing))
		return c.ways(widgets.Bad, title, c.word("consent.missing-text", "apponly.consent-missing"))
	case len(p.outside()) > 0:
		title := tr("apponly.consent-outside", "Names", strings.Join(p.outside(), ", "))
		return c.ways(widgets.Info, title, tr("apponly.consent-outside-text"))
	case c.outcome == consentGiven:
		return nil
	case !d.SignedIn():
		return c.ways(widgets.Info, tr("consent.offer"), c.word("consent.offer-text", "apponly.consent-text"))
	case p.hasRoles() && !d.AppOnly():
		return c.ways(widgets.Info, tr("consent.offer"), tr("consent.cannot-tell-text"))
	}
	return nil
}

func (c *consentPart) ways(mood widgets.Mood, title, why string) []fyne.CanvasObject {
	f := c.page.flow
	parts := []fyne.CanvasObject{widgets.NewText(why, widgets.Style{})}
	if f.app.bench.ConsentToAll(f.draft) {
		parts = append(parts, widgets.NewText(tr("consent.all"), widgets.Style{}))
	}
	c.ask = widgets.NewButton(tr("consent.ask"), widgets.Primary, c.request)
	copyLink := widgets.NewButton(tr("consent.copy"), widgets.Plain, nil)
	copyLink.OnTapped = func() {
		if link, ok := c.link(); ok {
			f.app.fyne.Clipboard().SetContent(link)
			copyLink.SayCopied()
		}
	}
	buttons := widgets.Flow(8, c.ask, copyLink, widgets.NewButton(tr("consent.save-mail"), widgets.Plain, c.saveMail))
	if c.canAsk(f.draft) {
		buttons.Add(widgets.NewButton(c.word("consent.again", "apponly.consent-ask-now"), widgets.Plain, c.verifyHere))
	}
	parts = append(parts, buttons)
	if c.saved != "" {
		parts = append(parts, widgets.Flow(8, widgets.NewPill(widgets.Good, tr("consent.mail-done"))),
			widgets.NewText(tr("consent.mail-saved", "Path", c.saved), widgets.Style{}))
	}
	if c.unsaved != "" {
		parts = append(parts, widgets.NewText(tr("consent.mail-failed", "Error", c.unsaved), widgets.Style{Color: widgets.ColorBad}))
	}
	role := tr("consent.role-hint")
	switch {
	case f.draft.AppOnly():
		role = msg(f.app.bench.Catalog.RoadOf(f.draft.Protocols, f.draft.SMTPRBAC).Grant)
	case c.page.hasRoles():
		role = tr("consent.role-hint-application")
	}
	elsewhere := tr("consent.elsewhere", "Address", oauth.ConsentRedirect)
	if c.canAsk(f.draft) {
		elsewhere += " " + c.word("consent.elsewhere-after", "apponly.consent-after")
	}
	parts = append(parts, widgets.NewQuiet(role), widgets.NewQuiet(elsewhere), f.crumbs(catalog.PageConsent))
	return []fyne.CanvasObject{widgets.NewNotice(mood, title, parts...)}
}

// verifyHere is verify after a press of its button, which is then gone.
func (c *consentPart) verifyHere() {
	c.page.wasMissing = len(c.page.missing()) > 0 || !c.page.flow.draft.SignedIn()
	if c.unasked {
		c.stop() // ours takes its place
	}
	c.verify()
}

// link is the address for an administrator elsewhere; what keeps it from being
// made is shown.
func (c *consentPart) link() (string, bool) {
	link, err := c.page.flow.app.bench.ConsentLink(c.page.flow.draft)
	if err != nil {
		c.over(nil, consentFailed, err)
		return "", false
	}
	return link, true
}

// mailFile is the proposed name of the mail.
const mailFile = "admin-consent.eml"

// saveMail writes the mail to an administrator into a file.
func (c *consentPart) saveMail() {
	f := c.page.flow
	var content bytes.Buffer
	if err := f.app.bench.WriteConsentMail(&content, f.draft, msg); err != nil {
		c.over(nil, consentFailed, err)
		return
	}
	write := func(to io.Writer) error {
		_, err := to.Write(content.Bytes())
		return err
	}
	f.app.saveFile(mailFile, []string{".eml"}, write, func(path string, err error) {
		if f.page != page(c.page) {
			return // left meanwhile
		}
		c.saved, c.unsaved = path, ""
		if err != nil {
			c.saved, c.unsaved = "", err.Error()
		}
		c.show(c.state)
	})
}

// hasRoles reports whether the list has application permissions.
func (p *permissionsPage) hasRoles() bool {
	return slices.ContainsFunc(p.list, func(perm catalog.Permission) bool { return perm.Type == catalog.Application })
}

// consentWait is what is shown while the consent page is open.
type consentWait struct {
	part      *consentPart
	session   *oauth.ConsentSession
	left      *widgets.Text
	line      *fyne.Container // that holds left
	copyLink  *widgets.Button
	noBrowser *widgets.Box
	paste     *widgets.Field
}

func newConsentWait(c *consentPart, session *oauth.ConsentSession) *consentWait {
	w := &consentWait{part: c, session: session, left: widgets.NewText("", oneQuietLine)}
	w.line = widgets.Row(5, nil,
		widgets.NewText(tr("consent.listening"), oneQuietLine),
		widgets.NewText(session.RedirectURI(), oneMonoLine),
		widgets.NewText("·", oneQuietLine), w.left)
	w.copyLink = widgets.NewButton(tr("consent.copy-page"), widgets.Plain, nil)
	w.copyLink.OnTapped = func() {
		c.page.flow.app.fyne.Clipboard().SetContent(session.URL())
		w.copyLink.SayCopied()
	}
	w.noBrowser = widgets.NewNotice(widgets.Warn, tr("consent.no-browser"),
		widgets.NewText(tr("consent.no-browser-text"), widgets.Style{}))
	w.noBrowser.Hide()
	w.paste = newPasteField(c.page.flow.app, "consent.paste.", session.Paste)
	w.update()
	return w
}

func (w *consentWait) objects(sign *widgets.Dial) []fyne.CanvasObject {
	cancel := widgets.NewButton(tr("consent.cancel"), widgets.Plain, func() { w.part.cancel() })
	return []fyne.CanvasObject{
		waitCard(sign, tr("consent.waiting"),
			container.NewCenter(w.line),
			container.NewCenter(widgets.Row(6, nil, w.copyLink, cancel))),
		w.noBrowser,
		widgets.NewCard(w.paste),
	}
}

// update shows the time left, and that the browser did not open.
func (w *consentWait) update() {
	app := w.part.page.flow.app
	w.left.SetText(tr("consent.left", "Time", clock(w.session.Deadline().Sub(app.now()))))
	w.line.Refresh()
	if w.noBrowser.Hidden && w.session.BrowserError() != nil {
		w.noBrowser.Show()
		app.settle()
	}
}
