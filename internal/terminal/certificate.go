package terminal

import (
	"context"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/handover"
)

// The answers to what the application proves itself with.
const (
	kindSecret      = "secret"
	kindCertificate = "certificate"
)

// certified reports whether a certificate was chosen, made or not.
func (w *Wizard) certified() bool { return w.draft.Certificate != nil || w.toCertify }

func (w *Wizard) askKind() question {
	current := kindSecret
	if w.certified() {
		current = kindCertificate
	}
	q := w.choice(wizard.FieldSecret, choice{title: assets.Msg("terminal.kind"), current: current, options: []option{
		{id: kindSecret, label: w.tr("credential.secret"), detail: w.tr("rotate.kind-secret-detail")},
		{id: kindCertificate, label: w.tr("rotate.kind-certificate"), detail: w.tr("credential.certificate-detail")},
	}}, func(kind string) {
		w.toCertify = kind == kindCertificate
		if !w.toCertify {
			w.draft.Certificate = nil
		}
	})
	q.fields = nil // what is missing is asked for by the next question
	q.show = func() { w.note(w.tr("credential.advice")) }
	return q
}

// askCertificate makes a certificate, whose private key goes into the keyring at
// once, and hands out what the portal takes.
func (w *Wizard) askCertificate(ctx context.Context) error {
	const onward, save, upload, year, long = "onward", "save", "upload", "12", "24"
	w.portal(catalog.PageCertificates)
	w.note(w.tr("credential.text"))
	w.note(w.ownCredential())
	for {
		c := choice{title: assets.Msg("certificate.title"), current: year}
		if d := w.draft; d.Certificate != nil {
			c.title, c.current = assets.Msg("terminal.certificate", "Thumbprint", d.Certificate.Thumbprint), onward
			c.options = []option{{id: onward, label: w.tr("terminal.onward")}, {id: save, label: w.tr("certificate.save")}}
			if w.Upload != nil {
				c.options = append(c.options, option{id: upload, label: w.tr("credential.practice-upload")})
			}
		}
		for _, life := range []struct {
			id     string
			months int
		}{{year, 12}, {long, 24}} {
			label := w.tr("certificate.make") + ": " + w.tr("pages.months", "Count", life.months)
			c.options = append(c.options, option{id: life.id, label: label})
		}
		id, err := w.choose(ctx, c)
		switch {
		case err != nil || id == onward:
			return err
		case id == year:
			err = w.makeCertificate(ctx, 12)
		case id == long:
			err = w.makeCertificate(ctx, 24)
		default:
			err = w.handOut(ctx, id == upload)
		}
		if err == nil {
			err = w.save(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// ownCredential says what the product itself needs beside a certificate.
func (w *Wizard) ownCredential() string {
	if p, ok := w.Bench.Catalog.Product(w.draft.Product); ok && p.NameText.IsZero() {
		return w.tr("credential.product-secret", "Product", p.Name)
	}
	return w.tr("credential.product-other")
}

func (w *Wizard) makeCertificate(ctx context.Context, months int) error {
	d, now, name := w.draft, w.check.Now, "Postkey"
	if own := wizard.CleanField(wizard.FieldName, d.Name); own != "" {
		name += " " + own
	}
	w.note(w.tr("certificate.making"))
	var made *oauth.Certificate
	err := w.busy(ctx, func(ctx context.Context) error {
		var err error
		if made, err = oauth.NewCertificate(name, now, now.AddDate(0, months, 0).Sub(now)); err != nil {
			return err
		}
		return w.Bench.PutCertificate(ctx, d.ID, made)
	}, nil)
	if err != nil {
		return w.unlessOver(ctx, err)
	}
	d.Certificate = &store.Certificate{Thumbprint: made.Thumbprint(), Subject: made.Subject(), NotAfter: made.NotAfter()}
	w.note(w.tr("certificate.thumbprint") + ": " + made.Thumbprint())
	w.note(w.tr("certificate.ends") + ": " + w.text(handover.DayText(store.DateOf(made.NotAfter()))))
	w.note(w.tr("certificate.upload", "Thumbprint", made.Thumbprint()))
	return nil
}

// handOut saves the certificate, without its key, for the portal, or registers
// it in the practice tenant.
func (w *Wizard) handOut(ctx context.Context, upload bool) error {
	kept, err := w.Bench.Certificate(ctx, w.draft.ID)
	if err != nil {
		return w.unlessOver(ctx, err)
	}
	if upload {
		if err := w.Upload(kept.DER()); err != nil {
			w.failed(err)
			return nil
		}
		w.note(w.tr("credential.practice-uploaded") + ".")
		return nil
	}
	_, err = w.keepFile(ctx, handover.FileName(w.nameOf(w.draft), w.tr("certificate.file"), ".cer"), kept.PEM())
	return err
}
