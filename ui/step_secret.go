package ui

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// secretPage is step 4: the client secret, which goes into the keyring and
// nowhere else, and the day on which it ends; or a certificate instead.
type secretPage struct {
	plainPage
	kind        *widgets.Choice
	portal      *fyne.Container // the way to the portal's page, where the secret is made
	after       *fyne.Container // the same, where the certificate is uploaded in the end
	card        *fyne.Container // the fields of the secret
	certificate *certificateStep

	kept    *fyne.Container // says that the keyring has it
	value   *widgets.Field
	reveal  *widgets.Button
	expires *widgets.Field
	failure *fyne.Container // why the keyring refused it

	stop  context.CancelFunc // of the storing; nil when nothing is being stored
	quiet context.CancelFunc // ends the counting of its seconds
	doing string             // what the main button says meanwhile
}

func newSecretPage(f *flow) *secretPage { return &secretPage{plainPage: plainPage{f}} }

func (p *secretPage) heading() string {
	if p.certificateChosen() {
		return tr("credential.heading")
	}
	return tr("pages.secret")
}

func (p *secretPage) sentence() string {
	if p.certificateChosen() {
		return tr("credential.sentence")
	}
	return tr("pages.secret-sentence")
}

func (p *secretPage) content() fyne.CanvasObject {
	f, d := p.flow, p.flow.draft
	p.value = widgets.NewField(tr("pages.secret-value")).SetMono().SetHint(tr("pages.secret-hint"))
	p.value.Entry.Password = true
	p.value.Entry.Clean = wizard.Clean
	p.value.Preset(f.secret.Reveal())
	p.value.OnReturn = f.advance
	p.value.Check = func(text string) widgets.Problem {
		if text == "" && d.HasSecret {
			return widgets.Problem{}
		}
		return problem(wizard.CheckSecret(oauth.NewSecret(text)))
	}
	p.reveal = widgets.NewButton(tr("pages.reveal"), widgets.Small, p.toggle)
	p.value.AddButton(p.reveal)

	p.expires = f.field(wizard.FieldSecretExpires, tr("pages.expires"), &d.SecretExpires).SetMono().
		SetPlaceholder(store.DateOf(f.app.now()).AddMonths(usualMonths).String()).SetHint(tr("pages.expires-hint"))
	p.expires.AddBelow(monthButtons(f.app, p.expires))
	if v := f.app.opts.Practice; v != nil {
		f.offer(p.value, v.Secret.Reveal())
		f.offer(p.expires, v.SecretExpires)
	}

	replace := widgets.NewButton(tr("pages.replace"), widgets.Link, p.replace)
	p.kept = widgets.Column(3, widgets.NewLabel(tr("pages.secret-value")),
		widgets.Flow(8, widgets.NewPill(widgets.Good, tr("pages.kept")), replace))
	p.failure = widgets.Column(10)
	p.failure.Hide()
	p.showKept(d.HasSecret && f.secret.IsZero())
	p.portal, p.after = widgets.Column(0), widgets.Column(0)
	p.card = widgets.Column(0, widgets.NewCard(p.kept, p.value, p.expires))
	p.certificate = newCertificateStep(p)
	p.kind = p.kinds()
	p.showKind()
	return widgets.Column(14,
		widgets.NewCard(p.kind, widgets.NewQuiet(tr("credential.advice"))),
		p.portal, p.card, p.certificate.part.card, p.after, p.failure)
}

// usualMonths is the lifetime that Microsoft's portal recommends for a secret
// (Microsoft Entra: Add and manage app credentials).
const usualMonths = 6

// monthButtons type in the day for a lifetime of the portal's list.
func monthButtons(app *App, expires *widgets.Field) fyne.CanvasObject {
	row := widgets.Flow(6, widgets.NewText(tr("pages.expires-in"),
		widgets.Style{Size: widgets.SizeSmall, Color: widgets.ColorQuiet, OneLine: true}))
	for _, months := range []int{3, usualMonths, 12, 24} {
		row.Add(widgets.NewButton(tr("pages.months", "Count", months), widgets.Small, func() {
			expires.SetText(store.DateOf(app.now()).AddMonths(months).String())
			expires.Validate()
			app.settle()
		}))
	}
	return row
}

func (p *secretPage) toggle() { toggleReveal(p.value, p.reveal) }

// toggleReveal shows or hides what is typed in a field for a secret.
func toggleReveal(value *widgets.Field, button *widgets.Button) {
	hide := !value.Entry.Password
	value.Entry.Password = hide
	value.Entry.Refresh()
	button.SetText(tr(map[bool]string{true: "pages.reveal", false: "pages.hide"}[hide]))
}

func (p *secretPage) replace() {
	p.showKept(false)
	p.flow.focusOn(p.value.Entry)
}

func (p *secretPage) showKept(kept bool) {
	p.kept.Hidden, p.value.Hidden = !kept, kept
	p.flow.app.settle()
}

func (p *secretPage) focus() fyne.Focusable {
	switch {
	case p.certificateChosen() && p.flow.draft.Certificate != nil:
		return nil
	case p.certificateChosen():
		return p.certificate.part.make
	case p.value.Hidden:
		return p.expires.Entry
	}
	return p.value.Entry
}

func (p *secretPage) primary() action {
	if p.stop != nil {
		return action{label: p.doing}
	}
	return action{}
}

// actions offers Cancel while the keyring is asked: it may wait for its owner.
func (p *secretPage) actions() []action {
	if p.stop == nil {
		return nil
	}
	return []action{{tr("ui.cancel"), func() { p.cancel() }}}
}

func (p *secretPage) cancel() bool {
	if p.stop == nil {
		return false
	}
	p.stop()
	return true
}

// typed is the value in the field.
func (p *secretPage) typed() oauth.Secret {
	if p.value.Hidden || p.certificateChosen() {
		return oauth.Secret{}
	}
	return oauth.NewSecret(p.value.Text())
}

func (p *secretPage) commit(then func(ok bool)) {
	if p.certificateChosen() {
		p.certificate.commit(then)
		return
	}
	if !p.flow.validate(p.value, p.expires) {
		then(false)
		return
	}
	value := p.typed()
	if value.IsZero() {
		then(true)
		return
	}
	id := p.flow.draft.ID
	p.keep(func(ctx context.Context) error { return p.flow.app.bench.PutSecret(ctx, id, value) }, func(err error) {
		p.stored(value, err)
		then(err == nil)
	})
}

// keep has the keyring store something, and shows for how long it takes.
func (p *secretPage) keep(put func(ctx context.Context) error, done func(err error)) {
	f, began := p.flow, time.Now()
	p.failure.Hide()
	ctx, stop := context.WithCancel(context.Background()) // closing the window must not lose it
	p.stop = stop
	count := func() {
		p.doing = since(tr("pages.storing"), began, time.Now())
		f.refresh()
	}
	count()
	p.quiet = f.app.every(f.ctx, time.Second, count)
	f.app.saver.put("", func(context.Context) {
		defer stop()
		err := put(ctx)
		f.app.do(func() {
			p.stop = nil
			p.quiet()
			done(err)
			f.refresh()
		})
	})
}

// stored empties the field, or says why the keyring refused the value.
func (p *secretPage) stored(value oauth.Secret, err error) {
	f := p.flow
	if err == nil {
		f.secret, f.draft.HasSecret = oauth.Secret{}, true
		p.value.Entry.SetText("")
		p.value.Reset()
		p.showKept(true)
		f.save()
		return
	}
	f.secret = value
	p.notStored(err)
}

// notStored says why the keyring refused something, unless it was cancelled.
func (p *secretPage) notStored(err error) {
	f := p.flow
	if errors.Is(err, context.Canceled) {
		return
	}
	c, _ := f.draft.Connection() // as far as it can be read, to explain the error
	memory := widgets.NewButton(tr("home.keep-in-memory"), widgets.Plain, func() {
		f.app.useMemory()
		f.next()
	})
	p.failure.Objects = []fyne.CanvasObject{
		f.app.findingCard(f.app.bench.Explain(c, "", "", err)),
		widgets.NewCard(widgets.NewQuiet(tr("home.memory-hint")), widgets.Flow(0, memory)),
	}
	p.failure.Show()
	f.app.settle()
	f.focusOn(memory)
}

// leave stores a right value in the background, and keeps a wrong one in memory
// for when the page is opened again.
func (p *secretPage) leave() {
	f, value := p.flow, p.typed()
	if value.IsZero() || p.stop != nil {
		return
	}
	f.secret = value
	if problem := wizard.CheckSecret(value); problem != nil && !problem.Warning {
		return
	}
	f.keepSecret(value)
}
