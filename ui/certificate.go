package ui

import (
	"context"
	"io"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard/handover"
)

// certificatePart makes a certificate whose private key stays on this computer,
// and saves the part that the portal takes.
type certificatePart struct {
	app  *App
	ctx  context.Context
	name string // of the connection
	card *fyne.Container

	about   *widgets.Text // what becomes of the two halves
	life    *widgets.Choice
	make    *widgets.Button
	facts   *fyne.Container
	said    *fyne.Container // what became of saving or uploading
	changed func()

	made   *oauth.Certificate
	making context.CancelFunc // nil when none is being made
}

// The lives that are offered, in months.
const (
	certificateYear = "12"
	certificateLong = "24"
)

func newCertificatePart(app *App, ctx context.Context, c store.Connection, changed func()) *certificatePart {
	p := &certificatePart{app: app, ctx: ctx, name: c.Name, changed: changed, facts: widgets.Column(8), said: widgets.Column(8)}
	p.life = widgets.NewChoice([]widgets.Option{
		{ID: certificateYear, Label: tr("pages.months", "Count", 12)},
		{ID: certificateLong, Label: tr("pages.months", "Count", 24)},
	}, true)
	p.life.Select(certificateYear)
	p.make = widgets.NewButton(tr("certificate.make"), widgets.Plain, p.create)
	p.facts.Hide()
	p.said.Hide()
	p.about = widgets.NewText(tr("certificate.text"), widgets.Style{})
	p.card = widgets.Column(14, widgets.NewCard(
		widgets.NewTitle(tr("certificate.title")), p.about,
		widgets.NewLabel(tr("certificate.life")), p.life, widgets.Flow(8, p.make), p.facts, p.said))
	return p
}

// create makes the key pair, which takes a moment.
func (p *certificatePart) create() {
	if p.making != nil {
		return
	}
	life := certificateMonths(p.life.Selected())
	now := p.app.now()
	p.make.SetText(tr("certificate.making"))
	p.making = p.app.work(p.ctx, func(context.Context) func() {
		made, err := oauth.NewCertificate(certificateName(p.name), now, now.AddDate(0, life, 0).Sub(now))
		return func() {
			p.making = nil
			p.show(made, err)
		}
	})
}

func certificateMonths(id string) int {
	if id == certificateLong {
		return 24
	}
	return 12
}

// certificateName is the common name: it tells the portal's reader what made it.
func certificateName(connection string) string {
	if connection == "" {
		return "Postkey"
	}
	return "Postkey " + connection
}

// show shows a certificate that was made, or why there is none.
func (p *certificatePart) show(made *oauth.Certificate, err error) {
	p.make.SetText(tr("certificate.make"))
	p.facts.Objects = nil
	p.said.Hide() // it was of another one
	if err != nil {
		p.facts.Add(widgets.NewNotice(widgets.Bad, tr("certificate.failed"), widgets.NewMono(err.Error())))
	} else {
		p.made = made
		p.make.SetText(tr("certificate.again"))
		thumbprint := made.Thumbprint()
		p.facts.Add(certificateLine(tr("certificate.thumbprint"), thumbprint))
		p.facts.Add(certificateLine(tr("certificate.ends"), dayText(store.DateOf(made.NotAfter()))))
		row := widgets.Flow(8, widgets.NewButton(tr("certificate.save"), widgets.Plain, p.save))
		if v := p.app.opts.Practice; v != nil && v.AddCertificate != nil {
			row.Add(widgets.NewButton(tr("credential.practice-upload"), widgets.Plain, p.upload))
		}
		p.facts.Add(row)
		p.facts.Add(widgets.NewQuiet(tr("certificate.upload", "Thumbprint", thumbprint)))
	}
	p.facts.Show()
	p.app.noteShown("certificate")
	p.changed()
	p.app.settle()
}

// certificateLine is a value with its label and Copy.
func certificateLine(label, value string) fyne.CanvasObject {
	text := widgets.NewMono(value)
	return widgets.Shares(12, []float32{3, 11}, widgets.Pad(4, 0, 4, 0, widgets.NewQuiet(label)),
		valueWithCopy(text, widgets.NewCopy(func() string { return value })))
}

// save writes the certificate, without its key, into a file for the portal.
func (p *certificatePart) save() {
	public := p.made.PEM()
	name := handover.FileName(p.name, tr("certificate.file"), ".cer")
	p.app.saveFile(name, []string{".cer"}, func(w io.Writer) error {
		_, err := w.Write(public)
		return err
	}, func(path string, err error) {
		if p.ctx.Err() != nil {
			return
		}
		if err != nil {
			p.say(notSaved(err))
			return
		}
		p.say(widgets.NewNotice(widgets.Good, tr("certificate.saved"), widgets.NewMono(path)))
	})
}

// upload registers the certificate in the practice tenant, as somebody does in
// the portal.
func (p *certificatePart) upload() {
	p.say(widgets.NewNotice(widgets.Good, tr("credential.practice-uploaded")))
	if err := p.app.opts.Practice.AddCertificate(p.made.DER()); err != nil {
		p.say(widgets.NewNotice(widgets.Bad, tr("certificate.failed"), widgets.NewMono(err.Error())))
	}
}

func (p *certificatePart) say(o fyne.CanvasObject) {
	p.said.Objects = []fyne.CanvasObject{o}
	p.said.Show()
	p.app.settle()
}

// enable lets the certificate be made anew, or not while it is being proved.
func (p *certificatePart) enable(on bool) { p.make.SetEnabled(on) }
